// @ts-check
// The team in one go: addresses pasted or dropped, what will come of each line, mistakes mended in place, then all added.

import { call, isUncertain } from "./api.js";
import { Block } from "./block.js";
import { takeDrops } from "./drop.js";
import { listItem } from "./faults.js";
import { copyOf, fillSlots } from "./lists.js";
import { decoded, linesOf } from "./pasted.js";
import { subjectOf } from "./subject.js";
import { worded } from "./words.js";

const ACTION = "add_users";
const MOST = 500;
// So many are sent at once, to tell how far it is; what was sent and not answered goes out again with the same key.
const AT_ONCE = 40;
// A longer list scrolls in itself.
const SEEN_AT_ONCE = 20;

export const start = (section) => new Team(section, subjectOf(document)).start();

class Team extends Block {
  constructor(section, subject) {
    super(section, subject);
    this.form = this.stages.get("form");
    this.check = this.stages.get("check");
    this.list = this.check.querySelector("[data-lines]");
    this.progress = this.check.querySelector("progress");
    const file = this.form.querySelector("[type=file]");

    this.onSubmit(this.form, () => this.#look());
    this.onSubmit(this.check, () => this.#send());
    file.addEventListener("change", () => this.#take(file.files));
    takeDrops(file.closest(".drop"), (files) => this.#take(files));
    this.on("[data-back]", () => this.#ask());
    this.on("[data-restart]", () => this.#restart());
  }

  /** The form is shown for what the page is about, or why it cannot be. */
  follow() {
    const { chosen, isFinished } = this.subject;
    this.section.hidden = !chosen && !isFinished;
    if (!chosen || isFinished) return;
    const { allowed, reason } = chosen.actions.find(({ action }) => action === ACTION);
    if (!allowed) fillSlots(this.#turn("unavailable"), { why: worded(this.words.reasons[reason] ?? "", chosen) });
    else if (this.about !== chosen.id || !["form", "check"].includes(this.stages.current)) this.#turn("form");
    this.about = chosen.id;
  }

  #turn(name, options) {
    const stage = this.stages.show(name, options);
    this.tellStage(ACTION, name);
    return stage;
  }

  /** What a file holds comes behind what is there already. */
  async #take([file]) {
    if (!file) return;
    this.faults.clear();
    try {
      const lines = linesOf(decoded(await file.arrayBuffer()));
      if (!lines.length) return this.#refuse(this.words.none_in_file);
      const { emails } = this.form.elements;
      emails.value = [emails.value.trim(), ...lines].filter(Boolean).join("\n");
      this.form.querySelector("[data-taken]").textContent = worded(this.words.taken, { count: lines.length, file: file.name });
    } catch {
      this.#refuse(this.words.not_read);
    }
    return undefined;
  }

  #refuse(message) {
    return this.faults.show([{ field: "emails", message }]);
  }

  #look() {
    const lines = linesOf(this.form.elements.emails.value);
    if (!lines.length) return this.#refuse(this.words.none);
    if (lines.length > MOST) return this.#refuse(worded(this.words.too_many, { count: lines.length, most: MOST }));
    return this.#preview(lines);
  }

  get #path() {
    return `/api/subscriptions/${this.subject.chosen.id}/users/batch`;
  }

  /** Show what will come of each line; the focus stays where it is when one was mended. */
  async #preview(lines, { mended = 0 } = {}) {
    const { body } = await call("POST", `${this.#path}/preview`, { body: { emails: lines }, key: crypto.randomUUID() });
    this.faults.clear();
    this.lines = lines;
    this.items = body.items;
    this.added = new Map();
    this.list.replaceChildren(...body.items.map((item) => this.#line(item)));
    const isLong = body.items.length > SEEN_AT_ONCE;
    this.list.toggleAttribute("data-long", isLong);
    // What scrolls can be reached to scroll it.
    if (isLong) this.list.tabIndex = 0;
    else this.list.removeAttribute("tabindex");
    this.#sayWhat(body);
    if (!mended) this.#turn("check", { focus: true });
    else this.#focusOn(mended);
  }

  /** @param {Api.Previewed} previewed */
  #sayWhat({ would_add: count, free }) {
    const counts = new Map();
    for (const { verdict } of this.items) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    const parts = Object.entries(this.words.counts).filter(([verdict]) => counts.has(verdict));
    const said = parts.map(([verdict, text]) => worded(text, { count: counts.get(verdict) }));
    if (free !== null) said.push(worded(this.words.free, { count: free }));
    this.check.querySelector("[data-what]").replaceChildren(...said.map(listItem));
    const confirm = this.check.querySelector("[data-confirm]");
    confirm.textContent = worded(this.words.confirm, { count });
    confirm.hidden = !count;
    this.check.querySelector("[data-nobody]").hidden = count > 0;
    const missing = this.check.querySelector("[data-seats-missing]");
    missing.hidden = !counts.has("no_seat_left");
    missing.querySelector("a").search = new URLSearchParams({ subscription: this.subject.chosen.id });
  }

  #line({ line, email, verdict }) {
    const element = copyOf(this.section.querySelector("[data-line]"), `line-${line}`);
    element.dataset.verdict = verdict;
    fillSlots(element, { number: line, email, verdict: this.words.verdicts[verdict] });
    const isWrong = verdict === "invalid";
    element.querySelector("[data-slot=email]").hidden = isWrong;
    const mend = element.querySelector("[data-mend]");
    mend.hidden = !isWrong;
    if (!isWrong) return element;
    const input = mend.querySelector("input");
    input.value = email;
    input.setAttribute("aria-label", worded(this.words.mend, { line }));
    element.querySelector("[data-drop]").setAttribute("aria-label", worded(this.words.leave_out, { line }));
    input.addEventListener("change", () => this.#mend(line, input.value));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.#mend(line, input.value);
    });
    element.querySelector("[data-drop]").addEventListener("click", () => this.#mend(line, null));
    return element;
  }

  /** What is mended, or left out, is previewed with all the others: it may be one of them. */
  #mend(line, text) {
    if (text === this.lines[line - 1]) return;
    const lines = [...this.lines];
    if (text === null || !text.trim()) lines.splice(line - 1, 1);
    else lines[line - 1] = text;
    if (!lines.length) this.#ask();
    else this.send(this.check, () => this.#preview(lines, { mended: line }));
  }

  /** The next mistake, or what sends it all. */
  #focusOn(line) {
    const wrong = [...this.list.querySelectorAll("[data-mend]:not([hidden]) input")];
    const numbers = wrong.map((input) => Number(input.closest("[data-verdict]").querySelector("[data-slot=number]").textContent));
    const next = wrong[Math.max(0, numbers.findIndex((number) => number >= line))];
    const confirm = this.check.querySelector("[data-confirm]");
    (next ?? (confirm.hidden ? this.check.querySelector("[data-focus]") : confirm)).focus();
  }

  /** Once for each part, in their order; the part that had no answer goes out again, the very same. */
  async #send() {
    const emails = this.items.filter(({ verdict }) => verdict === "add").map(({ email }) => email);
    const left = emails.filter((email) => !this.added.has(email));
    this.faults.clear();
    this.progress.max = emails.length;
    this.progress.closest("p").hidden = false;
    for (let at = 0; at < left.length; at += AT_ONCE) {
      this.#sayProgress(emails.length);
      const { items } = await this.once.send("POST", this.#path, { emails: left.slice(at, at + AT_ONCE) });
      for (const { email, verdict } of items) this.added.set(email, verdict);
    }
    this.#sayProgress(emails.length);
    this.#done();
  }

  #sayProgress(count) {
    this.progress.value = this.added.size;
    this.check.querySelector("[data-progress]").textContent = worded(this.words.progress, { count: this.added.size, all: count });
  }

  #done() {
    this.progress.closest("p").hidden = true;
    const verdicts = this.items.map((one) => ({ ...one, verdict: this.added.get(one.email) ?? one.verdict }));
    const count = verdicts.filter(({ verdict, line }) => verdict === "added" && this.#isFirst(line)).length;
    const others = verdicts.filter(({ verdict, line }) => verdict !== "added" && this.#isFirst(line));
    const done = this.stages.get("done");
    const about = worded(this.words.option, this.subject.chosen);
    fillSlots(done, { title: worded(this.words.done_title, { count }), about, text: worded(this.words.done, { count }) });
    done.querySelector("[data-not-added]").hidden = !others.length;
    done.querySelector("[data-others]").replaceChildren(
      ...others.map(({ email, verdict }) => listItem(worded(this.words.other, { email, why: this.words.verdicts[verdict] }))),
    );
    for (const link of done.querySelectorAll("[data-next]")) link.search = new URLSearchParams({ subscription: this.about });
    this.form.reset();
    this.form.querySelector("[data-taken]").textContent = "";
    this.subject.finish(ACTION);
    this.#turn("done", { focus: true });
    this.section.dispatchEvent(new CustomEvent("job-done", { bubbles: true, detail: {} }));
  }

  /** A repetition of another line is told once. */
  #isFirst(line) {
    return this.items[line - 1].verdict !== "repeated";
  }

  #ask() {
    this.faults.clear();
    this.form.elements.emails.value = (this.lines ?? []).join("\n");
    this.#turn("form");
    this.form.elements.emails.focus();
  }

  #restart() {
    this.lines = [];
    this.subject.resume();
    this.#turn("form");
    this.form.elements.emails.focus();
  }

  /** What was added stays so, and is told; the rest can be sent again. What is wrong was shown line by line. */
  refused(error) {
    this.progress.closest("p").hidden = true;
    super.refused(Object.assign(error, { errors: [] }));
    if (!isUncertain(error) && error.status !== 401) this.subject.load({ again: true }).catch(() => undefined);
  }
}
