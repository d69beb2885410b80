// @ts-check
// Where the reader is signed in, and the end of each of these sessions.

import { call } from "./api.js";
import { Block } from "./block.js";
import { copyOf, fillSlots, List } from "./lists.js";
import { changed } from "./session.js";
import { moment, worded } from "./words.js";

export const start = (section) => new Sessions(section).start();

class Sessions extends Block {
  constructor(section) {
    super(section);
    this.list = new List(section.querySelector("[data-list]"), section.querySelector("[data-more]"), "/api/sessions", (one) => this.#shown(one));
  }

  async show() {
    const count = await this.list.load();
    this.section.querySelector("[data-alone]").hidden = count > 1;
    this.stages.show("list");
  }

  /** @param {Api.OpenSession} one */
  #shown(one) {
    const line = copyOf(this.section.querySelector("[data-one]"), one.id);
    fillSlots(line, { device: one.device, since: moment(one.since), last_seen: moment(one.last_seen) });
    line.querySelector("[data-this]").hidden = !one.this;
    for (const button of line.querySelectorAll("[data-end]")) {
      button.hidden = (button.dataset.end === "this") !== one.this;
      button.addEventListener("click", () => this.#end(one));
    }
    return line;
  }

  /** @param {Api.OpenSession} one */
  async #end({ id, device, this: isThis }) {
    try {
      await call("DELETE", `/api/sessions/${encodeURIComponent(id)}`, { key: crypto.randomUUID() });
    } catch (error) {
      // One that is over by itself is what was asked for.
      if (error.status !== 404) return this.failed(error);
    }
    if (isThis) return changed(null, { signedOut: true });
    await this.start();
    const said = this.section.querySelector("[data-announce]");
    said.textContent = worded(this.words.ended, { device });
    said.focus();
    return undefined;
  }
}
