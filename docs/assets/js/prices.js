// @ts-check
// Prices as their reader is to see them: consumers with VAT first, everybody else before VAT first.

import { onChange, reader } from "./session.js";

/**
 * Whether somebody of that account reads prices with VAT first.
 *
 * @param {Api.Session | null} who
 * @param {string[]} consumers
 */
export const isConsumer = (who, consumers) => Boolean(who) && consumers.includes(who.profile);

/** Makes one of the page's prices follow its reader. */
export function start(price) {
  const show = (who) => {
    const whose = isConsumer(who, price.dataset.consumers.split(" ")) ? "consumer" : "others";
    for (const one of price.children) one.hidden = one.dataset.whose !== whose;
  };
  onChange(show);
  return reader().then(show, () => show(null));
}
