// @ts-check
// Papers: where they stand and what is said of that, and a paper's files on their way: made small enough, announced, sent
// straight to the store, and waited for.

import { call, Unreachable } from "./api.js";
import { fillSlots } from "./lists.js";
import { Once } from "./once.js";
import { onChange } from "./session.js";
import { listed, worded } from "./words.js";

export const LARGEST = 10 * 1024 * 1024;
export const MOST = 4;
const ONBOARDING = "/api/onboarding";
const STANDING = "papers-standing";
// Large enough to read a card on, small enough for the store.
const LONGEST_SIDE = 4000;
const QUALITY = 0.85;
// How the files begin that are taken, and what browsers call them, if they know; the server goes by the first bytes alone.
const BEGINNINGS = [/^[\s\0\u00ef\u00bb\u00bf\u00fe\u00ff]*%PDF-/, /^\u00ff\u00d8\u00ff/, /^\u0089PNG/, /^.{4}ftyp(hei|mif1)/s];
const TAKEN = /^$|octet-stream|pdf|jpe?g|png|hei[cf]/i;
const LOOKS = 60;
const TO_SEND = ["missing", "rejected", "ask_again"];
const DAY = 24 * 60 * 60 * 1000;
const BETWEEN_LOOKS = 1000;
let latest;

export class Cancelled extends Error {}

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

/** Whether a file is plainly none that is taken, by its name for the browser and by its first bytes. */
export async function isOther(file) {
  if (TAKEN.test(file.type)) return false;
  const first = new Uint8Array(await file.slice(0, 1024).arrayBuffer());
  const text = String.fromCharCode(...first);
  return !BEGINNINGS.some((beginning) => beginning.test(text));
}

/** The file, or if it is a photo too large to send, a smaller one. */
export async function fitting(file) {
  if (file.size <= LARGEST) return file;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return file;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height].map((side) => Math.round(side * scale));
  const context = canvas.getContext("2d");
  // What can be seen through is white, not black, in a JPEG.
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return drawn && drawn.size < file.size ? new File([drawn], file.name, { type: drawn.type }) : file;
}

/** The files of one paper, in their order. */
export class Sending {
  #parts = Array.from({ length: MOST }, () => new Once());

  /** Send them; `onProgress` is told how much has gone, from 0 to 1. Throws Cancelled once `cancel` is called. */
  async send(kind, files, issuedOn, onProgress) {
    this.isCancelled = false;
    const forms = [];
    // All are announced first: a set that is sent anew takes the place of one that was cut short.
    for (const [index, file] of files.entries()) {
      const asked = { kind, filename: file.name, content_type: file.type, size: file.size };
      if (issuedOn) asked.issued_on = issuedOn;
      if (files.length > 1) Object.assign(asked, { part: index + 1, of: files.length });
      const { upload } = await this.#parts[index].send("POST", `${ONBOARDING}/documents`, asked);
      forms.push(upload);
    }
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let gone = 0;
    for (const [index, file] of files.entries()) {
      if (this.isCancelled) throw new Cancelled();
      await this.#post(forms[index], file, (share) => onProgress((gone + share * file.size) / total));
      gone += file.size;
    }
  }

  cancel() {
    this.isCancelled = true;
    this.request?.abort();
  }

  #post({ url, fields }, file, onProgress) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file);
    return new Promise((resolve, reject) => {
      this.request = new XMLHttpRequest();
      this.request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
      this.request.addEventListener("load", () => (this.request.status < 300 ? resolve() : reject(new Unreachable(`${this.request.status}`))));
      this.request.addEventListener("error", () => reject(new Unreachable("the file was not sent")));
      this.request.addEventListener("abort", () => reject(new Cancelled()));
      this.request.open("POST", url);
      this.request.send(form);
    });
  }
}

/** Where the paper stands once its file is checked; what it was sent at before tells the new file from the one before. */
export async function checked(kind, sentBefore) {
  for (let look = 0; look < LOOKS; look += 1) {
    const stands = await standing();
    const paper = stands.documents.find((document) => document.kind === kind);
    if (paper.status !== "uploaded" && paper.sent_at !== sentBefore) return stands;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
  }
  return standing();
}
