// The view: which step is shown, of what, and what one does to change that.

import { Board } from "./board.js";
import { Chips, noFilters } from "./chips.js";
import { Details } from "./details.js";
import { keydown } from "./keys.js";
import { Lanes } from "./lanes.js";
import { animate } from "./motion.js";
import { html } from "./nodes.js";
import { Player } from "./player.js";
import { indexOf, passing, shades, tops } from "./rows.js";
import { byNumber, eventsOf, lostSteps, opensAt } from "./state.js";
import { STYLE } from "./style.js";
import { Tabs } from "./tabs.js";
import { Transport } from "./transport.js";
import { Foot, Says } from "./words.js";

/** A live view; its parts draw what it knows. */
export class View {
  constructor(model) {
    this.model = model;
    this.state = model.get("state");
    this.chosen = [];
    this.filters = noFilters();
    this.tab = "lanes";
    this.player = new Player(this);
    this.selected = 0;
    // Who opens the page of what runs wants to see what comes, and in a notebook
    // what was lost. Whoever looks at the newest step goes on to see what comes.
    this.following = model.get("follows") || !lostSteps(this.state).length;
    this.step = opensAt(this.state);
    this.build();
    this.take(this.state);
  }

  build() {
    this.root = html("section", {
      class: "mclive",
      tabindex: "0",
      "aria-label": "Live view of the message flow",
      "aria-keyshortcuts": "Space ArrowLeft ArrowRight Home End X Enter Escape",
      // JupyterLab's own keys (X cuts a cell) are not meant in here.
      "data-lm-suppress-shortcuts": "true",
    });
    this.drawing = html("div", { class: "drawing", role: "tabpanel" });
    this.drawing.addEventListener("scroll", () => this.scrolled());
    this.drawing.addEventListener("click", (event) => this.clicked(event));
    this.tabs = new Tabs(this);
    this.lanes = new Lanes(this);
    this.board = new Board(this);
    this.transport = new Transport(this);
    this.chips = new Chips(this);
    this.says = new Says(this);
    this.details = new Details(this);
    this.foot = new Foot(this);
    this.root.append(
      html("style", {}, STYLE),
      this.transport.element,
      html("div", { class: "bar" }, this.tabs.element, this.chips.element),
      this.says.element,
      this.drawing,
      this.details.element,
      this.foot.element,
    );
    this.root.addEventListener("keydown", (event) => keydown(this, event));
  }

  // The state

  /** Show a state, the first one or a later one. */
  take(state) {
    this.state = state;
    this.events = byNumber(state.events);
    this.lost = new Set(lostSteps(state));
    this.filter();
    if (this.following) this.step = this.shown.at(-1)?.n ?? 0;
    this.chips.draw();
    this.enter();
    this.draw();
  }

  filter() {
    this.shown = passing(this.state, this.filters);
    this.tops = tops(this.shown);
    this.shades = shades(this.shown);
  }

  refilter() {
    this.filter();
    this.draw();
  }

  get at() {
    return indexOf(this.shown, this.step);
  }

  get isAtEnd() {
    return this.at >= this.shown.length - 1;
  }

  get panel() {
    return this.tab === "lanes" ? this.lanes : this.board;
  }

  // What one does

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

  goTo(step) {
    this.step = step;
    this.following = this.isAtEnd;
    this.draw();
  }

  toNextLost() {
    const steps = this.shown.map((row) => row.n).filter((n) => this.lost.has(n));
    const next = steps.find((n) => n > this.step) ?? steps[0];
    if (next !== undefined) this.goTo(next);
  }

  /** Ask for columns for some connections; without any, for those who need it. */
  choose(connections) {
    this.chosen = connections;
    const only = this.filters.websockets;
    this.model.send({ type: "choose", choose: connections, only_websockets: only });
  }

  show(tab) {
    this.tab = tab;
    this.drawing.scrollTop = 0;
    this.enter();
    this.draw();
  }

  /** Tell why the step's main event happened: what was lost, if anything. */
  why() {
    const events = eventsOf(this.events, this.shown[this.at]);
    this.select((events.find((event) => event.lost) ?? events[0])?.no ?? 0);
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

  clicked(event) {
    const found = this.tab === "lanes" && this.lanes.hit(event);
    if (!found) return;
    this.player.pause();
    this.root.focus({ preventScroll: true });
    this.step = found.row.n;
    this.following = false;
    if (this.events.has(found.number)) this.select(found.number);
    else this.why();
  }

  scrolled() {
    if (this.tab === "lanes") this.lanes.drawRows();
  }

  // What one sees

  enter() {
    this.tabs.draw();
    this.drawing.setAttribute("aria-label", this.state.tabs[this.tab]);
    this.panel.enter();
  }

  draw() {
    for (const part of [this.transport, this.says, this.details, this.foot, this.panel])
      part.draw();
  }
}
