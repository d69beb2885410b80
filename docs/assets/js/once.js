// @ts-check
// Sends a change once, however often it is asked for: after an uncertain end it goes out again with the same key. The key
// of what `lasts` outlives a reload too, until its answer is known; nothing else of the request is kept.

import { acting, call, isUncertain } from "./api.js";
import { tab } from "./storage.js";

const STARTED = "started";
// As long as the server remembers an answer.
const REMEMBERED = 24 * 60 * 60 * 1000;
// Refused before anybody looked whether it was done already.
const PROVE_NOTHING = ["not_signed_in", "sign_in_again", "reader_changed", "invalid_fields"];

export class Once {
  #lasts;
  #attempt;
  #key;

  constructor({ lasts = false } = {}) {
    this.#lasts = lasts;
  }

  /**
   * The answer's body.
   *
   * @template {string} M
   * @template {string} P
   * @param {M} method
   * @param {P & Asked<M, P>} path
   * @param {unknown} [body]
   * @returns {Promise<Answer<M, P>>}
   */
  async send(method, path, body) {
    return (await this.answer(method, path, body)).body;
  }

  /**
   * The answer's body and reference; those of the former request where that turns out to have been done.
   *
   * @returns {Promise<{ body: any, reference: string | null }>}
   */
  async answer(method, path, body) {
    const left = this.#lasts ? leftOpen(method, path) : undefined;
    const attempt = JSON.stringify([method, path, body]);
    if (left) this.#key = left.key;
    else if (attempt !== this.#attempt) this.#key = crypto.randomUUID();
    this.#attempt = attempt;
    if (this.#lasts && !left) keep([...started(), { method, path, key: this.#key, by: acting(), at: Date.now() }]);
    try {
      const answer = await call(method, path, { body, key: this.#key });
      this.#close(method, path);
      return answer;
    } catch (error) {
      if (left && error.code === "idempotency_key_reused") return former(method, path);
      if (PROVE_NOTHING.includes(error.code)) {
        if (!left) forget(method, path);
      } else if (!isUncertain(error)) this.#close(method, path);
      throw error;
    }
  }

  #close(method, path) {
    this.#attempt = undefined;
    if (this.#lasts) forget(method, path);
  }
}

/** What the reader began there, in this tab, and has not heard the end of; `path` may be a pattern. */
export function leftOpen(method, path) {
  const isThere = path instanceof RegExp ? (other) => path.test(other) : (other) => path === other;
  return started().find((one) => one.method === method && isThere(one.path));
}

/**
 * The answer to what was left open there, or null when it was not done. Throws Unreachable while nobody can tell.
 *
 * What was not done may still be on its way: its key stays, so that the next try there is the same one.
 */
export async function former(method, path) {
  const left = leftOpen(method, path);
  try {
    const answer = await call(method, `${left.path}?only=repeat`, { key: left.key });
    forget(method, left.path);
    return answer;
  } catch (error) {
    if (error.code !== "not_found") throw error;
    keep(started().map((one) => (one.key === left.key ? { ...one, isAsked: true } : one)));
    return null;
  }
}

function forget(method, path) {
  keep(started().filter((one) => one.method !== method || one.path !== path));
}

function started() {
  try {
    const kept = JSON.parse(tab.read(STARTED)) ?? [];
    return kept.filter(({ by, at }) => by === acting() && Date.now() - at < REMEMBERED);
  } catch {
    return [];
  }
}

function keep(all) {
  tab.write(STARTED, all.length ? JSON.stringify(all) : null);
}
