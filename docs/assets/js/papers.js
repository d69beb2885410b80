// @ts-check
// Papers: where they stand and what is said of that.

import { call } from "./api.js";
import { fillSlots } from "./lists.js";
import { onChange } from "./session.js";
import { listed, worded } from "./words.js";

const ONBOARDING = "/api/onboarding";
const STANDING = "papers-standing";
const TO_SEND = ["missing", "rejected", "ask_again"];
const DAY = 24 * 60 * 60 * 1000;
let latest;

/** Where the reader stands; the page's steps hear of it. */
export async function standing() {
  const { body } = await call("GET", ONBOARDING);
  latest = body;
  document.dispatchEvent(new Event(STANDING));
  return body;
}

/** The reader's papers as what a guide's steps are about, in the place of a subscription (subject.js). */
export function papersOf() {
  onChange((who) => {
    if (!who) latest = undefined;
  });
  return {
    get chosen() {
      const all = latest && outlook(latest);
      return all && { actions: [{ action: "papers", allowed: all.startsWith("to_send"), reason: all }] };
    },
    onChange: (callback) => document.addEventListener(STANDING, callback),
    load: async () => undefined,
    land: () => undefined,
  };
}

/**
 * What is to be said of an account's papers as a whole: nothing is asked for that can no longer help.
 *
 * @param {Api.Onboarding} stands
 */
export function outlook({ status, days_left: daysLeft, documents }) {
  if (status === "complete" || status === "expired") return status;
  if (documents.some((document) => document.status === "refused")) return "refused";
  if (documents.some((document) => TO_SEND.includes(document.status))) return daysLeft ? "to_send" : "to_send_today";
  return "in_review";
}

/** Whether nothing comes of an account's papers any more. */
export const isOver = ({ status }) => status === "complete" || status === "expired";

/** So many seconds of working days in words, in whole hours up to a day and in whole days from there. */
export function lasting(seconds, { hours, days }) {
  const count = Math.max(1, Math.ceil(seconds / 3600));
  return count <= 24 ? worded(hours, { count }) : worded(days, { count: Math.ceil(count / 24) });
}

/**
 * What is said of one paper's status: none is still to be sent where none can be.
 *
 * @param {Api.ShownDocument} document
 * @param {Api.Onboarding} stands
 */
export function shownStatus({ status }, stands) {
  if (!TO_SEND.includes(status)) return status;
  const all = outlook(stands);
  if (all === "expired") return "too_late";
  return all === "complete" || all === "refused" ? "not_needed" : status;
}

/**
 * What is said of an account's papers as a whole, in words; `words` has `standing` and `kinds`.
 *
 * @param {Api.Onboarding} stands
 * @param {any} words
 */
export function explained(stands, words) {
  const about = outlook(stands) === "refused" ? ["refused"] : TO_SEND;
  return worded(words.standing[outlook(stands)], { ...stands, count: stands.days_left, kinds: kindsIn(stands, about, words) });
}

/**
 * Shows what can be done once a paper is refused, in the block that blocks/papers.html makes; hides it otherwise.
 *
 * @param {any} block
 * @param {Api.Onboarding} stands
 * @param {any} words
 * @param {Api.Session} who
 */
export function advise(block, stands, words, { account_id: reference }) {
  block.hidden = outlook(stands) !== "refused";
  if (block.hidden) return;
  const kinds = kindsIn(stands, ["refused"], words);
  const day = new Date(Date.parse(stands.deadline) + DAY).toISOString().slice(0, 10);
  fillSlots(block, { mistake: worded(words.refused.mistake, { reference }), again: worded(words.refused.again, { day }) });
  const write = block.querySelector("[data-write]");
  write.href = `mailto:${write.textContent}?subject=${encodeURIComponent(worded(words.refused.mail, { kinds, reference }))}`;
  for (const one of block.querySelectorAll("[data-instead]")) {
    one.hidden = !stands.documents.some(({ kind, status }) => kind === one.dataset.instead && status === "refused");
  }
}

/**
 * @param {Api.Onboarding} stands
 * @param {string[]} statuses
 * @param {any} words
 */
function kindsIn({ documents }, statuses, { kinds }) {
  return listed(documents.filter(({ status }) => statuses.includes(status)).map(({ kind }) => kinds[kind]));
}
