// What every page runs; the rest is loaded by the pages that need it.

import { showInHeader as showCart } from "./cart.js";
import { rememberLanguage } from "./language.js";
import { startScheme } from "./scheme.js";
import { startSearch } from "./search.js";
import { behindIn, isDoor, sayWayBack, showInHeader } from "./session.js";
import { carryTyped, restoreTyped } from "./typed.js";

// What a page loads for what stands on it, and how that begins.
const BLOCKS = {
  "[data-job]": async () => (await import("./job.js")).startJobs,
  "[data-live]": async () => (await import("./live.js")).startLive,
  "[data-product]": async () => (await import("./product.js")).startProduct,
  "[data-price]": async () => (await import("./prices.js")).startPrices,
  "[data-order]": async () => (await import("./order.js")).startOrder,
  "[data-orders]": async () => (await import("./orders.js")).startOrders,
  "[data-invoices]": async () => (await import("./invoices.js")).startInvoices,
  "[data-activation]": async () => (await import("./activation.js")).startActivation,
  "[data-contract]": async () => (await import("./contract.js")).startContract,
  "[data-verification]": async () => (await import("./verification.js")).startVerification,
  "[data-documents]": async () => (await import("./documents.js")).startDocuments,
  "[data-account]": async () => (await import("./account.js")).startAccount,
  "[data-feedback]": async () => (await import("./feedback.js")).startFeedback,
  "[data-reviews]": async () => (await import("./reviews.js")).startReviews,
  "[data-support-window]": async () => (await import("./support.js")).startSupport,
  "[data-own-account]": async () => (await import("./own-account.js")).startOwnAccount,
  "[data-takeovers]": async () => (await import("./takeovers.js")).startTakeovers,
  "[data-sessions]": async () => (await import("./sessions.js")).startSessions,
  "[data-team]": async () => (await import("./team.js")).startTeam,
  "[data-leaver]": async () => (await import("./leaver.js")).startLeaver,
  "[data-second-factor]": async () => (await import("./second-factor.js")).startSecondFactor,
  "[data-portal]": async () => (await import("./portal.js")).startPortal,
  "[data-registration]": async () => (await import("./registration.js")).startRegistration,
  "[data-job=reset-password]": async () => (await import("./password.js")).startPassword,
};

startScheme(document.querySelector("[data-scheme-switch]"));
startSearch(document.querySelector("[data-search]"));
showInHeader(document.querySelector(".top"));
showCart(document.querySelector("[data-cart]"));
keepPlace(document.querySelector("[data-language]"));
leadBack();
hear(document.querySelector("[data-helpful]"));
welcome(document.querySelector("[data-welcome]"));
showCurrent(document.querySelector(".guides"));

// All of a page's blocks begin together: one that began before the others could hear would tell them in vain what it knows.
const begun = Object.entries(BLOCKS).filter(([selector]) => document.querySelector(selector));
Promise.all(begun.map(([, load]) => load())).then((starts) => starts.forEach((start) => start(document)));

restoreTyped();

/** What is needed to tell us whether a page helped is loaded when somebody does. */
function hear(question) {
  question?.addEventListener("click", async (event) => (await import("./helpful.js")).answer(question, event));
}

/** The other language opens at the same query and place, with what was typed, and is the reader's from now on. */
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
  document.addEventListener("click", ({ target }) => {
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
