// Nodes and numbers: how every view makes the one and writes the other. Nothing here knows what a run is.

// h makes an element: h("a", {class: "x", href: "#", onclick: f}, "text", node, [nodes], null).
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

// s is h for SVG.
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else if (name in node && typeof value !== "string" && !(node instanceof SVGElement)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// put replaces what is in a node.
export function put(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

const none = "–";
const known = (f) => f !== null && f !== undefined && Number.isFinite(f);

// number writes three significant digits, with a power of ten where zeros would be many.
export function number(f, digits = 3) {
  if (!known(f)) return none;
  if (f === 0) return "0";
  const size = Math.abs(f);
  if (size >= 1e5 || size < 1e-3) {
    const [digit, power] = f.toExponential(digits - 1).split("e");
    return `${digit}·10${superscript(Number(power))}`.replace("-", "−");
  }
  return f.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size)))).replace("-", "−");
}

const superscript = (n) => String(n).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));

// count writes a whole number with its thousands apart.
export const count = (n) => (known(n) ? String(n).replace(/\B(?=(\d{3})+$)/g, ",") : none);

// figure writes what may be a number of things or a measured one.
export const figure = (f) => (Number.isInteger(f) && Math.abs(f) < 1e9 ? count(f).replace("-", "−") : number(f));

// percent writes a share.
export const percent = (f, digits = 1) => (known(f) ? `${(100 * f).toFixed(digits).replace("-", "−")} %` : none);

// points writes a difference of shares, with its sign; what rounds to nothing has none.
export const points = (f) => (known(f) ? (Math.abs(100 * f) < 0.05 ? "0.0" : `${f < 0 ? "−" : "+"}${Math.abs(100 * f).toFixed(1)}`) : none);

// pvalue writes a probability as papers do.
export const pvalue = (p) => (!known(p) ? none : p < 0.001 ? "< 0.001" : p.toFixed(3));

// duration writes seconds in their largest two units.
export function duration(seconds) {
  if (!known(seconds)) return none;
  if (seconds > 0 && seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const t = Math.max(0, Math.round(seconds));
  if (t < 60) return `${t} s`;
  if (t < 3600) return `${Math.floor(t / 60)} min ${t % 60} s`;
  return `${Math.floor(t / 3600)} h ${Math.floor((t % 3600) / 60)} min`;
}

// plural counts things.
export const plural = (n, what) => `${count(n)} ${what}${n === 1 ? "" : "s"}`;

// clean takes out what would change how a text is read: control signs and changes of direction.
export const clean = (text) => String(text ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "�");

// table makes a table in a box that scrolls, which the keyboard can reach.
export function table(name, heads, rows, attributes = {}) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
    h("table", attributes,
      h("thead", null, h("tr", null, heads.map((text, i) => h("th", { scope: "col", class: i ? "n" : undefined }, text)))),
      h("tbody", null, rows.map((row) => h("tr", null, row.map((cell, i) =>
        i ? h("td", { class: "n" }, cell) : h("th", { scope: "row" }, cell)))))));
}

// choice makes a labelled list to choose one of: [[value, text] …].
export function choice(label, options, value, change) {
  const select = h("select", { onchange: () => change(select.value) },
    options.map(([v, text]) => h("option", { value: String(v), selected: String(v) === String(value) }, text)));
  return h("label", { class: "choice" }, h("span", null, label), select);
}

// toggle makes a labelled box to tick.
export function toggle(label, value, change) {
  const box = h("input", { type: "checkbox", checked: value, onchange: () => change(box.checked) });
  return h("label", { class: "choice" }, box, h("span", null, label));
}

// card is a section with a heading.
export const card = (title, ...children) => h("section", { class: "card" }, h("h2", null, title), ...children);

// chip is a state or a verdict in words on a tint.
export const chip = (text, mood = "open") => h("span", { class: `chip ${mood}` }, clean(text));

// moods are the tints of states.
export const moods = { running: "live", finished: "good", interrupted: "open", damaged: "bad", done: "good", failed: "bad", waiting: "open" };

// patch makes a list of nodes what items say, {key, text, make} each, and touches only those whose text has changed: the
// focus, and what is selected, stay where they are.
export function patch(list, items) {
  const old = new Map([...list.children].map((node) => [node.patchKey, node]));
  let at = list.firstElementChild;
  for (const { key, text, make } of items) {
    let node = old.get(key);
    old.delete(key);
    if (!node || node.patchText !== text) {
      const focused = node?.contains(document.activeElement);
      const fresh = make();
      fresh.patchKey = key;
      fresh.patchText = text;
      if (node) {
        if (at === node) at = fresh;
        node.replaceWith(fresh);
      }
      if (focused) (fresh.matches("a,button") ? fresh : fresh.querySelector("a,button"))?.focus();
      node = fresh;
    }
    if (at === node) at = at.nextElementSibling;
    else list.insertBefore(node, at);
  }
  old.forEach((node) => node.remove());
}

// steady lets draw replace what is in a node; what was open or closed, and what had the focus, is so again if it is still
// there.
export function steady(root, draw) {
  const nameOf = (node) => `${node.tagName} ${node.getAttribute("href") || ""} ${node.parentElement.firstElementChild.textContent} ${node.firstElementChild?.textContent || node.textContent}`;
  const open = new Map([...root.querySelectorAll("details")].map((node) => [nameOf(node), node.open]));
  const focused = root.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  draw();
  root.querySelectorAll("details").forEach((node) => { node.open = open.get(nameOf(node)) ?? node.open; });
  if (focused) [...root.querySelectorAll("a,button,select,summary,[tabindex]")].find((node) => nameOf(node) === focused)?.focus({ preventScroll: true });
}
