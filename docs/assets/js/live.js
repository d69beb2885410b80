// @ts-check
// Live steps: where the reader stands in a guide's steps, with what the page is about, a subscription or their papers, and
// with what they do on it.

import { papersOf } from "./papers.js";
import { onChange, reader } from "./session.js";
import { subjectOf, waitingIn } from "./subject.js";
import { worded, wordsOf } from "./words.js";

// Which of the steps about one job the reader has come to, by the stage of its form.
const REACHED = { check: 1, confirmation: 1, chosen: 2 };
// Of a page that is about nothing that the reader has to choose.
const NONE = { chosen: null, isKnown: true, isPossible: true, load: async () => undefined, land: () => undefined, onChange: () => undefined };

export function start(block) {
  const isOfNothing = document.querySelector("[data-leaver]");
  return new Live(block, isOfNothing ? null : (subjectOf(document) ?? papersOf())).start();
}

class Live {
  constructor(block, subject) {
    this.block = block;
    this.subject = subject ?? { ...NONE };
    this.words = wordsOf(block);
    this.steps = JSON.parse(block.querySelector("[data-steps]").textContent);
    this.list = block.parentElement.nextElementSibling;
    this.items = [...this.list.children];
    this.stages = {};
    this.toggle = block.querySelector("[data-toggle]");
    this.toggle.addEventListener("click", () => this.#fold(!this.isFolded));
    this.subject.onChange(() => this.#show());
    document.addEventListener("job-stage", ({ detail: { action, stage } }) => {
      this.stages[action] = stage;
      if (!subject) Object.assign(this.subject, { action, isFinished: stage === "done" });
      this.#show();
    });
    onChange(() => this.start());
  }

  /** Show where the reader stands; signed out, or while nobody can tell, the guide is as it was printed. */
  async start() {
    this.who = await reader().catch(() => null);
    if (this.who) await this.subject.load().catch(() => undefined);
    this.#show();
    this.subject.land();
  }

  #show() {
    this.#clear();
    const isKnown = this.subject.chosen || (this.who && this.subject.isKnown);
    const standing = isKnown ? this.#standing() : [];
    for (const [index, { state, why }] of standing.entries()) {
      if (state) this.#mark(this.items[index], state, why);
    }
    const number = standing.findIndex(({ state }) => state !== "done") + 1;
    const at = standing[number - 1];
    const isOver = standing.length > 0 && !number;
    const said = isOver ? "status_done" : at?.state && `status_${at.state}`;
    this.#say(said ? worded(this.words[said], { number, count: this.steps.length, why: at?.why }) : "");
    this.#begin(isOver || (Boolean(this.subject.chosen) && at?.state === "next"));
  }

  #mark(item, state, why) {
    const label = document.createElement("strong");
    label.className = "step-state";
    label.textContent = worded(this.words[state], { why });
    item.dataset.state = state;
    if (state === "next") item.setAttribute("aria-current", "step");
    item.prepend(label);
  }

  /** For each step: done; the first that is not is next, or blocked (and why); of the rest there is nothing to say yet. */
  #standing() {
    const { isFinished, action } = this.subject;
    if (isFinished) return this.steps.map(() => ({ state: this.steps.some((step) => step.action === action) ? "done" : undefined }));
    let isOpen = true;
    return this.steps.map((step, index) => {
      if (!isOpen) return {};
      const before = this.steps.slice(0, index).filter((other) => other.action === step.action).length;
      const standing = this.#stateOf(step, before);
      isOpen = standing.state === "done";
      return standing;
    });
  }

  #stateOf({ kind, action, done, once, waits }, before) {
    const { chosen, isPossible } = this.subject;
    if (kind === "sign-in") return { state: this.who ? "done" : "next" };
    if (once) return { state: this.subject.hasBegun(once) || this.subject.isBegunBy(once) ? "done" : "next" };
    if (kind === "choose" && chosen) return { state: "done" };
    const hasPassed = before < (REACHED[this.stages[action]] ?? 0);
    if (!chosen) return isPossible ? { state: hasPassed ? "done" : "next" } : { state: "blocked", why: this.words.nothing };
    const { allowed, reason } = chosen.actions.find((one) => one.action === action) ?? {};
    if (done.includes(reason) || waitingIn(chosen, waits, reason)) return { state: "done" };
    if (!allowed) return reason ? { state: "blocked", why: worded(this.words.reasons[reason] ?? "", chosen) } : {};
    return { state: hasPassed ? "done" : "next" };
  }

  /** Who has begun reads no more than where they are, unless they ask for all of it. */
  #begin(isBegun) {
    this.toggle.hidden = !isBegun;
    if (isBegun === this.isBegun) return this.#fold(this.isFolded);
    this.isBegun = isBegun;
    return this.#fold(isBegun);
  }

  #fold(isFolded) {
    this.isFolded = isFolded;
    this.list.toggleAttribute("data-folded", isFolded);
    for (const item of this.items) item.toggleAttribute("data-folded", isFolded && item.dataset.state !== "next");
    for (let next = this.list.nextElementSibling; next && !next.matches(".desk-block:not(.desk-block--picture), h2"); next = next.nextElementSibling) {
      next.toggleAttribute("data-folded", isFolded);
    }
    this.toggle.setAttribute("aria-expanded", String(!isFolded));
    this.toggle.textContent = isFolded ? this.words.unfold : this.words.fold;
  }

  #say(text) {
    const status = this.block.querySelector("[data-status]");
    if (status.textContent !== text) status.textContent = text;
  }

  #clear() {
    for (const item of this.items) {
      item.querySelector(":scope > .step-state")?.remove();
      item.removeAttribute("data-state");
      item.removeAttribute("aria-current");
    }
  }
}
