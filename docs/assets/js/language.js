// @ts-check
// The languages of the site, as the inline script of every page is told them (theme/templates/partials/javascripts/base.html),
// and the one that the reader wants: the one they chose, else the first of their browser's that the site speaks. That script
// goes by the same at the site's own address.

import { browser } from "./storage.js";

const KEY = "language";

/** How the page's language is written, and the names that editions have in it. */
export const { languages, locale, firstDay, editions } = document.querySelector("script[data-languages]").dataset;
const SPOKEN = languages.split(" ");
const FOREIGN_ROOT = new RegExp(`^/(${SPOKEN.slice(1).join("|")})(?=/)`);

/** Where the pages of a language begin. */
export const rootOf = (language) => (language === SPOKEN[0] ? "/" : `/${language}/`);

/** The language of what stands at a path. */
export const languageAt = (path) => FOREIGN_ROOT.exec(path)?.[1] ?? SPOKEN[0];

/** A path without its language. */
export const withoutLanguage = (path) => path.replace(FOREIGN_ROOT, "");

export function rememberLanguage(language) {
  browser.write(KEY, language);
}

export function wantedLanguage() {
  return [browser.read(KEY), ...navigator.languages.map((tag) => tag.slice(0, 2))].find((one) => SPOKEN.includes(one)) ?? SPOKEN[0];
}
