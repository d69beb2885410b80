// The order: from the cart to the confirmation. Prices and what is wrong come from the server, before anything is sent.

import { call, Problem, Unreachable } from "./api.js";
import { fillLine, fillTotals, nameOf } from "./bill.js";
import { Busy } from "./busy.js";
import * as cart from "./cart.js";
import { answers, Faults } from "./faults.js";
import { Former } from "./former.js";
import { copyOf, fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { price, worded, wordsOf } from "./words.js";

const ROOT = document.documentElement.lang === "en" ? "/" : `/${document.documentElement.lang}/`;

const ORDERS = "/api/orders";

/** Makes the page's order work. */
export function startOrder(root) {
  new Order(root.querySelector("[data-order]")).begin();
}

class Order {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.busy = new Busy(this.words);
    this.wares = JSON.parse(section.querySelector(":scope > [data-products]").textContent);
    this.places = JSON.parse(section.querySelector(":scope > [data-places]").textContent);
    this.stages = new Stages(section);
    this.once = new Once({ lasts: true });
    this.former = new Former(this.stages, "POST", ORDERS);
    this.details = this.stages.get("details");
    this.check = this.stages.get("check");
    this.faults = new Faults(section.querySelector(":scope > [data-summary]"), section, this.words);

    this.details.elements.country.addEventListener("change", () => this.#askAsIn());
    this.details.addEventListener("reset", () => setTimeout(() => this.#askAsIn()));
    this.details.addEventListener("submit", (event) => this.#submitted(event, () => this.#preview()));
    this.check.addEventListener("submit", (event) => this.#submitted(event, () => this.#place()));
    this.#on("[data-split]", () => this.#split());
    this.#on("[data-to-cart]", () => this.#toCart());
    this.#on("[data-to-details]", () => this.stages.show("details", { focus: true }));
    this.#on("[data-to-rest]", () => this.#toCart());
    this.#on("[data-retry]", () => this.#toDetails());
    onChange((who) => this.#readerChanged(who));
    cart.onChange(() => this.stages.current === "cart" && this.start());
  }

  /** Show the cart, unless an order was sent before whose answer nobody heard: then what has become of it. */
  async begin() {
    try {
      const former = (await reader().catch(() => null)) && (await this.former.find());
      if (former) return this.#wasPlaced(former.body);
      this.start();
      this.former.saySent();
    } catch {
      this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  /** The lines of an order that was placed leave the cart: only one with software makes subscriptions. */
  #wasPlaced(placed) {
    this.groups = this.#groups();
    const isSoftware = ([{ product }]) => this.wares[product].family === "software";
    this.chosen = this.groups.findIndex((lines) => isSoftware(lines) === placed.subscriptions.length > 0);
    this.#done(placed);
  }

  /** Show the cart as it is kept. */
  start({ focus = false } = {}) {
    this.groups = this.#groups();
    this.stages.show(this.groups.length ? "cart" : "empty", { focus });
    this.section.querySelector("[data-mixed]").hidden = this.groups.length !== 1 || !this.#isMixed(this.groups[0]);
    const elements = this.groups.map((lines, number) => this.#group(lines, number));
    this.section.querySelector("[data-groups]").replaceChildren(...elements);
  }

  /** The lines by the order that each becomes: one, or two once a mixed cart is split. */
  #groups() {
    const lines = cart.read().filter(({ product }) => product in this.wares);
    if (!lines.length) return [];
    if (!this.#isMixed(lines)) cart.split(false);
    if (!cart.isSplit()) return [lines];
    const isSoftware = ({ product }) => this.wares[product].family === "software";
    return [lines.filter(isSoftware), lines.filter((line) => !isSoftware(line))];
  }

  #isMixed(lines) {
    return new Set(lines.map(({ product }) => this.wares[product].family === "software")).size > 1;
  }

  #group(lines, number) {
    const group = copyOf(this.section.querySelector("[data-group]"), `group-${number}`);
    const title = group.querySelector("[data-slot=title]");
    title.hidden = this.groups.length === 1;
    const families = [...new Set(lines.map(({ product }) => this.wares[product].family))].sort().join("_");
    title.textContent = worded(this.words.cart.split_title, { number: number + 1, families: this.words.cart.families[families] });
    group.querySelector("[data-lines]").replaceChildren(...lines.map((line, at) => this.#line(line, `${number}.${at}`, group)));
    const order = group.querySelector("[data-order-these]");
    order.hidden = this.groups.length === 1 && this.#isMixed(lines);
    order.addEventListener("click", () => this.#order(number));
    this.#total(group, lines);
    return group;
  }

  #line(line, field, group) {
    const element = copyOf(this.section.querySelector("[data-cart-line]"), `line-${field.replace(".", "-")}`);
    const ware = { ...this.wares[line.product], ...line };
    const name = nameOf(ware, this.words);
    const input = element.querySelector("input");
    const show = () => fillSlots(element, { amount: price(ware.unit_price * line.quantity) });
    element.querySelector("[data-field]").dataset.field = field;
    fillSlots(element, { name, of: ` (${name})`, each: worded(this.words.cart.each, { price: price(ware.unit_price) }) });
    show();
    input.value = line.quantity;
    input.addEventListener("change", () => {
      // What is wrong is said when it is ordered: said now, it would move the button from under the pointer.
      const quantity = cart.quantityOf(input.value);
      if (!quantity) return;
      line.quantity = quantity;
      cart.write(this.groups.flat());
      show();
      this.#total(group, this.groups[Number(field.split(".")[0])], { aloud: true });
    });
    const remove = element.querySelector("[data-remove]");
    remove.setAttribute("aria-label", worded(this.words.cart.remove_of, { name }));
    remove.addEventListener("click", () => {
      cart.write(this.groups.flat().filter((other) => other !== line));
      this.#toCart();
      this.#announce(worded(this.words.cart.removed, { name }));
    });
    return element;
  }

  #total(group, lines, { aloud = false } = {}) {
    const total = price(lines.reduce((sum, { product, quantity }) => sum + this.wares[product].unit_price * quantity, 0));
    fillSlots(group, { total });
    if (aloud) this.#announce(`${this.words.check.total} ${total}`);
  }

  #split() {
    cart.split(true);
    this.#toCart();
  }

  #toCart() {
    this.faults.clear();
    this.start({ focus: true });
  }

  /** Order one of the groups, once all of its quantities are right. */
  #order(number) {
    const inputs = this.section.querySelectorAll(`[data-field^="${number}."] input`);
    const wrong = [...inputs].filter((input) => !cart.quantityOf(input.value));
    if (wrong.length) {
      return this.faults.show(wrong.map((input) => ({ field: input.closest("[data-field]").dataset.field, message: this.words.quantity_wrong })));
    }
    this.chosen = number;
    return this.#toDetails();
  }

  async #toDetails() {
    this.faults.clear();
    try {
      const who = await reader();
      if (!who) return this.stages.askToSignIn(false);
      const company = this.details.elements.company;
      company.value ||= who.company;
      this.#askAsIn();
      this.stages.show("details", { focus: true });
    } catch {
      this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  /** Ask for what an address has in the chosen country, by the name that it has there. */
  #askAsIn() {
    const { optional = [], hasNoPostcode = false, type = "postal", example } = this.places[this.details.elements.country.value] ?? {};
    for (const name of ["postcode", "city"]) {
      this.#detail(name).querySelector(".field__optional").hidden = !optional.includes(name);
    }
    const postcode = this.#detail("postcode");
    postcode.hidden = hasNoPostcode;
    postcode.querySelector("label").firstChild.textContent = `${this.words.postcode[type]} `;
    const hint = postcode.querySelector(".field__hint");
    hint.textContent = example ? worded(this.words.postcode.example, { example }) : "";
  }

  #detail(name) {
    return this.details.querySelector(`[data-field="${name}"]`);
  }

  /** What was typed stays when the session has ended. */
  #readerChanged(who) {
    if (who) {
      if (this.stages.current === "sign-in") this.#toDetails();
    } else if (["details", "check"].includes(this.stages.current)) {
      this.faults.clear();
      this.stages.askToSignIn(true);
    }
  }

  #submitted(event, act) {
    event.preventDefault();
    return this.busy.with(event.currentTarget, act, (error) => this.#failed(error));
  }

  get #asked() {
    const data = Object.fromEntries(new FormData(this.details));
    const { reference, vat_number: vatNumber, ...billing } = data;
    if (vatNumber) billing.vat_number = vatNumber;
    // What was typed for another country is not of this one.
    if (this.#detail("postcode").hidden) billing.postcode = "";
    const lines = this.groups[this.chosen].map(({ product, licence, quantity }) => ({ product, licence, quantity }));
    return { lines, billing, ...(reference && { reference }) };
  }

  /** Show what the order would be, or what is wrong with it where it is wrong. */
  async #preview({ hasChanged = false } = {}) {
    const { body: summary } = await call("POST", "/api/orders/preview", { body: this.#asked, key: crypto.randomUUID() });
    if (summary.problems.length) return this.#wrong(summary.problems);
    this.faults.clear();
    this.summary = summary;
    const lines = summary.lines.map((line, at) => this.#checkedLine(line, at));
    this.check.querySelector("[data-lines]").replaceChildren(...lines);
    fillTotals(this.check, summary, this.words);
    const asked = [...this.details.querySelectorAll(".field:not([hidden])")].filter((field) => field.querySelector("input, select").value);
    this.check.querySelector("[data-answers]").replaceChildren(...answers(asked));
    this.check.elements.terms.checked = false;
    const notice = this.check.querySelector("[data-changed]");
    notice.hidden = !hasChanged;
    this.stages.show("check", { focus: true });
    if (hasChanged) notice.focus();
    return undefined;
  }

  #checkedLine(line, at) {
    const element = copyOf(this.section.querySelector("[data-checked-line]"), `checked-${at}`);
    fillLine(element, line, this.words);
    const change = element.querySelector("[data-change]");
    change.setAttribute("aria-label", worded(this.words.check.change_line, { name: nameOf(line, this.words) }));
    change.addEventListener("click", () => {
      this.#toCart();
      this.section.querySelector(`[data-field="${this.chosen}.${at}"] input`).focus();
    });
    return element;
  }

  async #place() {
    if (!this.check.elements.terms.checked) return this.faults.show([{ field: "terms", message: this.words.check.terms_missing }]);
    const body = { ...this.#asked, terms: true, total: this.summary.total };
    return this.#done(await this.once.send("POST", ORDERS, body));
  }

  #done({ id, subscriptions }) {
    this.faults.clear();
    const rest = this.groups.filter((_, number) => number !== this.chosen).flat();
    cart.write(rest);
    const done = this.stages.get("done");
    fillSlots(done, { reference: id });
    done.querySelector("[data-next]").hidden = !subscriptions.length;
    done.querySelector("[data-rest]").hidden = !rest.length;
    done.querySelector("[data-activations]").replaceChildren(...subscriptions.map((subscription) => this.#activation(subscription)));
    this.stages.show("done", { focus: true });
    document.querySelector("[data-orders]")?.dispatchEvent(new Event("order-placed"));
  }

  #activation(subscription) {
    const [item, link] = ["li", "a"].map((tag) => document.createElement(tag));
    link.href = `${ROOT}activate/?subscription=${encodeURIComponent(subscription.id)}`;
    link.textContent = worded(this.words.done.activate, subscription);
    item.append(link);
    return item;
  }

  #failed(error) {
    if (error.code === "not_signed_in") return changed(null);
    if (error.code === "price_changed") return this.#preview({ hasChanged: true }).catch((other) => this.#failed(other));
    if (error instanceof Problem) return error.errors.length ? this.#wrong(error.errors) : this.faults.show([], error);
    if (error instanceof Unreachable) return this.faults.show([], this.stages.get("failed").dataset);
    throw error;
  }

  /** Go back to where it is wrong, and say so there. */
  #wrong(problems) {
    const isOfCart = ({ field }) => field.startsWith("lines");
    if (problems.some(isOfCart)) {
      this.start();
      return this.faults.show(problems.filter(isOfCart).map((problem) => ({ ...problem, field: this.#lineOf(problem.field) })));
    }
    this.stages.show("details");
    return this.faults.show(problems.map((problem) => ({ ...problem, field: problem.field.replace("billing.", "") })));
  }

  #lineOf(field) {
    return `${this.chosen}.${field.split(".")[1]}`;
  }

  #announce(text) {
    this.section.querySelector(":scope > [data-announce]").textContent = text;
  }

  #on(selector, callback) {
    for (const element of this.section.querySelectorAll(selector)) {
      if (!element.closest("[data-job]")) element.addEventListener("click", callback);
    }
  }
}
