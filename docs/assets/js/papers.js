// A paper's file on its way: made small enough, announced, sent straight to the store, and waited for.

import { call, Unreachable } from "./api.js";
import { Once } from "./once.js";

export const LARGEST = 10 * 1024 * 1024;
export const TYPES = ["application/pdf", "image/jpeg", "image/png"];
const ONBOARDING = "/api/onboarding";
// Large enough to read a card on, small enough for the store.
const LONGEST_SIDE = 4000;
const QUALITY = 0.85;
const LOOKS = 60;
const BETWEEN_LOOKS = 1000;

export class Cancelled extends Error {}

/** Where the reader stands. */
export async function standing() {
  return (await call("GET", ONBOARDING)).body;
}

/** The file, or if it is a photo too large to send, a smaller one. */
export async function fitting(file) {
  if (file.size <= LARGEST || !file.type.startsWith("image/") || !TYPES.includes(file.type)) return file;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return file;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height].map((side) => Math.round(side * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return drawn && drawn.size < file.size ? new File([drawn], file.name, { type: drawn.type }) : file;
}

/** One file of one paper. */
export class Sending {
  #once = new Once();

  /** Send it; `onProgress` is told how much of it has gone, from 0 to 1. Throws Cancelled once `cancel` is called. */
  async send(kind, file, issuedOn, onProgress) {
    const asked = { kind, filename: file.name, content_type: file.type, size: file.size };
    if (issuedOn) asked.issued_on = issuedOn;
    const { upload } = await this.#once.send("POST", `${ONBOARDING}/documents`, asked);
    await this.#post(upload, file, onProgress);
  }

  cancel() {
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
