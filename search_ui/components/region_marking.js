/* A rectangle that is drawn on a picture, with a pointer or with keys: [x, y, width, height] in
fractions of the picture. `region` is the one that counts, `draft` the one being drawn. */

const REGION_STEP = 0.02; // of what is seen
const SMALLEST_REGION = 5; // CSS pixels: less is a click
const WHOLE = [0, 1];

class RegionMarking {
  /* `report` is called with a region that was set, or with null for the whole picture. */
  constructor(frame, outline, report) {
    Object.assign(this, { frame, outline, report, on: false, region: null, draft: null });
  }

  begin() {
    this.on = true;
    this.frame.box.focus();
  }

  leave() {
    this.on = false;
    this.draft = null;
  }

  set(region) {
    this.leave();
    this.region = region?.map((part) => Math.round(part * 1e6) / 1e6) ?? null;
    this.report(this.region);
  }

  /* The Enter key: a region in the middle of what is seen, then set it. */
  enter() {
    if (this.draft) return this.set(this.draft);
    const { x, y, zoom } = this.frame.view;
    const side = Math.min(0.25 / zoom, 0.5);
    const inside = [0, 1 - side];
    this.draft = [clamp(x - side / 2, inside), clamp(y - side / 2, inside), side, side];
    this.begin();
  }

  step([right, down], sizes) {
    const step = REGION_STEP / this.frame.view.zoom;
    let [x, y, width, height] = this.draft;
    if (sizes) {
      width = clamp(width + right * step, [Math.min(step, 1 - x), 1 - x]);
      height = clamp(height + down * step, [Math.min(step, 1 - y), 1 - y]);
    } else {
      x = clamp(x + right * step, [0, 1 - width]);
      y = clamp(y + down * step, [0, 1 - height]);
    }
    this.draft = [x, y, width, height];
  }

  drag(from, to) {
    const [x, y] = from.map((part) => clamp(part, WHOLE));
    const [toX, toY] = to.map((part) => clamp(part, WHOLE));
    this.draft = [Math.min(x, toX), Math.min(y, toY), Math.abs(x - toX), Math.abs(y - toY)];
  }

  release(isBroken) {
    if (!this.draft) return;
    const [width, height] = this.frame.size;
    const shortest = Math.min(this.draft[2] * width, this.draft[3] * height);
    if (isBroken || shortest < SMALLEST_REGION) this.draft = null;
    else this.set(this.draft);
  }

  draw() {
    const region = this.draft ?? this.region;
    this.outline.hidden = !region;
    if (!region) return;
    const [x, y, width, height] = region;
    const [left, top] = this.frame.place(x, y);
    const [right, bottom] = this.frame.place(x + width, y + height);
    this.outline.classList.toggle("draft", this.draft !== null);
    this.outline.style.left = `${left}px`;
    this.outline.style.top = `${top}px`;
    this.outline.style.width = `${right - left}px`;
    this.outline.style.height = `${bottom - top}px`;
  }

  get words() {
    const region = this.draft ?? this.region;
    if (this.on && !this.draft) return "Draw a region on the first picture.";
    if (!region) return "";
    const [x, y, across, down] = region.map((part) => `${Math.round(part * 100)} %`);
    const begun = this.draft ? "Region to be set" : "Region";
    return `${begun}: ${across} by ${down}, at ${x} across and ${y} down.`;
  }
}
