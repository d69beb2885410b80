// @ts-check
// The reader's orders, newest first, once they are signed in.

import { addressOf, fillDelivered, fillLine, fillTotals } from "./bill.js";
import { openFile } from "./invoices.js";
import { copyOf, fillSlots, goToAsked, List } from "./lists.js";
import { isConsumer } from "./prices.js";
import { onChange, reader } from "./session.js";
import { worded, wordsOf } from "./words.js";

const AT_ONCE = 5;

export function start(section) {
  const words = wordsOf(section);
  const [empty, failed] = ["empty", "failed"].map((part) => section.querySelector(`[data-${part}]`));
  const list = new List(section.querySelector("[data-list]"), section.querySelector("[data-more]"), "/api/orders", (order) => shown(section, order, words, consumer), { limit: AT_ONCE });

  let isFirst = true;
  let consumer = false;
  const show = async (who) => {
    consumer = isConsumer(who, words.consumers);
    section.hidden = !who;
    list.list.replaceChildren();
    if (!who) return;
    try {
      empty.hidden = (await list.load()) > 0;
      failed.hidden = true;
      if (isFirst) goToAsked();
      isFirst = false;
    } catch {
      failed.hidden = false;
    }
  };
  const begin = () => reader().then(show, () => show(null));
  section.querySelector("[data-retry]").addEventListener("click", begin);
  section.addEventListener("order-placed", begin);
  onChange(show);
  return begin();
}

/**
 * @param {any} section
 * @param {Api.ShownOrder} order
 * @param {any} words
 * @param {boolean} consumer
 */
function shown(section, order, words, consumer) {
  const element = copyOf(section.querySelector("[data-one]"), order.id);
  fillSlots(element, {
    title: worded(words.list.order, order),
    billing: addressOf(order.billing, words),
    reference: worded(words.list.reference, order),
  });
  element.querySelector("[data-slot=reference]").hidden = !order.reference;
  fillDelivered(element, order.delivery, words);
  if (order.change) fillSlots(element, { change: worded(words.list.changed, order.change) });
  element.querySelector("[data-slot=change]").hidden = !order.change;
  fillTotals(element, order, words, consumer);
  const [toggle, panel] = ["button", ".line__panel"].map((selector) => element.querySelector(selector));
  toggle.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    element.toggleAttribute("data-open", !panel.hidden);
    toggle.setAttribute("aria-expanded", String(!panel.hidden));
  });
  const status = element.querySelector("[data-status]");
  const [confirmation, invoice] = ["[data-pdf]", "[data-invoice]"].map((file) => element.querySelector(file));
  confirmation.addEventListener("click", () => openFile(`/api/orders/${encodeURIComponent(order.id)}/confirmation`, status, words));
  invoice.hidden = !order.invoice;
  invoice.addEventListener("click", () => openFile(`/api/invoices/${encodeURIComponent(order.invoice)}`, status, words));
  const lines = order.lines.map((line, at) => {
    const one = copyOf(section.querySelector("[data-line]"), `${order.id}-${at}`);
    fillLine(one, line, order.vat, words, consumer);
    return one;
  });
  element.querySelector("[data-lines]").replaceChildren(...lines);
  return element;
}
