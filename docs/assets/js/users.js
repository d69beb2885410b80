// @ts-check
// The users of a subscription in the portal: who they are, who has accepted and whose e-mail bounced; inviting one again,
// removing one.

import { copyOf, fillSlots, List } from "./lists.js";
import { Once } from "./once.js";
import { Question } from "./question.js";
import { worded } from "./words.js";

// From here on a search helps.
const MANY = 9;
// Whoever types is not to wait for each letter.
const PAUSE = 250;

/** The users in the details of a line. */
export class Users {
  constructor(line) {
    this.line = line;
    this.path = `/api/subscriptions/${line.subscription.id}/users`;
    this.title = line.details.querySelector("[data-users-title]");
    const template = line.portal.section.querySelector("[data-user]");
    let count = 0;
    const make = (user) => {
      count += 1;
      return new User(copyOf(template, `${line.subscription.id}-user-${count}`), user, this).element;
    };
    this.list = new List(line.details.querySelector("[data-users]"), line.details.querySelector("[data-more-users]"), this.path, make, { limit: 100 });
    this.filter = line.details.querySelector("[data-filter-users]");
    this.search = this.filter.querySelector("[name=q]");
    this.which = this.filter.querySelector("[name=which]");
    this.search.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#find(), PAUSE);
    });
    this.which.addEventListener("change", () => this.#find());
    line.details.querySelector("[data-export]").href = `${this.path}.csv`;
  }

  /** Show a first page of them, or of those that are looked for. */
  show(page) {
    this.filter.hidden = page.items.length < MANY && !this.isNarrowed;
    if (this.isNarrowed) this.#find();
    else this.#shown(() => this.list.show(page));
  }

  get isNarrowed() {
    return Boolean(this.search.value.trim() || this.which.value);
  }

  #find() {
    const q = this.search.value.trim();
    this.list.asked = { ...(q && { q }), ...Object.fromEntries(new URLSearchParams(this.which.value)) };
    this.line.portal.attempt(async () => {
      this.list.cursor = null;
      await this.list.load();
      this.#shown(() => undefined);
    });
  }

  #shown(show) {
    show();
    this.line.details.querySelector("[data-found-users]").hidden = this.list.list.childElementCount > 0;
  }
}

class User {
  /**
   * @param {any} element
   * @param {Api.User} user
   * @param {Users} users
   */
  constructor(element, user, users) {
    this.element = element;
    this.email = user.email;
    this.users = users;
    this.line = users.line;
    this.words = users.line.words.users;
    const { email } = user;
    const isAdministrator = email === this.line.subscription.administrator;
    this.again = element.querySelector("[data-again]");
    this.once = new Once();
    this.#fill(user, isAdministrator);
    this.options = element.querySelector("[data-options]");
    this.menu = element.querySelector(".user__menu");
    this.question = new Question(element, { asker: this.options, act: () => this.#remove(), unreached: this.line.portal.unreached });
    this.toggle = element.querySelector("[data-toggle]");
    this.toggle.setAttribute("aria-label", worded(this.words.options_for, { email }));
    this.options.hidden = isAdministrator;

    this.toggle.addEventListener("click", () => this.#open(this.menu.hidden));
    element.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape(event));
    this.again.addEventListener("click", () => this.#inviteAgain());
    element.querySelector("[data-remove]").addEventListener("click", () => this.#ask());
  }

  /**
   * Who has not accepted yet is invited again, or the invitation is withdrawn; that is the removal.
   *
   * @param {Api.User} user
   * @param {boolean} isAdministrator
   */
  #fill({ email, status, added_at, invited_at, mail }, isAdministrator) {
    this.isInvited = status === "invited";
    const isAgain = this.isInvited && invited_at && invited_at !== added_at;
    fillSlots(this.element, {
      email,
      role: isAdministrator ? this.words.administrator : this.words[status],
      added: isAgain ? worded(this.words.invited_again, { invited_at }) : worded(this.words.added, { added_at }),
      bounced: this.words.bounced,
    });
    this.element.querySelector("[data-slot=bounced]").hidden = mail !== "bounced";
    this.again.hidden = !this.isInvited;
    this.element.querySelector("[data-remove]").textContent = this.isInvited ? this.words.withdraw : this.words.remove;
    this.element.querySelector("[data-confirm]").textContent = this.isInvited ? this.words.withdrawn_confirmed : this.words.confirmed;
  }

  async #inviteAgain() {
    this.#open(false);
    this.question.clear();
    try {
      const user = await this.once.send("POST", `${this.users.path}/${encodeURIComponent(this.email)}/invitation`);
      this.#fill(user, false);
      this.line.say(worded(this.words.sent_again, { email: this.email }));
    } catch (error) {
      this.question.refused(error);
    }
  }

  #open(isOpen) {
    this.menu.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? this.menu.querySelector("button:not([hidden])") : this.toggle).focus();
  }

  /** The menu closes before the line does. */
  #escape(event) {
    if (this.menu.hidden) return;
    event.stopPropagation();
    this.#open(false);
  }

  #ask() {
    this.#open(false);
    this.question.ask(worded(this.isInvited ? this.words.withdraw_confirm : this.words.confirm, { email: this.email }));
  }

  async #remove() {
    await this.once.send("DELETE", `${this.users.path}/${encodeURIComponent(this.email)}`);
    const next = this.element.nextElementSibling ?? this.element.previousElementSibling;
    const focus = next?.querySelector("[data-options]:not([hidden]) [data-toggle]") ?? this.users.title;
    this.element.remove();
    focus.focus();
    this.line.removed(this.email);
    this.line.portal.attempt(() => this.line.refresh({ users: false }));
  }
}
