// The activation: from the terms, by the link of the e-mail or signed in, to the signed contract.

import { all, call, Problem, Unreachable } from "./api.js";
import { ContractView } from "./contract.js";
import { Faults } from "./faults.js";
import { Former } from "./former.js";
import { fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { worded, wordsOf } from "./words.js";

const STAGES = { awaiting_terms: "terms", awaiting_activation: "activate", awaiting_signature: "sign" };
const STEPS = ["terms", "activate", "sign"];

/** Makes the page's activation work. */
export function startActivation(root) {
  new Activation(root.querySelector("[data-activation]")).start();
}

class Activation {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    this.faults = new Faults(section.querySelector(":scope > [data-summary]"), section, this.words);
    this.about = section.querySelector("[data-about]");
    this.select = section.querySelector("[data-subscriptions]");
    this.notice = section.querySelector(":scope > [data-notice]");
    this.view = new ContractView(section.querySelector("[data-contract-view]"));
    this.once = new Once();
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
    this.select.addEventListener("change", () => this.#attempt(() => this.#show(this.offered.get(this.select.value))));
    section.querySelector("[data-retry]").addEventListener("click", () => this.start());
    onChange((who) => this.#readerChanged(who));
    addEventListener("hashchange", () => this.#readLink() && this.start());
  }

  /** Show what comes next: of the link's subscription first, then of those that the signed-in reader administers. */
  async start({ focus = false } = {}) {
    await this.#attempt(() => (this.link ? this.#openLink() : this.#offer({ focus })));
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
  }

  async #openLink() {
    try {
      const { body } = await call("POST", "/api/invitations/open", { body: this.link });
      if (body.status === "awaiting_terms") return this.#showTerms(body);
      this.#putLinkAway();
    } catch (error) {
      if (error.code === "link_expired") return this.#stage("expired");
      if (error.code !== "not_found") throw error;
      this.#say(this.words.dead);
      this.#putLinkAway();
    }
    return this.#offer();
  }

  async #renew() {
    const { administrator } = await this.once.send("POST", "/api/invitations/renewal", this.link);
    this.#putLinkAway();
    fillSlots(this.stages.get("renewed"), { renewed: worded(this.words.renewed, { administrator }) });
    this.#stage("renewed", { focus: true });
  }

  async #offer({ focus = false } = {}) {
    if (!(await reader())) {
      this.about.hidden = true;
      return this.stages.askToSignIn(false);
    }
    const former = await this.former.find();
    if (former) return this.#done(former.body);
    const subscriptions = await all("/api/subscriptions");
    const waiting = subscriptions.filter(({ role, status }) => role === "administrator" && status in STAGES);
    this.offered = new Map(waiting.map((one) => [one.id, one]));
    const asked = this.select.value || new URLSearchParams(location.search).get("subscription");
    this.select.replaceChildren(...waiting.map((one) => new Option(worded(this.words.option, one), one.id)));
    const chosen = subscriptions.find(({ id }) => id === asked) ?? waiting[0];
    if (!chosen || !this.offered.has(chosen.id)) return this.#nothing(chosen);
    this.select.value = chosen.id;
    await this.#show(chosen, { focus });
    return this.former.saySent();
  }

  #nothing(subscription) {
    const { nothing, used } = this.words;
    fillSlots(this.stages.get("nothing"), { nothing: subscription ? worded(used, subscription) : nothing });
    this.#stage("nothing");
  }

  async #show(subscription, { focus = false } = {}) {
    const stage = STAGES[subscription.status];
    if (stage === "terms") return this.#showTerms(subscription, { focus });
    this.#showFacts(subscription, stage);
    if (stage === "sign") await this.#showContract();
    return this.#stage(stage, { focus });
  }

  #showTerms(subscription, { focus = false } = {}) {
    this.#showFacts(subscription, "terms");
    this.#stage("terms", { focus });
  }

  #showFacts(subscription, current) {
    this.subscription = { id: subscription.subscription_id, ...subscription };
    this.about.hidden = false;
    const isChosen = this.select.options.length > 1 && !this.link;
    this.about.querySelector("[data-choice]").hidden = !isChosen;
    this.about.querySelector("[data-facts]").hidden = isChosen;
    fillSlots(this.about, {
      product: worded("{product} {edition}", subscription),
      licence: worded(this.words.licences[subscription.licence], { count: subscription.seats }),
      contract: subscription.contract_number,
    });
    for (const step of this.about.querySelectorAll("[data-step]")) {
      const isDone = STEPS.indexOf(step.dataset.step) < STEPS.indexOf(current);
      step.toggleAttribute("data-is-done", isDone);
      step.querySelector("[data-done]").hidden = !isDone;
      if (step.dataset.step === current) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
  }

  async #showContract() {
    await this.view.show(this.subscription);
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
    this.#tell();
    if (this.link) this.#putLinkAway();
    return this.#offer();
  }

  async #activate() {
    await this.once.send("POST", `${this.#path}/activation`);
    this.#tell();
    return this.#offer({ focus: true });
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
    this.#tell();
    return this.#done(signed);
  }

  /** Let the rest of the page know that the subscription stands elsewhere now. */
  #tell() {
    this.section.dispatchEvent(new CustomEvent("subscription-changed", { bubbles: true }));
  }

  #done(signed) {
    const done = this.stages.get("done");
    fillSlots(done, { done: worded(this.words.signed, signed) });
    done.querySelector("[data-portal-line]").href = `${this.words.root}portal/#${signed.id}`;
    done.querySelector("[data-signed-contract]").search = new URLSearchParams({ subscription: signed.id });
    this.about.hidden = true;
    this.#stage("done", { focus: true });
  }

  get #path() {
    return `/api/subscriptions/${encodeURIComponent(this.subscription.id)}`;
  }

  #stage(name, { focus = false } = {}) {
    this.faults.clear();
    if (!["terms", "activate", "sign"].includes(name)) this.about.hidden = true;
    this.stages.show(name, { focus });
  }

  #say(text) {
    this.notice.textContent = text;
    this.notice.hidden = false;
    this.notice.focus();
  }

  #readerChanged(who) {
    if (who) return this.stages.current === "sign-in" && this.start({ focus: true });
    if (this.link) return undefined;
    this.faults.clear();
    this.about.hidden = true;
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
          await this.#failed(error);
        } finally {
          this.sending.delete(form);
          status.textContent = "";
        }
      })();
    });
  }

  /** What the state does not permit any more: show how it stands now, and why. */
  async #failed(error) {
    if (error.code === "not_signed_in") return changed(null);
    if (error.code === "link_expired") return this.#stage("expired", { focus: true });
    if (error.status === 409) await this.#attempt(() => (this.link ? this.#openLink() : this.#offer()));
    if (error instanceof Problem) return this.faults.show(error.errors, error);
    if (error instanceof Unreachable) return this.faults.show([], this.stages.get("failed").dataset);
    throw error;
  }

  async #attempt(ask) {
    try {
      await ask();
    } catch (error) {
      this.about.hidden = true;
      if (error.status === 401) changed(null);
      else this.#stage("failed", { focus: true });
    }
  }
}
