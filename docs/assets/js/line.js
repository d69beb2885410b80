// @ts-check
// A line of the portal: one subscription, and what its administrator can manage, which opens below it or beside the table.

import { nextPage } from "./acts.js";
import { call } from "./api.js";
import { ContractView } from "./contract.js";
import { InvoicesView } from "./invoices.js";
import { Job } from "./job.js";
import { Leases } from "./leases.js";
import { copyOf, fillSlots, List, write } from "./lists.js";
import { reader } from "./session.js";
import { startTabs } from "./tabs.js";
import { Users } from "./users.js";
import { day, moment, shortDay, worded } from "./words.js";

const NO_DAY = "–";

export class Line {
  /**
   * @param {any} portal
   * @param {import("./acts.js").Mine} subscription
   */
  constructor(portal, subscription) {
    this.portal = portal;
    this.words = portal.words;
    this.subscription = /** @type {import("./acts.js").Mine} */ ({});
    this.element = copyOf(portal.section.querySelector("[data-line]"), subscription.id);
    this.element.id = subscription.id;
    this.toggle = this.element.querySelector("[data-toggle-line]");
    this.row = this.element.querySelector(".line__row");
    this.more = this.element.querySelector(".line__more");
    this.details = this.element.querySelector(".details");
    this.toggle.addEventListener("click", () => portal.toggle(this));
    this.row.addEventListener("click", ({ target }) => {
      // A text that is being marked is not a click on its line.
      if (!target.closest("button, a") && getSelection().isCollapsed) this.toggle.click();
    });
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && portal.closeByKey(this));
    this.update(subscription);
  }

  get isOpen() {
    return !this.more.hidden;
  }

  get isManaged() {
    return this.subscription.role === "administrator";
  }

  /**
   * What the subscription is now; whoever holds it sees it change.
   *
   * @param {import("./acts.js").Mine} subscription
   */
  update(subscription) {
    const { words } = this;
    Object.assign(this.subscription, subscription);
    const { status, licence, end } = this.subscription;
    // Who has withdrawn uses it no more: the contract's own last day says nothing.
    const last = status === "withdrawn" ? null : end;
    this.element.querySelector("[data-slot=status]").dataset.status = status;
    fillSlots(this.element, {
      product: worded(words.product, this.subscription),
      status: worded(words.status[status], { ...this.subscription, count: this.subscription.days_left }),
      licence: words.licence[licence],
      seats: this.#seats(words.seats_short),
      "seats-taken": this.#seats(words.seats),
      contract: this.subscription.contract_number,
      start: day(this.subscription.start),
      end: last ? day(last) : NO_DAY,
      until: last ? shortDay(last) : NO_DAY,
      "as-user": worded(words.as_user, this.subscription),
    });
    this.toggle.hidden = !this.isManaged;
    this.element.querySelector("[data-plain]").hidden = this.isManaged;
    this.element.querySelector("[data-slot=as-user]").hidden = this.isManaged;
    this.row.toggleAttribute("data-opens", this.isManaged);
    this.#showTakeover();
    for (const link of this.element.querySelectorAll("[data-next]")) this.#showNext(link);
    if (this.job) this.#offer();
    return this;
  }

  open() {
    this.#set(true);
    if (!this.job) this.#manage();
    return this.portal.attempt(() => this.refresh());
  }

  close() {
    this.#set(false);
  }

  /** Where the reader's eyes are to be. */
  focus() {
    const place = this.isManaged ? this.toggle : this.element.querySelector("[data-plain]");
    place.focus();
    this.row.scrollIntoView({ block: "nearest" });
  }

  /** Read the subscription again: its seats, what can be done now and, unless they are known, its users. */
  async refresh({ users = true } = {}) {
    const { body } = await call("GET", `/api/subscriptions/${this.subscription.id}`);
    this.update(body);
    if (users) this.users.show(body.users);
    await this.leases.show();
    this.portal.changed();
  }

  /** Say what was done, to be seen and heard. */
  say(text) {
    const said = this.details.querySelector("[data-said]");
    write(said, text);
    if (text) said.scrollIntoView({ block: "nearest" });
  }

  /** Nobody is told any longer that somebody was added who has been removed since. */
  removed(email) {
    if (email === this.added) this.#ask();
    this.say(worded(this.words.users.removed, { email }));
  }

  #set(isOpen) {
    this.more.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    this.element.toggleAttribute("data-open", isOpen);
  }

  #seats(of) {
    const { licence, seats, seats_used: used, seats_next: next } = this.subscription;
    const now = licence === "floating" ? worded(this.words.floating_seats, { count: seats }) : worded(of, { count: used, seats });
    return next === null ? now : `${now}, ${worded(this.words.seats_next, { count: next })}`;
  }

  /** Who has asked for the administrator's place, to them and to the administrator; who could ask is led to it. */
  #showTakeover() {
    const { takeover } = this.subscription;
    const said = this.element.querySelector("[data-takeover]");
    said.hidden = !takeover;
    write(said, takeover ? worded(this.words.takeover[this.isManaged ? "others" : "own"], { ...this.subscription, ...takeover }) : "");
    const object = this.element.querySelector("[data-object]");
    object.hidden = !takeover || !this.subscription.objection;
    if (!object.hidden) object.href = this.subscription.objection;
    const left = this.element.querySelector("[data-left]");
    left.hidden = !this.#action("take_over").allowed;
    left.search = new URLSearchParams({ subscription: this.subscription.id });
  }

  #showNext(link) {
    const page = this.isManaged && nextPage(this.words, this.subscription);
    link.hidden = !page;
    link.textContent = page ? this.words.next[this.subscription.status] : "";
    if (page) link.href = page;
  }

  #manage() {
    const { details, subscription } = this;
    details.append(copyOf(this.portal.section.querySelector("[data-manage]"), subscription.id));
    details.querySelector("[role=tablist]").setAttribute("aria-label", worded(this.words.tabs, subscription));
    details.querySelector("[data-close]").addEventListener("click", () => this.portal.closeByKey(this));
    this.users = new Users(this);
    this.leases = new Leases(this);
    this.contract = new ContractView(details.querySelector("[data-contract-view]"));
    this.invoices = new InvoicesView(details.querySelector("[data-invoices-view]"), { subscription: subscription.id });
    this.history = new List(details.querySelector("[data-history]"), details.querySelector("[data-more-history]"), `/api/subscriptions/${subscription.id}/history`, happening);
    const add = details.querySelector("[data-job]");
    this.job = new Job(add, subscription);
    this.add = add;
    details.querySelector("[data-add-seats]").addEventListener("click", () => this.#addSeats());
    add.addEventListener("help-ended", () => {
      this.#offerToAdd();
      details.querySelector("[data-full]:not([hidden]) [data-add-seats]")?.focus();
    });
    add.addEventListener("job-done", ({ target, detail }) => {
      if (target === add) this.added = detail.email;
      this.say("");
      this.portal.attempt(() => this.refresh()).then(() => {
        // The longer list has pushed what was done out of sight.
        add.querySelector(":scope > [data-stage=done]").scrollIntoView({ block: "nearest" });
      });
    });
    add.addEventListener("click", ({ target }) => {
      if (target.closest("[data-restart]")) this.added = undefined;
    });
    this.update(subscription);
    startTabs(details.querySelector("[role=tablist]"), (panel) => this.portal.attempt(() => this.#shown(panel)));
  }

  /** A tab shows how things are now; what it shows at first is read when the line opens. */
  async #shown(panel) {
    const isFirst = !this.isTabbed;
    this.isTabbed = true;
    if (isFirst) return;
    await this.refresh();
    if (panel.contains(this.contract.element)) await Promise.all([this.#showContract(panel), this.invoices.load(), this.#showCopies(panel)]);
    if (panel.contains(this.history.list)) panel.querySelector("[data-no-history]").hidden = (await this.history.load()) > 0;
  }

  /** Where copies of the reader's invoices go. */
  async #showCopies(panel) {
    const who = await reader();
    const { to, to_nobody: toNobody } = this.words.copies;
    write(panel.querySelector("[data-copies-to]"), who?.invoices_email ? worded(to, who) : toNobody);
  }

  /** What can be done with the subscription here and on the pages that explain it, and why not. */
  #offer() {
    for (const option of this.details.querySelectorAll("[data-option]")) {
      const { allowed, reason } = this.#action(option.dataset.option);
      option.querySelector("a").search = new URLSearchParams({ subscription: this.subscription.id });
      option.querySelector("[data-why]").textContent = this.#why(reason);
      option.hidden = !allowed && reason === option.dataset.hiddenBy;
    }
    this.#offerToAdd();
  }

  /** The form to add a user, or why there is none and what helps; that somebody was added stays said meanwhile. */
  #offerToAdd() {
    const { allowed, reason } = this.#action(this.add.dataset.job.replace("-", "_"));
    const could = this.canAdd;
    this.canAdd = allowed;
    const { isHelped } = this.job;
    this.add.hidden = !allowed && !this.added && !isHelped;
    const team = this.details.querySelector("[data-team-link]");
    team.hidden = !allowed;
    team.querySelector("a").search = new URLSearchParams({ subscription: this.subscription.id });
    this.add.toggleAttribute("data-is-full", !allowed);
    const full = this.details.querySelector("[data-full]");
    full.hidden = allowed || isHelped;
    full.querySelector("[data-why-not]").textContent = this.#why(reason);
    full.querySelector("[data-add-seats]").hidden = !this.job.canBeHelped(reason);
    if (allowed && !could && !this.added && !isHelped) this.#ask();
  }

  /** In the place of the form that has no seat to give. */
  async #addSeats() {
    this.added = undefined;
    await this.job.help();
    this.#offerToAdd();
  }

  /** The form as it begins. */
  #ask() {
    this.added = undefined;
    this.add.hidden = !this.canAdd;
    if (this.canAdd) this.job.start();
  }

  async #showContract(panel) {
    const { reason } = this.#action(panel.dataset.action);
    const why = panel.querySelector("[data-no-contract]");
    why.hidden = !reason;
    why.textContent = this.#why(reason);
    this.contract.element.hidden = Boolean(reason);
    if (!reason) await this.contract.show(this.subscription);
  }

  #action(name) {
    const { actions } = this.subscription;
    return actions.find(({ action }) => action === name);
  }

  #why(reason) {
    return reason ? worded(this.words.reasons[reason], this.subscription) : "";
  }
}

/** @param {Api.Happening} happening */
function happening({ at, text }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = moment(at);
  item.append(text, " ", time);
  return item;
}
