// The page: which run and which view the address names, the list of runs, and what keeps both up to date.
//
// A view is a module that exports {id, title, mount(root, ctx)}; mount fills root and returns {update(change)}, which is
// called at most once a second while the run changes, and may return a promise of being done. ctx has
//   run           the newest Run of the server (see wire.go); part, the index of the chosen part of it
//   get(path)     a promise of the JSON below /api/runs/{run}/, kept until something of the run changes
//   params        what stands behind the ? of the address (null takes one away). go(params) changes some of it and shows
//                 what that is; keep(params) writes down, soon, what the view shows already; href(params, view) is an address
//   color(arm)    of an arm in the present theme
// Addresses are #/ , #/run/{run}/{view}?part=0&arm=1&trial=…&position=… and #/compare?a=…&b=… : they can be shared, and
// survive a reload. What is in none of them is a choice of the moment.
import { card, clean, h, put } from "./dom.js";
import { ask, connect, listen, refresh, state } from "./store.js";
import { address, kept, route } from "./route.js";
import { askToStop, showHead } from "./head.js";
import { overview } from "./overview.js";
import { trials } from "./trials.js";
import { curves } from "./curves.js";
import { gradients } from "./flow.js";
import { diagnosis } from "./diagnosis.js";
import { pictures } from "./pictures.js";
import { comparison } from "./compare.js";
import { twoRuns } from "./tworuns.js";
import { showRuns } from "./runs.js";

const views = [overview, trials, curves, gradients, diagnosis, pictures, comparison];
const main = document.getElementById("main");
const dark = matchMedia("(prefers-color-scheme: dark)");
const pace = 1000; // milliseconds between two updates of a view, at least
const thrift = 100; // how many times as long as an update took the view is left as it is: training may have the same cores

let noted = null; // a change of the address that is to come
let shown = null; // {key, to, ctx, handle, head}: what the page shows

const keyOf = (to) => JSON.stringify([to.kind, to.id, to.view, to.params]);

// show shows what the address names.
async function show() {
  const to = route();
  if (to.kind !== "run" && to.kind !== "compare" && state.whole && state.runs.length === 1) {
    return location.replace(address(state.runs[0].id, overview.id));
  }
  const key = keyOf(to);
  if (shown?.key === key) return;
  const before = shown;
  before?.handle?.unmount?.();
  shown = { key, to };
  listRuns();
  if (to.kind === "compare") return compare(to);
  if (to.kind !== "run") return everyRun();
  if (before?.ctx?.run.id !== to.id) put(main, h("h1", null, clean(to.id)), h("p", { class: "quiet" }, "Reading the run …"));
  try {
    let run = before?.ctx?.run.id === to.id ? before.ctx.run : await ask(`runs/${encodeURIComponent(to.id)}`);
    if (shown.missed) run = await ask(`runs/${encodeURIComponent(to.id)}`); // it has changed while it was read
    if (shown.key === key) mount(run, to, before);
  } catch (error) {
    if (shown.key !== key) return;
    shown.failed = true;
    put(main, h("h1", null, clean(to.id)), h("p", { class: "warning", role: "alert" }, clean(error.message)), h("p", null, h("a", { href: "#/" }, "All runs")));
  }
}

function compare(to) {
  document.title = "Two runs · gradlab";
  const root = h("div");
  put(main, h("h1", null, "Two runs side by side"), root);
  shown.handle = twoRuns(root, to.params, color);
}

function everyRun() {
  document.title = "gradlab";
  const list = h("div", { class: "list" });
  put(main, h("h1", null, "Runs"), card("All runs", state.runs.length ? list
    : h("p", { class: "quiet" }, state.whole ? ["There are no runs yet in ", h("code", null, clean(state.paths.join(", "))), ". ", h("code", null, "gradlab run tour --serve"), " makes one and shows it."] : "Reading the runs …")));
  if (state.runs.length) showRuns(list, state.runs, "", address, true);
}

// mount builds the run's head and its view.
function mount(run, to, before) {
  const view = views.find((v) => v.id === to.view) || overview;
  const ctx = {
    run, params: to.params, color, askToStop,
    part: Math.min(Math.max(0, Math.floor(Number(to.params.part)) || 0), Math.max(0, run.parts.length - 1)),
    get: (path) => ask(`runs/${encodeURIComponent(run.id)}/${path}`),
    href: (change, where = view.id) => address(run.id, where, { ...ctx.params, ...change }),
    go: (change, where = view.id) => { location.hash = ctx.href(change, where); },
    keep(change) {
      Object.assign(ctx.params, change);
      clearTimeout(noted);
      noted = setTimeout(() => { // browsers allow few changes a second
        if (shown.ctx !== ctx) return;
        history.replaceState(null, "", ctx.href({}));
        shown.key = keyOf(route());
      }, 200);
    },
  };
  document.title = `${clean(run.study)} · ${view.title} · gradlab`;
  const head = h("div", { class: "head" });
  const tabs = h("nav", { class: "tabs", "aria-label": "Views of the run" }, views.map((v) =>
    h("a", { href: address(run.id, v.id, kept(to.params)), "aria-current": v === view ? "page" : null }, v.title)));
  const root = h("div", { class: `view ${view.id}` });
  const within = before?.ctx?.run.id === run.id;
  const onTab = within && document.activeElement?.closest(".tabs");
  const inView = within && document.activeElement?.closest(".view");
  put(main, head, tabs, root);
  showHead(head, ctx);
  shown = { ...shown, ctx, head, planned: run.parts.length > 0, handle: fillView(view, root, ctx) };
  if (onTab) tabs.querySelector("[aria-current]").focus(); // the tab that was chosen by keyboard
  else if (inView && document.activeElement === document.body) main.focus({ preventScroll: true }); // what had the focus is gone
}

// fillView lets a view fill its root. What goes wrong there is said there, and the rest of the page goes on.
function fillView(view, root, ctx) {
  if (!ctx.run.parts.length) {
    put(root, h("p", { class: "quiet" }, ctx.run.state === "running" ? "The run has begun; what it trains is not written down yet." : "The run has no arms."));
    return {};
  }
  try {
    return view.mount(root, ctx) || {};
  } catch (error) {
    console.error(error);
    put(root, h("p", { class: "warning", role: "alert" }, `The view cannot be shown: ${clean(error.message)}`));
    return {};
  }
}

// color is an arm's colour in the present theme.
function color(arm) {
  return dark.matches ? arm.look.dark : arm.look.light;
}

// listRuns writes the list beside the run.
function listRuns() {
  showRuns(document.getElementById("runs"), state.runs, shown?.to.kind === "run" ? shown.to.id : "", address);
}

// showList shows the list of runs, also where no run is chosen.
function showList() {
  listRuns();
  if (!state.whole || shown?.to.kind === "run" || shown?.to.kind === "compare") return;
  const list = main.querySelector(".list");
  if (list && state.runs.length > 1) return showRuns(list, state.runs, "", address, true);
  anew();
}

let pending = null; // {run, lines, parts}: what has changed of the run and is not shown yet
let timer = null;
let rest = pace; // until the next update
let flushing = false;
let due = false; // something has changed since the last update began

// changed takes in what a run's change says, and lets the view show it soon.
function changed(change) {
  if (shown && !shown.ctx && shown.to.kind === "run" && shown.to.id === change.run.id) {
    shown.missed = true;
    if (shown.failed) return anew();
  }
  if (shown?.to.kind === "compare") shown.handle.changed(change.run.id);
  const ctx = shown?.ctx;
  if (!ctx || ctx.run.id !== change.run.id) return;
  const lines = change.lines || [];
  take(ctx.run, lines);
  Object.assign(ctx.run, change.run);
  add(ctx.run, lines, change.parts);
}

// add joins a change with what is pending.
function add(run, lines, parts) {
  const before = pending?.run === run ? pending : { lines: [], parts: false };
  pending = { run, lines: [...before.lines, ...lines], parts: before.parts || !!parts };
}

// take puts lines in the place of those that a run has.
function take(run, lines) {
  const at = new Map(run.lines.map((line, i) => [lineKey(line), i]));
  for (const line of lines) {
    const i = at.get(lineKey(line));
    if (i === undefined) run.lines.push(line);
    else run.lines[i] = line;
  }
}

const lineKey = (line) => `${line.part} ${line.arm} ${line.id}`;

// flush shows what has changed, one update after the other; nothing while nobody looks.
async function flush() {
  timer = null;
  if (document.hidden || flushing) return;
  flushing = true;
  due = false;
  try {
    await update();
  } finally {
    flushing = false;
    if (due || pending) soon();
  }
}

// soon sees to it that something is shown: after the rest that the update under way, if there is one, will call for.
function soon() {
  due = true;
  if (!flushing) timer ??= setTimeout(flush, rest);
}

async function update() {
  rest = pace;
  showList();
  const change = pending;
  pending = null;
  if (!change || shown?.ctx?.run !== change.run) return; // of a run that nobody looks at any more
  const { run } = change;
  if (change.parts) {
    try {
      const answer = await ask(`runs/${run.id}`);
      Object.assign(run, answer);
      if (pending?.run === run) take(run, pending.lines); // what came while it was read is newer
    } catch {
      if (!pending || pending.run === run) add(run, change.lines, true); // later
      return;
    }
    if (shown?.ctx?.run !== run) return;
  }
  const { ctx } = shown; // perhaps of another view by now
  if (!shown.planned && ctx.run.parts.length) return remount();
  const begun = performance.now();
  showHead(shown.head, ctx);
  await shown.handle.update?.(change);
  rest = Math.min(10000, Math.max(pace, thrift * (performance.now() - begun)));
}

// again asks for everything that is shown: the connection was lost, the machine slept, or nobody looked.
async function again() {
  try {
    await refresh();
  } catch {
    return; // the connection says so
  }
  if (shown?.to.kind === "compare") shown.handle.changed("");
  if (shown?.failed) return anew();
  if (!shown?.ctx) return;
  add(shown.ctx.run, [], true);
  flush();
}

document.addEventListener("visibilitychange", flush);
dark.addEventListener("change", () => (shown?.ctx ? remount() : anew()));

// anew shows what the address names from the beginning.
function anew() {
  shown?.handle?.unmount?.();
  shown = null;
  show();
}

// remount builds the view anew, from what is known.
function remount() {
  shown.handle.unmount?.();
  mount(shown.ctx.run, shown.to, shown);
}

listen((event) => {
  switch (event.type) {
    case "runs":
      showList();
      break;
    case "change":
      changed(event.change);
      soon();
      break;
    case "again":
      again();
      break;
    case "link":
      put(document.getElementById("link"), state.connected ? "" : "The connection is lost, and what is shown may be old. Trying again …");
      break;
  }
});

addEventListener("hashchange", show);
document.querySelector(".skip").addEventListener("click", (event) => { // the address is the page's own
  event.preventDefault();
  main.focus();
});

connect();
if (route().kind === "run") show(); // beside the list, which it does not need
refresh().then(show, () => put(main, h("h1", null, "Runs"), h("p", { class: "warning", role: "alert" }, "The runs cannot be read: is gradlab still running?")));
