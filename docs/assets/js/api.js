// @ts-check
// Asks the API, and tells apart a refusal (Problem) from no answer at all (Unreachable).

export class Problem extends Error {
  /** `document` is what the API says: a `code`, a `title` and `detail` to be read, and `errors` by field; and what else it knows. */
  constructor(status, document, reference) {
    super(document.title);
    Object.assign(this, document);
    this.status = status;
    this.reference = reference;
    this.code = document.code;
    this.title = document.title;
    this.detail = document.detail;
    this.errors = document.errors ?? [];
  }
}

export class Unreachable extends Error {}

/** Told on the document when a request was refused because somebody else is signed in by now. */
export const REPLACED = "reader-replaced";

let actingFor;

/** Say with each request whose things the page shows. */
export function actFor(account) {
  actingFor = account;
}

/** Whose things the page shows, if anybody's. */
export const acting = () => actingFor;

/**
 * The answer's body and reference. `key` is the Idempotency-Key of anything that changes something; `body` a Blob or JSON.
 *
 * @template {string} M
 * @template {string} P
 * @param {M} method
 * @param {P & Asked<M, P>} path
 * @param {{ body?: unknown, key?: string }} [request]
 * @returns {Promise<{ body: Answer<M, P>, reference: string | null }>}
 */
export async function call(method, path, { body, key } = {}) {
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (actingFor) headers["Guichet-Reader"] = actingFor;
  if (key) headers["Idempotency-Key"] = key;
  const isFile = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = isFile ? body.type : "application/json";
  const content = isFile ? body : body && JSON.stringify(body);
  const answer = await fetched(path, { method, headers, body: content, credentials: "same-origin" });
  const reference = answer.headers.get("X-Request-Id");
  const said = await parsed(answer);
  if (!answer.ok) {
    if (said.code === "reader_changed") document.dispatchEvent(new CustomEvent(REPLACED));
    throw new Problem(answer.status, said, reference);
  }
  return { body: said, reference };
}

/**
 * Every item of a list, page after page.
 *
 * @template {string} P
 * @param {P & Asked<"GET", P>} path
 * @returns {Promise<Item<P>[]>}
 */
export async function all(path) {
  const items = [];
  let cursor = "";
  do {
    const { body } = await call("GET", `${path}?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    items.push(...body.items);
    cursor = body.next;
  } while (cursor);
  return items;
}

/** Whether the request may have been done although nobody said so: to be tried again with the same key. */
export const isUncertain = (error) => error instanceof Unreachable || error.status >= 500 || error.status === 429;

async function fetched(path, request) {
  try {
    return await fetch(path, request);
  } catch (error) {
    throw new Unreachable(error.message);
  }
}

async function parsed(answer) {
  if (answer.status === 204) return null;
  try {
    if (!answer.headers.get("Content-Type")?.includes("json")) throw new Unreachable(`${answer.status}`);
    return await answer.json();
  } catch (error) {
    throw new Unreachable(error.message);
  }
}
