// @ts-check
// What every page runs; theme/bundles.py puts with it what begins the blocks of a page, and has these begin.

import { showInHeader as showCart } from "./cart.js";
import { rememberLanguage } from "./language.js";
import { startScheme } from "./scheme.js";
import { startSearch } from "./search.js";
import { behindIn, isDoor, sayWayBack, showInHeader } from "./session.js";
import { sayBroken } from "./stages.js";
import { carryTyped, restoreTyped } from "./typed.js";

startScheme(document.querySelector("[data-scheme-switch]"));
startSearch(document.querySelector("[data-search]"));
showInHeader(document.querySelector(".top"));
showCart(document.querySelector("[data-cart]"));
document.querySelectorAll("[data-language]").forEach(keepPlace);
leadBack();
hear(document.querySelector("[data-helpful]"));
welcome(document.querySelector("[data-welcome]"));
showCurrent(document.querySelector(".guides"));

restoreTyped();

/**
 * All of a page's blocks begin together: one that began before the others could hear would tell them in vain what it knows.
 *
 * @param {Record<string, { start: (block: HTMLElement) => unknown }>} scripts what begins the blocks of a selector
 */
export function begin(scripts) {
  for (const [selector, script] of Object.entries(scripts)) {
    for (const block of document.querySelectorAll(selector)) beginOne(/** @type {HTMLElement} */ (block), script);
  }
}

/** One that cannot begin says so in its own place, where it can, and leaves the others to work. */
async function beginOne(block, script) {
  try {
    await script.start(block);
  } catch (error) {
    reportError(error);
    sayBroken(block);
  }
}

/** What is needed to tell us whether a page helped is loaded when somebody does. */
function hear(question) {
  if (!question) return;
  question.addEventListener("click", async (event) => (await import("./helpful.js")).answer(question, event));
  for (const vote of question.querySelectorAll("[data-vote]")) vote.disabled = false;
}

/** Another language opens at the same query and place, with what was typed, and is the reader's from now on. */
function keepPlace(link) {
  link.addEventListener("click", () => {
    link.search = location.search;
    link.hash = behindIn(link.hreflang);
    rememberLanguage(link.hreflang);
    carryTyped();
  });
}

/** Whoever goes to sign in or to register comes back to what they typed. */
function leadBack() {
  document.addEventListener("click", (/** @type {any} */ { target }) => {
    const link = target.closest("a");
    if (!link || !isDoor(link) || link.pathname === location.pathname) return;
    sayWayBack(link);
    if (!isDoor(location)) carryTyped();
  });
}

/** Who has just opened an account reads so where they are led on. */
function welcome(notice) {
  if (location.hash !== "#welcome") return;
  history.replaceState(history.state, "", location.pathname + location.search);
  notice.hidden = false;
  notice.focus();
}

/** Where the guides scroll beside the page, the present one is seen, and the page stays where it is. */
function showCurrent(guides) {
  const current = guides?.querySelector("[aria-current=page]");
  if (current) guides.scrollTop = current.offsetTop - (guides.clientHeight - current.offsetHeight) / 2;
}
