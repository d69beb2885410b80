// @ts-check
// What waits for the reader, as a short list of acts, each with the page where it is done.

import { call } from "./api.js";
import { copyOf, fillSlots } from "./lists.js";
import { worded } from "./words.js";

const SHOWN = 4;
// The most urgent first.
const WAITING = ["awaiting_signature", "awaiting_activation", "awaiting_terms", "trial_ended"];
const TO_SEND = ["missing", "rejected", "ask_again"];

/** @typedef {Api.ShownSubscription & { objection?: string | null }} Mine with where to object to who asks for its administrator's place */

export class Acts {
  /** `element` holds the list; `words` are the portal's. */
  constructor(element, words) {
    this.element = element;
    this.words = words;
    this.list = element.querySelector("ul");
    this.more = element.querySelector("[data-more-acts]");
    this.more.addEventListener("click", () => {
      this.isWhole = true;
      this.#show();
      this.list.children[SHOWN].querySelector("a").focus();
    });
  }

  /**
   * What these subscriptions wait for, and the account of which that is asked once.
   *
   * @param {Mine[]} subscriptions
   */
  set(subscriptions, papers = this.papers) {
    this.papers = papers;
    // Who says nothing may lose everything: this comes first.
    const asked = subscriptions.filter(({ takeover, objection }) => takeover && objection).map((one) => this.#toObject(one));
    const waiting = WAITING.flatMap((status) => subscriptions.filter((one) => one.status === status && one.role === "administrator"));
    this.acts = [...asked, ...(papers ? [papers] : []), ...waiting.map((one) => this.#of(one))];
    this.#show();
  }

  /** @param {Mine} subscription */
  #toObject(subscription) {
    return { act: this.words.takeover.act, about: worded(this.words.line, subscription), href: subscription.objection };
  }

  /** @param {Mine} subscription */
  #of(subscription) {
    return { act: this.words.next[subscription.status], about: worded(this.words.line, subscription), href: nextPage(this.words, subscription) };
  }

  #show() {
    const template = this.element.querySelector("template");
    const shown = this.isWhole ? this.acts : this.acts.slice(0, SHOWN);
    this.list.replaceChildren(
      ...shown.map(({ act, about, href }, at) => {
        const item = copyOf(template, `act-${at}`);
        fillSlots(item, { act, about });
        item.querySelector("a").href = href;
        return item;
      }),
    );
    this.element.hidden = !this.acts.length;
    this.more.hidden = shown.length === this.acts.length;
    this.more.textContent = worded(this.words.all_acts, { count: this.acts.length });
  }
}

/**
 * These subscriptions, each with where its administrator objects to who asks for their place, as the e-mail's link does.
 *
 * What has been closed meanwhile has no such page any more.
 *
 * @param {Api.ShownSubscription[]} subscriptions
 * @returns {Promise<Mine[]>}
 */
export function withObjections(subscriptions, words) {
  return Promise.all(
    subscriptions.map(async (one) => {
      if (!one.takeover || one.role !== "administrator") return { ...one, objection: null };
      try {
        const { body } = await call("GET", `/api/takeovers/${encodeURIComponent(one.takeover.id)}/objection`);
        return { ...one, objection: `${words.pages.objection}#${new URLSearchParams(body)}` };
      } catch (error) {
        if (![404, 410].includes(error.status)) throw error;
        return { ...one, takeover: null, objection: null };
      }
    }),
  );
}

/**
 * The page where an administrator does what comes next with a subscription, if anything does.
 *
 * @param {any} words
 * @param {Mine} subscription
 */
export function nextPage(words, { id, status }) {
  if (!words.pages[status]) return "";
  const page = new URL(words.pages[status], location.origin);
  page.search = String(new URLSearchParams({ subscription: id }));
  return page.pathname + page.search + page.hash;
}

/**
 * The papers that an account still has to send, as an act; nothing where there are none.
 *
 * @param {any} words
 * @param {Api.Session} who
 */
export async function papersToSend(words, { account_status: status }) {
  if (status !== "pending") return null;
  const { body } = await call("GET", "/api/onboarding");
  if (!body.documents.some((document) => TO_SEND.includes(document.status))) return null;
  return { act: words.papers, about: worded(words.papers_until, body), href: words.pages.papers };
}
