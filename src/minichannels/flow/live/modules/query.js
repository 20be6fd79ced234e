// What one searches for: plain text, /regex/, and fields such as type:.

import { tookOf } from "./exchanges.js";

// A pattern stands alone: /ws/chat is a path.
const TERM = /(?<!\S)\/((?:[^\/\\]|\\.)+)\/(?!\S)|(\w+):(\S+)|(\S+)/g;
const FIELDS = ["payload", "path", "type", "client", "user", "group", "from", "to", "method"];

// What stands before a colon, and what of an event it is about: one of the fields, or these.
const PARTS = {
  ...Object.fromEntries(FIELDS.map((name) => [name, (event) => [event[name]]])),
  type: (event, exchange) => [event.type, exchange?.method],
  client: (event) => [event.client, event.user],
  path: (event, exchange) => [event.path || exchange?.path],
  method: (event, exchange) => [event.method || exchange?.method],
  text: (event) => [event.short],
};

/** Return what tells whether an event is meant; all that is said must hold. */
export function query(text) {
  const tests = [...text.matchAll(TERM)].map(test);
  return (event, exchange) => tests.every((holds) => holds(event, exchange));
}

function test([whole, pattern, key, value]) {
  if (key === "status") return ofStatus(value);
  if (key === "ms") return lasting(value);
  if (key && Object.hasOwn(PARTS, key)) {
    const finds = finder(value);
    return (event, exchange) => PARTS[key](event, exchange).some((part) => finds(part ?? ""));
  }
  const finds = finder(pattern === undefined ? whole : `/${pattern}/`);
  return (event, exchange) => words(event, exchange).some(finds);
}

/** Return what finds a text, or a /regex/, in another text; the name browser#1 not in browser#15. */
function finder(value) {
  const pattern = value.match(/^\/(.+)\/$/)?.[1] ?? numbered(value);
  if (pattern === undefined) return (text) => holds(text, value);
  const regex = new RegExp(pattern, "i");
  return (text) => regex.test(text);
}

/** Return a pattern for what ends with a number; undefined if it does not. */
function numbered(value) {
  if (!/#\d+$/.test(value)) return undefined;
  return `${value.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&")}(?!\\d)`;
}

function ofStatus(value) {
  return (event, exchange) =>
    fits(String(exchange?.status || event.status || ""), value) || holds(event.fate, value);
}

/** Return what finds all that took so many milliseconds, or more. */
function lasting(value) {
  const [, least] = value.match(/^>?=?(\d+(?:\.\d+)?)$/) ?? [];
  if (!least) throw new Error(`ms: finds what took so long, as in ms:>100; ${value} is no number`);
  return (event, exchange) =>
    ((exchange ? tookOf(exchange.events) : event.took) ?? -1) >= Number(least);
}

function words(event, exchange) {
  return [...FIELDS.map((name) => event[name]), exchange?.path].filter(Boolean);
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
