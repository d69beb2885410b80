// A job's form: asks, checks, sends once, and shows what the server says of it.

import { all, call, isUncertain, Problem, Unreachable } from "./api.js";
import { Busy } from "./busy.js";
import { Confirmation } from "./confirmation.js";
import { answers, Faults, listItem } from "./faults.js";
import { Former } from "./former.js";
import { Once } from "./once.js";
import { account, cameFrom, changed, isHalfSignedIn, onChange, reader, tellTabs } from "./session.js";
import { Stages } from "./stages.js";
import { worded, wordsOf } from "./words.js";

const SIGN_IN = "sign-in";
const SHARED = "[data-shared-sign-in]";

/** Makes a job's section work. In the portal the subscription is already chosen. */
export class Job {
  constructor(section, subscription = null) {
    this.section = section;
    this.settings = JSON.parse(section.querySelector(":scope > [data-settings]").textContent);
    this.words = wordsOf(section);
    this.busy = new Busy(this.words);
    this.stages = new Stages(section);
    this.form = this.stages.get("form");
    this.faults = new Faults(section.querySelector(":scope > [data-summary]"), this.form, this.words);
    const confirmation = this.stages.get("confirmation");
    this.confirmation = confirmation && new Confirmation(confirmation, this.words);
    this.once = new Once({ lasts: this.settings.lasts });
    this.former = this.settings.lasts ? new Former(this.stages, this.settings.method, this.settings.path) : null;
    this.select = this.form.querySelector("[data-subscriptions]");
    this.subscription = subscription;
    this.users = this.form.querySelector("[data-users]");
    if (subscription) this.select.closest(".field").hidden = true;
    if (this.users) this.select.addEventListener("change", () => this.#offerUsers());
    this.select?.addEventListener("change", () => this.#begin());
    if (this.settings.about === "link") addEventListener("hashchange", () => this.start());

    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.stages.get("check")?.addEventListener("submit", (event) => this.#confirmed(event));
    this.#on("[data-back]", () => this.#ask());
    this.#on("[data-retry]", () => this.start());
    this.#on("[data-restart]", () => this.start({ focus: true }));
    for (const button of this.form.querySelectorAll("[data-reveal]")) reveal(button);
    onChange((who) => this.#readerChanged(who));
    this.#fillInWhatIsCarried();
  }

  /** Behind the # of an e-mail's link: the address that it was sent to, and a code that nobody has to type. */
  #fillInWhatIsCarried() {
    if (this.settings.about || this.settings.signedIn) return;
    const carried = new URLSearchParams(location.hash.slice(1));
    const { email, code } = this.form.elements;
    if (email && carried.has("email")) email.value ||= carried.get("email");
    if (!code || !carried.has("code")) return;
    code.value = carried.get("code");
    addEventListener("load", () => this.section.scrollIntoView());
  }

  /** Find out what the reader can do here, and show it. */
  async start({ focus = false } = {}) {
    if (this.settings.about === "link") return this.#openLink();
    if (!this.settings.signedIn) return this.#startForAnyone();
    try {
      if (!(await reader())) return this.stages.askToSignIn(false);
      const former = await this.former?.find();
      if (former) return this.#wasDone(former);
      if (this.settings.about === "subscription" && !(await this.#offerSubscriptions())) return this.stages.show("unavailable");
      this.stages.show("form");
      this.former?.saySent();
      if (focus) this.#focusOnForm();
    } catch (error) {
      if (error.status === 401) changed(null);
      else this.stages.show("failed");
    }
    return undefined;
  }

  /** What was sent before the page was loaded again, and nobody heard the answer to. */
  #wasDone({ body, reference }) {
    this.#fillDone({ title: this.words.former_title, text: this.words.former, reference: body?.reference ?? reference });
  }

  /** Something else was done: what can be done here may be another thing now. */
  look(id) {
    if (this.settings.about !== "subscription" || !["form", "unavailable"].includes(this.stages.current)) return;
    this.changed = id;
    this.start();
  }

  async #startForAnyone() {
    this.stages.show("form");
    const isPage = this.section.dataset.job === SIGN_IN && !this.section.closest(SHARED);
    if (isPage && (await reader().catch(() => null))) location.replace(this.#destination());
  }

  /** What the link of an e-mail is about; its token stands behind the #, which reaches no server and so no log. */
  async #openLink() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    this.section.hidden = !token;
    if (!token) return;
    this.stages.show("loading");
    try {
      const { body } = await call("POST", this.settings.opens, { body: { token } });
      this.opened = body;
      this.form.elements.token.value = token;
      this.form.querySelector("[data-about]").textContent = worded(this.words.about, body);
      this.stages.show("form");
    } catch (error) {
      if (error instanceof Problem && !isUncertain(error)) this.#showDead(error);
      else this.stages.show("failed");
    }
    this.section.scrollIntoView();
  }

  #showDead({ title, detail }) {
    const stage = this.stages.show("dead");
    stage.querySelector("[data-dead-title]").textContent = title;
    stage.querySelector("[data-dead-text]").textContent = detail;
  }

  #destination() {
    return cameFrom(this.section.dataset.portalPage);
  }

  /** Fill the choice of subscriptions; false when none allows this job, and then the page says why. */
  async #offerSubscriptions() {
    const subscriptions = this.subscription ? [this.subscription] : await all("/api/subscriptions");
    const chosen = this.changed ?? (this.select.value || new URLSearchParams(location.search).get("subscription"));
    this.changed = undefined;
    this.offered = new Map();
    const reasons = [];
    for (const subscription of subscriptions) {
      const action = subscription.actions.find(({ action: name }) => name === this.settings.action);
      if (action?.allowed) this.offered.set(subscription.id, subscription);
      else reasons.push(`${worded(this.words.option, subscription)}: ${worded(this.words.reasons[action?.reason] ?? "", subscription)}`);
    }
    this.select.replaceChildren(
      ...[...this.offered.values()].map((subscription) => new Option(worded(this.words.option, subscription), subscription.id)),
    );
    if (this.offered.has(chosen)) this.select.value = chosen;
    if (this.users && this.offered.size) await this.#offerUsers();
    this.#begin();
    const unavailable = this.stages.get("unavailable");
    unavailable.querySelector("[data-reasons]").replaceChildren(...reasons.map((reason) => listItem(reason)));
    unavailable.querySelector("[data-none]").hidden = !subscriptions.length;
    unavailable.querySelector("[data-nobody]").hidden = subscriptions.length > 0;
    return this.offered.size > 0;
  }

  /** Fill the choice among the chosen subscription's other users. */
  async #offerUsers() {
    const { id, administrator } = this.#chosen();
    const chosen = this.users.value;
    const users = await all(`/api/subscriptions/${id}/users`);
    if (this.#chosen()?.id !== id) return;
    const others = users.filter(({ email }) => email !== administrator);
    this.invited = others.filter(({ status }) => status === "invited").map(({ email }) => email);
    const named = ({ email }) => new Option(this.invited.includes(email) ? worded(this.words.invited, { email }) : email, email);
    this.users.replaceChildren(new Option("", ""), ...others.map(named));
    if (others.some(({ email }) => email === chosen)) this.users.value = chosen;
  }

  /** What is edited begins as the chosen subscription has it; what was typed about the same one stays. */
  #begin() {
    const chosen = this.#chosen();
    if (!chosen || chosen.id === this.begun) return;
    this.begun = chosen.id;
    for (const name of this.settings.edits) {
      const control = this.form.elements[name];
      if (this.settings.fields[name] === "checkbox") control.checked = chosen[name];
      else control.value = chosen[name] ?? "";
    }
  }

  /** Nothing stays of what was typed. */
  #empty() {
    this.form.reset();
    this.begun = undefined;
    for (const name of Object.values(this.settings.askedLater)) this.#field(name).hidden = true;
  }

  /** What was typed stays when the session has ended. */
  #readerChanged(who) {
    if (!this.settings.signedIn) return;
    if (who) {
      if (this.stages.current === SIGN_IN) this.start({ focus: this.stages.isSignInHere });
      return;
    }
    this.faults.clear();
    this.stages.askToSignIn(true);
  }

  #submitted(event) {
    event.preventDefault();
    if (!this.stages.get("check")) return this.#send(this.form);
    const missing = this.settings.required.filter((name) => !this.#values()[name]);
    if (missing.length) return this.faults.show(missing.map((field) => ({ field, message: this.words.required })));
    this.faults.clear();
    this.section.querySelector("[data-answers]").replaceChildren(...answers(this.form.querySelectorAll(".field:not([hidden])")));
    const isUnclaimed = this.invited?.includes(this.#values().email) && this.words.effects_unclaimed;
    const consequences = [...(this.words.effects ?? []), ...(isUnclaimed ? [this.words.effects_unclaimed] : [])];
    const effects = consequences.map((effect) => listItem(worded(effect, this.#facts())));
    this.section.querySelector("[data-effects]")?.replaceChildren(...effects);
    return this.stages.show("check", { focus: true });
  }

  #confirmed(event) {
    event.preventDefault();
    this.#send(event.currentTarget);
  }

  /** Send once, however often it is asked: the same answers after an uncertain end go out with the same key. */
  async #send(form) {
    let mustConfirm = false;
    const send = async () => {
      const { path, body } = this.#request();
      this.#done(await this.once.answer(this.settings.method, path, body));
    };
    await this.busy.with(form, send, (error) => {
      mustConfirm = error.code === "sign_in_again";
      if (!mustConfirm) this.#failed(error);
    });
    if (mustConfirm) await this.#confirm(form);
  }

  /** Ask who it is, then send the very same again; what was typed waits meanwhile. */
  async #confirm(form) {
    const { current } = this.stages;
    this.faults.clear();
    this.stages.show("confirmation", { focus: true });
    const isConfirmed = await this.confirmation.ask();
    if (this.stages.current !== "confirmation") return;
    this.stages.show(current, { focus: true });
    if (isConfirmed) await this.#send(form);
  }

  /** What is sent where: answers named in the path go there, the others into the body. */
  #request() {
    const values = { ...this.#values(), subscription_id: this.#chosen()?.id };
    const path = this.settings.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
    const body = this.settings.sendsBody ? this.#values() : undefined;
    return { path, body };
  }

  /** The answers by field; a choice or an optional answer that was not given is left out. */
  #values() {
    const data = new FormData(this.form);
    const values = {};
    for (const [name, kind] of Object.entries(this.settings.fields)) {
      const value = data.get(name);
      if (kind === "checkbox") values[name] = value !== null;
      else if (kind === "agreement") value === null || (values[name] = true);
      else if (kind === "number" && /^\d+$/.test(value)) values[name] = Number(value);
      else if (value !== null && (value !== "" || this.settings.required.includes(name))) values[name] = value;
    }
    return values;
  }

  #chosen() {
    return this.select ? this.offered.get(this.select.value) : undefined;
  }

  /** What the job's texts may say of it. */
  #facts() {
    return { ...this.#chosen(), ...this.opened, ...this.#values() };
  }

  #done({ body, reference }) {
    this.faults.clear();
    const facts = { ...this.#facts(), ...body };
    this.#empty();
    if (this.section.dataset.job === SIGN_IN) return this.#signedIn(body);
    const [title, text] = [this.words.done_title, this.words.done].map((said) => worded(said, facts));
    this.#fillDone({ title, text, reference: body?.reference ?? reference });
    if (facts.email && !this.settings.signedIn) {
      for (const link of this.stages.get("done").querySelectorAll("a")) link.hash = new URLSearchParams({ email: facts.email });
    }
    this.section.dispatchEvent(new CustomEvent("job-done", { bubbles: true, detail: facts }));
    return undefined;
  }

  #fillDone({ title, text, reference }) {
    const done = this.stages.get("done");
    done.querySelector("[data-done-title]").textContent = title;
    done.querySelector("[data-done-text]").textContent = text;
    done.querySelector("[data-reference]").textContent = reference;
    this.stages.show("done", { focus: true });
  }

  async #signedIn(who) {
    if (!account()) return this.faults.show([], this.words.no_cookies);
    tellTabs();
    if (who.roles.length && (await isHalfSignedIn())) {
      const next = new URL(this.#destination(), location.origin);
      return location.assign(`${this.section.dataset.secondFactorPage}?${new URLSearchParams({ next: next.pathname })}`);
    }
    if (this.section.closest(SHARED)) changed(who);
    else location.assign(this.#destination());
    return undefined;
  }

  #field(name) {
    return this.form.querySelector(`[data-field="${name}"]`);
  }

  /** One more question, which the server asks only now. */
  #askFor(name) {
    const field = this.#field(name);
    this.faults.clear();
    if (!field.hidden) return this.faults.show([{ field: name, message: this.words.required }]);
    field.hidden = false;
    return field.querySelector("input").focus();
  }

  #failed(error) {
    if (error.code === "not_signed_in" && this.settings.signedIn) return changed(null);
    if (!isUncertain(error)) this.#ask();
    const askedFor = this.settings.askedLater[error.code];
    if (askedFor) return this.#askFor(askedFor);
    if (error instanceof Problem) return this.faults.show(error.errors, error);
    if (error instanceof Unreachable) return this.faults.show([], this.stages.get("failed").dataset);
    throw error;
  }

  #ask() {
    this.faults.clear();
    if (this.stages.current === "form") return;
    this.stages.show("form");
    this.#focusOnForm();
  }

  #focusOnForm() {
    this.form.querySelector(".field:not([hidden]) :is(input, select, textarea)")?.focus();
  }

  #on(selector, callback) {
    for (const element of this.section.querySelectorAll(selector)) {
      if (element.closest("[data-job]") === this.section) element.addEventListener("click", callback);
    }
  }
}

/** Makes every job on the page work. */
export function startJobs(root) {
  const sections = [...root.querySelectorAll("[data-job]")];
  const jobs = sections.map((section) => new Job(section));
  for (const job of jobs) job.start();
  root.addEventListener("job-done", ({ target, detail }) => {
    for (const job of jobs) if (job.section !== target) job.look(detail.id);
    const next = sections[sections.indexOf(target) + 1]?.querySelector("[name=email]");
    if (next && detail.email) next.value ||= detail.email;
  });
}

/** Makes a button show what is typed into the password's field beside it, and hide it again. */
export function reveal(button) {
  const input = button.parentElement.querySelector("input");
  button.addEventListener("click", () => {
    const isShown = input.type === "text";
    input.type = isShown ? "password" : "text";
    button.textContent = isShown ? button.dataset.show : button.dataset.hide;
    button.setAttribute("aria-label", isShown ? button.dataset.showLabel : button.dataset.hideLabel);
  });
}
