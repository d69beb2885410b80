// The reader's own account: who they are. What changes it are the forms beside it.

import { fillSlots } from "./lists.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { wordsOf } from "./words.js";

/** Makes the page of the reader's own account work. */
export function startOwnAccount(root) {
  new OwnAccount(root.querySelector("[data-own-account]")).start();
}

class OwnAccount {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    section.querySelector("[data-retry]").addEventListener("click", () => this.start());
    onChange((who) => (who ? this.#show(who) : this.stages.askToSignIn(true)));
  }

  async start() {
    try {
      const who = await reader();
      if (!who) return this.stages.askToSignIn(false);
      this.#show(who);
    } catch (error) {
      if (error.status === 401) changed(null);
      else this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  #show({ email, company, profile, account_status: status, account_id, roles, language, invoices_email: copies }) {
    const { profiles, statuses, languages, no_copies: noCopies } = this.words;
    fillSlots(this.section, { email, company, account_id, profile: profiles[profile], status: statuses[status === "pending" ? "to_send" : status] });
    fillSlots(this.section, { language: languages[language], copies: copies ?? noCopies });
    this.section.querySelector("[data-factor]").hidden = !roles.length;
    this.stages.show("account");
  }
}
