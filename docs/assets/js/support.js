// @ts-check
// Support's window: one field takes a contract number or an address, and shows what that customer sees. What was looked up
// is kept nowhere.

import { call, Problem } from "./api.js";
import { Block, explain } from "./block.js";
import { Faults, listItem } from "./faults.js";
import { copyOf, fillSlots, write } from "./lists.js";
import { Once } from "./once.js";
import { day, isolated, moment, shortMoment, worded } from "./words.js";

const FIELD = "sought";
// What a user cannot do since they are no administrator.
const OF_ADMINISTRATOR = "forbidden";

export const start = (section) => new Support(section).start();

class Support extends Block {
  constructor(section) {
    super(section);
    this.form = section.querySelector("form.window__ask");
    this.field = this.form.querySelector("input");
    this.seen = section.querySelector("[data-seen]");
    this.faults = new Faults(this.form.querySelector("[data-summary]"), this.form, this.words);
    this.onSubmit(this.form, () => this.#look());
    // From anywhere in what is shown, back to the next customer.
    this.seen.addEventListener("keydown", (event) => event.key === "Escape" && this.#next());
    // Brought back by the browser, it shows nobody who was looked at before.
    addEventListener("pagehide", () => this.#forget());
  }

  show({ roles }) {
    if (!roles.includes("support")) return this.stages.show("not-support");
    this.stages.show("window");
    return this.field.focus({ preventScroll: true });
  }

  readerChanged(who) {
    if (!who) this.#forget();
    return super.readerChanged(who);
  }

  /** Ask for what the field says. */
  async #look() {
    const sought = this.field.value.trim();
    if (!sought) return this.faults.show([{ field: FIELD, message: this.words.required }]);
    const body = sought.includes("@") ? { email: sought } : { contract_number: sought };
    const answer = await call("POST", "/api/support/lookups", { body, key: crypto.randomUUID() });
    this.faults.clear();
    return this.#fill(answer.body);
  }

  /** @param {Api.Seen} seen */
  #fill({ account, subscriptions, more_subscriptions: hasMore, mails }) {
    const made = copyOf(this.section.querySelector("[data-customer]"), "seen");
    const who = account?.company ?? subscriptions[0]?.administrator ?? "";
    fillSlots(made, { who: isolated(who) });
    made.querySelector("[data-account]").hidden = !account;
    made.querySelector("[data-no-account]").hidden = Boolean(account);
    if (account) this.#fillAccount(made, account);
    made.querySelector("[data-lines]").append(...subscriptions.map((one, index) => this.#subscription(one, index === 0)));
    made.querySelector("[data-no-subscriptions]").hidden = subscriptions.length > 0;
    made.querySelector("[data-more-subscriptions]").hidden = !hasMore;
    made.querySelector("[data-mails]").hidden = !mails.length;
    made.querySelector("[data-no-mails]").hidden = mails.length > 0;
    made.querySelector("tbody").append(...mails.map((mail) => this.#mail(mail, made)));
    this.seen.replaceChildren(made);
    this.announce(worded(this.words.found, { who, subscriptions: subscriptions.length, mails: mails.length }));
    made.querySelector("[data-focus]").focus();
  }

  /**
   * @param {any} made
   * @param {Api.SeenAccount} account
   */
  #fillAccount(made, account) {
    const { onboarding } = account;
    fillSlots(made, {
      email: account.email,
      profile: this.words.profiles[account.profile],
      language: this.words.languages[account.language],
      account_id: account.account_id,
      standing: this.words.accounts[onboarding.status],
      deadline: day(onboarding.deadline),
    });
    made.querySelector("[data-papers]").append(...onboarding.documents.map((paper) => this.#paper(paper)));
  }

  #paper({ kind, status, reason }) {
    const facts = { kind: this.words.kinds[kind], status: this.words.papers[status], reason };
    return listItem(worded(reason ? this.words.paper_why : this.words.paper, facts));
  }

  /**
   * @param {Api.SeenSubscription} subscription
   * @param {boolean} isOpen
   */
  #subscription(subscription, isOpen) {
    const { words } = this;
    const line = copyOf(this.section.querySelector("[data-subscription]"), subscription.id);
    line.dataset.of = subscription.id;
    line.querySelector("[data-slot=status]").dataset.status = subscription.status;
    fillSlots(line, {
      product: worded(words.product, subscription),
      contract: subscription.contract_number,
      status: worded(words.status[subscription.status], { ...subscription, count: subscription.days_left }),
      licence: words.licence[subscription.licence],
      seats: this.#seats(subscription),
      users: worded(words.users, { count: subscription.users_count }),
      role: words.roles[subscription.role],
      administrator: subscription.administrator,
      start: day(subscription.start),
      end: day(subscription.end),
    });
    const theirs = subscription.actions.filter(({ reason }) => reason !== OF_ADMINISTRATOR);
    line.querySelector("[data-actions]").append(...theirs.map((action) => this.#action(action, subscription)));
    const rest = line.querySelector("[data-rest]");
    rest.hidden = theirs.length === subscription.actions.length;
    write(rest, worded(words.rest, subscription));
    this.#fillHistory(line, subscription);
    const [toggle, panel] = [line.querySelector(".line__toggle"), line.querySelector(".line__panel")];
    const turn = (open) => {
      toggle.setAttribute("aria-expanded", String(open));
      panel.hidden = !open;
      line.toggleAttribute("data-open", open);
    };
    toggle.addEventListener("click", () => turn(panel.hidden));
    turn(isOpen);
    return line;
  }

  /** @param {Api.SeenSubscription} subscription */
  #seats({ licence, seats, seats_used: used, seats_next: next }) {
    const now = licence === "floating" ? worded(this.words.floating_seats, { count: seats }) : worded(this.words.seats_short, { count: used, seats });
    return next === null ? now : `${now}, ${worded(this.words.seats_next, { count: next })}`;
  }

  /** What can be done, or why not, in the words that the customer reads. */
  #action({ action, allowed, reason }, subscription) {
    const made = listItem("");
    made.dataset.allowed = allowed;
    const [name, said] = ["strong", "span"].map((tag) => made.appendChild(document.createElement(tag)));
    name.textContent = this.words.actions[action];
    const why = worded(this.words.reasons[reason] ?? "", subscription);
    said.textContent = allowed ? this.words.possible : why || this.words.not_possible;
    name.after(" ");
    return made;
  }

  #fillHistory(line, { history, role, contract_number: number }) {
    line.querySelector("[data-history]").append(...(history ?? []).map(happening));
    line.querySelector("[data-not-theirs]").hidden = role === "administrator";
    line.querySelector("[data-elsewhere]").hidden = history !== null || role !== "administrator";
    line.querySelector("[data-look-at]").addEventListener("click", () => {
      this.field.value = number;
      this.send(this.form, () => this.#look());
    });
  }

  /**
   * @param {Pick<Api.SeenMail, "id" | "subject" | "at"> & { state: Api.MailState | "on_its_way" }} mail
   * @param {any} made
   */
  #mail(mail, made) {
    const row = copyOf(this.section.querySelector("[data-mail]"), mail.id);
    fillSlots(row, { subject: mail.subject, state: this.words.fates[mail.state] });
    row.querySelector("[data-at]").append(timeOf(mail.at, shortMoment));
    row.querySelector("[data-slot=state]").dataset.status = mail.state;
    const [button, once] = [row.querySelector("[data-again]"), new Once()];
    // What is on its way has no name yet by which to send it once more.
    button.hidden = !mail.id;
    button.setAttribute("aria-label", worded(this.words.again_of, mail));
    button.addEventListener("click", () => this.#sendAgain(mail, button, once, made));
    return row;
  }

  async #sendAgain(mail, button, once, made) {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    const [said, problem] = ["said", "problem"].map((part) => made.querySelector(`[data-${part}]`));
    problem.hidden = true;
    write(said, this.words.sending);
    try {
      this.#sent(mail, await once.send("POST", `/api/support/mails/${mail.id}/again`), made);
    } catch (error) {
      const show = (_, { title, detail }) => {
        write(said, "");
        write(problem.querySelector("[data-problem-title]"), title);
        write(problem.querySelector("[data-problem-detail]"), detail);
        problem.hidden = false;
      };
      explain(error, { show }, this.unreached);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  /** It is a new e-mail, and stands in the history of what it is about. */
  #sent({ subject }, sent, made) {
    write(made.querySelector("[data-said]"), worded(this.words.on_its_way, sent));
    made.querySelector("tbody").prepend(this.#mail({ id: "", subject, at: sent.at, state: "on_its_way" }, made));
    const shown = made.querySelector(`[data-of="${sent.subscription}"] [data-history]:not(:empty)`);
    shown?.prepend(happening({ at: sent.at, text: worded(this.words.mailed_again, { email: sent.to }) }));
  }

  refused(error) {
    this.seen.replaceChildren();
    if (error.status === 404) return this.faults.show([{ field: FIELD, message: this.words.unknown }]);
    // Whichever of the two it was taken for, it stands in the one field.
    if (error instanceof Problem) error.errors = error.errors.slice(0, 1).map(({ message }) => ({ field: FIELD, message }));
    return super.refused(error);
  }

  #next() {
    this.field.focus();
    this.field.select();
  }

  #forget() {
    this.seen.replaceChildren();
    this.field.value = "";
    this.faults.clear();
  }
}

function happening({ at, text }) {
  const made = listItem(`${text} `);
  made.append(timeOf(at));
  return made;
}

function timeOf(at, wordedAs = moment) {
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = wordedAs(at);
  return time;
}
