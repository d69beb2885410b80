// @ts-check
// The language that the reader wants: the one they chose, else the first of their browser's that the site speaks. The inline
// script of every page (theme/templates/partials/javascripts/base.html) goes by the same at the site's own address.

import { browser } from "./storage.js";

const KEY = "language";
const SPOKEN = ["en", "fr"];

export function rememberLanguage(language) {
  browser.write(KEY, language);
}

export function wantedLanguage() {
  return [browser.read(KEY), ...navigator.languages.map((tag) => tag.slice(0, 2))].find((one) => SPOKEN.includes(one)) ?? SPOKEN[0];
}
