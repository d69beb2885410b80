// @ts-check
// What is wrong with a form: named in a summary that takes the focus, and said at each field.

import { write } from "./lists.js";
import { day, isolated, worded } from "./words.js";

const plainTitle = document.title;
// A question or a sentence, which no colon can follow.
const ENDED = /[.?!…]$/;

export class Faults {
  /** `fields` holds the form's fields; `words` has `error_title`, `field_error` and `problem`, which is plural. */
  constructor(summary, fields, words) {
    this.summary = summary;
    this.fields = fields;
    this.words = words;
  }

  show(errors, { title = "", detail = "" } = {}) {
    this.clear();
    const heading = this.summary.querySelector("[data-summary-title]");
    heading.textContent = errors.length ? worded(this.words.problem, { count: errors.length }) : title;
    this.summary.querySelector("[data-summary-detail]").textContent = errors.length ? "" : detail;
    this.summary.querySelector("[data-summary-list]").replaceChildren(...errors.map((error) => this.#atField(error)));
    this.summary.hidden = false;
    document.title = worded(this.words.error_title, { title: plainTitle });
    this.summary.focus();
  }

  clear() {
    this.summary.hidden = true;
    document.title = plainTitle;
    for (const note of this.fields.querySelectorAll(".field__error:not([hidden])")) this.#unsay(note.closest("[data-field]"));
  }

  /** Say at a field alone what is wrong while it is typed, or take that away again. */
  mark(field, message) {
    const group = this.#group(field);
    if (message) this.#say(group, message);
    else this.#unsay(group);
  }

  #atField({ field, message }) {
    const group = this.#group(field);
    if (!group) return listItem(message);
    const control = this.#say(group, message);
    const link = document.createElement("a");
    link.href = `#${control.id}`;
    // Two addresses have the same questions.
    const part = group.closest("[data-part]")?.querySelector("legend").textContent;
    const question = [part, questionOf(group)].filter(Boolean).join(", ");
    link.textContent = ENDED.test(question) ? message : worded(this.words.field_error, { field: question, message });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      control.focus();
    });
    return listItem(link);
  }

  #group(field) {
    return this.fields.querySelector(`[data-field="${CSS.escape(field)}"]`);
  }

  /** Say it at the field, whose control is answered. */
  #say(group, message) {
    const note = group.querySelector(".field__error");
    note.querySelector("[data-message]").textContent = message;
    note.hidden = false;
    const control = group.querySelector("input, select, textarea");
    describe(group.matches("fieldset") ? group : control, note.id, true);
    control.setAttribute("aria-invalid", "true");
    group.dataset.wrong = "";
    return control;
  }

  #unsay(group) {
    const note = group.querySelector(".field__error");
    note.hidden = true;
    const control = group.querySelector("input, select, textarea");
    describe(group.matches("fieldset") ? group : control, note.id, false);
    control.removeAttribute("aria-invalid");
    delete group.dataset.wrong;
  }
}

/** The questions of these fields that are answered, beside their answers, as rows of a description list. */
export function answers(fields) {
  return [...fields].filter(answerOf).map((group) => answer(questionOf(group), answerOf(group)));
}

/** One such row. */
export function answer(question, given) {
  const row = document.createElement("div");
  const [term, detail] = ["dt", "dd"].map((tag) => row.appendChild(document.createElement(tag)));
  term.textContent = question;
  detail.textContent = isolated(given);
  return row;
}

export function listItem(content) {
  const item = document.createElement("li");
  if (typeof content === "string") write(item, content);
  else item.append(content);
  return item;
}

function questionOf(group) {
  return group.querySelector("label, legend").firstChild.textContent.trim();
}

function answerOf(group) {
  // A password is not written out.
  const control = group.querySelector("input:checked, select, textarea, input:not([type=radio], [type=checkbox], [type=password])");
  if (control?.matches("select")) return control.selectedOptions[0].textContent;
  if (control?.matches("[type=radio], [type=checkbox]")) return control.labels[0].textContent.trim();
  return control?.type === "date" && control.value ? day(control.value) : (control?.value ?? "");
}

function describe(element, id, isDescribed) {
  const ids = new Set((element.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (isDescribed) ids.add(id);
  else ids.delete(id);
  if (ids.size) element.setAttribute("aria-describedby", [...ids].join(" "));
  else element.removeAttribute("aria-describedby");
}
