// Line charts over steps or epochs, on uPlot: series with bands and dashes, a reader that follows the pointer or the
// arrow keys, zoom by dragging.
import { clean, h, plural, put, s } from "./dom.js";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// chart draws series into a node and gives {set(spec), mark(x), destroy()}: mark moves an upright line. A spec is
//   label   what is drawn, for those who do not see it
//   xs      the values along the axis, ascending; xlabel its name; x [from, to] to fix the range
//   series  [{name, ys, low, high, color, dash, width}], lists as long as xs, null where nothing is known
//   within  [from, to] that no value can leave: intervals, which can, are cut there
//   names   of the xs, where these are no numbers
//   log     draw the logarithm; y [from, to] to fix the range; lines [{y, name}] of horizontal marks; at, of the upright one
//   format  writes a value
//   sync    a name that charts share: their readers move together
// A new spec that has the same lines moves them only: the reader, and what was zoomed to, stay.
export function chart(root, spec) {
  let plot = null;
  let now = spec;
  let form = ""; // what the plot is made for
  const reader = h("div", { class: "reader" });
  const whole = h("button", { type: "button", class: "plain small whole", hidden: true, onclick: seeAll }, "See all");
  const box = h("div", {
    class: "plot", tabindex: "0", role: "img", onkeydown: keys,
    onfocus: () => reader.setAttribute("aria-live", "polite"), // of several that move together, one is read aloud
    onblur: () => { reader.removeAttribute("aria-live"); plot?.setCursor({ left: -10, top: -10 }); },
  });
  put(root, h("div", { class: "plotbox" }, box, whole), reader);
  const sized = new ResizeObserver(() => plot && box.clientWidth && plot.setSize(size()));
  sized.observe(box);

  const size = () => ({ width: Math.max(200, box.clientWidth), height: now.height || 260 });

  function seeAll() {
    plot.setData(dataOf(now), true);
    box.focus();
  }

  // keys move the reader (← → Home End) and the range of the axis (+ − 0).
  function keys(event) {
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    const zoom = { "+": 0.5, "=": 0.5, "-": 2 }[event.key];
    if (event.key === "0") seeAll();
    else if (zoom) zoomBy(zoom);
    else if (move) {
      const last = now.xs.length - 1;
      const at = Math.min(last, Math.max(0, (plot.cursor.idx ?? (move > 0 ? -1 : last + 1)) + move));
      plot.setCursor({ left: plot.valToPos(now.xs[at], "x"), top: plot.over.clientHeight / 2 });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // zoomBy widens or narrows the range around the reader.
  function zoomBy(factor) {
    const { min, max } = plot.scales.x;
    const around = now.xs[plot.cursor.idx] ?? (min + max) / 2;
    const from = Math.max(now.xs[0], around - (around - min) * factor);
    const to = Math.min(now.xs.at(-1), around + (max - around) * factor);
    if (to - from >= (now.xs.at(-1) - now.xs[0]) * 0.999) seeAll();
    else if (to > from) plot.setScale("x", { min: from, max: to });
  }

  const zoomed = () => plot !== null && now.xs.length > 1 && !now.x && (plot.scales.x.min > now.xs[0] || plot.scales.x.max < now.xs.at(-1));

  // read writes what is under the reader, the largest first.
  function read(u) {
    const at = u.cursor.idx;
    if (at === null || at === undefined || u.cursor.left < 0) {
      put(reader, h("span", { class: "quiet" }, "Point, or use ← and →; drag, or + and −, to zoom."));
      return;
    }
    const values = now.series.map((one) => [one, nearest(one.ys, now.xs, at)]).filter(([, i]) => i >= 0).sort(([p, i], [q, j]) => q.ys[j] - p.ys[i]);
    put(reader, h("strong", null, now.names ? clean(now.names[at]) : `${now.xlabel} ${now.xs[at]}`), values.slice(0, most).map(([one, i]) => h("span", { class: "value" },
      key(one), `${clean(one.name)} ${now.format(one.ys[i])}`,
      known(one.low?.[i]) ? h("span", { class: "range" }, `[${now.format(one.low[i])}, ${now.format(one.high[i])}]`) : null,
      one.n && one.n[i] < Math.max(...one.n) ? h("span", { class: "range" }, `of ${plural(one.n[i], "seed")}`) : null)),
      values.length > most ? `and ${values.length - most} more` : null);
  }

  function set(next) {
    const zoom = zoomed() ? { ...plot.scales.x } : null;
    const same = plot && next.xs.length && formOf(next) === form;
    now = next;
    box.setAttribute("aria-label", next.label);
    reader.style.minHeight = `${1.7 * (next.series.length > 4 ? 3 : 2)}em`; // what is below should stay where it is
    if (same) {
      plot.setData(dataOf(next), !zoom);
      if (zoom) plot.setScale("x", { min: zoom.min, max: zoom.max }); // sets the range of y too
      return read(plot);
    }
    plot?.destroy();
    plot = null;
    whole.hidden = true;
    form = formOf(next);
    if (!next.xs.length) {
      put(box, h("p", { class: "quiet" }, "Nothing has been recorded of it."));
      put(reader);
      return;
    }
    put(box);
    const axis = { stroke: css("--soft"), grid: { stroke: css("--rule"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    plot = new uPlot({
      ...size(), ...seriesOf(next), padding: [8, next.names ? 46 : 22, 0, 0], legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { show: false }, sync: next.sync ? { key: next.sync, setSeries: false } : undefined },
      scales: {
        x: { time: false, range: (u, min, max) => now.x || (min === max ? [min - 1, max + 1] : [min, max]) },
        y: { distr: next.log ? 3 : 1, ...(next.y ? { range: () => now.y } : next.log ? { range: (u, min, max) => [min / 1.1, max * 1.1] } : {}) }, // no whole decades
      },
      axes: [{ ...axis, label: next.names ? undefined : next.xlabel, labelSize: 20, labelFont: axis.font, size: next.names ? 64 : 34, incrs: whole10, ...named(next) }, { ...axis, size: 62, ...(next.log ? { splits: (u, i, min, max) => logTicks(min, max), filter: (u, at) => at } : {}), values: (u, ticks) => ticksOf(ticks, now) }],
      hooks: { setCursor: [read], setScale: [(u, name) => { if (name === "x" && plot === u) whole.hidden = !zoomed(); }], draw: [(u) => marks(u, now)] },
    }, dataOf(next), box);
    if (zoom) plot.setScale("x", { min: zoom.min, max: zoom.max });
    read(plot);
  }

  function mark(x) {
    now.at = x;
    plot?.redraw(false);
  }

  set(spec);
  return { set, mark, destroy() { sized.disconnect(); plot?.destroy(); plot = null; } };
}

const most = 14; // lines under the reader
const whole10 = [1, 2, 5].flatMap((f) => [...Array(10).keys()].map((k) => f * 10 ** k)).sort((a, b) => a - b); // between ticks of steps and epochs
const known = (f) => f !== null && f !== undefined;

// ticksOf writes the numbers of an axis with as many digits as tell neighbours apart.
function ticksOf(ticks, spec) {
  const share = spec.format(1).endsWith("%");
  const unit = share ? 100 : 1;
  const step = ticks.length > 1 && !spec.log ? Math.abs(ticks[1] - ticks[0]) * unit : 0;
  const digits = [0, 1, 2, 3, 4, 5, 6].find((d) => step * 10 ** d > 0.5 && Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-3);
  return ticks.map((f) => (f === null ? "" : digits === undefined || Math.abs(f) >= 1e5 ? spec.format(f) : `${(unit * f).toFixed(digits).replace("-", "−")}${share ? " %" : ""}`));
}

// formOf tells apart specs for which a plot must be made anew.
const formOf = (spec) => JSON.stringify([spec.log, !!spec.y, spec.names, spec.xlabel, spec.sync, spec.height, spec.xs.length <= 3, spec.series.map((one) => [one.color, one.dash, one.width, !!one.low])]);

// nearest is where the value of a line next to place at is: arms with other batches have values at other steps. −1 where
// the line has none, or has not begun or has ended there.
function nearest(ys, xs, at) {
  let left = at;
  let right = at;
  while (left >= 0 && !known(ys[left])) left--;
  while (right < ys.length && !known(ys[right])) right++;
  if (left < 0 || right >= ys.length) return -1;
  return xs[at] - xs[left] <= xs[right] - xs[at] ? left : right;
}

// dataOf gives uPlot's columns: the xs, and of each series its band's edges, if it has one, and its line. Zero and less
// have no logarithm: lines have a gap there, bands end below the smallest value that there is.
function dataOf(spec) {
  const data = [spec.xs];
  for (const one of spec.series) {
    const positive = (f) => (spec.log && !(f > 0) ? null : f);
    const floor = spec.log ? Math.min(1, one.ys.reduce((low, f) => (f > 0 && f < low ? f : low), Infinity)) / 10 : -Infinity;
    const [least, largest] = spec.within || [-Infinity, Infinity];
    if (one.low) data.push(one.high.map((f) => (known(f) ? Math.min(f, largest) : f)), one.low.map((f) => (known(f) ? Math.max(f, least, floor) : f)));
    data.push(one.ys.map(positive));
  }
  return data;
}

// logTicks are the places of a logarithmic axis that get a number: 1, 2, 5 of each decade, or powers of ten where those
// are many; equal steps where the range is less than what a factor of five spans.
function logTicks(min, max) {
  if (!(min > 0) || !(max > min)) return [];
  if (max / min < 5) {
    const unit = 10 ** Math.floor(Math.log10((max - min) / 3));
    const step = unit * ([5, 2].find((f) => f * unit <= (max - min) / 3) || 1);
    return Array.from({ length: Math.floor(max / step) - Math.ceil(min / step) + 1 }, (_, k) => (Math.ceil(min / step) + k) * step);
  }
  const digits = max / min > 1e4 ? [1] : [1, 2, 5];
  const out = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++) {
    for (const f of digits) if (f * 10 ** power >= min && f * 10 ** power <= max) out.push(f * 10 ** power);
  }
  return out;
}

// seriesOf describes those columns.
function seriesOf(spec) {
  const series = [{}];
  const bands = [];
  for (const one of spec.series) {
    if (one.low) {
      const edge = { stroke: "transparent", width: 0, points: { show: false } };
      series.push(edge, { ...edge });
      bands.push({ series: [series.length - 2, series.length - 1], fill: `${one.color}2e` });
    }
    series.push({
      stroke: one.color, width: one.width || 1.8, dash: one.dash?.length ? one.dash : undefined, spanGaps: true,
      points: { show: spec.xs.length <= 3 && (one.width || 2) > 1, size: 6, fill: one.color },
    });
  }
  return { series, bands };
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
  ctx.textAlign = "right"; // where curves have come down
  for (const { y, name } of spec.lines || []) {
    const at = u.valToPos(y, "y", true);
    if (!(at > bbox.top && at < bbox.top + bbox.height)) continue;
    ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
    ctx.fillText(name, bbox.left + bbox.width - 6 * devicePixelRatio, at - 4 * devicePixelRatio);
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
export const key = (one) => s("svg", { viewBox: "0 0 24 10", class: "key", "aria-hidden": "true" },
  s("line", { x1: 1, x2: 23, y1: 5, y2: 5, stroke: one.color, "stroke-width": 2.5, "stroke-dasharray": one.dash?.length ? one.dash.join(" ") : "none" }));

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
  return { xs, series: list.map((one) => ({ ...one, ys: spread(one, one.ys), low: one.low && spread(one, one.low), high: one.high && spread(one, one.high), n: one.n && spread(one, one.n) })) };
}

// extent is the smallest and the largest value of some series, their bands included as far as values can be there;
// [Infinity, −Infinity] where there is none.
export function extent(series, [least, largest] = [-Infinity, Infinity]) {
  let low = Infinity;
  let high = -Infinity;
  for (const { ys, low: under, high: over } of series) {
    for (const y of [ys, under || [], over || []].flat()) {
      if (!known(y)) continue;
      low = Math.min(low, Math.max(y, least));
      high = Math.max(high, Math.min(y, largest));
    }
  }
  return [low, high];
}
