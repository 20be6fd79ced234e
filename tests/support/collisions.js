// Returns what a text of the picture in this page collides with.
//
// A text collides with another text, with a stroke (its points, half its
// width away), and with any shape that was drawn after it. What a plate hides
// (a filled rectangle or circle, drawn later than the stroke and before the
// text) is not seen, and cannot collide.
() => {
  const svg = document.querySelector("svg");
  const all = [...svg.querySelectorAll("text, path, rect, circle")];
  const order = new Map(all.map((element, index) => [element, index]));
  const grounds = new Set([
    "#FFFFFF", "#F3F6F9", "#E2EBF3", "#FBF3E6", "#FFF1DA", "#FDEBE1",
  ]);
  const inside = (box, x, y, more = 0) =>
    x > box.left - more && x < box.right + more
    && y > box.top - more && y < box.bottom + more;
  const boxOf = (element, cut) => {
    const b = element.getBBox();
    return {
      left: b.x, right: b.x + b.width,
      top: b.y + cut * b.height, bottom: b.y + (1 - cut) * b.height,
    };
  };
  const texts = all
    .filter(e => e.tagName === "text" && e.textContent.trim())
    .map(e => ({ e, at: order.get(e), box: boxOf(e, 0.18) }));
  const shapes = all.filter(e => e.tagName !== "text").map(e => {
    const fill = e.getAttribute("fill");
    const stroke = e.getAttribute("stroke");
    return {
      e, box: boxOf(e, 0), at: order.get(e),
      solid: fill && fill !== "none",
      // A ground without a border is no line.
      line: Boolean(stroke) || (fill && !grounds.has(fill)),
      half: stroke ? Number(e.getAttribute("stroke-width")) / 2 : 0,
    };
  });
  const pointsOf = shape => {  // asked for when needed: it takes its time
    const length = shape.points ? 0 : shape.e.getTotalLength();
    shape.points ??= Array.from(
      { length: length + 1 }, (_, at) => shape.e.getPointAtLength(at));
    return shape.points;
  };
  const apart = (a, b, more) =>
    a.left > b.right + more || b.left > a.right + more
    || a.top > b.bottom + more || b.top > a.bottom + more;
  const plates = shapes.filter(s => s.solid && s.e.tagName !== "path");
  const hidden = (shape, text, point) => plates.some(plate =>
    plate.at > shape.at && plate.at < text.at
    && inside(plate.box, point.x, point.y)
    && plate.e.isPointInFill(point));
  const found = [];
  const { width, height } = svg.viewBox.baseVal;
  for (const text of texts) {
    const { box } = text;
    const say = what => found.push(`"${text.e.textContent}" ${what}`);
    if (box.left < 0 || box.right > width || box.top < 0 || box.bottom > height)
      say("leaves the picture");
    for (const other of texts)
      if (other.at > text.at
        && box.left < other.box.right && other.box.left < box.right
        && box.top < other.box.bottom && other.box.top < box.bottom)
        say(`meets "${other.e.textContent}"`);
    for (const shape of shapes) {
      const later = shape.at > text.at;
      if (!shape.line && !later) continue;
      if (apart(shape.box, box, shape.half)) continue;
      const middle = svg.createSVGPoint();
      middle.x = (box.left + box.right) / 2;
      middle.y = (box.top + box.bottom) / 2;
      if (later && shape.solid && shape.e.isPointInFill(middle))
        say(`is hidden by ${shape.e.outerHTML.slice(0, 90)}`);
      if (pointsOf(shape).some(p =>
        inside(box, p.x, p.y, shape.half)
        && (later || !hidden(shape, text, p))))
        say(`meets ${shape.e.outerHTML.slice(0, 90)}`);
    }
  }
  return found;
}
