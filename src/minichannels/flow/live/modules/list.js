// The list: one row an event, an HTTP exchange as one row that unfolds.

import { entriesOf, isError, isOfStream, rowsOf } from "./exchanges.js";
import { beside, gapLine, withGaps } from "./gaps.js";
import { cellsOf, columnsOf, widen } from "./listrow.js";
import { keep } from "./keeping.js";
import { SHORTCUTS } from "./keys.js";
import { html } from "./nodes.js";
import { comeBack } from "./staying.js";

const LINES_AROUND = 10;
const LINES_BESIDE = 3; // of what was gone to: what led to it, and what came of it

/** The list of a view; of all rows, those are made that the window shows. */
export class List {
  constructor(view) {
    this.view = view;
    this.unfolded = new Set();
    this.rows = [];
    this.isAtHead = false; // of two rows of one event, as of an exchange that is unfolded
    this.high = 24; // of one row, until the style says how high it is
    this.columns = [];
    this.head = this.stuck = html("div", { class: "line head", role: "row", "aria-rowindex": "1" });
    this.body = html("div", { class: "lines", role: "rowgroup" });
    // Rows that unfold are those of a tree; to have the focus means to be gone through by keys.
    const attributes = { role: "treegrid", "aria-readonly": "true", "aria-keyshortcuts": SHORTCUTS };
    this.element = html("div", { class: "list", tabindex: "0", "aria-label": "Events", ...attributes });
    this.name = `mclive-${Math.random().toString(36).slice(2)}`; // a page may have several lists
    this.element.append(this.head, this.body);
  }

  enter() {
    const { drawing } = this.view;
    if (this.element.parentNode !== drawing) drawing.replaceChildren(this.element);
  }

  draw(place) {
    const { view } = this;
    this.drawHead(columnsOf(view.state.events));
    this.high = parseFloat(getComputedStyle(this.element).getPropertyValue("--high")) || 24;
    const listed = new Set(view.listed);
    const passes = (event) => listed.has(event);
    this.rows = withGaps(rowsOf(entriesOf(view.listed, view.exchanges), this.unfolded, passes), view);
    widen(this.element, this.rows);
    this.element.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.body.style.height = `${this.rows.length * this.high}px`;
    if (place) comeBack(view, place);
    else if (view.following) view.drawing.scrollTop = view.drawing.scrollHeight;
    else this.reveal(this.now);
    this.drawRows();
  }

  // Where rows are, in pixels

  span() {
    const { now, high } = this;
    return now < 0 ? null : [now * high, (now + 1) * high];
  }

  rowAt(y) {
    const index = Math.floor(y / this.high);
    return [this.rows[index], index * this.high];
  }

  topOf(row) {
    const isIt = ({ event, inner, gap }) => event.no === row?.event.no && inner === row.inner && !gap === !row.gap;
    const index = this.rows.findIndex(isIt);
    return index < 0 ? undefined : index * this.high;
  }

  drawHead(columns) {
    if (columns.length === this.columns.length) return;
    this.columns = columns;
    this.element.classList.toggle("lined", columns.includes("code"));
    const head = (name) => html("span", { role: "columnheader", class: name }, name);
    this.head.replaceChildren(...columns.map(head));
  }

  /** The row of what is said above, or of its exchange; or the last of the step. */
  get now() {
    const { events, current, following, selected, step } = this.view;
    const meant = selected || !following ? events.get(current) : undefined;
    const found = [
      ({ event, inner }) => event.no === meant?.no && !(inner && this.isAtHead),
      ({ event, exchange }) => exchange && event.connection === meant?.connection,
      ({ event }) => event.row <= step,
    ];
    const indices = found.map((finds) => this.rows.findLastIndex((row) => !row.gap && finds(row)));
    return indices.find((index) => index >= 0) ?? -1;
  }

  reveal(index) {
    const { drawing } = this.view;
    const room = drawing.clientHeight - this.head.offsetHeight;
    const [top, end] = [index * this.high, (index + 1) * this.high];
    // Nothing moves under a mouse: what is seen stays where it is.
    if (top >= drawing.scrollTop && end <= drawing.scrollTop + room) return;
    const beside = Math.min(LINES_BESIDE, Math.floor(room / this.high / 3)) * this.high;
    drawing.scrollTop = top < drawing.scrollTop ? top - beside : end + beside - room;
  }

  drawRows() {
    const { drawing } = this.view;
    const first = Math.max(Math.floor(drawing.scrollTop / this.high) - LINES_AROUND, 0);
    const many = Math.ceil(drawing.clientHeight / this.high) + 2 * LINES_AROUND;
    const { now } = this;
    const lines = this.rows.slice(first, first + many).map((row, index) => this.line(row, first + index));
    for (const line of keep(this.body, lines)) {
      const isNow = Number(line.dataset.index) === now;
      line.setAttribute("aria-selected", String(isNow));
      line.classList.toggle("now", isNow);
    }
    this.pointOut();
  }

  /** Tell a screen reader which row is chosen; of one that follows, what comes is said above. */
  pointOut() {
    const { body, element, view } = this;
    const line = view.following ? null : body.querySelector(".now");
    if (line) element.setAttribute("aria-activedescendant", line.id);
    else element.removeAttribute("aria-activedescendant");
  }

  /** Whether the keys are with it, and with none of its parts. */
  get hasFocus() {
    return this.element.matches(":focus");
  }

  /** How high a row is, in pixels. */
  get usual() {
    return this.high;
  }

  line(row, index) {
    if (row.gap) return gapLine(row, index, this.high);
    const { event, exchange } = row;
    const line = html("div", { class: "line", role: "row", "aria-rowindex": String(index + 2) });
    line.id = `${this.name}-${row.inner ? "in-" : ""}${event.no}`;
    line.setAttribute("aria-level", row.inner ? "2" : "1");
    line.dataset.index = index;
    line.style.top = `${index * this.high}px`;
    line.classList.toggle("inner", row.inner === true);
    line.classList.toggle("shaded", index % 2 === 1);
    line.classList.toggle("lost", (exchange ?? event).lost || isError(exchange ?? event));
    if (exchange)
      line.setAttribute("aria-expanded", String(this.unfolded.has(event.connection)));
    line.append(...cellsOf(this.view, this.columns, row));
    return line;
  }

  /** Return the row at a place, and whether its twist is there; a link acts by itself. */
  under({ target }) {
    const line = target.closest(".line[data-index]:not(.gap)");
    if (!line || target.closest("a")) return null;
    const row = this.rows[Number(line.dataset.index)];
    return { row, isTwist: Boolean(target.closest(".twist") && row.exchange) };
  }

  act({ row, isTwist }) {
    if (isTwist) this.twist(row);
    else this.pick(row);
  }

  pick({ event, inner }) {
    this.isAtHead = !inner;
    this.view.pick(event);
  }

  /** Unfold an exchange, or fold it again. */
  twist({ event: { connection } }) {
    if (!this.unfolded.delete(connection)) this.unfolded.add(connection);
    this.view.following = false;
    this.isAtHead = true;
    this.draw();
  }

  /** Unfold the exchange that an event is inside of. */
  unfold({ no, connection }) {
    const exchange = this.view.exchanges.get(connection);
    const inside = exchange?.events.slice(1).find((event) => event.no === no);
    if (inside && !isOfStream(inside, exchange)) this.unfolded.add(connection);
  }

  /** Go some rows down, or up. */
  move(by) {
    const last = this.rows.length - 1;
    const row = beside(this.rows, Math.max(0, Math.min(this.now + by, last)), by);
    if (row) this.pick(row);
  }

  enterKey() {
    const row = this.rows[this.now];
    if (row?.exchange) this.twist(row);
    else this.view.select(this.view.current); // not another one of its step
  }
}
