// The reader's orders, newest first, once they are signed in.

import { call } from "./api.js";
import { fillLine, fillTotals } from "./bill.js";
import { copyOf, fillSlots, goToAsked, List } from "./lists.js";
import { isConsumer } from "./prices.js";
import { changed, onChange, reader } from "./session.js";
import { isolated, worded, wordsOf } from "./words.js";

const AT_ONCE = 5;

/** Makes the page's list of orders work. */
export function startOrders(root) {
  const section = root.querySelector("[data-orders]");
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
  const start = () => reader().then(show, () => show(null));
  section.querySelector("[data-retry]").addEventListener("click", start);
  section.addEventListener("order-placed", start);
  onChange(show);
  start();
}

function shown(section, order, words, consumer) {
  const element = copyOf(section.querySelector("[data-one]"), order.id);
  const { billing } = order;
  fillSlots(element, {
    title: worded(words.list.order, order),
    billing: [billing.company, billing.street, `${billing.postcode ?? ""} ${billing.city ?? ""}`.trim(), countryName(billing.country), billing.vat_number]
      .filter(Boolean)
      .map(isolated)
      .join("\n"),
    reference: worded(words.list.reference, order),
  });
  element.querySelector("[data-slot=reference]").hidden = !order.reference;
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
  element.querySelector("[data-pdf]").addEventListener("click", async () => {
    status.textContent = words.sending;
    try {
      const { body } = await call("GET", `/api/orders/${encodeURIComponent(order.id)}/confirmation`);
      location.assign(body.url);
      status.textContent = "";
    } catch (error) {
      if (error.status === 401) changed(null);
      else status.textContent = error.detail ?? words.list.failed;
    }
  });
  const lines = order.lines.map((line, at) => {
    const one = copyOf(section.querySelector("[data-line]"), `${order.id}-${at}`);
    fillLine(one, line, order.vat, words, consumer);
    return one;
  });
  element.querySelector("[data-lines]").replaceChildren(...lines);
  return element;
}

function countryName(code) {
  return new Intl.DisplayNames(document.documentElement.lang, { type: "region" }).of(code);
}
