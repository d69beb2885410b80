// What waits for the reader, as a short list of acts, each with the page where it is done.

import { call } from "./api.js";
import { copyOf, fillSlots } from "./lists.js";
import { worded } from "./words.js";

const SHOWN = 4;
// The most urgent first.
const WAITING = ["awaiting_signature", "awaiting_activation", "awaiting_terms", "trial_ended"];
const TO_SEND = ["missing", "rejected", "ask_again"];

export class Acts {
  /** `element` holds the list; `words` are the portal's. */
  constructor(element, words) {
    Object.assign(this, { element, words });
    [this.list, this.more] = [element.querySelector("ul"), element.querySelector("[data-more-acts]")];
    this.more.addEventListener("click", () => {
      this.isWhole = true;
      this.#show();
      this.list.children[SHOWN].querySelector("a").focus();
    });
  }

  /** What these subscriptions wait for, and the account of which that is asked once. */
  set(subscriptions, papers = this.papers) {
    this.papers = papers;
    const waiting = WAITING.flatMap((status) => subscriptions.filter((one) => one.status === status && one.role === "administrator"));
    this.acts = [...(papers ? [papers] : []), ...waiting.map((one) => this.#of(one))];
    this.#show();
  }

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

/** The page where an administrator does what comes next with a subscription, if anything does. */
export function nextPage(words, { id, status }) {
  if (!words.pages[status]) return "";
  const page = new URL(words.pages[status], location.origin);
  page.search = new URLSearchParams({ subscription: id });
  return page.pathname + page.search + page.hash;
}

/** The papers that an account still has to send, as an act; nothing where there are none. */
export async function papersToSend(words, { account_status: status }) {
  if (status !== "pending") return null;
  const { body } = await call("GET", "/api/onboarding");
  if (!body.documents.some((document) => TO_SEND.includes(document.status))) return null;
  return { act: words.papers, about: worded(words.papers_until, body), href: words.pages.papers };
}
