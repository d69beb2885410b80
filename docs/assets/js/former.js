// @ts-check
// What the reader sent before they loaded the page again, without having heard the end of it: the page finds out, and says so,
// before it lets them begin anew.

import { isUncertain } from "./api.js";
import { former, leftOpen } from "./once.js";

export class Former {
  /** `stages` has the stage `unknown` and the notice of what was not done; `path` may have names in braces. */
  constructor(stages, method, path) {
    this.stages = stages;
    this.method = method;
    this.path = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
  }

  /** The answer, or null when nothing was left open, or was not done; asks until it is known. */
  async find() {
    const left = leftOpen(this.method, this.path);
    if (!left || left.isAsked) return null;
    const stage = this.stages.show("unknown", { focus: true });
    for (;;) {
      try {
        const answer = await former(this.method, this.path);
        this.wasNotDone = !answer;
        return answer;
      } catch (error) {
        if (!isUncertain(error)) throw error;
        await askedAgain(stage);
      }
    }
  }

  /** Once what can be done now is shown: say of what was sent before that it was not done. */
  saySent() {
    if (!this.wasNotDone) return;
    this.wasNotDone = false;
    const notice = this.stages.block.querySelector(":scope > [data-not-done]");
    notice.hidden = false;
    notice.focus();
  }
}

/** Nobody could tell: wait until the reader lets us look again. */
function askedAgain(stage) {
  const [checking, unreached] = ["checking", "unreached"].map((part) => stage.querySelector(`[data-${part}]`));
  const button = unreached.querySelector("[data-look]");
  const show = (isReached) => {
    checking.hidden = !isReached;
    unreached.hidden = isReached;
  };
  show(false);
  button.focus();
  return new Promise((resolve) => {
    const look = () => {
      show(true);
      stage.focus();
      resolve();
    };
    button.addEventListener("click", look, { once: true });
  });
}
