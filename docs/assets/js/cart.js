// The cart: lines of product, licence and quantity, kept in this browser alone.

const CART = "cart";
const SPLIT = "cart-split";
const MAX_LINES = 99;
const MAX_QUANTITY = 999;

/** The lines in the order in which they were added. */
export function read() {
  try {
    const lines = JSON.parse(localStorage.getItem(CART));
    return Array.isArray(lines) ? lines.filter((line) => typeof line?.product === "string" && quantityOf(String(line.quantity))) : [];
  } catch {
    return [];
  }
}

export function write(lines) {
  localStorage.setItem(CART, JSON.stringify(lines));
  if (!lines.length) split(false);
}

/** One more line, or more of one that is there; false when the cart can hold no more. */
export function add({ product, licence, quantity }) {
  const lines = read();
  const same = lines.find((line) => line.product === product && line.licence === licence);
  if (same) same.quantity += quantity;
  else lines.push({ product, licence, quantity });
  if (lines.length > MAX_LINES || (same?.quantity ?? 0) > MAX_QUANTITY) return false;
  write(lines);
  return true;
}

/** The quantity that a text gives, or null. */
export function quantityOf(text) {
  const quantity = /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : 0;
  return quantity >= 1 ? quantity : null;
}

/** Whether software and other articles are to be ordered apart. */
export const isSplit = () => localStorage.getItem(SPLIT) !== null;

export function split(apart) {
  if (apart) localStorage.setItem(SPLIT, "1");
  else localStorage.removeItem(SPLIT);
}

/** Call back when another tab changes the cart. */
export function onChange(callback) {
  addEventListener("storage", ({ key }) => {
    if (key === CART || key === SPLIT) callback();
  });
}
