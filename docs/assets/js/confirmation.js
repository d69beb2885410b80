// @ts-check
// Asks a reader in the middle of their session who they are, in the place of what asked for it; nothing typed there is lost.

import { call } from "./api.js";
import { explain } from "./block.js";
import { Busy } from "./busy.js";
import { Faults } from "./faults.js";

export class Confirmation {
  /** `form` asks for one thing, the password or a code; `words` are those of faults, `required` and `sending`. */
  constructor(form, words) {
    this.form = form;
    this.words = words;
    this.busy = new Busy(words);
    this.control = form.querySelector("input");
    this.faults = new Faults(form.querySelector("[data-summary]"), form, words);
    form.addEventListener("submit", (event) => this.#submitted(event));
    form.querySelector("[data-not-now]").addEventListener("click", () => this.#answer(false));
  }

  /** Whether the reader has confirmed; false when they would rather not, or are signed out by now. */
  ask() {
    this.faults.clear();
    this.form.reset();
    return new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  #answer(isConfirmed) {
    this.faults.clear();
    this.form.reset();
    this.resolve(isConfirmed);
  }

  #submitted(event) {
    event.preventDefault();
    const { name, value } = this.control;
    if (!value) return this.faults.show([{ field: name, message: this.words.required }]);
    const confirm = async () => {
      await call("POST", "/api/session/confirmation", { body: { [name]: value }, key: crypto.randomUUID() });
      this.#answer(true);
    };
    return this.busy.with(this.form, confirm, (error) => this.#failed(error));
  }

  #failed(error) {
    if (error.code === "not_signed_in") this.#answer(false);
    explain(error, this.faults, this.form.dataset);
  }
}
