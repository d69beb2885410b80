// @ts-check
// The files that are chosen for one paper: a list whose order can be changed and from which each can be removed.

import { worded } from "./words.js";

export class Chosen {
  files = [];
  onChange = () => undefined;

  /** `place` holds the list and what one of its items is copied from; `announce` says aloud what has changed; `onChange` is told. */
  constructor(place, input, words, announce) {
    this.place = place;
    this.input = input;
    this.words = words;
    this.announce = announce;
    this.list = place.querySelector("ol");
  }

  add(files) {
    if (!files.length) return;
    this.files.push(...files);
    this.#show();
    this.announce(worded(this.words.added, { count: this.files.length }));
  }

  /** Another file in the place of one, or none. */
  replace(file, another) {
    if (another === file) return;
    this.files.splice(this.files.indexOf(file), 1, ...(another ? [another] : []));
    this.#show();
  }

  clear() {
    this.files = [];
    this.#show();
  }

  #show() {
    this.place.hidden = !this.files.length;
    this.input.classList.toggle("drop__input--listed", this.files.length > 0);
    this.list.replaceChildren(...this.files.map((file, index) => this.#item(file, index)));
    this.onChange();
  }

  #item(file, index) {
    const item = this.place.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-slot=filename]").textContent = file.name;
    const deeds = { up: () => this.#move(index, -1, "up"), down: () => this.#move(index, 1, "down"), remove: () => this.#remove(index) };
    for (const [deed, act] of Object.entries(deeds)) {
      const button = item.querySelector(`[data-deed=${deed}]`);
      button.setAttribute("aria-label", worded(this.words[`${deed}_file`], { filename: file.name }));
      button.addEventListener("click", act);
    }
    item.querySelector("[data-deed=up]").hidden = index === 0;
    item.querySelector("[data-deed=down]").hidden = index === this.files.length - 1;
    return item;
  }

  /** The focus stays with the file that moves, so that it can be moved on. */
  #move(index, by, deed) {
    const [file] = this.files.splice(index, 1);
    this.files.splice(index + by, 0, file);
    this.#show();
    const item = this.list.children[index + by];
    const again = item.querySelector(`[data-deed=${deed}]`);
    (again.hidden ? item.querySelector("button:not([hidden])") : again).focus();
    this.announce(worded(this.words.moved, { filename: file.name, place: index + by + 1 }));
  }

  #remove(index) {
    const [file] = this.files.splice(index, 1);
    this.#show();
    const next = this.list.children[Math.min(index, this.files.length - 1)];
    (next?.querySelector("[data-deed=remove]") ?? this.input).focus();
    this.announce(worded(this.words.removed, { filename: file.name }));
  }
}
