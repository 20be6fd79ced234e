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
    lost_out: update.lost_out,
    losses_out: update.losses_out ?? state.losses_out,
    strip: update.strip ?? state.strip,
    tabs: update.tabs ?? state.tabs,
    rows: replaced(state.rows, update.rows, "n").filter((r) => r.n >= first),
    spans: replaced(state.spans, update.spans, "i").filter(seen),
    events: inOrder(replaced(state.events, update.events, "no").filter((event) => event.row >= first)),
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

/** Return events as they happened: of what was folded, some are told late. */
function inOrder(events) {
  const order = (a, b) => a.row - b.row || a.no - b.no;
  const isLate = (event, index) => index > 0 && order(events[index - 1], event) > 0;
  return events.some(isLate) ? events.toSorted(order) : events;
}

/** Return what one calls an event: a note has no number of its own. */
export function called(number) {
  return number > 0 ? `Event ${number}` : "A note";
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

/** Return what was lost, in the order of the steps; of a request that failed, what it raised. */
export function losses(events) {
  const lost = events.filter((event) => event.lost);
  const raised = new Set(lost.filter(({ kind }) => kind === "crash").map(({ connection }) => connection));
  const isSaid = ({ type, connection }) => type === "http.response.start" && raised.has(connection);
  return lost.filter((event) => !isSaid(event)).sort((a, b) => a.row - b.row || a.no - b.no);
}

/** Return which of some losses comes after a place; behind the last, the first again. */
export function lossAfter(found, { row, no }) {
  return found.find((loss) => loss.row > row || (loss.row === row && loss.no > no)) ?? found[0];
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
  twist: "M4 2l6 5-6 5z",
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

// The line of code that did something, and the address that an editor answers to.


// What a browser would run or show itself is no editor.
const BROWSERS_OWN = /^(about|blob|data|file|filesystem|javascript|vbscript):/i;
const BY_BROWSER = /^https?:/i;

/** Return the address that opens a line; empty if no editor is configured. */
export function addressOf(template, { path, line }) {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(template ?? "") || BROWSERS_OWN.test(template)) return "";
  const parts = path.replaceAll("\\", "/").split("/").map(encodeURIComponent);
  const address = parts.join("/").replace("%3A", ":"); // behind a drive's letter
  const isPath = template.includes("/{path}"); // which has its own slash
  const at = isPath ? address.replace(/^\//, "") : address;
  return template.replaceAll("{path}", () => at).replaceAll("{line}", String(line));
}

/** Return whether of any event a line of code is known. */
export function knowsLines(events) {
  return events.some(({ lines }) => lines);
}

/** Return where a line stands: a link, if there is an editor for it. */
export function lineOf(view, line, words = line.at) {
  const address = addressOf(view.model.get("editor"), line);
  const name = { title: `${line.path}:${line.line}` };
  if (!address) return html("span", name, words);
  const link = html("a", { ...name, href: address, rel: "noreferrer" }, words);
  if (BY_BROWSER.test(address)) link.target = "_blank"; // the page stays
  return link;
}

/** Open the line that did an event; say so, or why not. */
export function openLine(view, event) {
  const [line] = event?.lines ?? [];
  if (!line) return view.tell("No line of your own code is known to have done this");
  const link = lineOf(view, line);
  if (!link.href) return view.tell(`${line.path}:${line.line} (--editor makes a link of it)`);
  link.click();
  view.tell(`${line.at} opened`);
}

// HTTP exchanges: a request and its response, as one.

const A_STREAM = 3; // of so many pieces a response comes as things happen

/** Return each exchange by its connection: method, path, status, size. */
export function exchangesOf(events) {
  const found = new Map();
  for (const event of events) {
    if (!event.http || event.no < 0) continue;
    const exchange = found.get(event.connection) ?? begun(event);
    found.set(event.connection, exchange);
    exchange.path ||= event.path;
    exchange.method ||= event.method;
    exchange.status ||= event.status;
    exchange.user ||= event.user;
    exchange.lost ||= event.lost && event.fate;
    exchange.note ||= event.lost ? "" : event.fate;
    if (event.type === "http.response.body") {
      // To who asks with HEAD no server sends a body.
      const sent = exchange.method === "HEAD" ? 0 : event.size ?? 0;
      exchange.size = (exchange.size ?? 0) + sent;
      exchange.pieces += 1;
      exchange.first ||= event.no;
    }
    exchange.events.push(event);
  }
  return found;
}

function begun({ client }) {
  const said = { user: "", method: "", path: "", status: 0, lost: "", note: "" };
  return { client, ...said, size: null, pieces: 0, first: 0, events: [] };
}

/** Whether an event is of a stream: it stands where it happened, as a frame of a WebSocket. */
export function isOfStream(event, exchange) {
  return event.type === "http.response.body" && exchange.pieces >= A_STREAM;
}

/** Whether an event came while a stream went on: unfolded, it stands behind what came before it. */
function isLate(event, exchange) {
  return exchange.pieces >= A_STREAM && event.no > exchange.first;
}

/** Return for how many milliseconds an exchange went on; null if that is not known. */
export function tookOf(events) {
  const [first, last] = [events[0], events.at(-1)];
  if (first.at === null || first.at === undefined) return null;
  // Nothing but a request, which waits for its answer, or how one failed that nobody read.
  if (first === last && first.type !== "http.response.start") return null;
  // Who does not read a request is told of it all the same, when it comes.
  const unread = first.type === "http.response.start" ? (first.took ?? 0) : 0;
  return (last.at - first.at) * 1e3 + unread;
}

/** Return what a list has a row for: an event, or an exchange as a whole. */
export function entriesOf(events, exchanges) {
  const entries = [];
  const seen = new Set();
  for (const event of events) {
    const exchange = event.no > 0 ? exchanges.get(event.connection) : undefined;
    if (!exchange) entries.push({ event });
    else if (!seen.has(exchange)) entries.push({ event, exchange });
    if (exchange && isOfStream(event, exchange)) entries.push({ event, inner: true });
    else if (exchange && isLate(event, exchange)) entries.push({ event, inner: true, late: true });
    seen.add(exchange);
  }
  return entries;
}

/** Return the rows of a list; below an exchange that is unfolded, those of its events that pass. */
export function rowsOf(entries, unfolded, passes = () => true) {
  return entries.flatMap((entry) => {
    const { event, exchange, late } = entry;
    const isUnfolded = unfolded.has(event.connection);
    if (late && !isUnfolded) return [];
    if (!exchange || !isUnfolded) return [entry];
    const stands = (inner) => !isOfStream(inner, exchange) && !isLate(inner, exchange);
    const inside = exchange.events.filter((inner) => passes(inner) && stands(inner));
    return [entry, ...inside.map((inner) => ({ event: inner, inner: true }))];
  });
}

/** Return whether a response says that something went wrong. */
export function isError({ status }) {
  return status >= 400;
}

// The cells of one row of the list.


const WHO = "from → to";
const COLUMNS = ["no.", "time", WHO, "type", "payload", "size", "ms"];

const LETTERS = 15; // letters of a file's name
const INDENT = 2; // letters that what stands inside an exchange is further right
const LETTER = 7.3; // how wide a letter may be, in any font
const WIDEST = { no: 14, who: 44, type: 22, time: 10 }; // letters, before the payload has less room
const TWIST = 3.5; // letters that have the room of what unfolds a row, or of its arrow

/** Return the names of a list's columns: lines of code, if any are known. */
export function columnsOf(events) {
  return knowsLines(events) ? [...COLUMNS, "code"] : COLUMNS;
}

/** Return how many letters the longest names, types and times of some rows have. */
export function lettersOf(rows) {
  let [who, type, no] = [0, 0, 0];
  for (const { event, exchange, inner } of rows) {
    no = Math.max(no, String(Math.max(event.no, 0)).length + (exchange || inner ? TWIST : 0));
    const { user, method } = exchange ?? event;
    const words = event.from.length + event.to.length + (user ? user.length + 3 : 0);
    who = Math.max(who, words + " → ".length + (inner ? INDENT : 0));
    type = Math.max(type, exchange ? (method || "HTTP").length : event.type.length);
  }
  return { no, who, type, time: timeOf(rows.at(-1)?.event.at).length }; // the last is the longest
}

/** Give names, types and times the room that they need, and the payload all else. */
export function widen(list, rows) {
  const letters = lettersOf(rows);
  for (const [name, most] of Object.entries(WIDEST)) {
    const wide = Math.ceil(Math.min(letters[name], most) * LETTER + 4);
    list.style.setProperty(`--${name}`, `${wide}px`);
  }
}

/** Return the cells of a row. */
export function cellsOf(view, columns, { event, exchange, inner }) {
  const cells = exchange ? exchanged(event, exchange) : happened(event, inner);
  cells.push(sentBy(view, exchange ? exchange.events : [event]));
  if (view.bookmarks.has(event.no)) cells[0].unshift(bookmark());
  return columns.map((name, index) => {
    const cell = html("span", { role: "gridcell", class: name }, ...cells[index]);
    if (["payload", "type", WHO].includes(name)) cell.title = cell.textContent;
    return cell;
  });
}

/** Return the line of code that did an event, or one of an exchange. */
function sentBy(view, events) {
  const line = events.find(({ lines }) => lines)?.lines[0];
  if (!line) return [];
  const name = line.at.split("/").at(-1); // its end has the number
  const shown = lineOf(view, line, name.length > LETTERS ? `…${name.slice(1 - LETTERS)}` : name);
  shown.tabIndex = -1; // by keyboard there are its details, and O
  return [shown];
}

function happened(event, inner) {
  const lost = event.fate ? [sign(event.fate, event.lost), " "] : [];
  const status = event.status ? [...marked(event.status), " "] : [];
  const isSaid = event.kind === "deliver" || event.group === event.from;
  const group = event.group && !isSaid ? `${event.group} ` : "";
  const rest = event.status ? "" : event.short;
  return [
    [inner ? `↳ ${event.no}` : event.no > 0 ? String(event.no) : "–"],
    [timeOf(event.at)],
    who(event, event.from, event.to),
    [event.type],
    [...lost, ...status, group + rest],
    [sizeOf(event.size)],
    [durationOf(event.took)],
  ];
}

function exchanged(event, { client, user, method, path, status, size, lost, note, events }) {
  const twist = html("button", { type: "button", class: "twist", tabindex: "-1" });
  const many = events.length === 1 ? "1 event" : `${events.length} events`;
  twist.setAttribute("aria-label", `${many} of this exchange`);
  twist.append(icon("twist"));
  const fate = lost || note ? [" ", sign(lost || note, Boolean(lost))] : [];
  return [
    [twist, String(event.no)],
    [timeOf(event.at)],
    who({ client, user }, client, event.from === client ? event.to : event.from),
    [method || "HTTP"],
    [...(status ? marked(status) : ["…"]), ` ${path}`, ...fate, ...bodyOf(asked(events))],
    [sizeOf(size)],
    [durationOf(tookOf(events))],
  ];
}

/** Return what asked: of a request that was written down before it was read, what was read. */
function asked(events) {
  return events.find(({ type, size }) => type === "http.request" && size > 0) ?? events[0];
}

/** Return what a request carried, behind its method and path. */
function bodyOf({ type, method, path, short }) {
  const begins = `${method} ${path} `;
  const has = type === "http.request" && short.startsWith(begins);
  return has ? [" ", html("span", { class: "body" }, short.slice(begins.length))] : [];
}

/** Return a name; if room is short its number stays, which tells it from others. */
function other(name) {
  const [, begins, number] = name.match(/^(.*?)(#[^#]{1,6})?$/s);
  const named = html("span", { class: "other" }, html("span", {}, begins));
  if (number) named.append(html("b", {}, number));
  return named;
}

/** Return from whom something went to whom; if room is short, a client's name stays whole. */
function who({ client, user }, from, to) {
  const named = (name) => {
    if (name !== client) return other(name);
    const known = html("span", { class: "client" }, user ? `${name} (${user})` : name);
    // Where there is room for all that stands beside it, it has the rest.
    const beside = name === from ? ` → ${to}` : `${from} → `;
    known.style.setProperty("--beside", `${to ? beside.length : 0}ch`);
    return known;
  };
  return to ? [named(from), html("span", { class: "client" }, " → "), named(to)] : [named(from)];
}

function marked(status) {
  if (status < 400) return [html("span", { class: "status" }, String(status))];
  return [sign(String(status), true)];
}

/** Return a word that stands out: by a cross, by a frame, and by its colour. */
function sign(words, lost) {
  const kind = lost ? "badge" : "badge note";
  return html("span", { class: kind }, ...(lost ? [icon("lost")] : []), words);
}

function bookmark() {
  return html("span", { class: "star", role: "img", "aria-label": "bookmarked" }, "★ ");
}

/** Return when something was, in seconds since the recording began. */
export function timeOf(at) {
  return at === null || at === undefined ? "" : at.toFixed(3);
}

/** Return how long something took, in milliseconds; what took long says its unit. */
export function durationOf(took) {
  if (took === null || took === undefined) return "";
  if (took < 10) return took.toFixed(1);
  if (took < 10_000) return String(Math.round(took));
  return took < 1_000_000 ? `${Math.round(took / 1e3)} s` : `${Math.round(took / 6e4)} min`;
}

/** Return a size as a person reads it. */
export function sizeOf(size) {
  if (size === null || size === undefined) return "";
  if (size < 1_000) return `${size} B`;
  return size < 1_000_000 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

// What was lost before all that is shown: it has no row any more, but still its words.


/** Return what is said of older events; nothing if all are there. */
export function olderThan({ is_whole: isWhole, left_out: many }) {
  if (isWhole === false) return "older events are still coming";
  return many ? `${many} older ${many > 1 ? "events" : "event"} left out` : "";
}

/** The losses among what is left out, below a button that says how many they are. */
export class Before {
  constructor(view) {
    this.view = view;
    this.chip = html("button", { type: "button", class: "chip only", "aria-expanded": "false" });
    this.chip.addEventListener("click", () => this.open(this.element.hidden));
    this.words = html("p", {});
    this.lines = html("ol", { "aria-label": "Lost before what is shown" });
    this.element = html("div", { class: "before", hidden: "", tabindex: "0" });
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  open(shown) {
    this.element.hidden = !shown;
    this.element.replaceChildren(...(shown ? [this.words, this.lines] : []));
    this.chip.setAttribute("aria-expanded", String(shown));
    this.draw();
    if (shown) this.element.focus();
  }

  /** Fold it again, and go back to where it was unfolded. */
  pressed(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.open(false);
    this.chip.focus();
  }

  draw() {
    const { lost_out: many, losses_out: losses = [] } = this.view.state;
    this.chip.hidden = !many;
    if (!many && !this.element.hidden) this.open(false);
    const words = `${many} lost before`;
    if (this.chip.textContent !== words) this.chip.textContent = words;
    if (this.element.hidden || this.drawnOf === losses) return;
    this.drawnOf = losses;
    const which = losses.length < many ? `The newest ${losses.length} of ${many} losses` : "What was lost";
    this.words.textContent = `${which} among the older events, which have no rows any more: flow.txt has all that is kept.`;
    this.lines.replaceChildren(...losses.toReversed().map(line));
  }
}

function line({ no, at, fate, says, more }) {
  const number = no > 0 ? String(no) : "–";
  const time = at === null ? "" : ` at ${timeOf(at)} s`;
  const words = html("span", {}, html("b", {}, fate), ` ${says}${more && `: ${more}`}${time}`);
  return html("li", {}, html("b", {}, number), words);
}

// The room that a row's words have in the lanes: as much as the window leaves.
//
// Only a page of its own asks for it: a notebook's view is one of several, and
// what Python has drawn for them stays as it is.


const SMALLEST = 9.5 / 10.5; // a text of 10.5 px is never drawn below 9.5
const LARGEST = 14 / 10.5; // nor much larger than the text around it
const SCROLLBAR = 16; // the same whether there is one: else two widths could take turns
const LETTER_OF_WORDS = 6.5; // how wide a letter of 10.5 px may be, in any font
const BESIDE = 338; // how wide a number and 41 letters are
const AROUND_WORDS = 80; // a row's number and sign before them, and room behind
const FEWEST = 28; // letters in a line beside the arrows; else the words stand below
const MOST_LETTERS = 120;

/** Say how much smaller or larger than drawn something is shown, to fit. */
export function scaleOf(drawing, width, largest = LARGEST) {
  return fitting(drawing.clientWidth || width, width, largest);
}

function fitting(room, width, largest = LARGEST) {
  return Math.max(Math.min(room / width, largest), SMALLEST);
}

/** Return how many letters of words have room in a line beside the arrows, or else below. */
export function wordsOf(room, { end, text }) {
  const lettersIn = (width, before) => Math.floor((width - before - AROUND_WORDS) / LETTER_OF_WORDS);
  const beside = lettersIn(room / fitting(room, text + BESIDE), text);
  const below = beside < FEWEST;
  const letters = below ? lettersIn(room / fitting(room, text), text - end) : beside;
  return { letters: Math.min(Math.max(letters, FEWEST), MOST_LETTERS), below };
}

/** The room of a view's lanes. */
export class Room {
  constructor(view) {
    this.view = view;
  }

  /** Ask anew: who has answered does so no more. */
  forget() {
    this.asked = null;
  }

  get width() {
    return this.view.drawing.offsetWidth - SCROLLBAR;
  }

  get scale() {
    const { drawing, state, model } = this.view;
    const { text, width, below } = state.strip;
    if (!model.get("fits")) return scaleOf(drawing, width);
    return fitting(this.width, below ? text : text + BESIDE);
  }

  /** Ask for lines of words that are as long as there is room. */
  ask() {
    const { state, model, held } = this.view;
    if (!model.get("fits") || held) return;
    const wanted = wordsOf(this.width, state.strip);
    const isDrawn = ({ letters, below }) => letters === state.strip.letters && below === state.strip.below;
    if (this.asked && isDrawn(this.asked)) this.asked = null; // it was answered
    if (this.asked || isDrawn(wanted)) return;
    this.asked = wanted;
    model.send({ type: "fit", ...wanted });
  }

  /** Have words that stand below the arrows stay where they can be read. */
  place(slice) {
    const { state, drawing } = this.view;
    if (!state.strip.below) return;
    const words = slice.querySelector(".words");
    if (!words.querySelector(".cover")) cover(words);
    words.setAttribute("transform", `translate(${drawing.scrollLeft / this.scale - state.strip.end} 0)`);
  }
}

/** Put a ground below words, so that no lane runs through them. */
function cover(words) {
  const grounds = [...words.querySelectorAll("text")].map((text) => {
    const [x, y] = ["x", "y"].map((name) => Number(text.getAttribute(name)));
    const wide = text.textContent.length * LETTER_OF_WORDS;
    const left = text.getAttribute("text-anchor") === "end" ? x - wide : x;
    return svg("rect", { x: left - 2, y: y - 9.5, width: wide + 4, height: 13, class: "cover" });
  });
  words.prepend(...grounds);
}

// The mailboxes and the groups: drawings that change as a whole.


const LARGEST_BOARD = 1.6; // a board fills its room; how wide that may be says the style
const SOON = "This is drawn in a moment: first comes what happened before.";
const UNDRAWN = "Of steps long before the page was opened, this is not drawn.";

/** Return which step is drawn: if none passes the filters, what holds now, and not what did at first. */
function stepOf({ step, at, following, state }) {
  return following && at < 0 ? state.rows.at(-1)?.n ?? step : step;
}

/** The board of a view's tab, at its step. */
export class Board {
  constructor(view) {
    this.view = view;
  }

  enter() {}

  draw() {
    const { tab, state, drawing } = this.view;
    const step = stepOf(this.view);
    const board = state.boards[tab];
    const parts = piecesAt(board.parts, step);
    if (!parts.length) {
      const why = board.parts.length ? UNDRAWN : SOON;
      return drawing.replaceChildren(html("p", { class: "empty" }, why));
    }
    const height = parts.find((part) => part.z < 0)?.p ?? "100";
    const picture = svg("svg", {
      viewBox: `0 0 ${board.width} ${Number(height)}`,
      role: "img",
      "aria-label": `${tab} after step ${step}; the line above says what happened`,
    });
    const above = (a, b) => a.z - b.z || a.i - b.i;
    const shown = parts.filter((part) => part.z >= 0).sort(above);
    picture.append(...shown.map((part) => drawn(part.p)));
    picture.style.width = `${board.width * scaleOf(drawing, board.width, LARGEST_BOARD)}px`;
    drawing.replaceChildren(picture);
  }
}

// Bookmarks: events to come back to, for as long as the page is open.


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

// The filters: whom, which groups, which type, and what was lost.


const MOST = 8;
// Groups by which the library itself reaches a user's sockets: minichannels.auth.closing.
const OF_LIBRARY = /^auth\.(users?\.|opening$)/;
const ALL = { folds: null, unfolded: false, matches: null, connection: 0, after: 0 };

/** Return filters that let everything pass. */
export function noFilters() {
  return { clients: new Set(), groups: new Set(), type: "", lost: false, websockets: false, ...ALL };
}

/** Return what chips were set to by another view, or before its page was loaded again. */
export function setBefore(text) {
  let set = {};
  try {
    set = JSON.parse(text || "{}") ?? {};
  } catch {
    // Somebody has changed the address.
  }
  const { clients, groups, type, lost } = set;
  const names = (found) => new Set(Array.isArray(found) ? found.map(String) : []);
  return { clients: names(clients), groups: names(groups), type: String(type ?? ""), lost: lost === true };
}

/** Return what chips are set to; nothing if all is shown. */
function setNow({ clients, groups, type, lost }) {
  const isSet = clients.size || groups.size || type || lost;
  return isSet ? JSON.stringify({ clients: [...clients], groups: [...groups], type, lost }) : "";
}

/** The chips of a view, one for each name that occurs. */
export class Chips {
  constructor(view) {
    this.view = view;
    Object.assign(view.filters, setBefore(view.model.get("chips")));
    this.element = html("div", {
      class: "chips",
      role: "group",
      "aria-label": "Filters",
    });
  }

  draw() {
    const { events, strip } = this.view.state;
    const { filters } = this.view;
    const values = (name) => [...new Set(events.map((event) => event[name]))].filter(Boolean);
    const [everybody, types] = ["client", "type"].map(values);
    const groups = busiest(events, filters.groups);
    const both = events.some((event) => event.http) && events.some((event) => !event.http);
    const users = new Map(events.filter(({ user }) => user).map((e) => [e.client, ` (${e.user})`]));
    // Of many, those have a chip who are hidden, who have columns, and then who have a WebSocket.
    const open = new Set(events.filter((event) => !event.http).map((event) => event.client));
    const worth = (name) => 4 * filters.clients.has(name) + 2 * Boolean(strip.own?.includes(name)) + open.has(name);
    const lanes = laneOf(everybody, open, strip);
    const few = everybody.toSorted((a, b) => worth(b) - worth(a)).slice(0, MOST);
    const clients = inLanes(few, lanes, strip);
    const others = everybody.length - few.length;
    const kinds = clients.map((name) => kindOf(lanes.get(name)));
    const key = JSON.stringify([clients, kinds, others, groups, types, both, [...users]]);
    if (key !== this.key) {
      this.key = key;
      const focused = nameOf(this.element.querySelector(":focus"));
      this.element.replaceChildren(
        ...clients.flatMap((name, index) => [
          ...(kinds[index] === (kinds[index - 1] ?? "") ? [] : [this.lane(kinds[index])]),
          this.hider(filters.clients, name, users.get(name)),
        ]),
        ...(others ? [html("span", { class: "lane" }, `and ${others} ${others > 1 ? "others" : "other"}`)] : []),
        ...groups.map((name) => this.hider(filters.groups, name)),
        this.types(types),
        ...(both ? [this.onlyWebsockets()] : []),
        this.onlyLost(),
      );
      // Whoever has just gone to a chip is not thrown out of it.
      if (focused) [...this.element.children].find((chip) => nameOf(chip) === focused)?.focus();
    }
    for (const words of strip.shared ?? [])
      for (const lane of this.element.querySelectorAll(`[data-lane="${kindOf(words)}"]`))
        lane.textContent = `${words}:`;
  }

  /** Return what stands before the chips of those who share a lane. */
  lane(kind) {
    return html("span", { class: "lane", "data-lane": kind });
  }

  chip(words, pressed, act) {
    const attributes = { type: "button", class: "chip", title: words };
    const element = html("button", { ...attributes, "aria-pressed": String(pressed) });
    element.append(html("span", {}, words)); // of a long name, the beginning
    element.addEventListener("click", () => {
      const now = element.getAttribute("aria-pressed") !== "true";
      element.setAttribute("aria-pressed", String(now));
      act(now);
      this.apply();
    });
    return element;
  }

  /** Show what passes by now; it stays so in other views, and when a page is loaded again. */
  apply() {
    const { view } = this;
    view.model.set("chips", setNow(view.filters));
    view.refilter();
  }

  /** Return the chip of a name; while it is not pressed, the name is hidden. */
  hider(hidden, name, more = "") {
    const act = (on) => (on ? hidden.delete(name) : hidden.add(name));
    return this.chip(name + more, !hidden.has(name), act);
  }

  types(names) {
    const { filters } = this.view;
    const choice = html("select", { class: "chip", "aria-label": "Type" });
    choice.append(html("option", { value: "" }, "any type"));
    // What was chosen before may not have happened again so far.
    for (const name of new Set([...names, filters.type].filter(Boolean))) choice.append(html("option", { value: name }, name));
    choice.value = filters.type;
    choice.addEventListener("change", () => {
      filters.type = choice.value;
      this.apply();
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

/** Return the head of the lane of each client that has no columns of its own. */
export function laneOf(clients, open, { own = [], shared = [] }) {
  const others = clients.filter((name) => !own.includes(name));
  const found = (name) => shared.find((words) => open.has(name) !== (kindOf(words) === "request"));
  return new Map(others.map((name) => [name, found(name) ?? shared[0] ?? ""]));
}

/** Return the groups of events; of many, the hidden ones, the project's own, and those in which most happens. */
export function busiest(events, hidden = new Set()) {
  const times = new Map();
  for (const { group } of events) if (group) times.set(group, (times.get(group) ?? 0) + 1);
  const worth = (name) => (hidden.has(name) ? Infinity : OF_LIBRARY.test(name) ? 0 : times.get(name));
  const ranked = [...times.keys()].sort((a, b) => worth(b) - worth(a) || times.get(b) - times.get(a));
  const [own, others] = [false, true].map((of) =>
    ranked.slice(0, MOST).filter((name) => OF_LIBRARY.test(name) === of).sort(),
  );
  return [...own, ...others];
}

/** Sort clients as they stand in the picture: with columns, and by their lanes. */
export function inLanes(clients, lanes, { own = [], shared = [] }) {
  const place = (name) => (own.includes(name) ? own.indexOf(name) : own.length + shared.indexOf(lanes.get(name)));
  return clients.toSorted((a, b) => place(a) - place(b));
}

function kindOf(words = "") {
  return words.replace(/^\d+ /, "").replace(/s$/, "");
}

function nameOf(chip) {
  return chip?.title || chip?.ariaLabel || "";
}

// JSON as a reader wants it: what is short on a line, what is long opened.
//
// Rule: it is never parsed and written anew. A number of twenty digits, or a
// key that stands there twice, has to look as it came.

const WIDE = 60;
const TEXT = String.raw`"(?:[^"\\]|\\.)*"?`;
const SIGNS = new RegExp(String.raw`${TEXT}|[[\]{},]`, "gs");
const NAMED = new RegExp(String.raw`^(${TEXT}): ?(.*)$`, "s");
const BROKEN = /[^\\]\\n/;

// A text with JSON behind signs of Socket.IO: 42["chat",{"text":"hi"}]
const LEADS = String.raw`4[0-6](?:\d{1,3}-)?(?:/[^,"[{]{0,80},)?\d{0,9}`;
const PACKET = new RegExp(`"${LEADS}[[{]`);
const SIGNED = new RegExp(`^(${LEADS})([[{].*)$`, "s");

/** Return what stands in a list or an object, one by one, and how it ends. */
function inside(text) {
  const items = [];
  let [depth, start] = [0, 1];
  for (const { 0: sign, index } of text.matchAll(SIGNS)) {
    if ("[{".includes(sign)) depth += 1;
    else if (depth === 1 && ",]}".includes(sign)) {
      items.push(text.slice(start, index).trim());
      start = index + 1;
    }
    if ("]}".includes(sign)) depth -= 1;
    if (depth === 0) return { items, end: sign };
  }
  return { items: [...items, text.slice(start).trim()], end: "" }; // it was cut
}

/** Return the values of an object by their names, each as it was written. */
export function members(text) {
  const named = inside(text).items.map((item) => item.match(NAMED)).filter(Boolean);
  return new Map(named.map(([, name, value]) => [name.slice(1, -1), value]));
}

/** Return JSON of one line on as many as it needs. */
export function pretty(text, say = (words) => words, indent = "") {
  if (!"[{".includes(text[0])) return say(text, indent);
  const isPlain = () => say(text, "") === text && !PACKET.test(text);
  if (indent.length + text.length <= WIDE && isPlain()) return text;
  const { items, end } = inside(text);
  const deeper = `${indent}  `;
  const lines = items.map((item) => {
    const [, name, value] = item.match(NAMED) ?? [];
    return deeper + (name ? `${name}: ${pretty(value, say, deeper)}` : pretty(item, say, deeper));
  });
  return `${text[0]}\n${lines.join(",\n")}${end && `\n${indent}${end}`}`;
}

/** Return a text with each of its own lines on one: as events of a stream; JSON in it is opened. */
export function inLines(text, indent) {
  const [, signs, values] = unquoted(text)?.match(SIGNED) ?? [];
  if (signs) return signs + pretty(values, inLines, indent);
  if (!BROKEN.test(text)) return text;
  const lines = text.replace(/\\./gs, (sign) => (sign === "\\n" ? `\\n\n${indent} ` : sign));
  return lines.replace(/\n *"$/, '"');
}

/** Return what a text says that may have JSON in it, to where it was cut; undefined if it is none. */
function unquoted(text) {
  if (text.search(PACKET) !== 0) return undefined;
  try {
    return JSON.parse(text.endsWith('"') ? text : `${text.replace(/\\?…$/, "…")}"`);
  } catch {
    return undefined; // with a sign that Python shows in a way of its own
  }
}

// A payload in the clipboard.


const TEXTS = ["text", "bytes", "body"];

/** Return what one wants of a payload: a frame's own text, or all of it. */
export function copied(payload) {
  if (!payload.startsWith("{") || payload.endsWith("…")) return payload; // the beginning is told
  const values = members(payload);
  const [only] = TEXTS.map((name) => values.get(name)).filter(carries);
  if (only === undefined) return pretty(payload);
  return only.startsWith('"') ? said(only) : pretty(only);
}

function said(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text; // with a sign that Python shows in a way of its own
  }
}

function carries(value) {
  return value !== undefined && value !== "null";
}

/** Copy the payload of an event; say whether that has worked. */
export async function copyPayload(view, event) {
  if (!event) return;
  const cut = event.payload.endsWith("…") ? ", the beginning of it: flow.json has all" : "";
  try {
    await navigator.clipboard.writeText(copied(event.payload));
    view.tell(`Payload of ${called(event.no).toLowerCase()} copied${cut}`);
  } catch {
    // Not allowed here, or not over this address: it is marked, to be copied.
    const shown = view.details.element.querySelector("pre");
    if (shown) getSelection().selectAllChildren(shown);
    view.tell("The browser does not let this page copy: it is selected instead");
  }
}

// Patterns that a person writes, which have to be done with soon.

const SIGN = /\\.|\[(?:\\.|[^\]\\])*\]/gs; // one, in or behind a backslash, or in brackets
const ANY = "\0"; // what stands for it
const GROUP = /\((?:\?(?:[:=!]|<[=!]|<\w+>))?([^()]*)\)([*+]|\{\d+,\}|\{(?:\d+,)?(?:[1-9]\d+)\})?/;
const VARIES = /[*+?]|\{\d+,\d*\}/;
const SHORT = 100; // letters of a text that is done with in any case
const LONG_ENOUGH = 1_000; // milliseconds

/** A pattern, which finds letters large or small, as long as that does not take too long. */
export class Pattern {
  constructor(source, tell = () => {}) {
    Object.assign(this, { source, tell, regex: new RegExp(source, "i"), busy: 0, ended: 0, isSlow: false });
    // Nothing stops a browser that searches: not even this page could be left.
    if (isAmbiguous(source))
      throw new Error(`/${source}/ may search for ever: it repeats what can be read in two ways, as (a+)+ and (a|ab)* do; a+ and [ab]* do not`);
  }

  test(text) {
    if (text.length < SHORT) return this.regex.test(text);
    return !this.isSlow && this.timed(text);
  }

  timed(text) {
    const begun = performance.now();
    const finds = this.regex.test(text);
    const ended = performance.now();
    // What lies between two texts is time in which the page was there for others.
    this.busy = Math.max(0, this.busy - (begun - this.ended)) + ended - begun;
    this.ended = ended;
    this.isSlow = this.busy > LONG_ENOUGH;
    if (this.isSlow) this.tell(`/${this.source}/ takes too long, and finds nothing more in long texts: leave out a * or +, or search for a word`);
    return finds;
  }
}

/** Return whether a group is repeated that can be read in two ways; from the innermost on. */
function isAmbiguous(source) {
  let rest = source.replace(SIGN, ANY);
  for (let group = rest.match(GROUP); group; group = rest.match(GROUP)) {
    const [whole, inner, again] = group;
    const varies = VARIES.test(inner) || mayBeginAlike(inner.split("|"));
    if (varies && again) return true;
    rest = rest.replace(whole, () => (varies || again ? `${ANY}*` : ANY));
  }
  return false;
}

function mayBeginAlike(alternatives) {
  const letters = alternatives.map(([letter = ANY]) => letter.toLowerCase());
  const areKnown = letters.every((letter) => !`${ANY}.^$`.includes(letter));
  return letters.length > 1 && (!areKnown || new Set(letters).size < letters.length);
}

// What one searches for: plain text, "two words", /regex/, and fields such as
// type:; with a - before it, what is not to be found.


// A pattern stands alone: /ws/chat is a path. In quotes stand words that belong together.
const TERM = /(?<!\S)(-?)(\/((?:[^\/\\]|\\.)+)\/(?!\S)|(?:(\w+):)?("[^"]*"(?!\S))|(\w+):(\S+)|\S+)/g;
const CONTENTS = ["text", "payload"]; // in which quotes may be what is to be found
const FIELDS = ["payload", "path", "type", "client", "user", "group", "from", "to", "method"];

// What stands before a colon, and what of an event it is about: one of the fields, or these.
const PARTS = {
  ...Object.fromEntries(FIELDS.map((name) => [name, (event) => [event[name]]])),
  type: (event, exchange) => [event.type, exchange?.method],
  client: (event) => [event.client, event.user],
  path: (event, exchange) => [pathOf(event) || exchange?.path],
  method: (event, exchange) => [event.method || exchange?.method],
  text: (event) => [event.short],
  code: (event, exchange) => linesOf(event, exchange),
};

// What stands before a number, and what of an event or of its exchange that is; null if it has none.
const NUMBERS = {
  status: (event, exchange) => statusOf(event, exchange) || null,
  ms: (event, exchange) => (exchange ? tookOf(exchange.events) : event.took),
  size: (event, exchange) => (exchange ? exchange.size : event.size),
};
const COMPARISON = /^(<=?|>=?|)(\d+(?:\.\d+)?)$/;
const COMPARED = {
  ">": (one, other) => one > other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
  ">=": (one, other) => one >= other,
};

/** Return what tells whether an event is meant; all that is said must hold. It tells of a pattern that is too slow. */
export function query(text, tell) {
  const tests = [...text.matchAll(TERM)].map((term) => test(term, tell));
  return (event, exchange) => tests.every((holds) => holds(event, exchange));
}

function test([, minus, whole, pattern, quotedKey, quoted, key = quotedKey, value = quoted], tell) {
  if (isUnfinished(whole)) return () => true;
  const finds = finding(whole, pattern, key?.toLowerCase(), value, tell);
  return minus ? (event, exchange) => !finds(event, exchange) : finds;
}

function finding(whole, pattern, key, said, tell) {
  const value = said && withoutQuotes(said, key);
  if (key === "status" && !/^[<>]/.test(value)) return ofStatus(value);
  if (key && Object.hasOwn(NUMBERS, key)) return numbering(key, value);
  if (key && Object.hasOwn(PARTS, key)) {
    const finds = finder(value, tell);
    return (event, exchange) => PARTS[key](event, exchange).some((part) => finds(part ?? ""));
  }
  const plain = key ? whole : value ?? whole;
  const finds = finder(pattern === undefined ? plain : `/${pattern}/`, tell);
  return (event, exchange) => words(event, exchange).some(finds);
}

/** Return what stands in quotes; a single word with them, where JSON may have it so. */
function withoutQuotes(value, key) {
  const isMeantSo = (!key || CONTENTS.includes(key)) && !/\s/.test(value);
  return isMeantSo ? value : value.replace(/^"([^"]+)"$/, "$1");
}

/** Return what finds a text, or a /regex/, in another; browser#1 not in browser#15 or browser#1.2. */
function finder(value, tell) {
  const pattern = value.match(/^\/(.+)\/$/)?.[1] ?? numbered(value);
  if (pattern === undefined) return (text) => holds(text, value);
  const known = new Pattern(pattern, tell);
  return (text) => known.test(text);
}

/** Return a pattern for what ends with a number; undefined if it does not. */
function numbered(value) {
  if (!/#\d+(\.\d+)?$/.test(value)) return undefined;
  return `${value.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&")}(?!\\.?\\d)`;
}

function ofStatus(value) {
  return (event, exchange) =>
    fits(String(statusOf(event, exchange) || ""), value) || holds(event.fate, value);
}

/** Return a status; of a request that was never answered since the application failed, a server's own. */
function statusOf(event, exchange) {
  const hasFailed = /^(RAISED|RETURNED)/.test(exchange?.lost);
  return exchange?.status || event.status || (hasFailed ? 500 : 0);
}

/** Whether a text has nothing yet to be found: as a rule it folds nothing. */
export function saysNothing(text) {
  return text.trim().split(/\s+/).every((whole) => !whole || isUnfinished(whole));
}

/** Whether a field is named, and what to find in it is still to be written. */
function isUnfinished(whole) {
  const key = whole.replace(/^-/, "").slice(0, -1).toLowerCase();
  return whole.endsWith(":") && [PARTS, NUMBERS].some((known) => Object.hasOwn(known, key));
}

/** Return what finds a number that is so large, or more; or as it is compared. */
function numbering(key, value) {
  const [, sign, number] = value.match(COMPARISON) ?? [];
  if (!number) throw new Error(`${key}: finds numbers, as in ${key}:>100; ${value} is none`);
  const holds = COMPARED[sign || ">="];
  return (event, exchange) => {
    const known = NUMBERS[key](event, exchange);
    return known !== null && known !== undefined && holds(known, Number(number));
  };
}

/** Return where an event's WebSocket leads to, or what the event itself says. */
export function pathOf({ path, socket }) {
  return path || socket || "";
}

/** Return the lines of code that did an event, or one of its exchange, and those that called them. */
function linesOf(event, exchange) {
  const events = exchange?.events ?? [event];
  return events.flatMap(({ lines }) => (lines ?? []).map(({ at }) => at));
}

/** Return all that is to be found of an event: also what its row says of it. */
function words(event, exchange) {
  const { short, fate, lines } = event;
  const said = [exchange?.path, short, fate, lines?.[0].at];
  return [...FIELDS.map((name) => event[name]), ...said].filter(Boolean);
}

function holds(text, part) {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** Return whether a status is meant: by its number, or as 4xx. */
function fits(status, value) {
  const meant = value.toLowerCase().padEnd(3, "x");
  const same = (digit, i) => meant[i] === "x" || meant[i] === digit;
  return status.length === meant.length && [...status].every(same);
}

// One event: all that is known of it, and what led to it.


const FACTS = ["from", "to", "type", "group", "client", "user", "handler"];
const MOST_OTHERS = 24;

/** What is told of the selected event. */
export class Details {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "event", hidden: "" });
  }

  draw() {
    const { selected, current, hasRoomBeside, events, both } = this.view;
    const event = events.get(hasRoomBeside ? current : selected);
    this.element.hidden = !event;
    both.classList.toggle("open", Boolean(event));
    this.put(event ? [this.facts(event), this.reasons(event)] : []);
    if (event?.no !== this.shown) this.reveal(selected > 0);
    this.shown = event?.no;
  }

  /** Show them from their top; if chosen, have what it carried in the window, which may end above. */
  reveal(isChosen) {
    if (isChosen) this.element.querySelector("pre")?.scrollIntoView({ block: "nearest" });
    this.element.scrollTop = 0;
  }

  /** Show some parts; what is as it was stays, and so does who is at a button of it. */
  put(parts) {
    const { element } = this;
    const before = [...element.children];
    if (before.length === parts.length && before.every((part, i) => part.isEqualNode(parts[i])))
      return;
    const focused = buttonName(element.querySelector("button:focus"));
    element.replaceChildren(...parts);
    if (focused) [...element.querySelectorAll("button")].find((b) => buttonName(b) === focused)?.focus();
  }

  facts(event) {
    const list = html("dl");
    for (const [name, fact] of factsOf(event)) list.append(html("dt", {}, name), html("dd", {}, fact));
    const measured = measures(event);
    if (measured) list.append(html("dt", {}, "time"), html("dd", {}, measured));
    list.append(...this.lines(event));
    const title = html("h3", {}, called(event.no));
    const badge = event.lost ? "badge" : "badge note";
    if (event.fate) title.append(html("span", { class: badge }, event.fate));
    const payload = html("pre", { tabindex: "0" }, pretty(event.payload, inLines));
    // What it carried comes first: who is concerned stands in its row, too.
    const exchange = this.ofExchange(event);
    return html("div", {}, title, this.acts(event), ...exchange, payload, list, ...this.others(event));
  }

  /** Return the lines of code that did it: the innermost, and who called it. */
  lines({ lines = [] }) {
    return lines.flatMap((line, index) => [
      html("dt", {}, index ? "called by" : "line"),
      html("dd", {}, lineOf(this.view, line), ` in ${line.in}`),
    ]);
  }

  /** Return buttons for what one can do with an event. */
  acts(event) {
    const { view } = this;
    const marked = view.bookmarks.has(event.no);
    const copy = this.chip("copy payload", () => copyPayload(view, event));
    const mark = this.chip("bookmark", () => view.bookmarks.toggle(event.no));
    mark.setAttribute("aria-pressed", String(marked));
    const acts = [this.follower(event), copy, mark];
    const row = view.unfolding.foldedRow(event);
    if (row) acts.push(this.chip(`unfold ${row.k} more at once`, () => this.unfold(row)));
    // No key of its own: it changes what the application does.
    if (view.model.get("token") && event.type === "websocket.receive")
      acts.push(this.chip("send again", () => this.resend(event)));
    return html("div", { class: "others" }, ...acts);
  }

  /** Have a client's frame sent to the application once more. */
  resend({ no }) {
    const { model } = this.view;
    model.send({ type: "resend", no, token: model.get("token") });
  }

  /** Have the lanes draw all that happened at once with an event. */
  unfold(row) {
    this.view.unfolding.ask(row.n);
    this.view.draw();
    this.view.focus();
  }

  chip(words, act) {
    const button = html("button", { type: "button", class: "chip" }, words);
    button.addEventListener("click", act);
    return button;
  }

  /** Return a button that shows the event's connection alone. */
  follower({ connection }) {
    const { view } = this;
    const on = view.filters.connection === connection;
    const words = `${on ? "show all" : `only ${view.nameOf(connection)}`}`;
    return this.chip(words, () => view.follow(on ? 0 : connection));
  }

  /** Return the numbers of the same act, if there are any. */
  others(event) {
    const row = this.view.state.rows.find(({ n }) => n === event.row);
    // Too many at once have one step, whatever they have to do with each other.
    const words = row?.k ? "in one step with" : "one act with";
    return this.numbers(words, row?.e ?? [], event);
  }

  /** Return the numbers of the same exchange: its row in the list tells of the first. */
  ofExchange(event) {
    const exchange = this.view.exchanges.get(event.connection);
    return this.numbers("one exchange with", exchange?.events.map(({ no }) => no) ?? [], event);
  }

  /** Return buttons that lead to some events, other than one. */
  numbers(words, all, { no }) {
    const others = all.filter((n) => n !== no && this.view.events.has(n));
    if (!others.length) return [];
    const buttons = others.slice(0, MOST_OTHERS).map((n) => this.number(n));
    return [html("div", { class: "others" }, words, ...buttons)];
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
    const attributes = { type: "button", "aria-label": called(number) };
    const button = html("button", attributes, number > 0 ? String(number) : "–");
    button.addEventListener("click", () => this.view.visit(number));
    return button;
  }
}

/** Return what is known of an event, by its name. */
function factsOf(event) {
  const known = [...FACTS.map((name) => [name, event[name]]), ["path", pathOf(event)]];
  return known.filter(([, fact]) => fact);
}

function buttonName(button) {
  return button?.ariaLabel || button?.textContent || "";
}

/** Return when an event was, how long it took and how large it was, if known. */
function measures({ at, took, size }) {
  const [when, ms, large] = [timeOf(at), durationOf(took), sizeOf(size)];
  const long = ms && (/[a-z]/.test(ms) ? ms : `${ms} ms`);
  return [when && `${when} s`, long, large].filter(Boolean).join(" · ");
}

// The keys, while the view has the focus.


export const SHORTCUTS =
  "Space ArrowLeft ArrowRight ArrowUp ArrowDown PageUp PageDown Home End X B N P C F O Enter / Escape" +
  " Shift+ArrowLeft Shift+ArrowRight";

const SIDEWAYS = { ArrowLeft: -120, ArrowRight: 120 }; // with Shift, and so many pixels

const ACTS = {
  " ": (view) => view.player.toggle(),
  arrowleft: (view) => view.move(view.at - 1),
  arrowright: (view) => view.move(view.at + 1, true),
  home: (view) => view.move(0),
  end: (view) => view.move(view.shown.length - 1),
  x: (view) => view.toNextLost(),
  b: (view) => view.bookmarks.toggle(view.current),
  n: (view) => view.bookmarks.go(1),
  p: (view) => view.bookmarks.go(-1),
  f: (view) => view.rules.toggle(),
  c: (view) => copyPayload(view, view.events.get(view.current)),
  o: (view) => openLine(view, view.events.get(view.current)),
  arrowup: (view) => view.list.move(-1),
  arrowdown: (view) => view.list.move(1),
  pageup: (view) => view.page(-1),
  pagedown: (view) => view.page(1),
  "/": (view) => view.search.input.focus(),
  enter: (view) => (view.tab === "list" ? view.list.enterKey() : view.why()),
  escape: (view) => view.letGo(),
};

/** Do what a key stands for; return whether it stands for something. */
export function press(view, name) {
  const act = ACTS[name.toLowerCase()];
  const ofList = ["ArrowUp", "ArrowDown"].includes(name);
  if (!act || (ofList && view.tab !== "list")) return false;
  if (name !== " ") view.player.pause();
  act(view);
  return true;
}

/** Whether a key moves what has the focus, which shows a part of itself. */
function scrolls(element, name) {
  const isUpOrDown = /^((Arrow|Page)(Up|Down)|Home|End)$/.test(name);
  return isUpOrDown && element.matches("pre, .before, .without") && element.scrollHeight > element.clientHeight;
}

/** Do what was pressed, unless it belongs to what has the focus. */
export function keydown(view, event) {
  const inside = event.target.closest("a, button, select, input, textarea");
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (inside?.matches("select") || scrolls(event.target, event.key)) return;
  const isSearch = inside?.matches("[type=search]");
  if (inside?.matches("textarea, [type=search]") && event.key !== "Escape") {
    // What was searched for is there: its rows are gone through by keys.
    if (isSearch && event.key === "Enter") view.focus();
    return;
  }
  if (inside?.matches("a, button") && [" ", "Enter"].includes(event.key)) return;
  // What it found stays; Escape once more ends the search.
  if (isSearch) view.focus();
  else if (event.shiftKey && SIDEWAYS[event.key]) view.drawing.scrollLeft += SIDEWAYS[event.key];
  else if (!press(view, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
}

// Which rows are shown, and where: the arithmetic of the lanes.


/** Return what tells whether an event passes the filters. */
export function passer(filters, exchanges) {
  return (event) =>
    !filters.clients.has(event.client) &&
    !filters.groups.has(event.group) &&
    !(filters.websockets && event.http) &&
    (filters.unfolded || !filters.folds?.(event, exchanges.get(event.connection))) &&
    !(filters.connection && event.connection !== filters.connection) &&
    !(event.row <= filters.after) &&
    (!filters.type || event.type === filters.type) &&
    (!filters.matches || filters.matches(event, exchanges.get(event.connection)));
}

/** Return the rows that pass the filters; "only lost" keeps their causes. */
export function passing(state, filters, exchanges = new Map()) {
  const events = byNumber(state.events);
  const passes = passer(filters, exchanges);
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
export function range(row, last = row.e.at(-1)) {
  const [first] = row.e;
  if (first === undefined) return "note";
  return first === last ? String(first) : `${first}–${last}`;
}

// A chain of causes, lit up: a frame around its rows, arcs, and a ring.


/** Return what lies over the rows, which are so wide, while an event is selected. */
export function litChain(view, scale, width) {
  const places = placesOf(view);
  const known = [...places.values()];
  const over = svg("svg", { class: "over", width: width * scale, height: 1 });
  over.setAttribute("aria-hidden", "true");
  const all = svg("g", { transform: `scale(${scale})` });
  all.append(...frames(known, view.tops, width), ...arcs(known, view.state.strip.width - 13));
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

// One row of the lanes as a picture of its own.


/** Return the picture of a row: its ground, its pieces, its arrows and words. */
export function picture(row, shaded, spans, ground, width) {
  const slice = svg("svg", {
    class: shaded ? "row shaded" : "row",
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
    drawn(row.f),
    svg("g", { class: "words" }, drawn(row.w)),
  );
  return slice;
}

/** Return whether two pictures were drawn of the same things. */
export function sameThings(one, other) {
  return one.length === other.length && one.every((thing, i) => thing === other[i]);
}

// Where somebody has scrolled to: it stays there, whatever comes.

/** Return what is on top, if the row that is told of is out of sight; else null. */
export function placeOf({ panel, drawing, state }) {
  const [top, end] = (state && panel.span?.()) || [];
  if (top === undefined) return null;
  const seen = drawing.scrollTop;
  const room = drawing.clientHeight - panel.stuck.offsetHeight;
  if (end > seen && top < seen + room) return null;
  const [key, y] = panel.rowAt(seen);
  return { panel, key, over: seen - y, top: topOfRows(panel, drawing) };
}

/** Scroll to where somebody was; who is not there any more leaves all as it is. */
export function comeBack({ panel, drawing }, { key, over, top }) {
  const y = panel.topOf(key);
  // What is above may need one line more: names that have come, or longer words.
  if (y !== undefined) drawing.scrollTop = y + over + topOfRows(panel, drawing) - top;
}

function topOfRows(panel, drawing) {
  return drawing.getBoundingClientRect().top + panel.stuck.offsetHeight;
}

// The lanes: heads that stay, and of all rows those that the window shows.


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

// Where a list lacks events: of too many at once the newest have a row, and few others.


/** Return how many events lack before others of their step, by the numbers of those. */
export function gapsOf({ rows, events }) {
  const lacking = new Map(rows.map(({ n, k, e }) => [n, k + e.length]));
  for (const { no, row } of events) if (no > 0) lacking.set(row, lacking.get(row) - 1);
  const gaps = new Map();
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const { no, row } = events[index];
    const many = lacking.get(row);
    const before = events[index - 1];
    // Whatever is not between two of them came before the first.
    const gap = before?.row === row ? Math.min(no - before.no - 1, many) : many;
    if (!(gap > 0)) continue;
    gaps.set(no, gap);
    lacking.set(row, many - gap);
  }
  return gaps;
}

/** Return the rows of a list, with a row for what lacks between them. */
export function withGaps(rows, { state, events, filters }) {
  // Who looks for something is told above where it is not looked for.
  if (filters.matches || filters.type || filters.connection || filters.lost) return rows;
  const waiting = [...gapsOf(state)].filter(([no]) => events.get(no).row > filters.after).sort(([a], [b]) => a - b);
  const upTo = (last) => {
    let sum = 0;
    while (waiting.length && waiting[0][0] <= last) sum += waiting.shift()[1];
    return sum;
  };
  return rows.flatMap((row) => {
    const gap = row.inner ? 0 : upTo(row.event.no);
    return gap ? [{ event: row.event, gap }, row] : [row];
  });
}

/** Return the row at a place, or if that is a gap the next one on the way. */
export function beside(rows, index, by) {
  if (!rows[index]?.gap) return rows[index];
  return rows[by < 0 && index > 0 ? index - 1 : index + 1];
}

/** Return the line of a gap; keys go over it. */
export function gapLine({ gap }, index, high) {
  const many = gap === 1 ? "1 event" : `${gap} events`;
  const words = `${many} without a row: too many at once. A search can go on among them.`;
  const cell = html("span", { role: "gridcell" }, words);
  const line = html("div", { class: "line gap", role: "row", "aria-level": "1" }, cell);
  line.setAttribute("aria-rowindex", String(index + 2));
  line.dataset.index = index;
  line.style.top = `${index * high}px`;
  line.classList.toggle("shaded", index % 2 === 1);
  return line;
}

// Lines that stay: a list is drawn anew many times a second.

/** Show some lines; those that are there already stay, and what a mouse holds or marks in them. */
export function keep(body, lines) {
  const before = new Map([...body.children].map((line) => [line.drawnAs, line]));
  const kept = lines.map((line) => {
    line.drawnAs = line.outerHTML;
    return before.get(line.drawnAs) ?? line;
  });
  const wanted = new Set(kept);
  for (const line of before.values()) if (!wanted.has(line)) line.remove();
  let next = body.firstChild;
  for (const line of kept)
    if (line === next) next = line.nextSibling;
    else body.insertBefore(line, next);
  return kept;
}

// The list: one row an event, an HTTP exchange as one row that unfolds.


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

// What a search finds among events that have no row: the oldest, and of too many at once.
//
// A view has the newest steps alone. Whoever keeps the journal tells of all else when
// it is asked, and what is searched for is looked for here, as in the rows.


const MOST_FOUND = 200; // of so many that are found, the newest, there is a line

/** Return how many events were too many at once to be told, of those after a step. */
export function untold({ rows, events }, after = 0) {
  const later = rows.filter(({ n }) => n > after);
  const all = later.reduce((sum, row) => sum + row.k + row.e.length, 0);
  return all - events.filter(({ no, row }) => no > 0 && row > after).length;
}

/** Return how many events have no row: older ones, and of too many at once. */
export function rowless(state, after = 0) {
  return untold(state, after) + (after ? 0 : state.left_out);
}

/** Return those of the others that pass the filters, as rows of them would. */
export function foundAmong(others, events, filters) {
  const exchanges = exchangesOf([...others, ...events].sort((a, b) => a.no - b.no));
  const after = filters.after || -1; // the oldest are of no step: of number 0
  return others.filter(passer({ ...filters, after }, exchanges));
}

/** What was found there, below a button that asks for it. */
export class Others {
  constructor(view) {
    this.view = view;
    this.chip = html("button", { type: "button", class: "chip", "aria-expanded": "false" });
    this.chip.addEventListener("click", () => (this.isOpen ? this.close() : this.ask()));
    this.words = html("p", { role: "status" });
    this.lines = html("ol", { "aria-label": "Found among events without a row" });
    this.element = html("div", { class: "without", hidden: "", tabindex: "0" });
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.others = null;
  }

  /** Begin anew: another server has other events. */
  forget() {
    this.others = null;
    if (this.isOpen) this.open(false);
  }

  ask() {
    this.others = null;
    this.open(true);
    this.words.textContent = "Asked for all that is kept…";
    this.lines.replaceChildren();
    this.element.focus();
    this.view.model.send({ type: "others", others: true });
  }

  close() {
    this.forget();
    this.chip.focus();
  }

  open(shown) {
    this.element.hidden = !shown;
    this.element.replaceChildren(...(shown ? [this.words, this.lines] : []));
    this.chip.setAttribute("aria-expanded", String(shown));
    this.view.search.draw();
    this.draw();
  }

  pressed(event) {
    const isTwist = event.target.matches("summary") && ["Enter", " "].includes(event.key);
    if (event.key === "Escape") this.close();
    if (event.key === "Escape" || isTwist) event.stopPropagation();
  }

  /** Take in what was asked for. */
  take(others) {
    if (!this.isOpen) return; // nobody waits for it any more
    this.others = others;
    this.search();
  }

  /** Look through what is there, for what is searched for by now. */
  search() {
    const { others, view } = this;
    if (!this.isOpen || !others) return;
    const found = foundAmong(others, view.state.events, view.filters);
    const many = found.length > MOST_FOUND ? `${found.length}, of which the newest ${MOST_FOUND} stand here,` : found.length;
    this.words.textContent = `${many} of ${others.length} events without a row, as they were when asked for.`;
    this.lines.replaceChildren(...found.slice(-MOST_FOUND).reverse().map(foundLine));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  draw() {
    const { view: { state, filters }, isOpen } = this;
    const many = rowless(state, filters.after);
    this.chip.hidden = !isOpen && !(many && filters.matches && state.is_whole !== false);
    const words = isOpen ? "found without a row ✕" : `search ${many} without a row, too`;
    if (this.chip.textContent !== words) this.chip.textContent = words;
  }
}

function foundLine({ no, at, from, to, type, group, fate, status, short, payload }) {
  const time = at === null ? "" : ` ${timeOf(at)} s`;
  const who = `${time} ${from}${to && ` → ${to}`} `;
  const said = [fate, status || "", group, short].filter(Boolean).join(" ");
  const head = html("summary", {}, html("b", {}, String(no)), who, html("b", {}, type), ` ${said}`);
  return html("li", {}, html("details", {}, head, html("pre", {}, pretty(payload, inLines))));
}

// Why there is nothing to be seen: what is searched for, and which filters are on.


/** Return what stands where no row does; nothing if there is one. */
export function whyNothing(view) {
  const { state, shown, listed, at, tab } = view;
  if (tab === "list" ? listed.length : at >= 0) return "";
  const soFar = state.grows ? " so far" : "";
  const sought = view.search.input.value.trim();
  const others = filtersOn(view);
  if (!state.rows.length) return notYet(state, sought, others);
  const begins = sought ? `Nothing matches “${sought}”` : "Nothing passes the filters";
  const beside = others.length ? ` ${sought ? "Filters too" : "Filters"}: ${others.join("; ")}.` : "";
  const unseen = unseenOf(state, view.filters.after);
  if (!shown.length) return `${begins}${soFar}${unseen && ` (${unseen})`}.${beside}`;
  return `${begins} up to this step; ${shown.length} later do: → or End goes there.${beside}`;
}

/** Return what of all that has happened no row can tell of. */
function unseenOf(state, after) {
  const many = untold(state, after);
  return [!after && olderThan(state), many && `${many} without a row`].filter(Boolean).join("; ");
}

/** Return what is said before anything has happened: what is waited for. */
function notYet({ grows }, sought, others) {
  if (!grows) return "Nothing has happened.";
  const meant = [sought && `matches “${sought}”`, others.length && `passes the filters (${others.join("; ")})`];
  const which = meant.filter(Boolean).join(" and ");
  return `Nothing has happened yet; what comes${which && ` and ${which}`} is shown here.`;
}

/** Return the filters that are on beside the search, as a person says them. */
function filtersOn(view) {
  const { filters, folded } = view;
  const without = [...filters.clients, ...filters.groups].join(", ");
  return [
    filters.connection && `only ${view.nameOf(filters.connection)}`,
    filters.lost && "only lost",
    filters.websockets && "WebSockets only",
    filters.type && `only ${filters.type}`,
    without && `without ${without}`,
    filters.after && "what was before Clear is left out",
    folded && !filters.unfolded && `${folded} folded by rules, F shows them`,
  ].filter(Boolean);
}

/** The words below the lanes or the list of a view, if these are empty. */
export class Nothing {
  constructor(view) {
    this.view = view;
    this.element = html("p", { class: "empty" });
  }

  draw() {
    const { drawing, lanes, list, panel } = this.view;
    const words = [lanes, list].includes(panel) ? whyNothing(this.view) : "";
    if (!words) return this.element.remove();
    if (this.element.textContent !== words) this.element.textContent = words;
    if (!this.element.isConnected) drawing.append(this.element);
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

// What a mouse points at: the row that is there when its button goes down.
//
// While a view follows, rows move on before the button comes up again.

/** Tells a view's panel which of its rows is meant. */
export class Pointing {
  constructor(view) {
    this.view = view;
    this.meant = null;
    const { drawing } = view;
    drawing.addEventListener("mousedown", (event) => {
      this.meant = this.under(event);
    });
    drawing.addEventListener("click", (event) => this.clicked(event));
  }

  /** Return what a panel has at a place, if that is anything. */
  under(event) {
    return this.view.panel.under?.(event) ?? null;
  }

  clicked(event) {
    // A screen reader's click comes without a button that has gone down.
    const meant = this.meant ?? this.under(event);
    this.meant = null;
    if (meant) this.view.panel.act(meant);
  }
}

// Rules: what is folded away unless something went wrong with it.


/** What a page begins with: static files, and frames that say "still there". */
export const RULES = [
  "path:/^/static/|\\.(css|js|map|ico|png|jpg|svg|webp|woff2?)(\\?|$)/",
  "path:/^/\\.well-known/appspecific//",
  'text:/^"(ping|pong|2|3)"$|^{"type":"(ping|pong)"}$/',
].join("\n");

// What browsers ask for by themselves: nothing has failed if it is not there.
const BY_ITSELF = /^\/(favicon\.ico|apple-touch-icon.*|\.well-known\/appspecific\/.*)$/;

const HOW =
  "One rule a line, written as in the search: what one of them finds is folded away, " +
  "unless it was lost or failed.";

/** Return what tells whether an event is folded, by some lines of rules. */
export function folding(text, tell) {
  const rules = text.split("\n").filter((line) => !saysNothing(line)).map((line) => query(line, tell));
  return (event, exchange) =>
    !event.lost &&
    !(exchange && (exchange.lost || hasFailed(exchange))) &&
    rules.some((finds) => finds(event, exchange));
}

function hasFailed(exchange) {
  return isError(exchange) && !(exchange.status === 404 && BY_ITSELF.test(exchange.path));
}

/** The rules of a view: how many events they fold, and how they are changed. */
export class Rules {
  constructor(view) {
    this.view = view;
    this.chip = html("button", { type: "button", class: "chip", "aria-expanded": "false" });
    this.chip.addEventListener("click", () => this.open(this.element.hidden));
    this.text = html("textarea", { rows: "4", spellcheck: "false" });
    this.text.value = view.model.get("rules") ?? "";
    this.text.addEventListener("input", () => this.change());
    this.all = html("button", { type: "button", class: "chip" }, "show what is folded");
    this.all.addEventListener("click", () => this.toggle());
    this.wrong = html("span", { class: "wrong", role: "status", "aria-live": "polite" });
    const below = html("div", { class: "others" }, this.all, this.wrong);
    this.element = html("div", { class: "rules", hidden: "" });
    this.element.append(html("label", {}, HOW, this.text), below);
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.parse();
  }

  open(shown) {
    this.element.hidden = !shown;
    this.chip.setAttribute("aria-expanded", String(shown));
    if (shown) this.text.focus();
  }

  /** Fold them again, and go back to where they were unfolded. */
  pressed(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    this.open(false);
    this.chip.focus();
  }

  change() {
    this.parse();
    this.view.model.set("rules", this.text.value);
    this.view.refilter();
  }

  parse() {
    this.wrong.textContent = "";
    try {
      this.view.filters.folds = folding(this.text.value, (words) => (this.wrong.textContent = words));
    } catch (error) {
      this.wrong.textContent = error.message; // a pattern that is not finished yet
    }
  }

  /** Show what is folded as all else, or fold it again. */
  toggle() {
    const { view } = this;
    view.filters.unfolded = !view.filters.unfolded;
    view.refilter();
    view.tell(`${view.folded} events ${view.filters.unfolded ? "shown" : "folded"}`);
  }

  draw() {
    const { folded, filters } = this.view;
    const state = filters.unfolded ? "not folded" : "folded";
    const words = this.text.value.trim() ? `${folded} ${state}` : "Fold…";
    if (this.chip.textContent !== words) this.chip.textContent = words;
    this.all.setAttribute("aria-pressed", String(filters.unfolded));
  }
}

// The bar above the drawing: search, one connection, hold, clear.


const HINT = "Search: text, -without, /regex/, type: client: path: group: status: ms:>100";

/** What narrows down a view, and holds it still. */
export class Search {
  constructor(view) {
    this.view = view;
    this.input = html("input", { type: "search", placeholder: HINT, "aria-label": HINT });
    this.input.addEventListener("input", () => this.search());
    this.only = this.button("", () => view.follow(0));
    this.hold = this.button("Hold", () => view.hold(!view.held));
    this.hold.title = "Show nothing new until you go on";
    this.clear = this.button("Clear", () => view.clear());
    this.found = html("span", { class: "found", role: "status", "aria-live": "polite" });
    this.input.value = view.model.get("search") ?? "";
    if (this.input.value) this.parse();
    const parts = [this.input, this.only, this.hold, this.clear, view.rules.chip, view.before.chip, view.others.chip, this.found];
    const attributes = { class: "bar search", role: "search", "aria-label": "Events" };
    this.element = html("div", attributes, ...parts);
  }

  button(words, act) {
    const element = html("button", { type: "button", class: "chip" }, words);
    element.addEventListener("click", act);
    return element;
  }

  search() {
    this.parse();
    this.view.model.set("search", this.input.value);
    this.view.refilter();
    this.view.others.search();
  }

  /** Search for nothing any more, and then in all connections; what is looked at stays. */
  end() {
    const { input, view } = this;
    if (!input.value) return view.filters.connection && view.follow(0);
    const words = `Search for “${input.value}” ended`;
    input.value = "";
    this.search();
    view.tell(words);
  }

  parse() {
    const { filters } = this.view;
    this.wrong = "";
    try {
      filters.matches = this.input.value.trim() ? query(this.input.value, (words) => (this.wrong = words)) : null;
    } catch (error) {
      this.wrong = error.message; // a pattern that is not finished yet
    }
  }

  draw() {
    const { view } = this;
    const { filters } = view;
    this.only.hidden = !filters.connection;
    this.only.textContent = `only ${view.nameOf(filters.connection)} ✕`;
    this.hold.textContent = view.held ? "Go on" : "Hold";
    this.hold.setAttribute("aria-pressed", String(view.held));
    this.clear.textContent = filters.after ? "Show earlier" : "Clear";
    const some = filters.matches || filters.connection || filters.after;
    const many = view.listed.length;
    const found = `${many} ${many === 1 ? "event" : "events"}`;
    const words = this.wrong || (some ? [found, this.beyond()].filter(Boolean).join("; ") : "");
    if (this.found.textContent !== words) this.found.textContent = words;
  }

  /** Return where was not searched, of what has happened. */
  beyond() {
    const { state, filters } = this.view;
    if (state.is_whole === false) return filters.after ? "" : olderThan(state);
    const many = !this.view.others.isOpen && rowless(state, filters.after);
    return many ? `${many} without a row not searched` : "";
  }
}

// How the list looks, and which of its columns give way where it is narrow.

/** Return the style of a list. */
export const listStyle = (mono, sans) => `
.mclive .list { font: 12px/24px ${mono}; --high: 24px; }
.mclive .lines { position: relative; overflow: hidden; }
.mclive .line { display: grid; height: var(--high); padding: 0 10px; gap: 8px;
  grid-template-columns: max(56px, var(--no)) minmax(44px, var(--time))
    minmax(112px, var(--who)) minmax(104px, var(--type)) minmax(22cqw, 1fr)
    58px 46px; }
.mclive .lines .line { position: absolute; left: 0; right: 0; cursor: pointer; }
.mclive .line.head { position: sticky; top: 0; z-index: 2; color: var(--muted);
  background: var(--panel); border-bottom: 1px solid var(--edge);
  font-family: ${sans}; }
.mclive .line > span { overflow: hidden; text-overflow: ellipsis;
  white-space: pre; min-width: 0; }
.mclive .lined .line { grid-template-columns: max(56px, var(--no))
    minmax(44px, var(--time)) minmax(112px, var(--who)) minmax(104px, var(--type)) minmax(22cqw, 1fr)
    58px 46px 114px; }
.mclive .line > :nth-child(-n+2), .mclive .line > .size, .mclive .line > .ms {
  text-align: right; color: var(--muted); }
.mclive .lines .line.shaded { background: var(--band); }
.mclive .lines .line.now { background: var(--scope);
  box-shadow: inset 4px 0 var(--ink); }
.mclive .lines .line.gap { display: block; color: var(--muted); cursor: default;
  font-family: ${sans}; font-style: italic; line-height: var(--high);
  padding-left: calc(max(56px, var(--no)) + 18px); text-overflow: ellipsis;
  overflow: hidden; white-space: nowrap; }
.mclive .line.lost { color: var(--lost); }
.mclive .lines .line > span:nth-child(3) { display: flex; white-space: pre; }
.mclive .line .client { flex: none; overflow: hidden;
  max-width: max(60%, 100% - var(--beside, 0ch));
  text-overflow: ellipsis; }
.mclive .line .other { display: flex; min-width: 0; }
.mclive .line .other span { overflow: hidden; text-overflow: ellipsis; }
.mclive .line .other b { flex: none; font-weight: inherit; }
.mclive .line .body { color: var(--muted); }
.mclive .line.inner > span:nth-child(3) { padding-left: 12px; }
.mclive .line .badge { margin: 0; line-height: 18px; display: inline-flex;
  align-items: center; gap: 3px; vertical-align: middle; }
.mclive .line .badge svg { width: 9px; height: 9px; fill: currentColor; }
.mclive .twist { float: left; border: 0; height: 24px; min-width: 24px;
  padding: 0; }
.mclive .line[aria-expanded=true] .twist svg { transform: rotate(90deg); }
/* Where the view is narrow, columns give way: first the size and the line of
   code, then the types' room, and at last what the details tell, too. Nothing
   scrolls sideways. */
@container (max-width: 860px) {
  .mclive .line > .size, .mclive .line > .code { display: none; }
  .mclive .line, .mclive .lined .line { gap: 7px;
    grid-template-columns: max(48px, var(--no)) minmax(44px, var(--time))
      minmax(112px, var(--who)) minmax(104px, var(--type)) minmax(22cqw, 1fr)
      44px; } }
/* And a narrow one has two lines a row: names and payloads need the width of a window. */
@container (max-width: 680px) {
  .mclive .list { --high: 46px; }
  .mclive .line, .mclive .lined .line { gap: 0 7px; align-content: center;
    padding: 0 6px; line-height: 21px;
    grid: "no who who time" 21px "no type payload ms" 21px / max(40px, var(--no))
      minmax(64px, min(var(--type), 40%)) minmax(0, 1fr) max(44px, var(--time)); }
  .mclive .lines .line.gap { line-height: 21px; padding-top: 2px;
    padding-left: calc(max(40px, var(--no)) + 13px); }
  .mclive .lines .line.gap > span { white-space: normal; }
  .mclive .line > .time { grid-area: time; }
  .mclive .line > .ms { grid-area: ms; }
  .mclive .line > :nth-child(1) { grid-area: no; }
  .mclive .line > :nth-child(3) { grid-area: who; }
  .mclive .line > .type { grid-area: type; }
  .mclive .line > .payload { grid-area: payload; } }
@container (max-width: 576px) {
  .mclive .line > .time, .mclive .line > .ms { display: none; }
  .mclive .line, .mclive .lined .line {
    grid: "no who who" 21px "no type payload" 21px / max(40px, var(--no))
      minmax(64px, min(var(--type), 40%)) minmax(0, 1fr); } }
`;

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
  box-sizing: border-box; container-type: inline-size; }
.mclive.dark { ${colours(DARK)}; color-scheme: dark; }
.mclive *, .mclive *::before { box-sizing: border-box; }
.mclive:focus { outline: none; }
.mclive:focus-visible, .mclive :focus-visible {
  outline: 2px solid var(--socket); outline-offset: -2px; }
.mclive .list:focus-visible { outline: none; }
.mclive .list:focus-visible .line.now { outline: 2px solid var(--socket);
  outline-offset: -2px; }
.mclive:focus-visible::after, .mclive:has(.list:focus-visible)::after { content: ""; position: absolute; inset: 0;
  z-index: 4; pointer-events: none; border: 2px solid var(--socket);
  border-radius: 7px; } /* above what is stuck, which hides an outline */
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
.mclive .keys { display: flex; flex-wrap: wrap; gap: 2px 14px; }
.mclive .key { white-space: nowrap; }
.mclive .key[hidden] { display: none; }
.mclive .mono, .mclive code, .mclive pre, .mclive dd, .mclive kbd {
  font: 12px/1.5 ${MONO}; color: inherit; }
.mclive .tabs { display: inline-flex; gap: 0; margin-right: 8px; }
.mclive .tabs button { border-radius: 0; margin-left: -1px; }
.mclive .tabs button[aria-selected=true] { background: var(--ink);
  color: var(--panel); font-weight: 700; }
.mclive .chip { height: 24px; min-width: 24px; border-radius: 12px;
  font-size: 12px; max-width: 210px; overflow: hidden; }
.mclive .chip > span { overflow: hidden; text-overflow: ellipsis; min-width: 0; }
.mclive .search .chip { max-width: 100%; }
.mclive .chip[aria-pressed=true] { border-width: 2px; font-weight: 700; }
.mclive .chip[aria-pressed=true]::before { content: ""; width: 10px;
  height: 6px; border-left: 2px solid; border-bottom: 2px solid;
  transform: rotate(-45deg) translateY(-2px); flex: none; }
.mclive .chip.only { color: var(--lost); border-color: var(--lost); }
.mclive .says { padding: 7px 12px; min-height: 33px;
  border-bottom: 1px solid var(--edge); overflow-wrap: anywhere;
  background: var(--panel); position: relative; z-index: 3; }
.mclive .says.lost { background: var(--lost-ground); }
.mclive .says.lost b { color: var(--lost); }
/* For ears alone: what is said above, but not each time. */
.mclive .spoken { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.mclive .drawing { max-height: 420px; overflow: auto; position: relative;
  background: var(--panel); overscroll-behavior: contain;
  /* Below the words above it: where a pixel of the page is none of the screen,
     a browser cuts off what is stuck one lower than what is scrolled. */
  margin-top: -2px; }
.mclive .drawing svg { display: block; font-family: ${MONO}; }
.mclive .drawing text { white-space: pre; }
.mclive .drawing .sans { font-family: ${SANS}; }
.mclive .heads { position: sticky; top: 0; z-index: 2;
  background: var(--panel); border-bottom: 1px solid var(--edge); }
.mclive .rows { position: relative; overflow: hidden; }
.mclive .rows > * { position: absolute; left: 0; }
.mclive .row { cursor: pointer; overflow: hidden; transition: opacity 150ms; }
.mclive .row.now { box-shadow: inset 4px 0 var(--ink); }
.mclive .row.dim { opacity: .44; }
/* Lanes go on behind words that stand below the arrows. */
.mclive .cover { fill: var(--panel); opacity: .9; }
.mclive .shaded .cover { fill: var(--band); }
.mclive .over { pointer-events: none; z-index: 1; overflow: visible; }
.mclive .over path, .mclive .over circle, .mclive .over rect { fill: none;
  stroke: var(--ink); stroke-width: 1.6; }
.mclive .over circle { stroke-width: 2.4; }
.mclive .bar input[type=search] { flex: 1 1 260px; height: 28px; font: inherit;
  color: var(--ink); background: var(--panel); border: 1px solid var(--lane);
  border-radius: 6px; padding: 0 8px; min-width: 0; }
.mclive .found { color: var(--muted); font-size: 12px; min-width: 60px; }
.mclive .chips { display: contents; }
.mclive .chips .lane { color: var(--muted); font-size: 12px; }
.mclive .chip[hidden] { display: none; }
${listStyle(MONO, SANS)}
.mclive .rules { padding: 6px 12px 8px; border-bottom: 1px solid var(--edge); }
.mclive :is(.rules, .before, .without)[hidden] { display: none; }
.mclive :is(.before, .without) { padding: 6px 12px; border-bottom: 1px solid var(--edge);
  max-height: 220px; overflow: auto; }
.mclive :is(.before, .without) p { margin: 0 0 6px; color: var(--muted); }
.mclive .before b { color: var(--lost); }
.mclive .without ol { display: block; list-style: none; margin: 0; padding: 0; }
.mclive .without summary { padding: 0; font: inherit; }
.mclive .without li { display: block; font: 12px/1.7 ${MONO}; overflow-wrap: anywhere; }
.mclive .rules label { color: var(--muted); }
.mclive textarea { width: 100%; font: 12px/1.5 ${MONO}; color: var(--ink);
  display: block; margin-top: 4px;
  background: var(--panel); border: 1px solid var(--lane); border-radius: 6px;
  padding: 4px 8px; resize: vertical; }
.mclive a { color: var(--socket); }
.mclive .line.lost a { color: inherit; }
.mclive .star { color: var(--member); fill: var(--member); }
.mclive .ticks .star { stroke: none; }
.mclive .done { color: var(--ink); font-weight: 700; }
.mclive .empty { padding: 24px 12px; color: var(--muted); margin: 0;
  position: sticky; left: 0; max-width: 100cqw; overflow-wrap: anywhere; }
.mclive .both { display: flex; flex-direction: column; min-height: 0; }
.mclive .event { display: grid; grid-template-columns: 1.12fr 1fr;
  border-top: 1px solid var(--edge); max-height: 320px; overflow: auto; }
.mclive .event[hidden] { display: none; }
.mclive .event > div { padding: 10px 14px; min-width: 0; }
.mclive .event > div + div { border-left: 1px solid var(--edge); }
.mclive h3 { margin: 0 0 6px; font: 700 13px/1.45 ${SANS}; color: inherit; }
.mclive .badge { color: var(--lost); border: 1px dashed var(--lost);
  border-radius: 10px; padding: 0 8px; font-size: 12px; margin-left: 6px; }
.mclive .badge.note { color: var(--member); border-color: var(--member); }
.mclive dl { display: grid; grid-template-columns: 64px 1fr; margin: 8px 0 0;
  gap: 1px 8px; }
.mclive dt { color: var(--muted); font-weight: 400; }
.mclive dd { margin: 0; overflow-wrap: anywhere; }
.mclive pre { background: var(--band); border: 1px solid var(--edge);
  border-radius: 4px; margin: 8px 0 0; padding: 6px 10px; max-height: 130px;
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.mclive ol { margin: 0; padding: 0; list-style: none; }
.mclive li { display: grid; grid-template-columns: minmax(40px, auto) 1fr; gap: 8px;
  padding: 0 0 6px; margin: 0; }
.mclive li button { height: 24px; min-width: 24px; padding: 0 4px;
  font: 700 12px ${MONO}; }
.mclive li:last-child button { border-width: 2px; }
.mclive li > span { min-width: 0; overflow-wrap: anywhere; }
.mclive li small { display: block; color: var(--muted); font-size: 12px;
  overflow-wrap: anywhere; }
.mclive .others { display: flex; flex-wrap: wrap; gap: 4px;
  margin-top: 8px; align-items: center; }
.mclive .others .chip { max-width: 100%; }
.mclive .others button { height: 24px; min-width: 24px; padding: 0 6px; }
.mclive .foot { padding: 6px 12px; border-top: 1px solid var(--edge);
  color: var(--muted); font-size: 12px; display: flex; flex-wrap: wrap;
  gap: 4px 16px; justify-content: space-between; }
.mclive kbd { border: 1px solid var(--lane); border-radius: 3px;
  padding: 0 4px; background: none; box-shadow: none; }
@container (min-width: 1000px) {
  .mclive dl { grid-template-columns: 64px 1fr 64px 1fr; } }
/* In a wide window the details stand beside what is drawn, which has the room
   that is left; but a board only as much as its words are large enough with. */
@container (min-width: 1440px) {
  .mclive .both { flex-direction: row; }
  .mclive .both > .drawing { flex: 1 1 0; min-width: 0; }
  .mclive .both > .event { flex: 0 0 30%; max-height: 420px; border-top: 0;
    border-left: 1px solid var(--edge); align-content: start; gap: 1px;
    grid-template-columns: repeat(auto-fit, minmax(360px, 1fr)); }
  .mclive .event > div + div { border-left: 0; }
  .mclive .both.board > .drawing { flex: 0 0 min(100cqw - 400px, 1440px); }
  .mclive .both.board > .event { flex: 1 1 0; }
  .mclive dl { grid-template-columns: 64px 1fr; } }
@container (max-width: 680px) {
  .mclive .event { grid-template-columns: 1fr; max-height: none; }
  .mclive .event > div + div { border-left: 0;
    border-top: 1px solid var(--edge); } }
/* Where they would stand in many lines, the chips have one that is moved sideways. */
@container (max-width: 576px) {
  .mclive .says { min-height: 52px; } /* two lines: what is below moves less often */
  .mclive .chips { display: flex; align-items: center; gap: 5px;
    max-width: 100%; padding: 3px 2px; overflow-x: auto; }
  .mclive .chips > * { flex: none; } }
/* Where colours are the system's, no ground tells what is chosen: a frame does. */
@media (forced-colors: active) {
  .mclive .tabs button[aria-selected=true] { outline: 3px solid; outline-offset: -3px; }
  .mclive .line.now, .mclive .row.now { outline: 2px solid; outline-offset: -2px; } }
@media (prefers-reduced-motion: reduce) {
  .mclive .row { transition: none; } }
`;

// The tabs: one for each drawing that has something to show.


// Where a key leads from one of so many tabs.
const GOES = {
  ArrowLeft: (at, many) => (at + many - 1) % many,
  ArrowRight: (at, many) => (at + 1) % many,
  Home: () => 0,
  End: (at, many) => many - 1,
};

/** The tabs of a view: the Tab key stops at the chosen one, arrows go on from it. */
export class Tabs {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "tabs", role: "tablist", "aria-label": "Drawing" });
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  draw() {
    const { view } = this;
    const { tabs } = view.state;
    if (this.element.childElementCount !== Object.keys(tabs).length)
      this.element.replaceChildren(...Object.entries(tabs).map((tab) => this.tab(...tab)));
    for (const tab of this.element.children) {
      const isChosen = tab.dataset.tab === view.tab;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
  }

  tab(name, words) {
    const tab = html("button", { type: "button", role: "tab", "data-tab": name }, words);
    tab.addEventListener("click", ({ detail }) => {
      this.view.show(name);
      // Whoever has clicked goes on with the steps; who has pressed Enter, with the tabs.
      if (detail) this.view.focus();
    });
    return tab;
  }

  /** Choose another tab by a key: to a view its arrows mean steps. */
  pressed(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (!GOES[key] || altKey || ctrlKey || metaKey || shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...this.element.children];
    const tab = all[GOES[key](all.indexOf(event.target), all.length)];
    this.view.show(tab.dataset.tab);
    tab.focus();
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
      { class: "bar", role: "group", "aria-label": "Replay" },
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
    const { last } = view;
    // Of many at once the row shows some; its step goes on to the last of them.
    const end = row?.k ? view.state.events.findLast((event) => event.row === row.n)?.no : undefined;
    const one = row?.k && view.tab === "list" && view.current;
    const at = row ? String(one || range(row, end)) : "0";
    this.count.textContent = `${at} of ${last}`;
    this.scrubber.max = String(Math.max(view.shown.length - 1, 0));
    this.scrubber.value = String(Math.max(view.at, 0));
    const fate = row && view.lost.has(row.n) ? ", lost" : "";
    const marked = row && view.bookmarks.steps.has(row.n) ? ", bookmarked" : "";
    const named = row && !row.e.length ? "a note" : `event ${at} of ${last}`;
    this.scrubber.setAttribute("aria-valuetext", `${named}${fate}${marked}`);
    this.drawTicks();
  }

  /** Draw above the scrubber where something was lost, and where bookmarks are. */
  drawTicks() {
    const { lost, bookmarks } = this.view;
    const [crosses, stars] = [this.places(lost), this.places(bookmarks.steps)];
    const key = JSON.stringify([crosses, stars]);
    if (key === this.tickKey) return;
    this.tickKey = key;
    this.ticks.replaceChildren(
      ...crosses.map((place) => tick(place, svg("path", { d: "M1 1l6 6M7 1l-6 6" }))),
      ...stars.map((place) => tick(place, star())),
    );
  }

  /** Return where some steps are, in percent; neighbours have one place. */
  places(steps) {
    const { shown } = this.view;
    const length = Math.max(shown.length - 1, 1);
    const at = (row, index) => (steps.has(row.n) ? [Math.round((index / length) * 200) / 2] : []);
    return [...new Set(shown.flatMap(at))];
  }
}

function tick(place, sign) {
  const shown = svg("svg", { viewBox: "0 0 8 8" }, sign);
  shown.style.left = `${place}%`;
  return shown;
}

// What the lanes have folded away: of many events at once they show a few rows.
//
// Python draws the others when it is asked to. Where it is not there any more, as
// in a notebook that was saved, the list has them all the same.

const ELSEWHERE = ", folded in this picture: the list has its row";

/** Has the lanes draw what was gone to. */
export class Unfolding {
  constructor(view) {
    this.view = view;
    this.forget();
  }

  /** Begin anew: other steps have those numbers now. */
  forget() {
    this.asked = new Set();
    this.words = "";
  }

  /** The row of an event, if the lanes show less of it than they could. */
  foldedRow(event) {
    const { state, tab } = this.view;
    const row = tab === "lanes" && state.rows.find(({ n }) => n === event?.row);
    return row && row.k && !this.asked.has(row.n) ? row : null;
  }

  /** Whether an event has no row in the lanes. */
  hides(number) {
    const { state, tab, events } = this.view;
    const row = tab === "lanes" && state.rows.find(({ n }) => n === events.get(number)?.row);
    return Boolean(row?.k) && !row.e.includes(number);
  }

  /** Have an event drawn, if it is not; of what is held still nothing changes. */
  reach(number) {
    const { view } = this;
    const row = !view.held && this.hides(number) && this.foldedRow(view.events.get(number));
    if (row) this.ask(row.n);
  }

  /** Ask for all rows of a step. */
  ask(step) {
    this.asked.add(step);
    this.view.model.send({ type: "unfold", unfold: step });
  }

  /** Say what was gone to, and where it is if it is not drawn. */
  tellOf(event, words) {
    this.words = this.hides(event.no) ? words : "";
    this.view.tell(this.words ? `${words}${ELSEWHERE}` : words);
  }

  /** Say of what was folded that it is drawn by now. */
  tellDrawn() {
    if (!this.words || this.hides(this.view.selected)) return;
    this.view.tell(`${this.words}, unfolded`);
    this.words = "";
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

// What is seen of a state: the steps and the events that pass the filters.


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

// The steps of a view: from one to another, and to single events.


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

// The words around the drawing: what happened in this step, and the foot.


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

// The view: which step is shown, of what, and what one does to change that.


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

const PATIENCE = 15_000; // milliseconds until nobody answers any more

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
  const me = String(Math.random()); // of several views of one model
  const says = (type) =>
    model.send({ type, view: me, version: model.get("state").version });
  // What a notebook has kept is all that there is, if nobody answers.
  const alone = setTimeout(() => {
    const state = model.get("state");
    if (state.is_whole === false) model.set("state", { ...state, is_whole: true });
    changed();
  }, PATIENCE);
  const hides = () => {
    if (document.hidden) says("hidden");
  };
  const hello = () => {
    says("hello");
    hides(); // whoever asks is taken for one who looks
  };
  const seen = () => says(document.hidden ? "hidden" : "shown");
  const bye = () => says("bye");
  const back = ({ persisted }) => persisted && hello();
  const told = (update) => {
    clearTimeout(alone);
    if (update.said) return view.tell(update.said);
    if (update.others) return view.others.take(update.others);
    const state = merge(model.get("state"), update);
    if (state === null) return hello();
    if (update.isNew) {
      view.forget();
      hides(); // a server that was begun again knows nobody yet
    }
    // Kept in the model, so that a saved notebook has it.
    model.set("state", state);
    if (update.asks) hello(); // whether anybody is there
    frame ||= requestAnimationFrame(take);
  };
  const changed = () => {
    frame ||= requestAnimationFrame(take);
  };
  model.on("msg:custom", told);
  model.on("change:state", changed);
  const sizes = new ResizeObserver(() => view.resized());
  el.append(view.root);
  paint();
  take(); // there by now: how much room it has decides what is drawn
  sizes.observe(view.drawing);
  // Whoever closes a page, or loads it anew, ends no view; a page that is kept may come back.
  addEventListener("pagehide", bye);
  addEventListener("pageshow", back);
  document.addEventListener("visibilitychange", seen);
  hello();

  return () => {
    view.player.pause();
    view.says.rest();
    clearTimeout(alone);
    cancelAnimationFrame(frame);
    themes.disconnect();
    sizes.disconnect();
    system.removeEventListener("change", paint);
    model.off("msg:custom", told);
    model.off("change:state", changed);
    removeEventListener("pagehide", bye);
    removeEventListener("pageshow", back);
    document.removeEventListener("visibilitychange", seen);
    bye();
  };
}

export default { render };
