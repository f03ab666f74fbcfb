// The view of a trained network in pictures: its first filters, what it takes images for, and what it confuses.
import { card, choice, clean, count, h, number, percent, plural, put } from "./dom.js";
import { once } from "./store.js";
import { confusion } from "./confusion.js";

const ended = (line) => line.status === "done" || line.status === "failed";
const drawn = new Map(); // pictures of trials that have ended, by run and trial: weights stay as they are
const kept = 8; // how many

export const pictures = {
  id: "pictures",
  title: "Pictures",
  mount(root, ctx) {
    let line = chosen(ctx);
    let asking = null; // ends the request under way
    let whole = true; // another try would show no more
    let seen = ""; // the status of the trial when it was asked for
    const choices = h("div", { class: "controls" });
    const said = h("p", { class: "facts", role: "status" });
    const content = h("div");
    put(root, card("Which network", choices, said), content);

    // offer writes the lists to choose from, unless somebody has one of them open.
    function offer() {
      if (choices.contains(document.activeElement) && choices.childElementCount) return;
      const part = ctx.run.parts[ctx.part];
      const arm = line ? line.arm : Number(ctx.params.arm) || 0;
      const lines = linesOf(ctx, arm);
      put(choices,
        choice("Arm", part.arms.map((a, i) => [i, clean(a.name)]), arm, (v) => ctx.go({ arm: v, trial: null })),
        lines.length ? choice("Trial", lines.map((t) => [t.id, called(t)]), line?.id, (v) => ctx.go({ arm, trial: v })) : null,
        line && (!ended(line) || !whole) ? h("button", { type: "button", class: "plain", onclick: ask }, ended(line) ? "Try again" : "Draw it as it is now") : null);
    }

    async function ask() {
      asking?.abort();
      seen = line.status;
      const own = asking = new AbortController();
      const key = `${ctx.run.id}/${line.id}`;
      put(said, "The network is being drawn: all images of the set are shown to it, which may take a minute beside training.");
      try {
        const detail = await ctx.get(`trials/${line.id}`); // one after the other
        const answer = drawn.get(key) || (ended(line) && !detail.weights ? { notes: ["No weights are kept of this trial: its run kept none (--no-weights), or is from before any were. There is nothing to draw of its network."] }
          : await once(`runs/${ctx.run.id}/trials/${line.id}/pictures`, own.signal).catch((error) => ({ error })));
        if (own.signal.aborted) return;
        if (answer.filters !== undefined && ended(line) && !answer.again) keep(key, answer);
        whole = !answer.error && !answer.again;
        offer();
        put(said, described(line, answer, ctx));
        put(content, show(answer, detail, ctx));
      } catch (error) {
        if (!own.signal.aborted) put(said), put(content, h("p", { class: "warning", role: "alert" }, clean(error.message)));
      }
    }

    offer();
    if (line) ask();
    else put(said, "No trial of it has begun: there is nothing to draw yet.");
    return {
      update() {
        const before = line;
        line = line ? ctx.run.lines.find((t) => t.id === line.id && t.part === line.part && t.arm === line.arm) || line : chosen(ctx);
        offer();
        if (line && (!before || line.status !== seen && ended(line))) ask();
      },
      unmount: () => asking?.abort(),
    };
  },
};

function keep(key, answer) {
  drawn.delete(key);
  drawn.set(key, answer);
  if (drawn.size > kept) drawn.delete(drawn.keys().next().value);
}

const linesOf = (ctx, arm) => ctx.run.lines.filter((t) => t.part === ctx.part && t.arm === arm && t.status !== "waiting");
const named = (t) => `${t.candidate ? `to choose: ${clean(t.candidate)}, ` : ""}seed ${t.seed}`;
const called = (t) => `${named(t)} · ${t.status === "done" ? percent(t.accuracy) : t.status}`;

// chosen is the trial that the address names, or else the best of the arm that it names, or of the best arm.
function chosen(ctx) {
  const asked = ctx.params.trial && ctx.run.lines.find((t) => t.part === ctx.part && t.id === ctx.params.trial && t.status !== "waiting");
  if (asked) return asked;
  const part = ctx.run.parts[ctx.part];
  if (!part) return null;
  const arms = part.arms.map((_, i) => i);
  const mean = (i) => part.arms[i].test_accuracy?.mean ?? -Infinity;
  const led = arms.filter((i) => part.leaders.includes(part.arms[i].name));
  const order = ctx.params.arm ? [Number(ctx.params.arm)] : (led.length ? led : arms).sort((a, b) => mean(b) - mean(a)).concat(arms);
  for (const i of order) {
    const best = linesOf(ctx, i).sort((a, b) => rank(b) - rank(a))[0];
    if (best) return best;
  }
  return null;
}

// rank puts trials that have ended well before others, those that chose values behind the arm's own, and the rest by accuracy.
const rank = (t) => (t.status === "done" ? 4 : t.status === "failed" ? 0 : 1) + (t.candidate ? 0 : 2) + (t.accuracy ?? 0);

// described says what is shown.
function described(line, answer, ctx) {
  const state = answer.step ? `as it stood after step ${count(answer.step)}` : `${line.status}${line.accuracy === null ? "" : `, ${percent(line.accuracy)} right`}`;
  return [`${clean(ctx.run.parts[line.part].arms[line.arm].name)}, ${named(line)}: ${state}. `, h("a", { href: ctx.href({ arm: line.arm, trial: line.id }, "gradients") }, "Its gradients")];
}

// show makes the cards, in the order of the network: filters, images, then what came of them.
function show(answer, detail, ctx) {
  const { classes } = ctx.run.parts[ctx.part].data;
  const matrix = detail.trial.confusion;
  return [
    answer.error ? h("p", { class: "warning", role: "alert" }, sentence(clean(answer.error.message))) : null,
    (answer.notes || []).map((note) => h("p", { class: "warning" }, clean(note))),
    answer.filters ? filters(answer.filters) : null,
    answer.samples?.length ? images("What it takes images for", `The first ${ofSet(answer.set)} of each class, and the likeliest classes with their probabilities by the softmax.`, answer.samples, answer.set, classes) : null,
    matrix?.length ? card("What is taken for what", confusion(matrix, classes)) : null,
    answer.judged ? mistakes(answer, classes) : null,
  ];
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");
const ofSet = (set) => (set === "test" ? "test images" : "images that were held out");

function filters(f) {
  const [high, wide, channels] = f.shape;
  return card(`Filters of ${clean(f.layer)}`,
    h("p", { class: "note" }, f.shown.length < f.all ? `The ${f.shown.length} largest by norm of ${count(f.all)}` : plural(f.all, "filter"), ` of ${high}×${wide} pixels and ${plural(channels, "channel")}, all drawn to one range: `,
      channels === 3 ? "each channel" : "a weight", ` from −${number(f.limit)}, black, over 0, grey, to ${number(f.limit)}, ${channels === 3 ? "full" : "white"}. Below each its number and its Euclidean norm. Noise is a layer that has learned little.`),
    h("ul", { class: "tiles filters" }, f.shown.map((one) => h("li", null, h("img", { src: one.png, alt: `Filter ${one.index + 1} of ${clean(f.layer)}` }),
      h("span", { class: "facts" }, `${one.index + 1} · ${number(one.norm)}`)))));
}

const images = (title, note, samples, set, classes) => card(title, h("p", { class: "note" }, note), h("ul", { class: "tiles samples" }, samples.map((one) => sample(one, set, classes))));

function mistakes(answer, classes) {
  const share = `${count(answer.wrong)} of ${count(answer.images)} ${ofSet(answer.set)} are taken for another class`;
  if (!answer.mistakes?.length) return card("The most confident mistakes", h("p", null, `There are none: ${share}.`));
  return images("The most confident mistakes", `${share}. These are the ones that the network was surest of: look for labels that are wrong, and for images that nothing tells apart.`, answer.mistakes, answer.set, classes);
}

// sample is an image with what it is and what it is taken for.
function sample(one, set, classes) {
  const name = (c) => clean(classes[c] ?? c);
  const right = one.top.length > 0 && one.class === one.predicted;
  const where = one.path ? clean(one.path) : `number ${count(one.image)} of the ${set === "test" ? "test" : "training"} set`;
  return h("li", { title: where },
    h("img", { src: one.png, alt: `${name(one.class)}, ${where}` }),
    h("p", { class: right ? "taken good" : "taken bad" }, h("span", { "aria-hidden": "true" }, right ? "✓ " : "✗ "), right ? "right: " : "wrong: ", name(one.class), right || !one.top.length ? "" : ` taken for ${name(one.predicted)}`),
    one.top.length ? h("ol", null, one.top.map((g) => h("li", null, h("span", null, name(g.class)), h("span", { class: "n" }, percent(g.probability)),
      h("span", { class: "bar", "aria-hidden": "true" }, h("span", { style: { width: `${100 * g.probability}%` } })))))
      : h("p", { class: "facts" }, "Its outputs are no numbers."));
}
