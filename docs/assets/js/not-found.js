// @ts-check
// Under a language's path, the page speaks that language first; elsewhere the one that the reader wants.

import { rootOf, wantedLanguage } from "./language.js";

const [, prefix] = location.pathname.split("/");
const sections = [...document.querySelectorAll(".lost")];
const own = [prefix, wantedLanguage()].map((language) => sections.find(({ lang }) => lang === language)).find(Boolean);
const { lang } = own;
document.documentElement.lang = lang;
document.title = `${own.querySelector("h1").textContent} – ${document.querySelector(".brand__name").textContent}`;
document.querySelector(".brand").href = rootOf(lang);
own.parentElement.prepend(own);
