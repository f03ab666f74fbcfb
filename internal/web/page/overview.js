// The view that answers: what the study asks, what came of it, what each arm reached, and how it learned.
import { card, chip, clean, count, h, number, percent, plural, put, s, steady, table } from "./dom.js";
import { command, conclusion, conditionOf, swatch } from "./pieces.js";

export const overview = {
  id: "overview",
  title: "Overview",
  mount(root, ctx) {
    const draw = () => {
      const part = ctx.run.parts[ctx.part];
      if (!part) return put(root, h("p", { class: "quiet" }, "The run has no arms."));
      put(root,
        part.question ? h("p", { class: "question" }, clean(part.question)) : null,
        h("p", { class: "facts" }, facts(part)),
        ctx.run.warnings.length ? h("details", { class: "warning", open: ctx.run.warnings.length < 3 }, h("summary", null, plural(ctx.run.warnings.length, "note")), ctx.run.warnings.map((w) => h("p", null, clean(w)))) : null,
        (ctx.run.problems || []).map((p) => h("p", { class: "warning" }, clean(p))),
        answers(part, ctx.run), arms(part, ctx), values(part, ctx), learned(part, ctx), machine(ctx.run));
    };
    draw();
    return { update(change) { if (change.parts) steady(root, draw); else sparks([...root.querySelectorAll("[data-arm]")], ctx); } };
  },
};

function facts(part) {
  const d = part.data;
  return `${clean(d.name)}: ${count(d.train)} training and ${count(d.test)} test images${d.shape?.length ? ` of ${d.shape.join("×")}` : ""}, ${plural(d.classes?.length || 0, "class")
    .replace("classs", "classes")} · ${plural(part.arms.length, "arm")} · ${plural(part.seeds, "seed")}`;
}

// answers are the sentences to what the study asks, with what they rest on.
function answers(part, run) {
  const said = part.conclusions.filter((c) => c.answer);
  const more = part.conclusions.filter((c) => !c.answer);
  if (!said.length && !more.length) return card("Answers", h("p", { class: "quiet" }, run.state === "running" ? (run.done ? "They are being worked out." : "They come when trials have ended.") : "There are none: no trial has ended."));
  return card(run.state === "running" ? "Answers so far" : "Answers",
    said.map(conclusion),
    more.length ? h("details", null, h("summary", null, `Details: ${plural(more.length, "more conclusion")}`), more.map(conclusion)) : null);
}

// arms is the table of what each arm came to, with intervals drawn on one scale.
function arms(part, ctx) {
  const with_ = part.arms.filter((a) => a.test_accuracy?.mean !== null && a.test_accuracy);
  let low = Math.min(...with_.map((a) => within(a.test_accuracy.low ?? a.test_accuracy.mean)));
  let high = Math.max(...with_.map((a) => within(a.test_accuracy.high ?? a.test_accuracy.mean)));
  if (!(high > low)) [low, high] = [low - 0.01, high + 0.01];
  const row = (a, i) => h("tr", { class: part.leaders.length === 1 && part.leaders[0] === a.name ? "best" : null },
    h("th", { scope: "row" }, swatch(a, ctx), h("a", { href: ctx.href({ arm: i }, "gradients") }, clean(a.name))),
    h("td", { class: "n" }, `${a.finished}${a.failed ? `, ${a.failed} failed` : ""}`),
    h("td", { class: "n" }, a.test_accuracy ? percent(a.test_accuracy.mean) : "–", range(a.test_accuracy)),
    h("td", { class: "interval" }, a.test_accuracy ? bar(a, low, high, ctx) : null),
    h("td", { class: "n" }, number(a.test_loss?.mean)), h("td", { class: "n" }, number(a.train_loss?.mean)),
    h("td", { class: "n" }, slope(a.gradient_slope)),
    h("td", { class: "n" }, count(a.parameters)),
    h("td", null, a.diagnosis ? h("a", { href: ctx.href({ arm: i }, "diagnosis") }, { sick: "sick", partly: "sick in some seeds", healthy: "healthy", early: "healthy so far" }[conditionOf(a)]) : "–"));
  return card("What each arm came to",
    h("p", { class: "note" }, "Means over seeds with their 95 % intervals. Gradient slope: how log₁₀ of the gradient changes from one hidden fully-connected layer to the next."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What each arm came to" }, h("table", null,
      h("thead", null, h("tr", null, ["Arm", "Seeds", "Test accuracy", "", "Test loss", "Train loss", "Gradient slope", "Parameters", "Diagnosis"].map((text, i) =>
        text ? h("th", { scope: "col", class: i && i < 8 ? "n" : null }, text) : h("td", null, with_.length ? h("span", { class: "ends" }, h("span", null, percent(low, 0)), h("span", null, percent(high, 0))) : null)))),
      h("tbody", null, part.arms.map(row)))));
}

// within cuts an interval where no accuracy can be.
const within = (f) => Math.min(1, Math.max(0, f));
const range = (e) => (e && e.low !== null && e.n > 1 ? h("span", { class: "range" }, `[${(100 * within(e.low)).toFixed(1)}, ${(100 * within(e.high)).toFixed(1)}]`) : null);
const slope = (e) => (!e || e.mean === null ? "–" : Math.abs(e.mean) < 0.005 ? "0.00" : `${e.mean < 0 ? "−" : "+"}${Math.abs(e.mean).toFixed(2)}`);

function bar(arm, low, high, ctx) {
  const e = arm.test_accuracy;
  const at = (f) => 2 + (96 * (f - low)) / (high - low);
  const paint = ctx.color(arm);
  return s("svg", { viewBox: "0 0 100 12", preserveAspectRatio: "none", class: "intervalbar", "aria-hidden": "true" },
    e.low !== null ? s("line", { x1: at(within(e.low)), x2: at(within(e.high)), y1: 6, y2: 6, stroke: paint, "stroke-width": 2 }) : null,
    s("rect", { x: at(e.mean) - 1, y: 1, width: 2, height: 10, fill: paint }));
}

// values is the table of how arms came to the values that they leave open.
function values(part, ctx) {
  const rows = (part.choice?.arms || []).flatMap((a) => {
    const arm = part.arms.find((one) => one.name === a.arm);
    return a.candidates.length < 2 ? [] : a.candidates.map((k, i) => [[arm ? swatch(arm, ctx) : null, clean(a.arm)], clean(k.name), figures(k.validation_loss, number), figures(k.validation_accuracy, percent),
      i === a.chosen ? chip("chosen", "good") : a.chosen < 0 ? chip("not chosen yet", "open") : ""]);
  });
  if (!rows.length) return null;
  return card("How values were chosen", h("p", { class: "note" }, `By the ${part.choice.by === "accuracy" ? "highest mean accuracy" : "lowest mean loss"} over ${plural(part.choice.seeds.length, "seed")} on ${percent(part.choice.holdout, 0)} of each class’s training images, which were held out. The test set had no say in it.`),
    table("How values were chosen", ["Arm", "Candidate", "Loss, held out", "Accuracy, held out", "Choice"], rows));
}

const figures = (e, write) => (!e || e.mean === null ? "–" : [write(e.mean), e.low !== null && e.n > 1 ? h("span", { class: "range" }, `[${write(e.low)}, ${write(e.high)}]`) : null]);

// learned is a small loss curve for each arm: its trials' training loss.
function learned(part, ctx) {
  const nodes = part.arms.map((_, i) => h("div", { class: "spark", "data-arm": i }));
  sparks(nodes, ctx);
  return card("How each arm learned", h("p", { class: "note" }, "Training loss of every trial; all on one scale. A flat line does not learn."), h("div", { class: "sparks" }, nodes));
}

// sparks draws the arms' curves into their nodes, on one scale that a few diverging trials do not stretch. A link that has
// the focus stays.
function sparks(nodes, ctx) {
  const arms = ctx.run.parts[ctx.part].arms;
  const own = arms.map(() => []);
  for (const t of ctx.run.lines) if (t.part === ctx.part && !t.candidate) own[t.arm]?.push(t);
  const values = Float64Array.from(own.flat().flatMap((t) => t.spark)).sort();
  const top = values.length ? Math.min(values.at(-1), 1.5 * values[Math.floor(0.9 * (values.length - 1))] + 1e-9) : 1;
  nodes.forEach((node, i) => {
    const text = own[i].map((t) => `${t.status}${t.share}`).join() + top;
    if (node.drawn === text) return;
    node.drawn = text;
    const done = own[i].filter((t) => t.status === "done").length;
    if (!node.firstChild) node.append(h("a", { href: ctx.href({ arm: i }, "curves") }, clean(arms[i].name)), h("span", { class: "facts" }), sparkBox());
    node.children[1].textContent = ` ${done}/${own[i].length}`;
    put(node.lastChild, own[i].map((t) => (t.spark.length > 1 ? s("polyline", {
      fill: "none", stroke: ctx.color(arms[i]), "stroke-width": 1, "vector-effect": "non-scaling-stroke", opacity: 0.7,
      points: t.spark.map((f, k) => `${((120 * k * (t.status === "done" || t.status === "failed" ? 1 : Math.max(t.share, 0.02))) / (t.spark.length - 1)).toFixed(1)},${(39 - 38 * Math.min(1, f / top)).toFixed(1)}`).join(" "),
    }) : null)));
  });
}

const sparkBox = () => s("svg", { viewBox: "0 0 120 40", preserveAspectRatio: "none", "aria-hidden": "true" });

function machine(run) {
  const m = run.machine;
  return card("Where and how",
    run.command ? command(run.command) : null,
    h("dl", null, m ? [h("dt", null, "Machine"), h("dd", null, `${clean(m.os)}/${clean(m.arch)}, ${plural(m.cores, "core")}, ${clean(m.isa)} kernels`),
      h("dt", null, "At a time"), h("dd", null, `${plural(m.jobs, "trial")}, ${plural(m.threads, "thread")} each`)] : null,
      run.begun ? [h("dt", null, "Begun"), h("dd", null, new Date(run.begun).toLocaleString())] : null,
      h("dt", null, "Directory"), h("dd", null, h("code", null, clean(run.path)))));
}

