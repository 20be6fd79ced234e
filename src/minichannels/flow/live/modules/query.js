// What one searches for: plain text, "two words", /regex/, and fields such as
// type:; with a - before it, what is not to be found.

import { tookOf } from "./exchanges.js";
import { Pattern } from "./patterns.js";

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
