// A job's form: asks, checks, sends once, and shows what the server says of it.

import { all, call, isUncertain, Problem, Unreachable } from "./api.js";
import { cameFrom, changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { worded, wordsOf } from "./words.js";

const SIGN_IN = "sign-in";
const plainTitle = document.title;

/** Makes a job's section work. In the portal the subscription is already chosen. */
export class Job {
  constructor(section, subscription = null) {
    this.section = section;
    this.settings = JSON.parse(section.querySelector(":scope > [data-settings]").textContent);
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    this.form = this.stages.get("form");
    this.summary = section.querySelector(":scope > [data-summary]");
    this.select = this.form.querySelector("[data-subscriptions]");
    this.subscription = subscription;
    if (subscription) this.select.closest(".field").hidden = true;

    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.stages.get("check")?.addEventListener("submit", (event) => this.#confirmed(event));
    this.#on("[data-back]", () => this.#ask());
    this.#on("[data-retry]", () => this.start());
    this.#on("[data-restart]", () => this.start({ focus: true }));
    for (const button of this.form.querySelectorAll("[data-reveal]")) reveal(button);
    onChange((who, ended) => this.#readerChanged(who, ended));
  }

  /** Find out what the reader can do here, and show it. */
  async start({ focus = false } = {}) {
    if (!this.settings.signedIn) return this.#startForAnyone();
    try {
      if (!(await reader())) return this.stages.askToSignIn(false);
      if (this.settings.about === "subscription" && !(await this.#offerSubscriptions())) return this.stages.show("unavailable");
      this.stages.show("form");
      if (focus) this.#focusOnForm();
    } catch (error) {
      if (error.status === 401) changed(null, { ended: true });
      else this.stages.show("failed");
    }
    return undefined;
  }

  async #startForAnyone() {
    this.stages.show("form");
    const isPage = this.section.dataset.job === SIGN_IN && !this.section.parentElement.closest("[data-stage]");
    if (isPage && (await reader().catch(() => null))) location.replace(this.#destination());
  }

  #destination() {
    return cameFrom(this.section.dataset.portalPage);
  }

  /** Fill the choice of subscriptions; false when none allows this job, and then the page says why. */
  async #offerSubscriptions() {
    const chosen = this.select.value || new URLSearchParams(location.search).get("subscription");
    const subscriptions = this.subscription ? [this.subscription] : await all("/api/subscriptions");
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
    const unavailable = this.stages.get("unavailable");
    unavailable.querySelector("[data-reasons]").replaceChildren(...reasons.map((reason) => listItem(reason)));
    unavailable.querySelector("[data-none]").hidden = !subscriptions.length;
    unavailable.querySelector("[data-nobody]").hidden = subscriptions.length > 0;
    return this.offered.size > 0;
  }

  /** What was typed stays when the session has ended, and goes when the reader signs out. */
  #readerChanged(who, ended) {
    if (!this.settings.signedIn) return;
    if (who) {
      if (this.stages.current === SIGN_IN) this.start({ focus: true });
      return;
    }
    this.#clearErrors();
    if (!ended) this.form.reset();
    this.stages.askToSignIn(ended);
  }

  #submitted(event) {
    event.preventDefault();
    if (!this.stages.get("check")) return this.#send(this.form);
    const missing = this.settings.required.filter((name) => !this.#values()[name]);
    if (missing.length) return this.#showErrors(missing.map((field) => ({ field, message: this.words.required })));
    this.#clearErrors();
    this.#showAnswers();
    return this.stages.show("check", { focus: true });
  }

  #confirmed(event) {
    event.preventDefault();
    this.#send(event.currentTarget);
  }

  /** Send once, however often it is asked: the same answers after an uncertain end go out with the same key. */
  async #send(form) {
    if (this.sending) return;
    this.sending = true;
    const status = form.querySelector("[data-sending]");
    status.textContent = this.words.sending;
    const { path, body } = this.#request();
    const attempt = JSON.stringify([path, body]);
    if (attempt !== this.attempt) [this.attempt, this.key] = [attempt, crypto.randomUUID()];
    try {
      const answer = await call(this.settings.method, path, { body, key: this.key });
      this.attempt = undefined;
      this.#done(answer);
    } catch (error) {
      if (!isUncertain(error)) this.attempt = undefined;
      this.#failed(error);
    } finally {
      this.sending = false;
      status.textContent = "";
    }
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

  #done({ body, reference }) {
    this.#clearErrors();
    const facts = { ...this.#chosen(), ...this.#values(), ...body };
    this.form.reset();
    if (this.section.dataset.job === SIGN_IN) return this.#signedIn(body);
    const done = this.stages.get("done");
    done.querySelector("[data-done-title]").textContent = worded(this.words.done_title, facts);
    done.querySelector("[data-done-text]").textContent = worded(this.words.done, facts);
    done.querySelector("[data-reference]").textContent = reference;
    this.stages.show("done", { focus: true });
    this.section.dispatchEvent(new CustomEvent("job-done", { bubbles: true, detail: facts }));
    return undefined;
  }

  #signedIn(who) {
    if (this.section.parentElement.closest("[data-stage]")) changed(who);
    else location.assign(this.#destination());
  }

  #failed(error) {
    if (error.code === "not_signed_in" && this.settings.signedIn) return changed(null, { ended: true });
    if (!isUncertain(error)) this.#ask();
    if (error instanceof Problem) return this.#showErrors(error.errors, error);
    if (error instanceof Unreachable) return this.#showErrors([], this.stages.get("failed").dataset);
    throw error;
  }

  #ask() {
    this.#clearErrors();
    if (this.stages.current === "form") return;
    this.stages.show("form");
    this.#focusOnForm();
  }

  #focusOnForm() {
    this.form.querySelector(".field:not([hidden]) :is(input, select, textarea)")?.focus();
  }

  /** The summary names all that is wrong and takes the focus; each field says it too. */
  #showErrors(errors, { title, detail } = {}) {
    this.#clearErrors();
    const heading = this.summary.querySelector("[data-summary-title]");
    heading.textContent = errors.length ? heading.dataset.problem : title;
    this.summary.querySelector("[data-summary-detail]").textContent = errors.length ? "" : detail;
    this.summary.querySelector("[data-summary-list]").replaceChildren(...errors.map((error) => this.#errorAtField(error)));
    this.summary.hidden = false;
    document.title = worded(this.words.error_title, { title: plainTitle });
    this.summary.focus();
  }

  #errorAtField({ field, message }) {
    const group = this.form.querySelector(`[data-field="${CSS.escape(field)}"]`);
    if (!group) return listItem(message);
    const note = group.querySelector(".field__error");
    note.querySelector("[data-message]").textContent = message;
    note.hidden = false;
    const control = group.querySelector("input, select, textarea");
    describe(group.matches("fieldset") ? group : control, note.id, true);
    control.setAttribute("aria-invalid", "true");
    const link = document.createElement("a");
    link.href = `#${control.id}`;
    link.textContent = worded(this.words.field_error, { field: questionOf(group), message });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      control.focus();
    });
    return listItem(link);
  }

  #clearErrors() {
    this.summary.hidden = true;
    document.title = plainTitle;
    for (const note of this.form.querySelectorAll(".field__error")) {
      note.hidden = true;
      const group = note.closest("[data-field]");
      const control = group.querySelector("input, select, textarea");
      describe(group.matches("fieldset") ? group : control, note.id, false);
      control.removeAttribute("aria-invalid");
    }
  }

  /** The answers beside their questions, for the reader to check. */
  #showAnswers() {
    const rows = [...this.form.querySelectorAll(".field:not([hidden])")].map((group) => {
      const row = document.createElement("div");
      const [question, answer] = ["dt", "dd"].map((tag) => row.appendChild(document.createElement(tag)));
      question.textContent = questionOf(group);
      answer.textContent = answerOf(group);
      return row;
    });
    this.section.querySelector("[data-answers]").replaceChildren(...rows);
  }

  #on(selector, callback) {
    for (const element of this.section.querySelectorAll(selector)) {
      if (element.closest("[data-job]") === this.section) element.addEventListener("click", callback);
    }
  }
}

/** Makes every job on the page work. */
export function startJobs(root) {
  for (const section of root.querySelectorAll("[data-job]")) new Job(section).start();
}

function questionOf(group) {
  return group.querySelector("label, legend").firstChild.textContent.trim();
}

function answerOf(group) {
  const control = group.querySelector("input:checked, select, textarea, input:not([type=radio], [type=checkbox])");
  if (control?.matches("select")) return control.selectedOptions[0].textContent;
  if (control?.matches("[type=radio], [type=checkbox]")) return control.labels[0].textContent.trim();
  return control?.value ?? "";
}

function describe(element, id, isDescribed) {
  const ids = new Set((element.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (isDescribed) ids.add(id);
  else ids.delete(id);
  if (ids.size) element.setAttribute("aria-describedby", [...ids].join(" "));
  else element.removeAttribute("aria-describedby");
}

function listItem(content) {
  const item = document.createElement("li");
  item.append(content);
  return item;
}

function reveal(button) {
  const input = button.parentElement.querySelector("input");
  button.addEventListener("click", () => {
    const isShown = input.type === "text";
    input.type = isShown ? "password" : "text";
    button.textContent = isShown ? button.dataset.show : button.dataset.hide;
    button.setAttribute("aria-label", isShown ? button.dataset.showLabel : button.dataset.hideLabel);
  });
}
