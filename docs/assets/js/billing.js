// The billing details of an order: what an address has in its country, and what was typed, which lasts until the order is placed.

import { forgetDraft, readDraft, writeDraft } from "./draft.js";
import { worded } from "./words.js";

const HOME = "FR";
// What browsers say that nobody has told where they are.
const SAYS_NOTHING = "en-US";

export class Billing {
  /** `places` has what is special of a country's addresses, `words` the names of its postcode. */
  constructor(form, places, words) {
    Object.assign(this, { form, places, words });
    form.elements.country.addEventListener("change", () => this.#askAsIn());
    form.addEventListener("reset", () => setTimeout(() => this.#begin()));
    for (const event of ["input", "change"]) form.addEventListener(event, () => this.#keep());
    for (const [name, value] of Object.entries(readDraft().details ?? {})) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    this.#begin();
  }

  /** The buyer is known: bill their company, unless another stands there. */
  fillIn({ company, siren }) {
    const { elements } = this.form;
    elements.company.value ||= company;
    if (elements.company.value === company) elements.siren.value ||= siren ?? "";
  }

  /** As the API takes it. */
  get asked() {
    const { reference, vat_number: vatNumber, siren, ...billing } = this.#typed;
    if (vatNumber) billing.vat_number = vatNumber;
    if (siren && !this.#field("siren").hidden) billing.siren = siren;
    // What was typed for another country is not of this one.
    if (this.#field("postcode").hidden) billing.postcode = "";
    return { billing, ...(reference && { reference }) };
  }

  /** The fields that have an answer. */
  get answered() {
    return [...this.form.querySelectorAll(".field:not([hidden])")].filter((field) => field.querySelector("input, select").value);
  }

  forget() {
    this.form.reset();
    forgetDraft();
  }

  get #typed() {
    return Object.fromEntries(new FormData(this.form));
  }

  #keep() {
    writeDraft({ details: this.#typed });
  }

  #begin() {
    this.form.elements.country.value ||= this.#likelyCountry();
    this.#askAsIn();
  }

  /** The region that the browser names, where that says something. */
  #likelyCountry() {
    const [, region] = /-([A-Z]{2})\b/.exec(navigator.language) ?? [];
    return navigator.language !== SAYS_NOTHING && region in this.places ? region : HOME;
  }

  /** Ask for what an address has in the chosen country, by the name that it has there. */
  #askAsIn() {
    const { optional = [], hasNoPostcode = false, type = "postal", example } = this.places[this.form.elements.country.value] ?? {};
    for (const name of ["postcode", "city"]) {
      this.#field(name).querySelector(".field__optional").hidden = !optional.includes(name);
    }
    this.#field("siren").hidden = this.form.elements.country.value !== HOME;
    const postcode = this.#field("postcode");
    postcode.hidden = hasNoPostcode;
    postcode.querySelector("label").firstChild.textContent = `${this.words.postcode[type]} `;
    const hint = postcode.querySelector(".field__hint");
    hint.textContent = example ? worded(this.words.postcode.example, { example }) : "";
  }

  #field(name) {
    return this.form.querySelector(`[data-field="${name}"]`);
  }
}
