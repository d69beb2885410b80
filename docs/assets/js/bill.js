// What an order's lines and totals look like, in the cart and in the orders.

import { fillSlots } from "./lists.js";
import { percent, price, worded } from "./words.js";

/** A line as readers know it. */
export function nameOf(line, words) {
  return line.licence ? worded(words.cart.software, { ...line, licence: words.cart.licence[line.licence] }) : line.name;
}

/** Write a line into its element. */
export function fillLine(element, line, words) {
  fillSlots(element, {
    name: `${line.quantity} × ${nameOf(line, words)}`,
    amount: price(line.amount),
    // Seats may be ordered of software that the catalogue has no longer.
    each: worded(words.each[line.product] ?? words.seat_price, { price: price(line.unit_price) }),
  });
}

/** Write the totals of an order, VAT apart. */
export function fillTotals(element, { total, vat, total_with_vat: toPay }, words) {
  fillSlots(element, {
    total: price(total),
    vat: worded(words.vat[vat.reason], { rate: percent(vat.rate) }),
    vat_amount: price(vat.amount),
    total_with_vat: price(toPay),
  });
}
