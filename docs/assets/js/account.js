// @ts-check
// The account: whether it is complete, and how many days are left for its papers.

import { Block } from "./block.js";
import { copyOf, fillSlots } from "./lists.js";
import { advise, explained, outlook, shownStatus, standing } from "./papers.js";
import { day } from "./words.js";

export const start = (section) => new AccountStatus(section).start();

class AccountStatus extends Block {
  async show(who, { hasSignedIn }) {
    this.#fill(await standing(), who);
    this.stages.show("standing", { focus: hasSignedIn });
  }

  /**
   * @param {Api.Onboarding} stands
   * @param {Api.Session} who
   */
  #fill(stands, who) {
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

  /**
   * @param {Api.ShownDocument} document
   * @param {Api.Onboarding} stands
   */
  #line(document, stands) {
    const line = copyOf(this.section.querySelector("[data-paper]"), document.kind);
    const status = shownStatus(document, stands);
    line.querySelector("[data-slot=status]").dataset.status = status;
    fillSlots(line, { kind: this.words.kinds[document.kind], status: this.words.documents[status] });
    return line;
  }
}
