// @ts-check
// The documents: which papers the reader sends, where each stands, and its form while it is still to be sent.

import { Block, explain } from "./block.js";
import { takeDrops } from "./drop.js";
import { Faults } from "./faults.js";
import { Conversation } from "./conversation.js";
import { copyOf, fillSlots, goToAsked } from "./lists.js";
import { Chosen } from "./chosen.js";
import { advise, explained, isOver, lasting, shownStatus, standing } from "./papers.js";
import { Cancelled, checked, fitting, isOther, LARGEST, MOST, Sending } from "./sending.js";
import { hasEnded } from "./session.js";
import { worded } from "./words.js";

const OPEN = ["missing", "rejected", "ask_again", "uploaded"];
// By what another page has done, or the day: this page shows what is no longer so.
const OVERTAKEN = ["already_sent", "already_decided", "deadline_passed"];
// What the server finds wrong with a file is said at the file.
const ABOUT_THE_FILE = ["filename", "content_type", "size", "kind", "part", "of"];

export const start = (section, how) => new Documents(section).start(how);

class Documents extends Block {
  constructor(section) {
    super(section);
    this.list = section.querySelector("[data-papers]");
    this.conversation = new Conversation(section.querySelector("[data-conversation]"), "/api/onboarding/messages", this.words, {
      announce: (text) => this.announce(text),
      wrote: () => this.lookAgain(),
    });
    document.addEventListener("visibilitychange", () => this.lookAgain());
  }

  async show(who) {
    this.who = who;
    await this.#look();
    this.stages.show("list");
    goToAsked();
  }

  async #look() {
    const stands = await standing();
    this.fill(stands);
    await this.conversation.show({ isOver: isOver(stands) });
  }

  /** The reader is back on this page: in another one they may have sent something. */
  async lookAgain() {
    if (document.hidden || this.stages.current !== "list") return;
    try {
      await this.#look();
    } catch (error) {
      // What is shown was true when they left; whatever they do next tells whether the desk can be reached.
      hasEnded(error);
    }
  }

  /**
   * Show where everything stands; a form that is being filled in or sent stays as it is.
   *
   * @param {Api.Onboarding} stands
   */
  fill(stands) {
    fillSlots(this.section, {
      standing: explained(stands, this.words),
      turn: stands.turn && this.words.turns[stands.turn],
      usual: stands.turn === "staff" && stands.usual_wait !== null ? worded(this.words.usual.says, { time: lasting(stands.usual_wait, this.words.usual) }) : "",
    });
    this.section.querySelector("[data-turn]").hidden = !stands.turn;
    advise(this.section.querySelector("[data-refused]"), stands, this.words, this.who);
    const known = new Map([...this.list.children].map((line) => [line.dataset.kind, line]));
    const lines = stands.documents.map((document) => {
      const line = known.get(document.kind) ?? new Paper(this, document.kind).line;
      line.paper.show(document, stands);
      return line;
    });
    if (lines.some((line) => !line.isConnected) || known.size !== lines.length) this.list.replaceChildren(...lines);
  }

  /** Let the page's steps know whether files wait to be sent. */
  chose() {
    const stage = [...this.list.children].some(({ paper }) => paper.chosen.files.length) ? "chosen" : "form";
    this.tellStage("papers", stage);
  }
}

class Paper {
  constructor(documents, kind) {
    this.documents = documents;
    this.kind = kind;
    this.words = documents.words;
    this.line = copyOf(documents.section.querySelector("[data-paper]"), kind);
    this.line.dataset.kind = kind;
    this.line.paper = this;
    this.form = this.line.querySelector("form");
    this.faults = new Faults(this.form.querySelector("[data-summary]"), this.form, this.words);
    this.sending = new Sending();
    this.progress = this.form.querySelector("[data-progress]");
    this.cancel = this.form.querySelector("[data-cancel]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.cancel.addEventListener("click", () => this.sending.cancel());
    this.input = this.form.querySelector("[type=file]");
    this.chosen = new Chosen(this.form.querySelector("[data-chosen]"), this.input, this.words, (text) => documents.announce(text));
    this.chosen.onChange = () => documents.chose();
    takeDrops(this.form.querySelector(".drop"), (files) => this.#choose(files));
    this.input.addEventListener("change", () => this.#choose(this.input.files));
  }

  /**
   * @param {Api.ShownDocument} document
   * @param {Api.Onboarding} stands
   */
  show(document, stands) {
    this.document = document;
    const badge = this.line.querySelector("[data-slot=status]");
    badge.dataset.status = shownStatus(document, stands);
    fillSlots(this.line, { kind: this.words.kinds[this.kind], status: this.words.statuses[badge.dataset.status] });
    this.#note("meanwhile", null);
    this.#note("reason", document.reason);
    this.#note("issued_on", document.issued_on && worded(this.words.issued_on_of, document));
    this.#note("destroyed", document.destroyed && worded(this.words.destroyed, document.destroyed));
    const [submit, isAgain] = [this.form.querySelector("[type=submit]"), ["rejected", "ask_again"].includes(document.status)];
    submit.textContent = isAgain ? this.words.again : this.words.submit;
    submit.setAttribute("aria-label", worded(isAgain ? this.words.again_of : this.words.submit_of, { kind: this.words.kinds[this.kind] }));
    if (!this.busy) this.form.hidden = !OPEN.includes(badge.dataset.status);
    this.form.querySelector("[data-field=issued_on]").hidden = !this.words.dated.includes(this.kind);
  }

  #note(slot, text) {
    const place = this.line.querySelector(`[data-slot=${slot}]`);
    place.hidden = !text;
    place.textContent = text ?? "";
  }

  /** Files join those that are chosen already: the back of a card comes after its front. */
  #choose(files) {
    if (this.busy) return;
    this.faults.clear();
    this.chosen.add(files);
    // So that the same file can be chosen again once it is removed.
    this.input.value = "";
  }

  async #send() {
    if (this.busy) return;
    const issuedOn = this.form.querySelector("[type=date]").value;
    const sentBefore = this.document.sent_at;
    this.faults.clear();
    this.#begin();
    try {
      const wrong = await this.#wrong(issuedOn);
      if (wrong.length) return this.faults.show(wrong);
      await this.sending.send(this.kind, [...this.chosen.files], issuedOn, (share) => this.#sent(share));
      await this.#wait(sentBefore);
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#end();
    }
    return undefined;
  }

  async #wrong(issuedOn) {
    const wrong = [];
    if (this.words.dated.includes(this.kind) && !issuedOn) wrong.push({ field: "issued_on", message: this.words.no_date });
    if (!this.chosen.files.length) wrong.push({ field: "file", message: this.words.no_file });
    else if (this.chosen.files.length > MOST) wrong.push({ field: "file", message: this.words.too_many });
    else wrong.push(...(await this.#wrongFiles()));
    return wrong;
  }

  /** What is wrong with files that are chosen, which leave the list; those that are too large are made smaller. */
  async #wrongFiles() {
    const wrong = [];
    for (const file of [...this.chosen.files]) {
      const smaller = await fitting(file);
      const why = (await isOther(file)) ? "other_type" : !file.size ? "empty_file" : smaller.size > LARGEST && "too_large";
      if (why) wrong.push({ field: "file", message: worded(this.words[why], { filename: file.name }) });
      this.chosen.replace(file, why ? null : smaller);
    }
    return wrong;
  }

  #begin() {
    this.busy = true;
    this.progress.hidden = false;
    this.cancel.hidden = false;
    this.#sent(0);
  }

  #sent(share) {
    const percent = Math.floor(share * 100);
    this.progress.querySelector("progress").value = percent;
    fillSlots(this.progress, { sending: worded(this.words.sending_file, { percent }) });
  }

  /** The file is there: it can no longer be cancelled, and is checked now. */
  async #wait(sentBefore) {
    this.cancel.hidden = true;
    this.progress.querySelector("progress").removeAttribute("value");
    fillSlots(this.progress, { sending: this.words.checking });
    this.documents.announce(this.words.checking);
    const stands = await checked(this.kind, sentBefore);
    this.form.reset();
    this.chosen.clear();
    this.#end();
    this.documents.fill(stands);
    const { status, reason } = this.document;
    this.documents.announce(worded(this.words.announced, { kind: this.words.kinds[this.kind], status: this.words.statuses[status], reason }));
    this.line.querySelector(".paper__title").focus();
  }

  #end() {
    this.busy = false;
    this.progress.hidden = true;
    this.cancel.hidden = true;
  }

  async #failed(error) {
    if (error instanceof Cancelled) {
      this.documents.announce(this.words.cancelled);
      this.form.querySelector("[type=submit]").focus();
    } else if (OVERTAKEN.includes(error.code)) await this.#overtaken(error);
    else {
      for (const wrong of error.errors ?? []) if (ABOUT_THE_FILE.includes(wrong.field)) wrong.field = "file";
      explain(error, this.faults, this.words.interrupted);
    }
  }

  /** What this page showed is no longer so: it shows what is, and why nothing was sent. */
  async #overtaken(problem) {
    const stands = await standing().catch(() => null);
    if (!stands) return this.faults.show([], problem);
    this.#end();
    this.documents.fill(stands);
    this.#note("meanwhile", worded(this.words.meanwhile, problem));
    return this.line.querySelector("[data-slot=meanwhile]").focus();
  }
}

