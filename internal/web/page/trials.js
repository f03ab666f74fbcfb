// The view of all trials: filtered by words and labels, sorted, with their progress. A thousand of them are a thousand
// rows in memory and some thirty in the page: those that are in sight.
import { card, chip, clean, duration, h, moods, number, percent, plural, put, s } from "./dom.js";

const tall = 34; // pixels of a row
const beyond = 8; // rows above and below what is in sight

const columns = [
  ["Trial", (t) => t.name, ""],
  ["State", (t) => t.status, ""],
  ["Progress", (t) => t.share, "n"],
  ["Left", (t) => t.left ?? Infinity, "n"],
  ["Loss", (t) => t.loss ?? Infinity, "n"],
  ["Accuracy", (t) => -(t.accuracy ?? -Infinity), "n"],
  ["Learning", null, ""],
];

// fits makes a test of what a person has typed: words, and label:value, label>number, label<number.
export function fits(text) {
  const tests = text.trim().split(/\s+/).filter(Boolean).map((word) => {
    const [, key, op, value] = word.match(/^([^:<>=]+)([:=<>])(.+)$/) || [];
    if (!key) return (t) => t.words.includes(word.toLowerCase());
    return (t) => {
      const have = t.labels[key.toLowerCase()];
      if (have === undefined) return false;
      if (op === "<") return Number(have) < Number(value);
      if (op === ">") return Number(have) > Number(value);
      return String(have).toLowerCase() === value.toLowerCase() || String(have).toLowerCase().startsWith(value.toLowerCase()) && Number.isNaN(Number(value));
    };
  });
  return (t) => tests.every((test) => test(t));
}

// named gives a line what it is called by and found by.
export function named(line, run) {
  const part = run.parts[line.part];
  const arm = part?.arms[line.arm];
  const name = [arm?.name || "", line.candidate].filter(Boolean).join(" · ");
  const labels = { arm: arm?.name, seed: line.seed, status: line.status, state: line.status, loss: line.loss, accuracy: line.accuracy, epoch: line.epoch };
  for (const [k, v] of Object.entries(arm?.labels || {})) labels[k.toLowerCase()] = v;
  if (run.parts.length > 1) labels.part = part?.study;
  return Object.assign({}, line, { name: `${name} · seed ${line.seed}`, labels, words: `${name} ${part?.study} seed ${line.seed} ${line.status} ${line.id}`.toLowerCase() });
}

export const trials = {
  id: "trials",
  title: "Trials",
  mount(root, ctx) {
    let wanted = ctx.params.find || "";
    let order = [0, 1]; // column, and 1 or -1; column 0 in the study's order
    let rows = [];
    const said = h("p", { class: "facts", role: "status" });
    const field = h("input", {
      type: "search", value: wanted, placeholder: "tanh  seed:3  status:running  depth>4", "aria-label": "Filter trials by words and labels", "aria-describedby": "find-help",
      oninput: () => { wanted = field.value; history.replaceState(null, "", ctx.href({ find: wanted || null })); choose(); },
    });
    const body = h("div", { class: "rows" });
    const heads = h("div", { class: "row heads", role: "row" });
    const grid = h("div", { class: "grid", role: "table", "aria-label": "Trials", tabindex: "0", onscroll: () => draw() },
      h("div", { role: "rowgroup", class: "sticky" }, heads), h("div", { role: "rowgroup" }, body));

    function head() {
      put(heads, columns.map(([text, value, kind], i) => h("span", { role: "columnheader", class: kind, "aria-sort": value ? (order[0] === i ? (order[1] > 0 ? "ascending" : "descending") : "none") : null },
        value ? h("button", { type: "button", onclick: () => { order = order[0] === i ? [i, -order[1]] : [i, 1]; head(); choose(); } }, text, order[0] === i ? (order[1] > 0 ? " ↑" : " ↓") : "") : text)), h("span", { role: "columnheader" }, h("span", { class: "unseen" }, "Stop")));
    }

    function choose() {
      const test = fits(wanted);
      rows = ctx.run.lines.map((line) => named(line, ctx.run)).filter(test);
      const value = columns[order[0]][1];
      if (order[0] || order[1] < 0) rows.sort((a, b) => order[1] * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
      put(said, wanted ? `${rows.length} of ${plural(ctx.run.lines.length, "trial")}` : plural(rows.length, "trial"));
      grid.setAttribute("aria-rowcount", String(rows.length + 1));
      body.style.height = `${rows.length * tall}px`;
      draw();
    }

    function draw() {
      const from = Math.max(0, Math.floor(grid.scrollTop / tall) - beyond);
      const to = Math.min(rows.length, from + Math.ceil((grid.clientHeight || 600) / tall) + 2 * beyond);
      const focus = document.activeElement?.closest?.(".row")?.dataset.key;
      put(body, rows.slice(from, to).map((t, i) => line(t, from + i)));
      if (focus && body.isConnected) body.querySelector(`[data-key="${CSS.escape(focus)}"] a`)?.focus({ preventScroll: true });
    }

    function line(t, i) {
      const row = h("div", { class: "row", role: "row", "aria-rowindex": i + 2, "data-key": `${t.part} ${t.arm} ${t.id}`, style: { transform: `translateY(${i * tall}px)` } },
        h("span", { role: "cell" }, h("a", { href: ctx.href({ part: t.part || null, arm: t.arm, trial: t.id, find: null }, "gradients"), title: clean(t.error || t.name) }, clean(t.name))),
        h("span", { role: "cell" }, chip(t.status, moods[t.status])),
        h("span", { role: "cell", class: "n" }, t.status === "done" || t.status === "failed" ? "" : h("span", { class: "bar", "aria-hidden": "true" }, h("span", { style: { width: `${100 * t.share}%` } })), t.epochs ? `${t.epoch}/${t.epochs}` : "–"),
        h("span", { role: "cell", class: "n" }, t.left === null ? "" : duration(t.left)),
        h("span", { role: "cell", class: "n" }, number(t.loss)),
        h("span", { role: "cell", class: "n" }, percent(t.accuracy)),
        h("span", { role: "cell" }, curve(t, ctx)),
        h("span", { role: "cell" }, ctx.run.stoppable && (t.status === "running" || t.status === "waiting")
          ? h("button", { type: "button", class: "plain small", "aria-label": `Stop trial ${clean(t.name)}`, onclick: () => ctx.askToStop(ctx.run, t) }, "Stop …") : null));
      return row;
    }

    put(root, card("Trials", h("div", { class: "controls" }, field, h("span", { id: "find-help", class: "facts" }, "Words, and label:value, label>number: ", labelsOf(ctx.run).join(", "))), said, grid));
    head();
    choose();
    const watched = new ResizeObserver(() => draw());
    watched.observe(grid);
    return { update: choose, unmount: () => watched.disconnect() };
  },
};

function labelsOf(run) {
  const names = new Set(["arm", "seed", "status"]);
  run.parts.forEach((p) => p.arms.forEach((a) => Object.keys(a.labels || {}).forEach((k) => names.add(clean(k)))));
  return [...names].slice(0, 12);
}

function curve(t, ctx) {
  const top = Math.max(...t.spark, 1e-9);
  if (t.spark.length < 2) return null;
  return s("svg", { viewBox: "0 0 100 24", preserveAspectRatio: "none", class: "tiny", "aria-hidden": "true" }, s("polyline", {
    fill: "none", stroke: ctx.color(ctx.run.parts[t.part].arms[t.arm]), "stroke-width": 1.2, "vector-effect": "non-scaling-stroke",
    points: t.spark.map((f, k) => `${((100 * k) / (t.spark.length - 1)).toFixed(1)},${(23 - (22 * f) / top).toFixed(1)}`).join(" "),
  }));
}
