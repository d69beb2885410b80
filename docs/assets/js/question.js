// @ts-check
// «Are you sure?», asked in the place of the buttons that lead to it, which come back when the reader would rather not.

import { explain } from "./block.js";

export class Question {
  #isActing = false;

  /** `element` has the question and its `asker`; `act` is done once it is confirmed; `unreached` is said where nobody answers. */
  constructor(element, { asker, act, unreached }) {
    this.asker = asker;
    this.unreached = unreached;
    this.box = element.querySelector(".user__confirm");
    this.text = element.querySelector("[data-question]");
    this.problem = element.querySelector("[data-problem]");
    element.querySelector("[data-keep]").addEventListener("click", () => this.#keep());
    element.querySelector("[data-confirm]").addEventListener("click", () => this.#confirmed(act));
    // It closes before what it stands in does.
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.box.hidden) return;
      event.stopPropagation();
      this.#keep();
    });
  }

  ask(text) {
    this.#show(true);
    this.text.textContent = text;
    this.text.focus();
  }

  /** Say why something was not done, as Faults do. */
  show(_errors, { detail }) {
    this.problem.textContent = detail;
    this.problem.hidden = false;
  }

  clear() {
    this.problem.hidden = true;
  }

  refused(error) {
    explain(error, this, this.unreached);
  }

  #keep() {
    this.#show(false);
    (this.asker.querySelector("button") ?? this.asker).focus();
  }

  #show(isAsked) {
    this.asker.hidden = isAsked;
    this.box.hidden = !isAsked;
  }

  async #confirmed(act) {
    if (this.#isActing) return;
    this.#isActing = true;
    try {
      await act();
    } catch (error) {
      this.refused(error);
    } finally {
      this.#isActing = false;
    }
  }
}
