// The steps of a view: from one to another, and to single events.

import { animate } from "./motion.js";
import { Sight } from "./sight.js";
import { eventsOf } from "./state.js";

/** Goes from step to step; a view draws what is seen there. */
export class Walk extends Sight {
  move(index, animated = false) {
    const before = this.at;
    const row = this.shown[Math.max(0, Math.min(index, this.shown.length - 1))];
    if (row) this.goTo(row.n);
    if (animated && this.at === before + 1) this.animate(row);
  }

  animate(row) {
    if (this.tab !== "lanes") return;
    const speed = this.player.playing ? this.player.speed : 2;
    animate(this.lanes.sliceOf(row), row, speed, this.state.envelope);
  }

  /** Go to a step; where one event was looked at, it is the step's now. */
  goTo(step) {
    this.step = step;
    this.following = this.isAtEnd;
    if (this.selected) this.selected = this.main?.no ?? 0;
    this.draw();
  }

  toNextLost() {
    const steps = this.shown.map((row) => row.n).filter((n) => this.lost.has(n));
    const next = steps.find((n) => n > this.step) ?? steps[0];
    if (next !== undefined) this.goTo(next);
  }

  /** Look at an event of the list. */
  pick(event) {
    this.player.pause();
    this.step = event.row;
    this.following = false;
    this.select(event.no);
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
    this.draw();
  }

  /** Go to an event, wherever it is. */
  visit(number) {
    const { row } = this.events.get(number);
    if (this.shown.some(({ n }) => n === row)) this.step = Math.max(this.step, row);
    this.root.focus({ preventScroll: true });
    this.select(number);
  }
}
