// What the browser keeps for the site. Where that is denied or full it lasts as long as the page, and who writes is told.

class Kept {
  #name;
  #unkept = new Map();

  constructor(name) {
    this.#name = name;
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
}

/** Until the tab is closed. */
export const tab = new Kept("sessionStorage");

/** Until the reader takes it away. */
export const browser = new Kept("localStorage");
