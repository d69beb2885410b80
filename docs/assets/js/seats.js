// What a change of seats costs, as a reader checks it before they order it.

import { day, isolated, percent, price, worded } from "./words.js";

/** Write it into the form where it is checked. */
export function fillPrice(check, preview, words) {
  const { seats_now: now, seats, unit_price: unit, amount, vat, total_with_vat: toPay, next_year: nextYear, billing } = preview;
  const rows = [
    [words.check.seats, `${now} → ${seats}`],
    [words.check.from, day(preview.from)],
    [preview.until ? worded(words.check.amount, preview) : words.check.nothing, price(amount)],
    [worded(words.vat[vat.reason], { rate: percent(vat.rate) }), price(vat.amount)],
    [words.to_pay, price(toPay), "totals__to-pay"],
    [words.check.next_year, price(nextYear)],
    [words.check.each, price(unit)],
  ];
  check.querySelector("[data-cost]").replaceChildren(...rows.map(row));
  const address = billing && [billing.company, billing.street, [billing.postcode, billing.city].filter(Boolean).join(" "), billing.vat_number];
  const said = billing ? `${words.check.billed_alike} ${address.filter(Boolean).map(isolated).join(", ")}` : words.check.not_billed;
  const place = check.querySelector("[data-billing]");
  place.textContent = said;
  place.hidden = !amount;
  check.elements.terms.checked = false;
}

/** What kind of change a preview is about. */
export function plannedKind({ until, seats, seats_now: now }) {
  if (until) return "more";
  return seats < now ? "fewer" : "kept";
}

/** What kind of change was ordered, by its preview and the subscription as it is now. */
export function kindOf({ until }, { seats_next: next }) {
  if (until) return "more";
  return next === null ? "kept" : "fewer";
}

function row([name, value, kind = ""]) {
  const element = document.createElement("div");
  element.className = kind;
  const [term, detail] = ["dt", "dd"].map((tag) => element.appendChild(document.createElement(tag)));
  term.textContent = name;
  detail.textContent = value;
  return element;
}
