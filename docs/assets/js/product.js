// @ts-check
// A product's page: puts it into the cart.

import { add, isWrong, quantityOf, read } from "./cart.js";
import { Faults } from "./faults.js";
import { worded, wordsOf } from "./words.js";

export function start(section) {
  const words = wordsOf(section);
  const form = section.querySelector("form");
  const [status, ways] = ["added", "ways"].map((part) => section.querySelector(`[data-${part}]`));
  const faults = new Faults(section.querySelector(":scope > [data-summary]"), form, words);

  const typed = form.elements.quantity;
  typed.addEventListener("input", () => faults.mark("quantity", isWrong(typed.value) ? words.quantity_wrong : null));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const [licence, quantity] = [data.get("licence") ?? undefined, quantityOf(data.get("quantity"))];
    const errors = [];
    if (form.elements.licence && !licence) errors.push({ field: "licence", message: words.licence_missing });
    if (!quantity) errors.push({ field: "quantity", message: words.quantity_wrong });
    const obstacle = errors.length ? null : add({ product: section.dataset.product, licence, quantity });
    if (obstacle) errors.push({ field: "quantity", message: words[obstacle] });
    ways.hidden = true;
    status.textContent = "";
    if (errors.length) return faults.show(errors);
    faults.clear();
    ways.hidden = false;
    status.textContent = worded(words.done, { count: read().length });
    return undefined;
  });
  // Sent before this listens, the form would only load the page again.
  form.querySelector("[type=submit]").disabled = false;
}
