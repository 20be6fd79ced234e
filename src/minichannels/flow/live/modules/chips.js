// The filters: whom, which groups, which type, and what was lost.

import { html } from "./nodes.js";

const MOST = 8;
const ALL = { folds: null, unfolded: false, matches: null, connection: 0, after: 0 };

/** Return filters that let everything pass. */
export function noFilters() {
  return { clients: new Set(), groups: new Set(), type: "", lost: false, websockets: false, ...ALL };
}

/** The chips of a view, one for each name that occurs. */
export class Chips {
  constructor(view) {
    this.view = view;
    this.element = html("div", {
      class: "chips",
      role: "group",
      "aria-label": "Filters",
      style: "display:contents",
    });
  }

  draw() {
    const { events } = this.view.state;
    const { filters } = this.view;
    const values = (name) => [...new Set(events.map((event) => event[name]))].filter(Boolean);
    const [everybody, groups, types] = ["client", "group", "type"].map(values);
    // Of many, those with a WebSocket have a chip.
    const open = new Set(events.filter((event) => !event.http).map((event) => event.client));
    const clients = everybody.toSorted((a, b) => open.has(b) - open.has(a));
    const both = events.some((event) => event.http) && events.some((event) => !event.http);
    const users = new Map(events.filter(({ user }) => user).map((e) => [e.client, ` (${e.user})`]));
    const key = JSON.stringify([clients, groups, types, both, [...users]]);
    if (key === this.key) return;
    this.key = key;
    this.element.replaceChildren(
      ...clients.slice(0, MOST).map((name) => this.hider(filters.clients, name, users.get(name))),
      ...groups.slice(0, MOST).map((name) => this.hider(filters.groups, name)),
      this.types(types),
      ...(both ? [this.onlyWebsockets()] : []),
      this.onlyLost(),
    );
  }

  chip(words, pressed, act) {
    const attributes = { type: "button", class: "chip", title: words };
    const element = html("button", { ...attributes, "aria-pressed": String(pressed) }, words);
    element.addEventListener("click", () => {
      const now = element.getAttribute("aria-pressed") !== "true";
      element.setAttribute("aria-pressed", String(now));
      act(now);
      this.view.refilter();
    });
    return element;
  }

  /** Return the chip of a name; while it is not pressed, the name is hidden. */
  hider(hidden, name, more = "") {
    const act = (on) => (on ? hidden.delete(name) : hidden.add(name));
    return this.chip(name + more, !hidden.has(name), act);
  }

  types(names) {
    const { filters } = this.view;
    const choice = html("select", { class: "chip", "aria-label": "Type" });
    choice.append(html("option", { value: "" }, "any type"));
    for (const name of names) choice.append(html("option", { value: name }, name));
    choice.value = filters.type;
    choice.addEventListener("change", () => {
      filters.type = choice.value;
      this.view.refilter();
    });
    return choice;
  }

  onlyWebsockets() {
    const { view } = this;
    return this.chip("WebSockets only", view.filters.websockets, (on) => {
      view.filters.websockets = on;
      view.choose(view.chosen);
    });
  }

  onlyLost() {
    const { filters } = this.view;
    const only = this.chip("only lost", filters.lost, (on) => {
      filters.lost = on;
    });
    only.classList.add("only");
    return only;
  }
}
