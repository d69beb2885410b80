// Where the reader is signed in, and the end of each of these sessions.

import { call, Problem } from "./api.js";
import { copyOf, fillSlots, List } from "./lists.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { moment, worded, wordsOf } from "./words.js";

/** Makes the page's list of sessions work. */
export function startSessions(root) {
  new Sessions(root.querySelector("[data-sessions]")).start();
}

class Sessions {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    this.list = new List(section.querySelector("[data-list]"), section.querySelector("[data-more]"), "/api/sessions", (one) => this.#shown(one));
    section.querySelector("[data-retry]").addEventListener("click", () => this.start());
    onChange((who) => (who ? this.start() : this.stages.askToSignIn(true)));
  }

  async start() {
    try {
      if (!(await reader())) return this.stages.askToSignIn(false);
      const count = await this.list.load();
      this.section.querySelector("[data-alone]").hidden = count > 1;
      this.stages.show("list");
    } catch (error) {
      this.#failed(error);
    }
    return undefined;
  }

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

  async #end({ id, device, this: isThis }) {
    try {
      await call("DELETE", `/api/sessions/${encodeURIComponent(id)}`, { key: crypto.randomUUID() });
    } catch (error) {
      // One that is over by itself is what was asked for.
      if (error.status !== 404) return this.#failed(error);
    }
    if (isThis) return changed(null, { signedOut: true });
    await this.start();
    const said = this.section.querySelector("[data-announce]");
    said.textContent = worded(this.words.ended, { device });
    said.focus();
    return undefined;
  }

  #failed(error) {
    if (error instanceof Problem && error.status === 401) changed(null);
    else this.stages.show("failed", { focus: true });
  }
}
