// A block shows one of its stages at a time.

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

  get(name) {
    return this.elements.find((stage) => stage.dataset.stage === name);
  }

  show(name, { focus = false } = {}) {
    for (const stage of this.elements) stage.hidden = stage.dataset.stage !== name;
    const shown = this.get(name);
    if (focus) (shown.querySelector("[data-focus]") ?? shown).focus();
    return shown;
  }

  /** The stage where the reader signs in; it says so when a session has ended while they were at work. */
  askToSignIn(ended) {
    const stage = this.show("sign-in");
    stage.querySelector(":scope > [data-first]").hidden = ended;
    const notice = stage.querySelector(":scope > [data-again]");
    notice.hidden = !ended;
    if (ended) notice.focus();
  }
}
