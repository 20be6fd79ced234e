// The mailboxes and the groups: drawings that change as a whole.

import { drawn, html, svg } from "./nodes.js";
import { scaleOf } from "./room.js";
import { piecesAt } from "./state.js";

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
