// The tabs: one for each drawing that has something to show.

import { html } from "./nodes.js";

/** The tabs of a view. */
export class Tabs {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "tabs", role: "tablist", "aria-label": "Drawing" });
  }

  draw() {
    const { view } = this;
    const { tabs } = view.state;
    if (!(view.tab in tabs)) view.tab = "lanes";
    if (this.element.childElementCount !== Object.keys(tabs).length)
      this.element.replaceChildren(...Object.entries(tabs).map((tab) => this.tab(...tab)));
    for (const tab of this.element.children)
      tab.setAttribute("aria-selected", String(tab.dataset.tab === view.tab));
  }

  tab(name, words) {
    const tab = html("button", { type: "button", role: "tab", "data-tab": name }, words);
    tab.addEventListener("click", () => this.view.show(name));
    return tab;
  }
}
