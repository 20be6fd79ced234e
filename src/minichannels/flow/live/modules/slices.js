// One row of the lanes as a picture of its own.

import { drawn, svg } from "./nodes.js";

/** Return the picture of a row: its ground, its pieces, its arrows and words. */
export function picture(row, shaded, spans, ground, width) {
  const slice = svg("svg", {
    class: shaded ? "row shaded" : "row",
    viewBox: `0 ${row.t} ${width} ${row.h}`,
    "data-step": row.n,
    "aria-hidden": "true",
    preserveAspectRatio: "none",
  });
  if (shaded) {
    const band = { x: 1, y: row.t, width: width - 2, height: row.h };
    slice.append(svg("rect", { ...band, style: "fill:var(--band)" }));
  }
  slice.append(
    svg("g", { transform: `translate(0 ${row.t - 84})` }, drawn(ground)),
    ...spans.map((piece) => drawn(piece.p)),
    svg("g", { class: "arrows" }, drawn(row.a)),
    drawn(row.f),
    svg("g", { class: "words" }, drawn(row.w)),
  );
  return slice;
}

/** Return whether two pictures were drawn of the same things. */
export function sameThings(one, other) {
  return one.length === other.length && one.every((thing, i) => thing === other[i]);
}
