// What is seen of a state: the steps and the events that pass the filters.

import { noFilters } from "./chips.js";
import { exchangesOf } from "./exchanges.js";
import { indexOf, passer, passing, shades, tops } from "./rows.js";
import { byNumber, lostSteps, opensAt } from "./state.js";

const MANY = 8;

/** A state, through filters, up to a step. */
export class Sight {
  constructor(state, follows) {
    this.filters = noFilters();
    // What was chosen for the lanes holds for all who look at them; one may have come since.
    this.filters.websockets = Boolean(state.strip?.websockets);
    this.chosen = [];
    this.selected = 0;
    this.detailsFollow = false;
    this.follows = follows;
    this.open(state);
  }

  /** Look first at what a reader wants to see first. */
  open(state) {
    // Who opens the page of what runs wants to see what comes, and in a notebook
    // what was lost. Whoever looks at the newest step goes on to see what comes.
    this.following = this.follows || !lostSteps(state).length;
    this.step = this.opening = opensAt(state);
  }

  /** Look at a state, the first one or a later one. */
  see(state) {
    if (this.state?.strip !== state.strip) this.chosen = state.strip.chosen ?? [];
    this.state = state;
    this.events = byNumber(state.events);
    this.exchanges = exchangesOf(state.events);
    this.lost = new Set(lostSteps(state));
    this.last = state.events.reduce((last, event) => Math.max(last, event.no), 0);
    this.filter();
    // Of a long flow that is over, the newest steps come before all others.
    if (!state.grows && this.step === this.opening) this.open(state);
    if (!this.following) return;
    this.step = this.shown.at(-1)?.n ?? 0;
    // Who has gone to the end with open details wants them to tell of what comes.
    if (this.selected && this.detailsFollow) this.selected = this.main?.no ?? 0;
  }

  filter() {
    const { state, filters, exchanges } = this;
    this.shown = passing(state, filters, exchanges);
    this.tops = tops(this.shown);
    this.shades = shades(this.shown);
    const isFolded = ({ folds }, event) => folds?.(event, exchanges.get(event.connection));
    this.folded = state.events.filter((event) => isFolded(filters, event)).length;
    const passes = passer(filters, exchanges);
    const kept = new Set(this.shown.map((row) => row.n));
    this.listed = state.events.filter((event) => kept.has(event.row) && (filters.lost || passes(event)));
  }

  get at() {
    return indexOf(this.shown, this.step);
  }

  get isAtEnd() {
    return this.at >= this.shown.length - 1;
  }

  /** Whether there are more connections than lanes can show. */
  get isBusy() {
    return new Set(this.state.events.map((event) => event.connection)).size > MANY;
  }

  /** Return what a connection is called. */
  nameOf(connection) {
    const known = this.state.events.find((event) => event.connection === connection);
    // A mailbox that nobody is known to read has no client, and sends nothing.
    if (!known?.client) return (known?.kind === "deliver" ? known.to : known?.from) ?? "";
    // A browser asks for pages beside its WebSocket.
    const isOther = ({ client, http }) => client === known.client && http !== known.http;
    const kind = known.http ? "HTTP" : "WebSocket";
    return this.state.events.some(isOther) ? `${known.client} (${kind})` : known.client;
  }
}
