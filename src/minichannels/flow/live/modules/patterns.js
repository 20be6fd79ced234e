// Patterns that a person writes, which have to be done with soon.

// What is one sign, in or behind a backslash, or in brackets.
const SIGN = /\\.|\[(?:\\.|[^\]\\])*\]/gs;
const GROUP = /\(([^()]*)\)([*+]|\{\d+,\})?/;
const REPEATS = /[*+]|\{\d+,\}/;

/** Return a pattern, which finds letters large or small. */
export function patternOf(source) {
  const pattern = new RegExp(source, "i");
  const group = repeatedTwice(source);
  // Nothing stops a browser that searches: not even this page could be left.
  if (group) throw new Error(`/${source}/ may search for ever: it repeats what repeats already, as (a+)+ does; a+ finds it, too`);
  return pattern;
}

/** Return whether a group is repeated in which something is; from the innermost on. */
function repeatedTwice(source) {
  let rest = source.replace(SIGN, "x");
  for (let group = rest.match(GROUP); group; group = rest.match(GROUP)) {
    const [whole, inner, again] = group;
    const repeats = REPEATS.test(inner);
    if (repeats && again) return true;
    rest = rest.replace(whole, () => (repeats || again ? "x*" : "x"));
  }
  return false;
}
