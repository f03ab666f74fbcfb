// What stands above every view of a run: its name, state and progress, its parts, and the way to stop it.
import { chip, clean, count, duration, h, moods, plural, put } from "./dom.js";
import { stop } from "./store.js";

// showHead writes it. It is written anew when something changes, and the focus stays on what had it.
export function showHead(head, ctx) {
  const { run } = ctx;
  const held = head.contains(document.activeElement) ? [...head.querySelectorAll("a,button")].indexOf(document.activeElement) : -1;
  const going = run.state === "running";
  const ended = run.done + run.failed;
  put(head,
    h("div", { class: "headline" },
      h("h1", null, clean(run.study)),
      chip(run.state, moods[run.state]),
      going && run.stoppable ? h("button", { type: "button", class: "plain", onclick: () => askToStop(run, null) }, "Stop the run …") : null),
    h("p", { class: "facts" }, clean(run.path), " · ", `${count(ended)} of ${plural(run.trials, "trial")}`, run.failed ? `, ${count(run.failed)} failed` : "",
      going && run.left !== null ? ` · ${duration(run.left)} left` : "", run.seconds ? ` · ${duration(run.seconds)} of training` : ""),
    going ? h("progress", { max: Math.max(1, run.trials), value: progress(run), "aria-label": "Progress of the run" }) : null,
    run.parts.length > 1 ? h("nav", { class: "parts", "aria-label": "Parts" }, run.parts.map((p, i) =>
      h("a", { href: ctx.href({ part: i, arm: null, trial: null, position: null, hide: null }), "aria-current": i === ctx.part ? "true" : null }, clean(p.study)))) : null);
  if (held >= 0) head.querySelectorAll("a,button")[held]?.focus();
}

// progress counts trials, those under way by what they have done.
const progress = (run) => run.lines.reduce((sum, t) => sum + (t.status === "done" || t.status === "failed" ? 1 : t.share), 0);

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
        really.disabled = false;
        put(note, `It has not been stopped: ${clean(error.message)}`);
      }
    },
  }, `Stop ${trial ? "the trial" : "the run"}`);
  const dialog = h("dialog", { "aria-labelledby": "stop-title", onclose: () => dialog.remove() },
    h("h2", { id: "stop-title" }, `Stop ${what}?`),
    h("p", null, "It stops after the step under way and keeps a checkpoint: ", run.command ? h("code", null, clean(run.command)) : "the same command",
      " with ", h("code", null, `--out ${clean(run.path)}`), " goes on from there."),
    note,
    h("div", { class: "buttons" }, h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Go on training"), really));
  document.body.append(dialog);
  dialog.showModal();
}

let silence = 0;

// say shows a line for a while.
function say(text) {
  const line = document.getElementById("said");
  put(line, text);
  clearTimeout(silence);
  silence = setTimeout(() => put(line), 8000);
}
