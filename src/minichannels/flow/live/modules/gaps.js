// Where a list lacks events: of too many at once the newest have a row, and few others.

import { html } from "./nodes.js";

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
