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
    held = { el, label, place: twins(label).indexOf(el), key: el.dataset.key, value: el.value, edited: false };
  }

  function restore() {
    if (!held || held.el.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
    const same = twins(held.label), { key, value, edited } = held;
    const twin = (key && document.querySelector(`[data-key="${key}"]`)) || same[held.place] || same[0];
    const target = twin || document.querySelector("#content");
    held = null;
    if (!target) return;
    target.focus({ preventScroll: true });
    if (twin && typed(twin) && edited && twin.value !== value) {
      twin.value = value;
      twin.dispatchEvent(new Event("input", { bubbles: true }));
      tellAtTheEnd(twin);
    }
  }

  // The browser tells no change of what a script wrote.
  function tellAtTheEnd(input) {
    const end = (event) => {
      if (event.type === "keydown" && event.key !== "Enter") return;
      input.removeEventListener("keydown", end);
      input.removeEventListener("blur", end);
      if (input.isConnected) input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    input.addEventListener("keydown", end);
    input.addEventListener("blur", end);
  }

  document.addEventListener("focusin", (event) => hold(event.target));
  document.addEventListener("input", (event) => { if (held && held.el === event.target) Object.assign(held, { value: event.target.value, edited: true }); });
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
