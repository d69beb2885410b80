// A colleague leaves: who, a check that lists from what, then out of all of it.

import { call, isUncertain } from "./api.js";
import { Busy } from "./busy.js";
import { Faults, listItem } from "./faults.js";
import { fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { worded, wordsOf } from "./words.js";

const ACTION = "remove_colleague";

/** Makes the page's form for a leaver work. */
export function startLeaver(root) {
  new Leaver(root.querySelector("[data-leaver]")).start();
}

class Leaver {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    this.busy = new Busy(this.words);
    this.once = new Once();
    this.faults = new Faults(section.querySelector(":scope > [data-summary]"), section, this.words);
    this.transfer = section.querySelector(":scope > [data-transfer]");
    [this.form, this.check] = ["form", "check"].map((name) => this.stages.get(name));
    this.form.addEventListener("submit", (event) => this.#act(event, () => this.#look()));
    this.check.addEventListener("submit", (event) => this.#act(event, () => this.#remove()));
    section.querySelector("[data-back]").addEventListener("click", () => this.#ask());
    section.querySelector("[data-restart]").addEventListener("click", () => this.#ask({ anew: true }));
    section.querySelector("[data-retry]").addEventListener("click", () => this.start());
    onChange((who) => (who ? this.start() : this.stages.askToSignIn(true)));
  }

  async start() {
    try {
      if (!(await reader())) return this.stages.askToSignIn(false);
      if (!["form", "check", "done"].includes(this.stages.current)) this.#show("form");
    } catch (error) {
      if (error.status === 401) changed(null);
      else this.stages.show("failed");
    }
    return undefined;
  }

  #act(event, act) {
    event.preventDefault();
    this.busy.with(event.currentTarget, act, (error) => this.#failed(error));
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
    return this.#show("check", { focus: true });
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
    this.#show("done", { focus: true });
  }

  #list(stage, texts) {
    stage.querySelector("[data-list]").replaceChildren(...texts.map(listItem));
  }

  #ask({ anew = false } = {}) {
    this.faults.clear();
    if (anew) this.form.reset();
    this.#show("form");
    this.form.elements.email.focus();
  }

  #show(name, options) {
    this.stages.show(name, options);
    this.section.dispatchEvent(new CustomEvent("job-stage", { bubbles: true, detail: { action: ACTION, stage: name } }));
  }

  #failed(error) {
    if (error.status === 401) return changed(null);
    this.transfer.hidden = error.code !== "is_administrator";
    const isAtField = error.errors?.length || ["not_found", "is_administrator"].includes(error.code);
    if (isAtField) {
      if (this.stages.current === "check") this.#show("form");
      return this.faults.show(error.errors?.length ? error.errors : [{ field: "email", message: error.detail }]);
    }
    const said = error.detail && !isUncertain(error) ? error : this.stages.get("failed").dataset;
    return this.faults.show([], { title: said.title, detail: said.detail });
  }
}
