// @ts-check
// The tabs pattern: arrow keys move between the tabs, and the chosen one shows its panel.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Makes a tablist work and shows its first panel; `onShow` is told the panel's id each time one is shown. */
export function startTabs(list, onShow) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const panelOf = (tab) => list.parentElement.querySelector(`#${CSS.escape(tab.getAttribute("aria-controls"))}`);

  function show(chosen) {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
    onShow(panelOf(chosen));
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { Home: 0, End: tabs.length - 1 }[event.key] ?? (event.key in STEPS ? (at + STEPS[event.key] + tabs.length) % tabs.length : at);
    if (to === at || at < 0) return;
    event.preventDefault();
    tabs[to].focus();
    show(tabs[to]);
  });
  show(tabs[0]);
}
