// @ts-check
// A contract: a link to its file that is kept fresh, its hash, and its words to be read in the page.

import { call } from "./api.js";
import { Block } from "./block.js";
import { fillSlots } from "./lists.js";
import { hasEnded } from "./session.js";
import { subjectOf } from "./subject.js";
import { worded, wordsOf } from "./words.js";

// A link works for five minutes.
const FRESH_MS = 4 * 60 * 1000;
const SEALING_MS = 2000;

/** One contract as it stands. */
export class ContractView {
  constructor(element) {
    this.element = element;
    this.words = wordsOf(element);
    this.file = element.querySelector("[data-file]");
    this.text = element.querySelector("[data-text]");
    this.toggle = element.querySelector("[data-read]");
    this.toggle.addEventListener("click", () => this.#toggle());
  }

  /** Show the contract of a subscription; throws what the API refuses. */
  async show(subscription) {
    this.path = `/api/subscriptions/${encodeURIComponent(subscription.id)}/contract`;
    this.#close();
    this.text.replaceChildren();
    await this.#load();
  }

  /** Show its words, and what its signer says, which is answered. */
  async read() {
    const { body } = await call("GET", `${this.path}/words`);
    this.text.lang = body.language;
    this.text.replaceChildren(...written(body.contract, this.words, Number(this.element.dataset.level)));
    this.#open();
    return body;
  }

  /** The SHA-256 of the file as it stands. */
  get sha256() {
    return this.contract.sha256;
  }

  async #load() {
    clearTimeout(this.timer);
    const path = this.path;
    const { body } = await call("GET", path);
    if (path !== this.path) return;
    const before = this.contract;
    this.contract = body;
    this.file.href = body.url;
    this.file.textContent = body.signed ? this.words.download : this.words.open;
    const state = body.signed ? "signed" : body.sealing ? "sealing" : "to_sign";
    fillSlots(this.element, { state: this.words[state], sha256: body.sha256 });
    for (const part of ["[data-file-line]", "[data-hash-line]"]) this.element.querySelector(part).hidden = false;
    this.#showAmendments(body);
    if (before?.sealing && body.signed) this.element.dispatchEvent(new CustomEvent("contract-sealed", { bubbles: true }));
    this.timer = setTimeout(() => this.#again(), body.sealing || body.amending ? SEALING_MS : FRESH_MS);
  }

  /** Each beside the contract, and that one more follows. */
  #showAmendments({ amendments, amending }) {
    const block = this.element.querySelector("[data-amendments]");
    block.hidden = !amendments.length && !amending;
    const links = amendments.map((one) => {
      const link = document.createElement("a");
      Object.assign(link, { href: one.url, target: "_blank", rel: "noopener", textContent: worded(this.words.amendment, { ...one, count: one.seats }) });
      return element("li", link);
    });
    block.querySelector("[data-amendment-list]").replaceChildren(...links);
    block.querySelector("[data-amending]").textContent = amending ? this.words.amending : "";
  }

  /** As long as it is on the page; a link that cannot be had any more is taken away. */
  async #again() {
    if (!this.element.isConnected) return;
    try {
      await this.#load();
    } catch (error) {
      if (!hasEnded(error)) this.timer = setTimeout(() => this.#again(), SEALING_MS * 10);
    }
  }

  async #toggle() {
    if (!this.text.hidden) return this.#close();
    try {
      if (this.text.childElementCount) this.#open();
      else await this.read();
      this.text.focus();
    } catch (error) {
      if (!hasEnded(error)) fillSlots(this.element, { state: error.detail ?? this.words.failed });
    }
    return undefined;
  }

  #open() {
    this.text.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    this.toggle.textContent = this.words.close;
  }

  #close() {
    this.text.hidden = true;
    this.toggle.setAttribute("aria-expanded", "false");
    this.toggle.textContent = this.words.read;
  }
}

export const start = (section) => new ContractBlock(section, subjectOf(document)).start();

class ContractBlock extends Block {
  constructor(section, subject) {
    super(section, subject);
    this.view = new ContractView(section.querySelector("[data-contract-view]"));
  }

  /** Show the contract of what the page is about. */
  async follow() {
    const { chosen } = this.subject;
    this.section.hidden = !chosen;
    if (!chosen) return;
    const { reason } = chosen.actions.find(({ action }) => action === this.section.dataset.action);
    if (reason) fillSlots(this.stages.show("none"), { why: worded(this.words.reasons[reason], chosen) });
    else {
      this.stages.show("contract");
      await this.view.show(chosen);
    }
  }
}

/** The words of a contract as elements, in the order of the file; its title is a heading of that level. */
function written({ title, number, summary, parties, sections, signature, annex }, words, level) {
  const heading = (depth, text) => element(`h${Math.min(level + depth, 6)}`, text);
  return [
    heading(0, title),
    element("p", number),
    element("p", summary),
    heading(1, parties.heading),
    ...parties.blocks.map(({ role, name, lines }) => party(role, name, ...lines)),
    ...[...sections, signature].flatMap((section) => [heading(1, section.heading), ...clauses(section)]),
    folded(worded(words.annex, annex), ...annex.articles.flatMap((article) => [heading(1, article.heading), ...clauses(article)])),
  ];
}

function clauses({ paragraphs, table, hash, blocks = [] }) {
  const parts = paragraphs.map((text) => element("p", text));
  if (table) {
    const rows = table.header.map((name, at) => element("div", element("dt", name), element("dd", table.row[at])));
    parts.push(Object.assign(element("dl", ...rows), { className: "answers" }), element("p", table.note));
  }
  if (hash) parts.push(element("p", element("code", hash)));
  return [...parts, ...blocks.map(({ role, name, mark }) => party(role, name, mark))];
}

function party(role, ...lines) {
  return element("p", element("strong", role), ...lines.flatMap((line) => [document.createElement("br"), line]));
}

function folded(title, ...content) {
  return Object.assign(element("details", element("summary", title), ...content), { className: "fold" });
}

function element(tag, ...content) {
  const made = document.createElement(tag);
  made.append(...content);
  return made;
}
