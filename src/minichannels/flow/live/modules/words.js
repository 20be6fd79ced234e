// The words around the drawing: what happened in this step, and the foot.

import { olderThan } from "./before.js";
import { knowsLines } from "./editor.js";
import { html } from "./nodes.js";
import { untold } from "./others.js";
import { eventsOf } from "./state.js";

const KEYS = [
  [["Space"], "play or pause"],
  [["←", "→"], "step"],
  [["X"], "next lost"],
  [["Enter"], "why"],
  [["B"], "bookmark"],
  [["N", "P"], "next, previous one"],
  [["C"], "copy payload"],
  [["/"], "search"],
  [["F"], "show what is folded"],
  [["Esc"], "all events again"],
];

const NOTHING = "Nothing has happened yet.";
const UNSEEN = "Nothing that passes the filters has happened up to here.";
const UNTOLD = "Nothing that passes the filters is here yet";

const EACH = 3_000; // milliseconds between what is spoken of what comes by itself

/** What is said of the step, also to who does not see the drawing. */
export class Says {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "says" });
    this.spoken = html("div", { class: "spoken", role: "status", "aria-live": "polite" });
    this.timer = 0;
  }

  draw() {
    const row = this.view.shown[this.view.at];
    const events = eventsOf(this.view.events, row);
    const lost = events.filter((event) => event.lost);
    const picked = this.view.events.get(this.view.selected);
    const main = picked?.row === row?.n ? picked : this.view.main;
    const words = this.words(row, main, lost.length);
    const text = words.map((w) => w.textContent ?? w).join("");
    this.element.classList.toggle("lost", Boolean(main?.lost));
    // Said again only if it is something else.
    if (this.element.textContent === text) return;
    this.element.replaceChildren(...words);
    this.speak();
  }

  /** Have it read aloud; of all that comes by itself, what is the newest every few seconds. */
  speak() {
    const { following, list } = this.view;
    const text = this.element.textContent;
    if (!following) this.rest();
    if (this.timer || (!following && list.hasFocus)) return; // a row of its own is read
    this.spoken.textContent = text;
    if (following) this.timer = setTimeout(() => this.again(text), EACH);
  }

  again(text) {
    this.rest();
    if (this.element.textContent !== text) this.speak();
  }

  rest() {
    clearTimeout(this.timer);
    this.timer = 0;
  }

  words(row, main, lost) {
    const folded = row?.k && this.view.tab !== "list"
      ? [html("b", {}, `${row.k + row.e.length} events at once, folded.`), " "]
      : [];
    if (!main) return row?.k ? folded : [this.unseen()];
    const marked = this.view.bookmarks.has(main.no) ? " ★ bookmarked" : "";
    const others = main.lost && lost > 1 ? ` and ${lost - 1} more` : "";
    const more = main.more ? `: ${main.more}` : "";
    const name = `${main.no > 0 ? main.no : ""} ${main.fate}`.trim();
    return [...folded, html("b", {}, name), ` ${main.says}${more}${others}${marked}`];
  }

  /** Return why nothing is said of an event: of those in the list all may be later. */
  unseen() {
    const { state, filters, listed, tab } = this.view;
    if (!state.rows.length) return NOTHING;
    if (state.is_whole === false && !filters.after) return `${UNTOLD}: ${olderThan(state)}.`;
    const later = tab === "list" ? listed.length : 0;
    if (!later) return UNSEEN;
    return `${UNSEEN.slice(0, -1)}; ${later} later ${later === 1 ? "does" : "do"}: → or End goes there.`;
  }
}

/** The foot: the keys, and how much is shown. */
export class Foot {
  constructor(view) {
    this.view = view;
    this.where = html("span");
    const keys = KEYS.map(([names, words]) => this.key(names, words));
    this.code = this.key(["O"], "open its line of code");
    keys.splice(-3, 0, this.code);
    this.sideways = this.key(["Shift ←", "→"], "sideways");
    keys.splice(2, 0, this.sideways);
    this.done = html("span", { class: "done", role: "status", "aria-live": "polite" });
    const parts = [html("span", { class: "keys" }, ...keys), this.done, this.where];
    this.element = html("div", { class: "foot" }, ...parts);
  }

  key(names, words) {
    const each = names.flatMap((key) => [html("kbd", {}, key), " "]);
    return html("span", { class: "key" }, ...each, words);
  }

  /** Say what was done. */
  tell(words) {
    this.done.textContent = words;
  }

  draw() {
    const { view } = this;
    const { rows, events, lost_out: lostOut } = view.state;
    this.code.hidden = !knowsLines(events);
    this.sideways.hidden = view.drawing.scrollWidth <= view.drawing.clientWidth;
    const hidden = rows.length - view.shown.length;
    const { after } = view.filters; // what was before Clear is left out
    const ofLanes = () => rows.reduce((sum, { n, k }) => sum + (n > after ? k : 0), 0);
    const folded = view.tab === "list" ? untold(view.state, after) : ofLanes();
    const parts = [`step ${view.at + 1} of ${view.shown.length}`];
    if (hidden) parts.push(`${hidden} hidden by filters`);
    const kept = view.tab === "list" ? "without a row" : "folded";
    if (folded) parts.push(`${folded} events ${kept}: too many at once`);
    const older = olderThan(view.state);
    if (older) parts.push(older + (lostOut ? `, ${lostOut} of them lost` : ""));
    if (view.following && view.state.grows) parts.push("following");
    if (view.held) parts.push("held");
    this.where.textContent = parts.join(" · ");
  }
}
