// @ts-check
// A block shows one of its stages at a time.

import { askIn, isAskedIn } from "./sign-in.js";

/** Say of a block that could not begin that it failed; it can begin anew with its page. */
export function sayBroken(block) {
  const stages = new Stages(block);
  if (!stages.get("failed")) return;
  stages.show("failed").querySelector("[data-retry]").addEventListener("click", () => location.reload());
}

/** Shows the stages of a block: the elements with data-stage that are its own, not those of a block inside it. */
export class Stages {
  constructor(block) {
    this.block = block;
    this.elements = [...block.querySelectorAll("[data-stage]")].filter(
      (stage) => stage.parentElement.closest(".job, .portal") === block,
    );
  }

  get current() {
    return this.elements.find((stage) => !stage.hidden)?.dataset.stage;
  }

  /** Whether it is in this block that the page asks its reader to sign in, rather than in another. */
  get isSignInHere() {
    return isAskedIn(this.get("sign-in"));
  }

  get(name) {
    return this.elements.find((stage) => stage.dataset.stage === name);
  }

  show(name, { focus = false } = {}) {
    // What has waited on the page for what is in this place comes now.
    if (name !== "loading") document.documentElement.toggleAttribute("data-begun", true);
    this.block.removeAttribute("data-signs-in-elsewhere");
    for (const stage of this.elements) stage.hidden = stage.dataset.stage !== name;
    const shown = this.get(name);
    if (focus) (shown.querySelector("[data-focus]") ?? shown).focus();
    return shown;
  }

  /** The stage where the reader signs in; it says so when a session has ended while they were at work. */
  askToSignIn(ended, { focus = false } = {}) {
    askIn(this.show("sign-in"), { ended, focus });
  }
}
