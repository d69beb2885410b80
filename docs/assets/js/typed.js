// @ts-check
// What was typed into a page's forms, while its reader loads it again, reads on in the other language, signs in elsewhere or
// opens an account: kept in this tab until the page is there again, with the step that it had come to. Passwords, codes, files
// and what is agreed to never are.

import { acting } from "./api.js";
import { withoutLanguage } from "./language.js";
import { account, onChange } from "./session.js";
import { tab } from "./storage.js";

const TYPED = "typed";
const LEFT_OUT = "[type=password], [type=hidden], [type=file], [type=search], [type=checkbox], [autocomplete=one-time-code]";

/** Keep what stands in the page's forms for when it is next shown in this tab, in whichever language. */
export function carryTyped() {
  keep({ isCarried: true });
}

/** Put back what was kept for this page, now or once whoever typed it has signed in. */
export function restoreTyped() {
  // Without being carried along, what was typed outlives nothing but the page's being loaded again.
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const isReloaded = entry?.type === "reload";
  write(Object.entries(kept()).filter(([page, { isCarried }]) => isCarried || (isReloaded && page === here())));
  putBack();
  onChange((who) => who && putBack());
  addEventListener("pagehide", () => {
    // Loaded again because somebody has signed out, or another in, it begins without anything.
    if (!history.state?.why) keep({ isCarried: kept()[here()]?.isCarried ?? false });
  });
}

function keep({ isCarried }) {
  const controls = [...document.querySelectorAll("main form:not([data-kept]) :is(input, select, textarea)[id]")];
  const typed = controls.filter((control) => !control.matches(LEFT_OUT) && isTyped(control)).map((control) => [control.id, valueIn(control)]);
  const step = history.state?.step;
  const others = Object.entries(kept()).filter(([page]) => page !== here());
  write(typed.length || step !== undefined ? [...others, [here(), { by: acting() ?? "", typed, step, isCarried }]] : others);
}

function putBack() {
  const { by, typed, step } = kept()[here()] ?? {};
  if (!typed || (by && by !== account())) return;
  write(Object.entries(kept()).filter(([page]) => page !== here()));
  // On an entry of its own, so that Back leads to the step before.
  if (step !== undefined && history.state?.step === undefined) history.pushState({ ...history.state, step }, "");
  const waiting = new Map(typed);
  const observer = new MutationObserver(() => fillIn());
  const fillIn = () => {
    for (const [id, value] of waiting) if (put(document.getElementById(id), value)) waiting.delete(id);
    if (!waiting.size) observer.disconnect();
  };
  // What a script makes of the API's answers, and the choices of a list, are there only then.
  observer.observe(document.querySelector("main"), { childList: true, subtree: true });
  fillIn();
}

/** Whether the control is there and can hold the value. */
function put(control, value) {
  if (!control) return false;
  if (control.matches("select") && ![...control.options].some((option) => option.value === value)) return false;
  if (isRadio(control)) control.checked = value;
  else control.value = value;
  control.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/** By the pages' addresses. */
function kept() {
  try {
    return JSON.parse(tab.read(TYPED)) ?? {};
  } catch {
    return {};
  }
}

function write(entries) {
  tab.write(TYPED, entries.length ? JSON.stringify(Object.fromEntries(entries)) : null);
}

function isTyped(control) {
  if (control.matches("select")) return [...control.options].some((option) => option.selected !== option.defaultSelected);
  return isRadio(control) ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;
}

const valueIn = (control) => (isRadio(control) ? control.checked : control.value);

const isRadio = (control) => control.matches("[type=radio]");

/** The page's address without its language. */
const here = () => withoutLanguage(location.pathname);
