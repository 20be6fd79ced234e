// Written by python -m minichannels.flow.live.script, from the modules beside it.

// What a feed told: a state, what an update adds to it, and what it says.

/** Return a state with an update added; null if something is missing. */
export function merge(state, update) {
  if (update.state) return update.state;
  if (update.version <= state.version) return state;
  if (update.after !== state.version) return null;
  const { first } = update;
  const seen = (piece) => piece.l === null || piece.l >= first;
  const boards = {};
  for (const [name, board] of Object.entries(state.boards)) {
    const parts = replaced(board.parts, update.boards[name] ?? [], "i");
    boards[name] = { ...board, parts: parts.filter(seen) };
  }
  return {
    ...state,
    first,
    version: update.version,
    left_out: update.left_out,
    strip: update.strip ?? state.strip,
    tabs: update.tabs ?? state.tabs,
    rows: replaced(state.rows, update.rows, "n").filter((r) => r.n >= first),
    spans: replaced(state.spans, update.spans, "i").filter(seen),
    events: replaced(state.events, update.events, "no").filter(
      (event) => event.row >= first,
    ),
    boards,
  };
}

/** Return a list with some items replaced, by a key, and others added. */
function replaced(list, news, key) {
  if (!news.length) return list;
  const index = new Map(news.map((item) => [item[key], item]));
  const kept = list.map((item) => {
    const other = index.get(item[key]);
    if (other) index.delete(item[key]);
    return other ?? item;
  });
  return kept.concat(news.filter((item) => index.has(item[key])));
}

/** Return the events by their numbers. */
export function byNumber(events) {
  return new Map(events.map((event) => [event.no, event]));
}

/** Return what led to an event, and the event itself, first things first. */
export function chain(events, number) {
  const found = [];
  for (let at = number; at && !found.includes(at); ) {
    found.unshift(at);
    at = events.get(at)?.cause;
  }
  return found;
}

/** Return the pieces that are seen at a step. */
export function piecesAt(pieces, step) {
  return pieces.filter((p) => p.f <= step && (p.l === null || p.l >= step));
}

/** Return the numbers of the steps in which something was lost. */
export function lostSteps(state) {
  const lost = state.events.filter((event) => event.lost);
  return [...new Set(lost.map((event) => event.row))].sort((a, b) => a - b);
}

/** Return where a view opens: at the first loss, otherwise at the end. */
export function opensAt(state) {
  return lostSteps(state)[0] ?? state.rows.at(-1)?.n ?? 0;
}

/** Return the events of a row; a note's own number is negative. */
export function eventsOf(events, row) {
  const numbers = row ? (row.e.length ? row.e : [-row.n]) : [];
  return numbers.map((number) => events.get(number)).filter(Boolean);
}

// The colours of the drawings, in both themes.

// In the light theme that Python draws for.
export const TOKENS = {
  "#1B1F24": "ink",
  "#4D5761": "muted",
  "#FFFFFF": "panel",
  "#F3F6F9": "band",
  "#C3CBD3": "edge",
  "#76818C": "lane",
  "#0068A3": "socket",
  "#00734F": "life",
  "#8F5500": "layer",
  "#B83B00": "lost",
  "#E2EBF3": "scope",
  "#3C6284": "box",
  "#863C86": "member",
  "#FBF3E6": "layer-ground",
  "#FFF1DA": "waiting",
  "#F7EAF7": "group",
  "#FDEBE1": "lost-ground",
};
export const DARK = {
  ink: "#E6EBF0",
  muted: "#A9B4BF",
  panel: "#16191D",
  band: "#1E2429",
  edge: "#3A434C",
  lane: "#7D8994",
  socket: "#5BB2EC",
  life: "#3FC79A",
  layer: "#DFA54A",
  lost: "#FF8A5C",
  scope: "#243340",
  box: "#7FA6C9",
  member: "#D9A0E0",
  "layer-ground": "#231E15",
  waiting: "#3A2C12",
  group: "#36203A",
  "lost-ground": "#3B2018",
};

// Nodes of a page, made from values or from what Python drew.
//
// Rule: no text is ever parsed as HTML, and what Python drew is built anew
// from the few elements and attributes that a drawing needs.


const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = new Set(["g", "path", "rect", "circle", "text", "tspan"]);
const ATTRIBUTES = new Set([
  ..."d x y cx cy r rx width height class".split(" "),
  ..."stroke-width stroke-dasharray stroke-linecap stroke-linejoin".split(" "),
  ..."font-size font-weight text-anchor xml:space".split(" "),
]);

const templates = new Map();

/** Return something that Python drew, as nodes. */
export function drawn(source) {
  let template = templates.get(source);
  if (!template) {
    const text = `<svg xmlns="${SVG}">${source}</svg>`;
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    template = document.createDocumentFragment();
    copy(parsed.documentElement, template);
    if (templates.size > 4_000) templates.clear();
    templates.set(source, template);
  }
  return template.cloneNode(true);
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (!ELEMENTS.has(node.localName)) continue;
    const element = document.createElementNS(SVG, node.localName);
    for (const { name, value } of node.attributes) {
      if (name === "fill" || name === "stroke")
        element.style[name] = TOKENS[value] ? `var(--${TOKENS[value]})` : "none";
      else if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
    }
    copy(node, element);
    to.append(element);
  }
}

export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const ICONS = {
  first: "M2 2h2v10H2zM12 2v10L5 7z",
  back: "M10 2v10L3 7z",
  play: "M3 2v10l8-5z",
  pause: "M3 2h3v10H3zM8 2h3v10H8z",
  on: "M4 2v10l7-5z",
  last: "M10 2h2v10h-2zM2 2v10l7-5z",
  lost: "M2 3l1-1 4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4z",
};

export function icon(name) {
  const path = svg("path", { d: ICONS[name] });
  return svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, path);
}

/** Return a button with a sign, and with words if there are any. */
export function button(label, glyph, act, words = "") {
  const element = html("button", { type: "button", "aria-label": label, title: label });
  element.append(...(words ? [words] : []), icon(glyph));
  element.addEventListener("click", act);
  return element;
}

// Which rows are shown, and where: the arithmetic of the lanes.


/** Return the rows that pass the filters; "only lost" keeps their causes. */
export function passing(state, filters) {
  const events = byNumber(state.events);
  const passes = (event) =>
    !filters.clients.has(event.client) &&
    !filters.groups.has(event.group) &&
    !(filters.websockets && event.http) &&
    (!filters.type || event.type === filters.type);
  let rows = new Set(state.events.filter(passes).map((event) => event.row));
  if (filters.lost) {
    const kept = new Set();
    for (const event of state.events)
      if (event.lost && passes(event)) {
        kept.add(event.row);
        for (const number of chain(events, event.no))
          if (events.has(number)) kept.add(events.get(number).row);
      }
    rows = kept;
  }
  return state.rows.filter((row) => rows.has(row.n));
}

/** Return the index of the last row up to a step; -1 if there is none. */
export function indexOf(rows, step) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].n <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Return where each row begins, and where the last one ends. */
export function tops(rows) {
  const found = [0];
  for (const row of rows) found.push(found.at(-1) + row.h);
  return found;
}

/** Return which rows are shaded: neighbours of one cause look alike. */
export function shades(rows) {
  let shaded = false;
  return rows.map((row, index) => {
    if (row.s !== rows[index - 1]?.s) shaded = !shaded;
    return shaded;
  });
}

/** Return from which row to which a window of some height shows. */
export function windowOf(found, top, height) {
  const first = indexOf(found.map((n) => ({ n })), top);
  let last = Math.max(first, 0);
  while (last < found.length - 2 && found[last + 1] < top + height) last += 1;
  return [Math.max(first, 0), last];
}

/** Return the runs of neighbours among some indices. */
export function runsOf(indices) {
  const runs = [];
  for (const index of [...new Set(indices)].sort((a, b) => a - b))
    if (runs.length && runs.at(-1)[1] === index - 1) runs.at(-1)[1] = index;
    else runs.push([index, index]);
  return runs;
}

/** Return the numbers of a row's events, as a person says them. */
export function range(row) {
  const [first, last] = [row.e[0], row.e.at(-1)];
  if (first === undefined) return "note";
  return first === last ? String(first) : `${first}–${last}`;
}

// A chain of causes, lit up: a frame around its rows, arcs, and a ring.


/** Return what lies over the rows while an event is selected. */
export function litChain(view, scale) {
  const { width } = view.state.strip;
  const places = placesOf(view);
  const known = [...places.values()];
  const over = svg("svg", { class: "over", width: width * scale, height: 1 });
  over.setAttribute("aria-hidden", "true");
  const all = svg("g", { transform: `scale(${scale})` });
  all.append(...frames(known, view.tops, width), ...arcs(known, width - 13));
  const end = places.get(view.selected);
  if (end) all.append(svg("circle", { cx: end.x, cy: end.y, r: 11 }));
  over.append(all);
  return over;
}

/** Return where the events of the chain arrive, by their numbers. */
function placesOf({ events, selected, shown, tops }) {
  const places = new Map();
  for (const number of chain(events, selected)) {
    const index = shown.findIndex((row) => row.n === events.get(number)?.row);
    const route = shown[index]?.r.find((r) => r[0] === number);
    if (!route) continue;
    const y = tops[index] + route[4] - shown[index].t;
    places.set(number, { index, x: route[3], y });
  }
  return places;
}

function frames(places, tops, width) {
  return runsOf(places.map((place) => place.index)).map(([from, to]) => {
    const height = tops[to + 1] - tops[from];
    const box = { x: 2.5, y: tops[from] + 0.5, width: width - 5, height: height - 1 };
    return svg("rect", { ...box, rx: 5 });
  });
}

/** Return arcs from each cause to its effect, beside the words. */
function arcs(places, right) {
  const bend = right + 10;
  return places.slice(1).flatMap(({ y }, index) => {
    const from = places[index].y;
    if (from === y) return [];
    const d = `M${right} ${from}C${bend} ${from} ${bend} ${y} ${right + 3} ${y}`;
    const head = `M${right + 8} ${y - 4}l-6 4l6 4`;
    return [svg("path", { d }), svg("path", { d: head })];
  });
}

// The lanes: heads that stay, and of all rows those that the window shows.


const ABOVE_AND_BELOW = 150;
const SMALLEST = 9.5 / 10.5; // a text of 10.5 px is never drawn below 9.5

/** Say how much smaller than drawn something is shown, to fit. */
export function scaleOf(drawing, width) {
  const room = drawing.clientWidth || width;
  return Math.max(Math.min(room / width, 1), SMALLEST);
}

/** The lanes of a view. */
export class Lanes {
  constructor(view) {
    this.view = view;
    this.heads = html("div", { class: "heads" });
    this.rows = html("div", { class: "rows" });
  }

  /** Come in place of what was shown before. */
  enter() {
    const { drawing, state } = this.view;
    if (this.rows.parentNode !== drawing) drawing.replaceChildren(this.heads, this.rows);
    const { heads, width } = state.strip;
    const key = JSON.stringify([heads, width]);
    if (key === this.headKey) return;
    this.headKey = key;
    const picture = svg("svg", { viewBox: `0 44 ${width} 42` }, drawn(heads));
    picture.setAttribute("aria-hidden", "true");
    this.heads.replaceChildren(picture);
    this.rows.replaceChildren();
  }

  get scale() {
    return scaleOf(this.view.drawing, this.view.state.strip.width);
  }

  draw() {
    this.scrollToStep();
    this.drawRows();
  }

  scrollToStep() {
    const { at, tops, drawing } = this.view;
    const { scale } = this;
    if (at < 0) return;
    // The content has to be there before it can be scrolled to.
    this.rows.style.height = `${tops[at + 1] * scale}px`;
    const room = drawing.clientHeight - this.heads.offsetHeight;
    const [top, end] = [tops[at] * scale, tops[at + 1] * scale];
    if (end > drawing.scrollTop + room) drawing.scrollTop = end - room;
    if (top < drawing.scrollTop) drawing.scrollTop = top;
  }

  /** Show the rows that the window shows, up to the step. */
  drawRows() {
    const { view, scale } = this;
    const { width } = view.state.strip;
    const [first, last] = this.seen(scale);
    for (const element of [this.heads.firstChild, this.heads, this.rows])
      element.style.width = `${width * scale}px`;
    this.rows.style.height = `${view.tops[view.at + 1] * scale}px`;
    const lit = new Set(chain(view.events, view.selected).map((n) => view.events.get(n)?.row));
    const now = piecesAt(view.state.spans, view.step).sort((a, b) => a.z - b.z);
    const before = new Map(
      [...this.rows.querySelectorAll(".row")].map((s) => [Number(s.dataset.step), s]),
    );
    const kept = [];
    for (let index = first; index <= last; index += 1) {
      const slice = this.slice(index, now, before);
      slice.style.top = `${view.tops[index] * scale}px`;
      slice.style.width = `${width * scale}px`;
      slice.style.height = `${view.shown[index].h * scale}px`;
      slice.classList.toggle("now", index === view.at);
      slice.classList.toggle("dim", view.selected > 0 && !lit.has(view.shown[index].n));
      kept.push(slice);
    }
    const wanted = new Set(kept);
    for (const slice of before.values()) if (!wanted.has(slice)) slice.remove();
    for (const slice of kept) if (!slice.isConnected) this.rows.append(slice);
    this.drawOver(scale);
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
  slice(index, now, before) {
    const row = this.view.shown[index];
    const { ground, width } = this.view.state.strip;
    const spans = now.filter((p) => p.t < row.t + row.h && p.b > row.t);
    const things = [row, this.view.shades[index], ground, ...spans];
    const former = before.get(row.n);
    if (former && sameThings(former.drawnOf, things)) return former;
    const slice = picture(row, this.view.shades[index], spans, ground, width);
    slice.drawnOf = things;
    return slice;
  }

  /** Return the row that was hit and, if one was, the number of an arrival. */
  hit({ target, clientX, clientY }) {
    const slice = target.closest(".row");
    if (!slice) return null;
    const row = this.view.shown.find(({ n }) => n === Number(slice.dataset.step));
    const box = slice.getBoundingClientRect();
    const scale = this.view.state.strip.width / box.width;
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
    this.over = litChain(this.view, scale);
    this.rows.append(this.over);
  }
}

function picture(row, shaded, spans, ground, width) {
  const slice = svg("svg", {
    class: "row",
    viewBox: `0 ${row.t} ${width} ${row.h}`,
    "data-step": row.n,
    "aria-hidden": "true",
    preserveAspectRatio: "none",
  });
  if (shaded) {
    const band = { x: 1, y: row.t, width: width - 2, height: row.h };
    slice.append(svg("rect", { ...band, style: "fill:var(--band)" }));
  }
  slice.append(
    svg("g", { transform: `translate(0 ${row.t - 84})` }, drawn(ground)),
    ...spans.map((piece) => drawn(piece.p)),
    svg("g", { class: "arrows" }, drawn(row.a)),
    drawn(row.w),
  );
  return slice;
}

function sameThings(one, other) {
  return one.length === other.length && one.every((thing, i) => thing === other[i]);
}

// The mailboxes and the groups: drawings that change as a whole.


/** The board of a view's tab, at its step. */
export class Board {
  constructor(view) {
    this.view = view;
  }

  enter() {}

  draw() {
    const { tab, step, state, drawing } = this.view;
    const board = state.boards[tab];
    const parts = piecesAt(board.parts, step);
    const height = parts.find((part) => part.z < 0)?.p ?? "100";
    const picture = svg("svg", {
      viewBox: `0 0 ${board.width} ${Number(height)}`,
      role: "img",
      "aria-label": `${tab} after step ${step}; the line above says what happened`,
    });
    const above = (a, b) => a.z - b.z || a.i - b.i;
    const shown = parts.filter((part) => part.z >= 0).sort(above);
    picture.append(...shown.map((part) => drawn(part.p)));
    picture.style.width = `${board.width * scaleOf(drawing, board.width)}px`;
    drawing.replaceChildren(picture);
  }
}

// The filters: whom, which groups, which type, and what was lost.


const MOST = 8;

/** Return filters that let everything pass. */
export function noFilters() {
  return { clients: new Set(), groups: new Set(), type: "", lost: false, websockets: false };
}

/** The chips of a view, one for each name that occurs. */
export class Chips {
  constructor(view) {
    this.view = view;
    this.element = html("div", {
      class: "chips",
      role: "group",
      "aria-label": "Filters",
      style: "display:contents",
    });
  }

  draw() {
    const { events } = this.view.state;
    const { filters } = this.view;
    const values = (name) => [...new Set(events.map((event) => event[name]))].filter(Boolean);
    const [everybody, groups, types] = ["client", "group", "type"].map(values);
    // Of many, those with a WebSocket have a chip.
    const open = new Set(events.filter((event) => !event.http).map((event) => event.client));
    const clients = everybody.toSorted((a, b) => open.has(b) - open.has(a));
    const both = events.some((event) => event.http) && events.some((event) => !event.http);
    const key = JSON.stringify([clients, groups, types, both]);
    if (key === this.key) return;
    this.key = key;
    this.element.replaceChildren(
      ...clients.slice(0, MOST).map((name) => this.hider(filters.clients, name)),
      ...groups.slice(0, MOST).map((name) => this.hider(filters.groups, name)),
      this.types(types),
      ...(both ? [this.onlyWebsockets()] : []),
      this.onlyLost(),
    );
  }

  chip(words, pressed, act) {
    const attributes = { type: "button", class: "chip", title: words };
    const element = html("button", { ...attributes, "aria-pressed": String(pressed) }, words);
    element.addEventListener("click", () => {
      const now = element.getAttribute("aria-pressed") !== "true";
      element.setAttribute("aria-pressed", String(now));
      act(now);
      this.view.refilter();
    });
    return element;
  }

  /** Return the chip of a name; while it is not pressed, the name is hidden. */
  hider(hidden, name) {
    const act = (on) => (on ? hidden.delete(name) : hidden.add(name));
    return this.chip(name, !hidden.has(name), act);
  }

  types(names) {
    const { filters } = this.view;
    const choice = html("select", { class: "chip", "aria-label": "Type" });
    choice.append(html("option", { value: "" }, "any type"));
    for (const name of names) choice.append(html("option", { value: name }, name));
    choice.value = filters.type;
    choice.addEventListener("change", () => {
      filters.type = choice.value;
      this.view.refilter();
    });
    return choice;
  }

  onlyWebsockets() {
    const { view } = this;
    return this.chip("WebSockets only", view.filters.websockets, (on) => {
      view.filters.websockets = on;
      view.choose(view.chosen);
    });
  }

  onlyLost() {
    const { filters } = this.view;
    const only = this.chip("only lost", filters.lost, (on) => {
      filters.lost = on;
    });
    only.classList.add("only");
    return only;
  }
}

// One event: all that is known of it, and what led to it.


const FACTS = ["from", "to", "type", "group", "client", "handler"];
const MOST_OTHERS = 24;

/** What is told of the selected event. */
export class Details {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "event", hidden: "" });
  }

  draw() {
    const event = this.view.events.get(this.view.selected);
    this.element.hidden = !event;
    const parts = event ? [this.facts(event), this.reasons(event)] : [];
    this.element.replaceChildren(...parts);
  }

  facts(event) {
    const list = html("dl");
    for (const name of FACTS)
      if (event[name]) list.append(html("dt", {}, name), html("dd", {}, event[name]));
    const title = html("h3", {}, event.no > 0 ? `Event ${event.no}` : "A note");
    const badge = event.lost ? "badge" : "badge note";
    if (event.fate) title.append(html("span", { class: badge }, event.fate));
    const payload = html("pre", { tabindex: "0" }, event.payload);
    return html("div", {}, title, list, payload, ...this.others(event));
  }

  /** Return the numbers of the same act, if there are any. */
  others(event) {
    const row = this.view.state.rows.find(({ n }) => n === event.row);
    const known = (n) => n !== event.no && this.view.events.has(n);
    const others = (row?.e ?? []).filter(known);
    if (!others.length) return [];
    const buttons = others.slice(0, MOST_OTHERS).map((n) => this.number(n));
    return [html("div", { class: "others" }, "one act with", ...buttons)];
  }

  reasons(event) {
    const list = html("ol", { "aria-label": "Why" });
    for (const number of chain(this.view.events, event.no)) {
      const cause = this.view.events.get(number);
      const words = html("span", {}, cause?.says ?? "an event that is not kept any more");
      if (cause?.more) words.append(html("small", {}, cause.more));
      const button = cause ? this.number(number) : html("b", {}, String(number));
      list.append(html("li", {}, button, words));
    }
    return html("div", {}, html("h3", {}, "Why"), list);
  }

  /** Return a button that leads to an event. */
  number(number) {
    const attributes = { type: "button", "aria-label": `Event ${number}` };
    const button = html("button", attributes, String(number));
    button.addEventListener("click", () => this.view.visit(number));
    return button;
  }
}

// The keys, while the view has the focus.

const ACTS = {
  " ": (view) => view.player.toggle(),
  arrowleft: (view) => view.move(view.at - 1),
  arrowright: (view) => view.move(view.at + 1, true),
  home: (view) => view.move(0),
  end: (view) => view.move(view.shown.length - 1),
  x: (view) => view.toNextLost(),
  enter: (view) => view.why(),
  escape: (view) => view.select(0),
};

/** Do what a key stands for; return whether it stands for something. */
export function press(view, name) {
  const act = ACTS[name.toLowerCase()];
  if (!act) return false;
  if (name !== " ") view.player.pause();
  act(view);
  return true;
}

/** Do what was pressed, unless it belongs to what has the focus. */
export function keydown(view, event) {
  const inside = event.target.closest("button, select, input");
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (inside?.matches("select")) return;
  if (inside?.matches("button") && [" ", "Enter"].includes(event.key)) return;
  if (press(view, event.key)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

// What moves: the messages of a step, along their arrows.


const EASING = "cubic-bezier(.3, 0, .2, 1)";
const MOST_ENVELOPES = 12;

/** Say how long a message travels, in milliseconds, at a speed. */
export function travels(speed, still) {
  return still ? 0 : 400 / Math.min(speed, 1);
}

/** Let the messages of a row travel; its slice shows it. */
export function animate(slice, row, speed, sign) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const duration = travels(speed, still);
  if (!duration || !slice) return;
  const timing = { duration, easing: EASING };
  slice.querySelector(".arrows").animate([{ opacity: 0.15 }, { opacity: 1 }], timing);
  for (const [, x, y, toX, toY] of row.r.slice(0, MOST_ENVELOPES)) {
    if (x === toX) continue;
    const envelope = svg("g", { class: "envelope" }, drawn(sign));
    slice.append(envelope);
    const at = (left, top) => ({ transform: `translate(${left}px, ${top}px) scale(.7)` });
    const travel = envelope.animate([at(x, y), at(toX, toY)], timing);
    const remove = () => envelope.remove();
    travel.finished.then(remove, remove);
  }
}

// What plays: one step after another, at a speed.

/** The player of a view. */
export class Player {
  constructor(view) {
    this.view = view;
    this.speed = 1;
    this.timer = 0;
  }

  get playing() {
    return this.timer !== 0;
  }

  toggle() {
    const { view } = this;
    if (this.playing) this.pause();
    else {
      if (view.isAtEnd) view.move(0);
      this.wait();
      view.transport.draw();
    }
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.view.transport.draw();
  }

  wait() {
    this.timer = setTimeout(() => {
      this.view.move(this.view.at + 1, true);
      if (this.view.isAtEnd) this.pause();
      else this.wait();
    }, 1000 / this.speed);
  }
}

// How the view looks.


const MONO =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono'," +
  " 'Liberation Mono', monospace";
const SANS =
  "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial," +
  " 'Liberation Sans', 'DejaVu Sans', sans-serif";
const colours = (names) =>
  Object.entries(names).map(([name, value]) => `--${name}:${value}`).join(";");
const LIGHT = Object.fromEntries(
  Object.entries(TOKENS).map(([value, name]) => [name, value]),
);

export const STYLE = `
.mclive { ${colours(LIGHT)}; color-scheme: light; position: relative;
  font: 13px/1.45 ${SANS}; color: var(--ink); background: var(--panel);
  border: 1px solid var(--edge); border-radius: 8px; overflow: hidden;
  box-sizing: border-box; }
.mclive.dark { ${colours(DARK)}; color-scheme: dark; }
.mclive *, .mclive *::before { box-sizing: border-box; }
.mclive:focus { outline: none; }
.mclive:focus-visible, .mclive :focus-visible {
  outline: 2px solid var(--socket); outline-offset: -2px; }
.mclive button :focus-visible, .mclive select:focus-visible,
.mclive button:focus-visible, .mclive input:focus-visible {
  outline-offset: 1px; }
.mclive .bar { display: flex; flex-wrap: wrap; align-items: center; gap: 5px;
  padding: 8px 10px; border-bottom: 1px solid var(--edge); }
.mclive button, .mclive select { font: inherit; color: var(--ink);
  background: transparent; border: 1px solid var(--lane); border-radius: 6px;
  height: 28px; min-width: 30px; padding: 0 8px; margin: 0; cursor: pointer;
  display: inline-flex; align-items: center; justify-content: center;
  gap: 6px; white-space: nowrap; }
.mclive option { color: #1B1F24; background: #FFFFFF; }
.mclive button svg { width: 14px; height: 14px; fill: currentColor; }
.mclive .play { background: var(--socket); border-color: var(--socket);
  color: var(--panel); font-weight: 700; min-width: 84px; }
.mclive .scrub { position: relative; flex: 1 1 180px; height: 28px;
  margin: 0 8px; }
.mclive .scrub input { position: absolute; inset: 4px 0 0; width: 100%;
  height: 24px; margin: 0; accent-color: var(--socket); cursor: pointer; }
.mclive .ticks { position: absolute; left: 8px; right: 8px; top: 0;
  height: 8px; }
.mclive .ticks svg { position: absolute; width: 8px; height: 8px;
  margin-left: -4px; stroke: var(--lost); stroke-width: 2; fill: none; }
.mclive .mono, .mclive code, .mclive pre, .mclive dd, .mclive kbd {
  font: 12px/1.5 ${MONO}; color: inherit; }
.mclive .tabs { display: inline-flex; gap: 0; margin-right: 8px; }
.mclive .tabs button { border-radius: 0; margin-left: -1px; }
.mclive .tabs button[aria-selected=true] { background: var(--ink);
  color: var(--panel); font-weight: 700; }
.mclive .chip { height: 24px; min-width: 24px; border-radius: 12px;
  font-size: 12px; max-width: 160px; overflow: hidden; }
.mclive .chip[aria-pressed=true] { border-width: 2px; font-weight: 700; }
.mclive .chip[aria-pressed=true]::before { content: ""; width: 10px;
  height: 6px; border-left: 2px solid; border-bottom: 2px solid;
  transform: rotate(-45deg) translateY(-2px); flex: none; }
.mclive .chip.only { color: var(--lost); border-color: var(--lost); }
.mclive .says { padding: 7px 12px; min-height: 33px;
  border-bottom: 1px solid var(--edge); overflow-wrap: anywhere; }
.mclive .says.lost { background: var(--lost-ground); }
.mclive .says.lost b { color: var(--lost); }
.mclive .drawing { max-height: 420px; overflow: auto; position: relative;
  background: var(--panel); overscroll-behavior: contain; }
.mclive .drawing svg { display: block; font-family: ${MONO}; }
.mclive .drawing .sans { font-family: ${SANS}; }
.mclive .heads { position: sticky; top: 0; z-index: 2;
  background: var(--panel); border-bottom: 1px solid var(--edge); }
.mclive .rows { position: relative; overflow: hidden; }
.mclive .rows > * { position: absolute; left: 0; }
.mclive .row { cursor: pointer; overflow: hidden; transition: opacity 150ms; }
.mclive .row.now { box-shadow: inset 4px 0 var(--ink); }
.mclive .row.dim { opacity: .44; }
.mclive .over { pointer-events: none; z-index: 1; overflow: visible; }
.mclive .over path, .mclive .over circle, .mclive .over rect { fill: none;
  stroke: var(--ink); stroke-width: 1.6; }
.mclive .over circle { stroke-width: 2.4; }
.mclive .empty { padding: 24px 12px; color: var(--muted); margin: 0; }
.mclive .event { display: grid; grid-template-columns: 1.12fr 1fr;
  border-top: 1px solid var(--edge); max-height: 320px; overflow: auto; }
.mclive .event[hidden] { display: none; }
.mclive .event > div { padding: 10px 14px; min-width: 0; }
.mclive .event > div + div { border-left: 1px solid var(--edge); }
.mclive h3 { margin: 0 0 6px; font: 700 13px/1.45 ${SANS}; color: inherit; }
.mclive .badge { color: var(--lost); border: 1px dashed var(--lost);
  border-radius: 10px; padding: 0 8px; font-size: 12px; margin-left: 6px; }
.mclive .badge.note { color: var(--member); border-color: var(--member); }
.mclive dl { display: grid; grid-template-columns: 64px 1fr; margin: 0;
  gap: 1px 8px; }
.mclive dt { color: var(--muted); font-weight: 400; }
.mclive dd { margin: 0; overflow-wrap: anywhere; }
.mclive pre { background: var(--band); border: 1px solid var(--edge);
  border-radius: 4px; margin: 8px 0 0; padding: 6px 10px; max-height: 130px;
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.mclive ol { margin: 0; padding: 0; list-style: none; }
.mclive li { display: grid; grid-template-columns: 40px 1fr; gap: 8px;
  padding: 0 0 6px; margin: 0; }
.mclive li button { height: 24px; min-width: 24px; padding: 0 4px;
  font: 700 12px ${MONO}; }
.mclive li:last-child button { border-width: 2px; }
.mclive li small { display: block; color: var(--muted); font-size: 12px;
  overflow-wrap: anywhere; }
.mclive .others { display: flex; flex-wrap: wrap; gap: 4px;
  margin-top: 8px; align-items: center; }
.mclive .others button { height: 24px; min-width: 24px; padding: 0 6px; }
.mclive .foot { padding: 6px 12px; border-top: 1px solid var(--edge);
  color: var(--muted); font-size: 12px; display: flex; flex-wrap: wrap;
  gap: 4px 16px; justify-content: space-between; }
.mclive kbd { border: 1px solid var(--lane); border-radius: 3px;
  padding: 0 4px; background: none; box-shadow: none; }
@media (max-width: 640px) { .mclive .event { grid-template-columns: 1fr; } }
@media (prefers-reduced-motion: reduce) {
  .mclive .row { transition: none; } }
`;

// The tabs: one for each drawing that has something to show.


/** The tabs of a view. */
export class Tabs {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "tabs", role: "tablist", "aria-label": "Drawing" });
  }

  draw() {
    const { view } = this;
    const { tabs } = view.state;
    if (!(view.tab in tabs)) view.tab = "lanes";
    if (this.element.childElementCount !== Object.keys(tabs).length)
      this.element.replaceChildren(...Object.entries(tabs).map((tab) => this.tab(...tab)));
    for (const tab of this.element.children)
      tab.setAttribute("aria-selected", String(tab.dataset.tab === view.tab));
  }

  tab(name, words) {
    const tab = html("button", { type: "button", role: "tab", "data-tab": name }, words);
    tab.addEventListener("click", () => this.view.show(name));
    return tab;
  }
}

// The bar on top: play, step, and where one is among all steps.


const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** The transport of a view: buttons, scrubber with its ticks, speed. */
export class Transport {
  constructor(view) {
    this.view = view;
    this.play = button("Play", "play", () => view.player.toggle());
    this.play.className = "play";
    this.count = html("span", { class: "mono" });
    this.element = html(
      "div",
      { class: "bar", role: "toolbar", "aria-label": "Replay" },
      button("To the first step", "first", () => press(view, "Home")),
      button("One step back", "back", () => press(view, "ArrowLeft")),
      this.play,
      button("One step on", "on", () => press(view, "ArrowRight")),
      button("To the last step, and follow", "last", () => press(view, "End")),
      button("Next lost message", "lost", () => press(view, "x"), "next "),
      this.scrub(),
      this.count,
      this.speeds(),
    );
  }

  scrub() {
    this.scrubber = html("input", { type: "range", min: "0", "aria-label": "Step" });
    this.scrubber.addEventListener("input", () => {
      const index = this.scrubber.valueAsNumber;
      this.view.player.pause();
      this.view.goTo(this.view.shown[index]?.n ?? 0);
    });
    this.ticks = html("div", { class: "ticks", "aria-hidden": "true" });
    return html("div", { class: "scrub" }, this.ticks, this.scrubber);
  }

  speeds() {
    const choice = html("select", { "aria-label": "Speed" });
    for (const speed of SPEEDS)
      choice.append(html("option", { value: speed }, `${speed} event/s`));
    choice.value = String(this.view.player.speed);
    choice.addEventListener("change", () => {
      this.view.player.speed = Number(choice.value);
    });
    return choice;
  }

  draw() {
    const { view } = this;
    const label = view.player.playing ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") !== label) {
      this.play.setAttribute("aria-label", label);
      this.play.title = label;
    }
    this.play.replaceChildren(icon(label.toLowerCase()), label);
    const row = view.shown[view.at];
    const last = view.state.rows.reduce((n, r) => Math.max(n, ...r.e), 0);
    const at = row ? range(row) : "0";
    this.count.textContent = `${at} of ${last}`;
    this.scrubber.max = String(Math.max(view.shown.length - 1, 0));
    this.scrubber.value = String(Math.max(view.at, 0));
    const fate = row && view.lost.has(row.n) ? ", lost" : "";
    const named = row && !row.e.length ? "a note" : `event ${at} of ${last}`;
    this.scrubber.setAttribute("aria-valuetext", `${named}${fate}`);
    this.drawTicks();
  }

  /** Draw a cross above the scrubber where something was lost. */
  drawTicks() {
    const { shown, lost } = this.view;
    const places = new Set();
    const length = Math.max(shown.length - 1, 1);
    shown.forEach((row, index) => {
      if (lost.has(row.n)) places.add(Math.round((index / length) * 200) / 2);
    });
    const key = [...places].join();
    if (key === this.tickKey) return;
    this.tickKey = key;
    this.ticks.replaceChildren(...[...places].map(tick));
  }
}

function tick(place) {
  const path = svg("path", { d: "M1 1l6 6M7 1l-6 6" });
  const cross = svg("svg", { viewBox: "0 0 8 8" }, path);
  cross.style.left = `${place}%`;
  return cross;
}

// The words around the drawing: what happened in this step, and the foot.


const KEYS = [
  [["Space"], "play or pause"],
  [["←", "→"], "step"],
  [["X"], "next lost"],
  [["Enter"], "why"],
  [["Esc"], "all events again"],
];

/** What is said of the step, also to who does not see the drawing. */
export class Says {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "says", role: "status", "aria-live": "polite" });
  }

  draw() {
    const row = this.view.shown[this.view.at];
    const events = eventsOf(this.view.events, row);
    const lost = events.filter((event) => event.lost);
    const words = this.words(row, lost[0] ?? events[0], lost.length);
    const text = words.map((w) => w.textContent ?? w).join("");
    this.element.classList.toggle("lost", lost.length > 0);
    // Said again only if it is something else.
    if (this.element.textContent !== text) this.element.replaceChildren(...words);
  }

  words(row, main, lost) {
    const folded = row?.k
      ? [html("b", {}, `${row.k + row.e.length} events at once, folded.`), " "]
      : [];
    if (!main) return row?.k ? folded : ["Nothing has happened yet."];
    const others = lost > 1 ? ` and ${lost - 1} more` : "";
    const more = main.more ? `: ${main.more}` : "";
    const name = `${main.no > 0 ? main.no : ""} ${main.fate}`.trim();
    return [...folded, html("b", {}, name), ` ${main.says}${more}${others}`];
  }
}

/** The foot: the keys, and how much is shown. */
export class Foot {
  constructor(view) {
    this.view = view;
    this.where = html("span");
    const keys = KEYS.flatMap(([names, words]) => [
      ...names.flatMap((key) => [html("kbd", {}, key), " "]),
      `${words}\u2003`,
    ]);
    this.element = html("div", { class: "foot" }, html("span", {}, ...keys), this.where);
  }

  draw() {
    const { view } = this;
    const { rows, left_out: leftOut } = view.state;
    const hidden = rows.length - view.shown.length;
    const folded = rows.reduce((sum, row) => sum + row.k, 0);
    const parts = [`step ${view.at + 1} of ${view.shown.length}`];
    if (hidden) parts.push(`${hidden} hidden by filters`);
    if (folded) parts.push(`${folded} events folded: too many at once`);
    if (leftOut) parts.push(`${leftOut} older events left out`);
    if (view.following && view.state.grows) parts.push("following");
    this.where.textContent = parts.join(" · ");
  }
}

// The view: which step is shown, of what, and what one does to change that.


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

// The live view of a flow: any step of it, and why something happened.
//
// Python has drawn everything once; each piece says from which step to which
// it is seen. This module only shows and hides pieces, so it needs no server
// and no kernel. Of its model it uses get, set, on, off and send: a widget's
// model, or any object that has these.


/** Return whether the page is dark: JupyterLab says so, or the system. */
export function isDark(body, system) {
  const light = body.dataset.jpThemeLight;
  return light === undefined ? system : light === "false";
}

function render({ model, el }) {
  const view = new View(model);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () =>
    view.root.classList.toggle("dark", isDark(document.body, system.matches));
  const themes = new MutationObserver(paint);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  system.addEventListener("change", paint);

  let frame = 0;
  const take = () => {
    frame = 0;
    view.take(model.get("state"));
  };
  const hello = () => model.send({ type: "hello", version: model.get("state").version });
  const told = (update) => {
    const state = merge(model.get("state"), update);
    if (state === null) return hello();
    // Kept in the model, so that a saved notebook has it.
    model.set("state", state);
    frame ||= requestAnimationFrame(take);
  };
  const changed = () => {
    frame ||= requestAnimationFrame(take);
  };
  model.on("msg:custom", told);
  model.on("change:state", changed);
  const sizes = new ResizeObserver(() => view.draw());
  el.append(view.root);
  paint();
  view.draw();
  sizes.observe(view.drawing);
  hello();

  return () => {
    view.player.pause();
    cancelAnimationFrame(frame);
    themes.disconnect();
    sizes.disconnect();
    system.removeEventListener("change", paint);
    model.off("msg:custom", told);
    model.off("change:state", changed);
  };
}

export default { render };
