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
