// The steps of a view: from one to another, and to single events.

import { olderThan } from "./before.js";
import { animate } from "./motion.js";
import { Sight } from "./sight.js";
import { chain, eventsOf, lossAfter, losses } from "./state.js";

const MOST_COLUMNS = 4;

/** Goes from step to step; a view draws what is seen there. */
export class Walk extends Sight {
  move(index, animated = false) {
    const before = this.at;
    const row = this.shown[Math.max(0, Math.min(index, this.shown.length - 1))];
    if (row) this.goTo(row.n);
    if (animated && this.at === before + 1) this.animate(row);
  }

  /** Go on by as much as the window shows, or back with -1; a board is moved. */
  page(by) {
    if (this.panel === this.board) return this.drawing.scrollBy(0, by * this.drawing.clientHeight);
    const room = this.drawing.clientHeight - this.panel.stuck.offsetHeight;
    const many = by * Math.max(Math.floor(room / this.panel.usual) - 1, 1);
    if (this.tab === "list") this.list.move(many);
    else this.move(this.at + many);
  }

  animate(row) {
    if (this.tab !== "lanes") return;
    const speed = this.player.playing ? this.player.speed : 2;
    animate(this.lanes.sliceOf(row), row, speed, this.state.envelope);
  }

  /** Go to a step; where one event was looked at, it is the step's now. */
  goTo(step) {
    this.step = step;
    this.following = this.detailsFollow = this.isAtEnd;
    if (this.selected) this.selected = this.main?.no ?? 0;
    this.draw();
  }

  /** Go to what was lost next, each of a step, also where it is folded. */
  toNextLost() {
    const found = losses(this.listed);
    const next = lossAfter(found, this.place);
    if (!next) return this.tell(noneLost(this.state));
    if (this.tab === "list") this.list.unfold(next);
    const drawn = eventsOf(this.events, this.shown.find(({ n }) => n === next.row));
    const isMain = drawn.find(({ lost }) => lost) === next && !this.selected;
    // It stays there, also where more comes all the time.
    this.pick(next, isMain ? 0 : next.no);
    this.unfolding.tellOf(next, `loss ${found.indexOf(next) + 1} of ${found.length}`);
  }

  /** What one looks at; before a step of which nothing lost is seen. */
  get place() {
    const event = this.events.get(this.current);
    const isLooked = event?.row === this.step && (this.selected || event.lost);
    return isLooked ? event : { row: this.step, no: -Infinity };
  }

  /** Look at an event of the list; with 0, at its step. */
  pick(event, number = event.no) {
    this.player.pause();
    this.step = event.row;
    this.following = false;
    this.select(number);
  }

  /** Look at an event of a step, or at what the step is about. */
  pointTo(step, number) {
    this.player.pause();
    this.focus();
    this.step = step;
    this.following = false;
    if (this.events.has(number)) this.select(number);
    else this.why();
  }

  /** What a step is about: what was lost, or the first; in a list the last of many. */
  get main() {
    const row = this.shown[this.at];
    const events = eventsOf(this.events, row);
    const lost = events.find((event) => event.lost);
    const isLong = row?.k && this.tab === "list";
    const last = isLong && (this.following || !lost) && this.listed.findLast((event) => event.row === row.n);
    return last || lost || events[0];
  }

  /** The number of what is selected, or else of the step's main event. */
  get current() {
    return this.selected || (this.main?.no ?? 0);
  }

  /** Tell why the step's main event happened: what was lost, if anything. */
  why() {
    this.selected = 0;
    this.select(this.current);
  }

  select(number) {
    this.selected = number;
    this.detailsFollow = false; // they stay there while one reads
    this.unfolding.reach(number);
    this.draw();
  }

  /** Show what passes the filters by now; what does not is looked at no more. */
  refilter() {
    this.filter();
    if (!this.listed.some(({ no }) => no === this.selected)) this.selected = 0;
    // What is chosen keeps its place; who follows is at the end of what is shown now.
    this.following &&= !this.selected;
    if (this.following) this.step = this.shown.at(-1)?.n ?? 0;
    this.tell(""); // which loss it was of how many, say
    this.draw();
  }

  /** Leave out all that has happened, or show it again. */
  clear() {
    this.filters.after = this.filters.after ? 0 : this.state.rows.at(-1)?.n ?? 0;
    if (this.filters.after) Object.assign(this, { selected: 0, following: true });
    this.refilter();
  }

  /** Show one connection alone, in its own columns; with 0, all of them. */
  follow(connection) {
    this.filters.connection = connection;
    this.choose(connection ? [connection] : []);
    this.refilter();
  }

  /** Return the connections of the selected event, and of what led to it. */
  concerned() {
    const { connection } = this.filters;
    if (connection) return [connection]; // nobody else has rows
    const numbers = chain(this.events, this.selected);
    const act = this.state.events.filter(({ cause }) => cause && numbers.includes(cause));
    const found = numbers.reverse().map((n) => this.events.get(n)?.connection);
    found.push(...act.map(({ connection }) => connection));
    return [...new Set(found)].filter(Boolean).slice(0, MOST_COLUMNS);
  }

  /** Go to an event, wherever it is. */
  visit(number) {
    const { row } = this.events.get(number);
    if (this.shown.some(({ n }) => n === row)) this.step = Math.max(this.step, row);
    this.focus();
    this.select(number);
  }
}

/** Say that no loss is shown; what was lost before may be the one that is sought. */
function noneLost(state) {
  const { lost_out: before } = state;
  const words = "nothing lost is shown";
  if (state.is_whole === false) return `${words} yet; ${olderThan(state)}`;
  return before ? `${words}; ${before} of the older events, which are left out, ${before > 1 ? "were" : "was"}` : words;
}
