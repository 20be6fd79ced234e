// A chain of causes, lit up: a frame around its rows, arcs, and a ring.

import { svg } from "./nodes.js";
import { runsOf } from "./rows.js";
import { chain } from "./state.js";

/** Return what lies over the rows, which are so wide, while an event is selected. */
export function litChain(view, scale, width) {
  const places = placesOf(view);
  const known = [...places.values()];
  const over = svg("svg", { class: "over", width: width * scale, height: 1 });
  over.setAttribute("aria-hidden", "true");
  const all = svg("g", { transform: `scale(${scale})` });
  all.append(...frames(known, view.tops, width), ...arcs(known, view.state.strip.width - 13));
  const end = places.get(view.selected);
  if (end) all.append(svg("circle", { cx: end.x, cy: end.y, r: 11 }));
  over.append(all);
  return over;
}

/** Return where the events of the chain arrive, by their numbers. */
function placesOf({ events, selected, shown, tops }) {
  const places = new Map();
  for (const number of chain(events, selected)) {
    const index = shown.findIndex((row) => row.n === events.get(number)?.row);
    const route = shown[index]?.r.find((r) => r[0] === number);
    if (!route) continue;
    const y = tops[index] + route[4] - shown[index].t;
    places.set(number, { index, x: route[3], y });
  }
  return places;
}

function frames(places, tops, width) {
  return runsOf(places.map((place) => place.index)).map(([from, to]) => {
    const height = tops[to + 1] - tops[from];
    const box = { x: 2.5, y: tops[from] + 0.5, width: width - 5, height: height - 1 };
    return svg("rect", { ...box, rx: 5 });
  });
}

/** Return arcs from each cause to its effect, beside the words. */
function arcs(places, right) {
  const bend = right + 10;
  return places.slice(1).flatMap(({ y }, index) => {
    const from = places[index].y;
    if (from === y) return [];
    const d = `M${right} ${from}C${bend} ${from} ${bend} ${y} ${right + 3} ${y}`;
    const head = `M${right + 8} ${y - 4}l-6 4l6 4`;
    return [svg("path", { d }), svg("path", { d: head })];
  });
}
