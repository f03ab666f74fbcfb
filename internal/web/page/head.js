// What stands above every view of a run: its name, state and progress, its parts, and the way to stop it.
import { chip, clean, count, duration, h, moods, patch, plural, put } from "./dom.js";
import { command } from "./pieces.js";
import { stop } from "./store.js";

// showHead writes it, and what changes of it again: what can be pressed stays where it is as long as it is there.
export function showHead(head, ctx) {
  const { run } = ctx;
  const going = run.state === "running";
  const ended = run.done + run.failed;
  const items = [
    ["headline", [run.study, run.state, going && run.stoppable], () => h("div", { class: "headline" },
      h("h1", null, clean(run.study)),
      chip(run.state, moods[run.state]),
      going && run.stoppable ? h("button", { type: "button", class: "plain", onclick: () => askToStop(run, null) }, "Stop the run …") : null)],
    ["facts", [ended, run.failed, run.trials, going && run.left, run.seconds], () => h("p", { class: "facts" }, clean(run.path), " · ",
      `${count(ended)} of ${plural(run.trials, "trial")}`, run.failed ? `, ${count(run.failed)} failed` : "",
      going && run.left !== null ? ` · ${duration(run.left)} left` : "", run.seconds ? ` · ${duration(run.seconds)} of training` : "")],
    going ? ["progress", run.share, () => h("progress", { max: 1, value: run.share, "aria-label": "Progress of the run" })] : null,
    run.parts.length > 1 ? ["parts", [run.parts.map((p) => p.study), ctx.part, ctx.params], () => h("nav", { class: "parts", "aria-label": "Parts" }, run.parts.map((p, i) =>
      h("a", { href: ctx.href({ part: i, arm: null, trial: null, position: null, hide: null }), "aria-current": i === ctx.part ? "true" : null }, clean(p.study))))] : null,
  ];
  patch(head, items.filter(Boolean).map(([key, text, make]) => ({ key, text: JSON.stringify(text), make })));
}

// askToStop asks before it stops a trial (a line with a name), or with null the whole run, and says what came of it.
export function askToStop(run, trial) {
  const what = trial ? `trial “${clean(trial.name)}”` : "the run";
  const note = h("p", { role: "status" });
  const really = h("button", {
    type: "button", class: "danger", onclick: async () => {
      really.disabled = true;
      try {
        await stop(run.id, trial ? trial.id : "");
        dialog.close();
        say(`${what[0].toUpperCase()}${what.slice(1)} has been told to stop: it ends after the step under way.`);
      } catch (error) {
        really.remove(); // it will not do another time
        put(back, "Close");
        back.focus();
        put(note, `It has not been stopped: ${clean(error.message)}.`);
      }
    },
  }, `Stop ${trial ? "the trial" : "the run"}`);
  const back = h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Go on training");
  const dialog = h("dialog", { "aria-labelledby": "stop-title", onclose: () => dialog.remove() },
    h("h2", { id: "stop-title" }, `Stop ${what}?`),
    h("p", null, "It stops after the step under way and keeps a checkpoint. To go on from there:"),
    command(`${run.command || "gradlab run …"} --out ${quoted(run.path)}`),
    note,
    h("div", { class: "buttons" }, back, really));
  document.body.append(dialog);
  dialog.showModal();
}

// quoted writes a path as a shell takes it.
const quoted = (path) => (/^[\w./+=:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

let silence = 0;

// say shows a line for a while.
function say(text) {
  const line = document.getElementById("said");
  put(line, text);
  clearTimeout(silence);
  silence = setTimeout(() => put(line), 8000);
}
