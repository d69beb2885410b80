// @ts-check
// The staff's desk: who waits by deadline, each paper beside the facts to check, and the decision.

import { call, Problem } from "./api.js";
import { Block, explain } from "./block.js";
import { Confirmation } from "./confirmation.js";
import { Conversation } from "./conversation.js";
import { Decision } from "./decision.js";
import { listItem } from "./faults.js";
import { copyOf, fillSlots, List } from "./lists.js";
import { pagesOf } from "./pages.js";
import { isOver, lasting } from "./papers.js";
import { reader } from "./session.js";
import { Shortcuts } from "./shortcuts.js";
import { marked } from "./watermark.js";
import { businessDay, day, inThrees, isolated, moment, worded } from "./words.js";

export const start = (section, how) => new Reviews(section).start(how);

class Reviews extends Block {
  constructor(section) {
    super(section);
    this.lines = new List(section.querySelector("[data-lines]"), section.querySelector("[data-more]"), "/api/reviews", (item) => this.#line(item));
    this.filters = section.querySelector("[data-filters]");
    this.filters.addEventListener("submit", (event) => event.preventDefault());
    this.filters.addEventListener("change", () => this.attempt(() => this.#narrow()));
    new Shortcuts(section);
  }

  /** Show who waits, whatever was open before, unless the session has only ended meanwhile: then what was typed stays. */
  async show(_who, { hasSignedIn }) {
    if (hasSignedIn && this.resume()) return;
    const [count, { body: times }] = await Promise.all([this.lines.load(), call("GET", "/api/reviews/waiting-times")]);
    fillSlots(this.section, { times: this.#times(times) });
    this.stages.show(count || this.isNarrowed ? "list" : "empty");
  }

  get isNarrowed() {
    return Object.keys(this.lines.asked).length > 0;
  }

  async #narrow() {
    this.lines.asked = Object.fromEntries([...new FormData(this.filters)].filter(([, value]) => value));
    const count = await this.lines.load();
    this.section.querySelector("[data-none-of-these]").hidden = count > 0;
    this.announce(count ? worded(this.words.found, { count }) : this.section.querySelector("[data-none-of-these]").textContent);
  }

  /** @param {Api.WaitingTimes} times */
  #times({ decided, median, ninety }) {
    if (!decided) return this.words.no_times;
    return worded(this.words.times, { decided, median: lasting(median, this.words.usual), ninety: lasting(ninety, this.words.usual) });
  }

  /** @param {Api.Waiting} waiting */
  #waits({ kinds, message_waits: isAsked, turn }) {
    const papers = kinds.length ? [worded(this.words.waits_paper, { kinds: kinds.map((kind) => this.words.kinds[kind]).join(", ") })] : [];
    const messages = isAsked ? [this.words.waits_message] : turn === "customer" ? [this.words.waits_answer] : [];
    return [...papers, ...messages].join(" · ");
  }

  /** What a line says is so after each act: whose turn it is, what waits and since when, if anything does. */
  async refresh(line, account) {
    const { body } = await call("GET", `/api/reviews?${new URLSearchParams({ account })}`);
    const [waiting] = body.items;
    for (const part of line.querySelectorAll("[data-while-waiting]")) part.hidden = !waiting;
    this.#say(line, waiting ? this.#standing(waiting) : { turn: this.words.dealt_with, waits: this.words.nothing_waits }, waiting?.turn);
  }

  /** @param {Api.Waiting} waiting */
  #standing(waiting) {
    return {
      turn: this.words.turns[waiting.turn],
      waits: this.#waits(waiting),
      since: waiting.waiting_since && moment(waiting.waiting_since),
      deadline: day(waiting.deadline),
      days_left: worded(this.words.days_left, { count: waiting.days_left }),
    };
  }

  /** In the line itself, not in what is open below it. */
  #say(line, texts, turn = "") {
    for (const part of line.querySelectorAll(":scope > :not(.line__panel)")) fillSlots(part, texts);
    line.querySelector("[data-slot=turn]").dataset.turn = turn;
  }

  /** @param {Api.Waiting} waiting */
  #line(waiting) {
    const line = copyOf(this.section.querySelector("[data-waiting]"), waiting.account);
    this.#say(line, { company: `${isolated(waiting.company)}, ${waiting.email}`, ...this.#standing(waiting) }, waiting.turn);
    const toggle = line.querySelector("button");
    const panel = line.querySelector(".line__panel");
    toggle.addEventListener("click", async () => {
      const isOpen = toggle.getAttribute("aria-expanded") === "true";
      toggle.setAttribute("aria-expanded", String(!isOpen));
      panel.hidden = isOpen;
      line.toggleAttribute("data-open", !isOpen);
      if (isOpen) return panel.replaceChildren();
      const review = new Review(this, line, waiting.account);
      return this.attempt(() => review.show());
    });
    return line;
  }
}

class Review {
  constructor(reviews, line, account) {
    this.reviews = reviews;
    this.line = line;
    this.account = account;
    this.panel = line.querySelector(".line__panel");
    this.words = reviews.words;
  }

  /** Show the account anew: every look has links of its own, and is in the history. */
  async show({ focus = "" } = {}) {
    const body = await this.#looked();
    if (!body) return;
    this.panel.replaceChildren(copyOf(this.reviews.section.querySelector("[data-review]"), this.account));
    fillSlots(this.panel, {
      company: isolated(body.company),
      profile: this.words.profiles[body.profile],
      siren: worded(this.words[`siren_${body.legal_name.number}`], { siren: body.siren && inThrees(body.siren) }),
      register: worded(this.words[`register_${body.legal_name.checked}`], body.legal_name),
      email: body.email,
      registered_at: day(body.registered_at),
    });
    this.body = body;
    this.panel.querySelector("[data-papers]").replaceChildren(...body.documents.map((document) => this.#paper(document)));
    this.panel.querySelector("[data-history]").replaceChildren(...body.history.map(happening));
    const title = focus && this.panel.querySelector(`[data-kind="${focus}"] .paper__title`);
    (title || this.panel.querySelector("[data-focus]")).focus();
    // Last, since whoever decides by keys may have gone on meanwhile.
    await this.#converse(body);
  }

  async #converse(body) {
    const conversation = new Conversation(this.panel.querySelector("[data-conversation]"), `/api/reviews/${this.account}/messages`, this.words, {
      announce: (text) => this.reviews.announce(text),
      wrote: (message) => this.#wrote(message),
    });
    await conversation.show({ isOver: isOver(body) });
  }

  /** What is written has changed the line, and stands in the history; the rest is as it was, with what is typed there. */
  async #wrote({ at }) {
    const { email: by } = await reader();
    this.panel.querySelector("[data-history]").prepend(happening({ at, text: worded(this.words.answered, { by }) }));
    await this.refresh();
  }

  refresh() {
    return this.reviews.refresh(this.line, this.account);
  }

  /** The account as it is, once the reader has confirmed who they are if they were away; else the line is closed. */
  async #looked() {
    try {
      return (await call("GET", `/api/reviews/${this.account}`)).body;
    } catch (error) {
      if (error.code !== "sign_in_again") throw error;
    }
    this.panel.replaceChildren(copyOf(this.reviews.section.querySelector("[data-confirm]"), this.account));
    const form = this.panel.querySelector("form");
    form.hidden = false;
    form.querySelector("[data-focus]").focus();
    if (await new Confirmation(form, this.words).ask()) return this.#looked();
    const toggle = this.panel.parentElement.querySelector("[aria-expanded]");
    toggle.click();
    toggle.focus();
    return null;
  }

  #paper(document) {
    const line = copyOf(this.reviews.section.querySelector("[data-paper]"), `${this.account}-${document.kind}`);
    line.dataset.kind = document.kind;
    line.querySelector("[data-slot=status]").dataset.status = document.status;
    fillSlots(line, {
      kind: this.words.kinds[document.kind],
      status: this.words.statuses[document.status],
      filename: document.filename ?? this.words.none,
      issued_on: document.issued_on ? day(document.issued_on) : this.words.undated,
      sent_at: document.sent_at ? moment(document.sent_at) : this.words.none,
    });
    note(line, "reason", document.reason);
    note(line, "decided", document.decided_at && worded(this.words.decided, document));
    note(line, "destroyed", document.destroyed && worded(this.words.destroyed, document.destroyed));
    line.querySelector("[data-held]").hidden = !document.held;
    if (document.link) this.#show(line, document);
    const isOpen = document.status === "in_review";
    line.querySelector(".paper__beside").hidden = document.status === "missing";
    line.querySelector("[data-decision]").hidden = !isOpen;
    line.querySelector("[data-to-check]").hidden = !isOpen;
    line.querySelector("[data-checks]").replaceChildren(...[...this.#shouldSay(document), ...this.words.checks[document.kind]].map(listItem));
    if (isOpen) new PaperDecision(this, line, document.kind);
    return line;
  }

  /** What a registration's paper should say, beside it. */
  #shouldSay({ kind }) {
    const { company, siren } = this.body;
    return siren && ["kbis", "sirene_notice"].includes(kind) ? [worded(this.words.should_say, { company, siren: inThrees(siren) })] : [];
  }

  #show(line, document) {
    if (this.words.shows_a_person.includes(document.kind)) this.#showMarked(line, document);
    else this.#showAsItIs(line, document);
  }

  /** A paper that shows a person: its pictures with a mark across them, and no way to one without. */
  async #showMarked(line, { kind, link, content_type: type }) {
    const [preparing, place, enlarge] = ["preparing", "pages", "enlarge"].map((name) => line.querySelector(`[data-${name}]`));
    const mark = worded(this.words.watermark, { desk: this.words.desk, today: businessDay() });
    preparing.hidden = false;
    try {
      const sources = type === "application/pdf" ? await pagesOf(link.url) : [link.url];
      const pictures = await Promise.all(sources.map((source) => marked(source, mark)));
      place.setAttribute("aria-label", worded(this.words.pages_of, { kind: this.words.kinds[kind] }));
      place.replaceChildren(...pictures.map((source, index) => picture(source, worded(this.words.page_of, { page: index + 1, of: pictures.length }))));
      place.hidden = enlarge.hidden = false;
      note(line, "marked", worded(this.words.marked, { mark }));
      enlarge.addEventListener("click", () => this.#enlarge(line, enlarge));
    } catch {
      line.querySelector("[data-unmarked]").hidden = false;
    } finally {
      preparing.hidden = true;
    }
  }

  #enlarge(line, button) {
    const isLarge = line.querySelector(".paper__beside").toggleAttribute("data-large");
    button.setAttribute("aria-pressed", String(isLarge));
  }

  #showAsItIs(line, { kind, link, content_type: type }) {
    const place = line.querySelector("[data-link]");
    place.href = link.url;
    place.hidden = false;
    if (type === "application/pdf") {
      place.textContent = this.words.open;
      // Without them there is the link.
      this.#pages(line, kind, link).catch(() => undefined);
      return;
    }
    place.append(picture(link.url, worded(this.words.picture_of, { kind: this.words.kinds[kind] })));
  }

  /** The pages as they are kept, beside the decision. */
  async #pages(line, kind, link) {
    const pictures = await pagesOf(link.url);
    const place = line.querySelector("[data-pages]");
    place.setAttribute("aria-label", worded(this.words.pages_of, { kind: this.words.kinds[kind] }));
    place.replaceChildren(...pictures.map((source, index) => picture(source, worded(this.words.page_of, { page: index + 1, of: pictures.length }))));
    place.hidden = !pictures.length;
  }
}

/** On one paper, whose file is gone once it is confirmed. */
class PaperDecision extends Decision {
  /**
   * @param {Review} review
   * @param {any} line
   * @param {string} kind
   */
  constructor(review, line, kind) {
    super(line.querySelector("[data-decision]"), kind, review.words);
    this.review = review;
    this.kind = kind;
  }

  get #code() {
    return this.form.querySelector("select").value;
  }

  missing() {
    if (!this.decision || this.decision === "accept") return [];
    if (!this.#code) return [{ field: "reason_code", message: this.words.not_chosen }];
    return this.#code === "other" && !this.reason ? [{ field: "reason", message: this.words.required }] : [];
  }

  fillCheck() {
    const { check, decision } = this;
    check.querySelector("[data-final]").hidden = decision !== "refuse";
    check.querySelector("[data-last]").hidden = decision !== "accept" || !this.#isLast;
    check.querySelector("[type=submit]").textContent = this.words.confirm[decision];
  }

  /** As it is sent; of who accepts, nothing but that and any words. */
  get #decided() {
    const code = this.decision !== "accept" && this.#code;
    return { document: this.kind, decision: this.decision, reason: this.reason, ...(code && { reason_code: code }) };
  }

  get #isLast() {
    return this.review.body.documents.every(({ kind, status }) => kind === this.kind || status === "accepted");
  }

  async act() {
    const { review, kind, words } = this;
    const { status, account_status: account } = await this.once.send("POST", `/api/reviews/${review.account}/decisions`, this.#decided);
    review.reviews.announce(worded(words.announced, { kind: words.kinds[kind], status: words.statuses[status], account: words.accounts[account] }));
    await Promise.all([review.show({ focus: kind }), review.refresh()]);
  }

  async failed(error) {
    this.turn(this.form);
    explain(error, this.faults, this.review.reviews.unreached);
    // Somebody else may have decided.
    if (error instanceof Problem && error.status !== 401) await this.review.refresh();
  }
}

function picture(source, alt) {
  return Object.assign(new Image(), { src: source, alt });
}

function note(line, slot, text) {
  const place = line.querySelector(`[data-slot=${slot}]`);
  place.hidden = !text;
  place.textContent = text ?? "";
}

function happening({ at, text }) {
  const made = listItem(`${text} `);
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = moment(at);
  made.append(time);
  return made;
}
