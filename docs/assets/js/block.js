// @ts-check
// What the blocks of a page have in common: whom they are for, what they show, and what is said when something is not done.

import { Problem, Unreachable } from "./api.js";
import { Busy } from "./busy.js";
import { Faults } from "./faults.js";
import { Once } from "./once.js";
import { hasEnded, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { wordsOf } from "./words.js";

/** A block for whoever is signed in, which begins with `start` and shows with `show` what is theirs. */
export class Block {
  /** `subject` is the page's choice of a subscription, where the block is about one: `follow` shows the chosen one. */
  constructor(section, subject = null) {
    this.section = section;
    this.subject = subject;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    this.busy = new Busy(this.words);
    this.faults = new Faults(section.querySelector(":scope > [data-summary]"), section, this.words);
    this.once = new Once();
    subject?.onChange(() => this.attempt(() => this.follow()));
    this.on("[data-retry]", () => this.start({ again: true }));
    onChange((who) => this.readerChanged(who));
  }

  /**
   * Show what is the reader's, or ask them to sign in.
   *
   * @param {{ again?: boolean, hasSignedIn?: boolean }} [how] whether by their own wish, or since they have just signed in
   * @returns {Promise<unknown>}
   */
  start(how = {}) {
    return this.attempt(async () => {
      const who = await reader();
      return who ? this.show(who, how) : this.stages.askToSignIn(false);
    });
  }

  /**
   * What there is to see: of a block about a subscription, whatever `follow` shows of the chosen one.
   *
   * @param {Api.Session} _who
   * @param {{ again?: boolean, hasSignedIn?: boolean }} how
   * @returns {unknown}
   */
  show(_who, how) {
    return this.subject.load(how);
  }

  /**
   * Another subscription is chosen, or the same stands elsewhere.
   *
   * @returns {unknown}
   */
  follow() {
    return undefined;
  }

  /**
   * Somebody has signed in, or the session has ended (null): what was typed stays.
   *
   * @param {Api.Session | null} who
   * @returns {unknown}
   */
  readerChanged(who) {
    return who ? this.start({ hasSignedIn: true }) : this.stages.askToSignIn(true);
  }

  /** Do what asks the API for what is shown. */
  async attempt(ask) {
    try {
      return await ask();
    } catch (error) {
      return this.failed(error);
    }
  }

  /**
   * What is shown cannot be had: for good where the reader is not one of those whom it is for.
   *
   * @returns {unknown}
   */
  failed(error) {
    if (hasEnded(error)) return undefined;
    return this.stages.show(error.status === 404 && this.stages.get("not-staff") ? "not-staff" : "failed", { focus: true });
  }

  /** Do what a form asks for, one thing at a time, and say in it what is in the way. */
  onSubmit(form, act) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      return this.send(form, act);
    });
  }

  /** The same at once. */
  send(form, act) {
    return this.busy.with(form, act, (error) => this.refused(error));
  }

  /**
   * What a form asks for was not done.
   *
   * @returns {unknown}
   */
  refused(error) {
    return explain(error, this.faults, this.unreached);
  }

  /** What is said when the desk cannot be reached. */
  get unreached() {
    return this.stages.get("failed").dataset;
  }

  /** Call back when one of the block's own is clicked, not those of a block inside it. */
  on(selector, callback) {
    for (const element of this.section.querySelectorAll(selector)) {
      if (element.closest(".job, .portal") === this.section) element.addEventListener("click", callback);
    }
  }

  /** Go on in the line that was open when the session ended, as it was left; false where none was. */
  resume() {
    const opened = this.section.querySelector(".line__panel:not([hidden]) [data-focus]");
    if (!opened) return false;
    this.stages.show("list");
    opened.focus();
    return true;
  }

  /** Let the page's steps know how far the reader has come with an action. */
  tellStage(action, stage) {
    this.section.dispatchEvent(new CustomEvent("job-stage", { bubbles: true, detail: { action, stage } }));
  }

  /** Say what is to be heard and not seen. */
  announce(text) {
    this.section.querySelector(":scope > [data-announce]").textContent = text;
  }
}

/** Say in a form why what it asked for was not done: to the whole page where the session has ended. Throws what no API says. */
export function explain(error, faults, { title, detail }) {
  if (hasEnded(error)) return undefined;
  if (error instanceof Problem) return faults.show(error.errors, error);
  if (error instanceof Unreachable) return faults.show([], { title, detail });
  throw error;
}
