// @ts-check
// The activation: from the terms, by the link of the e-mail or signed in, to the signed contract.

import { call } from "./api.js";
import { Block } from "./block.js";
import { ContractView } from "./contract.js";
import { Former } from "./former.js";
import { fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { reader } from "./session.js";
import { subjectOf } from "./subject.js";
import { worded } from "./words.js";

const STAGES = { awaiting_terms: "terms", awaiting_activation: "activate", awaiting_signature: "sign" };
// The action that says best why there is nothing to do.
const LAST = "sign";

export const start = (section) => new Activation(section, subjectOf(document)).start();

class Activation extends Block {
  constructor(section, subject) {
    super(section, subject);
    this.notice = section.querySelector(":scope > [data-notice]");
    this.view = new ContractView(section.querySelector("[data-contract-view]"));
    this.signature = new Once({ lasts: true });
    this.former = new Former(this.stages, "POST", "/api/subscriptions/{id}/signature");
    this.sending = new Set();
    this.finished = Promise.resolve();
    this.#readLink();

    this.#act(this.stages.get("expired"), () => this.#renew());
    this.#act(this.stages.get("terms"), () => this.#accept());
    this.#act(this.stages.get("activate"), () => this.#activate());
    this.#act(section.querySelector("[data-send-code]"), () => this.#sendCode());
    this.signing = section.querySelector("[data-sign]");
    this.#act(this.signing, () => this.#sign());
    addEventListener("hashchange", () => this.#readLink() && this.start());
  }

  /** Show what comes next: of the link's subscription first, then of those that the signed-in reader administers. */
  async start(how = {}) {
    await this.attempt(() => (this.link ? this.#openLink() : this.#offer(how)));
    if (this.link || new URLSearchParams(location.search).has("subscription")) this.section.scrollIntoView();
  }

  /** The token stands behind the #, which reaches no server; true when there is one. */
  #readLink() {
    const carried = new URLSearchParams(location.hash.slice(1));
    const [subscription, token] = [carried.get("subscription"), carried.get("token")];
    this.link = subscription && token ? { subscription_id: subscription, token } : undefined;
    return Boolean(this.link);
  }

  /** The link has done its part: from here on the reader signs in. */
  #putLinkAway() {
    const asked = new URLSearchParams({ subscription: this.link.subscription_id });
    history.replaceState(history.state, "", `${location.pathname}?${asked}`);
    this.link = undefined;
    this.subject.isPinned = false;
  }

  async #openLink() {
    try {
      const { body } = await call("POST", "/api/invitations/open", { body: this.link });
      if (body.status === "awaiting_terms") return this.#pin(body);
      this.#sayDone(body.status);
    } catch (error) {
      if (error.code === "link_expired" && !error.subscription_status) return this.stages.show("expired");
      if (!["link_expired", "not_found"].includes(error.code)) throw error;
      this.#sayDone(error.subscription_status);
    }
    return this.#offer();
  }

  /** The link opens nothing any more: as far as can be told, because what it was for is done. */
  #sayDone(status) {
    this.#say(this.words.link[status] ?? (status ? this.words.link.over : this.words.dead));
    this.#putLinkAway();
  }

  async #renew() {
    const { administrator } = await this.once.send("POST", "/api/invitations/renewal", this.link);
    this.#putLinkAway();
    fillSlots(this.stages.get("renewed"), { renewed: worded(this.words.renewed, { administrator }) });
    this.stages.show("renewed", { focus: true });
  }

  /** What the link is about, and what of the steps is done with it: who holds it has not signed in. */
  #pin(invited) {
    const next = STAGES[invited.status];
    const actions = [
      { action: "accept_terms", allowed: next === "terms", reason: next === "terms" ? null : "terms_already_accepted" },
      { action: "activate", allowed: next === "activate", reason: null },
    ];
    this.subject.pin({ ...invited, id: invited.subscription_id, actions });
  }

  /** What the signed-in reader has to activate; whoever is not signed in is asked to. */
  async #offer({ hasSignedIn = false, again = false } = {}) {
    if (!(await reader())) return this.stages.askToSignIn(false);
    const former = await this.former.find();
    if (former) return this.#done(former.body);
    this.isToFocus = hasSignedIn;
    this.subject.isPinned = false;
    await this.subject.load({ again });
    await this.followed;
    return this.former.saySent();
  }

  /** The step that the page's subject has come to. */
  follow() {
    this.followed = this.attempt(() => this.#showStep());
    return this.followed;
  }

  async #showStep() {
    const { chosen, isFinished } = this.subject;
    if (isFinished || (this.link && !chosen)) return;
    this.faults.clear();
    this.section.hidden = !chosen && this.notice.hidden;
    if (!chosen) return this.stages.show();
    this.#begin(chosen);
    const { reason } = chosen.actions.find(({ action }) => action === LAST) ?? {};
    const stage = chosen.role === "user" ? undefined : STAGES[chosen.status];
    if (!stage) return fillSlots(this.stages.show("nothing"), { nothing: worded(this.words.nothing, { why: worded(this.words.reasons[reason], chosen) }) });
    if (stage === "sign") await this.#showContract(chosen);
    if (chosen === this.subject.chosen) this.stages.show(stage, { focus: this.isToFocus });
    this.isToFocus = false;
  }

  /** What was typed about another subscription is not about this one. */
  #begin({ id }) {
    if (this.begun && this.begun !== id) {
      for (const form of this.section.querySelectorAll("form")) form.reset();
      fillSlots(this.section, { sent: "" });
    }
    this.begun = id;
  }

  async #showContract(subscription) {
    await this.view.show(subscription);
    const { language, consent } = await this.view.read();
    const label = this.signing.querySelector("[data-field=consent] label");
    label.textContent = consent;
    label.lang = language;
  }

  async #accept() {
    const stage = this.stages.get("terms");
    if (!stage.elements.accepted.checked) return this.faults.show([{ field: "accepted", message: this.words.not_agreed }]);
    const accepted = { accepted: true, terms_version: this.words.terms_version };
    const answer = this.link
      ? await this.once.send("POST", "/api/invitations/terms", { ...this.link, ...accepted, language: document.documentElement.lang })
      : await this.once.send("POST", `${this.#path}/terms`, accepted);
    stage.reset();
    this.#say(worded(this.words.accepted, answer));
    if (this.link) {
      this.#putLinkAway();
      this.#pin(answer);
    }
    return this.#offer({ again: true });
  }

  async #activate() {
    await this.once.send("POST", `${this.#path}/activation`);
    return this.#offer({ hasSignedIn: true, again: true });
  }

  async #sendCode() {
    const { name, code } = this.signing.elements;
    const replaced = code.value;
    const { email, valid_until: until } = await this.once.send("POST", `${this.#path}/signature/code`);
    fillSlots(this.section, { sent: worded(this.words.code_sent, { email, until }) });
    // The mail can be there before the answer: what was typed meanwhile stays, and so does the place.
    if (code.value === replaced) code.value = "";
    if (!this.signing.contains(document.activeElement)) (name.value ? code : name).focus();
  }

  async #sign() {
    const { name, code, consent } = this.signing.elements;
    const missing = [name, code].filter((input) => !input.value.trim()).map((input) => ({ field: input.name, message: this.words.required }));
    if (!consent.checked) missing.push({ field: "consent", message: this.words.not_agreed });
    if (missing.length) return this.faults.show(missing);
    const body = { name: name.value, code: code.value, consent: true, sha256: this.view.sha256 };
    const signed = await this.signature.send("POST", `${this.#path}/signature`, body);
    this.signing.reset();
    fillSlots(this.section, { sent: "" });
    return this.#done(signed);
  }

  #done(signed) {
    const done = this.stages.get("done");
    fillSlots(done, { about: worded(this.words.option, signed), done: worded(this.words.signed, signed) });
    done.querySelector("[data-portal-line]").href = `${this.words.root}portal/#${signed.id}`;
    for (const link of done.querySelectorAll("[data-next]")) link.search = new URLSearchParams({ subscription: signed.id });
    this.section.hidden = false;
    this.faults.clear();
    // What the page is about no longer stands above, nor the contract: only then is it known where the word of it is.
    this.subject.finish(LAST);
    this.stages.show("done", { focus: true }).scrollIntoView();
  }

  get #path() {
    return `/api/subscriptions/${encodeURIComponent(this.subject.chosen.id)}`;
  }

  #say(text) {
    this.notice.textContent = text;
    this.notice.hidden = false;
    this.notice.focus();
  }

  readerChanged(who) {
    if (who) return this.stages.current === "sign-in" && this.start({ hasSignedIn: true });
    if (this.link) return undefined;
    this.faults.clear();
    return this.stages.askToSignIn(true);
  }

  /** Do what a form asks for, once, after what another form has begun. */
  #act(form, act) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (this.sending.has(form)) return;
      this.sending.add(form);
      const status = form.querySelector("[data-sending]");
      status.textContent = this.words.sending;
      this.faults.clear();
      this.notice.hidden = true;
      const before = this.finished;
      this.finished = (async () => {
        await before.catch(() => undefined);
        try {
          await act();
        } catch (error) {
          await this.refused(error);
        } finally {
          this.sending.delete(form);
          status.textContent = "";
        }
      })();
    });
  }

  /** What the state does not permit any more: show how it stands now, and why. */
  async refused(error) {
    if (error.code === "link_expired") return this.attempt(() => this.#openLink());
    if (error.status === 409) await this.attempt(() => (this.link ? this.#openLink() : this.#offer({ again: true })));
    return super.refused(error);
  }
}
