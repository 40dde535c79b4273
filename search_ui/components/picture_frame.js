/* A picture in its frame: where it is, and how its grey values are shown.

A view is {x, y, zoom}: the point of the picture, in fractions of its width and height, that is in
the middle of the frame, and the scale as a multiple of the one that just fits. Two pictures of any
size that share a view show the same place. */

const FIT = { x: 0.5, y: 0.5, zoom: 1 };

const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);

/* DICOM PS3.3 C.11.2.1.2.1 (linear window) on 8 bits; width 256 at level 128 changes nothing. */
function lookupTable({ width, level, inverted }) {
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => {
    const from = value - (level - 0.5);
    const half = (width - 1) / 2;
    const shown = from <= -half ? 0 : from > half ? 255 : (from / (width - 1) + 0.5) * 255;
    return inverted ? 255 - shown : shown;
  });
}

/* A picture in its frame. */
class Frame {
  constructor(figure) {
    this.figure = figure;
    this.box = figure.querySelector(".frame");
    this.canvas = figure.querySelector("canvas");
    this.fault = figure.querySelector(".fault");
    this.view = FIT;
  }

  /* Whether another picture than before is to be shown. */
  update(picture, height, changed) {
    this.figure.hidden = !picture;
    const isNew = picture?.source !== this.picture?.source;
    this.picture = picture;
    if (!picture) return isNew;
    this.figure.querySelector("figcaption").textContent = picture.heading;
    this.box.setAttribute("aria-label", `${picture.heading}: ${picture.words}`);
    this.box.style.setProperty("--frame-height", `${height}px`);
    this.canvas.setAttribute("aria-label", picture.words);
    this.canvas.style.width = `${picture.width}px`;
    this.canvas.style.height = `${picture.height}px`;
    if (isNew) this.load(picture.source, changed);
    return isNew;
  }

  async load(source, changed) {
    const image = new Image();
    image.src = source;
    this.pixels = undefined;
    this.canvas.hidden = this.fault.hidden = true;
    try {
      await image.decode();
      if (this.picture?.source !== source) return;
      [this.canvas.width, this.canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = this.canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      this.pixels = context.getImageData(0, 0, image.naturalWidth, image.naturalHeight);
      this.shown = new ImageData(image.naturalWidth, image.naturalHeight);
      this.canvas.hidden = false;
    } catch {
      if (this.picture?.source !== source) return;
      this.fault.textContent = "This picture cannot be shown";
      this.fault.hidden = false;
    }
    this.painted = undefined;
    changed();
  }

  paint(table) {
    if (!this.pixels || this.painted === table) return;
    const from = this.pixels.data;
    const to = this.shown.data;
    for (let i = 0; i < from.length; i += 4) {
      to[i] = table[from[i]];
      to[i + 1] = table[from[i + 1]];
      to[i + 2] = table[from[i + 2]];
      to[i + 3] = from[i + 3];
    }
    this.canvas.getContext("2d").putImageData(this.shown, 0, 0);
    this.painted = table;
  }

  get fitting() {
    const { clientWidth, clientHeight } = this.box;
    return Math.min(clientWidth / this.picture.width, clientHeight / this.picture.height) || 1;
  }

  /* The picture's size in CSS pixels, as it is seen. */
  get size() {
    const scale = this.fitting * this.view.zoom;
    return [this.picture.width * scale, this.picture.height * scale];
  }

  /* The zoom at which a pixel of the picture takes one of the screen. */
  get oneToOne() {
    return 1 / (this.fitting * (window.devicePixelRatio || 1));
  }

  /* The point of the picture, in fractions, under a pointer. */
  at({ clientX, clientY }) {
    const place = this.box.getBoundingClientRect();
    const [width, height] = this.size;
    return [
      this.view.x + (clientX - place.left - place.width / 2) / width,
      this.view.y + (clientY - place.top - place.height / 2) / height,
    ];
  }

  /* Where a point of the picture is in the frame, in CSS pixels. */
  place(x, y) {
    const [width, height] = this.size;
    return [
      this.box.clientWidth / 2 + (x - this.view.x) * width,
      this.box.clientHeight / 2 + (y - this.view.y) * height,
    ];
  }

  zoomed(zoom, [x, y] = [this.view.x, this.view.y]) {
    const limits = [Math.min(1, this.oneToOne), Math.max(16, 8 * this.oneToOne)];
    const next = clamp(zoom, limits);
    const kept = this.view.zoom / next;
    return { x: x - (x - this.view.x) * kept, y: y - (y - this.view.y) * kept, zoom: next };
  }

  draw() {
    const [left, top] = this.place(0, 0);
    const scale = this.fitting * this.view.zoom;
    this.canvas.style.transform = `matrix(${scale}, 0, 0, ${scale}, ${left}, ${top})`;
  }
}
