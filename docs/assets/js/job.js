// @ts-check
// A job's form: asks, checks, sends once, and shows what the server says of it.

import { administered, listAdministered } from "./administered.js";
import { all, call, isUncertain, Problem } from "./api.js";
import { Block } from "./block.js";
import { Confirmation } from "./confirmation.js";
import { answer, answers, Faults, listItem } from "./faults.js";
import { Former } from "./former.js";
import { areSeatsOffered } from "./leases.js";
import { bringIntoView, write } from "./lists.js";
import { Once } from "./once.js";
import { isConsumer } from "./prices.js";
import { fillPrice, kindOf } from "./seats.js";
import { account, changed, destination, hasEnded, isHalfSignedIn, isLedHere, reader, tellTabs } from "./session.js";
import { subjectOf, waitingIn } from "./subject.js";
import { businessDay, day, worded } from "./words.js";

const SIGN_IN = "sign-in";
const SHARED = "[data-shared-sign-in]";
// What a form that nobody signs in for forgets once it is sent.
const SECRET = ["password", "code", "token"];

/** Makes a job's section work. In the portal the subscription is given, on a guide's page it is what the page is about. */
export class Job extends Block {
  constructor(section, subscription = null) {
    const settings = JSON.parse(section.querySelector(":scope > [data-settings]").textContent);
    super(section, settings.about === "subscription" && !subscription ? subjectOf(document) : null);
    this.settings = settings;
    this.given = subscription;
    this.form = this.stages.get("form");
    const summary = section.querySelector(":scope > [data-summary]");
    this.faults = new Faults(summary, this.form, this.words);
    this.checkFaults = this.settings.previews ? new Faults(summary, this.stages.get("check"), this.words) : null;
    const confirmation = this.stages.get("confirmation");
    this.confirmation = confirmation && new Confirmation(confirmation, this.words);
    this.once = new Once({ lasts: this.settings.lasts });
    this.former = this.settings.lasts ? new Former(this.stages, this.settings.method, this.settings.path) : null;
    this.users = this.form.querySelector("[data-users]");
    this.seats = this.form.querySelector("[data-seats]");
    this.dates = [...this.form.querySelectorAll("input[type=date]")];
    if (this.settings.once) subjectOf(document)?.onChange(() => this.#withdraw());
    if (this.settings.about === "link") addEventListener("hashchange", () => this.start());
    if (this.settings.after) this.#appearWhenAsked();

    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.stages.get("check")?.addEventListener("submit", (event) => this.#confirmed(event));
    this.on("[data-back]", () => this.#ask());
    this.on("[data-restart]", () => this.#restart());
    this.on("[data-help]", () => this.help());
    this.on("[data-go-on]", () => this.#goOn());
    this.on("[data-leave-help]", () => this.#leaveHelp());
    for (const button of this.form.querySelectorAll("[data-reveal]")) reveal(button);
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
    this.#needNoCode(true);
    this.section.scrollIntoView();
  }

  /** Neither to type it nor to ask for one, unless the link's is too old. */
  #needNoCode(isCarried) {
    this.#field("code").hidden = isCarried;
    this.#leaveAlone(isCarried);
  }

  /** Find out what the reader can do here, and show it. */
  async start({ focus = false, again = false } = {}) {
    if (this.settings.about === "link") return this.#openLink();
    if (!this.settings.signedIn) return this.#startForAnyone();
    return this.attempt(async () => {
      this.reader = await reader();
      if (!this.reader) {
        this.stages.askToSignIn(false);
        return this.subject?.asked === this.settings.action && this.section.scrollIntoView();
      }
      const former = await this.former?.find();
      if (former) return this.#wasDone(former);
      if (this.subject) await this.subject.load({ again });
      else await this.#present();
      this.former?.saySent();
      return focus && this.#focusOnForm();
    });
  }

  failed(error) {
    if (!hasEnded(error)) this.#turn("failed");
  }

  /** What was sent before the page was loaded again, and nobody heard the answer to. */
  #wasDone({ body }) {
    this.#fillDone({ title: this.words.former_title, text: this.words.former, facts: body ?? {} });
  }

  /** One form of the page is shown, the one that its subject is up for. */
  follow() {
    this.section.hidden = this.subject.action !== this.settings.action;
    return this.section.hidden || this.subject.isFinished ? undefined : this.#present();
  }

  /** What can be sent once is not offered to whoever has, unless they just did. */
  #withdraw() {
    if (this.stages.current !== "done") this.section.hidden = subjectOf(document).isBegunBy(this.settings.once);
  }

  /** Show the form, or why it cannot be used with the subscription that it is about. */
  async #present() {
    const about = this.#about;
    const { allowed, reason } = about?.actions.find(({ action }) => action === this.settings.action) ?? {};
    if (this.isHelped && this.helper.given.id === about?.id) {
      this.helper.given = about;
      return;
    }
    const waiting = about && waitingIn(about, this.settings.waits, reason);
    if (waiting) {
      write(this.#turn("waiting").querySelector("[data-waiting]"), worded(this.words.waiting, { ...about, ...waiting }));
      return;
    }
    if (about && !allowed) {
      const stage = this.#refuse(worded(this.words.reasons[reason] ?? "", about));
      const help = stage.querySelector("[data-help]");
      if (help) help.hidden = !this.canBeHelped(reason);
      return;
    }
    if (this.stages.get("administers") && (await this.#isRefusedToAdministrator())) return;
    this.#begin();
    this.#limitDates();
    if (about) this.#sayEffects();
    if (this.users) await this.#offerUsers();
    if (this.seats && !(await areSeatsOffered(this.seats, about, this.words))) {
      this.#refuse(this.words.no_seat_taken);
      return;
    }
    if (!["form", "check", "confirmation"].includes(this.stages.current)) this.#turn("form");
  }

  /** Say why there is no form. */
  #refuse(why) {
    const stage = this.#turn("unavailable");
    write(stage.querySelector("[data-reason]"), why);
    return stage;
  }

  /** Who still administers what runs is told so, and what to do, before anything is asked. */
  async #isRefusedToAdministrator(options) {
    const subscriptions = await administered();
    if (!subscriptions.length) return false;
    listAdministered(this.stages.get("administers"), subscriptions, this.words);
    this.#turn("administers", options);
    return true;
  }

  /** Somebody has passed the role of what runs to the reader meanwhile. */
  async #becameAdministrator(error) {
    if (!(await this.#isRefusedToAdministrator({ focus: true }))) this.faults.show(error.errors, error);
  }

  /** The code's form is there once the code was asked for, or for who follows the e-mail's link to it. */
  #appearWhenAsked() {
    const appear = () => this.section.removeAttribute("data-waits");
    const look = () => {
      if (location.hash !== `#${this.section.getAttribute("aria-labelledby")}`) return;
      appear();
      this.section.scrollIntoView();
      if (this.stages.current === "form") this.#focusOnForm();
    };
    addEventListener("hashchange", look);
    look();
    document.addEventListener("job-done", ({ target }) => target.dataset.job === this.settings.after && appear());
  }

  /** Whether another job is done here, in the place of the form that was refused without it. */
  get isHelped() {
    return this.stages.current === "help";
  }

  /** Whether that would help against a refusal, and is possible. */
  canBeHelped(code) {
    if (!code || code !== this.settings.helpedBy) return false;
    return this.#about?.actions.some(({ action, allowed }) => action === this.settings.help && allowed) ?? false;
  }

  /** Do the other job first; what was typed waits meanwhile. */
  async help() {
    const stage = this.stages.get("help");
    const about = this.#about;
    if (!this.helper) {
      const section = stage.querySelector("[data-job]");
      this.helper = new Job(section, about);
      section.addEventListener("job-done", () => this.#wasHelped());
    }
    this.helper.given = about;
    this.faults.clear();
    stage.querySelector("[data-go-on]").hidden = true;
    stage.querySelector("[data-leave-help]").hidden = false;
    this.section.hidden = false;
    this.#turn("help");
    await this.helper.start();
    if (this.helper.stages.current !== "form") return;
    this.helper.form.elements.seats.value = about.seats + 1;
    this.helper.#focusOnForm();
  }

  /** One click more and what was refused is sent. */
  #wasHelped() {
    const stage = this.stages.get("help");
    const email = this.form.elements.email.value.trim();
    const goOn = stage.querySelector("[data-go-on]");
    goOn.textContent = email ? worded(this.words.help.go_on, { email }) : this.words.help.go_on_empty;
    goOn.hidden = false;
    stage.querySelector("[data-leave-help]").hidden = true;
  }

  #goOn() {
    this.#turn("form");
    if (this.form.elements.email.value.trim()) return this.#send(this.form);
    return this.#focusOnForm();
  }

  async #leaveHelp() {
    this.#turn("form");
    await this.#present();
    this.section.dispatchEvent(new CustomEvent("help-ended"));
    if (this.section.hidden) return;
    const help = this.stages.get(this.stages.current).querySelector("[data-help]:not([hidden])");
    if (help) help.focus();
    else this.#focusOnForm();
  }

  /** Once more, with what has changed meanwhile. */
  #restart() {
    this.#turn("form");
    this.subject?.resume();
    this.start({ focus: true });
  }

  async #startForAnyone() {
    this.#limitDates();
    this.#turn("form");
    const isPage = this.section.dataset.job === SIGN_IN && !this.section.closest(SHARED);
    const who = isPage && (await reader().catch(() => null));
    if (who) location.replace(destination(who, this.section.dataset));
    else if (isLedHere() && this.section === document.querySelector("[data-job]")) bringIntoView(this.section);
  }

  /** What the link of an e-mail is about; its token stands behind the #, which reaches no server and so no log. */
  async #openLink() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    this.section.hidden = !token;
    this.#leaveAlone(Boolean(token));
    if (!token) return;
    this.stages.show("loading");
    try {
      const { body } = await call("POST", this.settings.opens, { body: { token } });
      this.opened = body;
      this.form.elements.token.value = token;
      for (const name of this.settings.edits) this.form.elements[name].value = body[name] ?? "";
      this.#limitDates();
      write(this.form.querySelector("[data-about]"), worded(this.words.about, body));
      this.#sayEffects();
      this.stages.show("form");
      this.#focusOnTitle();
    } catch (error) {
      if (error instanceof Problem && !isUncertain(error)) this.#showDead(error);
      else this.stages.show("failed");
    }
    this.section.scrollIntoView();
  }

  /** Whoever has come by a link, or has closed their account, is offered nothing else meanwhile, such as to ask for one. */
  #leaveAlone(isAlone) {
    for (const other of this.#others()) other.hidden = isAlone;
  }

  /** The page's other blocks. */
  #others() {
    return [...document.querySelectorAll(".desk-block > :is(.job, .portal)")].filter((other) => other !== this.section && !other.closest(SHARED));
  }

  /** The link does nothing more; a job may know better than the API what that means to whoever holds it. */
  #showDead(error) {
    const { title, detail } = this.words.dead?.[error.because ?? error.code] ?? error;
    // Another link can be asked for by anybody; what needs a session is no help to who has come by a link.
    for (const other of this.#others()) other.hidden = Boolean(other.querySelector(":scope > [data-stage=sign-in]"));
    const stage = this.stages.show("dead", { focus: true });
    stage.querySelector("[data-dead-title]").textContent = title;
    stage.querySelector("[data-dead-text]").textContent = detail;
  }

  /** Fill the choice among the chosen subscription's other users. */
  async #offerUsers() {
    const { id, administrator } = this.#about;
    const chosen = this.users.value;
    const users = await all(`/api/subscriptions/${id}/users`);
    if (this.#about?.id !== id) return;
    const others = users.filter(({ email }) => email !== administrator);
    this.invited = others.filter(({ status }) => status === "invited").map(({ email }) => email);
    const named = ({ email }) => new Option(this.invited.includes(email) ? worded(this.words.invited, { email }) : email, email);
    this.users.replaceChildren(new Option("", ""), ...others.map(named));
    if (others.some(({ email }) => email === chosen)) this.users.value = chosen;
  }

  /** What is edited begins as the subscription has it; what was typed about the same one stays, and about no other. */
  #begin() {
    const about = this.settings.about === "reader" ? this.reader : this.#about;
    const id = about?.id ?? about?.account_id;
    if (!about || id === this.begun) return;
    if (this.begun) {
      this.#empty();
      this.#turn("form");
    }
    this.begun = id;
    for (const name of this.settings.edits) {
      const control = this.form.elements[name];
      if (this.settings.fields[name] === "checkbox") control.checked = about[name];
      else control.value = about[name] ?? "";
    }
  }

  /** Nothing stays of what was typed; of a form that nobody signs in for, all but what is secret, to be corrected. */
  #empty() {
    if (this.settings.signedIn || this.section.dataset.job === SIGN_IN) this.form.reset();
    else for (const [name, kind] of Object.entries(this.settings.fields)) if (SECRET.includes(kind)) this.form.elements[name].value = "";
    this.begun = undefined;
    for (const name of Object.values(this.settings.askedLater)) this.#field(name).hidden = true;
  }

  /** What was typed stays when the session has ended. */
  readerChanged(who) {
    // Of two, one of which stands in the other's place, it is for the one that is seen.
    if (!this.settings.signedIn || this.isHelped || this.section.parentElement.closest("[data-stage][hidden]")) return;
    if (who) {
      if (this.stages.current === SIGN_IN) this.start({ focus: this.stages.isSignInHere });
      return;
    }
    // What ended the session is said where it was done.
    if (this.settings.whose === "nobody" && this.stages.current === "done") return;
    this.faults.clear();
    if (!this.section.hidden || !this.subject?.chosen) this.stages.askToSignIn(true);
  }

  #submitted(event) {
    event.preventDefault();
    if (!this.stages.get("check")) return this.#send(this.form);
    const missing = Object.entries(this.words.missing).filter(([name]) => !this.#values()[name]);
    const wrong = [...missing.map(([field, message]) => ({ field, message })), ...this.#impossibleDates()];
    if (wrong.length) return this.faults.show(wrong);
    if (this.settings.previews) return this.send(this.form, () => this.#preview());
    this.faults.clear();
    return this.#check();
  }

  /** The dates that are over, or on which the subscription has ended by itself: not to be found out after the check. */
  #impossibleDates() {
    const { end, usable_until: last = end } = this.#facts();
    return this.dates.flatMap(({ name, value }) => {
      if (value && value < businessDay()) return [{ field: name, message: this.words.in_the_past }];
      return value && last && value > last ? [{ field: name, message: worded(this.words.after_last_day, { end: day(last) }) }] : [];
    });
  }

  /** What can be picked; what is typed is looked at when it is sent. */
  #limitDates() {
    const { end, usable_until: last = end } = this.#facts();
    for (const date of this.dates) [date.min, date.max] = [businessDay(), last ?? ""];
  }

  /** What it would cost stands beside the answers, to be checked. */
  async #preview({ hasChanged = false } = {}) {
    const { body } = await call("POST", this.#path(this.settings.previews), { body: this.#values(), key: crypto.randomUUID() });
    this.faults.clear();
    this.previewed = body;
    const check = this.stages.get("check");
    fillPrice(check, body, this.words, isConsumer(await reader(), this.words.consumers));
    check.querySelector("[data-confirm]").textContent = this.words.confirm[kindOf(body)];
    this.#check();
    const notice = check.querySelector("[data-changed]");
    notice.hidden = !hasChanged;
    if (hasChanged) notice.focus();
  }

  #check() {
    // What has a price is said with it.
    const given = this.settings.previews ? [] : answers(this.form.querySelectorAll(".field:not([hidden])"));
    const about = this.#about || this.opened ? this.words.about_subscription : [];
    const named = about.map(([question, name]) => answer(question, worded(name, this.#facts())));
    this.section.querySelector("[data-answers]").replaceChildren(...named, ...given);
    this.#sayEffects();
    return this.#turn("check", { focus: true });
  }

  /** What will change, before it does. */
  #sayEffects() {
    const isUnclaimed = this.invited?.includes(this.#values().email) && this.words.effects_unclaimed;
    const isWished = this.#values().wished_date && this.words.effects_wished;
    const more = [isUnclaimed && this.words.effects_unclaimed, isWished].filter(Boolean);
    const consequences = [...(this.words.effects ?? []), ...more];
    const effects = consequences.map((effect) => listItem(worded(effect, this.#facts())));
    this.section.querySelector("[data-effects]")?.replaceChildren(...effects);
  }

  #confirmed(event) {
    event.preventDefault();
    const form = event.currentTarget;
    if (this.checkFaults && !form.elements.terms.checked) return this.checkFaults.show([{ field: "terms", message: this.words.terms_missing }]);
    return this.#send(form);
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
      if (!mustConfirm) this.refused(error);
    });
    if (mustConfirm) await this.#confirm(form);
  }

  /** Ask who it is, then send the very same again; what was typed waits meanwhile. */
  async #confirm(form) {
    const { current } = this.stages;
    this.faults.clear();
    this.#turn("confirmation", { focus: true });
    const isConfirmed = await this.confirmation.ask();
    if (this.stages.current !== "confirmation") return;
    this.#turn(current, { focus: true });
    if (isConfirmed) await this.#send(form);
  }

  /** What is sent where: answers named in the path go there, the others into the body. */
  #request() {
    const seen = this.settings.previews ? { terms: true, total: this.previewed.amount } : {};
    const body = this.settings.sendsBody ? { ...this.settings.says, ...this.#values(), ...seen } : undefined;
    return { path: this.#path(this.settings.path), body };
  }

  #path(path) {
    const values = { ...this.#values(), subscription_id: this.#about?.id };
    return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
  }

  /** The answers by field; a choice or an optional answer that was not given is left out. */
  #values() {
    const data = new FormData(this.form);
    const values = {};
    for (const [name, kind] of Object.entries(this.settings.fields)) {
      const value = data.get(name);
      if (kind === "checkbox") values[name] = value !== null;
      else if (kind === "agreement" && value !== null) values[name] = true;
      else if (kind === "number" && /^\d+$/.test(String(value))) values[name] = Number(value);
      else if (value === "" && this.settings.about === "reader") values[name] = null;
      else if (value !== null && (value !== "" || name in this.words.missing)) values[name] = value;
    }
    return values;
  }

  /** The subscription that it is about. */
  get #about() {
    return this.given ?? this.subject?.chosen;
  }

  /** Show a stage, and let the page's steps know. */
  #turn(name, options) {
    const stage = this.stages.show(name, options);
    this.section.toggleAttribute("data-is-helped", name === "help");
    this.tellStage(this.settings.action, name);
    return stage;
  }

  /** What the job's texts may say of it. */
  #facts() {
    return { company: this.reader?.company, ...this.#about, ...this.opened, ...this.#values() };
  }

  #done({ body }) {
    this.faults.clear();
    this.checkFaults?.clear();
    const facts = { ...this.#facts(), ...body };
    this.#empty();
    if (this.section.dataset.job === SIGN_IN) return this.#signedIn(body);
    const done = this.settings.previews ? this.words.done[kindOf(this.previewed)] : this.words.done;
    const copies = body?.invoices_email ? this.words.done_copies : this.words.done_no_copies;
    const said = [done, body?.wished_date && this.words.done_wished, copies].filter(Boolean);
    const [title, ...texts] = [this.words.done_title, ...said].map((one) => worded(one, facts));
    const text = texts.join(" ");
    this.#becameOf(body);
    this.#fillDone({ title, text, facts });
    if (this.settings.previews) this.#tellOfChange(kindOf(this.previewed));
    if (facts.email && !this.settings.signedIn) {
      for (const link of this.stages.get("done").querySelectorAll("a")) link.hash = new URLSearchParams({ email: facts.email });
    }
    this.section.dispatchEvent(new CustomEvent("job-done", { bubbles: true, detail: facts }));
    return undefined;
  }

  /** What the answer makes of who is signed in, before what was done is said: that has the last word. */
  #becameOf(body) {
    if (this.settings.after) document.querySelector(`[data-job=${this.settings.after}]`).hidden = true;
    if (this.settings.whose === "answer") changed(body);
    if (this.settings.whose !== "nobody") return;
    this.#leaveAlone(true);
    this.#turn("done");
    changed(null, { isClosed: true });
  }

  /** The page's list of orders has one more; who wants fewer seats is not led on to fill them. */
  #tellOfChange(kind) {
    const add = this.stages.get("done").querySelector("[data-next=add-user]");
    if (add) add.hidden = kind === "fewer";
    document.querySelector("[data-orders]")?.dispatchEvent(new Event("order-placed"));
  }

  /** What was done, with the reference that it has, if any, and where to go on with the same subscription. */
  #fillDone({ title, text, facts }) {
    const { id, reference } = facts;
    const done = this.stages.get("done");
    const about = done.querySelector("[data-done-about]");
    if (about) write(about, facts.contract_number ? worded(this.words.option, facts) : "");
    write(done.querySelector("[data-done-title]"), title);
    write(done.querySelector("[data-done-text]"), text);
    done.querySelector("[data-reference]").textContent = reference ?? "";
    done.querySelector("[data-reference]").parentElement.hidden = !reference;
    if (id) for (const link of done.querySelectorAll("[data-next]")) link.search = new URLSearchParams({ subscription: id });
    this.subject?.finish(this.settings.action);
    this.#turn("done", { focus: true });
  }

  async #signedIn(who) {
    if (!account()) return this.faults.show([], this.words.no_cookies);
    tellTabs();
    if (who.roles.length && (await isHalfSignedIn())) {
      const next = new URL(destination(who, this.section.dataset), location.origin);
      return location.assign(`${this.section.dataset.secondFactorPage}?${new URLSearchParams({ next: next.pathname })}`);
    }
    if (this.section.closest(SHARED)) changed(who);
    else location.assign(destination(who, this.section.dataset));
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

  refused(error) {
    if (hasEnded(error)) return undefined;
    if (error.code === "price_changed" && this.settings.previews) return this.#preview({ hasChanged: true }).catch((other) => this.refused(other));
    if (!isUncertain(error)) this.#ask();
    if (error.code === "is_administrator" && this.stages.get("administers")) return this.attempt(() => this.#becameAdministrator(error));
    const help = this.section.querySelector(":scope > [data-summary] [data-help]");
    if (help) help.hidden = !this.canBeHelped(error.code);
    const askedFor = this.settings.askedLater[error.code];
    if (askedFor) return this.#askFor(askedFor);
    if (this.words.dead?.[error.code]) return this.#showDead(error);
    if (error.errors?.some(({ field }) => field === "code") && this.#field("code")?.hidden) {
      this.form.elements.code.value = "";
      this.#needNoCode(false);
    }
    return super.refused(error);
  }

  #ask() {
    this.faults.clear();
    if (this.stages.current === "form") return;
    this.#turn("form");
    this.#focusOnForm();
  }

  #focusOnTitle() {
    const title = this.section.querySelector(".job__title");
    title.tabIndex = -1;
    title.focus();
  }

  #focusOnForm() {
    const title = this.section.querySelector(".job__title");
    title.tabIndex = -1;
    (this.form.querySelector(".field:not([hidden]) :is(input, select, textarea)") ?? title).focus();
  }
}

/** One inside another is started by that, once it helps. */
const isOfItsOwn = (section) => !section.parentElement.closest("[data-job]");

export function start(section) {
  if (!isOfItsOwn(section)) return undefined;
  section.addEventListener("job-done", ({ target, detail }) => target === section && handOn(section, detail));
  return new Job(section).start();
}

/** What was said of an address in one form is said in the page's next one too. */
function handOn(section, { email }) {
  const sections = [...document.querySelectorAll("[data-job]")].filter(isOfItsOwn);
  const next = sections[sections.indexOf(section) + 1]?.querySelector("[name=email]");
  if (next && email) next.value ||= email;
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
