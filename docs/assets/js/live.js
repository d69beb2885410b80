// Live steps: where the signed-in reader stands in a guide's steps, for the subscription that they choose.

import { all } from "./api.js";
import { onChange, reader } from "./session.js";
import { worded, wordsOf } from "./words.js";

/** Makes the page's live steps work. */
export function startLive(root) {
  new Live(root.querySelector("[data-live]")).start();
}

class Live {
  constructor(block) {
    this.block = block;
    this.words = wordsOf(block);
    this.steps = JSON.parse(block.querySelector("[data-steps]").textContent);
    this.items = [...block.parentElement.nextElementSibling.children];
    this.select = block.querySelector("select");
    this.select.addEventListener("change", () => {
      this.#show();
      this.#choose();
    });
    document.addEventListener("change", ({ target }) => target.matches("[data-subscriptions]") && this.#follow(target.value));
    for (const event of ["job-done", "subscription-changed"]) document.addEventListener(event, () => this.start());
    onChange(() => this.start());
  }

  /** Show where the reader stands; signed out, or while nobody can tell, the guide is as it was printed. */
  async start() {
    const subscriptions = (await reader().catch(() => null)) && (await all("/api/subscriptions").catch(() => null));
    const choice = this.select.closest("[data-choice]");
    choice.hidden = !subscriptions || subscriptions.length < 2;
    this.#clear();
    if (!subscriptions) return this.#say("");
    const asked = this.select.value || new URLSearchParams(location.search).get("subscription");
    this.offered = new Map(subscriptions.map((one) => [one.id, one]));
    const first = subscriptions.find((one) => this.#standing(one).some(({ state }) => state === "next"));
    const chosen = this.offered.get(asked) ?? first ?? subscriptions[0];
    this.select.replaceChildren(...subscriptions.map((one) => new Option(worded(this.words.option, one), one.id)));
    if (!chosen) return this.#say(this.words.nobody);
    this.select.value = chosen.id;
    return this.#show();
  }

  #show() {
    this.#clear();
    const subscription = this.offered.get(this.select.value);
    const standing = this.#standing(subscription);
    for (const [index, { state, why }] of standing.entries()) {
      if (!state) continue;
      const label = document.createElement("strong");
      label.className = "step-state";
      label.textContent = worded(this.words[state], { why });
      const item = this.items[index];
      item.dataset.state = state;
      if (state === "next") item.setAttribute("aria-current", "step");
      item.prepend(label);
    }
    const number = standing.findIndex(({ state }) => state !== "done") + 1;
    const at = standing[number - 1];
    this.#say(worded(this.words[number ? `status_${at.state}` : "status_done"], { ...subscription, number, why: at?.why }));
  }

  /** For each step: done, next, blocked (and why), or nothing to say yet. */
  #standing(subscription) {
    let isOpen = true;
    let asked;
    return this.steps.map(({ action, done }) => {
      const { allowed, reason } = subscription.actions.find((one) => one.action === action) ?? {};
      if (!action || (reason && reason === done)) return { state: "done" };
      const isFirst = isOpen;
      const isNew = action !== asked;
      [isOpen, asked] = [false, action];
      if (allowed) return { state: isFirst ? "next" : undefined };
      return isNew ? { state: "blocked", why: worded(this.words.reasons[reason] ?? "", subscription) } : {};
    });
  }

  /** The page's forms are about the same subscription, where they can be: now, or once they know what they can offer. */
  #choose() {
    const query = new URLSearchParams(location.search);
    query.set("subscription", this.select.value);
    history.replaceState(history.state, "", `${location.pathname}?${query}${location.hash}`);
    for (const select of document.querySelectorAll("select[data-subscriptions]")) {
      if (![...select.options].some(({ value }) => value === this.select.value)) continue;
      select.value = this.select.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  #follow(id) {
    if (!this.offered?.has(id) || id === this.select.value) return;
    this.select.value = id;
    this.#show();
  }

  #say(text) {
    this.block.querySelector("[data-status]").textContent = text;
  }

  #clear() {
    for (const item of this.items) {
      item.querySelector(":scope > .step-state")?.remove();
      item.removeAttribute("data-state");
      item.removeAttribute("aria-current");
    }
  }
}
