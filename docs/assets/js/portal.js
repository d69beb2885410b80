// The portal: the reader's subscriptions, each opening to what its administrator can manage.

import { call } from "./api.js";
import { ContractView } from "./contract.js";
import { Job } from "./job.js";
import { copyOf, fillSlots, List } from "./lists.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { startTabs } from "./tabs.js";
import { showUsers } from "./users.js";
import { day, moment, worded, wordsOf } from "./words.js";

/** Makes the page's portal work. */
export function startPortal(root) {
  new Portal(root.querySelector("[data-portal]")).start();
}

class Portal {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    this.lines = new List(section.querySelector("[data-lines]"), section.querySelector("[data-more]"), "/api/subscriptions", (item) => this.#line(item));
    section.querySelector("[data-retry]").addEventListener("click", () => this.start());
    onChange((who) => this.#readerChanged(who));
    addEventListener("hashchange", () => this.#openLinked());
  }

  /** Show what the reader has, or how to sign in. */
  async start() {
    try {
      const who = await reader();
      if (!who) return this.stages.askToSignIn(false);
      this.email = who.email;
      const count = await this.lines.load();
      this.stages.show(count ? "list" : "empty");
      this.#openLinked();
    } catch (error) {
      if (error.status === 401) changed(null);
      else this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  /** What is open and typed stays when the session has ended and the same reader comes back. */
  #readerChanged(who) {
    const isBack = who && who.email === this.email && this.lines.list.childElementCount;
    this.email = who?.email ?? this.email;
    if (!who) this.stages.askToSignIn(true);
    else if (isBack) this.stages.show("list");
    else this.start();
  }

  #line(subscription) {
    const line = copyOf(this.section.querySelector("[data-line]"), subscription.id);
    line.id = subscription.id;
    this.#fill(line, subscription);
    const toggle = line.querySelector("button");
    if (subscription.role === "administrator") {
      toggle.setAttribute("aria-controls", `${subscription.id}-panel`);
      line.querySelector(".line__panel").id = `${subscription.id}-panel`;
      toggle.addEventListener("click", () => this.#toggle(line, subscription));
    } else {
      toggle.replaceWith(...toggle.childNodes);
      const note = line.querySelector("[data-slot=as-user]");
      note.hidden = false;
      note.textContent = worded(this.words.as_user, subscription);
    }
    return line;
  }

  #fill(line, subscription) {
    const seats = subscription.licence === "floating" ? this.words.floating_seats : this.words.seats;
    const status = line.querySelector("[data-slot=status]");
    status.dataset.status = subscription.status;
    fillSlots(line, {
      product: worded("{product} {edition}", subscription),
      status: worded(this.words.status[subscription.status], { ...subscription, count: subscription.days_left }),
      licence: this.words.licence[subscription.licence],
      seats: worded(seats, { used: subscription.seats_used, count: subscription.seats }),
      contract: subscription.contract_number,
      end: day(subscription.end),
    });
    this.#next(line, subscription);
  }

  /** What the administrator does next with a subscription that is not active yet. */
  #next(line, { id, role, status }) {
    const step = role === "administrator" && this.words.next[status];
    const link = line.querySelector("[data-next]");
    link.parentElement.hidden = !step;
    link.textContent = step || "";
    link.search = new URLSearchParams({ subscription: id });
  }

  #toggle(line, subscription) {
    const toggle = line.querySelector("[aria-expanded]");
    const isOpen = toggle.getAttribute("aria-expanded") === "true";
    toggle.setAttribute("aria-expanded", String(!isOpen));
    const panel = line.querySelector(".line__panel");
    panel.hidden = isOpen;
    line.toggleAttribute("data-open", !isOpen);
    history.replaceState(history.state, "", isOpen ? location.pathname + location.search : `#${subscription.id}`);
    if (!panel.childElementCount) this.#manage(line, panel, subscription);
  }

  #manage(line, panel, subscription) {
    panel.append(copyOf(this.section.querySelector("[data-manage]"), subscription.id));
    panel.querySelector("[role=tablist]").setAttribute("aria-label", worded(this.words.tabs, subscription));
    fillSlots(panel, { start: day(subscription.start), end: day(subscription.end), contract: subscription.contract_number });
    this.#offerOptions(panel, subscription);
    const users = showUsers(panel, this, subscription);
    const [add, ...nested] = panel.querySelectorAll("[data-job]");
    for (const section of nested) new Job(section).start();
    new Job(add, subscription).start();
    add.addEventListener("job-done", ({ detail }) => {
      this.announce(worded(this.words.users.added_now, detail));
      users.load();
      this.refresh(line, subscription);
    });
    const happenings = new List(panel.querySelector("[data-history]"), panel.querySelector("[data-more-history]"), `/api/subscriptions/${subscription.id}/history`, happening);
    const contract = new ContractView(panel.querySelector("[data-contract-view]"));
    startTabs(panel.querySelector("[role=tablist]"), async (shown) => {
      if (shown.contains(contract.element)) await this.attempt(() => this.#showContract(contract, subscription));
      if (!shown.contains(happenings.list)) return;
      const count = await this.attempt(() => happenings.load());
      panel.querySelector("[data-no-history]").hidden = count !== 0;
    });
    this.attempt(() => users.load());
  }

  /** What else can be done with the subscription, on the pages that explain it; and why not. */
  #offerOptions(panel, subscription) {
    const { id, actions } = subscription;
    for (const option of panel.querySelectorAll("[data-option]")) {
      const { allowed, reason } = actions.find(({ action }) => action === option.dataset.option);
      option.querySelector("a").search = new URLSearchParams({ subscription: id });
      option.querySelector("[data-why]").textContent = allowed ? "" : worded(this.words.reasons[reason], subscription);
      option.hidden = !allowed && reason === option.dataset.hiddenBy;
    }
  }

  #showContract(view, subscription) {
    const panel = view.element.closest("[data-action]");
    const { reason } = subscription.actions.find(({ action }) => action === panel.dataset.action);
    const why = panel.querySelector("[data-no-contract]");
    why.hidden = !reason;
    why.textContent = reason ? worded(this.words.reasons[reason], subscription) : "";
    view.element.hidden = Boolean(reason);
    return reason ? undefined : view.show(subscription);
  }

  /** Read a subscription again after a change: its seats, and what can be done now. */
  async refresh(line, subscription) {
    const { body } = await call("GET", `/api/subscriptions/${subscription.id}`);
    Object.assign(subscription, body);
    this.#fill(line, subscription);
    this.#offerOptions(line, subscription);
  }

  /** Do what asks the API; a lost session or connection is shown for the whole portal. */
  async attempt(ask) {
    try {
      return await ask();
    } catch (error) {
      if (error.status === 401) changed(null);
      else if (error.status === 404) await this.#gone();
      else this.stages.show("failed", { focus: true });
      return undefined;
    }
  }

  /** The subscription is no longer the reader's: someone else is its administrator now, or they were removed. */
  async #gone() {
    await this.start();
    const notice = this.section.querySelector("[data-gone]");
    notice.hidden = false;
    notice.focus();
  }

  announce(text) {
    this.section.querySelector("[data-announce]").textContent = text;
  }

  #openLinked() {
    const line = location.hash && document.getElementById(location.hash.slice(1));
    const toggle = line && this.section.contains(line) && line.querySelector("[aria-expanded=false]");
    if (!toggle) return;
    toggle.click();
    toggle.focus();
  }
}

function happening({ at, text }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = moment(at);
  item.append(text, " ", time);
  return item;
}
