// The lanes: heads that stay, and of all rows those that the window shows.

import { star } from "./bookmarks.js";
import { litChain } from "./cause.js";
import { drawn, html, svg } from "./nodes.js";
import { Room } from "./room.js";
import { windowOf } from "./rows.js";
import { picture, sameThings } from "./slices.js";
import { chain, piecesAt } from "./state.js";
import { comeBack } from "./staying.js";

const ABOVE_AND_BELOW = 150;
const AROUND = 40; // what stays to be seen above and below an event, where room is short

/** The lanes of a view. */
export class Lanes {
  constructor(view) {
    this.view = view;
    this.room = new Room(view);
    this.fitted = 1;
    this.heads = this.stuck = html("div", { class: "heads", role: "img" });
    this.rows = html("div", { class: "rows" });
  }

  /** Come in place of what was shown before. */
  enter() {
    const { drawing, state } = this.view;
    if (this.rows.parentNode !== drawing) drawing.replaceChildren(this.heads, this.rows);
    const { heads, width, names: whose } = state.strip;
    const key = JSON.stringify([heads, width, whose]);
    if (key === this.headKey) return;
    this.headKey = key;
    // A head has room for a part of a name.
    const names = (whose ?? []).map(fullName);
    this.heads.replaceChildren(svg("svg", { "aria-hidden": "true" }, drawn(heads), ...names));
    const label = names.map((name) => name.textContent).join("; ");
    this.heads.setAttribute("aria-label", `Columns: ${label || "none"}`);
    this.rows.replaceChildren();
  }

  /** How wide all is, before it is scaled: in a wide window, as wide as that. */
  get width() {
    return Math.max(this.view.state.strip.width, this.view.drawing.clientWidth / this.scale);
  }

  get scale() {
    return this.room.scale;
  }

  draw(place) {
    this.room.ask();
    this.fit(this.scale); // first: how high the heads are depends on it
    // The content has to be there before it can be scrolled to.
    this.rows.style.height = `${this.view.tops[this.view.at + 1] * this.scale}px`;
    if (place) comeBack(this.view, place);
    else this.scrollToStep();
    this.drawRows();
  }

  /** How high a step is, in pixels, of all that are shown. */
  get usual() {
    return (this.view.tops.at(-1) * this.scale) / Math.max(this.view.shown.length, 1);
  }

  // Where rows are, in pixels

  span() {
    const { at, tops } = this.view;
    return at < 0 ? null : [tops[at] * this.fitted, tops[at + 1] * this.fitted];
  }

  rowAt(y) {
    const { shown, tops } = this.view;
    const [index] = windowOf(tops, y / this.fitted, 0);
    return [shown[index]?.n, tops[index] * this.fitted];
  }

  topOf(step) {
    const index = this.view.shown.findIndex(({ n }) => n === step);
    return index < 0 ? undefined : this.view.tops[index] * this.scale;
  }

  scrollToStep() {
    const { at, tops, drawing } = this.view;
    const { scale } = this;
    if (at < 0) return;
    const room = drawing.clientHeight - this.heads.offsetHeight;
    const step = [tops[at], tops[at + 1]].map((y) => y * scale);
    const [top, end] = step[1] - step[0] > room ? this.lookedAt(step) : step;
    if (end > drawing.scrollTop + room) drawing.scrollTop = end - room;
    if (top < drawing.scrollTop) drawing.scrollTop = top;
  }

  /** Of a step that is higher than the window, return where the selected event is. */
  lookedAt([top, end]) {
    const { at, shown, tops, selected } = this.view;
    const row = shown[at];
    const route = row.r.find(([number]) => number === selected);
    if (!route) return [top, end];
    const y = (tops[at] + route[4] - row.t) * this.scale;
    return [y - AROUND, y + AROUND];
  }

  /** Show the rows that the window shows, up to the step. */
  drawRows() {
    const { view, scale, width } = this;
    this.fit(scale);
    const [first, last] = this.seen(scale);
    this.rows.style.height = `${view.tops[view.at + 1] * scale}px`;
    const lit = new Set(chain(view.events, view.selected).map((n) => view.events.get(n)?.row));
    const marked = view.bookmarks.steps;
    const now = piecesAt(view.state.spans, view.step).sort((a, b) => a.z - b.z);
    const before = new Map(
      [...this.rows.querySelectorAll(".row")].map((s) => [Number(s.dataset.step), s]),
    );
    const kept = [];
    for (let index = first; index <= last; index += 1) {
      const slice = this.slice(index, now, before, marked);
      slice.style.top = `${view.tops[index] * scale}px`;
      slice.style.width = `${width * scale}px`;
      slice.style.height = `${view.shown[index].h * scale}px`;
      slice.classList.toggle("now", index === view.at);
      this.room.place(slice);
      slice.classList.toggle("dim", view.selected > 0 && !lit.has(view.shown[index].n));
      kept.push(slice);
    }
    const wanted = new Set(kept);
    for (const slice of before.values()) if (!wanted.has(slice)) slice.remove();
    for (const slice of kept) if (!slice.isConnected) this.rows.append(slice);
    this.drawOver(scale);
  }

  /** Make all as wide as the drawing is. */
  fit(scale) {
    const { width } = this;
    this.fitted = scale; // where rows are, whatever room there will be
    this.heads.firstChild.setAttribute("viewBox", `0 40 ${width} 46`);
    for (const element of [this.heads.firstChild, this.heads, this.rows])
      element.style.width = `${width * scale}px`;
  }

  /** Return the first and the last row to be drawn. */
  seen(scale) {
    const { drawing, tops, at } = this.view;
    const top = Math.max(drawing.scrollTop - ABOVE_AND_BELOW, 0) / scale;
    const height = (drawing.clientHeight + 2 * ABOVE_AND_BELOW) / scale;
    const [first, last] = windowOf(tops, top, height);
    return [first, Math.min(last, at)];
  }

  /** Return the picture of a row: the one from before, if nothing changed. */
  slice(index, now, before, marked) {
    const row = this.view.shown[index];
    const { width } = this;
    const { ground } = this.view.state.strip;
    const spans = now.filter((p) => p.t < row.t + row.h && p.b > row.t);
    const isMarked = marked.has(row.n);
    const things = [row, this.view.shades[index], ground, isMarked, width, ...spans];
    const former = before.get(row.n);
    if (former && sameThings(former.drawnOf, things)) return former;
    const slice = picture(row, this.view.shades[index], spans, ground, width);
    if (isMarked) slice.append(star({ transform: `translate(7 ${row.t + 4}) scale(1.4)` }));
    slice.drawnOf = things;
    return slice;
  }

  act({ row, number }) {
    this.view.pointTo(row.n, number);
  }

  /** Return the row at a place and, if there is one, the number of an arrival. */
  under({ target, clientX, clientY }) {
    const slice = target.closest(".row");
    if (!slice) return null;
    const row = this.view.shown.find(({ n }) => n === Number(slice.dataset.step));
    const box = slice.getBoundingClientRect();
    const scale = this.width / box.width;
    const [x, y] = [(clientX - box.left) * scale, (clientY - box.top) * scale + row.t];
    const far = (route) => Math.hypot(route[3] - x, route[4] - y);
    const [nearest] = row.r.toSorted((a, b) => far(a) - far(b));
    return { row, number: nearest && far(nearest) < 20 ? nearest[0] : 0 };
  }

  sliceOf(row) {
    return this.rows.querySelector(`[data-step="${row.n}"]`);
  }

  drawOver(scale) {
    this.over?.remove();
    if (!this.view.selected) return;
    this.over = litChain(this.view, scale, this.width);
    this.rows.append(this.over);
  }
}

/** Return what tells who is meant by a head, to who points there. */
function fullName([start, end, words]) {
  const box = { x: start, y: 40, width: end - start, height: 46, fill: "transparent" };
  return svg("rect", box, svg("title", {}, words));
}
