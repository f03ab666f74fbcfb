// The heat map: position × window on a canvas, with a cursor at one window and one position.
import { clean, count, h, put } from "./dom.js";
import { heat, isZero, tint } from "./quantities.js";

const left = 108; // pixels for names

// heatmap draws into a node and gives {set(spec)}. A spec is {flow, name and quantity, scale, window, position,
// choose(position, window), point(position, window), seek(window)}.
export function heatmap(root) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const rows = h("div", { class: "heatrows", role: "listbox", "aria-label": "Positions, from input to output", tabindex: "0", onkeydown: keys, onfocus: () => mark(), onblur: () => mark() });
  const under = h("p", { class: "facts under", "aria-live": "polite" });
  const box = h("div", { class: "heat" }, canvas, rows);
  put(root, box, under);
  let spec = null;
  let tall = 18;
  let active = 0;
  const sized = new ResizeObserver(() => draw());
  sized.observe(box);

  function keys(event) {
    const n = spec?.flow.positions.length || 0;
    const move = { ArrowDown: 1, ArrowUp: -1, Home: -n, End: n }[event.key];
    if (move) {
      active = Math.min(n - 1, Math.max(0, active + move));
      mark();
      spec.point(active, spec.window);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      spec.seek(spec.window + (event.key === "ArrowLeft" ? -1 : 1));
      spec.point(active, spec.window);
    } else if (event.key === "Enter" || event.key === " ") {
      spec.choose(active);
    } else return;
    event.preventDefault();
  }

  function mark() {
    [...rows.children].forEach((row, i) => {
      row.classList.toggle("active", i === active && document.activeElement === rows);
      row.setAttribute("aria-selected", String(spec.flow.positions[i].name === spec.position));
    });
    const row = rows.children[active];
    if (row) rows.setAttribute("aria-activedescendant", row.id);
  }

  function set(next) {
    const renew = !spec || spec.flow.positions.map((p) => p.name).join() !== next.flow.positions.map((p) => p.name).join();
    spec = next;
    if (renew) {
      active = Math.max(0, next.flow.positions.findIndex((p) => p.name === next.position));
      tall = Math.max(12, Math.min(24, Math.round(520 / Math.max(1, next.flow.positions.length))));
      put(rows, next.flow.positions.map((p, i) => h("div", { role: "option", id: `heat-${i}`, class: "heatrow", style: { height: `${tall}px` } }, clean(p.name))));
    }
    mark();
    draw();
  }

  function draw() {
    if (!spec || !box.clientWidth) return;
    const { flow, quantity, scale } = spec;
    const values = flow.values[spec.name] || [];
    const wide = box.clientWidth;
    const high = flow.positions.length * tall;
    const ratio = devicePixelRatio || 1;
    canvas.width = wide * ratio;
    canvas.height = (high + 20) * ratio;
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${high + 20}px`;
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const absent = style.getPropertyValue("--absent");
    const zero = style.getPropertyValue("--bad");
    const n = values.length || 1;
    const cell = (wide - left) / n;
    for (let w = 0; w < values.length; w++) {
      for (let i = 0; i < flow.positions.length; i++) {
        const t = tint(quantity, values[w][i], scale);
        c.fillStyle = isZero(quantity, values[w][i]) ? zero : t === null ? absent : heat(t);
        c.fillRect(left + w * cell, i * tall, Math.ceil(cell + 0.5), tall - 1);
      }
    }
    c.strokeStyle = style.getPropertyValue("--text");
    c.lineWidth = 2;
    c.strokeRect(left + spec.window * cell + 1, 1, Math.max(2, cell - 2), high - 3);
    c.fillStyle = style.getPropertyValue("--soft");
    c.font = "12px system-ui, sans-serif";
    if (flow.steps.length) {
      c.fillText(`step ${count(flow.steps[0].first)}`, left, high + 15);
      c.textAlign = "right";
      c.fillText(count(flow.steps.at(-1).last), wide - 2, high + 15);
    }
  }

  // at is the position and the window under the pointer.
  const at = (event) => {
    const area = canvas.getBoundingClientRect();
    const x = event.clientX - area.left - left;
    const n = spec?.flow.steps.length || 0;
    if (!n) return null;
    const i = Math.floor((event.clientY - area.top) / tall);
    const w = Math.floor((x / (area.width - left)) * n);
    return i >= 0 && i < spec.flow.positions.length && w < n ? [i, Math.max(x < 0 ? spec.window : 0, w < 0 ? spec.window : w)] : null;
  };
  box.addEventListener("pointermove", (event) => { const p = at(event); if (p) spec.point(...p); });
  box.addEventListener("click", (event) => {
    const p = at(event);
    if (!p) return;
    active = p[0];
    spec.choose(...p);
  });

  return { set, say: (text) => put(under, text), destroy: () => sized.disconnect() };
}

// colourbar is the scale of a heat map.
export function colourbar(quantity, [low, high]) {
  const canvas = h("canvas", { width: 160, height: 10, "aria-hidden": "true" });
  const c = canvas.getContext("2d");
  for (let x = 0; x < 160; x++) {
    c.fillStyle = heat(x / 159);
    c.fillRect(x, 0, 1, 10);
  }
  const write = (v) => (quantity.fixed ? `${100 * v} %` : v.toFixed(1).replace("-", "−"));
  return h("p", { class: "colourbar" }, write(low), canvas, write(high), h("span", { class: "facts" }, quantity.long, "; grey: no figure", quantity.log ? "; red: exactly zero" : ""));
}
