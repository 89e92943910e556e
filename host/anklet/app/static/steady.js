// Pages are made anew while somebody uses them: focus, what is being typed, and a press that began
// on the old button go over to the new one.
"use strict";
(() => {
  const FOCUSABLE = "button, a[href], input, select, textarea, summary, [tabindex]";
  let held = null, pressed = null;

  const name = (el) => `${el.tagName} ${el.type || ""} ${el.getAttribute("aria-label") || (el.closest("label") || el).innerText || ""}`;
  const typed = (el) => el.matches("input:not([type=checkbox]), textarea");
  const twins = (wanted) => [...document.querySelectorAll(FOCUSABLE)].filter((el) => name(el) === wanted);

  function hold(el) {
    if (!el || el === document.body || !el.matches(FOCUSABLE)) return;
    const label = name(el);
    held = { el, label, place: twins(label).indexOf(el), key: el.dataset.key, value: el.value };
  }

  function restore() {
    if (!held || held.el.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
    const same = twins(held.label), { key, value } = held;
    const twin = same[held.place] || same[0] || (key && document.querySelector(`[data-key="${key}"]`));
    const target = twin || document.querySelector("#content");
    held = null;
    if (!target) return;
    target.focus({ preventScroll: true });
    if (twin && typed(twin) && value && twin.value !== value) {
      twin.value = value;
      twin.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  document.addEventListener("focusin", (event) => hold(event.target));
  document.addEventListener("input", (event) => { if (held && held.el === event.target) held.value = event.target.value; });
  document.addEventListener("pointerdown", (event) => {
    const button = event.target.closest("button");
    pressed = button && { button, label: name(button) };
  }, true);
  document.addEventListener("pointerup", (event) => {
    const button = event.target.closest("button");
    if (pressed && button && !pressed.button.isConnected && name(button) === pressed.label) button.click();
    pressed = null;
  }, true);
  new MutationObserver(restore).observe(document, { childList: true, subtree: true });
})();
