// @ts-check
// A file's conversation: its messages, newest first, and a form to write the next one.

import { explain } from "./block.js";
import { Busy } from "./busy.js";
import { Faults } from "./faults.js";
import { copyOf, fillSlots, List } from "./lists.js";
import { Once } from "./once.js";
import { moment } from "./words.js";

export class Conversation {
  /** `words` are those of faults, `required`, `sending`, `sent`, and `by`: what each side is called. */
  constructor(block, path, words, { announce, wrote }) {
    this.block = block;
    this.path = path;
    this.words = words;
    this.announce = announce;
    this.wrote = wrote;
    this.form = block.querySelector("form");
    this.once = new Once();
    this.busy = new Busy(words);
    this.faults = new Faults(this.form.querySelector("[data-summary]"), this.form, words);
    this.items = block.querySelector("[data-messages]");
    this.list = new List(this.items, block.querySelector("[data-more]"), path, (message) => this.#message(message));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  /** Show what is written by now; `isOver` once nothing can be. */
  async show({ isOver }) {
    this.form.hidden = isOver;
    this.block.querySelector("[data-closed]").hidden = !isOver;
    const count = await this.list.load();
    this.items.hidden = !count;
    this.block.querySelector("[data-none]").hidden = Boolean(count) || isOver;
  }

  focus() {
    this.form.querySelector("textarea").focus();
  }

  /** @param {Api.Message} message */
  #message({ from, text, at }) {
    const line = copyOf(this.block.querySelector("[data-of-message]"), at);
    line.dataset.from = from;
    fillSlots(line, { by: this.words.by[from] });
    const time = line.querySelector(".message__head").appendChild(document.createElement("time"));
    time.dateTime = at;
    time.textContent = moment(at);
    // As it was written: nothing in it is ours.
    line.querySelector("[data-text]").textContent = text;
    return line;
  }

  #send() {
    const field = this.form.querySelector("textarea");
    const text = field.value.trim();
    if (!text) return this.faults.show([{ field: "text", message: this.words.required }]);
    this.faults.clear();
    const act = async () => {
      const message = await this.once.send("POST", this.path, { text });
      this.form.reset();
      await this.show({ isOver: false });
      this.announce(this.words.sent);
      field.focus();
      await this.wrote(message);
    };
    return this.busy.with(this.form, act, (error) => explain(error, this.faults, this.form.dataset));
  }
}
