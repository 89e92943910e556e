// The live page: angles arrive in binary frames (anklet/app/live_feed.py), words as JSON; drawn on
// a canvas at the display's rate or half of it. Elements are found by data-live, since the page is
// made anew at each step; their text is this script's alone.
"use strict";
(() => {
  const SIDES = ["left", "right"], SPAN_S = 12, KEEP_S = 15, DELAY_S = 0.12, PACKET_LIMIT = 1 << 20;
  const STALE_MS = 1500, GONE_MS = 8000, AGAIN_MS = 2000, DRAW_MS = 24;  // at least 25 drawings a second on any display
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const traces = { left: fresh(), right: fresh() };
  let words = {}, socket = null, retry_ms = 500, sounds = false, audio = null, gone = null, last_phase = {}, drawn_ms = 0;

  function fresh() { return { t: [], deg: [], newest: NaN, seen: 0 }; }
  const at = (name, side) => document.querySelector(`[data-live="${name}"]` + (side ? `[data-side="${side}"]` : ""));
  const all = (name) => document.querySelectorAll(`[data-live="${name}"]`);
  const say = (el, text) => { if (el && el.textContent !== text) el.textContent = text; };
  const number = (x, digits = 1) => (Math.abs(x) < 0.05 ? "0.0" : (x > 0 ? "+" : "−") + Math.abs(x).toFixed(digits));

  function connect() {
    socket = new WebSocket(`ws://${location.host}/live`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { retry_ms = 500; clearTimeout(gone); gone = null; for (const el of all("gone")) el.hidden = true; };
    socket.onmessage = (event) => typeof event.data === "string" ? tell(JSON.parse(event.data)) : take(event.data);
    socket.onclose = () => { gone = gone || setTimeout(tell_gone, GONE_MS); setTimeout(connect, retry_ms); retry_ms = Math.min(2 * retry_ms, 5000); };
  }

  function tell_gone() {
    for (const el of all("gone")) el.hidden = false;
    for (const el of all("signal")) say(el, "");
  }

  function take(buffer) {
    if (buffer.byteLength > PACKET_LIMIT) return;
    const view = new DataView(buffer);
    for (let i = 0; i + 4 <= buffer.byteLength;) {
      const side = SIDES[view.getUint8(i)], n = view.getUint16(i + 2, true), trace = traces[side];
      i += 4;
      if (!trace || i + 8 * n > buffer.byteLength) return;
      for (let k = 0; k < n; k++) {
        const t = view.getFloat32(i + 4 * k, true);
        if (t <= trace.newest) continue;
        trace.t.push(t);
        trace.deg.push(view.getFloat32(i + 4 * (n + k), true));
        trace.newest = t;
        trace.seen = performance.now();
      }
      if (trace.t[500] < trace.newest - KEEP_S) { trace.t.splice(0, 500); trace.deg.splice(0, 500); }
      i += 8 * n;
    }
  }

  function tell(told) {
    if (told.begin) { for (const side of SIDES) traces[side] = fresh(); return; }
    words = told;
    for (const [name, text] of Object.entries(told.texts || {})) for (const el of all(name)) say(el, text);
    for (const [side, leg] of Object.entries(told.legs || {})) {
      for (const name of ["count", "set", "tempo", "hint", "peak"]) say(at(name, side), leg[name] || "");
      if (sounds && leg.phase !== last_phase[side] && (leg.phase === "at df" || leg.phase === "at pf")) beep(leg.phase);
      last_phase[side] = leg.phase;
    }
    const strip = at("strip");
    if (strip) strip.hidden = !(told.texts && told.texts.fault);
  }

  function beep(phase) {
    audio = audio || new AudioContext();
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = phase === "at df" ? 880 : 520;
    volume.gain.setValueAtTime(0.15, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.18);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.2);
  }

  // The playing head runs smoothly a little behind the newest sample, so that packets don't jerk.
  function head_s(trace) {
    return Math.min(trace.newest, trace.newest - DELAY_S + (performance.now() - trace.seen) / 1000);
  }
  // What a sensor last said is not what the leg does now: after a while without word there is no angle.
  const stale = (trace) => performance.now() - trace.seen > STALE_MS;
  function value_at(trace, t) {
    let k = trace.t.length - 1;
    while (k > 0 && trace.t[k] > t) k--;
    return trace.t.length && !stale(trace) ? trace.deg[k] : NaN;
  }

  const frames = {};
  function leg_frame(side, block, deg) {
    const key = `${side}/${block}`;
    if (!(key in frames)) {
      frames[key] = null;
      fetch(`/leg/${key}.json`).then((r) => r.ok ? r.json() : Promise.reject(r.status)).then((told) => { frames[key] = told; })
        .catch(() => setTimeout(() => { delete frames[key]; }, AGAIN_MS));
    }
    const told = frames[key];
    if (!told || !Number.isFinite(deg)) return null;
    const n = Math.round((deg - told.first_deg) / told.step_deg), k = Math.max(0, Math.min(told.drawings.length - 1, n));
    if (typeof told.drawings[k] === "string") {
      const parsed = document.createElement("template");
      parsed.innerHTML = told.drawings[k];
      told.drawings[k] = parsed.content.firstElementChild;
    }
    return told.drawings[k];
  }

  function draw(now_ms) {
    requestAnimationFrame(draw);
    if (now_ms - drawn_ms < DRAW_MS) return;
    drawn_ms = now_ms;
    for (const canvas of all("trace")) paint(canvas);
    for (const side of SIDES) {
      const trace = traces[side], shown = value_at(trace, head_s(trace));
      const angle = at("angle", side);
      say(angle, Number.isFinite(shown) ? number(shown) : "···");
      if (angle) angle.parentElement.classList.toggle("none", !Number.isFinite(shown));
      const leg = at("leg", side);
      if (!leg) continue;
      leg.classList.toggle("stale", stale(trace));
      const drawing = leg_frame(side, leg.dataset.block, shown);
      if (drawing && leg.firstChild !== drawing) leg.replaceChildren(drawing);
    }
    const box = document.querySelector('[data-live="sounds"] input');
    if (box && box.checked !== sounds) box.checked = sounds;  // a page made anew does not know
  }

  function colours_of(canvas) {
    const style = getComputedStyle(canvas), names = ["shade", "muted", "ink", "left", "right"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }

  function paint(canvas) {
    const side = canvas.dataset.side, trace = traces[side], scale = devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight, now = head_s(trace);
    const spans = ((words.legs || {})[side] || {}).spans || [];
    const shown = [now, trace.newest, width, height, scale, dark.matches, JSON.stringify(spans)].join();
    if (canvas.shown === shown) return;
    canvas.shown = shown;
    if (canvas.width !== Math.round(width * scale)) { canvas.width = Math.round(width * scale); }
    if (canvas.height !== Math.round(height * scale)) { canvas.height = Math.round(height * scale); }
    if (!canvas.colours || canvas.dark !== dark.matches) { canvas.colours = colours_of(canvas); canvas.dark = dark.matches; }
    const c = canvas.getContext("2d"), colour = canvas.colours;
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    const first = now - SPAN_S;
    let low = -15, high = 30;
    for (let k = 0; k < trace.t.length; k++) if (trace.t[k] > first) { low = Math.min(low, trace.deg[k] || 0); high = Math.max(high, trace.deg[k] || 0); }
    low = Math.floor((low - 3) / 10) * 10; high = Math.ceil((high + 3) / 10) * 10;
    const inset = 44, x = (t) => inset + (t - first) / SPAN_S * (width - inset - 8), y = (deg) => 26 + (high - deg) / (high - low) * (height - 34);
    const target = canvas.dataset.target ? canvas.dataset.target.split(",").map(Number) : [];
    spans.forEach(([start, end], k) => {
      if (end < first) return;
      c.fillStyle = colour.shade; c.globalAlpha = k % 2 ? 1 : 0.55;
      c.fillRect(x(Math.max(start, first)), 0, x(Math.min(end, now)) - x(Math.max(start, first)), height);
      c.globalAlpha = 1;
      c.fillStyle = colour.muted; c.font = "13px system-ui"; c.textAlign = "center";
      c.fillText(String(k + 1), x((Math.max(start, first) + Math.min(end, now)) / 2), height - 8);
    });
    c.font = "13px system-ui"; c.textAlign = "right"; c.textBaseline = "middle"; c.fillStyle = colour.muted;
    const mark = (deg) => c.fillText(deg > 0 ? `+${deg}` : deg < 0 ? `−${-deg}` : "0", inset - 8, y(deg));
    const free = (deg) => target.every((bound) => Math.abs(y(bound) - y(deg)) > 14);
    for (let deg = low; deg <= high; deg += 10) if (deg % 20 === 0 && free(deg)) mark(deg);
    c.textAlign = "left"; c.fillText(canvas.dataset.up || "", 8, 12); c.textAlign = "right";
    // the target is its two bounds, with their numbers: a ground alone looks like a rep's
    c.fillStyle = c.strokeStyle = colour.ink; c.lineWidth = 1; c.font = "bold 13px system-ui";
    c.setLineDash([6, 4]);
    target.forEach((bound, k) => {
      if (!k || y(target[0]) - y(bound) > 12) mark(bound);
      c.beginPath(); c.moveTo(inset, y(bound)); c.lineTo(width, y(bound)); c.stroke();
    });
    c.setLineDash([]);
    c.strokeStyle = colour.ink; c.lineWidth = 1;
    c.beginPath(); c.moveTo(inset, y(0)); c.lineTo(width, y(0)); c.stroke();
    c.strokeStyle = colour[side]; c.lineWidth = 2.5; c.lineJoin = "round";
    c.beginPath();
    // every other value is enough where two share a pixel; always the same ones, or the line trembles
    const step = (width - inset) * scale < 1300 ? 2 : 1;
    let on = false;
    for (let k = 0; k < trace.t.length; k++) {
      if (trace.t[k] < first || trace.t[k] > now) continue;
      if (!Number.isFinite(trace.deg[k]) || (k && trace.t[k] - trace.t[k - 1] > 0.1)) on = false;
      if (!Number.isFinite(trace.deg[k]) || (on && k % step)) continue;
      if (on) c.lineTo(x(trace.t[k]), y(trace.deg[k])); else c.moveTo(x(trace.t[k]), y(trace.deg[k]));
      on = true;
    }
    c.stroke();
  }

  // A key presses the button that names it; where someone types, keys are letters.
  document.addEventListener("keydown", (event) => {
    const target = event.target, typing = target.closest && target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key === " " && target.closest("button, a, input")) return;
    const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key;
    const wanted = document.querySelector(`[data-key="${key}"]:not(:disabled)`);
    if (wanted) { event.preventDefault(); wanted.click(); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches('[data-live="sounds"] input')) sounds = event.target.checked;
  });

  if (document.documentElement.dataset.anklet !== "on") {
    document.documentElement.dataset.anklet = "on";
    connect();
    requestAnimationFrame(draw);
  }
})();
