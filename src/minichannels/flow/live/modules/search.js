// The bar above the drawing: search, one connection, hold, clear.

import { html } from "./nodes.js";
import { olderThan } from "./before.js";
import { rowless } from "./others.js";
import { query } from "./query.js";

const HINT = "Search: text, -without, /regex/, type: client: path: group: status: ms:>100";

/** What narrows down a view, and holds it still. */
export class Search {
  constructor(view) {
    this.view = view;
    this.input = html("input", { type: "search", placeholder: HINT, "aria-label": HINT });
    this.input.addEventListener("input", () => this.search());
    this.only = this.button("", () => view.follow(0));
    this.hold = this.button("Hold", () => view.hold(!view.held));
    this.hold.title = "Show nothing new until you go on";
    this.clear = this.button("Clear", () => view.clear());
    this.found = html("span", { class: "found", role: "status", "aria-live": "polite" });
    this.input.value = view.model.get("search") ?? "";
    if (this.input.value) this.parse();
    const parts = [this.input, this.only, this.hold, this.clear, view.rules.chip, view.before.chip, view.others.chip, this.found];
    const attributes = { class: "bar search", role: "search", "aria-label": "Events" };
    this.element = html("div", attributes, ...parts);
  }

  button(words, act) {
    const element = html("button", { type: "button", class: "chip" }, words);
    element.addEventListener("click", act);
    return element;
  }

  search() {
    this.parse();
    this.view.model.set("search", this.input.value);
    this.view.refilter();
    this.view.others.search();
  }

  /** Search for nothing any more, and then in all connections; what is looked at stays. */
  end() {
    const { input, view } = this;
    if (!input.value) return view.filters.connection && view.follow(0);
    const words = `Search for “${input.value}” ended`;
    input.value = "";
    this.search();
    view.tell(words);
  }

  parse() {
    const { filters } = this.view;
    this.wrong = "";
    try {
      filters.matches = this.input.value.trim() ? query(this.input.value, (words) => (this.wrong = words)) : null;
    } catch (error) {
      this.wrong = error.message; // a pattern that is not finished yet
    }
  }

  draw() {
    const { view } = this;
    const { filters } = view;
    this.only.hidden = !filters.connection;
    this.only.textContent = `only ${view.nameOf(filters.connection)} ✕`;
    this.hold.textContent = view.held ? "Go on" : "Hold";
    this.hold.setAttribute("aria-pressed", String(view.held));
    this.clear.textContent = filters.after ? "Show earlier" : "Clear";
    const some = filters.matches || filters.connection || filters.after;
    const many = view.listed.length;
    const found = `${many} ${many === 1 ? "event" : "events"}`;
    const words = this.wrong || (some ? [found, this.beyond()].filter(Boolean).join("; ") : "");
    if (this.found.textContent !== words) this.found.textContent = words;
  }

  /** Return where was not searched, of what has happened. */
  beyond() {
    const { state, filters } = this.view;
    if (state.is_whole === false) return filters.after ? "" : olderThan(state);
    const many = !this.view.others.isOpen && rowless(state, filters.after);
    return many ? `${many} without a row not searched` : "";
  }
}
