// @ts-check
// The registration: the form, the code of the e-mail, and then on, signed in, to what the account was opened for. The password
// stays in its field until then and is kept nowhere; the address can be corrected without losing the rest.

import { call } from "./api.js";
import { explain } from "./block.js";
import { Busy } from "./busy.js";
import { isEntered } from "./enter.js";
import { Faults } from "./faults.js";
import { reveal } from "./job.js";
import { bringIntoView, fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { cameFor, isLedHere } from "./session.js";
import { Stages } from "./stages.js";
import { ROOT, worded, wordsOf } from "./words.js";

const REGISTRATIONS = "/api/registrations";

export const start = (section) => new Registration(section).begin();

class Registration {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.busy = new Busy(this.words);
    this.stages = new Stages(section);
    this.once = new Once();
    this.form = this.stages.get("form");
    this.code = this.stages.get("code");
    const summary = section.querySelector(":scope > [data-summary]");
    this.faults = [this.form, this.code].map((form) => new Faults(summary, form, this.words));
    this.form.addEventListener("submit", (event) => this.#submitted(event, () => this.#register()));
    this.code.addEventListener("submit", (event) => this.#submitted(event, () => this.#confirm()));
    for (const button of section.querySelectorAll("[data-reveal]")) reveal(button);
    section.querySelector("[data-have-code]").addEventListener("click", () => this.#go(this.form.elements.email.value));
    section.querySelector("[data-correct]").addEventListener("click", () => history.back());
    section.querySelector("[data-resend]").addEventListener("click", () => this.#resend());
    addEventListener("popstate", () => this.#show({ focus: true }));
  }

  /** An e-mail's link, or a page from where one comes, names the address behind the #. */
  begin() {
    const address = new URLSearchParams(location.hash.slice(1)).get("email");
    if (address) this.form.elements.email.value ||= address;
    this.#show();
    if (isLedHere()) bringIntoView(this.section);
  }

  /** To the code, which an entry of its own in the tab's history holds, with the address that it went to. */
  #go(email) {
    history.pushState({ ...history.state, step: email }, "");
    this.#show({ focus: true });
  }

  #show({ focus = false } = {}) {
    for (const faults of this.faults) faults.clear();
    const email = history.state?.step;
    if (email === undefined) return this.#showForm({ focus });
    const typed = this.code.elements.email;
    if (email) typed.value = email;
    this.code.querySelector("[data-field=email]").hidden = Boolean(email);
    this.code.querySelector("[data-sent]").hidden = !email;
    fillSlots(this.code, { sent: worded(this.words.sent, { email }) });
    return this.stages.show("code", { focus });
  }

  #showForm({ focus }) {
    this.stages.show("form");
    if (focus) this.form.elements.email.focus();
  }

  #submitted(event, act) {
    event.preventDefault();
    return this.busy.with(event.currentTarget, act, (error) => this.#failed(error));
  }

  get #asked() {
    const { siren, ...asked } = Object.fromEntries(new FormData(this.form));
    return siren ? { ...asked, siren } : asked;
  }

  async #register() {
    await this.once.send("POST", REGISTRATIONS, this.#asked);
    this.#go(this.#asked.email);
  }

  /** A new code for the same registration, which takes the password: loaded again, the page does not hold it any more. */
  #resend() {
    if (!this.form.elements.password.value) {
      addEventListener("popstate", () => this.faults[0].show([{ field: "password", message: this.words.password_again }]), { once: true });
      return history.back();
    }
    const resend = async () => {
      await call("POST", REGISTRATIONS, { body: this.#asked, key: crypto.randomUUID() });
      this.code.elements.code.value = "";
      this.#show({ focus: true });
    };
    return this.busy.with(this.code, resend, (error) => this.#failed(error));
  }

  async #confirm() {
    const { email, code } = Object.fromEntries(new FormData(this.code));
    await this.once.send("POST", `${REGISTRATIONS}/confirm`, { email, code });
    const password = this.form.elements.email.value === email && this.form.elements.password.value;
    const isIn = password && (await isEntered(email, password));
    const asked = cameFor();
    // The home page is nowhere in particular.
    const next = asked && new URL(asked).pathname !== ROOT ? asked : null;
    const onward = isIn && (next ?? (await this.#onward()));
    this.form.reset();
    this.code.reset();
    if (onward) return location.assign(onward);
    return this.#showDone(email, next);
  }

  /** Who was invited finds the software that it was to; everybody else completes the account. */
  async #onward() {
    const { body } = await call("GET", "/api/subscriptions?limit=1").catch(() => ({ body: { items: [] } }));
    return `${ROOT}${body.items.length ? "portal" : "documents"}/#welcome`;
  }

  /** The page does not hold the password: it is for the reader to sign in. */
  #showDone(email, next) {
    history.replaceState({ ...history.state, step: undefined }, "");
    for (const faults of this.faults) faults.clear();
    const done = this.stages.show("done", { focus: true });
    done.querySelector("a").hash = new URLSearchParams({ next: next ?? `${ROOT}documents/`, email });
  }

  #failed(error) {
    const faults = this.faults[this.stages.current === "form" ? 0 : 1];
    return explain(error, faults, this.section.dataset);
  }
}
