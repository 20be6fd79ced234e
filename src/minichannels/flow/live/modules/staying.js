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
