// @ts-check
// What every page runs; the rest is loaded by the pages that need it.

import { showInHeader as showCart } from "./cart.js";
import { rememberLanguage } from "./language.js";
import { startScheme } from "./scheme.js";
import { startSearch } from "./search.js";
import { behindIn, isDoor, sayWayBack, showInHeader } from "./session.js";
import { carryTyped, restoreTyped } from "./typed.js";

// What a page loads for what stands on it; each begins with its `start`.
const BLOCKS = {
  "[data-job]": () => import("./job.js"),
  "[data-live]": () => import("./live.js"),
  "[data-product]": () => import("./product.js"),
  "[data-price]": () => import("./prices.js"),
  "[data-order]": () => import("./order.js"),
  "[data-orders]": () => import("./orders.js"),
  "[data-invoices]": () => import("./invoices.js"),
  "[data-activation]": () => import("./activation.js"),
  "[data-contract]": () => import("./contract.js"),
  "[data-verification]": () => import("./verification.js"),
  "[data-documents]": () => import("./documents.js"),
  "[data-account]": () => import("./account.js"),
  "[data-feedback]": () => import("./feedback.js"),
  "[data-reviews]": () => import("./reviews.js"),
  "[data-support-window]": () => import("./support.js"),
  "[data-own-account]": () => import("./own-account.js"),
  "[data-takeovers]": () => import("./takeovers.js"),
  "[data-sessions]": () => import("./sessions.js"),
  "[data-team]": () => import("./team.js"),
  "[data-leaver]": () => import("./leaver.js"),
  "[data-second-factor]": () => import("./second-factor.js"),
  "[data-portal]": () => import("./portal.js"),
  "[data-registration]": () => import("./registration.js"),
  "[data-job=reset-password]": () => import("./password.js"),
};

startScheme(document.querySelector("[data-scheme-switch]"));
startSearch(document.querySelector("[data-search]"));
showInHeader(document.querySelector(".top"));
showCart(document.querySelector("[data-cart]"));
document.querySelectorAll("[data-language]").forEach(keepPlace);
leadBack();
hear(document.querySelector("[data-helpful]"));
welcome(document.querySelector("[data-welcome]"));
showCurrent(document.querySelector(".guides"));

// All of a page's blocks begin together: one that began before the others could hear would tell them in vain what it knows.
const blocks = Object.entries(BLOCKS).flatMap(([selector, load]) => [...document.querySelectorAll(selector)].map((block) => ({ block, loading: load() })));
Promise.allSettled(blocks.map(({ loading }) => loading)).then((loaded) => {
  for (const [at, { block }] of blocks.entries()) begin(block, loaded[at]);
});

restoreTyped();

/** One that cannot begin says so in its own place, where it can, and leaves the others to work. */
async function begin(block, /** @type {any} */ { value: script, reason }) {
  try {
    if (reason) throw reason;
    await script.start(block);
  } catch (error) {
    reportError(error);
    const { sayBroken } = await import("./stages.js");
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
