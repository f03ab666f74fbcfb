// Everything about one position: what was seen of it over time, its parameters, and histograms of its activations.
import { card, chip, clean, count, h, number, percent, put, s, table } from "./dom.js";
import { chart } from "./chart.js";
import { onAxis, quantities, scaled, span } from "./quantities.js";

// position shows positions of an arm in a node: show(name, {flow, window, trial, chosen}) chooses one (none hides it),
// move(window) moves in time.
export function position(root, ctx, arm) {
  let name = null;
  let at = null;
  let seen = null; // {trial: its detail}
  let plots = [];
  let box = {};
  let gone = false;

  async function show(to, where) {
    if (gone) return;
    const same = name === to && seen?.id === where.trial;
    name = to;
    at = where;
    const i = where.flow?.positions.findIndex((p) => p.name === name) ?? -1;
    if (!name || i < 0) return clear();
    if (!same || !plots.length) build(i);
    else drawCurves(i);
    drawOver(i);
    if (!where.trial) return;
    try {
      const detail = await ctx.get(`trials/${where.trial}`);
      if (gone || name !== to) return;
      seen = { id: where.trial, detail };
      drawHistograms();
    } catch (error) {
      put(box.histograms, h("p", { class: "warning" }, clean(error.message)));
    }
  }

  function clear() {
    plots.forEach((p) => p.handle.destroy());
    plots = [];
    put(root);
  }

  function build(i) {
    clear();
    const p = at.flow.positions[i];
    box = { curves: h("div", { class: "charts small" }), histograms: h("div"), facts: h("div") };
    put(root, h("section", { class: "card position", "aria-labelledby": "position-title" },
      h("h2", { id: "position-title", tabindex: "-1" }, `${clean(p.name)} `, chip(p.kind, "open")),
      h("p", { class: "facts" }, `Position ${i + 1} of ${at.flow.positions.length} · output ${p.shape.join("×")} · ${parameters(p)}`),
      box.curves, box.facts, h("h3", null, "Activations"), box.histograms));
    for (const [k, q] of Object.entries(quantities)) {
      if (!at.flow.values[k]?.some((w) => w[i] !== null && w[i] !== undefined)) continue;
      const node = h("div");
      box.curves.append(h("div", null, h("h3", null, q.name), node));
      plots.push({ k, q, handle: chart(node, curve(k, q, i)) });
    }
    if (!plots.length) put(box.curves, h("p", { class: "quiet" }, "Nothing has been seen of it yet."));
  }

  const curve = (k, q, i) => ({
    xs: at.flow.steps.map((st) => st.last), xlabel: "step", height: 150, sync: "position", y: q.fixed, at: at.flow.steps[at.window]?.last,
    series: [{ name: q.name.toLowerCase(), ys: at.flow.values[k].map((w) => scaled(q, w[i] ?? null)), color: ctx.color(arm), width: 1.8 }],
    lines: k === "update_ratio" ? [{ y: -3, name: "usual" }] : [],
    format: onAxis(q), label: `${q.long} of ${clean(name)} by step`,
  });

  const drawCurves = (i) => plots.forEach((p) => p.handle.set(curve(p.k, p.q, i)));

  // drawOver writes what was seen of it over all of training.
  function drawOver(i) {
    const p = at.flow.positions[i].over;
    if (!p) return put(box.facts, h("p", { class: "facts" }, "Figures over all of training come with the end of a trial."));
    const what = [
      p.grad_rms !== null ? `gradient ${number(p.grad_rms)}` : null,
      p.act_std !== null ? `activations ${number(p.act_mean)} ± ${number(p.act_std)}` : null,
      p.saturated !== null ? `${percent(p.saturated)} saturated` : null,
      p.dead !== null ? `${percent(p.dead)} of units dead, judged by ${p.dead_steps ? span(p.dead_steps) : "the newest steps"}` : null,
    ].filter(Boolean);
    put(box.facts, h("p", { class: "facts" }, `Over all of training${at.chosen ? "" : ", the mean over trials"}: ${what.join(", ") || "nothing was seen"}.`),
      p.parameters?.length ? table(`Parameters of ${clean(name)}`, ["Parameter", "weight", "gradient", "update", "update : weight", "that is"], p.parameters.map((m) => [clean(m.name), number(m.weight_rms), number(m.grad_rms), number(m.update_rms), number(m.update_ratio), pace(m.update_ratio)])) : null,
      p.parameters?.length ? h("p", { class: "facts" }, "Root mean squares per element. As a rule of thumb, an update is about a thousandth of its weight: far less hardly moves it, far more makes it jump.") : null);
  }

  // parameters counts those of a position; earlier versions kept no number.
  const parameters = (p) => (p.parameters ? `${count(p.parameters)} parameters` : p.over?.parameters?.length ? "with parameters" : "no parameters");

  // pace sets an update against the rule of thumb.
  const pace = (ratio) => (!(ratio > 0) ? "" : ratio < 1e-4 ? "slow" : ratio > 1e-2 ? "fast" : "usual");

  // drawHistograms draws the activations' histograms of one trial: a strip for each window, and the one at this time.
  function drawHistograms() {
    const { detail } = seen;
    const i = at.flow.positions.findIndex((p) => p.name === name);
    const all = (detail.histograms || []).map((w, k) => ({ steps: detail.windows[k], bins: w[i] })).filter((w) => w.bins && w.bins.low !== null && w.bins.counts?.length);
    if (!all.length) return put(box.histograms, h("p", { class: "quiet" }, "No histograms of this trial were kept: an earlier version ran it, or its first window has not ended."));
    const step = at.flow.steps[at.window]?.last ?? Infinity;
    const here = all.findLast((w) => w.steps.last <= step) || all[0];
    const low = Math.min(...all.map((w) => w.bins.low));
    const high = Math.max(...all.map((w) => w.bins.high));
    put(box.histograms,
      h("p", { class: "facts" }, `Of one batch at the end of each window, ${at.chosen ? "" : "of "}seed ${detail.line.seed}${at.chosen ? "" : ", since a mean over trials has none"}; the axis runs from ${number(low)} to ${number(high)}.`),
      h("div", { class: "histograms" }, bars(here, low, high), ridges(all, here, low, high)));
  }

  function bars(w, low, high) {
    const { counts, low: from, high: to } = w.bins;
    const most = Math.max(...counts, 1);
    const total = counts.reduce((a, b) => a + b, 0);
    const x = (v) => (300 * (v - low)) / (high - low || 1);
    const each = (to - from) / counts.length;
    return h("figure", null, s("svg", { viewBox: "0 0 300 150", role: "img", "aria-label": `Histogram of activations, ${span(w.steps)}: from ${number(from)} to ${number(to)}, most values near ${number(from + (counts.indexOf(most) + 0.5) * each)}` },
      counts.map((n, k) => s("rect", { x: x(from + k * each), width: Math.max(1, x(from + (k + 1) * each) - x(from + k * each) - 0.5), y: 130 - (120 * n) / most, height: (120 * n) / most, fill: ctx.color(arm) })),
      s("line", { x1: 0, x2: 300, y1: 130, y2: 130, class: "wire" }),
      s("text", { x: 0, y: 145, class: "tick" }, number(low)), s("text", { x: 300, y: 145, class: "tick", "text-anchor": "end" }, number(high)),
      low < 0 && high > 0 ? s("text", { x: x(0), y: 145, class: "tick", "text-anchor": "middle" }, "0") : null),
      h("figcaption", { class: "facts" }, `${span(w.steps).replace("s", "S")}: ${count(total)} activations, ${percent(most / total)} of them in the tallest bar`));
  }

  // ridges are the windows below one another, time running down; the stronger the colour, the more activations.
  function ridges(all, here, low, high) {
    const tall = Math.max(3, Math.min(12, 150 / all.length));
    const x = (v) => (300 * (v - low)) / (high - low || 1);
    const rows = all.map((w, r) => {
      const most = Math.max(...w.bins.counts, 1);
      const each = (w.bins.high - w.bins.low) / w.bins.counts.length;
      return w.bins.counts.map((n, k) => (n ? s("rect", { x: x(w.bins.low + k * each), width: Math.max(1, x(w.bins.low + (k + 1) * each) - x(w.bins.low + k * each) + 0.3), y: r * tall, height: tall, fill: ctx.color(arm), opacity: (0.08 + (0.92 * n) / most).toFixed(2) }) : null));
    });
    const r = all.indexOf(here);
    return h("figure", null, s("svg", { viewBox: `0 0 300 ${all.length * tall}`, role: "img", "aria-label": `Histograms of ${all.length} windows of training, time running down` }, rows,
      s("rect", { x: 0.5, y: r * tall, width: 299, height: tall, fill: "none", class: "wire" })),
      h("figcaption", { class: "facts" }, `All windows, from step ${count(all[0].steps.first)} (top) to ${count(all.at(-1).steps.last)} (bottom); the stronger its colour, the more values a place has; framed: the one beside`));
  }

  return {
    show,
    move(window) {
      if (!at || !name) return;
      at.window = window;
      plots.forEach((p) => p.handle.mark(at.flow.steps[window]?.last));
      if (seen && root.firstElementChild) drawHistograms();
    },
    destroy() { gone = true; clear(); },
  };
}
