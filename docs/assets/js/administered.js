// @ts-check
// What keeps an account from being closed: the subscriptions that the reader administers and that still run.

import { all } from "./api.js";
import { copyOf, fillSlots } from "./lists.js";
import { businessDay, worded } from "./words.js";

const OVER = ["ended", "trial_ended", "withdrawn"];

/** Those of the reader's subscriptions that have them as administrator and a last day still to come. */
export async function administered() {
  const mine = await all("/api/subscriptions");
  return mine.filter(({ role, status, end }) => role === "administrator" && !OVER.includes(status) && end >= businessDay());
}

/** List them in a block's stage, each with what helps; `words` has `option` and `until`. */
export function listAdministered(stage, subscriptions, words) {
  const template = stage.querySelector("[data-one]");
  stage.querySelector("[data-administered]").replaceChildren(...subscriptions.map((one) => line(template, one, words)));
}

/**
 * @param {any} template
 * @param {Api.ShownSubscription} subscription
 * @param {any} words
 */
function line(template, subscription, words) {
  const item = copyOf(template, subscription.id);
  const can = (name) => subscription.actions.some(({ action, allowed }) => action === name && allowed);
  // What can still be cancelled goes on after its last day otherwise.
  fillSlots(item, { name: worded(words.option, subscription), until: can("cancel") ? "" : worded(words.until, subscription) });
  for (const link of item.querySelectorAll("[data-offer]")) {
    link.hidden = !can(link.dataset.offer);
    link.search = new URLSearchParams({ subscription: subscription.id });
  }
  return item;
}
