// @ts-check
// Who is signed in: asked once a page, told to whoever listens, shown in the header. A page that shows one person's things
// shows them to nobody else: it begins anew when it notices that somebody has signed out, or another in, wherever that was.

import { actFor, call, REPLACED } from "./api.js";
import { rootOf, withoutLanguage } from "./language.js";
import { tab } from "./storage.js";

const CHANGED = "session-changed";
// Set beside the session's own cookie, which no script can read.
const HINT = /(?:^|; )__Host-signed-in=([^;]*)/;
const NOT_SIGNED_IN = "not_signed_in";
const HALF = "second_factor_missing";
const TABS = "session";
// Where nobody wants to come back to.
const HOME = document.querySelector(".brand").pathname;
const DOORS = ["sign-in", "register", "password"];
let asked;
// Whose things the page shows, and what the cookie said then.
let shown;
let seen = account();
let tabs;

/** Which account the browser is signed in to, as far as it can be told without asking; empty for none. */
export function account() {
  return HINT.exec(document.cookie)?.[1] ?? "";
}

/**
 * The reader, or null when signed out. Throws Unreachable when nobody can tell.
 *
 * @returns {Promise<Api.Session | null>}
 */
export function reader() {
  asked ??= account() ? ask() : nobody();
  return asked;
}

/**
 * Say that the reader has signed in (who), that their session has ended (null), or, with `signedOut`, by their own wish.
 * One whose account `isClosed` reads on: the page shows nothing of theirs any more, and what has become of it is said there.
 *
 * @param {Api.Session | null} who
 */
export function changed(who, { signedOut = false, isClosed = false } = {}) {
  if (signedOut) {
    tellTabs();
    return beginAnew({ isSignedOut: true });
  }
  if (who && shown && shown !== who.account_id) return beginAnew();
  asked = Promise.resolve(who);
  if (isClosed) {
    tellTabs();
    [shown, seen] = [undefined, account()];
    empty();
  }
  if (who) {
    shows(who);
    tellTabs();
  }
  return tell(who);
}

/** Whether that is why something was refused: the session has ended, of which the whole page is told. */
export function hasEnded({ code }) {
  if (code !== NOT_SIGNED_IN) return false;
  changed(null);
  return true;
}

/** Let the other tabs look who is signed in now. */
export function tellTabs() {
  tabs?.postMessage(null);
}

/** Call back with the reader, or with null when their session has ended. */
export function onChange(callback) {
  document.addEventListener(CHANGED, ({ detail }) => callback(detail.who));
}

/** The page to go to after signing in: where the reader came from, as long as that is ours, else another. */
export const cameFrom = (other) => ours(nextOf() ?? document.referrer) ?? other;

/**
 * The same for whoever has just signed in: those of the house begin at their own work, unless they came for another page.
 *
 * @param {Api.Session} who
 */
export function destination({ roles }, { portalPage, staffPage, supportPage }) {
  const own = roles.includes("staff") ? staffPage : roles.includes("support") ? supportPage : null;
  const wanted = cameFrom(portalPage);
  const isNowhere = [HOME, portalPage].includes(new URL(wanted, location.origin).pathname);
  return own && isNowhere ? own : wanted;
}

/** The page that the address names to come back to, as long as that is ours; else null. */
export const cameFor = () => ours(nextOf());

/** Whether a link or a page is where one signs in, registers or chooses a new password. */
export const isDoor = ({ pathname }) => DOORS.some((name) => pathname.endsWith(`/${name}/`));

/** Let a link to such a page say where to come back to, and whose address was typed beside it. */
export function sayWayBack(link) {
  const said = new URLSearchParams(link.hash.slice(1));
  const next = isDoor(location) ? (said.get("next") ?? nextOf()) : isWanted(link) && location.pathname + location.search + location.hash;
  const email = link.closest(".job")?.querySelector("[name=email]")?.value;
  if (next) said.set("next", next);
  if (email) said.set("email", email);
  // Behind the #, as what it holds may be a link's token: no server and no Referer gets to see it.
  link.hash = said;
}

/** What stands behind the #, for the page in another language: what it leads back to is then in that one too. */
export function behindIn(language) {
  const said = new URLSearchParams(location.hash.slice(1));
  const next = addressOf(said.get("next") ?? "");
  if (!said.has("next") || !next) return location.hash;
  const path = rootOf(language) + withoutLanguage(next.pathname).slice(1);
  said.set("next", path + next.search + next.hash);
  return said;
}

/** Whether the address says what the page's form is wanted for: whoever comes by such a link is led to it. */
export const isLedHere = () => ["next", "email"].some((name) => new URLSearchParams(location.hash.slice(1)).has(name));

/** Keeps the header's sign-in link, name and sign-out button right, and watches who is signed in. */
export async function showInHeader(header) {
  const [link, panel, name, out] = ["sign-in", "signed-in", "who", "sign-out"].map((part) => header.querySelector(`[data-${part}]`));
  const show = (who) => {
    for (const role of ["staff", "support"]) {
      for (const link of header.querySelectorAll(`[data-${role}]`)) link.hidden = !who?.roles.includes(role);
    }
    link.hidden = who !== null;
    panel.hidden = who === null;
    name.textContent = who?.email ?? "";
  };
  out.addEventListener("click", async () => {
    try {
      await call("DELETE", "/api/session", { key: crypto.randomUUID() });
    } catch (error) {
      if (error.code !== NOT_SIGNED_IN) return alert(out.dataset.failed);
    }
    return changed(null, { signedOut: true });
  });
  watch();
  sayWhy(link);
  onChange(show);
  show(await reader().catch(() => null));
}

/** Whether the reader has shown their password alone and needs a second factor that they have not set up yet. */
export async function isHalfSignedIn() {
  if (!account()) return false;
  try {
    await call("GET", "/api/session");
    return false;
  } catch (error) {
    return error.code === HALF;
  }
}

async function ask() {
  const before = account();
  try {
    const who = (await call("GET", "/api/session")).body;
    shows(who, before);
    return who;
  } catch (error) {
    if ([NOT_SIGNED_IN, HALF].includes(error.code)) return nobody();
    asked = undefined;
    throw error;
  }
}

function shows(who, by = account()) {
  [shown, seen] = [who.account_id, by];
  actFor(shown);
  if (history.state?.shown && history.state.shown !== shown) empty();
  mark();
}

/** Nobody is signed in: what a browser puts back into the forms of a page that it shows again was somebody's. */
async function nobody() {
  seen = account();
  if (history.state?.shown) {
    empty();
    tab.forgetAll();
  }
  return null;
}

/** Whose the page was, for when the browser comes back to this entry of its history. */
function mark() {
  if (shown) history.replaceState({ ...history.state, shown }, "");
}

/** Learn of what happens in other tabs: by their message, when this one comes to the front, and when it comes back. */
function watch() {
  const listen = () => {
    tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel(TABS) : undefined;
    tabs?.addEventListener("message", look);
  };
  listen();
  document.addEventListener("visibilitychange", () => document.hidden || look());
  addEventListener("focus", look);
  document.addEventListener(REPLACED, () => beginAnew());
  addEventListener("hashchange", mark);
  addEventListener("pagehide", () => {
    // Kept by the browser as it is, it must not be seen before it is known who looks.
    document.documentElement.dataset.away = "";
    tabs?.close();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    listen();
    look();
  });
}

function look() {
  if (account() === seen) delete document.documentElement.dataset.away;
  else if (shown) beginAnew({ isSignedOut: !account() });
  else {
    delete document.documentElement.dataset.away;
    asked = undefined;
    reader().then((who) => who && tell(who), () => undefined);
  }
}

/** Load the page again, without anything that was somebody's. */
function beginAnew({ isSignedOut = false } = {}) {
  document.documentElement.dataset.away = "";
  empty();
  tab.forgetAll();
  history.replaceState({ why: isSignedOut ? "signed-out" : "replaced" }, "");
  location.reload();
}

/** Say why the page was loaded again. */
function sayWhy(link) {
  const why = history.state?.why;
  if (!why) return;
  history.replaceState({ ...history.state, why: undefined }, "");
  if (why === "signed-out") return link.focus();
  const notice = document.querySelector("[data-replaced]");
  notice.hidden = false;
  notice.focus();
}

/** Nothing stays of what somebody typed here, nor of what this entry of the history holds of theirs. */
function empty() {
  for (const form of document.forms) form.reset();
  history.replaceState(null, "");
}

function tell(who) {
  document.dispatchEvent(new CustomEvent(CHANGED, { detail: { who } }));
}

/** The address that a link of ours, or one of an e-mail, named to come back to. */
function nextOf() {
  const [behind, asked] = [location.hash.slice(1), location.search].map((part) => new URLSearchParams(part).get("next"));
  return behind ?? asked;
}

/** Whoever signs in comes back; who registers, or has forgotten the password, only where something on the page asked for it. */
const isWanted = (link) => link.pathname.endsWith("/sign-in/") || link.closest(".job, .portal");

/** An address of the site that one can come back to, or null. */
function ours(wanted) {
  const target = wanted && addressOf(wanted);
  return target && target.origin === location.origin && !isDoor(target) ? target.href : null;
}

function addressOf(text) {
  try {
    return new URL(text, location.origin);
  } catch {
    return null;
  }
}
