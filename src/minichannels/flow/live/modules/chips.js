// The filters: whom, which groups, which type, and what was lost.

import { html } from "./nodes.js";

const MOST = 8;
// Groups by which the library itself reaches a user's sockets: minichannels.auth.closing.
const OF_LIBRARY = /^auth\.(users?\.|opening$)/;
const ALL = { folds: null, unfolded: false, matches: null, connection: 0, after: 0 };

/** Return filters that let everything pass. */
export function noFilters() {
  return { clients: new Set(), groups: new Set(), type: "", lost: false, websockets: false, ...ALL };
}

/** Return what chips were set to by another view, or before its page was loaded again. */
export function setBefore(text) {
  let set = {};
  try {
    set = JSON.parse(text || "{}") ?? {};
  } catch {
    // Somebody has changed the address.
  }
  const { clients, groups, type, lost } = set;
  const names = (found) => new Set(Array.isArray(found) ? found.map(String) : []);
  return { clients: names(clients), groups: names(groups), type: String(type ?? ""), lost: lost === true };
}

/** Return what chips are set to; nothing if all is shown. */
function setNow({ clients, groups, type, lost }) {
  const isSet = clients.size || groups.size || type || lost;
  return isSet ? JSON.stringify({ clients: [...clients], groups: [...groups], type, lost }) : "";
}

/** The chips of a view, one for each name that occurs. */
export class Chips {
  constructor(view) {
    this.view = view;
    Object.assign(view.filters, setBefore(view.model.get("chips")));
    this.element = html("div", {
      class: "chips",
      role: "group",
      "aria-label": "Filters",
    });
  }

  draw() {
    const { events, strip } = this.view.state;
    const { filters } = this.view;
    const values = (name) => [...new Set(events.map((event) => event[name]))].filter(Boolean);
    const [everybody, types] = ["client", "type"].map(values);
    const groups = busiest(events, filters.groups);
    const both = events.some((event) => event.http) && events.some((event) => !event.http);
    const users = new Map(events.filter(({ user }) => user).map((e) => [e.client, ` (${e.user})`]));
    // Of many, those have a chip who are hidden, who have columns, and then who have a WebSocket.
    const open = new Set(events.filter((event) => !event.http).map((event) => event.client));
    const worth = (name) => 4 * filters.clients.has(name) + 2 * Boolean(strip.own?.includes(name)) + open.has(name);
    const lanes = laneOf(everybody, open, strip);
    const few = everybody.toSorted((a, b) => worth(b) - worth(a)).slice(0, MOST);
    const clients = inLanes(few, lanes, strip);
    const others = everybody.length - few.length;
    const kinds = clients.map((name) => kindOf(lanes.get(name)));
    const key = JSON.stringify([clients, kinds, others, groups, types, both, [...users]]);
    if (key !== this.key) {
      this.key = key;
      const focused = nameOf(this.element.querySelector(":focus"));
      this.element.replaceChildren(
        ...clients.flatMap((name, index) => [
          ...(kinds[index] === (kinds[index - 1] ?? "") ? [] : [this.lane(kinds[index])]),
          this.hider(filters.clients, name, users.get(name)),
        ]),
        ...(others ? [html("span", { class: "lane" }, `and ${others} ${others > 1 ? "others" : "other"}`)] : []),
        ...groups.map((name) => this.hider(filters.groups, name)),
        this.types(types),
        ...(both ? [this.onlyWebsockets()] : []),
        this.onlyLost(),
      );
      // Whoever has just gone to a chip is not thrown out of it.
      if (focused) [...this.element.children].find((chip) => nameOf(chip) === focused)?.focus();
    }
    for (const words of strip.shared ?? [])
      for (const lane of this.element.querySelectorAll(`[data-lane="${kindOf(words)}"]`))
        lane.textContent = `${words}:`;
  }

  /** Return what stands before the chips of those who share a lane. */
  lane(kind) {
    return html("span", { class: "lane", "data-lane": kind });
  }

  chip(words, pressed, act) {
    const attributes = { type: "button", class: "chip", title: words };
    const element = html("button", { ...attributes, "aria-pressed": String(pressed) });
    element.append(html("span", {}, words)); // of a long name, the beginning
    element.addEventListener("click", () => {
      const now = element.getAttribute("aria-pressed") !== "true";
      element.setAttribute("aria-pressed", String(now));
      act(now);
      this.apply();
    });
    return element;
  }

  /** Show what passes by now; it stays so in other views, and when a page is loaded again. */
  apply() {
    const { view } = this;
    view.model.set("chips", setNow(view.filters));
    view.refilter();
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
    // What was chosen before may not have happened again so far.
    for (const name of new Set([...names, filters.type].filter(Boolean))) choice.append(html("option", { value: name }, name));
    choice.value = filters.type;
    choice.addEventListener("change", () => {
      filters.type = choice.value;
      this.apply();
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

/** Return the head of the lane of each client that has no columns of its own. */
export function laneOf(clients, open, { own = [], shared = [] }) {
  const others = clients.filter((name) => !own.includes(name));
  const found = (name) => shared.find((words) => open.has(name) !== (kindOf(words) === "request"));
  return new Map(others.map((name) => [name, found(name) ?? shared[0] ?? ""]));
}

/** Return the groups of events; of many, the hidden ones, the project's own, and those in which most happens. */
export function busiest(events, hidden = new Set()) {
  const times = new Map();
  for (const { group } of events) if (group) times.set(group, (times.get(group) ?? 0) + 1);
  const worth = (name) => (hidden.has(name) ? Infinity : OF_LIBRARY.test(name) ? 0 : times.get(name));
  const ranked = [...times.keys()].sort((a, b) => worth(b) - worth(a) || times.get(b) - times.get(a));
  const [own, others] = [false, true].map((of) =>
    ranked.slice(0, MOST).filter((name) => OF_LIBRARY.test(name) === of).sort(),
  );
  return [...own, ...others];
}

/** Sort clients as they stand in the picture: with columns, and by their lanes. */
export function inLanes(clients, lanes, { own = [], shared = [] }) {
  const place = (name) => (own.includes(name) ? own.indexOf(name) : own.length + shared.indexOf(lanes.get(name)));
  return clients.toSorted((a, b) => place(a) - place(b));
}

function kindOf(words = "") {
  return words.replace(/^\d+ /, "").replace(/s$/, "");
}

function nameOf(chip) {
  return chip?.title || chip?.ariaLabel || "";
}
