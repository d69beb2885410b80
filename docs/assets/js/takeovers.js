// @ts-check
// The staff's requests to take over: who asks for whose place, what supports it, and the decision.

import { Block, explain } from "./block.js";
import { Confirmation } from "./confirmation.js";
import { Decision } from "./decision.js";
import { listItem } from "./faults.js";
import { copyOf, fillSlots, List, write } from "./lists.js";
import { isolated, moment, worded } from "./words.js";

const OVER = ["takeover_closed", "takeover_outdated"];

export const start = (section) => new Takeovers(section).start();

class Takeovers extends Block {
  constructor(section) {
    super(section);
    this.lines = new List(section.querySelector("[data-lines]"), section.querySelector("[data-more]"), "/api/takeovers", (item) => this.#line(item));
  }

  /** Show what waits, whatever was open before, unless the session has only ended meanwhile: then what was typed stays. */
  async show(_who, { hasSignedIn }) {
    if (hasSignedIn && this.resume()) return;
    this.stages.show((await this.lines.load()) ? "list" : "empty");
  }

  /** @param {Api.WaitingTakeover} asked */
  #line(asked) {
    const { words } = this;
    const line = copyOf(this.section.querySelector("[data-waiting]"), asked.id);
    fillSlots(line, {
      about: worded("{product} {edition}, {contract_number}", asked),
      standing: worded(asked.is_decidable ? words.ripe : words.waits, asked),
      asked_by: worded(words.company, { email: asked.asked_by, company: asked.asker.company }),
      administrator: worded(words.company, { email: asked.administrator, company: asked.administrator_company ?? words.no_account }),
    });
    if (asked.is_decidable) line.querySelector("[data-slot=standing]").dataset.status = "active";
    const toggle = line.querySelector("button");
    const panel = line.querySelector(".line__panel");
    toggle.addEventListener("click", () => {
      const isOpen = toggle.getAttribute("aria-expanded") === "true";
      toggle.setAttribute("aria-expanded", String(!isOpen));
      panel.hidden = isOpen;
      line.toggleAttribute("data-open", !isOpen);
      // What was typed stays with the line.
      if (!panel.childElementCount) new Request(this, line, asked);
      if (!isOpen) panel.querySelector("[data-focus]").focus();
    });
    return line;
  }
}

class Request extends Decision {
  /**
   * @param {Takeovers} takeovers
   * @param {any} line
   * @param {Api.WaitingTakeover} asked
   */
  constructor(takeovers, line, asked) {
    const panel = line.querySelector(".line__panel");
    panel.append(copyOf(takeovers.section.querySelector("[data-request]"), asked.id));
    super(panel, asked.id, takeovers.words);
    this.takeovers = takeovers;
    this.line = line;
    this.panel = panel;
    this.asked = asked;
    fillSlots(panel, {
      reason: isolated(asked.reason),
      asked_at: moment(asked.asked_at),
      decidable_from: moment(asked.decidable_from),
    });
    panel.querySelector("[data-speaks]").replaceChildren(...this.#speaks().map(listItem));
    this.confirm = panel.querySelector("[data-confirm] form");
    this.confirmation = new Confirmation(this.confirm, this.words);
    if (!asked.is_decidable) this.#sayTooEarly();
  }

  /** What is known of who asks. */
  #speaks() {
    const { words, asked } = this;
    const other = asked.administrator_company;
    const facts = { ...asked, ...asked.asker, other, status: words.accounts[asked.asker.account_status] };
    const companies = facts.company === other ? words.same_company : words.other_company;
    return [
      asked.same_domain ? words.same_domain : words.other_domain,
      ...(other ? [companies] : []),
      facts.kbis_accepted_at && facts.kbis_issued_on ? words.kbis : words.no_kbis,
      words.user_since,
      words.account,
    ].map((text) => worded(text, facts));
  }

  /** Refusing is possible at any time, accepting is not: it says from when on. */
  #sayTooEarly() {
    this.form.querySelector("[value=accept]").disabled = true;
    const why = this.form.querySelector("[data-too-early]");
    why.hidden = false;
    write(why, worded(this.words.too_early, this.asked));
  }

  missing() {
    return this.reason ? [] : [{ field: "reason", message: this.words.required }];
  }

  fillCheck() {
    const { check, decision, words } = this;
    write(check.querySelector("[data-effect]"), worded(decision === "accept" ? words.check.accepted : words.check.refused, this.asked));
    check.querySelector("[type=submit]").textContent = words.check[decision];
  }

  async send() {
    this.mustConfirm = false;
    await super.send();
    if (this.mustConfirm) await this.#confirm();
  }

  async act() {
    const { answered } = this;
    const body = { decision: this.decision, reason: this.reason };
    const decided = await this.once.send("POST", `/api/takeovers/${encodeURIComponent(this.asked.id)}/decision`, body);
    this.#over(this.words.outcomes[decided.decision], worded(this.words.announced[decided.decision], decided));
    this.panel.querySelector("[data-answers]").replaceChildren(...answered);
    if (decided.decision === "accept") fillSlots(this.line, { administrator: worded(this.words.company, { email: decided.administrator, company: this.asked.asker.company }) });
  }

  /** What became of it stays in its line until the list is read again. */
  #over(standing, text) {
    const badge = this.line.querySelector("[data-slot=standing]");
    badge.textContent = standing;
    badge.dataset.status = "over";
    this.panel.replaceChildren(copyOf(this.takeovers.section.querySelector("[data-outcome]"), this.asked.id));
    const said = this.panel.querySelector("[data-said]");
    write(said, text);
    said.focus();
  }

  /** Ask who it is, then send the very same again. */
  async #confirm() {
    this.turn(this.confirm);
    this.confirm.querySelector("[data-focus]").focus();
    const isConfirmed = await this.confirmation.ask();
    this.turn(this.check);
    this.check.querySelector("[data-focus]").focus();
    if (isConfirmed) await this.send();
  }

  failed(error) {
    this.mustConfirm = error.code === "sign_in_again";
    if (this.mustConfirm) return undefined;
    // The administrator or somebody else of the staff was first, or one of the two has gone.
    if (OVER.includes(error.code)) return this.#over(error.title, error.detail);
    this.turn(this.form);
    return explain(error, this.faults, this.takeovers.unreached);
  }
}
