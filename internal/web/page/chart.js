// Line charts over steps or epochs, on uPlot: series with bands and dashes, a reader that follows the pointer or the
// arrow keys, zoom by dragging.
import { clean, h, put } from "./dom.js";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// chart draws series into a node and gives {set(spec), mark(x), destroy()}: mark moves an upright line. A spec is
//   label   what is drawn, for those who do not see it
//   xs      the values along the axis, ascending; xlabel its name
//   series  [{name, ys, low, high, color, dash, width}], lists as long as xs, null where nothing is known
//   names   of the xs, where these are no numbers
//   log     draw the logarithm; y [from, to] to fix the range; lines [{y, name}] of horizontal marks; at, of the upright one
//   format  writes a value
//   sync    a name that charts share: their readers move together
export function chart(root, spec) {
  let plot = null;
  let now = spec;
  const reader = h("div", { class: "reader", "aria-live": "polite" });
  const box = h("div", { class: "plot", tabindex: "0", role: "img", onkeydown: keys, onblur: () => plot?.setCursor({ left: -10, top: -10 }) });
  put(root, box, reader);
  const sized = new ResizeObserver(() => plot && box.clientWidth && plot.setSize(size()));
  sized.observe(box);

  const size = () => ({ width: Math.max(200, box.clientWidth), height: now.height || 260 });

  function keys(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!move || !plot) return;
    event.preventDefault();
    const last = now.xs.length - 1;
    const at = Math.min(last, Math.max(0, (plot.cursor.idx ?? (move > 0 ? -1 : last + 1)) + move));
    plot.setCursor({ left: plot.valToPos(now.xs[at], "x"), top: plot.over.clientHeight / 2 });
  }

  // read writes what is under the reader, the largest first.
  function read(u) {
    const at = u.cursor.idx;
    if (at === null || at === undefined || u.cursor.left < 0) {
      put(reader, h("span", { class: "quiet" }, "Point at the chart, or use ← and →; drag to zoom, double-click to see all."));
      return;
    }
    const values = now.series.filter((one) => one.ys[at] !== null && one.ys[at] !== undefined).sort((a, b) => b.ys[at] - a.ys[at]);
    put(reader, h("strong", null, now.names ? clean(now.names[at]) : `${now.xlabel} ${now.xs[at]}`), values.slice(0, 14).map((one) => h("span", { class: "value" },
      key(one), `${clean(one.name)} ${now.format(one.ys[at])}`,
      one.low && one.low[at] !== null && one.low[at] !== undefined ? h("span", { class: "range" }, `[${now.format(one.low[at])}, ${now.format(one.high[at])}]`) : null)),
      values.length > 14 ? `and ${values.length - 14} more` : null);
  }

  function set(next) {
    const zoom = plot && now.xs.length && plot.scales.x.min !== undefined && (plot.scales.x.min > now.xs[0] || plot.scales.x.max < now.xs.at(-1)) ? { ...plot.scales.x } : null;
    const at = plot?.cursor.idx;
    now = next;
    box.setAttribute("aria-label", next.label);
    plot?.destroy();
    plot = null;
    if (!next.xs.length) {
      put(box, h("p", { class: "quiet" }, "Nothing has been recorded yet."));
      put(reader);
      return;
    }
    put(box);
    const data = [next.xs];
    const series = [{}];
    const bands = [];
    for (const one of next.series) {
      if (one.low) {
        data.push(one.high, one.low);
        const edge = { stroke: "transparent", width: 0, points: { show: false } };
        series.push(edge, edge);
        bands.push({ series: [data.length - 2, data.length - 1], fill: `${one.color}2e` });
      }
      data.push(one.ys);
      series.push({ stroke: one.color, width: one.width || 1.8, dash: one.dash?.length ? one.dash : undefined, spanGaps: true, points: { show: next.xs.length <= 3 && (one.width || 2) > 1, size: 6, fill: one.color } });
    }
    const axis = { stroke: css("--soft"), grid: { stroke: css("--rule"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    plot = new uPlot({
      ...size(), padding: [8, next.names ? 46 : 12, 0, 0], bands, legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { show: false }, sync: next.sync ? { key: next.sync, setSeries: false } : undefined },
      scales: {
        x: { time: false, range: next.xs.length === 1 ? [next.xs[0] - 1, next.xs[0] + 1] : undefined },
        y: { distr: next.log ? 3 : 1, range: next.y ? () => next.y : undefined },
      },
      axes: [{ ...axis, label: next.names ? undefined : next.xlabel, labelSize: 20, labelFont: axis.font, size: next.names ? 64 : 34, ...named(next) }, { ...axis, size: 62, values: (u, ticks) => ticks.map((f) => (f === null ? "" : next.format(f))) }],
      series,
      hooks: { setCursor: [read], draw: [(u) => marks(u, next)] },
    }, data, box);
    if (zoom) plot.setScale("x", { min: zoom.min, max: zoom.max });
    if (at !== undefined && at !== null && document.activeElement === box && at < next.xs.length) plot.setCursor({ left: plot.valToPos(next.xs[at], "x"), top: 10 });
    else read(plot);
  }

  set(spec);
  function mark(x) {
    now.at = x;
    plot?.redraw(false);
  }

  return { set, mark, destroy() { sized.disconnect(); plot?.destroy(); } };
}

// named writes the names of the xs below the axis, aslant, as many of them as can be read.
function named(spec) {
  if (!spec.names) return {};
  return { splits: (u) => spec.xs.filter((_, i) => i % Math.ceil((14 * spec.xs.length) / Math.max(1, u.width - 74)) === 0), values: (u, at) => at.map((x) => clean(spec.names[x - 1] ?? "")), rotate: -45, gap: 2 };
}

// marks draws horizontal lines with their names, and the upright one.
function marks(u, spec) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = css("--soft");
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  for (const { y, name } of spec.lines || []) {
    const at = u.valToPos(y, "y", true);
    if (!(at > bbox.top && at < bbox.top + bbox.height)) continue;
    ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
    ctx.fillText(name, bbox.left + 6 * devicePixelRatio, at - 4 * devicePixelRatio);
  }
  const x = spec.at === undefined ? NaN : u.valToPos(spec.at, "x", true);
  if (x >= bbox.left && x <= bbox.left + bbox.width) {
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

// key is the small line of a legend: colour and dashes.
export function key(one) {
  const dash = (one.dash || []).join(" ");
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 10");
  svg.setAttribute("class", "key");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(ns, "line");
  for (const [k, v] of Object.entries({ x1: 1, x2: 23, y1: 5, y2: 5, stroke: one.color, "stroke-width": 2.5, "stroke-dasharray": dash || "none" })) line.setAttribute(k, v);
  svg.append(line);
  return svg;
}

// smooth is the exponential moving average of a list with its bias corrected (as Adam's moments are): w is the weight of
// the past, 0 for none. Gaps stay.
export function smooth(ys, w) {
  if (!w) return ys;
  let mean = 0;
  let weight = 0;
  return ys.map((y) => {
    if (y === null || y === undefined) return null;
    mean = w * mean + (1 - w) * y;
    weight = w * weight + (1 - w);
    return mean / weight;
  });
}

// joined puts series that have values at different places on one axis.
export function joined(list) {
  const xs = [...new Set(list.flatMap((one) => one.xs))].sort((a, b) => a - b);
  const at = new Map(xs.map((x, i) => [x, i]));
  const spread = (one, ys) => {
    const out = new Array(xs.length).fill(null);
    one.xs.forEach((x, i) => { out[at.get(x)] = ys[i] ?? null; });
    return out;
  };
  return { xs, series: list.map((one) => ({ ...one, ys: spread(one, one.ys), low: one.low && spread(one, one.low), high: one.high && spread(one, one.high) })) };
}

