// @ts-check
// The new password: whoever has set it goes on, signed in, where they had forgotten the old one.

import { isEntered } from "./enter.js";
import { cameFor } from "./session.js";

/** Leads on once the new password is set. */
export function start(section) {
  section.addEventListener("job-done", async ({ detail }) => {
    if (await isEntered(detail.email, detail.password)) location.assign(cameFor() ?? section.dataset.portalPage);
  });
}
