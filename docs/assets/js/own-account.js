// @ts-check
// The reader's own account: who they are. What changes it are the forms beside it.

import { Block } from "./block.js";
import { fillSlots } from "./lists.js";

export const start = (section) => new OwnAccount(section).start();

class OwnAccount extends Block {
  show({ email, company, profile, account_status: status, account_id, roles, language, invoices_email: copies }) {
    const { profiles, statuses, languages, no_copies: noCopies } = this.words;
    fillSlots(this.section, { email, company, account_id, profile: profiles[profile], status: statuses[status === "pending" ? "to_send" : status] });
    fillSlots(this.section, { language: languages[language], copies: copies ?? noCopies });
    this.section.querySelector("[data-factor]").hidden = !roles.length;
    this.stages.show("account");
  }
}
