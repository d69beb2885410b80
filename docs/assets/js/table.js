// @ts-check
// The portal's table: its lines searched, filtered by state, sorted and shown page by page, as the address keeps it.

import { asked, keepInAddress } from "./address.js";
import { editionName, folded, worded } from "./words.js";

const PER_PAGE = 20;
const SORTED = "product";
// What waits comes first, what is over last.
const STATES = ["awaiting_terms", "awaiting_activation", "awaiting_signature", "active", "trial", "cancelling", "trial_ended", "ended", "withdrawn"];
const ORDERS = {
  product: (one) => `${one.product} ${editionName(one.edition)}`,
  contract: (one) => one.contract_number,
  licence: (one) => one.licence,
  seats: (one) => one.seats,
  status: (one) => STATES.indexOf(one.status),
  end: (one) => one.end,
};
// From these widths (in rem, so that large text counts) there is room for a table, and for details beside it.
const TABLE = 46;
const BESIDE = 64;

export class Table {
  /** `section` holds the table and its controls; `words` are the portal's. */
  constructor(section, words) {
    this.words = words;
    this.lines = [];
    this.table = section.querySelector("[data-lines]");
    this.heading = section.querySelector("[data-lines-title]");
    this.count = section.querySelector("[data-count]");
    this.pager = section.querySelector("[data-pager]");
    this.nothing = section.querySelector("[data-nothing]");
    this.search = section.querySelector("[data-filters] [name=q]");
    this.status = section.querySelector("[data-filters] [name=status]");
    this.sorts = section.querySelector("[data-filters] [name=sort]");
    this.filters = section.querySelector("[data-filters]");
    this.head = this.table.tHead;
    this.collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
    this.page = Number(asked("page")) || 1;
    this.search.value = asked("q");
    this.sort = asked("sort").replace("-", "") in ORDERS ? asked("sort") : SORTED;
    this.state = STATES.includes(asked("status")) ? asked("status") : "";

    this.search.addEventListener("input", () => this.#turn({ page: 1 }));
    this.status.addEventListener("change", () => this.#turn({ page: 1, state: this.status.value }));
    this.sorts.addEventListener("change", () => this.#turn({ page: 1, sort: this.sorts.value }));
    for (const button of this.head.querySelectorAll("[data-sort]")) button.addEventListener("click", () => this.#sortBy(button.dataset.sort));
    this.#on("[data-previous]", () => this.#turnPage(-1));
    this.#on("[data-following]", () => this.#turnPage(1));
    section.querySelector("[data-all]").addEventListener("click", () => {
      this.#showAll();
      this.search.focus();
    });
    addEventListener("beforeprint", () => this.show({ whole: true }));
    addEventListener("afterprint", () => this.show());
    new ResizeObserver(([{ contentRect }]) => {
      const width = contentRect.width / parseFloat(getComputedStyle(document.documentElement).fontSize);
      section.dataset.shape = width >= BESIDE ? "beside" : width >= TABLE ? "table" : "cards";
    }).observe(section);
  }

  /** These are the lines now. */
  set(lines) {
    this.lines = lines;
    this.show();
  }

  /** Turn to the page that has a line; what hides it is given up. */
  reveal(line) {
    if (!this.#found().includes(line)) this.#showAll();
    this.#turn({ page: 1 + Math.floor(this.#found().indexOf(line) / PER_PAGE) });
  }

  /** Show the lines as they are now; all that were found, where they are printed. */
  show({ whole = false } = {}) {
    this.#offerStates();
    // What filters nothing is not offered; what the address filters by can be taken back.
    const isFiltered = Boolean(this.search.value || this.state);
    this.filters.hidden = this.lines.length < 2 && !isFiltered;
    this.status.parentElement.hidden = this.status.options.length < 3 && !isFiltered;
    const found = this.#found();
    const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
    this.page = Math.min(Math.max(this.page, 1), pages);
    this.#fill(whole ? found : found.slice((this.page - 1) * PER_PAGE, this.page * PER_PAGE));
    this.table.hidden = !found.length;
    this.nothing.hidden = found.length > 0;
    const count = { count: this.lines.length, found: found.length };
    this.count.textContent = worded(found.length < this.lines.length ? this.words.found : this.words.count, count);
    this.pager.hidden = pages === 1;
    this.pager.querySelector("[data-page]").textContent = worded(this.words.page, { page: this.page, pages });
    this.pager.querySelector("[data-previous]").disabled = this.page === 1;
    this.pager.querySelector("[data-following]").disabled = this.page === pages;
    this.#sayOrder();
    keepInAddress({
      q: this.search.value.trim(),
      status: this.state,
      sort: this.sort === SORTED ? "" : this.sort,
      page: this.page === 1 ? "" : this.page,
    });
  }

  /** A line that keeps its place keeps the focus too. */
  #fill(lines) {
    const elements = lines.map(({ element }) => element);
    const shown = [...this.table.tBodies];
    if (elements.length === shown.length && elements.every((element, at) => element === shown[at])) return;
    /** @type {any} */
    const focused = document.activeElement;
    this.table.replaceChildren(this.head, ...elements);
    if (this.table.contains(focused)) focused.focus({ preventScroll: true });
  }

  #found() {
    const words = folded(this.search.value).split(/\s+/);
    const of = ORDERS[this.sort.replace("-", "")];
    const backward = this.sort.startsWith("-") ? -1 : 1;
    return this.lines
      .filter(({ subscription }) => !this.state || subscription.status === this.state)
      .filter(({ subscription }) => words.every((word) => textOf(subscription).includes(word)))
      .sort((one, other) => backward * this.#compare(of(one.subscription), of(other.subscription)) || this.#compare(one.subscription.contract_number, other.subscription.contract_number));
  }

  #compare(one, other) {
    return typeof one === "number" ? one - other : this.collator.compare(one, other);
  }

  #sortBy(column) {
    this.#turn({ page: 1, sort: this.sort === column ? `-${column}` : column });
  }

  #turn(changes) {
    Object.assign(this, changes);
    this.show();
  }

  /** The next page is read from its beginning. */
  #turnPage(by) {
    this.#turn({ page: this.page + by });
    this.heading.focus();
    this.heading.scrollIntoView();
  }

  #showAll() {
    this.search.value = "";
    this.#turn({ page: 1, state: "" });
  }

  /** The states that there are, and how many have each. */
  #offerStates() {
    const counts = new Map();
    for (const { subscription } of this.lines) counts.set(subscription.status, (counts.get(subscription.status) ?? 0) + 1);
    const states = STATES.filter((state) => counts.has(state) || state === this.state);
    const named = (state) => worded(this.words.filtered, { state: this.words.kinds[state] ?? this.words.status[state], count: String(counts.get(state) ?? 0) });
    this.status.replaceChildren(new Option(this.words.every_state, ""), ...states.map((state) => new Option(named(state), state)));
    this.status.value = this.state;
  }

  #sayOrder() {
    const column = this.sort.replace("-", "");
    this.sorts.value = column;
    for (const button of this.head.querySelectorAll("[data-sort]")) {
      const cell = button.closest("th");
      if (button.dataset.sort === column) cell.setAttribute("aria-sort", this.sort === column ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    }
  }

  #on(selector, callback) {
    this.pager.querySelector(selector).addEventListener("click", callback);
  }
}

const textOf = ({ product, edition, contract_number: number }) => folded(`${product} ${editionName(edition)} ${number}`);
