// @ts-check
// «Was this helpful?»: a yes is sent at once, a no once the reader has said what was missing, or would not.

import { Once } from "./once.js";

const FEEDBACK = "/api/feedback";
const once = new Once();

/** Takes what the reader clicked in the question under a page. */
export function answer(section, { target }) {
  const vote = target.closest("[data-vote]")?.dataset.vote;
  if (vote === "yes") return send(section, true);
  if (vote === "no") ask(section);
  return undefined;
}

/** Sends what the reader thinks of a page, and nothing of the reader. */
export function give(page, helpful, comment) {
  return once.send("POST", FEEDBACK, { page, helpful, ...(comment && { comment }) });
}

function ask(section) {
  const form = section.querySelector("form");
  form.hidden = false;
  section.querySelector("[aria-expanded]").setAttribute("aria-expanded", "true");
  form.querySelector("textarea").focus();
  form.onsubmit = (event) => {
    event.preventDefault();
    return send(section, false, form.querySelector("textarea").value.trim());
  };
}

async function send(section, helpful, comment) {
  const said = section.querySelector("[data-said]");
  try {
    await give(section.dataset.page, helpful, comment);
    for (const asked of section.querySelectorAll("[data-votes], form")) asked.hidden = true;
    said.textContent = section.dataset.thanks;
    said.focus();
  } catch {
    said.textContent = section.dataset.failed;
  }
}
