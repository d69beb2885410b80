// What every page runs; the rest is loaded by the pages that need it.

import { showInHeader as showCart } from "./cart.js";
import { rememberLanguage } from "./language.js";
import { startScheme } from "./scheme.js";
import { startSearch } from "./search.js";
import { behindIn, isDoor, sayWayBack, showInHeader } from "./session.js";
import { carryTyped, restoreTyped } from "./typed.js";

startScheme(document.querySelector("[data-scheme-switch]"));
startSearch(document.querySelector("[data-search]"));
showInHeader(document.querySelector(".top"));
showCart(document.querySelector("[data-cart]"));
keepPlace(document.querySelector("[data-language]"));
leadBack();
welcome(document.querySelector("[data-welcome]"));

if (document.querySelector("[data-job]")) import("./job.js").then(({ startJobs }) => startJobs(document));
if (document.querySelector("[data-live]")) import("./live.js").then(({ startLive }) => startLive(document));
if (document.querySelector("[data-product]")) import("./product.js").then(({ startProduct }) => startProduct(document));
if (document.querySelector("[data-order]")) import("./order.js").then(({ startOrder }) => startOrder(document));
if (document.querySelector("[data-orders]")) import("./orders.js").then(({ startOrders }) => startOrders(document));
if (document.querySelector("[data-activation]")) import("./activation.js").then(({ startActivation }) => startActivation(document));
if (document.querySelector("[data-contract]")) import("./contract.js").then(({ startContract }) => startContract(document));
if (document.querySelector("[data-verification]")) import("./verification.js").then(({ startVerification }) => startVerification(document));
if (document.querySelector("[data-documents]")) import("./documents.js").then(({ startDocuments }) => startDocuments(document));
if (document.querySelector("[data-account]")) import("./account.js").then(({ startAccount }) => startAccount(document));
if (document.querySelector("[data-reviews]")) import("./reviews.js").then(({ startReviews }) => startReviews(document));
if (document.querySelector("[data-sessions]")) import("./sessions.js").then(({ startSessions }) => startSessions(document));
if (document.querySelector("[data-second-factor]")) import("./second-factor.js").then(({ startSecondFactor }) => startSecondFactor(document));
if (document.querySelector("[data-portal]")) import("./portal.js").then(({ startPortal }) => startPortal(document));
if (document.querySelector("[data-registration]")) import("./registration.js").then(({ startRegistration }) => startRegistration(document));
if (document.querySelector("[data-job=reset-password]")) import("./password.js").then(({ startPassword }) => startPassword(document));

restoreTyped();

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
