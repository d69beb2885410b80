// @ts-check
// Sets up the second factor of staff and support: the secret for an authenticator, a code of it, the recovery codes.

import { Block } from "./block.js";
import { Faults, listItem } from "./faults.js";
import { cameFrom, isHalfSignedIn, reader } from "./session.js";
import { generate } from "./vendor/lean-qr.js";

const PATH = "/api/session/totp";
const SVG = "http://www.w3.org/2000/svg";
/** @type {any} what it takes is a text too, which its author's own types leave out */
const draws = generate;
// The margin that a QR code needs, in its squares.
const QUIET = 4;

export const start = (section) => new SecondFactor(section).start();

class SecondFactor extends Block {
  constructor(section) {
    super(section);
    this.form = this.stages.get("secret");
    this.faults = new Faults(this.form.querySelector("[data-summary]"), this.form, this.words);
    this.on("[data-begin]", () => this.attempt(() => this.#showSecret()));
    this.onSubmit(this.form, () => this.#prove());
    this.on("[data-copy]", () => this.#copy());
    this.on("[data-go-on]", () => location.assign(cameFrom(section.dataset.portalPage)));
  }

  start() {
    return this.attempt(async () => {
      const who = await reader();
      if (who) this.stages.show(who.roles.length ? "done-already" : "not-needed");
      else if (await isHalfSignedIn()) this.stages.show("begin");
      else this.stages.askToSignIn(false);
    });
  }

  async #showSecret() {
    const { secret, uri } = await this.once.send("POST", PATH, {});
    this.form.querySelector("[data-secret]").textContent = secret.match(/.{1,4}/g).join(" ");
    this.form.querySelector("[data-uri]").href = uri;
    draw(this.form.querySelector("[data-qr]"), uri);
    this.stages.show("secret", { focus: true });
  }

  async #prove() {
    const totp = this.form.elements.totp.value;
    if (!totp) return this.faults.show([{ field: "totp", message: this.words.required }]);
    const { recovery_codes: codes } = await this.once.send("POST", PATH, { totp });
    this.faults.clear();
    this.section.querySelector("[data-codes]").replaceChildren(...codes.map((code) => listItem(code)));
    return this.stages.show("codes", { focus: true });
  }

  async #copy() {
    const codes = [...this.section.querySelectorAll("[data-codes] li")].map((line) => line.textContent);
    const copied = await navigator.clipboard.writeText(codes.join("\n")).then(() => true, () => false);
    this.section.querySelector("[data-copied]").textContent = copied ? this.words.copied : this.words.not_copied;
  }

  failed(error) {
    return isSetUp(error) ? this.stages.show("done-already", { focus: true }) : super.failed(error);
  }

  refused(error) {
    return isSetUp(error) ? this.failed(error) : super.refused(error);
  }
}

const isSetUp = ({ code }) => code === "already_set_up";

/** Draw a text as a QR code, black on white whatever the theme: cameras expect it so. */
function draw(svg, text) {
  const code = draws(text);
  const squares = [];
  for (let y = 0; y < code.size; y++) for (let x = 0; x < code.size; x++) if (code.get(x, y)) squares.push(`M${x} ${y}h1v1h-1z`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", squares.join(""));
  svg.setAttribute("viewBox", [-QUIET, -QUIET, code.size + 2 * QUIET, code.size + 2 * QUIET].join(" "));
  svg.replaceChildren(path);
}
