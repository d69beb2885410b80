// @ts-check
// The order: from the cart to the confirmation. Prices and what is wrong come from the server, before anything is sent.

import { acting, call, Problem } from "./api.js";
import { each, fillDelivered, fillLine, fillTotals, nameOf } from "./bill.js";
import { Billing } from "./billing.js";
import { Block } from "./block.js";
import * as cart from "./cart.js";
import { readDraft, writeDraft } from "./draft.js";
import { answers } from "./faults.js";
import { Former } from "./former.js";
import { copyOf, fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { isConsumer } from "./prices.js";
import { reader } from "./session.js";
import { price, ROOT, worded } from "./words.js";

// Each has an address of its own, behind the #: Back leads to the one before, and loading the page again stays.
const STEPS = ["cart", "details", "check", "done"];
const NO_AMOUNT = "–";
const ORDERS = "/api/orders";

export const start = (section) => new Order(section).begin();

class Order extends Block {
  constructor(section) {
    super(section);
    this.wares = JSON.parse(section.querySelector(":scope > [data-products]").textContent);
    this.once = new Once({ lasts: true });
    this.former = new Former(this.stages, "POST", ORDERS);
    this.details = this.stages.get("details");
    const places = JSON.parse(section.querySelector(":scope > [data-places]").textContent);
    this.billing = new Billing(this.details, places, this.words);
    this.check = this.stages.get("check");
    this.elsewhere = section.querySelector(":scope > [data-elsewhere]");
    this.ordered = section.querySelector(":scope > [data-ordered-elsewhere]");

    this.onSubmit(this.details, () => this.#preview());
    this.onSubmit(this.check, () => this.#place());
    this.on("[data-split]", () => this.#split());
    this.on("[data-to-cart], [data-to-rest]", () => this.#go("cart"));
    this.on("[data-to-details]", () => this.#go("details"));
    this.at = STEPS[0];
    addEventListener("popstate", () => this.#step !== this.at && this.#open({ focus: true }));
    cart.onChange((how) => this.#changedElsewhere(how));
  }

  /** What could not be shown is looked at again. */
  start() {
    return this.#open({ focus: true });
  }

  /** Show the step that the address names, unless an order was sent before whose answer nobody heard: then what has become of it. */
  async begin() {
    try {
      const who = await reader().catch(() => null);
      this.isConsumer = isConsumer(who, this.words.consumers);
      const former = who && (await this.former.find());
      if (former) return this.#wasPlaced(former.body);
      // Where a reader was sent back to signing in, the focus is there.
      await this.#open({ focus: this.#step !== "cart" && document.activeElement === document.body });
      this.former.saySent();
    } catch {
      this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  /** The lines of an order that was placed leave the cart: only one with software makes subscriptions. */
  #wasPlaced(placed) {
    this.groups = this.#groups();
    const isSoftware = (/** @type {any} */ [{ product }]) => this.wares[product].family === "software";
    this.chosen = this.groups.findIndex((lines) => isSoftware(lines) === placed.subscriptions.length > 0);
    this.billing.offerDelivery(!placed.subscriptions.length);
    this.#done(placed);
  }

  /** The step that the address names; one that names a place of the page stays with the step. */
  get #step() {
    const asked = location.hash.slice(1) || STEPS[0];
    return STEPS.includes(asked) ? asked : this.at;
  }

  /** Which of the cart's orders is being placed. */
  get chosen() {
    return readDraft().chosen ?? 0;
  }

  set chosen(chosen) {
    writeDraft({ chosen });
  }

  /** Go on to a step, or back to one. */
  #go(step) {
    this.#address(step);
    return this.#open({ focus: true });
  }

  /** Another tab has changed the cart, or ordered it: what is shown here is true again, and says why it is another. */
  async #changedElsewhere({ isOrdered }) {
    const { current } = this.stages;
    if (["cart", "empty"].includes(current)) this.#showCart();
    if (current === "done") this.stages.get("done").querySelector("[data-rest]").hidden = !cart.read().length;
    if (["details", "check"].includes(current)) await this.#open();
    else if (!isOrdered || current === "done") return;
    const notice = isOrdered ? this.ordered : this.elsewhere;
    notice.hidden = false;
    notice.focus();
  }

  /** Show the step that the address names, as far as what it needs is there. */
  async #open({ focus = false } = {}) {
    this.faults.clear();
    this.elsewhere.hidden = true;
    this.ordered.hidden = true;
    const step = this.#step;
    this.at = step;
    const { placed, shown } = history.state ?? {};
    if (step === "done" && placed && shown === acting()) return this.#showDone(placed, { focus });
    this.groups = this.#groups();
    const lines = this.groups[this.chosen];
    if (step === "cart" || step === "done" || !lines || this.#isMixed(lines)) {
      this.#address("cart", { instead: true });
      return this.#showCart({ focus });
    }
    return this.attempt(async () => {
      const who = await reader();
      if (!who) return this.stages.askToSignIn(false, { focus });
      this.billing.fillIn(who);
      this.billing.offerDelivery(lines.some(({ product }) => this.wares[product].family !== "software"));
      // In a tab where no details were typed there is nothing to check yet.
      if (step === "check" && readDraft().details) return this.#preview({ focus });
      this.#address("details", { instead: true });
      return this.stages.show("details", { focus });
    });
  }

  /** Show the cart as it is kept. */
  #showCart({ focus = false } = {}) {
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
    if (this.isConsumer) group.querySelector(".totals").prepend(group.querySelector(".totals").lastElementChild);
    const title = group.querySelector("[data-slot=title]");
    title.hidden = this.groups.length === 1;
    const families = [...new Set(lines.map(({ product }) => this.wares[product].family))].sort().join("_");
    title.textContent = worded(this.words.cart.split_title, { number: number + 1, families: this.words.cart.families[families] });
    group.querySelector("[data-lines]").replaceChildren(...lines.map((line, at) => this.#line(line, `${number}.${at}`, group, lines)));
    const order = group.querySelector("[data-order-these]");
    order.hidden = this.groups.length === 1 && this.#isMixed(lines);
    order.addEventListener("click", () => this.#order(number));
    return group;
  }

  #line(line, field, group, lines) {
    const element = copyOf(this.section.querySelector("[data-cart-line]"), `line-${field.replace(".", "-")}`);
    const ware = { ...this.wares[line.product], ...line };
    const name = nameOf(ware, this.words);
    const input = element.querySelector("input");
    element.querySelector("[data-field]").dataset.field = field;
    fillSlots(element, { name, of: ` (${name})`, each: each(line.product, ware.unit_price, ware.unit_price_with_vat, this.words, this.isConsumer) });
    const show = ({ aloud = false } = {}) => {
      fillSlots(element, { amount: cart.isWrong(input.value) ? NO_AMOUNT : price(this.#unitPrice(ware) * line.quantity) });
      this.#total(group, lines, { aloud });
    };
    input.value = line.quantity;
    input.addEventListener("input", () => {
      const quantity = cart.quantityOf(input.value);
      if (quantity) {
        line.quantity = quantity;
        cart.write(this.groups.flat());
      }
      // Said while it is typed: when the field is left, it would move the button from under the pointer.
      this.faults.mark(field, cart.isWrong(input.value) ? this.words.quantity_wrong : null);
      show();
    });
    input.addEventListener("change", () => {
      if (!input.value.trim()) input.value = line.quantity;
      show({ aloud: true });
    });
    show();
    const remove = element.querySelector("[data-remove]");
    remove.setAttribute("aria-label", worded(this.words.cart.remove_of, { name }));
    remove.addEventListener("click", () => {
      cart.write(this.groups.flat().filter((other) => other !== line));
      this.#showCart({ focus: true });
      this.announce(worded(this.words.cart.removed, { name }));
    });
    return element;
  }

  #total(group, lines, { aloud }) {
    const isWrong = [...group.querySelectorAll("input")].some(({ value }) => cart.isWrong(value));
    const [total, total_with_vat] = ["unit_price", "unit_price_with_vat"].map((priced) => {
      const sum = lines.reduce((former, { product, quantity }) => former + this.wares[product][priced] * quantity, 0);
      return isWrong ? NO_AMOUNT : price(sum);
    });
    fillSlots(group, { total, total_with_vat });
    const said = this.isConsumer ? [this.words.cart.total_with_vat, total_with_vat] : [this.words.check.total, total];
    if (aloud && !isWrong) this.announce(said.join(" "));
  }

  /** As its reader is to see it: consumers with VAT, as in France until the country is known. */
  #unitPrice(ware) {
    return this.isConsumer ? ware.unit_price_with_vat : ware.unit_price;
  }

  #split() {
    cart.split(true);
    this.#showCart({ focus: true });
  }

  /** Order one of the groups, once all of its quantities are right. */
  #order(number) {
    const inputs = this.section.querySelectorAll(`[data-field^="${number}."] input`);
    const wrong = [...inputs].filter((input) => !cart.quantityOf(input.value));
    if (wrong.length) {
      return this.faults.show(wrong.map((input) => ({ field: input.closest("[data-field]").dataset.field, message: this.words.quantity_wrong })));
    }
    this.chosen = number;
    return this.#go("details");
  }

  /** What was typed stays when the session has ended. */
  readerChanged(who) {
    this.isConsumer = isConsumer(who, this.words.consumers);
    if (this.stages.current === "cart") this.#showCart();
    if (who) {
      if (this.stages.current === "sign-in") this.#open({ focus: true });
    } else if (["details", "check"].includes(this.stages.current)) {
      this.faults.clear();
      this.stages.askToSignIn(true);
    }
  }

  get #asked() {
    const lines = this.groups[this.chosen].map(({ product, licence, quantity }) => ({ product, licence, quantity }));
    return { lines, ...this.billing.asked };
  }

  /** Show what the order would be, or what is wrong with it where it is wrong. */
  async #preview({ hasChanged = false, focus = true } = {}) {
    const { body: summary } = await call("POST", "/api/orders/preview", { body: this.#asked, key: crypto.randomUUID() });
    if (summary.problems.length) return this.#wrong(summary.problems);
    this.faults.clear();
    this.summary = summary;
    const lines = summary.lines.map((line, at) => this.#checkedLine(line, at));
    this.check.querySelector("[data-lines]").replaceChildren(...lines);
    fillTotals(this.check, summary, this.words, this.isConsumer);
    const { billing, delivery } = this.billing.answered;
    this.check.querySelector("[data-answers]").replaceChildren(...answers(billing));
    this.check.querySelector("[data-delivery-answers]").replaceChildren(...answers(delivery));
    this.check.querySelector("[data-checked-delivery]").hidden = !delivery.length;
    this.check.elements.terms.checked = false;
    const notice = this.check.querySelector("[data-changed]");
    notice.hidden = !hasChanged;
    this.#address("check");
    this.stages.show("check", { focus });
    if (hasChanged) notice.focus();
    return undefined;
  }

  #checkedLine(line, at) {
    const element = copyOf(this.section.querySelector("[data-checked-line]"), `checked-${at}`);
    fillLine(element, line, this.summary.vat, this.words, this.isConsumer);
    const change = element.querySelector("[data-change]");
    change.setAttribute("aria-label", worded(this.words.check.change_line, { name: nameOf(line, this.words) }));
    change.addEventListener("click", async () => {
      await this.#go("cart");
      this.section.querySelector(`[data-field="${this.chosen}.${at}"] input`).focus();
    });
    return element;
  }

  async #place() {
    if (!this.check.elements.terms.checked) return this.faults.show([{ field: "terms", message: this.words.check.terms_missing }]);
    const body = { ...this.#asked, terms: true, total: this.summary.total };
    return this.#done(await this.once.send("POST", ORDERS, body));
  }

  /** @param {Api.Placed} placed */
  #done({ id, subscriptions }) {
    this.faults.clear();
    const { delivery } = this.billing.asked;
    const rest = this.groups.filter((_, number) => number !== this.chosen).flat();
    if (rest.length) cart.write(rest);
    else cart.takeAway();
    // The next order of a split cart is billed alike.
    if (rest.length) this.chosen = 0;
    else this.billing.forget();
    const made = subscriptions.map(({ id: one, product, edition, contract_number }) => ({ id: one, product, edition, contract_number }));
    const placed = { id, subscriptions: made, delivery };
    // In the place of the step that placed it, which is over.
    history.replaceState({ shown: acting(), placed }, "", "#done");
    this.at = "done";
    this.#showDone(placed, { focus: true });
    document.querySelector("[data-orders]")?.dispatchEvent(new Event("order-placed"));
  }

  #showDone({ id, subscriptions, delivery }, { focus }) {
    const done = this.stages.get("done");
    fillSlots(done, { reference: id });
    fillDelivered(done, delivery, this.words);
    done.querySelector("[data-next]").hidden = !subscriptions.length;
    done.querySelector("[data-rest]").hidden = !cart.read().length;
    done.querySelector("[data-activations]").replaceChildren(...subscriptions.map((subscription) => this.#activation(subscription)));
    this.stages.show("done", { focus });
  }

  #activation(subscription) {
    const [item, link] = [document.createElement("li"), document.createElement("a")];
    link.href = `${ROOT}activate/?subscription=${encodeURIComponent(subscription.id)}`;
    link.textContent = worded(this.words.done.activate, subscription);
    item.append(link);
    return item;
  }

  refused(error) {
    if (error.code === "price_changed") return this.#preview({ hasChanged: true }).catch((other) => this.refused(other));
    return error instanceof Problem && error.errors.length ? this.#wrong(error.errors) : super.refused(error);
  }

  /** Go back to where it is wrong, and say so there. */
  #wrong(problems) {
    const isOfCart = ({ field }) => field.startsWith("lines");
    if (problems.some(isOfCart)) {
      this.#address("cart", { instead: true });
      this.#showCart();
      return this.faults.show(problems.filter(isOfCart).map((problem) => ({ ...problem, field: this.#lineOf(problem.field) })));
    }
    this.#address("details", { instead: true });
    this.stages.show("details");
    return this.faults.show(problems.map((problem) => ({ ...problem, field: problem.field.replace("billing.", "") })));
  }

  /** The step that is shown has its address, `instead` of the one before when that is nothing to come back to. */
  #address(step, { instead = false } = {}) {
    const change = instead ? "replaceState" : "pushState";
    if (step !== this.#step) history[change]({ shown: history.state?.shown }, "", `#${step}`);
    this.at = step;
  }

  #lineOf(field) {
    return `${this.chosen}.${field.split(".")[1]}`;
  }
}
