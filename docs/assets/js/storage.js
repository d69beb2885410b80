// @ts-check
// What the browser keeps for the site, which docs/*/legal.md names one by one. Where that is denied or full it lasts as long
// as the page, and who writes is told.

class Kept {
  #name;
  #keys;
  #unkept = new Map();

  constructor(name, keys) {
    this.#name = name;
    this.#keys = keys;
  }

  read(key) {
    if (this.#unkept.has(key)) return this.#unkept.get(key);
    try {
      return globalThis[this.#name].getItem(key);
    } catch {
      return null;
    }
  }

  /** Whether it outlives the page; null takes away what is there. */
  write(key, text) {
    if (!this.#keys.includes(key)) throw new Error(`${key} is not among what is kept`);
    try {
      if (text === null) globalThis[this.#name].removeItem(key);
      else globalThis[this.#name].setItem(key, text);
      this.#unkept.delete(key);
      return true;
    } catch {
      this.#unkept.set(key, text);
      return false;
    }
  }

  /** Nothing stays. */
  forgetAll() {
    for (const key of this.#keys) this.write(key, null);
  }
}

/** Until the tab is closed. */
export const tab = new Kept("sessionStorage", ["order", "started", "typed"]);

/** Until the reader takes it away. */
export const browser = new Kept("localStorage", ["cart", "cart-split", "language", "scheme", "shortcuts"]);
