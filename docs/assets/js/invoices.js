// @ts-check
// Invoices: all of the reader's or those of one subscription, each and a year of them as a file, and where copies go.

import { all, call, Problem } from "./api.js";
import { Block } from "./block.js";
import { copyOf, fillSlots, goToAsked, List, write } from "./lists.js";
import { hasEnded } from "./session.js";
import { day, listed, price, worded, wordsOf } from "./words.js";

const INVOICES = "/api/invoices";
const AT_ONCE = 10;

/** A list of invoices, of one subscription if its id is given; others are named by what they are for. */
export class InvoicesView {
  constructor(element, { subscription = null } = {}) {
    this.element = element;
    this.words = wordsOf(element);
    this.status = element.querySelector("[data-status]");
    this.list = new List(element.querySelector("[data-list]"), element.querySelector("[data-more]"), INVOICES, (one) => this.#shown(one), { limit: AT_ONCE });
    this.namesAll = !subscription;
    if (subscription) this.list.asked = { subscription };
  }

  /** Show them as they are now; throws what the API refuses. */
  async load() {
    this.status.textContent = "";
    if (this.namesAll) this.subscriptions = new Map((await all("/api/subscriptions")).map((one) => [one.id, one]));
    this.element.querySelector("[data-none]").hidden = (await this.list.load()) > 0;
  }

  /** @param {Api.ShownInvoice} invoice */
  #shown(invoice) {
    const { number, kind, order, total_with_vat: total } = invoice;
    const element = copyOf(this.element.querySelector("[data-one]"), number);
    fillSlots(element, {
      title: worded(this.words.line[kind], { number }),
      about: worded(this.words.line.about, { issued_on: day(invoice.issued_on), order }),
      amount: worded(this.words.amount[kind], { total: price(total) }),
    });
    if (this.namesAll) this.#name(element.querySelector("[data-slot=product]"), invoice);
    element.querySelector("[data-pdf]").addEventListener("click", () => openFile(`${INVOICES}/${encodeURIComponent(number)}`, this.status, this.words));
    return element;
  }

  /**
   * Say what was bought: a subscription that the reader has, or what their order lists.
   *
   * @param {any} place
   * @param {Api.ShownInvoice} invoice
   */
  async #name(place, { subscription, order }) {
    const known = this.subscriptions.get(subscription);
    if (known) return write(place, worded(this.words.line.product, known));
    try {
      const { body } = await call("GET", `/api/orders/${encodeURIComponent(order)}`);
      return write(place, listed([...new Set(body.lines.map(({ name }) => name))]));
    } catch {
      // An order of somebody else's: the file names what it is for.
      return undefined;
    }
  }
}

/** Go to the file that the API links to, and say what keeps it from coming. */
export async function openFile(path, status, words) {
  status.textContent = words.sending;
  try {
    const { body } = await call("GET", path);
    location.assign(body.url);
    status.textContent = "";
  } catch (error) {
    if (!hasEnded(error)) status.textContent = error.detail ?? words.failed;
  }
}

export const start = (section) => new Invoices(section).start();

class Invoices extends Block {
  constructor(section) {
    super(section);
    this.year = section.querySelector("[data-year]");
    this.copies = section.querySelector("[data-copies]");
    this.view = new InvoicesView(section.querySelector("[data-invoices-view]"));
    this.year.addEventListener("submit", (event) => {
      event.preventDefault();
      openFile(`${INVOICES}/archive?year=${this.year.elements.year.value}`, section.querySelector("[data-year-status]"), this.words);
    });
    this.onSubmit(this.copies, () => this.#change());
  }

  async show(who) {
    await this.view.load();
    await this.#offerYears();
    this.copies.elements.invoices_email.value = who.invoices_email ?? "";
    this.stages.show("list");
    goToAsked();
  }

  /** Those that have any. */
  async #offerYears() {
    const years = new Set((await all(INVOICES)).map(({ issued_on: issuedOn }) => issuedOn.slice(0, 4)));
    this.year.hidden = !years.size;
    this.year.elements.year.replaceChildren(...[...years].map((year) => new Option(year)));
  }

  async #change() {
    const { value } = this.copies.elements.invoices_email;
    const said = this.section.querySelector("[data-copies-status]");
    said.textContent = "";
    const { body } = await call("PATCH", "/api/account", { body: { invoices_email: value.trim() || null }, key: crypto.randomUUID() });
    this.faults.mark("invoices_email", null);
    this.copies.elements.invoices_email.value = body.invoices_email ?? "";
    said.textContent = body.invoices_email ? worded(this.words.copies.saved, body) : this.words.copies.none;
  }

  refused(error) {
    if (!(error instanceof Problem) || error.status !== 422) return this.failed(error);
    const [{ message }] = error.errors;
    this.faults.mark("invoices_email", message);
    return this.copies.elements.invoices_email.focus();
  }
}
