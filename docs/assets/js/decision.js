// @ts-check
// A decision of the staff's: chosen and reasoned in one form, read again in the next, sent once.

import { Busy } from "./busy.js";
import { answers, Faults } from "./faults.js";
import { Once } from "./once.js";

export class Decision {
  /** `place` has the form, then the one that checks; `name` tells its choice from those of the page's other decisions. */
  constructor(place, name, words) {
    this.words = words;
    this.stages = [...place.querySelectorAll("form")];
    this.form = this.stages[0];
    this.check = place.querySelector("form[data-check]");
    this.faults = new Faults(place.querySelector("[data-summary]"), this.form, words);
    this.busy = new Busy(words);
    this.once = new Once();
    for (const choice of this.form.querySelectorAll("[type=radio]")) choice.name = `${name}-decision`;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#checked();
    });
    this.check.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.check.querySelector("[data-back]").addEventListener("click", () => {
      this.turn(this.form);
      this.form.querySelector("[type=radio]:checked").focus();
    });
  }

  get decision() {
    return this.form.querySelector("[type=radio]:checked")?.value;
  }

  get reason() {
    return this.form.querySelector("textarea").value.trim();
  }

  /** What is answered, to be read again. */
  get answered() {
    const fields = [...this.form.querySelectorAll(".field")];
    return answers(fields.filter((field) => field.querySelector("input:checked") || field.querySelector("select, textarea")?.value));
  }

  /** Show one of the forms. */
  turn(stage) {
    for (const one of this.stages) one.hidden = one !== stage;
  }

  async send() {
    await this.busy.with(this.check, () => this.act(), (error) => this.failed(error));
  }

  /**
   * What is missing beside the decision, by field.
   *
   * @returns {{ field: string, message: string }[]}
   */
  missing() {
    return [];
  }

  /** Say in the form that checks what will come of it. */
  fillCheck() {}

  /**
   * Decide.
   *
   * @returns {Promise<unknown>}
   */
  async act() {
    return undefined;
  }

  /**
   * It was not decided so.
   *
   * @returns {unknown}
   */
  failed(error) {
    throw error;
  }

  #checked() {
    const undecided = this.decision ? [] : [{ field: "decision", message: this.words.not_chosen }];
    const wrong = [...undecided, ...this.missing()];
    if (wrong.length) return this.faults.show(wrong);
    this.faults.clear();
    this.check.querySelector("[data-answers]").replaceChildren(...this.answered);
    this.fillCheck();
    this.turn(this.check);
    return this.check.querySelector("[data-focus]").focus();
  }
}
