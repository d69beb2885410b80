// @ts-check
// Single keys for whoever decides on many files a day (WCAG 2.1.4): none works while one types, and a switch turns all off.

import { browser } from "./storage.js";

const OFF = "off";
const KEPT = "shortcuts";
const DECISIONS = { a: "accept", s: "ask_again", r: "refuse" };

export class Shortcuts {
  /** `section` has the lines of the queue, and what explains the keys and has their switch. */
  constructor(section) {
    this.section = section;
    this.help = section.querySelector("[data-shortcuts]");
    const chosen = this.help.querySelector("input");
    chosen.checked = browser.read(KEPT) !== OFF;
    chosen.addEventListener("change", () => browser.write(KEPT, chosen.checked ? null : OFF));
    document.addEventListener("keydown", (event) => this.#pressed(event, chosen.checked));
  }

  #pressed(event, isOn) {
    const { key, target, altKey, ctrlKey, metaKey, repeat } = event;
    const isTyping = target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");
    if (!isOn || isTyping || altKey || ctrlKey || metaKey || repeat || this.help.closest("[hidden]")) return;
    const act = this.#act(key.toLowerCase());
    if (!act) return;
    event.preventDefault();
    act();
  }

  #act(key) {
    if (key === "j") return () => this.#open(1);
    if (key === "k") return () => this.#open(-1);
    if (key === "m") return () => this.section.querySelector(".line__panel:not([hidden]) [data-conversation] textarea")?.focus();
    if (key === "?") return () => this.#explain();
    return key in DECISIONS && (() => this.#decide(DECISIONS[key]));
  }

  /** Open the next file, or the one before, in the place of the one that is open. */
  #open(step) {
    const toggles = [...this.section.querySelectorAll(".line__toggle")];
    const opened = toggles.findIndex((toggle) => toggle.getAttribute("aria-expanded") === "true");
    const next = toggles[opened < 0 ? (step > 0 ? 0 : toggles.length - 1) : opened + step];
    if (!next) return;
    if (opened >= 0) toggles[opened].click();
    next.click();
    next.focus();
    next.scrollIntoView({ block: "start" });
  }

  #explain() {
    this.help.focus();
  }

  /** Choose a decision on the paper that has the focus, else on the first to decide on; it is still to be confirmed. */
  #decide(decision) {
    const forms = [...this.section.querySelectorAll(".line__panel:not([hidden]) [data-decision]:not([hidden]) form:first-of-type:not([hidden])")];
    const here = document.activeElement.closest(".paper");
    const form = forms.find((one) => here?.contains(one)) ?? forms[0];
    if (!form) return;
    form.querySelector(`[value=${decision}]`).checked = true;
    if (decision === "accept") form.querySelector("[type=submit]").click();
    else form.querySelector("select").focus();
  }
}
