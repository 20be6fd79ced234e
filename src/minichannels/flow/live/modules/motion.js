// What moves: the messages of a step, along their arrows.

import { drawn, svg } from "./nodes.js";

const EASING = "cubic-bezier(.3, 0, .2, 1)";
const MOST_ENVELOPES = 12;

/** Say how long a message travels, in milliseconds, at a speed. */
export function travels(speed, still) {
  return still ? 0 : 400 / Math.min(speed, 1);
}

/** Let the messages of a row travel; its slice shows it. */
export function animate(slice, row, speed, sign) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const duration = travels(speed, still);
  if (!duration || !slice) return;
  const timing = { duration, easing: EASING };
  slice.querySelector(".arrows").animate([{ opacity: 0.15 }, { opacity: 1 }], timing);
  for (const [, x, y, toX, toY] of row.r.slice(0, MOST_ENVELOPES)) {
    if (x === toX) continue;
    const envelope = svg("g", { class: "envelope" }, drawn(sign));
    slice.append(envelope);
    const at = (left, top) => ({ transform: `translate(${left}px, ${top}px) scale(.7)` });
    const travel = envelope.animate([at(x, y), at(toX, toY)], timing);
    const remove = () => envelope.remove();
    travel.finished.then(remove, remove);
  }
}
