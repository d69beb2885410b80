// @ts-check
// The seats of a floating licence that are taken: who holds them on which device, and freeing one.

import { all } from "./api.js";
import { copyOf, fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { Question } from "./question.js";
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
    this.line = line;
    this.words = line.words.leases;
    this.path = pathOf(line.subscription);
    this.element = line.details.querySelector("[data-leases]");
    this.title = this.element.querySelector("[data-leases-title]");
    this.list = this.element.querySelector("[data-leases-list]");
    this.said = this.element.querySelector("[data-leases-said]");
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
  /**
   * @param {Api.HeldSeat} lease
   * @param {Leases} leases
   */
  constructor(lease, leases) {
    this.lease = lease;
    this.leases = leases;
    this.words = leases.words;
    this.element = copyOf(leases.line.portal.section.querySelector("[data-taken-seat]"), lease.id);
    this.element.dataset.lease = lease.id;
    this.once = new Once();
    fillSlots(this.element, {
      email: lease.email,
      device: lease.device,
      since: worded(this.words.since, lease),
      until: worded(this.words.until, lease),
    });
    const free = this.element.querySelector("[data-free]");
    const question = new Question(this.element, { asker: free, act: () => this.#end(), unreached: leases.line.portal.unreached });
    free.setAttribute("aria-label", worded(this.words.free_named, lease));
    free.addEventListener("click", () => question.ask(worded(this.words.confirm, lease)));
  }

  async #end() {
    try {
      await this.once.send("DELETE", `${this.leases.path}/${encodeURIComponent(this.lease.id)}`);
    } catch (error) {
      if (error.status !== 404) throw error;
      return this.leases.freed(this, this.words.gone);
    }
    return this.leases.freed(this, worded(this.words.freed, this.lease));
  }
}
