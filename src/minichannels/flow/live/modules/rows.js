// Which rows are shown, and where: the arithmetic of the lanes.

import { byNumber, chain } from "./state.js";

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
