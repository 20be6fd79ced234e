// Lines that stay: a list is drawn anew many times a second.

/** Show some lines; those that are there already stay, and what a mouse holds or marks in them. */
export function keep(body, lines) {
  const before = new Map([...body.children].map((line) => [line.drawnAs, line]));
  const kept = lines.map((line) => {
    line.drawnAs = line.outerHTML;
    return before.get(line.drawnAs) ?? line;
  });
  const wanted = new Set(kept);
  for (const line of before.values()) if (!wanted.has(line)) line.remove();
  let next = body.firstChild;
  for (const line of kept)
    if (line === next) next = line.nextSibling;
    else body.insertBefore(line, next);
  return kept;
}
