// JSON as a reader wants it: what is short on a line, what is long opened.
//
// Rule: it is never parsed and written anew. A number of twenty digits, or a
// key that stands there twice, has to look as it came.

const WIDE = 60;
const TEXT = String.raw`"(?:[^"\\]|\\.)*"?`;
const SIGNS = new RegExp(String.raw`${TEXT}|[[\]{},]`, "gs");
const NAMED = new RegExp(String.raw`^(${TEXT}): ?(.*)$`, "s");
const BROKEN = /[^\\]\\n/;

// A text with JSON behind signs of Socket.IO: 42["chat",{"text":"hi"}]
const LEADS = String.raw`4[0-6](?:\d{1,3}-)?(?:/[^,"[{]{0,80},)?\d{0,9}`;
const PACKET = new RegExp(`"${LEADS}[[{]`);
const SIGNED = new RegExp(`^(${LEADS})([[{].*)$`, "s");

/** Return what stands in a list or an object, one by one, and how it ends. */
function inside(text) {
  const items = [];
  let [depth, start] = [0, 1];
  for (const { 0: sign, index } of text.matchAll(SIGNS)) {
    if ("[{".includes(sign)) depth += 1;
    else if (depth === 1 && ",]}".includes(sign)) {
      items.push(text.slice(start, index).trim());
      start = index + 1;
    }
    if ("]}".includes(sign)) depth -= 1;
    if (depth === 0) return { items, end: sign };
  }
  return { items: [...items, text.slice(start).trim()], end: "" }; // it was cut
}

/** Return the values of an object by their names, each as it was written. */
export function members(text) {
  const named = inside(text).items.map((item) => item.match(NAMED)).filter(Boolean);
  return new Map(named.map(([, name, value]) => [name.slice(1, -1), value]));
}

/** Return JSON of one line on as many as it needs. */
export function pretty(text, say = (words) => words, indent = "") {
  if (!"[{".includes(text[0])) return say(text, indent);
  const isPlain = () => say(text, "") === text && !PACKET.test(text);
  if (indent.length + text.length <= WIDE && isPlain()) return text;
  const { items, end } = inside(text);
  const deeper = `${indent}  `;
  const lines = items.map((item) => {
    const [, name, value] = item.match(NAMED) ?? [];
    return deeper + (name ? `${name}: ${pretty(value, say, deeper)}` : pretty(item, say, deeper));
  });
  return `${text[0]}\n${lines.join(",\n")}${end && `\n${indent}${end}`}`;
}

/** Return a text with each of its own lines on one: as events of a stream; JSON in it is opened. */
export function inLines(text, indent) {
  const [, signs, values] = unquoted(text)?.match(SIGNED) ?? [];
  if (signs) return signs + pretty(values, inLines, indent);
  if (!BROKEN.test(text)) return text;
  const lines = text.replace(/\\./gs, (sign) => (sign === "\\n" ? `\\n\n${indent} ` : sign));
  return lines.replace(/\n *"$/, '"');
}

/** Return what a text says that may have JSON in it, to where it was cut; undefined if it is none. */
function unquoted(text) {
  if (text.search(PACKET) !== 0) return undefined;
  try {
    return JSON.parse(text.endsWith('"') ? text : `${text.replace(/\\?…$/, "…")}"`);
  } catch {
    return undefined; // with a sign that Python shows in a way of its own
  }
}
