// What was lost before all that is shown: it has no row any more, but still its words.

import { timeOf } from "./listrow.js";
import { html } from "./nodes.js";

/** Return what is said of older events; nothing if all are there. */
export function olderThan({ is_whole: isWhole, left_out: many }) {
  if (isWhole === false) return "older events are still coming";
  return many ? `${many} older ${many > 1 ? "events" : "event"} left out` : "";
}

/** The losses among what is left out, below a button that says how many they are. */
export class Before {
  constructor(view) {
    this.view = view;
    this.chip = html("button", { type: "button", class: "chip only", "aria-expanded": "false" });
    this.chip.addEventListener("click", () => this.open(this.element.hidden));
    this.words = html("p", {});
    this.lines = html("ol", { "aria-label": "Lost before what is shown" });
    this.element = html("div", { class: "before", hidden: "", tabindex: "0" });
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  open(shown) {
    this.element.hidden = !shown;
    this.element.replaceChildren(...(shown ? [this.words, this.lines] : []));
    this.chip.setAttribute("aria-expanded", String(shown));
    this.draw();
    if (shown) this.element.focus();
  }

  /** Fold it again, and go back to where it was unfolded. */
  pressed(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.open(false);
    this.chip.focus();
  }

  draw() {
    const { lost_out: many, losses_out: losses = [] } = this.view.state;
    this.chip.hidden = !many;
    if (!many && !this.element.hidden) this.open(false);
    const words = `${many} lost before`;
    if (this.chip.textContent !== words) this.chip.textContent = words;
    if (this.element.hidden || this.drawnOf === losses) return;
    this.drawnOf = losses;
    const which = losses.length < many ? `The newest ${losses.length} of ${many} losses` : "What was lost";
    this.words.textContent = `${which} among the older events, which have no rows any more: flow.txt has all that is kept.`;
    this.lines.replaceChildren(...losses.toReversed().map(line));
  }
}

function line({ no, at, fate, says, more }) {
  const number = no > 0 ? String(no) : "–";
  const time = at === null ? "" : ` at ${timeOf(at)} s`;
  const words = html("span", {}, html("b", {}, fate), ` ${says}${more && `: ${more}`}${time}`);
  return html("li", {}, html("b", {}, number), words);
}
