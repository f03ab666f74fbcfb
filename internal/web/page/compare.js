// The view of comparisons: the arms of a run against each other.
import { card, chip, choice, clean, h, number, plural, points, put, pvalue, s, steady, table } from "./dom.js";
import { conclusion, verdictMood } from "./pieces.js";

const many = 200; // rows that are shown at first

// rows is a table of comparisons, their intervals drawn on one scale around zero.
export function rows(list, name) {
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
    let arm = ctx.run.parts[ctx.part].arms[ctx.params.arm] ? ctx.params.arm : "";
    let all = false;
    const draw = () => {
      const part = ctx.run.parts[ctx.part];
      const name = part.arms[arm]?.name;
      const list = part.comparisons.filter((c) => c.metric === "test_accuracy" && (!name || c.a === name || c.b === name));
      const told = part.conclusions.filter((c) => c.answer && (!name || names(c.text, name, part.arms)));
      put(root, card("Arms against each other",
        h("p", { class: "note" }, "Differences of test accuracy, paired by seed, with the 95 % interval of each alone; p is corrected over all comparisons of the study. “No difference shown” says that these seeds cannot tell the arms apart, not that they are equal."),
        h("div", { class: "controls" }, choice("Comparisons of", [["", "every arm"], ...part.arms.map((a, i) => [i, clean(a.name)])], arm, (v) => { arm = v; ctx.keep({ arm: v === "" ? null : v }); draw(); }),
          h("span", { class: "facts" }, plural(list.length, "comparison"))),
        list.length ? rows(all ? list : list.slice(0, many), "Arms against each other") : h("p", { class: "quiet" }, part.arms.length < 2 ? "The study has one arm: there is nothing to compare it with." : "There is nothing to compare yet: two arms need trials with the same seed that have ended."),
        list.length > many && !all ? h("button", { type: "button", class: "plain", onclick: () => { all = true; draw(); } }, `Show all ${plural(list.length, "comparison")}`) : null),
      trends(part.trends),
      told.length ? card("In words", told.map(conclusion)) : null);
    };
    draw();
    return { update(change) { if (change.parts) steady(root, draw); } };
  },
};

// names tells whether a text speaks of an arm, and not of one whose name begins or ends with its.
function names(text, name, arms) {
  const longer = arms.map((a) => a.name).filter((n) => n !== name && n.includes(name)).sort((a, b) => b.length - a.length);
  return longer.reduce((rest, n) => rest.replaceAll(n, ""), text).includes(name);
}

// trends is the table of steps along a variable that is a number: does accuracy fall, and the gradient with it?
function trends(list) {
  if (!list.length) return null;
  const between = (e, write) => (e.low === null ? write(e.mean) : [write(e.mean), h("span", { class: "range" }, `[${write(e.low)}, ${write(e.high)}]`)]);
  const signed = (f) => (f > 0 ? `+${number(f)}` : number(f));
  return card("From step to step",
    h("p", { class: "note" }, "Of a variable that is a number: what the next value does to test accuracy, and to log₁₀ of the gradient at the first hidden layer. Where both fall together, vanishing gradients may be the cause."),
    table("From step to step", ["From", "To", "Accuracy, points", "p (Holm)", "log₁₀ gradient", "p (Holm)", "Verdict"], list.map((t) => [
      clean(t.from), clean(t.to), between(t.accuracy.diff, points), pvalue(t.accuracy.p_holm), between(t.gradient.diff, signed), pvalue(t.gradient.p_holm),
      chip(t.verdict, verdictMood(t.verdict)),
    ])));
}
