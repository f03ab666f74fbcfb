// What is known of a position in every window of training: how it is called, written and coloured.
import { count, number, percent } from "./dom.js";

// Each quantity is drawn as scale(value), logarithmic where its sizes span powers of ten. bad says at which end, of a
// quantity whose ends mean something: "low" or "high".
export const quantities = {
  grad_rms: { name: "Gradient", long: "log₁₀ of the gradient’s root mean square, dL/da per element", log: true, write: (f) => number(f) },
  act_std: { name: "Activation spread", long: "standard deviation of the activations", log: false, write: (f) => number(f) },
  saturated: { name: "Saturated", long: "share of activations on the flat end of their function", log: false, fixed: [0, 1], write: (f) => percent(f) },
  dead: { name: "Dead", long: "share of units that do not respond", log: false, fixed: [0, 1], write: (f) => percent(f) },
  update_ratio: { name: "Update : weight", long: "log₁₀ of an update’s size against its weight’s; about −3 is usual", log: true, write: (f) => number(f) },
};

export const scaled = (q, f) => (f === null || f === undefined || (q.log && !(f > 0)) ? null : q.log ? Math.log10(f) : f);

// onAxis writes a value as it stands on an axis: of a logarithm, its exponent.
export const onAxis = (q) => (q.fixed ? (f) => percent(f, 0) : q.log ? (f) => f.toFixed(2).replace("-", "−") : number);

// isZero tells of a value that has no logarithm since it is exactly zero.
export const isZero = (q, f) => q.log && f === 0;

// scaleOf is the range of all values of a quantity, so that every picture of it has the same colours.
export function scaleOf(q, windows) {
  if (q.fixed) return q.fixed;
  let low = Infinity;
  let high = -Infinity;
  for (const window of windows) for (const f of window) {
    const v = scaled(q, f);
    if (v === null) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (!(high >= low)) return [0, 1];
  return high - low < 0.1 ? [low - 0.5, high + 0.5] : [low, high];
}

// The stops of the heat map's colours: lightness rises all the way, so that it reads without colour.
const stops = [[0x1b, 0x10, 0x37], [0x3a, 0x2a, 0x7a], [0x2f, 0x5f, 0x9e], [0x1f, 0x8f, 0x96], [0x53, 0xb6, 0x7a], [0xb4, 0xd3, 0x5c], [0xfb, 0xe9, 0x6f]];

const mixed = (t) => {
  const x = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const k = Math.min(stops.length - 2, Math.floor(x));
  return stops[k].map((c, i) => Math.round(c + (x - k) * (stops[k + 1][i] - c)));
};

// heat is the colour at t of [0, 1].
export const heat = (t) => `rgb(${mixed(t).join(" ")})`;

// ink is black or white, whichever stands out more on heat(t), by the luminance of WCAG 2.
export function ink(t) {
  const [r, g, b] = mixed(t).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

export const tint = (q, f, [low, high]) => {
  const v = scaled(q, f);
  return v === null ? null : (v - low) / (high - low);
};

// span names a window of training.
export const span = (steps) => (steps.first === steps.last ? `step ${count(steps.first)}` : `steps ${count(steps.first)} to ${count(steps.last)}`);
