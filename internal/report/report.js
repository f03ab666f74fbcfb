//<![CDATA[
"use strict";
// Without this script the page is whole; with it, commands are copied, tables saved, and links open what is folded.

document.addEventListener("click", function (e) {
  var b = e.target.closest("button[data-copy]");
  if (!b) return;
  var code = b.parentNode.querySelector("code"), r = document.createRange(), s = getSelection();
  r.selectNodeContents(code); s.removeAllRanges(); s.addRange(r);
  var ok = document.execCommand("copy");
  b.textContent = ok ? "Copied" : "Select";
  setTimeout(function () { b.textContent = "Copy"; }, 1500);
});

// cells are what a cell stands for in CSV: the exact figures that it carries, as many as its column has parts, else its text.
function cells(td, parts) {
  var data = td.dataset.csv, one;
  if (data !== undefined) one = parts.length > 1 ? data.split(",") : [data];
  else one = [plain(td)];
  while (one.length < Math.max(parts.length, 1)) one.push("");
  return one;
}

// plain is a cell's text: a number as programs write it, nothing for a dash, and no formula for a spreadsheet.
function plain(td) {
  var text = td.innerHTML.includes("<br") ? Array.from(td.childNodes, n => n.nodeName === "BR" ? "; " : n.textContent).join("") : td.textContent;
  text = text.trim().replace(/\s+/g, " ");
  if (text === "–") return "";
  var number = text.replace(/^−/, "-").replace(/(\d) (?=\d{3}\b)/g, "$1");
  if (/^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(number)) return number.replace(/^\+/, "");
  return /^[=+\-@]/.test(text) ? "'" + text : text;
}

// csv is a table as RFC 4180 has it.
function csv(table) {
  var heads = Array.from(table.tHead.rows[0].cells, function (th) {
    return { name: plain(th), parts: th.dataset.csv ? th.dataset.csv.split(",") : [] };
  });
  var rows = [heads.flatMap(h => h.parts.length ? h.parts.map(p => h.name + ", " + p) : [h.name])];
  for (var tr of table.tBodies[0].rows) rows.push(Array.from(tr.cells).flatMap((td, i) => cells(td, heads[i].parts)));
  return rows.map(row => row.map(c => /[",\r\n]/.test(c) ? '"' + c.replaceAll('"', '""') + '"' : c).join(",") + "\r\n").join("");
}

for (let table of document.querySelectorAll("table[data-csv]")) {
  let b = document.createElement("button"), box = table.parentNode;
  b.type = "button";
  b.className = "csv";
  b.textContent = "CSV";
  b.setAttribute("aria-label", "Save as CSV: " + table.dataset.csv);
  b.title = "Save this table as " + table.dataset.csv;
  b.addEventListener("click", function () {
    var a = document.createElement("a");
    a.href = URL.createObjectURL(new Blob(["\ufeff" + csv(table)], { type: "text/csv;charset=utf-8" }));
    a.download = table.dataset.csv;
    a.click();
    setTimeout(function () { URL.revokeObjectURL(a.href); }, 10000);
  });
  box.before(b);
}

// reveal opens what the address points to, and what that is folded into.
function reveal() {
  var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  var inside = target.querySelector(":scope > details:only-of-type");
  if (inside) inside.open = true;
  for (var e = target; e; e = e.parentElement) if (e.nodeName === "DETAILS") e.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();
//]]>
