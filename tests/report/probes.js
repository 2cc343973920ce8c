// What a test asks of a page: whether its text overlaps, is too faint, or is too wide.

function widest() {
  return document.documentElement.scrollWidth;
}

function openAll() {
  for (const part of document.querySelectorAll("details")) part.open = true;
}

/** The lines of text that can be seen, each with its box and the element that it is in. */
function lines() {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.data.trim() || holder.closest("script, style, metadata") || !holder.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = clipped(rect, holder);
      if (box) found.push({ text: node.data.trim().slice(0, 40), node, holder, ...box });
    }
  }
  return found;
}

/** What is left of a box within all that scrolls or clips around it. */
function clipped(rect, holder) {
  let { left, right, top, bottom } = rect;
  for (let outer = holder; outer; outer = outer.parentElement) {
    if (getComputedStyle(outer).overflowX === "visible" || outer === document.documentElement) continue;
    const edge = outer.getBoundingClientRect();
    left = Math.max(left, edge.left);
    right = Math.min(right, edge.right);
    top = Math.max(top, edge.top);
    bottom = Math.min(bottom, edge.bottom);
  }
  return right - left > 1 && bottom - top > 1 ? { left, right, top, bottom } : null;
}

/** Pairs of texts that lie on each other by more than a hair. */
function overlaps() {
  const hair = 2.5;
  const all = lines().sort((a, b) => a.top - b.top);
  const found = [];
  for (let i = 0; i < all.length; i++) {
    for (let j = i + 1; j < all.length && all[j].top < all[i].bottom - hair; j++) {
      const [a, b] = [all[i], all[j]];
      if (a.node === b.node) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > hair && high > hair) found.push([a.text, b.text, wide, high]);
    }
  }
  return found.slice(0, 10);
}

function channels(colour) {
  const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
  return { rgb: [r, g, b], a };
}

function over(top, share, below) {
  return below.map((value, i) => top[i] * share + value * (1 - share));
}

/** What is behind an element: of a drawing its own shapes, and then the page. */
function behind(holder) {
  const layers = [];
  const drawing = holder.closest("svg");
  if (drawing) {
    const own = holder.getBoundingClientRect();
    const [x, y] = [(own.left + own.right) / 2, (own.top + own.bottom) / 2];
    for (const shape of drawing.querySelectorAll("path")) {
      const { fill, fillOpacity, opacity } = getComputedStyle(shape);
      const box = shape.getBoundingClientRect();
      const under = box.left < x && x < box.right && box.top < y && y < box.bottom;
      if (fill === "none" || !under || shape.closest("defs")) continue;
      const { rgb, a } = channels(fill);
      layers.unshift([rgb, a * fillOpacity * opacity]);
    }
  }
  for (let outer = drawing ?? holder; outer; outer = outer.parentElement) {
    const { rgb, a } = channels(getComputedStyle(outer).backgroundColor);
    if (a) layers.push([rgb, a]);
  }
  return layers.reverse().reduce((below, [rgb, a]) => over(rgb, a, below), [255, 255, 255]);
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Texts with a contrast below 4.5 to what is behind them (WCAG 2, level AA). */
function faint() {
  const found = [];
  for (const holder of new Set(lines().map((line) => line.holder))) {
    const { color, fill } = getComputedStyle(holder);
    const { rgb, a } = channels(holder.closest("svg") ? fill : color);
    const ground = behind(holder);
    const [low, high] = [luminance(over(rgb, a, ground)), luminance(ground)].sort((x, y) => x - y);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) found.push([holder.textContent.trim().slice(0, 40), contrast]);
  }
  return found.slice(0, 10);
}
