// The tabs: one for each drawing that has something to show.

import { html } from "./nodes.js";

// Where a key leads from one of so many tabs.
const GOES = {
  ArrowLeft: (at, many) => (at + many - 1) % many,
  ArrowRight: (at, many) => (at + 1) % many,
  Home: () => 0,
  End: (at, many) => many - 1,
};

/** The tabs of a view: the Tab key stops at the chosen one, arrows go on from it. */
export class Tabs {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "tabs", role: "tablist", "aria-label": "Drawing" });
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  draw() {
    const { view } = this;
    const { tabs } = view.state;
    if (this.element.childElementCount !== Object.keys(tabs).length)
      this.element.replaceChildren(...Object.entries(tabs).map((tab) => this.tab(...tab)));
    for (const tab of this.element.children) {
      const isChosen = tab.dataset.tab === view.tab;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
  }

  tab(name, words) {
    const tab = html("button", { type: "button", role: "tab", "data-tab": name }, words);
    tab.addEventListener("click", ({ detail }) => {
      this.view.show(name);
      // Whoever has clicked goes on with the steps; who has pressed Enter, with the tabs.
      if (detail) this.view.focus();
    });
    return tab;
  }

  /** Choose another tab by a key: to a view its arrows mean steps. */
  pressed(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (!GOES[key] || altKey || ctrlKey || metaKey || shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...this.element.children];
    const tab = all[GOES[key](all.indexOf(event.target), all.length)];
    this.view.show(tab.dataset.tab);
    tab.focus();
  }
}
