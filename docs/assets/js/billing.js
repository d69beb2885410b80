// @ts-check
// The details of an order: whom it is billed to and where it goes, and what was typed, which lasts until it is placed.

import { forgetDraft, readDraft, writeDraft } from "./draft.js";
import { worded } from "./words.js";

const HOME = "FR";
// What browsers say that nobody has told where they are.
const SAYS_NOTHING = "en-US";
const DELIVERY = "delivery.";
const ELSEWHERE = "elsewhere";

export class Billing {
  /** `places` has what is special of a country's addresses, `words` the names of its postcode. */
  constructor(form, places, words) {
    this.form = form;
    this.delivery = form.querySelector("[data-delivery]");
    this.addresses = ["", DELIVERY].map((part) => new Address(form, part, places, words));
    form.addEventListener("reset", () => setTimeout(() => this.#begin()));
    for (const event of ["input", "change"]) form.addEventListener(event, () => this.#keep());
    this.#tick.addEventListener("change", () => this.#showDelivery());
    for (const [name, value] of Object.entries(readDraft().details ?? {})) {
      if (name === ELSEWHERE) this.#tick.checked = true;
      else if (form.elements[name]) form.elements[name].value = value;
    }
    this.#begin();
  }

  /** The buyer is known: bill their company, unless another stands there, and deliver to it; a SIREN is a French one's. */
  fillIn({ company, siren }) {
    const { elements } = this.form;
    elements.company.value ||= company;
    if (elements.company.value === company) elements.siren.value ||= siren ?? "";
    elements[`${DELIVERY}company`].value ||= company;
    if (siren) for (const address of this.addresses) address.presume(HOME);
  }

  /** Ask where it goes, which only an order of articles does. */
  offerDelivery(isOffered) {
    this.delivery.hidden = !isOffered;
  }

  /** As the API takes it. */
  get asked() {
    const [billed, delivered] = this.addresses;
    const { reference, vat_number: vatNumber, siren, ...billing } = billed.typed;
    delete billing[ELSEWHERE];
    if (vatNumber) billing.vat_number = vatNumber;
    if (siren && !billed.field("siren").hidden) billing.siren = siren;
    return { billing, ...(reference && { reference }), ...(this.#goesElsewhere && { delivery: delivered.typed }) };
  }

  /** The fields that have an answer: of whom it is billed to, and of where it goes if that is elsewhere. */
  get answered() {
    const all = [...this.form.querySelectorAll(".field:not([hidden])")].filter((field) => field.querySelector("input, select").value);
    const isDelivery = (field) => this.delivery.contains(field);
    return { billing: all.filter((field) => !isDelivery(field)), delivery: this.#goesElsewhere ? all.filter(isDelivery) : [] };
  }

  forget() {
    this.form.reset();
    forgetDraft();
  }

  get #tick() {
    return this.form.elements[ELSEWHERE];
  }

  get #goesElsewhere() {
    return !this.delivery.hidden && this.#tick.checked;
  }

  #keep() {
    writeDraft({ details: Object.fromEntries(new FormData(this.form)) });
  }

  #begin() {
    for (const address of this.addresses) address.begin();
    this.#showDelivery();
  }

  #showDelivery() {
    this.delivery.querySelector("[data-part]").hidden = !this.#tick.checked;
    this.#tick.setAttribute("aria-expanded", String(this.#tick.checked));
  }
}

/** An address in the form, whose fields' names begin with its `part`. */
class Address {
  constructor(form, part, places, words) {
    this.form = form;
    this.part = part;
    this.places = places;
    this.words = words;
    this.#country.addEventListener("change", () => {
      this.isPresumed = false;
      this.#askAsIn();
    });
  }

  begin() {
    this.isPresumed = !this.#country.value;
    if (this.isPresumed) this.#country.value = this.#likelyCountry();
    this.#askAsIn();
  }

  /** A better guess at the country, unless the reader has said it. */
  presume(country) {
    if (!this.isPresumed) return;
    this.#country.value = country;
    this.#askAsIn();
  }

  /** What stands in its fields, by the API's names. */
  get typed() {
    const own = [...new FormData(this.form)].filter(([name]) => name.startsWith(DELIVERY) === Boolean(this.part));
    const typed = Object.fromEntries(own.map(([name, value]) => [name.slice(this.part.length), value]));
    // What was typed for another country is not of this one.
    if (this.field("postcode").hidden) typed.postcode = "";
    return typed;
  }

  field(name) {
    return this.form.querySelector(`[data-field="${this.part}${name}"]`);
  }

  get #country() {
    return this.form.elements[`${this.part}country`];
  }

  /** The region that the browser names, where that says something. */
  #likelyCountry() {
    const [, region] = /-([A-Z]{2})\b/.exec(navigator.language) ?? [];
    return navigator.language !== SAYS_NOTHING && region in this.places ? region : HOME;
  }

  /** Ask for what an address has in the chosen country, by the name that it has there. */
  #askAsIn() {
    const country = this.#country.value;
    const { optional = [], hasNoPostcode = false, type = "postal", example } = this.places[country] ?? {};
    for (const name of ["postcode", "city"]) {
      this.field(name).querySelector(".field__optional").hidden = !optional.includes(name);
    }
    if (!this.part) this.field("siren").hidden = country !== HOME;
    const postcode = this.field("postcode");
    postcode.hidden = hasNoPostcode;
    postcode.querySelector("label").firstChild.textContent = `${this.words.postcode[type]} `;
    const hint = postcode.querySelector(".field__hint");
    hint.textContent = example ? worded(this.words.postcode.example, { example }) : "";
  }
}
