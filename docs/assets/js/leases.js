// The seats of a floating licence that are taken: who holds them on which device, and freeing one.

import { all, Problem } from "./api.js";
import { copyOf, fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { changed } from "./session.js";
import { worded } from "./words.js";

const pathOf = ({ id }) => `/api/subscriptions/${id}/leases`;

/** Fill a form's choice among the taken seats of a subscription, if there are any; what was chosen stays while it is taken. */
export async function areSeatsOffered(select, subscription, words) {
  const chosen = select.value;
  const leases = await all(pathOf(subscription));
  select.replaceChildren(new Option("", ""), ...leases.map((lease) => new Option(worded(words.taken_seat, lease), lease.id)));
  if (leases.some(({ id }) => id === chosen)) select.value = chosen;
  return leases.length > 0;
}

/** The taken seats in the details of a line. */
export class Leases {
  constructor(line) {
    Object.assign(this, { line, words: line.words.leases, path: pathOf(line.subscription) });
    this.element = line.details.querySelector("[data-leases]");
    [this.title, this.list, this.said] = ["title", "list", "said"].map((part) => this.element.querySelector(`[data-leases-${part}]`));
    this.element.querySelector("[data-look-again]").addEventListener("click", () => this.#lookAgain());
  }

  /** Show who holds seats now; of a licence whose seats are not leased, nothing. */
  async show() {
    const { actions, seats } = this.line.subscription;
    const { allowed } = actions.find(({ action }) => action === this.element.dataset.action);
    this.element.hidden = !allowed;
    if (!allowed) return;
    const leases = await all(this.path);
    this.list.replaceChildren(...leases.map((lease) => new TakenSeat(lease, this).element));
    const { none, full, count } = this.words;
    const said = leases.length === 0 ? none : leases.length >= seats ? full : count;
    this.element.querySelector("[data-in-use]").textContent = worded(said, { count: leases.length, seats });
  }

  /** One is free by now: say so, and go on at the next. */
  async freed(seat, text) {
    const next = seat.element.nextElementSibling ?? seat.element.previousElementSibling;
    const { lease } = next?.dataset ?? {};
    await this.line.portal.attempt(() => this.show());
    this.said.textContent = text;
    const item = [...this.list.children].find((one) => one.dataset.lease === lease);
    (item?.querySelector("[data-free]") ?? this.title).focus();
  }

  async #lookAgain() {
    this.said.textContent = "";
    await this.line.portal.attempt(() => this.line.refresh());
  }
}

class TakenSeat {
  constructor(lease, leases) {
    Object.assign(this, { lease, leases, words: leases.words });
    this.element = copyOf(leases.line.portal.section.querySelector("[data-taken-seat]"), lease.id);
    this.element.dataset.lease = lease.id;
    this.once = new Once();
    fillSlots(this.element, {
      email: lease.email,
      device: lease.device,
      since: worded(this.words.since, lease),
      until: worded(this.words.until, lease),
    });
    [this.free, this.question] = ["[data-free]", ".user__confirm"].map((part) => this.element.querySelector(part));
    this.free.setAttribute("aria-label", worded(this.words.free_named, lease));
    this.free.addEventListener("click", () => this.#ask());
    this.element.querySelector("[data-keep]").addEventListener("click", () => this.#keep());
    this.element.querySelector("[data-confirm]").addEventListener("click", () => this.#end());
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape(event));
  }

  #ask() {
    this.free.hidden = true;
    this.question.hidden = false;
    const question = this.element.querySelector("[data-question]");
    question.textContent = worded(this.words.confirm, this.lease);
    question.focus();
  }

  #keep() {
    this.question.hidden = true;
    this.free.hidden = false;
    this.free.focus();
  }

  /** Closes the question before it closes the line. */
  #escape(event) {
    if (this.question.hidden) return;
    event.stopPropagation();
    this.#keep();
  }

  async #end() {
    if (this.ending) return;
    this.ending = true;
    try {
      await this.once.send("DELETE", `${this.leases.path}/${encodeURIComponent(this.lease.id)}`);
      await this.leases.freed(this, worded(this.words.freed, this.lease));
    } catch (error) {
      if (error.code === "not_signed_in") changed(null);
      else if (error.status === 404) await this.leases.freed(this, this.words.gone);
      else this.#failed(error);
    } finally {
      this.ending = false;
    }
  }

  #failed(error) {
    const problem = this.element.querySelector("[data-problem]");
    const { detail } = error instanceof Problem ? error : this.leases.line.portal.stages.get("failed").dataset;
    problem.textContent = detail;
    problem.hidden = false;
  }
}
