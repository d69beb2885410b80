// The account: whether it is complete, and how many days are left for its papers.

import { copyOf, fillSlots } from "./lists.js";
import { standing } from "./papers.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { day, worded, wordsOf } from "./words.js";

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
      if (!(await reader())) return this.stages.askToSignIn(false);
      this.#show(await standing());
      this.stages.show("standing", { focus });
    } catch (error) {
      if (error.status === 401) changed(null);
      else this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  #show(stands) {
    const facts = { ...stands, count: stands.days_left };
    const stage = this.stages.get("standing");
    stage.querySelector("[data-slot=status]").dataset.status = stands.status;
    fillSlots(stage, {
      status: this.words.statuses[stands.status],
      explained: worded(this.words.explained[stands.status], facts),
      deadline: day(stands.deadline),
      days_left: stands.days_left,
    });
    stage.querySelector(".facts").hidden = stands.status === "complete";
    stage.querySelector("[data-to-documents]").hidden = stands.status === "complete" || stands.status === "expired";
    stage.querySelector("[data-to-registration]").hidden = stands.status !== "expired";
    stage.querySelector("[data-papers]").replaceChildren(...stands.documents.map((document) => this.#line(document)));
  }

  #line({ kind, status }) {
    const line = copyOf(this.section.querySelector("[data-paper]"), kind);
    line.querySelector("[data-slot=status]").dataset.status = status;
    fillSlots(line, { kind: this.words.kinds[kind], status: this.words.documents[status] });
    return line;
  }
}
