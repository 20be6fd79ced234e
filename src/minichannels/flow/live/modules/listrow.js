// The cells of one row of the list.

import { knowsLines, lineOf } from "./editor.js";
import { tookOf } from "./exchanges.js";
import { html, icon } from "./nodes.js";

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
