// @ts-check
// A colleague leaves: who, a check that lists from what, then out of all of it.

import { call } from "./api.js";
import { Block } from "./block.js";
import { listItem } from "./faults.js";
import { fillSlots } from "./lists.js";
import { worded } from "./words.js";

const ACTION = "remove_colleague";

export const start = (section) => new Leaver(section).start();

class Leaver extends Block {
  constructor(section) {
    super(section);
    this.transfer = section.querySelector(":scope > [data-transfer]");
    this.form = this.stages.get("form");
    this.check = this.stages.get("check");
    this.onSubmit(this.form, () => this.#look());
    this.onSubmit(this.check, () => this.#remove());
    this.on("[data-back]", () => this.#ask());
    this.on("[data-restart]", () => this.#ask({ anew: true }));
  }

  show() {
    if (!["form", "check", "done"].includes(this.stages.current)) this.#turn("form");
  }

  get #path() {
    return `/api/colleagues/${encodeURIComponent(this.form.elements.email.value.trim())}`;
  }

  /** What they use of what the reader administers, before anything is done. */
  async #look() {
    this.faults.clear();
    this.transfer.hidden = true;
    if (!this.form.elements.email.value.trim()) return this.faults.show([{ field: "email", message: this.words.required }]);
    const { body } = await call("GET", this.#path);
    this.used = new Map(body.items.map((one) => [one.subscription_id, worded(this.words.used, one)]));
    this.email = body.email;
    fillSlots(this.check, { question: worded(this.words.question, { email: body.email, count: body.items.length }) });
    this.#list(this.check, [...this.used.values()]);
    return this.#turn("check", { focus: true });
  }

  async #remove() {
    const { removed, kept } = await this.once.send("DELETE", this.#path);
    this.faults.clear();
    const done = this.stages.get("done");
    fillSlots(done, {
      title: worded(this.words.done_title, { email: this.email }),
      text: worded(this.words.done, { email: this.email, count: removed.length }),
    });
    this.#list(done, removed.map((id) => this.used.get(id) ?? id));
    const left = kept.map(({ subscription_id: id, reason }) => worded(this.words.kept, { used: this.used.get(id) ?? id, why: this.words.reasons[reason] ?? reason }));
    done.querySelector("[data-kept]").hidden = !left.length;
    done.querySelector("[data-kept-list]").replaceChildren(...left.map(listItem));
    this.form.reset();
    this.#turn("done", { focus: true });
  }

  #list(stage, texts) {
    stage.querySelector("[data-list]").replaceChildren(...texts.map(listItem));
  }

  #ask({ anew = false } = {}) {
    this.faults.clear();
    if (anew) this.form.reset();
    this.#turn("form");
    this.form.elements.email.focus();
  }

  #turn(name, options) {
    this.stages.show(name, options);
    this.tellStage(ACTION, name);
  }

  refused(error) {
    this.transfer.hidden = error.code !== "is_administrator";
    const isAtField = error.errors?.length || ["not_found", "is_administrator"].includes(error.code);
    if (isAtField) {
      if (this.stages.current === "check") this.#turn("form");
      return this.faults.show(error.errors?.length ? error.errors : [{ field: "email", message: error.detail }]);
    }
    return super.refused(error);
  }
}
