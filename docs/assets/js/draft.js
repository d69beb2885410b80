// @ts-check
// An order that is not placed yet: which of the cart's orders it is and what was typed of its details, kept in this tab alone,
// for whoever typed it, until it is placed.

import { acting } from "./api.js";
import { account } from "./session.js";
import { tab } from "./storage.js";

const ORDER = "order";

/** What is kept, of nobody else: `chosen` and `details`. */
export function readDraft() {
  try {
    const { by, ...draft } = JSON.parse(tab.read(ORDER)) ?? {};
    return by && by !== account() ? {} : draft;
  } catch {
    return {};
  }
}

export function writeDraft(changes) {
  tab.write(ORDER, JSON.stringify({ ...readDraft(), ...changes, by: acting() ?? "" }));
}

export function forgetDraft() {
  tab.write(ORDER, null);
}
