// @ts-check
// The verification: drop a PDF, learn whether it is a contract of ours and unchanged.

import { call } from "./api.js";
import { explain } from "./block.js";
import { Busy } from "./busy.js";
import { takeDrops } from "./drop.js";
import { Faults } from "./faults.js";
import { fillSlots } from "./lists.js";
import { isolated, moment, wordsOf } from "./words.js";

const LARGEST = 10 * 1024 * 1024;

export const start = (section) => new Verification(section);

class Verification {
  constructor(section) {
    this.words = wordsOf(section);
    this.form = section.querySelector("form");
    this.input = this.form.querySelector("[type=file]");
    this.verdict = section.querySelector("[data-verdict]");
    this.faults = new Faults(section.querySelector(":scope > [data-summary]"), this.form, this.words);
    this.busy = new Busy(this.words);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#check();
    });
    // What was found was of the file before.
    this.input.addEventListener("change", () => this.#forget());
    takeDrops(this.form.querySelector(".drop"), (files) => {
      this.input.files = files;
      this.#check();
    });
    // Sent before this listens, the form would only load the page again.
    this.form.querySelector("[type=submit]").disabled = false;
  }

  #check() {
    const look = async () => {
      const [file] = this.input.files;
      this.#forget();
      if (!file) return this.#wrong(this.words.missing);
      if (file.size > LARGEST) return this.#wrong(this.words.too_large);
      const body = new Blob([file], { type: "application/pdf" });
      const answer = await call("POST", "/api/contracts/verification", { body });
      return this.#show(answer.body, file);
    };
    this.busy.with(this.form, look, (error) => explain(error, this.faults, this.words.failed));
  }

  #forget() {
    this.verdict.hidden = true;
    this.faults.clear();
  }

  /** Nothing of a file that has given its place to another meanwhile. */
  #show(answer, file) {
    if (file !== this.input.files[0]) return;
    this.faults.clear();
    const kind = answer.whole ? "whole" : answer.ours ? "changed" : "not_ours";
    this.verdict.dataset.verdict = kind;
    const [signed, sealed] = [answer.signed_at, answer.sealed_at].map((at) => at && moment(at));
    fillSlots(this.verdict, { ...this.words[kind], file: isolated(file.name), signed_by: isolated(answer.signed_by ?? ""), signed_at: signed, sealed_at: sealed });
    for (const row of this.verdict.querySelectorAll("[data-signed]")) row.hidden = !answer.whole;
    this.verdict.hidden = false;
    this.verdict.focus();
  }

  #wrong(message) {
    this.faults.show([{ field: "file", message }]);
  }
}
