// The list of runs, with what they stand at.
import { chip, clean, count, duration, h, moods, patch, put } from "./dom.js";

let wanted = ""; // what the list is filtered by

// showRuns writes the list into a node. current is the run that the page shows, "" for none; full says more of each.
export function showRuns(root, runs, current, address, full = false) {
  let list = root.querySelector("ul");
  if (!list) {
    list = h("ul", { class: full ? "runs full" : "runs" });
    put(root,
      h("input", { type: "search", placeholder: "Filter runs", "aria-label": "Filter runs", value: wanted, oninput: (e) => { wanted = e.target.value; root.update(); } }),
      list,
      h("p", { class: "more" }, h("a", { href: "#/compare" }, "Two runs side by side")));
  }
  root.update = () => {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    const fit = runs.filter((r) => words.every((w) => `${r.study} ${r.path} ${r.state} ${r.result}`.toLowerCase().includes(w)));
    root.querySelector("input").hidden = runs.length < 6;
    root.querySelector(".more").hidden = runs.length < 2;
    fit.sort((a, b) => (b.state === "running") - (a.state === "running") || (b.begun > a.begun) - (b.begun < a.begun)); // else as they lie
    const items = fit.map((r) => ({ key: r.id, text: JSON.stringify([r, r.id === current]), make: () => item(r, r.id === current, address, full) }));
    if (!fit.length && runs.length) items.push({ key: "", text: "", make: () => h("li", { class: "quiet" }, "No run fits.") });
    patch(list, items);
  };
  root.update();
  if (current && list.shown !== current && list.scrollWidth > list.clientWidth) { // a strip on a phone
    const at = list.querySelector("[aria-current]")?.parentNode;
    if (at) list.scrollLeft = at.offsetLeft - list.offsetLeft;
  }
  list.shown = current;
}

function item(run, current, address, full) {
  const name = run.path.split(/[\\/]/).pop();
  const ended = run.done + run.failed;
  return h("li", null, h("a", { href: address(run.id, "overview"), "aria-current": current ? "true" : null },
    h("span", { class: "name" }, clean(name)),
    h("span", { class: "line" }, chip(run.state, moods[run.state]), run.trials ? h("span", null, `${count(ended)}/${count(run.trials)}`) : null,
      run.failed ? h("span", { class: "wrong" }, `${count(run.failed)} failed`) : null,
      run.state === "running" && run.left !== null ? h("span", null, `${duration(run.left)} left`) : null,
      full && run.study ? h("span", null, `study ${clean(run.study)}`) : null,
      full && run.begun ? h("span", null, `last begun ${new Date(run.begun).toLocaleString()}`) : null),
    full && run.result ? h("span", { class: "result" }, clean(run.result)) : null,
    full ? (run.problems || []).map((p) => h("span", { class: "result wrong" }, clean(p))) : null,
    run.state === "running" ? h("span", { class: "bar", "aria-hidden": "true" }, h("span", { style: { width: `${100 * run.share}%` } })) : null));
}
