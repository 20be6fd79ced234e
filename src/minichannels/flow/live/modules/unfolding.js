// What the lanes have folded away: of many events at once they show a few rows.
//
// Python draws the others when it is asked to. Where it is not there any more, as
// in a notebook that was saved, the list has them all the same.

const ELSEWHERE = ", folded in this picture: the list has its row";

/** Has the lanes draw what was gone to. */
export class Unfolding {
  constructor(view) {
    this.view = view;
    this.forget();
  }

  /** Begin anew: other steps have those numbers now. */
  forget() {
    this.asked = new Set();
    this.words = "";
  }

  /** The row of an event, if the lanes show less of it than they could. */
  foldedRow(event) {
    const { state, tab } = this.view;
    const row = tab === "lanes" && state.rows.find(({ n }) => n === event?.row);
    return row && row.k && !this.asked.has(row.n) ? row : null;
  }

  /** Whether an event has no row in the lanes. */
  hides(number) {
    const { state, tab, events } = this.view;
    const row = tab === "lanes" && state.rows.find(({ n }) => n === events.get(number)?.row);
    return Boolean(row?.k) && !row.e.includes(number);
  }

  /** Have an event drawn, if it is not; of what is held still nothing changes. */
  reach(number) {
    const { view } = this;
    const row = !view.held && this.hides(number) && this.foldedRow(view.events.get(number));
    if (row) this.ask(row.n);
  }

  /** Ask for all rows of a step. */
  ask(step) {
    this.asked.add(step);
    this.view.model.send({ type: "unfold", unfold: step });
  }

  /** Say what was gone to, and where it is if it is not drawn. */
  tellOf(event, words) {
    this.words = this.hides(event.no) ? words : "";
    this.view.tell(this.words ? `${words}${ELSEWHERE}` : words);
  }

  /** Say of what was folded that it is drawn by now. */
  tellDrawn() {
    if (!this.words || this.hides(this.view.selected)) return;
    this.view.tell(`${this.words}, unfolded`);
    this.words = "";
  }
}
