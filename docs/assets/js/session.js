// Who is signed in: asked once a page, told to whoever listens, shown in the header.

import { call, Problem } from "./api.js";

const CHANGED = "session-changed";
// Set beside the session's own cookie, which no script can read.
const HINT = "__Host-signed-in=1";
const HALF = "second_factor_missing";
let asked;

/** The reader, or null when signed out. Throws Unreachable when nobody can tell. */
export function reader() {
  asked ??= document.cookie.includes(HINT) ? ask() : Promise.resolve(null);
  return asked;
}

/** Say that the reader has signed in (who) or is signed out (null); `ended`: not by their own wish. */
export function changed(who, { ended = false } = {}) {
  asked = Promise.resolve(who);
  document.dispatchEvent(new CustomEvent(CHANGED, { detail: { who, ended } }));
}

/** Call back with the reader, or null, at every change. */
export function onChange(callback) {
  document.addEventListener(CHANGED, ({ detail }) => callback(detail.who, detail.ended));
}

/** The page to go to after signing in: where the reader came from, as long as that is ours, else the portal. */
export function cameFrom(portal) {
  const [behind, asked] = [location.hash.slice(1), location.search].map((part) => new URLSearchParams(part).get("next"));
  const wanted = behind ?? asked ?? document.referrer;
  if (!URL.canParse(wanted, location.origin)) return portal;
  const target = new URL(wanted, location.origin);
  const isOurs = wanted && target.origin === location.origin && !target.pathname.endsWith("/sign-in/");
  return isOurs ? target.href : portal;
}

/** Keeps the header's sign-in link, name and sign-out button right. */
export async function showInHeader(header) {
  const [link, panel, name, out] = ["sign-in", "signed-in", "who", "sign-out"].map((part) => header.querySelector(`[data-${part}]`));
  const show = (who) => {
    header.querySelector("[data-staff]").hidden = !who?.roles.includes("staff");
    link.hidden = who !== null;
    panel.hidden = who === null;
    name.textContent = who?.email ?? "";
  };
  link.addEventListener("click", () => {
    // Behind the #, as what it holds may be a link's token: no server and no Referer gets to see it.
    if (link.pathname !== location.pathname) link.hash = new URLSearchParams({ next: location.pathname + location.search + location.hash });
  });
  out.addEventListener("click", async () => {
    try {
      await call("DELETE", "/api/session", { key: crypto.randomUUID() });
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) return alert(out.dataset.failed);
    }
    changed(null);
    link.focus();
  });
  onChange(show);
  show(await reader().catch(() => null));
}

/** Whether the reader has shown their password alone and needs a second factor that they have not set up yet. */
export async function isHalfSignedIn() {
  if (!document.cookie.includes(HINT)) return false;
  try {
    await call("GET", "/api/session");
    return false;
  } catch (error) {
    return error.code === HALF;
  }
}

async function ask() {
  try {
    return (await call("GET", "/api/session")).body;
  } catch (error) {
    if (error instanceof Problem && (error.status === 401 || error.code === HALF)) return null;
    asked = undefined;
    throw error;
  }
}
