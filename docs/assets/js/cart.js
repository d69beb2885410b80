// @ts-check
// The cart: lines of product, licence and quantity, kept in this browser alone.

import { browser } from "./storage.js";
import { worded } from "./words.js";

const CART = "cart";
const SPLIT = "cart-split";
const CHANGED = "cart-changed";
const MAX_LINES = 99;
const MAX_QUANTITY = 999;

/** The lines in the order in which they were added. */
export function read() {
  try {
    const lines = JSON.parse(browser.read(CART));
    return Array.isArray(lines) ? lines.filter((line) => typeof line?.product === "string" && quantityOf(String(line.quantity))) : [];
  } catch {
    return [];
  }
}

/** Whether they are still there on the next page. */
export function write(lines) {
  if (!lines.length) split(false);
  const isKept = browser.write(CART, JSON.stringify(lines));
  document.dispatchEvent(new Event(CHANGED));
  return isKept;
}

/** All of it is ordered: unlike one that was emptied by hand, it is taken away, by which other tabs can tell. */
export function takeAway() {
  split(false);
  browser.write(CART, null);
  document.dispatchEvent(new Event(CHANGED));
}

/** One more line, or more of one that is there; what is in the way: `full`, `not_kept`, or nothing. */
export function add({ product, licence, quantity }) {
  const [lines, before] = [read(), read()];
  const same = lines.find((line) => line.product === product && line.licence === licence);
  if (same) same.quantity += quantity;
  else lines.push({ product, licence, quantity });
  if (lines.length > MAX_LINES || (same?.quantity ?? 0) > MAX_QUANTITY) return "full";
  if (write(lines)) return null;
  write(before);
  return "not_kept";
}

/** The quantity that a text gives, or null. */
export function quantityOf(text) {
  const quantity = /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : 0;
  return quantity >= 1 ? quantity : null;
}

/** Whether what is typed can be no quantity; nothing at all may still become one. */
export const isWrong = (text) => text.trim() !== "" && !quantityOf(text);

/** Whether software and other articles are to be ordered apart. */
export const isSplit = () => browser.read(SPLIT) !== null;

export function split(apart) {
  browser.write(SPLIT, apart ? "1" : null);
}

/** Call back when another tab changes the cart, and say whether it was ordered there. */
export function onChange(callback) {
  addEventListener("storage", ({ key, newValue }) => {
    if (key === CART || key === SPLIT) callback({ isOrdered: key === CART && newValue === null });
  });
}

/** Keeps the header's way to the cart right: how many lines it has, and out of sight while it has none. */
export function showInHeader(link) {
  const show = () => {
    const count = read().length;
    link.hidden = !count;
    link.querySelector("[data-count]").textContent = count;
    link.querySelector("[data-said]").textContent = worded(JSON.parse(link.dataset.lines), { count });
  };
  document.addEventListener(CHANGED, show);
  addEventListener("pageshow", show);
  onChange(show);
  show();
}
