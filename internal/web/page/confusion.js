// The confusion matrix of a trial as a table: true classes down, what they were taken for across.
import { clean, count, h, percent } from "./dom.js";

const most = 60; // classes that a table shows

// confusion makes the table with a sentence of the commonest mistakes. matrix is [true][taken for], of counts.
export function confusion(matrix, classes) {
  const name = (c) => clean(classes[c] ?? c);
  const sums = matrix.map((row) => row.reduce((a, b) => a + b, 0));
  const all = sums.reduce((a, b) => a + b, 0);
  const right = matrix.reduce((sum, row, c) => sum + row[c], 0);
  const said = h("p", null, `${count(right)} of ${count(all)} are right: ${percent(right / all)}. `, worst(matrix, sums, name));
  if (matrix.length > most) return [said, accuracies(matrix, sums, name)];
  return [said,
    h("p", { class: "note" }, "Each row is a true class, each column what its images were taken for. The stronger its colour, the larger a cell’s share of the row. Right answers are framed."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Confusion matrix" },
    h("table", { class: "confusion" },
      h("thead", null, h("tr", null, h("th", { scope: "col", class: "facts" }, "true ↓ taken for →"), matrix.map((_, c) => h("th", { scope: "col" }, h("span", null, name(c)))), h("th", { scope: "col" }, h("span", null, "right")))),
      h("tbody", null, matrix.map((row, c) => h("tr", null, h("th", { scope: "row" }, name(c)),
        row.map((n, k) => h("td", { class: k === c ? "right" : n ? "wrong" : "none", style: { "--share": `${shade(n, sums[c])}%` } }, count(n))),
        h("td", { class: "sum" }, sums[c] ? percent(row[c] / sums[c]) : "–")))))) ];
}

// shade is how much colour a cell gets, in percent: no more than text on it bears in either theme, and by the root of the
// share, so that one mistake in a hundred is still seen.
const shade = (n, sum) => (sum ? Math.round(40 * Math.sqrt(n / sum)) : 0);

// worst are the three commonest mistakes, in words.
function worst(matrix, sums, name) {
  const pairs = matrix.flatMap((row, c) => row.map((n, k) => ({ n, c, k }))).filter((p) => p.n && p.c !== p.k).sort((a, b) => b.n - a.n).slice(0, 3);
  if (!pairs.length) return "Nothing is taken for anything else.";
  return `Most often ${pairs.map((p) => `${name(p.c)} is taken for ${name(p.k)} (${count(p.n)} of ${count(sums[p.c])})`).join(", ")}.`;
}

// accuracies are those of the classes, where a table of pairs would be too large: the worst first.
function accuracies(matrix, sums, name) {
  const order = matrix.map((_, c) => c).filter((c) => sums[c]).sort((a, b) => matrix[a][a] / sums[a] - matrix[b][b] / sums[b]);
  return h("details", null, h("summary", null, `How often each of ${matrix.length} classes is right`),
    h("ol", null, order.map((c) => h("li", null, `${name(c)}: ${count(matrix[c][c])} of ${count(sums[c])}, ${percent(matrix[c][c] / sums[c])}`))));
}
