// @ts-check
// The search field: a combobox over the guides, its engine and index loaded when it is first used.

import { worded } from "./words.js";

const MOST = 6;
// How much of it is said again where nothing is found: a pasted page would fill the screen, and is too long for a link.
const MOST_CHARACTERS = 200;

/** Makes the search field work. */
export function startSearch(form) {
  if (form) new Search(form);
}

class Search {
  constructor(form) {
    this.input = form.querySelector("input");
    this.panel = form.querySelector(".search__panel");
    this.list = form.querySelector("[role=listbox]");
    this.status = form.querySelector("[role=status]");
    this.ways = form.querySelector("[data-not-found]");
    this.index = form.dataset.index;

    this.input.addEventListener("focus", () => this.#load());
    this.input.addEventListener("input", () => this.#search());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    // Before the field loses the focus and the panel is closed.
    this.ways.addEventListener("mousedown", (event) => event.preventDefault());
    this.ways.querySelector("[data-report]").addEventListener("click", ({ currentTarget }) => this.#report(currentTarget));
    form.addEventListener("submit", (event) => this.#submit(event));
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) this.#close();
    });
    form.querySelector("[type=submit]").disabled = false;
    // What was typed before this listened is looked for now.
    if (document.activeElement === this.input) this.#search();
  }

  #load() {
    this.loading ??= Promise.all([import("./engine.js"), fetch(this.index).then((answer) => answer.json())])
      .then(([{ engine }, index]) => engine(index))
      .catch(() => {
        this.loading = undefined;
      });
    return this.loading;
  }

  async #search() {
    const query = this.input.value.trim();
    if (!query) return this.#close();
    const find = await this.#load();
    if (query !== this.input.value.trim()) return undefined;
    const found = find ? find(query).slice(0, MOST) : [];
    this.list.replaceChildren(...found.map(option));
    this.list.hidden = !found.length;
    const brief = shortened(query);
    this.status.textContent = this.#said(find, found.length, brief);
    this.status.classList.toggle("visually-hidden", found.length > 0);
    this.#offer(find && !found.length ? brief : "");
    this.#activate(null);
    this.#open();
    return undefined;
  }

  /** Where nothing is found: a message to support with what was typed, and a way to tell us, which is the reader's to take. */
  #offer(query) {
    this.ways.hidden = !query;
    const link = this.ways.querySelector("[data-write]");
    const { mailSubject, mailBody } = link.dataset;
    const [about, text] = [mailSubject, mailBody].map((one) => encodeURIComponent(worded(one, { query })));
    link.href = `${link.href.split("?")[0]}?subject=${about}&body=${text}`;
    this.ways.querySelector("[data-report]").hidden = false;
  }

  async #report(button) {
    const { page, reported, failed } = button.dataset;
    const { give } = await import("./helpful.js");
    const said = await give(page, false, shortened(this.input.value.trim())).then(
      () => reported,
      () => failed,
    );
    this.status.textContent = said;
    if (said === failed) return;
    this.input.focus();
    button.hidden = true;
  }

  #said(find, count, query) {
    const { unavailable, none, found } = this.status.dataset;
    if (!find) return unavailable;
    return count ? worded(JSON.parse(found), { count }) : worded(none, { query });
  }

  #key(event) {
    const options = [...this.list.children];
    const at = options.indexOf(this.active);
    if (event.key === "Escape") {
      this.#close();
    } else if (event.key === "ArrowDown" && options.length) {
      event.preventDefault();
      this.#open();
      this.#activate(options[(at + 1) % options.length]);
    } else if (event.key === "ArrowUp" && options.length) {
      event.preventDefault();
      this.#activate(options[(at <= 0 ? options.length : at) - 1]);
    }
  }

  async #submit(event) {
    event.preventDefault();
    await this.#search();
    const chosen = this.active ?? this.list.firstElementChild;
    if (chosen && !this.panel.hidden) location.assign(chosen.dataset.url);
  }

  #activate(option) {
    this.active?.setAttribute("aria-selected", "false");
    this.active = option;
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #open() {
    this.panel.hidden = false;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
  }

  #close() {
    this.panel.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.#activate(null);
  }
}

/** Its first characters, none of them half of one, which no address can hold. */
function shortened(query) {
  return Array.from(query.replace(/\p{Cs}/gu, "")).slice(0, MOST_CHARACTERS).join("");
}

function option({ url, title, description }, position) {
  const item = document.createElement("li");
  Object.assign(item, { id: `search-result-${position}`, role: "option", className: "search__result" });
  item.dataset.url = url;
  item.setAttribute("aria-selected", "false");
  const [heading, text] = ["strong", "span"].map((tag) => item.appendChild(document.createElement(tag)));
  heading.textContent = title;
  text.textContent = description;
  // Before the field loses the focus and the list is closed.
  item.addEventListener("mousedown", (event) => event.preventDefault());
  item.addEventListener("click", () => location.assign(url));
  return item;
}
