// The view of gradients: what was seen at every position during every window of training, as a heat map, as the network
// itself, and as a profile at one moment with theory beside it.
import { card, choice, clean, h, plural, put, table } from "./dom.js";
import { chart, key } from "./chart.js";
import { colourbar, heatmap } from "./heat.js";
import { network } from "./network.js";
import { position } from "./position.js";
import { onAxis, quantities, scaled, scaleOf, span } from "./quantities.js";

export const gradients = {
  id: "gradients",
  title: "Gradients",
  mount(root, ctx) {
    const part = ctx.run.parts[ctx.part];
    const arm = Math.min(Number(ctx.params.arm) || 0, part.arms.length - 1);
    const trial = ctx.params.trial || "";
    let name = ctx.params.quantity in quantities ? ctx.params.quantity : "grad_rms";
    let flow = null;
    let step = Number(ctx.params.step) || null; // that the slider is at; null follows the newest
    let playing = null;

    const slider = h("input", { type: "range", min: "0", max: "0", value: "0", "aria-label": "Time", oninput: () => seek(Number(slider.value)) });
    const when = h("output", { class: "facts" });
    const play = h("button", { type: "button", class: "plain", onclick: () => (playing ? pause() : run()) }, "Play");
    const bar = h("div");
    const heat = h("div");
    const profile = h("div");
    const legend = h("p", { class: "facts" });
    const values = h("details", null, h("summary", null, "This moment as a table"));
    const theory = h("p", { class: "note" });
    const picture = h("div", { class: "networkbox" });
    const panel = h("div");
    const map = heatmap(heat);
    let line = null;
    const detail = position(panel, ctx, part.arms[arm]);

    const own = () => ctx.run.lines.filter((t) => t.part === ctx.part && t.arm === arm && !t.candidate && t.status !== "waiting");
    let gone = false; // another view is shown
    const which = h("span");

    // offer writes the list of trials, unless somebody has it open.
    function offer() {
      const list = [["", "the mean over its trials"], ...own().map((t) => [t.id, `seed ${t.seed} (${t.status})`])];
      const text = JSON.stringify(list);
      if (which.dataset.text === text || which.contains(document.activeElement)) return;
      which.dataset.text = text;
      put(which, choice("Of", list, trial, (v) => ctx.go({ arm, trial: v || null })));
    }
    offer();
    put(root,
      card("Gradient flow",
        h("p", { class: "note" }, "Time runs to the right, the network from its input (top) to its output (bottom). A map that is dark at the top from the first step was built so; one that darkens lost its gradients while it trained. Choose a position, by pointer or with the arrow keys and Enter, to see everything about it."),
        h("div", { class: "controls" },
          choice("Arm", part.arms.map((a, i) => [i, clean(a.name)]), arm, (v) => ctx.go({ arm: v, trial: null, position: ctx.params.position })),
          which,
          choice("Show", Object.entries(quantities).map(([k, q]) => [k, q.name]), name, (v) => { name = v; ctx.keep({ quantity: v }); draw(); })),
        bar, heat,
        h("div", { class: "controls time" }, play, h("label", { class: "choice grow" }, h("span", null, "Step"), slider), when)),
      card("At this moment", theory, legend, profile, values),
      card("The network", picture),
      panel);

    function run() {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (now() >= flow.steps.length - 1) seek(0);
      play.textContent = "Pause";
      playing = setInterval(() => {
        if (now() >= flow.steps.length - 1) return pause();
        seek(now() + 1);
      }, still ? 1000 : 200);
    }

    function pause() {
      clearInterval(playing);
      playing = null;
      play.textContent = "Play";
    }

    async function ask() {
      try {
        const answer = await ctx.get(`flow?part=${ctx.part}&arm=${arm}${trial ? `&trial=${trial}` : ""}`);
        if (gone) return;
        flow = answer;
        offer();
        draw();
      } catch (error) {
        if (gone) return;
        put(heat, h("p", { class: "warning", role: "alert" }, clean(error.message)));
      }
      about(ctx.params.position);
    }

    // about shows everything about a position. Histograms are of one trial, where none is chosen of the first that has ended.
    const about = (to) => detail.show(to, { flow, window: now(), trial: trial || own().find((t) => t.status === "done")?.id || own()[0]?.id, chosen: !!trial });

    // now is the window of the step that the slider is at.
    function now() {
      const last = Math.max(0, (flow?.steps.length || 0) - 1);
      const at = step === null ? -1 : flow?.steps.findIndex((w) => w.last >= step) ?? -1;
      return at < 0 ? last : at;
    }

    // seek goes to a window; at the newest, those that follow are followed.
    function seek(w) {
      if (!flow?.steps.length) return;
      const to = Math.min(flow.steps.length - 1, Math.max(0, w));
      step = to === flow.steps.length - 1 ? null : flow.steps[to].last;
      ctx.keep({ step });
      draw();
    }

    function choose(i, w) {
      const to = flow.positions[i].name;
      if (w !== undefined) seek(w);
      ctx.keep({ position: to, quantity: name, step });
      draw();
      about(to);
      panel.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      panel.querySelector("h2")?.focus({ preventScroll: true });
    }

    // point says what is under the pointer.
    function point(i, w) {
      const q = quantities[name];
      const s = flow.steps[w];
      map.say(s ? `${clean(flow.positions[i].name)}, ${span(s)}: ${q.name.toLowerCase()} ${q.write(flow.values[name][w]?.[i])}${name === "grad_rms" && flow.zero[w]?.[i] ? ` (exactly zero in ${flow.zero[w][i]} of ${plural(flow.trials, "trial")}${flow.zero[w][i] < flow.trials ? ", the mean is of the others" : ""})` : ""}` : "");
    }

    function draw() {
      if (!flow) return;
      const q = quantities[name];
      const w = now();
      const scale = scaleOf(q, flow.values[name] || []);
      slider.max = String(Math.max(0, flow.steps.length - 1));
      slider.value = String(w);
      slider.setAttribute("aria-valuetext", flow.steps[w] ? span(flow.steps[w]) : "nothing yet");
      put(when, flow.steps[w] ? span(flow.steps[w]) : "nothing has been seen yet", ` · ${flow.trials === 1 ? "one trial" : `mean over ${flow.trials} trials`}`);
      play.disabled = flow.steps.length < 2;
      put(bar, colourbar(q, scale));
      map.set({ flow, name, quantity: q, scale, window: w, position: ctx.params.position, choose, point, seek });
      drawProfile(q, w);
      network(picture, { layers: layers(), parameters: part.arms[arm].parameters, flow, quantity: q, values: flow.values[name]?.[w] || [], scale, chosen: ctx.params.position, choose: (to) => choose(flow.positions.findIndex((p) => p.name === to)) });
      detail.move(w);
    }

    // layers are those of the arm's network; of a run that did not keep them, its positions.
    const layers = () => (part.arms[arm].network?.length && part.arms[arm].network.every((l, i) => l.name === flow.positions[i]?.name) ? part.arms[arm].network : flow.positions);

    function drawProfile(q, w) {
      const seen = flow.values[name]?.[w] || [];
      const first = flow.values[name]?.[0] || [];
      const foretold = flow.theory[name] || [];
      const color = ctx.color(part.arms[arm]);
      const of = (list) => flow.positions.map((_, i) => scaled(q, list[i] ?? null));
      const names = flow.positions.map((p) => p.name);
      const series = [{ name: flow.steps[w] ? span(flow.steps[w]) : "seen", ys: of(seen), raw: seen, color, width: 2.2 }];
      if (w > 0) series.push({ name: "first step", ys: of(first), raw: first, color, width: 1, dash: [2, 3] });
      if (foretold.length) series.push({ name: "theory of the first step", ys: of(foretold), raw: foretold, color: getComputedStyle(document.documentElement).getPropertyValue("--soft").trim(), width: 1.6, dash: [7, 4] });
      const spec = {
        xs: names.map((_, i) => i + 1), xlabel: "position", names, series, height: 240,
        format: onAxis(q), y: q.fixed ? [0, 1] : undefined,
        label: `${q.long} by position, ${series.map((one) => one.name).join(", ")}; a table follows`,
      };
      if (line) line.set(spec);
      else line = chart(profile, spec);
      put(legend, series.map((one) => h("span", { class: "entry" }, key(one), one.name)));
      put(theory, `${q.long[0].toUpperCase()}${q.long.slice(1)}, by position.`, name === "grad_rms" || name === "act_std"
        ? foretold.length ? " Dashed: what mean-field theory predicts of the first step, from the network and the moments of its inputs alone." : flow.no_theory ? ` There is no prediction: ${clean(flow.no_theory)}.` : " There is no prediction." : "");
      put(values, values.firstElementChild, table("This moment", ["Position", "kind", "shape", ...series.map((one) => one.name)],
        flow.positions.map((p, i) => [clean(p.name), clean(p.kind), p.shape.join("×"), ...series.map((one) => (one.ys[i] !== null ? spec.format(one.ys[i]) : one.raw[i] === 0 ? "0, exactly" : "–"))])));
    }

    ask();
    return {
      update: ask,
      unmount() { gone = true; pause(); map.destroy(); line?.destroy(); detail.destroy(); },
    };
  },
};
