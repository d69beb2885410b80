// @ts-check
// Does what a form asks for, one thing at a time, and says so meanwhile.

export class Busy {
  /** `words` has `sending`. */
  constructor(words) {
    this.words = words;
  }

  /** Nothing while something else is done; what goes wrong is told to `failed`. */
  async with(form, act, failed) {
    if (this.isBusy) return;
    this.isBusy = true;
    const status = form.querySelector("[data-sending]");
    status.textContent = this.words.sending;
    try {
      await act();
    } catch (error) {
      failed(error);
    } finally {
      this.isBusy = false;
      status.textContent = "";
    }
  }
}
