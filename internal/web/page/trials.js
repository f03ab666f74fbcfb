// The view of all trials: filtered by words and labels, sorted, with their progress. A thousand of them are a thousand
// rows in memory and some thirty in the page: those that are in sight.
import { card, chip, clean, count, duration, h, moods, number, patch, percent, plural, put, s } from "./dom.js";

const sets = ["training", "validation", "test"]; // what an accuracy is of
const tall = 34; // pixels of a row
const beyond = 8; // rows above and below what is in sight

// Columns: heading, what is sorted by (null is sorted last), class, and the order of a first click.
const columns = [
  ["Trial", (t) => t.name, "", 1],
  ["State", (t) => t.status, "", 1],
  ["Progress", (t) => t.share, "n", -1],
  ["Left", (t) => t.left, "n", 1],
  ["Loss", (t) => t.loss, "n", 1],
  ["Accuracy", (t) => (t.accuracy === null ? null : t.accuracy + 2 * sets.indexOf(t.of)), "n", -1], // of the test set first
  ["Learning", null, ""],
];

// fits makes a test of what a person has typed: words, and label:value, label>number, label<=number …; "two words" stay
// together in quotation marks. All must hold.
export function fits(text) {
  const tests = [...text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)].map(([word]) => {
    const [, key, op, value] = word.replaceAll('"', "").toLowerCase().match(/^([^:<>=!]+)(<=|>=|!=|[:=<>])(.*)$/s) || [];
    if (!key) return (t) => t.words.includes(word.replaceAll('"', "").toLowerCase());
    return (t) => {
      const have = t.labels[key];
      if (value === "") return true; // not typed yet
      if (have === undefined || have === null) return false;
      if (op.includes("<") || op.includes(">")) {
        const [x, y] = [Number(have), Number(value.replace("%", "")) / (key === "accuracy" && (value.includes("%") || Number(value) > 1) ? 100 : 1)];
        return op === "<" ? x < y : op === ">" ? x > y : op === "<=" ? x <= y : x >= y;
      }
      const is = String(have).toLowerCase() === value || (value.trim() !== "" && Number(have) === Number(value));
      return op === "!=" ? !is : is || (op === ":" && Number.isNaN(Number(value)) && String(have).toLowerCase().startsWith(value));
    };
  });
  return (t) => tests.every((test) => test(t));
}

const inOrder = new Intl.Collator("en", { numeric: true }); // "width 2" before "width 10"

// sorted orders trials by a column; 1 is ascending.
function sorted(list, value, way) {
  const known = (v) => v !== null && v !== undefined;
  return list.map((t) => [value(t), t]).sort(([p], [q]) => (!known(p) || !known(q) ? known(q) - known(p)
    : way * (typeof p === "string" ? inOrder.compare(p, q) : p - q))).map(([, t]) => t);
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
    const [by, way] = (ctx.params.sort || "").split(" ");
    let order = columns[by]?.[1] ? [Number(by), way === "-1" ? -1 : 1] : null; // column, and 1 or −1; null is the study's order
    let rows = [];
    const said = h("p", { class: "facts", role: "status" });
    const field = h("input", {
      type: "search", value: wanted, placeholder: "tanh  seed:3  status:running  depth>4", "aria-label": "Filter trials by words and labels", "aria-describedby": "find-help",
      oninput: () => { wanted = field.value; ctx.keep({ find: wanted || null }); grid.scrollTop = 0; choose(); },
    });
    const body = h("div", { class: "rows" });
    const heads = h("div", { class: "row heads", role: "row" });
    const grid = h("div", { class: "grid", role: "table", "aria-label": "Trials", tabindex: "0", onscroll: () => draw() },
      h("div", { role: "rowgroup", class: "sticky" }, heads), h("div", { role: "rowgroup" }, body));

    function head() {
      put(heads, columns.map(([text, value, kind, first], i) => {
        const way = order?.[0] === i ? order[1] : 0;
        return h("span", { role: "columnheader", class: kind, "aria-sort": value ? { 1: "ascending", "-1": "descending", 0: "none" }[way] : null },
          value ? h("button", { type: "button", onclick: () => sort(i, !way ? first : way === first ? -first : 0) }, text, way ? (way > 0 ? " ↑" : " ↓") : "") : text);
      }), h("span", { role: "columnheader" }, h("span", { class: "unseen" }, "Stop")));
    }

    function sort(i, way) {
      order = way ? [i, way] : null;
      ctx.keep({ sort: way ? `${i} ${way}` : null });
      head();
      heads.children[i].firstElementChild.focus();
      choose();
    }

    const own = () => ctx.run.lines.filter((line) => line.part === ctx.part);

    function choose() {
      rows = own().map((line) => named(line, ctx.run)).filter(fits(wanted));
      if (order) rows = sorted(rows, columns[order[0]][1], order[1]);
      const text = wanted ? `${count(rows.length)} of ${plural(own().length, "trial")}` : plural(rows.length, "trial");
      if (said.textContent !== text) put(said, text); // it is read aloud
      grid.setAttribute("aria-rowcount", String(rows.length + 1));
      body.style.height = `${rows.length * tall}px`;
      draw();
    }

    // draw puts the rows in sight into the page. Those that have not changed stay, and with them the focus.
    function draw() {
      const from = Math.max(0, Math.floor(grid.scrollTop / tall) - beyond);
      const to = Math.min(rows.length, from + Math.ceil((grid.clientHeight || 600) / tall) + 2 * beyond);
      patch(body, rows.slice(from, to).map((t, k) => {
        const i = from + k;
        return { key: `${t.part} ${t.arm} ${t.id}`, text: [i, t.status, t.epoch, t.share, t.left === null ? "" : duration(t.left), t.loss, t.accuracy, t.spark.length, ctx.run.stoppable, t.id === ctx.params.trial].join(), make: () => line(t, i) };
      }));
    }

    function line(t, i) {
      const ended = t.status === "done" || t.status === "failed";
      const live = t.status === "running" || t.status === "waiting";
      return h("div", { class: "row", role: "row", "aria-rowindex": i + 2, "aria-current": t.id === ctx.params.trial ? "true" : null, style: { transform: `translateY(${i * tall}px)` } },
        h("span", { role: "cell" }, h("a", { href: ctx.href({ part: t.part || null, arm: t.arm, trial: t.id, find: null, sort: null }, "gradients"), title: clean(t.name) }, clean(t.name))),
        h("span", { role: "cell" }, chip(t.status, moods[t.status])),
        h("span", { role: "cell", class: "n" }, ended ? null : h("span", { class: "bar", "aria-hidden": "true" }, h("span", { style: { width: `${100 * t.share}%` } })), t.epochs ? `${t.epoch}/${t.epochs}` : "–"),
        h("span", { role: "cell", class: "n" }, t.left === null ? "" : duration(t.left)),
        h("span", { role: "cell", class: "n" }, t.status === "done" && t.loss === null ? h("span", { class: "wrong" }, "no number") : number(t.loss)),
        h("span", { role: "cell", class: "n", title: t.of ? `of the ${t.of} set` : null }, percent(t.accuracy), t.of && t.of !== "test" ? h("span", { class: "range" }, t.of === "training" ? "train" : "val") : null),
        h("span", { role: "cell", title: t.error ? clean(t.error) : null, class: t.error ? "wrong" : null }, t.error ? clean(t.error) : curve(t, ctx)),
        h("span", { role: "cell" }, ctx.run.stoppable && live
          ? h("button", { type: "button", class: "plain small", "aria-label": `Stop trial ${clean(t.name)}`, onclick: () => ctx.askToStop(ctx.run, t) }, "Stop …") : null));
    }

    const mixed = own().some((line) => line.candidate);
    put(root, card("Trials", mixed ? h("p", { class: "note" }, "Trials with which values are chosen are judged on images held out of training: val, and not by the test set.") : null, h("div", { class: "controls" }, field, h("span", { id: "find-help", class: "facts" }, "Words, label:value, label>number; labels are ", labelsOf(ctx.run).join(", "))), said, grid));
    head();
    choose();
    const watched = new ResizeObserver(() => draw());
    watched.observe(grid);
    return { update: choose, unmount: () => watched.disconnect() };
  },
};

function labelsOf(run) {
  const names = new Set(["arm", "seed", "status", "epoch", "loss", "accuracy"]);
  run.parts.forEach((p) => p.arms.forEach((a) => Object.keys(a.labels || {}).forEach((k) => names.add(clean(k)))));
  return [...names].slice(0, 16);
}

function curve(t, ctx) {
  const top = Math.max(...t.spark, 1e-9);
  if (t.spark.length < 2) return null;
  return s("svg", { viewBox: "0 0 100 24", preserveAspectRatio: "none", class: "tiny", "aria-hidden": "true" }, s("polyline", {
    fill: "none", stroke: ctx.color(ctx.run.parts[t.part].arms[t.arm]), "stroke-width": 1.2, "vector-effect": "non-scaling-stroke",
    points: t.spark.map((f, k) => `${((100 * k) / (t.spark.length - 1)).toFixed(1)},${(23 - (22 * f) / top).toFixed(1)}`).join(" "),
  }));
}
