// What a search finds among events that have no row: the oldest, and of too many at once.
//
// A view has the newest steps alone. Whoever keeps the journal tells of all else when
// it is asked, and what is searched for is looked for here, as in the rows.

import { exchangesOf } from "./exchanges.js";
import { timeOf } from "./listrow.js";
import { html } from "./nodes.js";
import { inLines, pretty } from "./pretty.js";
import { passer } from "./rows.js";

const MOST_FOUND = 200; // of so many that are found, the newest, there is a line

/** Return how many events were too many at once to be told, of those after a step. */
export function untold({ rows, events }, after = 0) {
  const later = rows.filter(({ n }) => n > after);
  const all = later.reduce((sum, row) => sum + row.k + row.e.length, 0);
  return all - events.filter(({ no, row }) => no > 0 && row > after).length;
}

/** Return how many events have no row: older ones, and of too many at once. */
export function rowless(state, after = 0) {
  return untold(state, after) + (after ? 0 : state.left_out);
}

/** Return those of the others that pass the filters, as rows of them would. */
export function foundAmong(others, events, filters) {
  const exchanges = exchangesOf([...others, ...events].sort((a, b) => a.no - b.no));
  const after = filters.after || -1; // the oldest are of no step: of number 0
  return others.filter(passer({ ...filters, after }, exchanges));
}

/** What was found there, below a button that asks for it. */
export class Others {
  constructor(view) {
    this.view = view;
    this.chip = html("button", { type: "button", class: "chip", "aria-expanded": "false" });
    this.chip.addEventListener("click", () => (this.isOpen ? this.close() : this.ask()));
    this.words = html("p", { role: "status" });
    this.lines = html("ol", { "aria-label": "Found among events without a row" });
    this.element = html("div", { class: "without", hidden: "", tabindex: "0" });
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.others = null;
  }

  /** Begin anew: another server has other events. */
  forget() {
    this.others = null;
    if (this.isOpen) this.open(false);
  }

  ask() {
    this.others = null;
    this.open(true);
    this.words.textContent = "Asked for all that is kept…";
    this.lines.replaceChildren();
    this.element.focus();
    this.view.model.send({ type: "others", others: true });
  }

  close() {
    this.forget();
    this.chip.focus();
  }

  open(shown) {
    this.element.hidden = !shown;
    this.element.replaceChildren(...(shown ? [this.words, this.lines] : []));
    this.chip.setAttribute("aria-expanded", String(shown));
    this.view.search.draw();
    this.draw();
  }

  pressed(event) {
    const isTwist = event.target.matches("summary") && ["Enter", " "].includes(event.key);
    if (event.key === "Escape") this.close();
    if (event.key === "Escape" || isTwist) event.stopPropagation();
  }

  /** Take in what was asked for. */
  take(others) {
    if (!this.isOpen) return; // nobody waits for it any more
    this.others = others;
    this.search();
  }

  /** Look through what is there, for what is searched for by now. */
  search() {
    const { others, view } = this;
    if (!this.isOpen || !others) return;
    const found = foundAmong(others, view.state.events, view.filters);
    const many = found.length > MOST_FOUND ? `${found.length}, of which the newest ${MOST_FOUND} stand here,` : found.length;
    this.words.textContent = `${many} of ${others.length} events without a row, as they were when asked for.`;
    this.lines.replaceChildren(...found.slice(-MOST_FOUND).reverse().map(foundLine));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  draw() {
    const { view: { state, filters }, isOpen } = this;
    const many = rowless(state, filters.after);
    this.chip.hidden = !isOpen && !(many && filters.matches && state.is_whole !== false);
    const words = isOpen ? "found without a row ✕" : `search ${many} without a row, too`;
    if (this.chip.textContent !== words) this.chip.textContent = words;
  }
}

function foundLine({ no, at, from, to, type, group, fate, status, short, payload }) {
  const time = at === null ? "" : ` ${timeOf(at)} s`;
  const who = `${time} ${from}${to && ` → ${to}`} `;
  const said = [fate, status || "", group, short].filter(Boolean).join(" ");
  const head = html("summary", {}, html("b", {}, String(no)), who, html("b", {}, type), ` ${said}`);
  return html("li", {}, html("details", {}, head, html("pre", {}, pretty(payload, inLines))));
}
