// What a mouse points at: the row that is there when its button goes down.
//
// While a view follows, rows move on before the button comes up again.

/** Tells a view's panel which of its rows is meant. */
export class Pointing {
  constructor(view) {
    this.view = view;
    this.meant = null;
    const { drawing } = view;
    drawing.addEventListener("mousedown", (event) => {
      this.meant = this.under(event);
    });
    drawing.addEventListener("click", (event) => this.clicked(event));
  }

  /** Return what a panel has at a place, if that is anything. */
  under(event) {
    return this.view.panel.under?.(event) ?? null;
  }

  clicked(event) {
    // A screen reader's click comes without a button that has gone down.
    const meant = this.meant ?? this.under(event);
    this.meant = null;
    if (meant) this.view.panel.act(meant);
  }
}
