// The view: which step is shown, of what, and what one does to change that.

import { Before } from "./before.js";
import { Board } from "./board.js";
import { Bookmarks } from "./bookmarks.js";
import { Chips } from "./chips.js";
import { Details } from "./details.js";
import { keydown, SHORTCUTS } from "./keys.js";
import { Lanes } from "./lanes.js";
import { List } from "./list.js";
import { html } from "./nodes.js";
import { Nothing } from "./nothing.js";
import { Others } from "./others.js";
import { Player } from "./player.js";
import { Pointing } from "./pointing.js";
import { Rules } from "./rules.js";
import { Search } from "./search.js";
import { placeOf } from "./staying.js";
import { STYLE } from "./style.js";
import { Tabs } from "./tabs.js";
import { Transport } from "./transport.js";
import { Unfolding } from "./unfolding.js";
import { Walk } from "./walk.js";
import { Foot, Says } from "./words.js";

/** A live view; its parts draw what it sees. */
export class View extends Walk {
  constructor(model) {
    super(model.get("state"), model.get("follows"));
    this.model = model;
    this.tab = model.get("tab") ?? "";
    this.held = this.isOld = false;
    this.player = new Player(this);
    this.bookmarks = new Bookmarks(this);
    this.unfolding = new Unfolding(this);
    this.build();
  }

  build() {
    this.root = html("section", {
      class: "mclive",
      tabindex: "0",
      "aria-label": "Live view of the message flow",
      "aria-keyshortcuts": SHORTCUTS,
      // JupyterLab's own keys (X cuts a cell) are not meant in here.
      "data-lm-suppress-shortcuts": "true",
    });
    this.drawing = html("div", { class: "drawing", role: "tabpanel" });
    this.drawing.addEventListener("scroll", () => this.panel.drawRows?.());
    this.pointing = new Pointing(this);
    this.tabs = new Tabs(this);
    this.lanes = new Lanes(this);
    this.list = new List(this);
    this.board = new Board(this);
    this.rules = new Rules(this);
    this.before = new Before(this);
    this.others = new Others(this);
    this.search = new Search(this);
    this.transport = new Transport(this);
    this.chips = new Chips(this);
    this.says = new Says(this);
    this.details = new Details(this);
    this.both = html("div", { class: "both" }, this.drawing, this.details.element);
    this.foot = new Foot(this);
    this.nothing = new Nothing(this);
    this.root.append(
      html("style", {}, STYLE),
      this.transport.element,
      html("div", { class: "bar" }, this.tabs.element, this.chips.element),
      ...[this.search, this.rules, this.before, this.others, this.says].map((part) => part.element),
      this.says.spoken,
      this.both,
      this.foot.element,
    );
    this.root.addEventListener("keydown", (event) => keydown(this, event));
  }

  // The state

  /** Show a state, unless the view is held still. */
  take(state) {
    this.newest = state;
    if (this.held) return;
    if (this.isOld) this.forget();
    const place = placeOf(this);
    this.see(state);
    // Until somebody says otherwise; many do not find room side by side.
    if (!Object.hasOwn(state.tabs, this.tab) || this.tab === this.opened)
      this.tab = this.opened = this.isBusy ? "list" : "lanes";
    this.chips.draw();
    this.enter();
    this.draw(place?.panel === this.panel ? place : null);
    this.unfolding.tellDrawn();
  }

  /** Hold still while more comes, or go on. */
  hold(held) {
    this.held = held;
    return held ? this.draw() : this.take(this.newest);
  }

  /** Forget what was noted of single events: other ones have their numbers. */
  forget() {
    this.isOld = this.held; // what is held is still of those
    if (this.held) return;
    this.selected = 0;
    for (const part of [this.unfolding, this.lanes.room, this.others]) part.forget();
    this.tell("");
    this.bookmarks.numbers.clear();
    this.list.unfolded.clear();
    this.chosen = [];
    Object.assign(this.filters, { after: 0, connection: 0 });
    this.following = this.follows;
    if (this.filters.websockets) this.choose([]); // nobody has told this server
  }

  /** Say what was done, also to who does not see it. */
  tell(words) {
    this.foot.tell(words);
  }

  get panel() {
    return { lanes: this.lanes, list: this.list }[this.tab] ?? this.board;
  }

  /** Whether the details have room of their own: a list alone gives it only to what is chosen. */
  get hasRoomBeside() {
    // Lanes that were as wide as the window would be drawn anew, in lines of another length.
    const gives = this.panel === this.board || (this.panel === this.lanes && this.model.get("fits"));
    return gives && getComputedStyle(this.both).flexDirection === "row";
  }

  /** How much room there is for what is drawn. */
  get size() {
    const { clientWidth, clientHeight } = this.drawing;
    return `${clientWidth} ${clientHeight}`;
  }

  // What one does

  /** Ask for columns for some connections; without any, for those who need it. */
  choose(connections) {
    this.chosen = connections;
    const only = this.filters.websockets;
    this.held = false;
    this.model.send({ type: "choose", choose: connections, only_websockets: only });
  }

  show(tab) {
    // What was looked at in the list has the lanes' columns.
    if (tab === "lanes" && this.selected && this.tab === "list") this.choose(this.concerned());
    this.tab = tab;
    this.model.set("tab", tab);
    this.drawing.scrollTop = 0;
    this.unfolding.reach(this.selected);
    this.enter();
    this.draw();
  }

  /** Have the keys: in a list a screen reader goes through the rows by them. */
  focus() {
    const element = this.panel === this.list ? this.list.element : this.root;
    element.focus({ preventScroll: true });
  }

  /** Look at all again: first at all around what is looked at, then without the search. */
  letGo() {
    const isChosen = this.chosen.length > 0 && !this.filters.connection;
    if (!this.selected && !isChosen) return this.search.end();
    if (isChosen) this.choose([]);
    this.select(0);
  }

  // What one sees

  enter() {
    const hadKeys = this.list.hasFocus;
    this.tabs.draw();
    this.drawing.setAttribute("aria-label", this.state.tabs[this.tab]);
    this.panel.enter();
    if (hadKeys) this.focus(); // also if the list has gone
    this.both.classList.toggle("board", this.panel === this.board);
  }

  draw(place = null) {
    const { transport, search, rules, before, others, says, details, foot, panel, nothing } = this;
    for (const part of [transport, search, rules, before, others, says, details, foot]) part.draw();
    panel.draw(place);
    this.drawnIn = this.size;
    // The foot again: it says whether what is drawn now is wider than its room.
    for (const part of [nothing, foot]) part.draw();
  }

  /** Draw all again, if it has another room than it was drawn in. */
  resized() {
    // Whoever has scrolled away stays there, also if the words around it need more lines.
    if (this.size !== this.drawnIn) this.draw(placeOf(this));
  }
}
