// The view of diagnoses: of each arm whether it is sound, what was seen, the likely cause, what to try, and the way to
// where it can be seen.
import { card, chip, clean, count, figure, h, patch, plural, put } from "./dom.js";
import { conditionOf, swatch } from "./pieces.js";

// Conditions, in the order of the summary: [key, heading, tint].
const conditions = [["sick", "Sick", "bad"], ["partly", "Sick in some seeds", "open"], ["healthy", "Healthy", "good"], ["early", "Healthy so far", "open"], ["unknown", "Not judged", "open"]];

export const diagnosis = {
  id: "diagnosis",
  title: "Diagnosis",
  mount(root, ctx) {
    const summary = h("div", { class: "conditions" });
    const list = h("div");
    put(root, card("Diagnosis", h("p", { class: "note" }, "Judged by what was recorded while the arm’s trials trained, of each seed by itself: an arm is sick where half of its seeds have a problem or more. " +
      "A remark need not cost accuracy. A step is when trouble that has stayed was first known, in half of the seeds that have it."), summary), list);

    function jump(i) {
      const heading = document.getElementById(`arm-${i}`);
      heading.scrollIntoView({ block: "start" });
      heading.focus({ preventScroll: true });
    }

    function draw() {
      const part = ctx.run.parts[ctx.part];
      const arms = part?.arms || [];
      patch(summary, conditions.map(([key, name, mood]) => {
        const which = arms.flatMap((a, i) => (conditionOf(a) === key ? [i] : []));
        return { key, which, text: JSON.stringify(which), make: () => group(name, mood, which.map((i) => [i, arms[i]]), jump) };
      }).filter((one) => one.which.length));
      patch(list, arms.map((a, i) => ({ key: i, text: JSON.stringify([a.diagnosis, a.finished, a.failed, ctx.run.state]), make: () => section(a, i, ctx) })));
    }

    draw();
    const asked = Number(ctx.params.arm);
    if (ctx.params.arm && document.getElementById(`arm-${asked}`)) document.getElementById(`arm-${asked}`).scrollIntoView({ block: "start" });
    return { update(change) { if (change.parts) draw(); } };
  },
};

// group is a line of the summary: the arms of a condition, each a button that leads to it. The address stays.
function group(name, mood, arms, jump) {
  return h("div", { class: "condition" }, h("h3", null, `${name}: ${plural(arms.length, "arm")}`),
    h("ul", null, arms.map(([i, a]) => h("li", null, h("button", { type: "button", class: `chip ${mood}`, onclick: () => jump(i) }, clean(a.name))))));
}

// section is an arm with its verdicts.
function section(arm, i, ctx) {
  const [, name, mood] = conditions.find(([key]) => key === conditionOf(arm));
  return h("section", { class: "card patient", "aria-labelledby": `arm-${i}` },
    h("div", { class: "headline" }, h("h2", { id: `arm-${i}`, tabindex: "-1" }, swatch(arm, ctx), clean(arm.name)), chip(name.toLowerCase(), mood)),
    h("p", null, condition(arm, ctx.run)),
    (arm.diagnosis?.verdicts || []).map((v) => verdict(v, arm, i, ctx)));
}

// condition is an arm's diagnosis in a sentence.
function condition(arm, run) {
  const d = arm.diagnosis;
  if (!d && arm.finished) return ["The run holds no diagnosis of it: it is from before there were any. ", h("code", null, `gradlab diagnose ${clean(run.path)}`), " makes one."];
  if (!d) return `No trial has finished${arm.failed ? `, and ${plural(arm.failed, "trial")} failed` : ""}: there is nothing to judge by${run.state === "running" ? " yet" : ""}.`;
  if (d.early) return `Healthy so far in ${seedsOf(d.seeds, d.seeds)}, but ${plural(d.seen, "step")} are too few to tell whether it learns.`;
  if (!d.sick) return `Healthy in ${seedsOf(d.seeds, d.seeds)}, by what was seen in ${plural(d.seen, "step")}.`;
  if (d.healthy) return `Healthy in most seeds, but not in ${seedsOf(d.sick, d.seeds)}.`;
  return `Sick in ${seedsOf(d.sick, d.seeds)}${d.step ? `, known from step ${count(d.step)} on` : ""}${d.unbeaten ? "; and yet no other arm is shown to do better" : ""}.`;
}

function seedsOf(n, of) {
  if (of === 1) return "its one seed";
  if (n === of) return of === 2 ? "both seeds" : `all ${count(of)} seeds`;
  return `${count(n)} of ${count(of)} seeds`;
}

// verdict is one kind of trouble, with its evidence.
function verdict(v, arm, i, ctx) {
  const kind = clean(v.kind);
  return h("article", { class: `verdict ${v.problem ? "problem" : "remark"}` },
    h("h3", null, kind.charAt(0).toUpperCase() + kind.slice(1), " ", chip(v.problem ? "problem" : "remark", v.problem ? "bad" : "open")),
    h("p", { class: "facts" }, `In ${seedsOf(v.seeds, arm.diagnosis.seeds)}`, v.step ? `, from step ${count(v.step)} on` : "", v.positions?.length ? ` · at ${v.positions.map(clean).join(", ")}` : ""),
    h("p", null, prose(v.text)),
    h("dl", null, h("dt", null, "Likely cause"), h("dd", null, clean(v.cause)),
      h("dt", null, "Try"), h("dd", null, h("ul", null, v.try.map((text) => h("li", null, clean(text)))))),
    h("p", { class: "evidence" }, evidence(v, arm, i, ctx), (v.evidence || []).filter((f) => f.value !== null).map((f) => h("span", { class: "value" }, `${clean(f.name)} ${figure(f.value)}`,
      f.low !== null && f.high !== null && f.low !== f.high ? h("span", { class: "range" }, `[${figure(f.low)}, ${figure(f.high)}]`) : null))));
}

// prose writes powers of ten as a page can.
const prose = (text) => clean(text).replace(/×10\^(−?\d+)/g, (_, power) => `·10${power.replace(/./g, (c) => (c === "−" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]))}`);

// evidence leads to where a verdict can be seen: the first layer that it names, or else the loss.
function evidence(v, arm, i, ctx) {
  const position = v.positions?.[0];
  return position ? h("a", { href: ctx.href({ arm: i, position, trial: null, step: v.step || null }, "gradients") }, `See ${clean(position)} in training`)
    : h("a", { href: ctx.href({ arm: i, position: null, trial: null }, "curves") }, "See its loss");
}
