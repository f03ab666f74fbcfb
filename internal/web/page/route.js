// The address: #/ , #/run/{run}/{view}?part=0&arm=1&trial=…&position=… or #/compare?a=…&b=…

// route reads it. What is no proper one leads to the list of runs.
export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const params = Object.fromEntries(new URLSearchParams(query || ""));
  try {
    const [kind, id, view] = path.split("/").map(decodeURIComponent);
    return { kind, id, view, params };
  } catch {
    return { kind: "", params };
  }
}

// address writes that of a view of a run.
export function address(id, view, params = {}) {
  const some = Object.entries(params).filter(([, v]) => v !== null && v !== undefined && v !== "");
  const query = new URLSearchParams(some).toString();
  return `#/run/${encodeURIComponent(id)}/${view}${query ? `?${query}` : ""}`;
}

// kept is what stays chosen when the view changes.
export const kept = ({ part, arm, trial }) => ({ part, arm, trial });
