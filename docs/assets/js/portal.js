// The portal: what waits for the reader, and a table of their subscriptions, one of which can be open.

import { Acts, papersToSend, withObjections } from "./acts.js";
import { asked, keepInAddress } from "./address.js";
import { all } from "./api.js";
import { Line } from "./line.js";
import { goToAsked, isFocusLost } from "./lists.js";
import { changed, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { Table } from "./table.js";
import { wordsOf } from "./words.js";

/** Makes the page's portal work. */
export function startPortal(root) {
  new Portal(root.querySelector("[data-portal]")).start();
}

class Portal {
  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.stages = new Stages(section);
    this.lines = new Map();
    this.table = new Table(section, this.words);
    this.acts = new Acts(section.querySelector("[data-acts]"), this.words);
    section.querySelector("[data-retry]").addEventListener("click", () => this.start());
    onChange((who) => (who ? this.start({ hasSignedIn: true }) : this.stages.askToSignIn(true)));
    addEventListener("hashchange", () => this.#openAsked());
    // Brought back by the browser as it was left, it may be true no longer.
    addEventListener("pageshow", ({ persisted }) => persisted && this.start());
  }

  /** Show what the reader has, or how to sign in; what is open and typed stays. */
  async start({ hasSignedIn = false } = {}) {
    try {
      const who = await reader();
      if (!who) return this.stages.askToSignIn(false);
      const [subscriptions, papers] = await Promise.all([all("/api/subscriptions"), papersToSend(this.words, who)]);
      this.#set(await withObjections(subscriptions, this.words), papers, who);
      this.stages.show("list");
      this.#openAsked();
      if (hasSignedIn && !location.hash && isFocusLost()) this.#sayWhere();
    } catch (error) {
      if (error.status === 401) changed(null);
      else this.stages.show("failed", { focus: true });
    }
    return undefined;
  }

  /** Open a line, or close it. */
  toggle(line) {
    if (line.isOpen) this.#close();
    else this.#open(line);
  }

  /** Close a line from within: the focus goes back to what opened it. */
  closeByKey(line) {
    if (line !== this.opened) return;
    this.#close();
    line.focus();
  }

  /** A line has changed: what is said of it elsewhere is so too. */
  changed() {
    this.table.show();
    this.acts.set(this.#subscriptions);
  }

  /** Do what asks the API; a lost session or connection is shown for the whole portal. */
  async attempt(ask) {
    try {
      return await ask();
    } catch (error) {
      if (error.status === 401) changed(null);
      else if (error.status === 404) await this.#gone();
      else this.stages.show("failed", { focus: true });
      return undefined;
    }
  }

  get #subscriptions() {
    return [...this.lines.values()].map(({ subscription }) => subscription);
  }

  /** The form that had the focus is gone: on with what is shown in its place. */
  #sayWhere() {
    const [title, ...empty] = ["[data-lines-title]", "[data-empty]", "[data-none-of-house]"].map((part) => this.section.querySelector(part));
    (empty.find(({ hidden }) => !hidden) ?? title).focus();
  }

  #set(subscriptions, papers, { roles }) {
    this.lines = new Map(subscriptions.map((one) => [one.id, this.lines.get(one.id)?.update(one) ?? new Line(this, one)]));
    if (!this.lines.has(this.opened?.subscription.id)) this.#close();
    const isEmpty = !subscriptions.length;
    this.section.querySelector("[data-some]").hidden = isEmpty;
    // Those of the house are sold nothing.
    const isOfHouse = roles.length > 0;
    this.section.querySelector("[data-empty]").hidden = !isEmpty || isOfHouse;
    this.section.querySelector("[data-none-of-house]").hidden = !isEmpty || !isOfHouse;
    this.acts.set(subscriptions, papers);
    this.table.set([...this.lines.values()]);
  }

  #open(line) {
    this.opened?.close();
    this.opened = line;
    this.section.querySelector("[data-gone]").hidden = true;
    this.#sayOpen(line.subscription.id);
    line.open();
  }

  #close() {
    if (!this.opened) return;
    this.opened.close();
    this.opened = undefined;
    this.#sayOpen("");
  }

  #sayOpen(id) {
    this.section.querySelector("[data-list]").toggleAttribute("data-open", Boolean(id));
    keepInAddress({ subscription: id }, this.lines.has(location.hash.slice(1)) ? { hash: "" } : {});
  }

  /** The line that the address names, as the links of e-mails do; one that is not the reader's is said to be gone. */
  #openAsked() {
    const id = this.lines.has(location.hash.slice(1)) ? location.hash.slice(1) : asked("subscription");
    const line = this.lines.get(id);
    const isFirst = !this.isShown;
    this.isShown = true;
    if (!id) return isFirst && goToAsked();
    if (!line) return this.#sayGone();
    if (line === this.opened) return undefined;
    this.table.reveal(line);
    if (line.isManaged) this.#open(line);
    return line.focus();
  }

  /** The subscription is no longer the reader's: someone else is its administrator now, or they were removed. */
  async #gone() {
    this.#close();
    await this.start();
    this.#sayGone();
  }

  #sayGone() {
    const notice = this.section.querySelector("[data-gone]");
    notice.hidden = false;
    notice.focus();
    keepInAddress({ subscription: "" });
  }
}
