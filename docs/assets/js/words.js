// @ts-check
// Fills the placeholders of texts as the server does: dates, which are marked as such, written long; plurals by count.

import { editions, firstDay, locale, rootOf } from "./language.js";

const NAMES = JSON.parse(editions);
const MARKED = { day, language: nameOf, moment, price, time };

/** Where the pages of this one's language begin. */
export const ROOT = rootOf(document.documentElement.lang);

/** The text with its placeholders filled, `{end:day}` by a date; a table of plural forms is chosen from by `count`. */
export function worded(text, facts = {}) {
  const form = typeof text === "string" ? text : text[new Intl.PluralRules(locale).select(facts.count)];
  return form.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name, mark) => shown(facts[name], name === "edition" ? editionName : MARKED[mark]));
}

/** A business date, or the day in Paris of a moment, in full. */
export function day(value) {
  const timeZone = value.includes("T") ? "Europe/Paris" : "UTC";
  const written = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone }).format(new Date(value));
  return whole(written.replace(/^1(?= )/, firstDay));
}

/** Today in Paris, as dates are sent. */
export function businessDay() {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format(new Date());
}

/** A business date as short as a column wants it. */
export function shortDay(value) {
  return whole(new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(value)));
}

/** A date that no line breaks within. */
const whole = (date) => date.replaceAll(" ", "\u00a0");

/** A moment in Paris, with its time. */
export function moment(value) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Paris" }).format(new Date(value));
}

/** A moment in Paris as short as a column wants it. */
export function shortMoment(value) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Paris" }).format(new Date(value));
}

/** The time of a moment in Paris, where the day is plain. */
function time(value) {
  return new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: "Europe/Paris" }).format(new Date(value));
}

/** A language, within a sentence. */
function nameOf(code) {
  return new Intl.DisplayNames(locale, { type: "language" }).of(code);
}

/** The texts that a block brings for its script, if any. */
export function wordsOf(block) {
  return JSON.parse(block.querySelector(":scope > [data-words]")?.textContent ?? "{}");
}

/** A text as it is searched: case and accents aside. */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/** Several things as a list within a sentence. */
export function listed(parts) {
  return new Intl.ListFormat(locale).format(parts);
}

/** An amount in cents, in euros. */
export function price(cents) {
  return new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" }).format(cents / 100);
}

/** A rate in hundredths of a percent. */
export function percent(hundredths) {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(hundredths / 10_000);
}

/** A SIREN as it is read. */
export function inThrees(siren) {
  return siren.replace(/(\d{3})(?=\d)/g, "$1\u00a0");
}

/** The name of an edition, as the catalogue has it. */
export function editionName(edition) {
  return NAMES[edition.toLowerCase()] ?? edition;
}

function shown(value, as = isolated) {
  return value === undefined || value === null ? "" : as(value);
}

/** A name that runs from right to left keeps its own direction, and leaves the page's to what stands around it. */
export function isolated(value) {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(value) ? `\u2068${value}\u2069` : String(value);
}
