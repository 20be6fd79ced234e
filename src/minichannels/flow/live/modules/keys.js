// The keys, while the view has the focus.

import { copyPayload } from "./copying.js";
import { openLine } from "./editor.js";

export const SHORTCUTS =
  "Space ArrowLeft ArrowRight ArrowUp ArrowDown PageUp PageDown Home End X B N P C F O Enter / Escape" +
  " Shift+ArrowLeft Shift+ArrowRight";

const SIDEWAYS = { ArrowLeft: -120, ArrowRight: 120 }; // with Shift, and so many pixels

const ACTS = {
  " ": (view) => view.player.toggle(),
  arrowleft: (view) => view.move(view.at - 1),
  arrowright: (view) => view.move(view.at + 1, true),
  home: (view) => view.move(0),
  end: (view) => view.move(view.shown.length - 1),
  x: (view) => view.toNextLost(),
  b: (view) => view.bookmarks.toggle(view.current),
  n: (view) => view.bookmarks.go(1),
  p: (view) => view.bookmarks.go(-1),
  f: (view) => view.rules.toggle(),
  c: (view) => copyPayload(view, view.events.get(view.current)),
  o: (view) => openLine(view, view.events.get(view.current)),
  arrowup: (view) => view.list.move(-1),
  arrowdown: (view) => view.list.move(1),
  pageup: (view) => view.page(-1),
  pagedown: (view) => view.page(1),
  "/": (view) => view.search.input.focus(),
  enter: (view) => (view.tab === "list" ? view.list.enterKey() : view.why()),
  escape: (view) => view.letGo(),
};

/** Do what a key stands for; return whether it stands for something. */
export function press(view, name) {
  const act = ACTS[name.toLowerCase()];
  const ofList = ["ArrowUp", "ArrowDown"].includes(name);
  if (!act || (ofList && view.tab !== "list")) return false;
  if (name !== " ") view.player.pause();
  act(view);
  return true;
}

/** Whether a key moves what has the focus, which shows a part of itself. */
function scrolls(element, name) {
  const isUpOrDown = /^((Arrow|Page)(Up|Down)|Home|End)$/.test(name);
  return isUpOrDown && element.matches("pre, .before, .without") && element.scrollHeight > element.clientHeight;
}

/** Do what was pressed, unless it belongs to what has the focus. */
export function keydown(view, event) {
  const inside = event.target.closest("a, button, select, input, textarea");
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (inside?.matches("select") || scrolls(event.target, event.key)) return;
  const isSearch = inside?.matches("[type=search]");
  if (inside?.matches("textarea, [type=search]") && event.key !== "Escape") {
    // What was searched for is there: its rows are gone through by keys.
    if (isSearch && event.key === "Enter") view.focus();
    return;
  }
  if (inside?.matches("a, button") && [" ", "Enter"].includes(event.key)) return;
  // What it found stays; Escape once more ends the search.
  if (isSearch) view.focus();
  else if (event.shiftKey && SIDEWAYS[event.key]) view.drawing.scrollLeft += SIDEWAYS[event.key];
  else if (!press(view, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
}
