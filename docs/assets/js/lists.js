// Lists that the API answers page by page, and the templates that their items are made of.

import { call } from "./api.js";

const REFERENCES = ["id", "for", "aria-controls", "aria-describedby", "aria-labelledby", "data-reveal"];

/** A list of the page whose items come from the API; `more` is shown while there are more pages. */
export class List {
  constructor(list, more, path, item) {
    Object.assign(this, { list, more, path, item });
    more.addEventListener("click", () => this.#next({ focus: true }));
  }

  /** Start again from the first page; answers how many items it has. */
  load() {
    this.cursor = null;
    return this.#next({ replace: true });
  }

  async #next({ replace = false, focus = false }) {
    const { body } = await call("GET", this.path + (this.cursor ? `?cursor=${encodeURIComponent(this.cursor)}` : ""));
    const items = body.items.map((item) => this.item(item));
    if (replace) this.list.replaceChildren(...items);
    else this.list.append(...items);
    this.cursor = body.next;
    this.more.hidden = !body.next;
    if (focus) items[0]?.querySelector("button, a, [tabindex]")?.focus();
    return this.list.childElementCount;
  }
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
    for (const place of element.querySelectorAll(`[data-slot="${slot}"]`)) place.textContent = text;
  }
}
