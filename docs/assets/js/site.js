// What every page runs; the rest is loaded by the pages that need it.

import { startScheme } from "./scheme.js";
import { startSearch } from "./search.js";
import { showInHeader } from "./session.js";

startScheme(document.querySelector("[data-scheme-switch]"));
startSearch(document.querySelector("[data-search]"));
showInHeader(document.querySelector(".top"));
keepPlace(document.querySelector("[data-language]"));

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

/** The other language opens at the same query and place. */
function keepPlace(link) {
  link.addEventListener("click", () => {
    link.search = location.search;
    link.hash = location.hash;
  });
}
