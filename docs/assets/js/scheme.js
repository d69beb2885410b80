// @ts-check
// The light and the dark scheme: the system's until the reader chooses.

import { browser } from "./storage.js";

const KEY = "scheme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

/** Makes the button switch the scheme, and say what it will do. */
export function startScheme(button) {
  const label = button.querySelector("[data-label]");
  const name = () => {
    label.textContent = isDark() ? button.dataset.light : button.dataset.dark;
  };
  button.addEventListener("click", () => {
    root.dataset.scheme = isDark() ? "light" : "dark";
    browser.write(KEY, root.dataset.scheme);
    name();
  });
  dark.addEventListener("change", name);
  name();
  button.disabled = false;
}

function isDark() {
  return root.dataset.scheme ? root.dataset.scheme === "dark" : dark.matches;
}
