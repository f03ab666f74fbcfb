// The network as a picture: its layers in order, as large as their output, coloured by what was seen there, with the
// sums of residual blocks as arcs.
import { clean, count, h, put, s } from "./dom.js";
import { heat, ink, isZero, tint } from "./quantities.js";

const wide = 104; // pixels of a layer
const gap = 14;
const unseen = (text) => h("span", { class: "unseen" }, text); // what the picture says without words

// network draws {layers, parameters, flow, quantity, values, scale, chosen, choose(name)} into a node.
export function network(root, spec) {
  const { layers, quantity, values, scale } = spec;
  const at = root.querySelector(".scroll")?.scrollLeft || 0;
  const arcs = layers.map((l, i) => (l.from === undefined || l.from === null ? null : [l.from - 1, i])).filter(Boolean);
  const deepest = Math.max(0, ...arcs.map(([a, b]) => b - a));
  const above = arcs.length ? 24 + Math.min(46, 8 * deepest) : 0;
  const x = (i) => i * (wide + gap);
  const blocks = layers.map((l, i) => {
    const t = tint(quantity, values[i] ?? null, scale);
    const high = 66 + 12 * Math.min(6, Math.log10(Math.max(1, l.shape.reduce((a, b) => a * b, 1))));
    const block = h("button", {
      type: "button", class: "layer", "aria-pressed": String(l.name === spec.chosen),
      style: { left: `${x(i)}px`, width: `${wide}px`, height: `${high}px`, top: `${above + (140 - high) / 2}px` },
      onclick: () => spec.choose(l.name),
    }, h("strong", null, clean(l.name)), unseen(`, ${clean(l.kind)}, output `), h("span", null, l.shape.join("×")),
    l.parameters ? [unseen(", "), h("span", null, count(l.parameters)), unseen(" parameters")] : null, unseen(`, ${quantity.name.toLowerCase()} `), h("span", { class: "figure" }, quantity.write(values[i])));
    if (isZero(quantity, values[i])) block.classList.add("nought");
    if (t !== null) {
      block.style.background = heat(t);
      block.style.color = ink(t);
    }
    return block;
  });
  const width = layers.length * (wide + gap);
  const lines = s("svg", { width, height: above + 150, "aria-hidden": "true" },
    layers.slice(1).map((_, i) => s("line", { x1: x(i) + wide, x2: x(i + 1), y1: above + 70, y2: above + 70, class: "wire" })),
    arcs.map(([a, b]) => {
      const from = a < 0 ? 0 : x(a) + wide + gap / 2;
      const to = x(b) + wide / 2;
      return s("path", { d: `M${from},${above + 70} V${above - 4} Q${(from + to) / 2},${above - Math.min(46, 10 * (b - a)) - 8} ${to},${above - 4} V${above + 10}`, class: "wire arc" });
    }));
  const focus = document.activeElement?.closest?.(".layer") && root.contains(document.activeElement) ? [...root.querySelectorAll(".layer")].indexOf(document.activeElement) : -1;
  const box = h("div", { class: "network", style: { width: `${width}px`, height: `${above + 150}px` } }, lines, blocks);
  put(root, h("p", { class: "facts" }, `${layers.length} layers, ${count(spec.parameters)} parameters${arcs.length ? `, ${arcs.length} residual sums as arcs` : ""}. In a block: name, shape of its output, parameters, and the figure at this moment.`),
    h("div", { class: "scroll", role: "group", "aria-label": "Layers, from input to output" }, box));
  const to = layers.findIndex((l) => l.name === spec.chosen);
  const moved = root.dataset.chosen !== spec.chosen && to >= 0;
  root.dataset.chosen = spec.chosen || "";
  root.lastElementChild.scrollLeft = moved && focus < 0 ? x(to) - root.clientWidth / 2 + wide / 2 : at; // a layer chosen elsewhere comes into view
  if (focus >= 0) blocks[focus]?.focus({ preventScroll: true });
}
