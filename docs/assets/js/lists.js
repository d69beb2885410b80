// @ts-check
// Lists that the API answers page by page, and the templates that their items are made of.

import { call } from "./api.js";

// The numbers of contracts, invoices and orders, and addresses: no line breaks within them, nor between them and the
// brackets and stops that they stand in.
const WHOLE = /((?:[(“]|«\u00a0)?(?:\b[GF]-\d{4}-[0-9A-Z]+|\b\d{8}-\d{6}-[0-9A-Z]+|[^\s<>«»“”()]+@[^\s<>«»“”()]*[^\s<>«»“”().,;:!?])(?:\u00a0?[)»”.,;:!?])*)/;
const REFERENCES = ["id", "for", "aria-controls", "aria-describedby", "aria-labelledby", "data-reveal"];

/**
 * A list of the page whose items come from the API, `limit` at a time; `more` is shown while there are more pages.
 *
 * @template {string} P
 */
export class List {
  /** What the list is asked for beside its pages. */
  asked;

  /** @param {P & Asked<"GET", P>} path @param {(one: Item<P>) => Element | DocumentFragment} item */
  constructor(list, more, path, item, { limit = 0 } = {}) {
    this.list = list;
    this.more = more;
    this.path = path;
    this.item = item;
    this.limit = limit;
    this.asked = {};
    more.addEventListener("click", () => this.#next({ focus: true }));
  }

  /** Start again from the first page; answers how many items it has. */
  load() {
    this.cursor = null;
    return this.#next({ replace: true });
  }

  /** Start again from a first page that is known already. */
  show(page) {
    this.list.replaceChildren();
    this.#add(page);
  }

  async #next({ replace = false, focus = false }) {
    const query = new URLSearchParams(this.asked);
    if (this.limit) query.set("limit", String(this.limit));
    if (this.cursor) query.set("cursor", this.cursor);
    /** @type {any} */
    const { body } = await call("GET", `${this.path}?${query}`);
    if (replace) this.list.replaceChildren();
    const [first] = this.#add(body);
    if (focus) first?.querySelector("button:not([hidden]), a, [tabindex]")?.focus();
    return this.list.childElementCount;
  }

  #add({ items, next }) {
    const elements = items.map((item) => this.item(item));
    this.list.append(...elements);
    this.cursor = next;
    this.more.hidden = !next;
    return elements;
  }
}

/** Go to the part of the page that the address names, which a browser cannot do before it is shown. */
export function goToAsked() {
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** Go to a form that does not stand on the first screen, as on a phone. */
export function bringIntoView(element) {
  if (element.getBoundingClientRect().bottom > innerHeight) element.scrollIntoView();
}

/** Whether nothing that is seen has the focus; what has just been hidden still has it for a moment. */
export function isFocusLost() {
  const { activeElement: focused } = document;
  return focused === document.body || !focused.getClientRects().length;
}

/** What a template holds, its ids made unique by a prefix; as part of the page, or its links would lose their queries. */
export function copyOf(template, prefix) {
  const copy = document.importNode(template.content, true);
  for (const name of REFERENCES) {
    for (const element of copy.querySelectorAll(`[${name}]`)) {
      element.setAttribute(name, element.getAttribute(name).split(" ").map((id) => `${prefix}-${id}`).join(" "));
    }
  }
  return copy.childElementCount === 1 ? copy.firstElementChild : copy;
}

/** Write texts into the elements that wait for them, by data-slot. */
export function fillSlots(element, texts) {
  for (const [slot, text] of Object.entries(texts)) {
    for (const place of element.querySelectorAll(`[data-slot="${slot}"]`)) write(place, text);
  }
}

/** Write a text; what belongs together in a sentence stays on one line as long as that is wide enough. */
export function write(place, text) {
  const parts = String(text ?? "").split(WHOLE);
  place.replaceChildren(...parts.filter(Boolean).flatMap((part) => (part !== text && WHOLE.test(part) ? [whole(part)] : breakable(part))));
}

function whole(text) {
  const span = document.createElement("span");
  span.className = "whole";
  span.append(...breakable(text));
  return span;
}

/** A text in whose addresses a line that is too short for them breaks where they are read apart. */
function breakable(text) {
  if (!text.includes("@")) return [text];
  const parts = text.replace(/@|\.(?=\w)/g, "$&\0").split("\0");
  return parts.flatMap((part, at) => (at ? [document.createElement("wbr"), part] : [part]));
}
