// The new password: whoever has set it goes on, signed in, where they had forgotten the old one.

import { isEntered } from "./enter.js";
import { cameFor } from "./session.js";

/** Leads on once the page's new password is set. */
export function startPassword(root) {
  root.addEventListener("job-done", async ({ target, detail }) => {
    const { job, portalPage } = target.dataset;
    if (job === "reset-password" && (await isEntered(detail.email, detail.password))) location.assign(cameFor() ?? portalPage);
  });
}
