// The runs as the server tells them: what was asked for and has not changed since, and what comes by itself.

const seen = new Map(); // answers by address
const listeners = new Set();
let source = null;

export const state = { runs: [], paths: [], whole: false, connected: true }; // whole: the list is all of them; connected: as far as is known

// ask gives the JSON at a path below /api/, from memory while nothing has changed.
export function ask(path) {
  if (!seen.has(path)) {
    const answer = once(path);
    answer.catch(() => seen.delete(path));
    seen.set(path, answer);
  }
  return seen.get(path);
}

// once gives the JSON at a path below /api/, kept by nobody; signal ends asking.
export async function once(path, signal) {
  const response = await fetch(`/api/${path}`, { signal });
  const value = await response.json();
  if (!response.ok) throw new Error(value.error || response.statusText);
  return value;
}

// forget drops what is known of a run, or of all.
export function forget(run) {
  for (const path of seen.keys()) {
    if (!run || path.startsWith("compare") || path === `runs/${run}` || path.startsWith(`runs/${run}/`)) seen.delete(path);
  }
}

// listen calls f with everything that comes: {type: "runs"} when the list was asked for, {type: "change", change} of one of
// its runs, {type: "again"} when changes may have been missed, {type: "link"} when the connection is lost or back.
export function listen(f) {
  listeners.add(f);
  return () => listeners.delete(f);
}

const tell = (event) => listeners.forEach((f) => f(event));

// refresh asks for the list of runs again.
export async function refresh() {
  const answer = await fetch("/api/runs");
  if (!answer.ok) throw new Error(answer.statusText);
  Object.assign(state, await answer.json());
  state.whole = true;
  tell({ type: "runs" });
}

let heard = 0; // when the server was last heard of, in milliseconds
let behind = false; // something may have changed that no connection told of
const silence = 40000; // it says every 15 seconds that it is there

// connect listens to the server, while somebody looks: a browser has six connections to a server for all its tabs, and a
// hidden one that kept its own would make the seventh wait for ever. It connects again by itself, but for a connection
// that was refused; what was missed meanwhile is to be asked for anew ("again").
export function connect() {
  source?.close();
  source = null;
  if (document.hidden) {
    behind = true;
    return;
  }
  heard = Date.now();
  source = new EventSource("/api/events");
  source.addEventListener("hello", () => {
    const again = behind;
    behind = true; // by the next time
    sign();
    if (!again) return;
    forget();
    tell({ type: "again" });
  });
  source.addEventListener("alive", sign);
  source.addEventListener("change", (message) => {
    sign();
    const change = JSON.parse(message.data);
    const at = state.runs.findIndex((r) => r.id === change.run.id);
    if (at < 0) state.runs.push(change.run);
    else state.runs[at] = change.run;
    forget(change.run.id);
    tell({ type: "change", change });
  });
  source.addEventListener("error", (event) => {
    link(false);
    if (event.target.readyState === EventSource.CLOSED) setTimeout(() => event.target === source && connect(), 3000);
  });
}

function sign() {
  heard = Date.now();
  link(true);
}

function link(on) {
  if (state.connected === on) return;
  state.connected = on;
  tell({ type: "link" });
}

// stop stops a trial, or with "" the whole run.
export async function stop(run, trial) {
  const response = await fetch(`/api/runs/${encodeURIComponent(run)}/stop`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Gradlab": "stop" },
    body: JSON.stringify({ trial }),
  });
  const value = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(value.error || response.statusText);
}

// A laptop that wakes up does not know that its connection is gone: the server's silence tells.
function wake() {
  if (!source || Date.now() - heard < silence) return;
  link(false);
  connect();
}
document.addEventListener("visibilitychange", connect);
setInterval(wake, silence / 4);
