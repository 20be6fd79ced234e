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
