// Bookmarks: events to come back to, for as long as the page is open.

import { svg } from "./nodes.js";
import { called } from "./state.js";

/** Return the sign of a bookmark, of a size of 8, to be placed anywhere. */
export function star(attributes = {}) {
  const d = "M4 .3l1.1 2.5 2.7.3-2 1.8.6 2.7L4 6.2 1.6 7.6l.6-2.7-2-1.8 2.7-.3z";
  return svg("path", { d, class: "star", ...attributes });
}

/** The bookmarks of a view, by the events' numbers. */
export class Bookmarks {
  constructor(view) {
    this.view = view;
    this.numbers = new Set();
  }

  has(number) {
    return this.numbers.has(number);
  }

  /** The steps that have one, for who looks at the lanes or at the scrubber. */
  get steps() {
    const { events } = this.view;
    return new Set([...this.numbers].map((number) => events.get(number)?.row));
  }

  /** Mark an event, or mark it no more. */
  toggle(number) {
    const { view, numbers } = this;
    if (!view.events.has(number)) return;
    const gone = numbers.delete(number);
    if (!gone) numbers.add(number);
    view.tell(`${called(number)} ${gone ? "has no bookmark any more" : "bookmarked"}`);
    view.draw();
  }

  /** Go to the next bookmark, or with -1 to the former one. */
  go(by) {
    const { view } = this;
    const next = neighbour(this.kept(), view.current, by);
    if (next === undefined) return view.tell("There are no bookmarks; B sets one");
    view.pick(view.events.get(next));
    view.tell(`Bookmark ${this.kept().indexOf(next) + 1} of ${this.kept().length}`);
  }

  /** Return those that are still there and pass the filters, in order. */
  kept() {
    const { listed } = this.view;
    return listed.map(({ no }) => no).filter((no) => this.has(no));
  }
}

/** Return the number after another one, or before it; round and round. */
export function neighbour(numbers, from, by) {
  const sorted = numbers.toSorted((a, b) => by * (a - b));
  return sorted.find((number) => by * (number - from) > 0) ?? sorted[0];
}
