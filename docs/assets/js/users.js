// The users of a subscription in the portal: who they are, and removing one.

import { call, isUncertain, Problem } from "./api.js";
import { copyOf, fillSlots, List } from "./lists.js";
import { changed } from "./session.js";
import { worded } from "./words.js";

/** Shows the users in a subscription's panel; the list answered can be loaded again. */
export function showUsers(panel, portal, subscription) {
  const path = `/api/subscriptions/${subscription.id}/users`;
  const template = portal.section.querySelector("[data-user]");
  let count = 0;
  const make = (user) => new User(copyOf(template, `${subscription.id}-user-${(count += 1)}`), user, { panel, portal, subscription, path }).line;
  return new List(panel.querySelector("[data-users]"), panel.querySelector("[data-more-users]"), path, make);
}

class User {
  constructor(line, { email, status, added_at }, { panel, portal, subscription, path }) {
    Object.assign(this, { line, email, panel, portal, subscription, path: `${path}/${encodeURIComponent(email)}` });
    this.words = portal.words.users;
    const isAdministrator = email === subscription.administrator;
    fillSlots(line, {
      email,
      role: isAdministrator ? this.words.administrator : this.words[status],
      added: worded(this.words.added, { added_at }),
    });
    this.options = line.querySelector("[data-options]");
    this.menu = line.querySelector(".user__menu");
    this.question = line.querySelector(".user__confirm");
    this.toggle = line.querySelector("[data-toggle]");
    this.toggle.setAttribute("aria-label", worded(this.words.options_for, { email }));
    this.options.hidden = isAdministrator;

    this.toggle.addEventListener("click", () => this.#open(this.menu.hidden));
    this.options.addEventListener("keydown", (event) => event.key === "Escape" && this.#open(false));
    line.querySelector("[data-remove]").addEventListener("click", () => this.#ask());
    line.querySelector("[data-keep]").addEventListener("click", () => this.#keep());
    line.querySelector("[data-confirm]").addEventListener("click", () => this.#remove());
  }

  #open(isOpen) {
    this.menu.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? this.menu.querySelector("button") : this.toggle).focus();
  }

  #ask() {
    this.#open(false);
    this.options.hidden = true;
    this.question.hidden = false;
    const question = this.line.querySelector("[data-question]");
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
      await call("DELETE", this.path, { key: this.key });
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
    const next = this.line.nextElementSibling ?? this.line.previousElementSibling;
    const focus = next?.querySelector("[data-options]:not([hidden]) [data-toggle]") ?? this.panel.querySelector("[data-users-title]");
    this.line.remove();
    focus.focus();
    this.portal.announce(worded(this.words.removed, { email: this.email }));
    this.portal.attempt(() => this.portal.refresh(this.panel.closest(".line"), this.subscription));
  }

  #failed(error) {
    const problem = this.line.querySelector("[data-problem]");
    const { detail } = error instanceof Problem ? error : this.portal.stages.get("failed").dataset;
    problem.textContent = detail;
    problem.hidden = false;
  }
}
