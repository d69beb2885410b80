// @ts-check
// The portal: what waits for the reader, and a table of their subscriptions, one of which can be open.

import { Acts, papersToSend, withObjections } from "./acts.js";
import { asked, keepInAddress } from "./address.js";
import { all } from "./api.js";
import { Block } from "./block.js";
import { Line } from "./line.js";
import { goToAsked, isFocusLost } from "./lists.js";
import { Table } from "./table.js";

export const start = (section, how) => new Portal(section).start(how);

class Portal extends Block {
  constructor(section) {
    super(section);
    this.lines = new Map();
    this.table = new Table(section, this.words);
    this.acts = new Acts(section.querySelector("[data-acts]"), this.words);
    addEventListener("hashchange", () => this.#openAsked());
    // Brought back by the browser as it was left, it may be true no longer.
    addEventListener("pageshow", ({ persisted }) => persisted && this.start());
  }

  /** What is open and typed stays. */
  async show(who, { hasSignedIn }) {
    const [subscriptions, papers] = await Promise.all([all("/api/subscriptions"), papersToSend(this.words, who)]);
    this.#set(await withObjections(subscriptions, this.words), papers, who);
    this.stages.show("list");
    this.#openAsked();
    if (hasSignedIn && !location.hash && isFocusLost()) this.#sayWhere();
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

  /** A lost session or connection is shown for the whole portal. */
  failed(error) {
    return error.status === 404 && this.opened ? this.#gone() : super.failed(error);
  }

  get #subscriptions() {
    return [...this.lines.values()].map(({ subscription }) => subscription);
  }

  /** The form that had the focus is gone: on with what is shown in its place. */
  #sayWhere() {
    const [title, ...empty] = ["[data-lines-title]", "[data-empty]", "[data-none-of-house]"].map((part) => this.section.querySelector(part));
    (empty.find(({ hidden }) => !hidden) ?? title).focus();
  }

  /**
   * @param {import("./acts.js").Mine[]} subscriptions
   * @param {any} papers
   * @param {Api.Session} who
   */
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
