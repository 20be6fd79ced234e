// What one searches for: plain text, /regex/, type:, client:, status:.

// A pattern stands alone: /ws/chat is a path.
const TERM = /(?<!\S)\/((?:[^\/\\]|\\.)+)\/(?!\S)|(\w+):(\S+)|(\S+)/g;
const FIELDS = ["payload", "path", "type", "client", "group", "from", "to", "method"];

const PREFIXES = {
  type: (event, value) => holds(event.type, value),
  client: (event, value) => holds(event.client, value),
  status: (event, value, exchange) =>
    fits(String(exchange?.status || event.status || ""), value) || holds(event.fate, value),
};

/** Return what tells whether an event is meant; all that is said must hold. */
export function query(text) {
  const tests = [...text.matchAll(TERM)].map(test);
  return (event, exchange) => tests.every((holds) => holds(event, exchange));
}

function test([whole, pattern, key, value]) {
  if (pattern !== undefined) {
    const regex = new RegExp(pattern, "i");
    return (event, exchange) => words(event, exchange).some((text) => regex.test(text));
  }
  const known = key && Object.hasOwn(PREFIXES, key) ? PREFIXES[key] : null;
  if (known) return (event, exchange) => known(event, value, exchange);
  return (event, exchange) => words(event, exchange).some((text) => holds(text, whole));
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
