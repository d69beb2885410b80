// The users of a subscription in the portal: who they are, and removing one.

import { call, isUncertain, Problem } from "./api.js";
import { copyOf, fillSlots, List } from "./lists.js";
import { changed } from "./session.js";
import { worded } from "./words.js";

/** The users in the details of a line. */
export class Users {
  constructor(line) {
    this.line = line;
    this.path = `/api/subscriptions/${line.subscription.id}/users`;
    this.title = line.details.querySelector("[data-users-title]");
    const template = line.portal.section.querySelector("[data-user]");
    let count = 0;
    const make = (user) => new User(copyOf(template, `${line.subscription.id}-user-${(count += 1)}`), user, this).element;
    this.list = new List(line.details.querySelector("[data-users]"), line.details.querySelector("[data-more-users]"), this.path, make);
  }

  /** Show a first page of them. */
  show(page) {
    this.list.show(page);
  }
}

class User {
  constructor(element, { email, status, added_at }, users) {
    Object.assign(this, { element, email, users, line: users.line, words: users.line.words.users });
    const isAdministrator = email === this.line.subscription.administrator;
    fillSlots(element, {
      email,
      role: isAdministrator ? this.words.administrator : this.words[status],
      added: worded(this.words.added, { added_at }),
    });
    this.options = element.querySelector("[data-options]");
    this.menu = element.querySelector(".user__menu");
    this.question = element.querySelector(".user__confirm");
    this.toggle = element.querySelector("[data-toggle]");
    this.toggle.setAttribute("aria-label", worded(this.words.options_for, { email }));
    this.options.hidden = isAdministrator;

    this.toggle.addEventListener("click", () => this.#open(this.menu.hidden));
    element.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape(event));
    element.querySelector("[data-remove]").addEventListener("click", () => this.#ask());
    element.querySelector("[data-keep]").addEventListener("click", () => this.#keep());
    element.querySelector("[data-confirm]").addEventListener("click", () => this.#remove());
  }

  #open(isOpen) {
    this.menu.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? this.menu.querySelector("button") : this.toggle).focus();
  }

  /** Closes what is open here before it closes the line. */
  #escape(event) {
    if (this.menu.hidden && this.question.hidden) return;
    event.stopPropagation();
    if (this.question.hidden) this.#open(false);
    else this.#keep();
  }

  #ask() {
    this.#open(false);
    this.options.hidden = true;
    this.question.hidden = false;
    const question = this.element.querySelector("[data-question]");
    question.textContent = worded(this.words.confirm, { email: this.email });
    question.focus();
  }

  #keep() {
    this.question.hidden = true;
    this.options.hidden = false;
    this.toggle.focus();
  }

  async #remove() {
    if (this.removing) return;
    this.removing = true;
    this.key ??= crypto.randomUUID();
    try {
      await call("DELETE", `${this.users.path}/${encodeURIComponent(this.email)}`, { key: this.key });
      this.#gone();
    } catch (error) {
      if (!isUncertain(error)) this.key = undefined;
      if (error.code === "not_signed_in") changed(null);
      else this.#failed(error);
    } finally {
      this.removing = false;
    }
  }

  #gone() {
    const next = this.element.nextElementSibling ?? this.element.previousElementSibling;
    const focus = next?.querySelector("[data-options]:not([hidden]) [data-toggle]") ?? this.users.title;
    this.element.remove();
    focus.focus();
    this.line.removed(this.email);
    this.line.portal.attempt(() => this.line.refresh({ users: false }));
  }

  #failed(error) {
    const problem = this.element.querySelector("[data-problem]");
    const { detail } = error instanceof Problem ? error : this.line.portal.stages.get("failed").dataset;
    problem.textContent = detail;
    problem.hidden = false;
  }
}
