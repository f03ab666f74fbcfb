// Two runs side by side: what their arms of the same name came to, and the curves of both on the same axes.
import { card, chip, choice, clean, count, h, moods, percent, number, plural, put } from "./dom.js";
import { ask, state } from "./store.js";
import { chart, extent, joined, key } from "./chart.js";
import { charts, guess, largest, within } from "./curves.js";
import { rows } from "./compare.js";

const pace = 2000; // milliseconds between two readings while a run goes on

// twoRuns fills root. It gives {changed(run), unmount()}: run "" stands for all.
export function twoRuns(root, params, color) {
  const names = new Map(state.runs.map((r) => [r.id, r.path.split(/[\\/]/).pop()]));
  const a = params.a || state.runs[0]?.id;
  const b = params.b || state.runs.find((r) => r.id !== a)?.id;
  const go = (change) => { location.hash = `#/compare?${new URLSearchParams({ a, b, ...change })}`; };
  const options = [...new Map([[a, a], [b, b], ...names])].filter(([id]) => id).map(([id, name]) => [id, clean(name)]);
  const body = h("div", null, h("p", { class: "quiet" }, "Reading both runs …"));
  let drawn = new Map(); // charts by metric and side
  let timer = null;
  let gone = false;

  if (!a || !b) {
    put(root, h("p", { class: "quiet" }, "There is one run only."));
    return { changed: () => { if (state.runs.length > 1) go({ a: state.runs[0].id, b: state.runs[1].id }); } };
  }
  put(root, h("div", { class: "controls" },
    choice("First", options, a, (v) => go({ a: v, ...partsOf() })), choice("Second", options, b, (v) => go({ b: v, ...partsOf() })),
    h("button", { type: "button", class: "plain small", onclick: () => go({ a: b, b: a, ...partsOf(params.pb, params.pa) }) }, "Swap")), body);

  const differs = h("div");
  const heads = h("div", { class: "sides" });
  const curves = h("div");

  async function load() {
    timer = null;
    try {
      const both = await ask(`compare?${new URLSearchParams({ a, b })}`);
      const sides = await Promise.all([[a, params.pa], [b, params.pb]].map(async ([id, p]) => {
        const run = await ask(`runs/${id}`);
        const part = run.parts[p] ? Number(p) : 0;
        const answer = run.parts.length ? await ask(`runs/${id}/curves?part=${part}`) : { arms: [] };
        return { run, part, of: run.parts[part], curves: answer.arms };
      }));
      if (!gone) draw(both, sides);
    } catch (error) {
      if (!gone && !drawn.size) put(body, h("p", { class: "warning", role: "alert" }, clean(error.message)));
    }
  }

  function draw(both, sides) {
    if (differs.parentNode !== body) put(body, differs, heads, curves);
    put(differs, card("What differs",
      both.same.includes("data") ? null : h("p", { class: "warning" }, "The runs were trained on different data: what differs may come from them."),
      h("p", { class: "note" }, "Arms of the same name, second run against the first, paired by seed; p is corrected over these comparisons. ",
        ["study", "data", "seeds"].map((what) => `${what}: ${both.same.includes(what) ? "the same" : "not the same"}`).join(", "), "."),
      both.arms.length ? rows(both.arms, "Arms of the same name") : h("p", { class: "quiet" }, "No arm of the one has the name, and trials with the seeds, of one of the other, in a part of the same name.")));
    const looks = together(sides.map((side) => side.of?.arms || []));
    put(heads, sides.map((side, i) => h("section", { class: "card" },
      h("h2", null, h("a", { href: `#/run/${encodeURIComponent(side.run.id)}/overview` }, clean(side.run.path.split(/[\\/]/).pop()))),
      h("p", { class: "facts" }, chip(side.run.state, moods[side.run.state]), ` ${count(side.run.done + side.run.failed)} of ${plural(side.run.trials, "trial")}`),
      side.run.parts.length > 1 ? choice("Part", side.run.parts.map((p, k) => [k, clean(p.study)]), side.part, (v) => go({ ...partsOf(), [i ? "pb" : "pa"]: v })) : null,
      (side.of?.conclusions || []).filter((c) => c.answer).slice(0, 1).map((c) => h("p", null, clean(c.text))),
      h("ul", { class: "legend", "aria-label": "Arms" }, looks[i].map((arm) => h("li", null, key({ color: color(arm), dash: arm.look.dash }), clean(arm.name)))))));
    pairs(sides.map((side, i) => charts(side.curves.map((one) => ({ id: one.arm, arm: looks[i][one.arm], curves: one })), color)), sides);
  }

  // pairs draws the curves of each metric that either has, first beside second, on the same axes.
  function pairs(lists, sides) {
    const metrics = [...new Map(lists.flat().map((c) => [c.metric, c]))].filter(([metric]) => lists.some((l) => l.some((c) => c.metric === metric && c.list.length)));
    const fresh = metrics.some(([metric]) => !drawn.has(`${metric} 0`));
    if (fresh) {
      drawn.forEach((one) => one.destroy());
      drawn = new Map();
      put(curves);
    }
    for (const [metric, { title, xlabel }] of metrics) {
      const specs = lists.map((list) => joined(list.find((c) => c.metric === metric)?.list || []));
      const share = metric.endsWith("accuracy");
      const [low, high] = extent(specs.flatMap((one) => one.series), within(metric));
      const marks = sides.map((side) => (side.of ? guess(metric, side.of) : []));
      const limit = 4 * (marks[0][0]?.y || Infinity);
      const top = share || high <= limit ? high : Math.min(limit, 1.1 * largest(specs.flatMap((one) => one.series), limit));
      const whole = specs.map((one) => one.xs).filter((xs) => xs.length);
      const x = [Math.min(...whole.map((xs) => xs[0])), Math.max(...whole.map((xs) => xs.at(-1)))];
      const next = specs.map((one, i) => ({
        ...one, x: x[0] < x[1] ? x : [x[0] - 1, x[0] + 1], y: [share ? low : Math.min(0, low), top + 0.04 * Math.abs(top)], xlabel, title, within: within(metric), sync: `two ${xlabel}`, height: 230, lines: marks[i],
        format: share ? (f) => percent(f) : (f) => number(f), label: `${title} of ${clean(sides[i].run.path)}: ${plural(one.series.length, "line")}`,
      }));
      if (fresh) {
        const boxes = next.map(() => h("div"));
        curves.append(card(title, h("div", { class: "sides" }, boxes.map((box, i) => h("div", null, h("h3", null, clean(sides[i].run.path.split(/[\\/]/).pop())), box)))));
        next.forEach((spec, i) => drawn.set(`${metric} ${i}`, chart(boxes[i], spec)));
      } else next.forEach((spec, i) => drawn.get(`${metric} ${i}`).set(spec));
    }
  }

  const partsOf = (pa = params.pa, pb = params.pb) => Object.fromEntries(Object.entries({ pa, pb }).filter(([, v]) => v !== undefined));

  load();
  return {
    changed(run) {
      if ((run === "" || run === a || run === b) && !timer && !document.hidden) timer = setTimeout(load, pace);
    },
    unmount() {
      gone = true;
      clearTimeout(timer);
      drawn.forEach((one) => one.destroy());
    },
  };
}

// together gives the second run's arms the looks of the first's where they have the same name, and others a look that no
// arm has yet, as far as there are any.
function together([first, second]) {
  const byName = new Map(first.map((arm) => [arm.name, arm.look]));
  const used = new Set(first.map((arm) => JSON.stringify(arm.look)));
  const free = second.map((arm) => arm.look).filter((look) => !used.has(JSON.stringify(look)));
  return [first, second.map((arm) => ({ ...arm, look: byName.get(arm.name) || free.shift() || arm.look }))];
}
