// @ts-check
// What the address says of how a page is looked at: reloaded, shared or in the other language, it shows the same.

/** What the address says under that name, or nothing. */
export const asked = (name) => new URLSearchParams(location.search).get(name) ?? "";

/** Keep these values in the address, and no others of their names; `hash` is what stands behind the #, if it changes. */
export function keepInAddress(values, { hash = location.hash } = {}) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const search = String(query);
  history.replaceState(history.state, "", location.pathname + (search && `?${search}`) + hash);
}
