// Pieces that several views show: an arm's swatch and condition, a conclusion with its evidence, a command to copy.
import { chip, clean, figure, h, table } from "./dom.js";

export const swatch = (arm, ctx) => h("span", { class: "swatch", "aria-hidden": "true", style: { background: ctx.color(arm) } });

// conditionOf is the key of an arm's condition.
export function conditionOf(arm) {
  const d = arm.diagnosis;
  return !d ? "unknown" : !d.healthy ? "sick" : d.sick ? "partly" : d.early ? "early" : "healthy";
}

// verdictMood is the tint of a verdict: package lab names them.
export const verdictMood = (verdict) => (/^better( than chance)?$/.test(verdict || "") ? "good"
  : /^(worse|diverged|no better than chance|trials missing|some seeds do not learn|gradient vanished|cliff|fall)/.test(verdict || "") ? "bad" : "open");

// conclusion is a sentence with its verdict, and what it rests on.
export function conclusion(c) {
  return h("div", { class: "answer" },
    h("div", null, c.verdict ? chip(c.verdict, verdictMood(c.verdict)) : null),
    h("div", null, h("p", { class: "text" }, clean(c.text)),
      h("details", null, h("summary", null, "Evidence, and the command that repeats it"),
        evidence(c.evidence || {}),
        c.command ? command(c.command) : null)));
}

// evidence writes what a conclusion rests on: figures in a line, lists of things with figures as tables.
function evidence(all) {
  const things = (v) => Array.isArray(v) && v.length && v.every((one) => one !== null && typeof one === "object" && !Array.isArray(one));
  const word = (k) => clean(k.replaceAll("_", " "));
  const text = (v) => (typeof v === "number" ? figure(v) : v === null ? "–" : Array.isArray(v) ? (v.length ? v.map(text).join(", ") : "none") : clean(typeof v === "object" ? Object.entries(v).map(([k, x]) => `${k} ${text(x)}`).join(", ") : v));
  const entries = Object.entries(all);
  return [h("p", { class: "evidence" }, entries.filter(([, v]) => !things(v)).map(([k, v]) => `${word(k)} ${text(v)}`).join(" · ")),
    entries.filter(([, v]) => things(v)).map(([k, list]) => {
      const heads = [...new Set(list.flatMap((one) => Object.keys(one)))];
      return table(word(k), heads.map(word), list.map((one) => heads.map((head) => text(one[head] ?? null))));
    })];
}

// command shows a line for a terminal, with a button that copies it.
export function command(text) {
  const button = h("button", {
    type: "button", onclick: async () => {
      await navigator.clipboard?.writeText(text).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Select it"; });
    },
  }, "Copy");
  return h("div", { class: "command" }, h("code", null, clean(text)), button);
}
