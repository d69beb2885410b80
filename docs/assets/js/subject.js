// @ts-check
// What the page is about: one of the reader's subscriptions, chosen once for its steps, its forms and what happens next.

import { all } from "./api.js";
import { listItem } from "./faults.js";
import { fillSlots, isFocusLost } from "./lists.js";
import { onChange } from "./session.js";
import { Stages } from "./stages.js";
import { folded, worded, wordsOf } from "./words.js";

const CHANGED = "subject-changed";
// From here on a search helps.
const MANY = 9;
let page;

/** What the reader has sent about a subscription and waits for an answer to, where that is why it is refused. */
export function waitingIn(subscription, waits, reason) {
  return waits?.code === reason ? subscription[waits.fact] : undefined;
}

/** The subject of the page, or null where there is none to choose. */
export function subjectOf(root) {
  const block = root.querySelector("[data-subject]");
  if (block) page ??= new Subject(block);
  return page ?? null;
}

class Subject {
  /** @type {Api.ShownSubscription | null} the subscription */
  chosen = null;
  /** Which of the page's actions is shown for it. */
  action;
  /** Whether it is known what the reader has. */
  isKnown = false;
  /** @type {Api.ShownSubscription[]} */
  #subscriptions = [];

  constructor(block) {
    this.block = block;
    this.words = wordsOf(block);
    this.settings = JSON.parse(block.querySelector(":scope > [data-settings]").textContent);
    this.stages = new Stages(block);
    this.title = block.querySelector(":scope > [data-title]");
    this.filter = block.querySelector("[data-filter]");
    this.filter.querySelector("input").addEventListener("input", () => this.#list());
    this.another = block.querySelector("[data-another]");
    this.another.addEventListener("click", () => this.#ask());
    // What the link of an e-mail opens is not for the reader to choose.
    this.isPinned = new URLSearchParams(location.hash.slice(1)).has("token");
    this.#readFragment();
    // Whoever has to sign in first is asked to in the form that the link led to.
    if (this.asked) for (const form of document.querySelectorAll(".job[data-action]")) form.hidden = form.dataset.action !== this.asked;
    addEventListener("hashchange", () => this.#readFragment() && this.resume());
    // Until they can be read again they stand as they stood.
    document.addEventListener("job-done", () => this.load({ again: true }).catch(() => undefined));
    onChange((who) => {
      if (who) return;
      this.loaded = undefined;
      this.isKnown = false;
      this.block.hidden = true;
    });
  }

  /** Call back whenever another subscription is chosen, or the same stands elsewhere. */
  onChange(callback) {
    this.block.addEventListener(CHANGED, () => callback());
  }

  /** Read what the reader has, once for all who ask, or `again`. Throws what the API refuses. */
  load({ again = false } = {}) {
    if (again) this.loaded = undefined;
    this.loaded ??= this.#read().catch((error) => {
      this.loaded = undefined;
      throw error;
    });
    return this.loaded;
  }

  /** Whether the page can do anything with any of the reader's subscriptions. */
  get isPossible() {
    return this.#subscriptions.some((one) => this.#possible(one));
  }

  /** A subscription that is shown without being the signed-in reader's: what the link of an e-mail opens. */
  pin(subscription) {
    this.chosen = subscription;
    this.isPinned = true;
    this.another.hidden = true;
    this.#settle();
  }

  /** What was done is read: go on with the same subscription. */
  resume() {
    this.isFinished = false;
    this.#settle();
    this.land();
  }

  /** Go where the link led to, now that it is shown: to the form, under the name of what it is about. */
  land() {
    if (!this.asked || this.isFinished) return;
    this.block.scrollIntoView();
    const title = document.querySelector(`.job[data-action="${this.asked}"] .job__title`);
    // Neither while something else has it, nor where one has to sign in first.
    if (!this.chosen || !title || !isFocusLost()) return;
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }

  /** An act of the page is over: what it says is all that is shown. */
  finish(action) {
    this.isFinished = true;
    this.action = action;
    this.#settle();
  }

  async #read() {
    this.#subscriptions = await all("/api/subscriptions");
    const asked = this.chosen?.id ?? new URLSearchParams(location.search).get("subscription");
    this.chosen = this.#find(asked) ?? (this.isPinned ? this.chosen : this.#only());
    this.another.hidden = this.#subscriptions.length < 2;
    this.isKnown = true;
    this.#settle();
    this.land();
  }

  /** Whether a form that can be sent `once` for each of its products has been for all. */
  isBegunBy(once) {
    const begun = new Set(this.#begunBy(once).map(({ product }) => product));
    return once.products.every((product) => begun.has(product));
  }

  /** Whether what the page is about came of a form that can be sent `once`. */
  hasBegun(once) {
    return this.#begunBy(once).includes(this.chosen);
  }

  #begunBy({ action: goesOn, unless }) {
    const isBegun = ({ action, reason }) => action === goesOn && reason !== unless;
    return this.#subscriptions.filter(({ role, actions }) => role === "administrator" && actions.some(isBegun));
  }

  #find(id) {
    return this.#subscriptions.find((one) => one.id === id);
  }

  /**
   * The one that it can only be; what takes something away is chosen by nobody but the reader, unless they have no other.
   * Where nothing is possible, the one that was begun to come to it says when, or that it is done.
   */
  #only() {
    if (this.#subscriptions.length === 1) return this.#subscriptions[0];
    const offered = this.#subscriptions.filter((one) => this.#possible(one));
    const begun = this.settings.begun ? this.#begunBy(this.settings.begun) : [];
    if (!offered.length && begun.length === 1) return begun[0];
    return offered.length === 1 && !this.settings.takesAway ? offered[0] : null;
  }

  /**
   * The first of the page's actions that is possible with a subscription, if any.
   *
   * @param {Api.ShownSubscription} subscription
   */
  #possible({ actions }) {
    return this.settings.actions.find((name) => actions.some(({ action, allowed }) => action === name && allowed));
  }

  /** Show what is chosen, or what there is to choose from, and tell everybody. */
  #settle() {
    const { chosen } = this;
    if (!this.isFinished) this.action = chosen && (this.asked ?? this.#possible(chosen) ?? this.settings.actions[0]);
    // Who has nothing yet is offered to begin by the page's own form.
    const isToBegin = this.settings.begun && this.isKnown && !this.#subscriptions.length;
    this.block.hidden = Boolean(this.isFinished || isToBegin || (this.isPinned && !chosen));
    if (chosen) this.#show(chosen);
    else this.#offer();
    this.title.hidden = Boolean(chosen);
    this.block.toggleAttribute("data-is-chosen", Boolean(chosen));
    for (const part of document.querySelectorAll("[data-only]")) {
      const only = part.dataset.only.split(" ");
      part.hidden = Boolean(chosen) && ![chosen.licence, chosen.status].some((one) => only.includes(one));
    }
    this.block.dispatchEvent(new CustomEvent(CHANGED));
  }

  /** @param {Api.ShownSubscription} subscription */
  #show(subscription) {
    const stage = this.stages.show("chosen");
    this.#fill(stage, subscription);
    const { licence, seats, seats_next: next } = subscription;
    const now = worded(this.words.licences[licence], { count: seats });
    fillSlots(stage, { licence: next == null ? now : `${now}, ${worded(this.words.seats_next, { count: next })}` });
  }

  #offer() {
    const others = this.#subscriptions.filter((one) => !this.#possible(one));
    const reasons = others.map((one) => this.#refused(one));
    const stage = this.stages.show(this.isPossible ? "choose" : "none");
    stage.querySelector("[data-reasons]").replaceChildren(...reasons);
    if (!this.isPossible) {
      stage.querySelector("[data-none]").hidden = !others.length;
      stage.querySelector("[data-nobody]").hidden = others.length > 0;
      return;
    }
    const fold = stage.querySelector("[data-others]");
    fold.hidden = !others.length;
    fold.querySelector("summary").textContent = worded(this.words.others, { count: others.length });
    this.filter.hidden = this.#subscriptions.length - others.length < MANY;
    this.#list();
  }

  /**
   * One with which it is not possible: why, and what helps if anything does.
   *
   * @param {Api.ShownSubscription} subscription
   */
  #refused(subscription) {
    const [leading] = this.settings.actions;
    const { reason } = subscription.actions.find(({ action }) => action === leading) ?? {};
    const [option, why] = [this.words.option, this.words.reasons[reason] ?? ""].map((text) => worded(text, subscription));
    const item = listItem(worded(this.words.why_not, { option, reason: why }));
    const { label, page } = this.words.ways[reason] ?? {};
    if (!page) return item;
    const link = document.createElement("a");
    [link.href, link.textContent] = [page, label];
    link.search = String(new URLSearchParams({ subscription: subscription.id }));
    item.append(" ", link);
    return item;
  }

  /** The subscriptions that have every word of the search. */
  #list() {
    const wanted = folded(this.filter.querySelector("input").value).split(/\s+/);
    const offers = this.#subscriptions.filter((one) => this.#possible(one)).map((one) => this.#offered(one));
    const found = offers.filter(({ textContent }) => wanted.every((word) => folded(textContent).includes(word)));
    this.stages.get("choose").querySelector("[data-offers]").replaceChildren(...found);
    this.filter.querySelector("[data-count]").textContent = worded(this.words.found, { count: found.length });
  }

  /** @param {Api.ShownSubscription} subscription */
  #offered(subscription) {
    const item = this.block.querySelector("[data-offer]").content.firstElementChild.cloneNode(true);
    this.#fill(item, subscription);
    const button = item.querySelector("button");
    button.value = subscription.id;
    button.addEventListener("click", () => this.#choose(subscription));
    return item;
  }

  /**
   * @param {any} element
   * @param {Api.ShownSubscription} subscription
   */
  #fill(element, subscription) {
    const status = element.querySelector("[data-slot=status]");
    status.dataset.status = subscription.status;
    fillSlots(element, {
      product: worded("{product} {edition}", subscription),
      contract: subscription.contract_number,
      status: worded(this.words.status[subscription.status], { ...subscription, count: subscription.days_left }),
    });
  }

  /** The address says which one, too: loaded again, or in the other language, the page is about the same. */
  #choose(subscription) {
    const query = new URLSearchParams(location.search);
    query.set("subscription", subscription.id);
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
    this.chosen = subscription;
    this.asked = undefined;
    this.#settle();
    this.stages.get("chosen").focus();
  }

  #ask() {
    this.chosen = null;
    this.asked = undefined;
    this.#settle();
    this.title.focus();
  }

  /** The form of the page that the address names behind the #, if any. */
  #readFragment() {
    const { action } = document.getElementById(location.hash.slice(1))?.closest("[data-action]")?.dataset ?? {};
    this.asked = this.settings.actions.includes(action) ? action : undefined;
    return Boolean(this.asked);
  }
}
