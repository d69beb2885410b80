// @ts-check
// What a change of seats costs, as a reader checks it before they order it.

import { rated } from "./bill.js";
import { answer } from "./faults.js";
import { day, isolated, percent, price, worded } from "./words.js";

/**
 * Write it into the form where it is checked; a consumer reads it with VAT.
 *
 * @param {any} check
 * @param {Api.PreviewedSeats} preview
 * @param {any} words
 * @param {boolean} consumer
 */
export function fillPrice(check, preview, words, consumer) {
  const { seats_now: now, seats, unit_price: unit, amount, vat, total_with_vat: toPay, next_year: nextYear, billing } = preview;
  const said = words.check[consumer ? "consumer" : "others"];
  const shown = (net) => price(consumer ? rated(net, vat.rate) : net);
  const due = preview.until ? worded(said.amount, preview) : said.nothing;
  const tax = [worded(words.vat[vat.reason], { rate: percent(vat.rate) }), price(vat.amount)];
  const owed = consumer ? [[due, price(toPay), "totals__to-pay"], tax] : [[due, price(amount)], tax, [words.to_pay, price(toPay), "totals__to-pay"]];
  const rows = [
    [words.check.seats, `${now} → ${seats}`],
    [words.check.from, day(preview.from)],
    ...owed,
    [said.next_year, shown(nextYear)],
    [said.each, shown(unit)],
  ];
  check.querySelector("[data-cost]").replaceChildren(...rows.map(row));
  const address = billing && [billing.company, billing.street, [billing.postcode, billing.city].filter(Boolean).join(" "), billing.vat_number];
  const billed = billing ? `${words.check.billed_alike} ${address.filter(Boolean).map(isolated).join(", ")}` : said.not_billed;
  const place = check.querySelector("[data-billing]");
  place.textContent = billed;
  place.hidden = !amount;
  check.elements.terms.checked = false;
}

/** What kind of change a preview is about. */
export function kindOf({ until, seats, seats_now: now }) {
  if (until) return "more";
  return seats < now ? "fewer" : "kept";
}

function row([name, value, kind = ""]) {
  const element = answer(name, value);
  element.className = kind;
  return element;
}
