// @ts-check
// A paper's files on their way: made small enough, announced, sent straight to the store, and waited for.

import { Unreachable } from "./api.js";
import { Once } from "./once.js";
import { standing } from "./papers.js";

export const LARGEST = 10 * 1024 * 1024;
export const MOST = 4;
const DOCUMENTS = "/api/onboarding/documents";
// Large enough to read a card on, small enough for the store.
const LONGEST_SIDE = 4000;
const QUALITY = 0.85;
// How the files begin that are taken, and what browsers call them, if they know; the server goes by the first bytes alone.
const BEGINNINGS = [/^[\s\0\u00ef\u00bb\u00bf\u00fe\u00ff]*%PDF-/, /^\u00ff\u00d8\u00ff/, /^\u0089PNG/, /^.{4}ftyp(hei|mif1)/s];
const TAKEN = /^$|octet-stream|pdf|jpe?g|png|hei[cf]/i;
const LOOKS = 60;
const BETWEEN_LOOKS = 1000;

export class Cancelled extends Error {}

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
      const { upload } = await this.#parts[index].send("POST", DOCUMENTS, asked);
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
