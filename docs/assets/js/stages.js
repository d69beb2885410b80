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
    if (this.isWaiting) this.block.hidden = this.isWaiting = false;
    for (const stage of this.elements) stage.hidden = stage.dataset.stage !== name;
    const shown = this.get(name);
    if (focus) (shown.querySelector("[data-focus]") ?? shown).focus();
    return shown;
  }

  /**
   * The stage where the reader signs in; it says so when a session has ended while they were at work. Once a page: where
   * another block asks already, this one waits unseen.
   */
  askToSignIn(ended) {
    const asking = [...document.querySelectorAll("[data-stage=sign-in]:not([hidden])")].filter((one) => !one.closest("[hidden]"));
    const stage = this.show("sign-in");
    this.isWaiting = asking.some((one) => one !== stage);
    this.block.hidden = this.isWaiting;
    if (this.isWaiting) return;
    stage.querySelector(":scope > [data-first]").hidden = ended;
    const notice = stage.querySelector(":scope > [data-again]");
    notice.hidden = !ended;
    if (ended) notice.focus();
  }
}
