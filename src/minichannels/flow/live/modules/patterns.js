// Patterns that a person writes, which have to be done with soon.

const SIGN = /\\.|\[(?:\\.|[^\]\\])*\]/gs; // one, in or behind a backslash, or in brackets
const ANY = "\0"; // what stands for it
const GROUP = /\((?:\?(?:[:=!]|<[=!]|<\w+>))?([^()]*)\)([*+]|\{\d+,\}|\{(?:\d+,)?(?:[1-9]\d+)\})?/;
const VARIES = /[*+?]|\{\d+,\d*\}/;
const SHORT = 100; // letters of a text that is done with in any case
const LONG_ENOUGH = 1_000; // milliseconds

/** A pattern, which finds letters large or small, as long as that does not take too long. */
export class Pattern {
  constructor(source, tell = () => {}) {
    Object.assign(this, { source, tell, regex: new RegExp(source, "i"), busy: 0, ended: 0, isSlow: false });
    // Nothing stops a browser that searches: not even this page could be left.
    if (isAmbiguous(source))
      throw new Error(`/${source}/ may search for ever: it repeats what can be read in two ways, as (a+)+ and (a|ab)* do; a+ and [ab]* do not`);
  }

  test(text) {
    if (text.length < SHORT) return this.regex.test(text);
    return !this.isSlow && this.timed(text);
  }

  timed(text) {
    const begun = performance.now();
    const finds = this.regex.test(text);
    const ended = performance.now();
    // What lies between two texts is time in which the page was there for others.
    this.busy = Math.max(0, this.busy - (begun - this.ended)) + ended - begun;
    this.ended = ended;
    this.isSlow = this.busy > LONG_ENOUGH;
    if (this.isSlow) this.tell(`/${this.source}/ takes too long, and finds nothing more in long texts: leave out a * or +, or search for a word`);
    return finds;
  }
}

/** Return whether a group is repeated that can be read in two ways; from the innermost on. */
function isAmbiguous(source) {
  let rest = source.replace(SIGN, ANY);
  for (let group = rest.match(GROUP); group; group = rest.match(GROUP)) {
    const [whole, inner, again] = group;
    const varies = VARIES.test(inner) || mayBeginAlike(inner.split("|"));
    if (varies && again) return true;
    rest = rest.replace(whole, () => (varies || again ? `${ANY}*` : ANY));
  }
  return false;
}

function mayBeginAlike(alternatives) {
  const letters = alternatives.map(([letter = ANY]) => letter.toLowerCase());
  const areKnown = letters.every((letter) => !`${ANY}.^$`.includes(letter));
  return letters.length > 1 && (!areKnown || new Set(letters).size < letters.length);
}
