// Why there is nothing to be seen: what is searched for, and which filters are on.

import { olderThan } from "./before.js";
import { html } from "./nodes.js";
import { untold } from "./others.js";

/** Return what stands where no row does; nothing if there is one. */
export function whyNothing(view) {
  const { state, shown, listed, at, tab } = view;
  if (tab === "list" ? listed.length : at >= 0) return "";
  const soFar = state.grows ? " so far" : "";
  const sought = view.search.input.value.trim();
  const others = filtersOn(view);
  if (!state.rows.length) return notYet(state, sought, others);
  const begins = sought ? `Nothing matches “${sought}”` : "Nothing passes the filters";
  const beside = others.length ? ` ${sought ? "Filters too" : "Filters"}: ${others.join("; ")}.` : "";
  const unseen = unseenOf(state, view.filters.after);
  if (!shown.length) return `${begins}${soFar}${unseen && ` (${unseen})`}.${beside}`;
  return `${begins} up to this step; ${shown.length} later do: → or End goes there.${beside}`;
}

/** Return what of all that has happened no row can tell of. */
function unseenOf(state, after) {
  const many = untold(state, after);
  return [!after && olderThan(state), many && `${many} without a row`].filter(Boolean).join("; ");
}

/** Return what is said before anything has happened: what is waited for. */
function notYet({ grows }, sought, others) {
  if (!grows) return "Nothing has happened.";
  const meant = [sought && `matches “${sought}”`, others.length && `passes the filters (${others.join("; ")})`];
  const which = meant.filter(Boolean).join(" and ");
  return `Nothing has happened yet; what comes${which && ` and ${which}`} is shown here.`;
}

/** Return the filters that are on beside the search, as a person says them. */
function filtersOn(view) {
  const { filters, folded } = view;
  const without = [...filters.clients, ...filters.groups].join(", ");
  return [
    filters.connection && `only ${view.nameOf(filters.connection)}`,
    filters.lost && "only lost",
    filters.websockets && "WebSockets only",
    filters.type && `only ${filters.type}`,
    without && `without ${without}`,
    filters.after && "what was before Clear is left out",
    folded && !filters.unfolded && `${folded} folded by rules, F shows them`,
  ].filter(Boolean);
}

/** The words below the lanes or the list of a view, if these are empty. */
export class Nothing {
  constructor(view) {
    this.view = view;
    this.element = html("p", { class: "empty" });
  }

  draw() {
    const { drawing, lanes, list, panel } = this.view;
    const words = [lanes, list].includes(panel) ? whyNothing(this.view) : "";
    if (!words) return this.element.remove();
    if (this.element.textContent !== words) this.element.textContent = words;
    if (!this.element.isConnected) drawing.append(this.element);
  }
}
