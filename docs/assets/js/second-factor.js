// Sets up the second factor of staff and support: the secret for an authenticator, a code of it, the recovery codes.

import { Problem } from "./api.js";
import { Busy } from "./busy.js";
import { Faults, listItem } from "./faults.js";
import { Once } from "./once.js";
import { cameFrom, changed, isHalfSignedIn, onChange, reader } from "./session.js";
import { Stages } from "./stages.js";
import { generate } from "./vendor/lean-qr.js";
import { wordsOf } from "./words.js";

const PATH = "/api/session/totp";
const SVG = "http://www.w3.org/2000/svg";
// The margin that a QR code needs, in its squares.
const QUIET = 4;

/** Makes the page that sets it up work. */
export function startSecondFactor(root) {
  new SecondFactor(root.querySelector("[data-second-factor]")).start();
}

class SecondFactor {
  #once = new Once();

  constructor(section) {
    this.section = section;
    this.words = wordsOf(section);
    this.busy = new Busy(this.words);
    this.stages = new Stages(section);
    this.form = this.stages.get("secret");
    this.faults = new Faults(this.form.querySelector("[data-summary]"), this.form, this.words);
    for (const again of section.querySelectorAll("[data-retry]")) again.addEventListener("click", () => this.start());
    section.querySelector("[data-begin]").addEventListener("click", () => this.#showSecret());
    this.form.addEventListener("submit", (event) => this.#submitted(event));
    section.querySelector("[data-copy]").addEventListener("click", () => this.#copy());
    section.querySelector("[data-go-on]").addEventListener("click", () => location.assign(cameFrom(section.dataset.portalPage)));
    onChange((who) => (who ? this.start() : this.stages.askToSignIn(true)));
  }

  async start() {
    try {
      const who = await reader();
      if (who) this.stages.show(who.roles.length ? "done-already" : "not-needed");
      else if (await isHalfSignedIn()) this.stages.show("begin");
      else this.stages.askToSignIn(false);
    } catch {
      this.stages.show("failed");
    }
  }

  async #showSecret() {
    try {
      const { secret, uri } = await this.#once.send("POST", PATH, {});
      this.form.querySelector("[data-secret]").textContent = secret.match(/.{1,4}/g).join(" ");
      this.form.querySelector("[data-uri]").href = uri;
      draw(this.form.querySelector("[data-qr]"), uri);
      this.stages.show("secret", { focus: true });
    } catch (error) {
      this.#failed(error);
    }
  }

  #submitted(event) {
    event.preventDefault();
    const totp = this.form.elements.totp.value;
    if (!totp) return this.faults.show([{ field: "totp", message: this.words.required }]);
    return this.busy.with(this.form, () => this.#prove(totp), (error) => this.#failed(error));
  }

  async #prove(totp) {
    const { recovery_codes: codes } = await this.#once.send("POST", PATH, { totp });
    this.faults.clear();
    this.section.querySelector("[data-codes]").replaceChildren(...codes.map((code) => listItem(code)));
    this.stages.show("codes", { focus: true });
  }

  async #copy() {
    const codes = [...this.section.querySelectorAll("[data-codes] li")].map((line) => line.textContent);
    const copied = await navigator.clipboard.writeText(codes.join("\n")).then(() => true, () => false);
    this.section.querySelector("[data-copied]").textContent = copied ? this.words.copied : this.words.not_copied;
  }

  #failed(error) {
    if (error.status === 401) changed(null);
    else if (error.code === "already_set_up") this.stages.show("done-already", { focus: true });
    else if (this.stages.current !== "secret") this.stages.show("failed", { focus: true });
    else if (error instanceof Problem) this.faults.show(error.errors, error);
    else this.faults.show([], this.stages.get("failed").dataset);
  }
}

/** Draw a text as a QR code, black on white whatever the theme: cameras expect it so. */
function draw(svg, text) {
  const code = generate(text);
  const squares = [];
  for (let y = 0; y < code.size; y++) for (let x = 0; x < code.size; x++) if (code.get(x, y)) squares.push(`M${x} ${y}h1v1h-1z`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", squares.join(""));
  svg.setAttribute("viewBox", [-QUIET, -QUIET, code.size + 2 * QUIET, code.size + 2 * QUIET].join(" "));
  svg.replaceChildren(path);
}
