// Prices as their reader is to see them: consumers with VAT first, everybody else before VAT first.

import { onChange, reader } from "./session.js";

/** Whether somebody of that account reads prices with VAT first. */
export const isConsumer = (who, consumers) => Boolean(who) && consumers.includes(who.profile);

/** Makes the page's prices follow its reader. */
export function startPrices(root) {
  const show = (who) => {
    for (const price of root.querySelectorAll("[data-price]")) {
      const whose = isConsumer(who, price.dataset.consumers.split(" ")) ? "consumer" : "others";
      for (const one of price.children) one.hidden = one.dataset.whose !== whose;
    }
  };
  onChange(show);
  reader().then(show, () => show(null));
}
