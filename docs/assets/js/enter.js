// @ts-check
// Signs in whoever has just proven an address to be theirs, with the password that the page still holds, and leads on.

import { call } from "./api.js";
import { account, tellTabs } from "./session.js";

/** Whether they are signed in; false where it takes more than the password, or the browser keeps no cookie. */
export async function isEntered(email, password) {
  try {
    await call("POST", "/api/session", { body: { email, password }, key: crypto.randomUUID() });
  } catch {
    return false;
  }
  tellTabs();
  return Boolean(account());
}
