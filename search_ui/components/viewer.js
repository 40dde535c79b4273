/* The picture viewer in the browser. Nothing but a region leaves it.

viewer.py joins it to picture_frame.js and region_marking.js: a component is one module. */

const FULL = { width: 256, level: 128, inverted: false };
const WIDTHS = [1, 512];
const LEVELS = [0, 255];
const WINDOW_STEP = 8;
const ZOOM_STEP = 1.25;
const MOVE_STEP = 0.1; // of what is seen
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const KEYS = {
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  1: "oneToOne",
  f: "fit",
  t: "together",
  "[": "levelDown",
  "]": "levelUp",
  "{": "widthDown",
  "}": "widthUp",
  i: "invert",
  0: "resetWindow",
};

class Viewer {
  /* `name` is the page's only one of its kind. */
  constructor(root, name) {
    this.root = root;
    root.querySelector("details p").id = `${name}-keys`;
    this.frames = [...root.querySelectorAll("figure")].map((figure) => new Frame(figure));
    this.active = this.first = this.frames[0];
    this.window = FULL;
    this.table = lookupTable(FULL);
    this.together = true;
    this.drag = this.asked = null;
    const outline = root.querySelector(".region");
    this.marking = new RegionMarking(this.first, outline, (region) => this.report({ region }));
    this.ended = new AbortController();
    for (const button of root.querySelectorAll("[data-do]")) {
      this.on(button, "click", () => {
        this.actions[button.dataset.do]();
        this.changed();
      });
    }
    for (const frame of this.frames) {
      frame.box.setAttribute("aria-describedby", `${name}-keys`);
      this.listen(frame);
    }
    this.resized = new ResizeObserver(() => this.changed());
    for (const frame of this.frames) this.resized.observe(frame.box);
  }

  on(target, event, act) {
    target.addEventListener(event, act, { signal: this.ended.signal, passive: false });
  }

  listen(frame) {
    const { box } = frame;
    this.on(box, "focus", () => (this.active = frame));
    this.on(box, "keydown", (event) => this.pressed(event));
    this.on(box, "contextmenu", (event) => event.preventDefault());
    this.on(box, "wheel", (event) => {
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode ? 25 : 1);
      this.look(frame, frame.zoomed(frame.view.zoom * Math.exp(-pixels / 500), frame.at(event)));
    });
    this.on(box, "dblclick", (event) => {
      const isFit = Math.abs(frame.view.zoom - 1) < 0.001;
      if (this.marking.on || event.shiftKey) return;
      this.look(frame, isFit ? frame.zoomed(frame.oneToOne, frame.at(event)) : FIT);
    });
    this.on(box, "pointerdown", (event) => this.begin(frame, event));
    const isOurs = (event) => this.drag?.pointerId === event.pointerId;
    this.on(box, "pointermove", (event) => isOurs(event) && this.follow(event));
    this.on(box, "pointerup", (event) => isOurs(event) && this.release());
    this.on(box, "pointercancel", (event) => isOurs(event) && this.release(true));
  }

  update(data, report) {
    this.report = (value) => report("region", value);
    this.drawsRegion = data.drawsRegion;
    const changed = () => this.changed();
    const isNew = this.frames.map((f, i) => f.update(data.pictures[i], data.height, changed));
    if (isNew[0]) {
      this.setWindow(FULL);
      this.marking.leave();
      this.asked = undefined;
      for (const frame of this.frames) frame.view = FIT;
    } else if (isNew[1]) this.frames[1].view = this.together ? this.first.view : FIT;
    if (!this.active.picture) this.active = this.first;
    // A region that was just drawn stays until the page says something else.
    const asked = JSON.stringify(data.region);
    if (asked !== this.asked) this.marking.region = data.region;
    this.asked = asked;
    this.changed();
  }

  close() {
    this.ended.abort();
    this.resized.disconnect();
    cancelAnimationFrame(this.waiting);
  }

  /* Draw before the next picture of the screen, once for all that has changed. */
  changed() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.draw();
    });
  }

  draw() {
    const shown = this.frames.filter((frame) => frame.picture);
    const marks = this.drawsRegion && this.marking.on;
    for (const frame of shown) {
      frame.paint(this.table);
      frame.draw();
      const still = frame.view.zoom <= 1 && !marks; // a finger then scrolls the page
      frame.box.style.touchAction = still ? "pan-y pinch-zoom" : "none";
      frame.box.classList.toggle("drags", this.drag?.frame === frame && !marks);
    }
    this.first.box.classList.toggle("marks", marks);
    this.marking.draw();
    const tell = (name, isHidden, isPressed) => {
      const button = this.root.querySelector(`[data-do=${name}]`);
      button.hidden = isHidden;
      if (isPressed !== undefined) button.setAttribute("aria-pressed", String(isPressed));
      return button;
    };
    tell("together", shown.length < 2, this.together);
    tell("invert", false, this.window.inverted);
    tell("mark", !this.drawsRegion, this.marking.on);
    tell("whole", !this.drawsRegion).disabled = !this.marking.region;
    this.root.querySelector(".marking").hidden = !this.drawsRegion;
    const state = this.root.querySelector(".state");
    const words = this.words(shown);
    if (state.textContent !== words) state.textContent = words;
  }

  words(shown) {
    const same = this.together || shown.length < 2;
    const zooms = (same ? [this.active] : shown).map((frame) => {
      const isExact = Math.abs(frame.view.zoom / frame.oneToOne - 1) < 0.001;
      return `${frame.view.zoom.toFixed(2)}×${isExact ? " (1:1)" : ""}`;
    });
    const { width, level, inverted } = this.window;
    const parts = [
      `Zoom ${zooms.join(" and ")}`,
      `window width ${Math.round(width)}, level ${Math.round(level)}`,
    ];
    if (inverted) parts.push("inverted");
    return `${parts.join(", ")}. ${this.marking.words}`.trim();
  }

  /* The view of one frame, or of all while they move together. */
  look(frame, { x, y, zoom }) {
    const margin = Math.min(0.5, 0.5 / zoom);
    const inside = [margin, 1 - margin];
    const view = { x: clamp(x, inside), y: clamp(y, inside), zoom };
    for (const each of this.together ? this.frames : [frame]) each.view = view;
    this.changed();
  }

  get actions() {
    const { active } = this;
    const zoomTo = (zoom) => this.look(active, active.zoomed(zoom));
    const { width, level, inverted } = this.window;
    return {
      zoomIn: () => zoomTo(active.view.zoom * ZOOM_STEP),
      zoomOut: () => zoomTo(active.view.zoom / ZOOM_STEP),
      oneToOne: () => zoomTo(active.oneToOne),
      fit: () => this.look(active, FIT),
      together: () => this.join(!this.together),
      levelDown: () => this.setWindow({ level: level - WINDOW_STEP }),
      levelUp: () => this.setWindow({ level: level + WINDOW_STEP }),
      widthDown: () => this.setWindow({ width: width - WINDOW_STEP }),
      widthUp: () => this.setWindow({ width: width + WINDOW_STEP }),
      invert: () => this.setWindow({ inverted: !inverted }),
      resetWindow: () => this.setWindow(FULL),
      mark: () => (this.marking.on ? this.marking.leave() : this.marking.begin()),
      whole: () => {
        this.marking.set(null);
        this.first.box.focus(); // the button goes out
      },
    };
  }

  pressed(event) {
    // AltGr, which types brackets on many keyboards, counts as Ctrl and Alt.
    if (event.metaKey || event.ctrlKey !== event.altKey) return;
    const act = this.actions[KEYS[event.key.toLowerCase()]];
    const step = ARROWS[event.key];
    if (step) this.step(step, event.shiftKey);
    else if (event.key === "Enter" && this.drawsRegion) this.marking.enter();
    else if (event.key === "Escape" && this.marking.on) this.escape();
    else if (act) act();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.changed();
  }

  escape() {
    this.drag = null;
    this.marking.leave();
  }

  step([right, down], sizes) {
    if (this.marking.draft) return this.marking.step([right, down], sizes);
    const { view } = this.active;
    const move = MOVE_STEP / view.zoom;
    this.look(this.active, { ...view, x: view.x + right * move, y: view.y + down * move });
  }

  join(together) {
    this.together = together;
    this.look(this.active, this.active.view);
  }

  setWindow(change) {
    const { width, level, inverted } = { ...this.window, ...change };
    this.window = { width: clamp(width, WIDTHS), level: clamp(level, LEVELS), inverted };
    this.table = lookupTable(this.window);
    this.changed();
  }

  begin(frame, event) {
    if (this.drag || (event.button !== 0 && event.button !== 2)) return;
    const windows = event.button === 2 || event.shiftKey;
    const marks = this.marking.on && frame === this.first;
    const act = windows ? this.dragWindow : marks ? this.dragRegion : this.dragView;
    const { pointerId, clientX, clientY } = event;
    this.drag = { frame, act, pointerId, from: frame.at(event), x: clientX, y: clientY };
    if (marks) this.marking.draft = null;
    frame.box.setPointerCapture(pointerId);
    this.active = frame;
    this.changed();
  }

  follow(event) {
    const { clientX, clientY } = event;
    this.drag.act.call(this, event, clientX - this.drag.x, clientY - this.drag.y);
    [this.drag.x, this.drag.y] = [clientX, clientY];
    this.changed();
  }

  release(isBroken = false) {
    if (this.drag.act === this.dragRegion) this.marking.release(isBroken);
    this.drag = null;
    this.changed();
  }

  dragView(_event, right, down) {
    const { frame } = this.drag;
    const [width, height] = frame.size;
    const { x, y, zoom } = frame.view;
    this.look(frame, { x: x - right / width, y: y - down / height, zoom });
  }

  dragWindow(_event, right, down) {
    const { width, level } = this.window;
    this.setWindow({ width: width + right, level: level + down });
  }

  dragRegion(event) {
    this.marking.drag(this.drag.from, this.drag.frame.at(event));
  }
}

const viewers = new WeakMap();

/* Streamlit calls this at the beginning and whenever the data change, and the function that it
returns when the component goes away, or late when a newer call has taken over: then it stays. */
export default function show({ parentElement, data, key, setTriggerValue }) {
  if (!viewers.has(parentElement)) viewers.set(parentElement, new Viewer(parentElement, key));
  const viewer = viewers.get(parentElement);
  viewer.update(data, setTriggerValue);
  const call = (viewer.calls = (viewer.calls ?? 0) + 1);
  return () => {
    if (viewer.calls !== call) return;
    viewer.close();
    viewers.delete(parentElement);
  };
}
