// The page: which run and which view the address names, the list of runs, and what keeps both up to date.
//
// A view is a module that exports {id, title, mount(root, ctx)}; mount fills root and returns {update(change)}, which is
// called at most once a second while the run changes. ctx has
//   run           the newest Run of the server (see wire.go); part, the index of the chosen part of it
//   get(path)     a promise of the JSON below /api/runs/{run}/, kept until something of the run changes
//   params        what stands behind the ? of the address; go(params) changes some of it (null takes one away), and
//                 note(params) does so without building the view anew
//   color(arm)    of an arm in the present theme
// Addresses are #/ , #/run/{run}/{view}?part=0&arm=1&trial=…&position=… and #/compare?a=…&b=… : they can be shared, and
// survive a reload. What is in none of them is a choice of the moment.
import { card, chip, clean, duration, h, moods, plural, put } from "./dom.js";
import { ask, connect, forget, listen, refresh, state, stop } from "./store.js";
import { overview } from "./overview.js";
import { trials } from "./trials.js";
import { curves } from "./curves.js";
import { gradients } from "./flow.js";
import { diagnosis } from "./diagnosis.js";
import { pictures } from "./pictures.js";
import { comparison, twoRuns } from "./compare.js";
import { showRuns } from "./runs.js";

const views = [overview, trials, curves, gradients, diagnosis, pictures, comparison];
const main = document.getElementById("main");
const dark = matchMedia("(prefers-color-scheme: dark)");
const pace = 1000; // milliseconds between two updates of a view

let shown = null; // {key, ctx, handle, head}: what the page shows

// route reads the address.
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [kind, id, view] = path.split("/").map(decodeURIComponent);
  return { kind, id, view, params: Object.fromEntries(new URLSearchParams(query || "")) };
}

// address writes one.
function address(id, view, params = {}) {
  const kept = Object.entries(params).filter(([, v]) => v !== null && v !== undefined && v !== "");
  const query = new URLSearchParams(kept).toString();
  return `#/run/${encodeURIComponent(id)}/${view}${query ? `?${query}` : ""}`;
}

const keyOf = (to) => JSON.stringify([to.kind, to.id, to.view || overview.id, to.params]);

async function show() {
  const to = route();
  if (to.kind === "run" && !to.view) to.view = overview.id;
  if (to.kind !== "run" && to.kind !== "compare" && state.whole && state.runs.length === 1) {
    return location.replace(address(state.runs[0].id, overview.id));
  }
  const key = keyOf(to);
  if (shown?.key === key) return;
  const before = shown;
  before?.handle?.unmount?.();
  shown = { key, to };
  listRuns();
  if (to.kind === "compare") {
    document.title = "Two runs · gradlab";
    shown.handle = twoRuns(put(main, h("h1", null, "Two runs side by side")).appendChild(h("div")), to.params, color);
    return;
  }
  if (to.kind !== "run") {
    document.title = "gradlab";
    put(main, h("h1", null, "Runs"), card("All runs", state.runs.length ? h("div", { class: "list" }) : h("p", { class: "quiet" }, "There are no runs yet. ", h("code", null, "gradlab run tour"), " makes one.")));
    const list = main.querySelector(".list");
    if (list) showRuns(list, state.runs, "", address);
    return;
  }
  try {
    const run = before?.ctx?.run.id === to.id ? before.ctx.run : await ask(`runs/${to.id}`);
    if (shown.key === key) mount(run, to, before);
  } catch (error) {
    if (shown.key === key) put(main, h("h1", null, clean(to.id)), h("p", { class: "warning", role: "alert" }, clean(error.message)));
  }
}

// mount builds the run's head and its view.
function mount(run, to, before) {
  const view = views.find((v) => v.id === to.view) || overview;
  const part = Math.min(Number(to.params.part) || 0, Math.max(0, run.parts.length - 1));
  const ctx = {
    run, part, params: to.params, color,
    get: (path) => ask(`runs/${run.id}/${path}`),
    go: (change, where = view.id) => { location.hash = address(run.id, where, { ...ctx.params, ...change }); },
    note(change) {
      Object.assign(ctx.params, change);
      history.replaceState(null, "", address(run.id, view.id, ctx.params));
      shown.key = keyOf(route());
    },
    href: (change, where = view.id) => address(run.id, where, { ...ctx.params, ...change }),
    askToStop,
  };
  document.title = `${clean(run.study)} · ${view.title} · gradlab`;
  const head = h("div", { class: "head" });
  const tabs = h("nav", { class: "tabs", "aria-label": "Views of the run" }, views.map((v) =>
    h("a", { href: address(run.id, v.id, kept(to.params)), "aria-current": v === view ? "page" : null }, v.title)));
  const root = h("div", { class: `view ${view.id}` });
  const focus = before?.ctx?.run.id === run.id && document.activeElement?.closest(".tabs") ? view.title : null;
  put(main, head, tabs, root);
  showHead(head, ctx);
  shown = { ...shown, ctx, head, handle: view.mount(root, ctx) || {} };
  if (focus) tabs.querySelector("[aria-current]").focus(); // the tab that was chosen by keyboard
}

// kept is what stays chosen when the view changes.
const kept = ({ part, arm, trial }) => ({ part, arm, trial });

// showHead writes what stands above every view: name, state, progress, and the buttons.
function showHead(head, ctx) {
  const { run } = ctx;
  const ended = run.done + run.failed;
  const going = run.state === "running";
  put(head,
    h("div", { class: "headline" },
      h("h1", null, clean(run.study)),
      stateChip(run),
      going && run.stoppable ? h("button", { type: "button", class: "plain", onclick: () => askToStop(run, null) }, "Stop the run …") : null),
    h("p", { class: "facts" }, clean(run.path), " · ", `${ended} of ${plural(run.trials, "trial")}`, run.failed ? `, ${run.failed} failed` : "",
      going && run.left !== null ? ` · ${duration(run.left)} left` : "", run.seconds ? ` · took ${duration(run.seconds)}` : ""),
    going ? h("progress", { max: run.trials, value: progress(run), "aria-label": "Progress of the run" }) : null,
    run.parts.length > 1 ? h("nav", { class: "parts", "aria-label": "Parts" }, run.parts.map((p, i) =>
      h("a", { href: ctx.href({ part: i, arm: null, trial: null, position: null }), "aria-current": i === ctx.part ? "true" : null }, clean(p.study)))) : null);
}

const progress = (run) => run.lines.reduce((sum, t) => sum + (t.status === "done" || t.status === "failed" ? 1 : t.share), 0);

const stateChip = (run) => chip(run.state, moods[run.state]);

// color is an arm's colour in the present theme.
function color(arm) {
  return dark.matches ? arm.look.dark : arm.look.light;
}

// askToStop asks before it stops a trial, or the whole run.
function askToStop(run, trial) {
  const what = trial ? `trial “${clean(trial.name)}”` : "the run";
  const note = h("p", { role: "status" });
  const dialog = h("dialog", { "aria-labelledby": "stop-title", onclose: () => dialog.remove() },
    h("h2", { id: "stop-title" }, `Stop ${what}?`),
    h("p", null, "It stops after the step under way and keeps a checkpoint: ", run.command ? h("code", null, clean(run.command)) : "the same command",
      ` with ${clean(`--out ${run.path}`)} goes on from there.`),
    note,
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Go on training"),
      h("button", {
        type: "button", class: "danger", onclick: async () => {
          try {
            await stop(run.id, trial ? trial.id : "");
            dialog.close();
          } catch (error) {
            put(note, clean(error.message));
          }
        },
      }, `Stop ${trial ? "the trial" : "the run"}`)));
  document.body.append(dialog);
  dialog.showModal();
}

// listRuns writes the list beside the run.
function listRuns() {
  showRuns(document.getElementById("runs"), state.runs, shown?.to.kind === "run" ? shown.to.id : "", address);
}

let pending = null; // what has changed and is not shown yet
let timer = null;

// changed takes in what a run's change says, and lets the view show it soon.
function changed(change) {
  const ctx = shown?.ctx;
  if (!ctx || ctx.run.id !== change.run.id) return;
  const at = new Map(ctx.run.lines.map((line, i) => [lineKey(line), i]));
  for (const line of change.lines || []) {
    const i = at.get(lineKey(line));
    if (i === undefined) ctx.run.lines.push(line);
    else ctx.run.lines[i] = line;
  }
  Object.assign(ctx.run, change.run);
  pending = { lines: [...(pending?.lines || []), ...(change.lines || [])], parts: change.parts || pending?.parts };
  if (!timer) timer = setTimeout(flush, pace);
}

const lineKey = (line) => `${line.part} ${line.arm} ${line.id}`;

// flush shows what has changed; nothing while nobody looks.
async function flush() {
  timer = null;
  if (document.hidden || !pending || !shown?.ctx) return;
  const change = pending;
  pending = null;
  const { ctx, key } = shown;
  if (change.parts) {
    try {
      Object.assign(ctx.run, await ask(`runs/${ctx.run.id}`));
    } catch { /* the next change asks again */ }
    if (shown.key !== key) return;
  }
  showHead(shown.head, ctx);
  shown.handle.update?.(change);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
dark.addEventListener("change", () => { if (shown?.ctx) remount(); });

// remount builds the view anew, from what is known.
function remount() {
  if (!shown?.ctx) return;
  shown.handle.unmount?.();
  mount(shown.ctx.run, shown.to, shown);
}

listen(async (event) => {
  switch (event.type) {
    case "runs":
      listRuns();
      if (!shown || (shown.to.kind !== "run" && shown.to.kind !== "compare")) {
        shown = null;
        show();
      }
      break;
    case "change":
      changed(event.change);
      break;
    case "again":
      if (shown?.ctx) {
        shown.ctx.run = await ask(`runs/${shown.ctx.run.id}`);
        remount();
      }
      break;
    case "link":
      put(document.getElementById("link"), state.connected === false ? "The connection is lost: trying again …" : "");
      break;
  }
});

addEventListener("hashchange", show);
addEventListener("keydown", (event) => { // 1 … 7 choose a view, as long as nothing is being typed
  if (event.ctrlKey || event.metaKey || event.altKey || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return;
  const view = views[Number(event.key) - 1];
  if (view && shown?.ctx) location.hash = address(shown.ctx.run.id, view.id, kept(shown.ctx.params));
});

forget();
connect();
if (route().kind === "run") show(); // beside the list, which it does not need
refresh().then(show);
