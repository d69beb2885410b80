// @ts-check
// What an order's lines and totals look like, in the cart and in the orders.

import { fillSlots } from "./lists.js";
import { inThrees, isolated, percent, price, worded } from "./words.js";

/** A line as readers know it. */
export function nameOf(line, words) {
  return line.licence ? worded(words.cart.software, { ...line, licence: words.cart.licence[line.licence] }) : line.name;
}

/** Write a line into its element, with the VAT of its order: for a consumer that is what it costs. */
export function fillLine(element, line, { rate }, words, consumer) {
  const withVat = (net) => rated(net, rate);
  fillSlots(element, {
    name: `${line.quantity} × ${nameOf(line, words)}`,
    amount: price(consumer ? withVat(line.amount) : line.amount),
    each: each(line.product, line.unit_price, withVat(line.unit_price), words, consumer),
  });
}

/** An amount with its VAT, by a rate in hundredths of a per cent. */
export const rated = (net, rate) => net + Math.floor((2 * net * rate + 10_000) / 20_000);

/** What one of a product costs, before and with VAT. */
export function each(product, net, withVat, words, consumer) {
  const wordings = words[consumer ? "consumer" : "others"];
  // Seats may be ordered of software that the catalogue has no longer.
  return worded(wordings[product] ?? wordings.seat_price, { price: price(net), with_vat: price(withVat) });
}

/**
 * An address of an order in its lines; whom it is billed to has numbers besides.
 *
 * @param {Record<string, string>} address
 * @param {any} words
 */
export function addressOf({ company, street, postcode, city, country, siren, vat_number: vatNumber }, words) {
  const name = new Intl.DisplayNames(document.documentElement.lang, { type: "region" }).of(country);
  return [company, street, `${postcode ?? ""} ${city ?? ""}`.trim(), name, siren && worded(words.siren, { siren: inThrees(siren) }), vatNumber].filter(Boolean).map(isolated).join("\n");
}

/** Say in an element where an order goes, if that is another address than the billing's. */
export function fillDelivered(element, delivery, words) {
  fillSlots(element, { delivered: delivery ? worded(words.delivered, { delivery: addressOf(delivery, words) }) : "" });
  element.querySelector("[data-slot=delivered]").hidden = !delivery;
}

/** Write the totals of an order, VAT apart; what a consumer pays stands first. */
export function fillTotals(element, { total, vat, total_with_vat: toPay }, words, consumer) {
  const all = element.querySelector(".totals");
  if (consumer) all.prepend(all.querySelector(".totals__to-pay"));
  else all.append(all.querySelector(".totals__to-pay"));
  fillSlots(element, {
    total: price(total),
    vat: worded(words.vat[vat.reason], { rate: percent(vat.rate) }),
    vat_amount: price(vat.amount),
    total_with_vat: price(toPay),
  });
}
