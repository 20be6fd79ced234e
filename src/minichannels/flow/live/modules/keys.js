// The keys, while the view has the focus.

const ACTS = {
  " ": (view) => view.player.toggle(),
  arrowleft: (view) => view.move(view.at - 1),
  arrowright: (view) => view.move(view.at + 1, true),
  home: (view) => view.move(0),
  end: (view) => view.move(view.shown.length - 1),
  x: (view) => view.toNextLost(),
  enter: (view) => view.why(),
  escape: (view) => view.select(0),
};

/** Do what a key stands for; return whether it stands for something. */
export function press(view, name) {
  const act = ACTS[name.toLowerCase()];
  if (!act) return false;
  if (name !== " ") view.player.pause();
  act(view);
  return true;
}

/** Do what was pressed, unless it belongs to what has the focus. */
export function keydown(view, event) {
  const inside = event.target.closest("button, select, input");
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (inside?.matches("select")) return;
  if (inside?.matches("button") && [" ", "Enter"].includes(event.key)) return;
  if (press(view, event.key)) {
    event.preventDefault();
    event.stopPropagation();
  }
}
