// The view of curves: loss by step, and whatever epochs have figures of; arms as means with bands over seeds.
import { card, choice, clean, count, h, number, patch, percent, put, table, toggle } from "./dom.js";
import { chart, extent, joined, key, smooth } from "./chart.js";

export const metrics = [
  ["train_loss", "Training loss, by epoch"], ["validation_loss", "Validation loss"], ["test_loss", "Test loss"],
  ["train_accuracy", "Training accuracy"], ["validation_accuracy", "Validation accuracy"], ["test_accuracy", "Test accuracy"],
];
const share = (metric) => metric.endsWith("accuracy");
const format = (metric) => (share(metric) ? (f) => percent(f) : (f) => number(f));

// guess is what a network reaches that guesses among equally frequent classes.
export function guess(metric, part) {
  const classes = part.data.classes?.length || 0;
  if (classes < 2) return [];
  return [{ y: share(metric) ? 1 / classes : Math.log(classes), name: "guessing" }];
}

// within is what no value of a metric can leave.
export const within = (metric) => (share(metric) ? [0, 1] : [0, Infinity]);

// largest is the largest value of the lines up to a limit, beyond which a loss has diverged and would press all others
// into a line; the limit where there is none.
export const largest = (series, limit) => Math.max(...series.flatMap((one) => one.ys.filter((f) => f !== null && f <= limit)), 0) || limit;

// charts gives what there is to draw of the arms' curves: [{metric, title, xlabel, list}], each list one of series.
export function charts(arms, color) {
  const look = (one, extra) => ({ name: one.name, color: color(one), dash: one.look.dash, ...extra });
  const bandOf = (band) => ({ n: band.n, ...(band.low.some((f) => f !== null) ? { low: band.low, high: band.high } : {}) });
  const stepped = arms.filter((a) => a.curves.steps.length); // runs from before windows were recorded have none
  const out = stepped.length ? [{ metric: "loss", title: "Training loss, by step", xlabel: "step", list: stepped.map((a) => look(a.arm, { id: a.id, xs: a.curves.steps, ys: a.curves.loss.mid, ...bandOf(a.curves.loss) })) }] : [];
  for (const [metric, title] of metrics) {
    const list = arms.filter((a) => a.curves.epochs[metric]).map((a) => {
      const band = a.curves.epochs[metric];
      return look(a.arm, { id: a.id, xs: band.mid.map((_, i) => i + 1), ys: band.mid, ...bandOf(band) });
    });
    const once = list.every((one) => one.ys.filter((f) => f !== null).length < 2 && one.ys.length > 1); // the test set was run once: no curve
    if (list.length && !once) out.push({ metric, title, xlabel: "epoch", list });
  }
  return out;
}

const strongest = 0.98; // smoothing: the weight of the past

export const curves = {
  id: "curves",
  title: "Curves",
  mount(root, ctx) {
    const part = ctx.run.parts[ctx.part];
    const hidden = new Set((ctx.params.hide || "").split(",").filter((i) => part.arms[i]).map(Number));
    const look = { log: !!ctx.params.log, smooth: Math.min(strongest, Math.max(0, Number(ctx.params.smooth) || 0)), bands: ctx.params.bands !== "no" };
    let only = part.arms[ctx.params.arm] ? Number(ctx.params.arm) : null; // the arm whose seeds are shown
    let drawn = [];
    let answer = null;
    const legend = h("div", { class: "legend", role: "group", "aria-label": "Arms" });
    const grid = h("div", { class: "charts" }, h("p", { class: "quiet" }, "Reading the curves …"));
    const strength = h("input", {
      type: "range", min: "0", max: String(strongest), step: "0.01", value: String(look.smooth), oninput: () => {
        look.smooth = Number(strength.value);
        ctx.keep({ smooth: look.smooth || null });
        tell();
        draw();
      },
    });
    const window_ = h("output", { class: "facts" });
    const tell = () => put(window_, look.smooth ? `${look.smooth.toFixed(2)}, about ${Math.round(1 / (1 - look.smooth))} values` : "none");
    put(root, card("Curves",
      h("p", { class: "note" }, "Lines are means over seeds, shaded their 95 % intervals (of two seeds: both). The dotted line is what guessing reaches. Smoothing, of the loss by step alone, is an exponential moving average with its bias corrected; it hides spikes, and intervals are left out with it."),
      h("div", { class: "controls" },
        toggle("Logarithmic", look.log, (on) => { look.log = on; ctx.keep({ log: on ? 1 : null }); draw(); }),
        toggle("Intervals", look.bands, (on) => { look.bands = on; ctx.keep({ bands: on ? null : "no" }); draw(); }),
        h("label", { class: "choice" }, h("span", null, "Smoothing"), strength, window_),
        choice("Single seeds of", [["", "no arm"], ...part.arms.map((a, i) => [i, clean(a.name)])], only ?? "", (v) => {
          only = v === "" ? null : Number(v);
          ctx.keep({ arm: only, trial: null });
          ask();
        })),
      legend), grid);

    function drawLegend() {
      const all = part.arms.length > 3 ? [["All", []], ["None", part.arms.map((_, i) => i)]] : [];
      patch(legend, [...part.arms.map((a, i) => ({
        key: i, text: String(hidden.has(i)), make: () => h("button", {
          type: "button", class: "toggle", "aria-pressed": String(!hidden.has(i)), onclick: () => {
            if (!hidden.delete(i)) hidden.add(i);
            hide();
          },
        }, key({ color: ctx.color(a), dash: a.look.dash }), clean(a.name)),
      })), ...all.map(([text, which]) => ({
        key: text, text, make: () => h("button", { type: "button", class: "toggle all", onclick: () => {
          hidden.clear();
          which.forEach((i) => hidden.add(i));
          hide();
        } }, text),
      }))]);
    }

    function hide() {
      ctx.keep({ hide: [...hidden].sort((x, y) => x - y).join(",") || null });
      drawLegend();
      draw();
    }

    let asking = null; // the answer that is on its way
    let later = false;

    // ask asks for the curves and draws them. What changes meanwhile is asked for after that.
    function ask() {
      if (asking) later = true;
      else {
        asking = read().finally(() => {
          asking = null;
          if (later) ask();
        });
      }
      return asking;
    }

    async function read() {
      later = false;
      try {
        const [all, seeds] = await Promise.all([ctx.get(`curves?part=${ctx.part}`), only === null ? null : ctx.get(`seeds?part=${ctx.part}&arm=${only}`)]);
        answer = { all, seeds, of: only };
        if (root.isConnected) draw();
      } catch (error) {
        if (!answer) put(grid, h("p", { class: "warning", role: "alert" }, clean(error.message)));
      }
    }

    function specs() {
      const arms = answer.all.arms.filter((a) => !hidden.has(a.arm)).map((a) => ({ id: a.arm, arm: part.arms[a.arm], curves: a }));
      return charts(arms, ctx.color).map((c) => {
        const smoothed = look.smooth && c.metric === "loss";
        const list = c.list.map((one) => (look.bands && !smoothed ? one : { ...one, low: undefined, high: undefined }));
        for (const t of answer.seeds?.trials || []) {
          const ys = c.metric === "loss" ? t.loss : t.epochs[c.metric];
          if (!ys || hidden.has(answer.of)) continue;
          const chosen = t.id === ctx.params.trial;
          list.push({ name: `seed ${t.seed}`, color: ctx.color(part.arms[answer.of]), width: chosen ? 2.2 : 0.8, dash: chosen ? [] : undefined, xs: c.metric === "loss" ? t.steps : ys.map((_, i) => i + 1), ys });
        }
        const { xs, series } = joined(list);
        const y = range(series, c.metric, part);
        return {
          ...c, xs, series: smoothed ? series.map((one) => ({ ...one, seen: one.ys, ys: smooth(one.ys, look.smooth) })) : series, format: format(c.metric), sync: c.xlabel,
          log: look.log, within: within(c.metric), lines: guess(c.metric, part), y, out: outside(series, y, c, arms),
          label: `${c.title}: ${series.length} lines over ${xs.length} values of ${c.xlabel}; a table with the last values follows`,
        };
      });
    }

    // range keeps an arm that has diverged from pressing all others into a line.
    function range(series, metric, p) {
      if (look.log || share(metric)) return undefined;
      const top = 4 * Math.log(p.data.classes?.length || 0);
      const [low, high] = extent(series, within(metric));
      if (!(top > 0 && high > top && low < top)) return undefined;
      return [Math.min(0, low), Math.min(top, 1.1 * largest(series, top))];
    }

    // outside says which lines the picture does not hold: those beyond its range, and those that are no numbers.
    function outside(series, y, { metric, list }, all) {
      const names = (list) => list.map((one) => clean(one.name)).join(", ");
      const beyond = y ? series.filter((one) => one.ys.some((f) => f > y[1])) : [];
      const lossless = (a) => a.curves.epochs[metric.replace("loss", "accuracy")] && !list.some((one) => one.id === a.id);
      const none = metric.endsWith("loss") ? all.filter(lossless).map((a) => a.arm) : [];
      return [beyond.length ? `Beyond ${format(metric)(y[1])}, and not drawn there: ${names(beyond)}.` : "", none.length ? `Not a number in any epoch: ${names(none)}.` : ""].filter(Boolean).join(" ");
    }

    function draw() {
      if (!answer) return;
      const next = specs();
      if (next.length !== drawn.length || next.some((spec, i) => spec.metric !== drawn[i].metric)) {
        drawn.forEach((one) => one.handle.destroy());
        put(grid);
        drawn = next.map((spec) => {
          const box = h("div");
          const last = h("details", { class: "values", ontoggle: draw }, h("summary", null, "Last values as a table"));
          const out = h("p", { class: "facts" });
          grid.append(card(spec.title, box, out, last));
          return { metric: spec.metric, handle: chart(box, spec), out, last };
        });
      } else {
        next.forEach((spec, i) => drawn[i].handle.set(spec));
      }
      if (!next.length) put(grid, h("p", { class: "quiet" }, hidden.size ? "All arms that have curves are hidden." : "Nothing has been recorded yet."));
      next.forEach((spec, i) => put(drawn[i].out, spec.out));
      next.forEach((spec, i) => drawn[i].last.open && put(drawn[i].last, drawn[i].last.firstElementChild, table(`${spec.title}, last values`, ["", spec.xlabel, "value", "interval"],
        spec.series.map((one) => {
          const ys = one.seen || one.ys;
          const at = ys.findLastIndex((f) => f !== null);
          return [clean(one.name), count(spec.xs[at]), spec.format(ys[at]), one.low?.[at] === null || !one.low ? "–" : `${spec.format(one.low[at])} to ${spec.format(one.high[at])}`];
        }))));
    }

    tell();
    drawLegend();
    ask();
    return { update: ask, unmount: () => drawn.forEach((one) => one.handle.destroy()) };
  },
};
