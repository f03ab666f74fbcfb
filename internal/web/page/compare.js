// Comparisons: of the arms of a run with each other, and of two runs.
import { card, chip, choice, clean, h, moods, percent, plural, points, put, pvalue, s } from "./dom.js";
import { ask, state } from "./store.js";
import { chart, joined } from "./chart.js";
import { charts } from "./curves.js";
import { conclusion, verdictMood } from "./overview.js";

// rows is a table of comparisons, their intervals drawn on one scale around zero.
function rows(list, name) {
  const ends = list.flatMap((c) => [c.diff.low, c.diff.high, c.diff.mean]).filter((f) => f !== null && Number.isFinite(f)).map(Math.abs);
  const reach = Math.max(...ends, 1e-6);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, h("table", { class: "compare" },
    h("thead", null, h("tr", null, ["Second against first", "Pairs", "Difference, points", `−${(100 * reach).toFixed(1)} … +${(100 * reach).toFixed(1)}`, "p (Holm)", "p, permutation", "Verdict"].map((text, i) => h("th", { scope: "col", class: i && i < 6 && i !== 3 ? "n" : null }, text)))),
    h("tbody", null, list.map((c) => h("tr", null,
      h("th", { scope: "row" }, c.a === c.b ? clean(c.a) : `${clean(c.b)} against ${clean(c.a)}`),
      h("td", { class: "n" }, String(c.n)),
      h("td", { class: "n" }, points(c.diff.mean), c.diff.low !== null ? h("span", { class: "range" }, `[${points(c.diff.low)}, ${points(c.diff.high)}]`) : null),
      h("td", { class: "interval" }, interval(c, reach)),
      h("td", { class: "n" }, pvalue(c.p_holm)), h("td", { class: "n" }, pvalue(c.p_permutation_holm)),
      h("td", null, chip(c.verdict, verdictMood(c.verdict))))))));
}

function interval(c, reach) {
  const at = (f) => 50 + (48 * f) / reach;
  const tone = c.verdict === "better" ? "var(--good)" : c.verdict === "worse" ? "var(--bad)" : "var(--open)";
  return s("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", class: "intervalbar", "aria-hidden": "true" },
    s("line", { x1: 50, x2: 50, y1: 0, y2: 14, stroke: "var(--rule)", "stroke-width": 1, "vector-effect": "non-scaling-stroke" }),
    c.diff.low !== null ? s("line", { x1: at(c.diff.low), x2: at(c.diff.high), y1: 7, y2: 7, stroke: tone, "stroke-width": 2, "vector-effect": "non-scaling-stroke" }) : null,
    c.diff.mean !== null ? s("rect", { x: at(c.diff.mean) - 1, y: 2, width: 2, height: 10, fill: tone }) : null);
}

export const comparison = {
  id: "comparison",
  title: "Comparison",
  mount(root, ctx) {
    let arm = ctx.params.arm ?? "";
    const draw = () => {
      const part = ctx.run.parts[ctx.part];
      const name = part.arms[arm]?.name;
      const list = part.comparisons.filter((c) => c.metric === "test_accuracy" && (!name || c.a === name || c.b === name));
      const told = part.conclusions.filter((c) => c.answer && (!name || c.text.includes(name)));
      put(root, card("Arms against each other",
        h("p", { class: "note" }, "Differences of test accuracy, paired by seed, with the 95 % interval of each alone; p is corrected over all comparisons of the study. “No difference shown” says that these seeds cannot tell the arms apart, not that they are equal."),
        h("div", { class: "controls" }, choice("Comparisons of", [["", "every arm"], ...part.arms.map((a, i) => [i, clean(a.name)])], arm, (v) => { arm = v; history.replaceState(null, "", ctx.href({ arm: v === "" ? null : v })); draw(); }),
          h("span", { class: "facts" }, plural(list.length, "comparison"))),
        list.length ? rows(list, "Arms against each other") : h("p", { class: "quiet" }, "There is nothing to compare yet: two arms need trials with the same seed that have ended.")),
      told.length ? card("In words", told.map(conclusion)) : null);
    };
    draw();
    return { update(change) { if (change.parts) draw(); } };
  },
};

// twoRuns shows two runs side by side.
export function twoRuns(root, params, color) {
  const runs = state.runs;
  const options = runs.map((r) => [r.id, `${clean(r.path.split(/[\\/]/).pop())} (${clean(r.study)}, ${r.state})`]);
  const a = params.a || runs[0]?.id;
  const b = params.b || runs[1]?.id;
  const go = (x, y) => { location.hash = `#/compare?${new URLSearchParams({ a: x, b: y })}`; };
  const body = h("div");
  put(root, runs.length < 2 ? h("p", { class: "quiet" }, "There is one run only.")
    : h("div", { class: "controls" }, choice("First", options, a, (v) => go(v, b)), choice("Second", options, b, (v) => go(a, v))), body);
  if (a && b) load().catch((error) => put(body, h("p", { class: "warning", role: "alert" }, clean(error.message))));

  async function load() {
    const [first, second, both] = await Promise.all([ask(`runs/${a}`), ask(`runs/${b}`), ask(`compare?${new URLSearchParams({ a, b })}`)]);
    const sides = [first, second].map((run) => ({ run, box: h("div", { class: "charts" }) }));
    put(body,
      card("What differs", h("p", { class: "note" }, both.same.length ? `The same in both: ${both.same.join(", ")}.` : "They have neither study, data nor seeds in common.",
        " Arms of the same name, second run against the first, paired by seed; p is corrected over these comparisons."),
        both.arms.length ? rows(both.arms, "Arms of the same name") : h("p", { class: "quiet" }, "No arm has the same name in both.")),
      h("div", { class: "sides" }, sides.map(({ run, box }) => h("section", { class: "card" },
        h("h2", null, h("a", { href: `#/run/${run.id}/overview` }, clean(run.path.split(/[\\/]/).pop()))),
        h("p", { class: "facts" }, chip(run.state, moods[run.state]), ` ${run.done + run.failed} of ${plural(run.trials, "trial")}`),
        (run.parts[0]?.conclusions || []).filter((c) => c.answer).slice(0, 2).map((c) => h("p", null, clean(c.text))), box))));
    const parts = await Promise.all(sides.map(async ({ run }) => charts((await ask(`runs/${run.id}/curves?part=0`)).arms.map((one) => ({ id: one.arm, arm: run.parts[0].arms[one.arm], curves: one })), color)));
    for (const { metric, title, xlabel } of parts[0]) {
      const pair = parts.map((list) => list.find((c) => c.metric === metric));
      if (!pair[1]) continue;
      const values = pair.flatMap((c) => c.list.flatMap((one) => one.ys)).filter((f) => f !== null);
      const share = metric.endsWith("accuracy");
      const most = share ? Math.max(...values) : Math.min(Math.max(...values), 3 * [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] || Infinity);
      const y = [Math.min(...values, share ? Infinity : 0), most * 1.04];
      pair.forEach((c, i) => {
        const box = h("div");
        sides[i].box.append(h("h3", null, title), box);
        chart(box, { ...joined(c.list), xlabel, title, format: share ? (f) => percent(f) : (f) => f.toPrecision(3), y, sync: metric, height: 220, label: `${title} of ${clean(sides[i].run.path)}` });
      });
    }
  }
  return { update() {} };
}
