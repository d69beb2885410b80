// The account: whether it is complete, and how many days are left for its papers.

import { copyOf, fillSlots } from "./lists.js";
import { advise, explained, outlook, shownStatus, standing } from "./papers.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { day, wordsOf } from "./words.js";

/** Makes the page's account status work. */
export function startAccount(root) {
  new AccountStatus(root.querySelector("[data-account]")).start();
}

class AccountStatus {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    section.querySelector("[data-retry]").addEventListener("click", () => this.start());
    onChange((who) => (who ? this.start({ focus: true }) : this.stages.askToSignIn(true)));
  }

  async start({ focus = false } = {}) {
    try {
      const who = await reader();
      if (!who) return this.stages.askToSignIn(false);
      this.#show(await standing(), who);
      this.stages.show("standing", { focus });
    } catch (error) {
      if (error.status === 401) changed(null);
      else this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  #show(stands, who) {
    const stage = this.stages.get("standing");
    const all = outlook(stands);
    const isToSend = all.startsWith("to_send");
    stage.querySelector("[data-slot=status]").dataset.status = all;
    fillSlots(stage, {
      status: this.words.statuses[all],
      explained: explained(stands, this.words),
      deadline: day(stands.deadline),
      days_left: stands.days_left,
    });
    advise(stage.querySelector("[data-refused]"), stands, this.words, who);
    stage.querySelector(".facts").hidden = !isToSend;
    stage.querySelector("[data-to-documents]").hidden = !isToSend;
    stage.querySelector("[data-to-registration]").hidden = all !== "expired";
    stage.querySelector("[data-papers]").replaceChildren(...stands.documents.map((document) => this.#line(document, stands)));
  }

  #line(document, stands) {
    const line = copyOf(this.section.querySelector("[data-paper]"), document.kind);
    const status = shownStatus(document, stands);
    line.querySelector("[data-slot=status]").dataset.status = status;
    fillSlots(line, { kind: this.words.kinds[document.kind], status: this.words.documents[status] });
    return line;
  }
}
