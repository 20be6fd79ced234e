// The live view of a flow: any step of it, and why something happened.
//
// Python has drawn everything once; each piece says from which step to which
// it is seen. This module only shows and hides pieces, so it needs no server
// and no kernel. Of its model it uses get, set, on, off and send: a widget's
// model, or any object that has these.
//
// Rule: no text is ever parsed as HTML, and what Python drew is built anew
// from the few elements and attributes that a drawing needs.

// ---------------------------------------------------------------- the state

/** Return a state with an update added; null if something is missing. */
export function merge(state, update) {
  if (update.state) return update.state;
  if (update.version <= state.version) return state;
  if (update.after !== state.version) return null;
  const { first } = update;
  const seen = (piece) => piece.l === null || piece.l >= first;
  const boards = {};
  for (const [name, board] of Object.entries(state.boards)) {
    const parts = replaced(board.parts, update.boards[name] ?? [], "i");
    boards[name] = { ...board, parts: parts.filter(seen) };
  }
  return {
    ...state,
    first,
    version: update.version,
    left_out: update.left_out,
    strip: update.strip ?? state.strip,
    rows: replaced(state.rows, update.rows, "n").filter((r) => r.n >= first),
    spans: replaced(state.spans, update.spans, "i").filter(seen),
    events: replaced(state.events, update.events, "no").filter(
      (event) => event.row >= first,
    ),
    boards,
  };
}

/** Return a list with some items replaced, by a key, and others added. */
function replaced(list, news, key) {
  if (!news.length) return list;
  const index = new Map(news.map((item) => [item[key], item]));
  const kept = list.map((item) => {
    const other = index.get(item[key]);
    if (other) index.delete(item[key]);
    return other ?? item;
  });
  return kept.concat(news.filter((item) => index.has(item[key])));
}

/** Return the events by their numbers. */
export function byNumber(events) {
  return new Map(events.map((event) => [event.no, event]));
}

/** Return what led to an event, and the event itself, first things first. */
export function chain(events, number) {
  const found = [];
  for (let at = number; at && !found.includes(at); ) {
    found.unshift(at);
    at = events.get(at)?.cause;
  }
  return found;
}

/** Return the pieces that are seen at a step. */
export function piecesAt(pieces, step) {
  return pieces.filter((p) => p.f <= step && (p.l === null || p.l >= step));
}

/** Return the numbers of the steps in which something was lost. */
export function lostSteps(state) {
  const lost = state.events.filter((event) => event.lost);
  return [...new Set(lost.map((event) => event.row))].sort((a, b) => a - b);
}

/** Return where a view opens: at the first loss, otherwise at the end. */
export function opensAt(state) {
  return lostSteps(state)[0] ?? state.rows.at(-1)?.n ?? 0;
}

/** Return the rows that pass the filters; "only lost" keeps their causes. */
export function passing(state, filters) {
  const events = byNumber(state.events);
  const passes = (event) =>
    !filters.clients.has(event.client) &&
    !filters.groups.has(event.group) &&
    (!filters.type || event.type === filters.type);
  let rows = new Set(state.events.filter(passes).map((event) => event.row));
  if (filters.lost) {
    const kept = new Set();
    for (const event of state.events)
      if (event.lost && passes(event)) {
        kept.add(event.row);
        for (const number of chain(events, event.no))
          if (events.has(number)) kept.add(events.get(number).row);
      }
    rows = kept;
  }
  return state.rows.filter((row) => rows.has(row.n));
}

/** Return the events of a row; a note's own number is negative. */
export function eventsOf(events, row) {
  const numbers = row ? (row.e.length ? row.e : [-row.n]) : [];
  return numbers.map((number) => events.get(number)).filter(Boolean);
}

/** Return the index of the last row up to a step; -1 if there is none. */
export function indexOf(rows, step) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].n <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Return where each row begins, and where the last one ends. */
export function tops(rows) {
  const found = [0];
  for (const row of rows) found.push(found.at(-1) + row.h);
  return found;
}

/** Return which rows are shaded: neighbours of one cause look alike. */
export function shades(rows) {
  let shaded = false;
  return rows.map((row, index) => {
    if (row.s !== rows[index - 1]?.s) shaded = !shaded;
    return shaded;
  });
}

/** Return from which row to which a window of some height shows. */
export function windowOf(found, top, height) {
  const first = indexOf(found.map((n) => ({ n })), top);
  let last = Math.max(first, 0);
  while (last < found.length - 2 && found[last + 1] < top + height) last += 1;
  return [Math.max(first, 0), last];
}

/** Say how long a message travels, in milliseconds, at a speed. */
export function travels(speed, still) {
  return still ? 0 : 400 / Math.min(speed, 1);
}

// -------------------------------------------------------------- what is drawn

const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = new Set(["g", "path", "rect", "circle", "text", "tspan"]);
const ATTRIBUTES = new Set([
  ..."d x y cx cy r rx width height class".split(" "),
  ..."stroke-width stroke-dasharray stroke-linecap stroke-linejoin".split(" "),
  ..."font-size font-weight text-anchor xml:space".split(" "),
]);

// The colours of the drawings, in the light theme that Python draws for.
export const TOKENS = {
  "#1B1F24": "ink",
  "#4D5761": "muted",
  "#FFFFFF": "panel",
  "#F3F6F9": "band",
  "#C3CBD3": "edge",
  "#76818C": "lane",
  "#0068A3": "socket",
  "#00734F": "life",
  "#8F5500": "layer",
  "#B83B00": "lost",
  "#E2EBF3": "scope",
  "#3C6284": "box",
  "#863C86": "member",
  "#FBF3E6": "layer-ground",
  "#FFF1DA": "waiting",
  "#F7EAF7": "group",
  "#FDEBE1": "lost-ground",
};
const DARK = {
  ink: "#E6EBF0",
  muted: "#A9B4BF",
  panel: "#16191D",
  band: "#1E2429",
  edge: "#3A434C",
  lane: "#7D8994",
  socket: "#5BB2EC",
  life: "#3FC79A",
  layer: "#DFA54A",
  lost: "#FF8A5C",
  scope: "#243340",
  box: "#7FA6C9",
  member: "#D9A0E0",
  "layer-ground": "#231E15",
  waiting: "#3A2C12",
  group: "#36203A",
  "lost-ground": "#3B2018",
};

const templates = new Map();

/** Return something that Python drew, as nodes. */
function drawn(source) {
  let template = templates.get(source);
  if (!template) {
    const text = `<svg xmlns="${SVG}">${source}</svg>`;
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    template = document.createDocumentFragment();
    copy(parsed.documentElement, template);
    if (templates.size > 4_000) templates.clear();
    templates.set(source, template);
  }
  return template.cloneNode(true);
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (!ELEMENTS.has(node.localName)) continue;
    const element = document.createElementNS(SVG, node.localName);
    for (const { name, value } of node.attributes) {
      if (name === "fill" || name === "stroke")
        element.style[name] = TOKENS[value] ? `var(--${TOKENS[value]})` : "none";
      else if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
    }
    copy(node, element);
    to.append(element);
  }
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const MONO =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono'," +
  " 'Liberation Mono', monospace";
const SANS =
  "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial," +
  " 'Liberation Sans', 'DejaVu Sans', sans-serif";
const colours = (names) =>
  Object.entries(names).map(([name, value]) => `--${name}:${value}`).join(";");
const LIGHT = Object.fromEntries(
  Object.entries(TOKENS).map(([value, name]) => [name, value]),
);

const STYLE = `
.mclive { ${colours(LIGHT)}; color-scheme: light; position: relative;
  font: 13px/1.45 ${SANS}; color: var(--ink); background: var(--panel);
  border: 1px solid var(--edge); border-radius: 8px; overflow: hidden;
  box-sizing: border-box; }
.mclive.dark { ${colours(DARK)}; color-scheme: dark; }
.mclive *, .mclive *::before { box-sizing: border-box; }
.mclive:focus { outline: none; }
.mclive:focus-visible, .mclive :focus-visible {
  outline: 2px solid var(--socket); outline-offset: -2px; }
.mclive button :focus-visible, .mclive select:focus-visible,
.mclive button:focus-visible, .mclive input:focus-visible {
  outline-offset: 1px; }
.mclive .bar { display: flex; flex-wrap: wrap; align-items: center; gap: 5px;
  padding: 8px 10px; border-bottom: 1px solid var(--edge); }
.mclive button, .mclive select { font: inherit; color: var(--ink);
  background: transparent; border: 1px solid var(--lane); border-radius: 6px;
  height: 28px; min-width: 30px; padding: 0 8px; margin: 0; cursor: pointer;
  display: inline-flex; align-items: center; justify-content: center;
  gap: 6px; white-space: nowrap; }
.mclive option { color: #1B1F24; background: #FFFFFF; }
.mclive button svg { width: 14px; height: 14px; fill: currentColor; }
.mclive .play { background: var(--socket); border-color: var(--socket);
  color: var(--panel); font-weight: 700; min-width: 84px; }
.mclive .scrub { position: relative; flex: 1 1 180px; height: 28px;
  margin: 0 8px; }
.mclive .scrub input { position: absolute; inset: 4px 0 0; width: 100%;
  height: 24px; margin: 0; accent-color: var(--socket); cursor: pointer; }
.mclive .ticks { position: absolute; left: 8px; right: 8px; top: 0;
  height: 8px; }
.mclive .ticks svg { position: absolute; width: 8px; height: 8px;
  margin-left: -4px; stroke: var(--lost); stroke-width: 2; fill: none; }
.mclive .mono, .mclive code, .mclive pre, .mclive dd, .mclive kbd {
  font: 12px/1.5 ${MONO}; color: inherit; }
.mclive .tabs { display: inline-flex; gap: 0; margin-right: 8px; }
.mclive .tabs button { border-radius: 0; margin-left: -1px; }
.mclive .tabs button[aria-selected=true] { background: var(--ink);
  color: var(--panel); font-weight: 700; }
.mclive .chip { height: 24px; min-width: 24px; border-radius: 12px;
  font-size: 12px; max-width: 160px; overflow: hidden; }
.mclive .chip[aria-pressed=true] { border-width: 2px; font-weight: 700; }
.mclive .chip[aria-pressed=true]::before { content: ""; width: 10px;
  height: 6px; border-left: 2px solid; border-bottom: 2px solid;
  transform: rotate(-45deg) translateY(-2px); flex: none; }
.mclive .chip.only { color: var(--lost); border-color: var(--lost); }
.mclive .says { padding: 7px 12px; min-height: 33px;
  border-bottom: 1px solid var(--edge); overflow-wrap: anywhere; }
.mclive .says.lost { background: var(--lost-ground); }
.mclive .says.lost b { color: var(--lost); }
.mclive .drawing { max-height: 420px; overflow: auto; position: relative;
  background: var(--panel); overscroll-behavior: contain; }
.mclive .drawing svg { display: block; font-family: ${MONO}; }
.mclive .drawing .sans { font-family: ${SANS}; }
.mclive .heads { position: sticky; top: 0; z-index: 2;
  background: var(--panel); border-bottom: 1px solid var(--edge); }
.mclive .rows { position: relative; overflow: hidden; }
.mclive .rows > * { position: absolute; left: 0; }
.mclive .row { cursor: pointer; overflow: hidden; transition: opacity 150ms; }
.mclive .row.now { box-shadow: inset 4px 0 var(--ink); }
.mclive .row.dim { opacity: .44; }
.mclive .over { pointer-events: none; z-index: 1; overflow: visible; }
.mclive .over path, .mclive .over circle, .mclive .over rect { fill: none;
  stroke: var(--ink); stroke-width: 1.6; }
.mclive .over circle { stroke-width: 2.4; }
.mclive .empty { padding: 24px 12px; color: var(--muted); margin: 0; }
.mclive .event { display: grid; grid-template-columns: 1.12fr 1fr;
  border-top: 1px solid var(--edge); max-height: 320px; overflow: auto; }
.mclive .event[hidden] { display: none; }
.mclive .event > div { padding: 10px 14px; min-width: 0; }
.mclive .event > div + div { border-left: 1px solid var(--edge); }
.mclive h3 { margin: 0 0 6px; font: 700 13px/1.45 ${SANS}; color: inherit; }
.mclive .badge { color: var(--lost); border: 1px dashed var(--lost);
  border-radius: 10px; padding: 0 8px; font-size: 12px; margin-left: 6px; }
.mclive .badge.note { color: var(--member); border-color: var(--member); }
.mclive dl { display: grid; grid-template-columns: 64px 1fr; margin: 0;
  gap: 1px 8px; }
.mclive dt { color: var(--muted); font-weight: 400; }
.mclive dd { margin: 0; overflow-wrap: anywhere; }
.mclive pre { background: var(--band); border: 1px solid var(--edge);
  border-radius: 4px; margin: 8px 0 0; padding: 6px 10px; max-height: 130px;
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.mclive ol { margin: 0; padding: 0; list-style: none; }
.mclive li { display: grid; grid-template-columns: 40px 1fr; gap: 8px;
  padding: 0 0 6px; margin: 0; }
.mclive li button { height: 24px; min-width: 24px; padding: 0 4px;
  font: 700 12px ${MONO}; }
.mclive li:last-child button { border-width: 2px; }
.mclive li small { display: block; color: var(--muted); font-size: 12px;
  overflow-wrap: anywhere; }
.mclive .others { display: flex; flex-wrap: wrap; gap: 4px;
  margin-top: 8px; align-items: center; }
.mclive .others button { height: 24px; min-width: 24px; padding: 0 6px; }
.mclive .foot { padding: 6px 12px; border-top: 1px solid var(--edge);
  color: var(--muted); font-size: 12px; display: flex; flex-wrap: wrap;
  gap: 4px 16px; justify-content: space-between; }
.mclive kbd { border: 1px solid var(--lane); border-radius: 3px;
  padding: 0 4px; background: none; box-shadow: none; }
@media (max-width: 640px) { .mclive .event { grid-template-columns: 1fr; } }
@media (prefers-reduced-motion: reduce) {
  .mclive .row { transition: none; } }
`;

const ICONS = {
  first: "M2 2h2v10H2zM12 2v10L5 7z",
  back: "M10 2v10L3 7z",
  play: "M3 2v10l8-5z",
  pause: "M3 2h3v10H3zM8 2h3v10H8z",
  on: "M4 2v10l7-5z",
  last: "M10 2h2v10h-2zM2 2v10l7-5z",
  lost: "M2 3l1-1 4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4z",
};
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const ABOVE_AND_BELOW = 150;
const SMALLEST = 9.5 / 10.5; // a text of 10.5 px is never drawn below 9.5

const icon = (name) =>
  svg(
    "svg",
    { viewBox: "0 0 14 14", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );

// ------------------------------------------------------------------- the view

class View {
  constructor(model) {
    this.model = model;
    this.state = model.get("state");
    this.filters = { clients: new Set(), groups: new Set(), type: "", lost: false };
    this.tab = "lanes";
    this.speed = 1;
    this.playing = 0;
    this.selected = 0;
    // Who opens the page of what runs wants to see what comes, and in a notebook
    // what was lost. Whoever looks at the newest step goes on to see what comes.
    this.following = model.get("follows") || !lostSteps(this.state).length;
    this.step = opensAt(this.state);
    this.build();
    this.take(this.state);
  }

  // ------------------------------------------------------------ what there is

  build() {
    const button = (label, glyph, act, words = "") => {
      const element = html("button", { type: "button", "aria-label": label, title: label });
      element.append(...(words ? [words] : []), icon(glyph));
      element.addEventListener("click", act);
      return element;
    };
    this.root = html("section", {
      class: "mclive",
      tabindex: "0",
      "aria-label": "Live view of the message flow",
      "aria-keyshortcuts": "Space ArrowLeft ArrowRight Home End X Enter Escape",
      // JupyterLab's own keys (X cuts a cell) are not meant in here.
      "data-lm-suppress-shortcuts": "true",
    });
    this.playButton = button("Play", "play", () => this.toggle());
    this.playButton.className = "play";
    this.scrubber = html("input", { type: "range", min: "0", "aria-label": "Step" });
    this.scrubber.addEventListener("input", () => {
      const index = this.scrubber.valueAsNumber;
      this.pause();
      this.goTo(this.shown[index]?.n ?? 0);
    });
    this.ticks = html("div", { class: "ticks", "aria-hidden": "true" });
    this.count = html("span", { class: "mono" });
    this.speedChoice = html("select", { "aria-label": "Speed" });
    for (const speed of SPEEDS)
      this.speedChoice.append(html("option", { value: speed }, `${speed} event/s`));
    this.speedChoice.value = "1";
    this.speedChoice.addEventListener("change", () => {
      this.speed = Number(this.speedChoice.value);
    });
    const transport = html(
      "div",
      { class: "bar", role: "toolbar", "aria-label": "Replay" },
      button("To the first step", "first", () => this.key("Home")),
      button("One step back", "back", () => this.key("ArrowLeft")),
      this.playButton,
      button("One step on", "on", () => this.key("ArrowRight")),
      button("To the last step, and follow", "last", () => this.key("End")),
      button("Next lost message", "lost", () => this.key("x"), "next "),
      html("div", { class: "scrub" }, this.ticks, this.scrubber),
      this.count,
      this.speedChoice,
    );
    this.tabs = html("div", { class: "tabs", role: "tablist", "aria-label": "Drawing" });
    for (const [name, words] of Object.entries(this.state.tabs)) {
      const tab = html("button", { type: "button", role: "tab", "data-tab": name }, words);
      tab.addEventListener("click", () => this.show(name));
      this.tabs.append(tab);
    }
    this.chips = html("div", {
      class: "chips",
      role: "group",
      "aria-label": "Filters",
      style: "display:contents",
    });
    this.says = html("div", { class: "says", role: "status", "aria-live": "polite" });
    this.drawing = html("div", { class: "drawing", role: "tabpanel" });
    this.drawing.addEventListener("scroll", () => this.drawRows());
    this.drawing.addEventListener("click", (event) => this.clicked(event));
    this.event = html("div", { class: "event", hidden: "" });
    this.where = html("span");
    this.foot = html("div", { class: "foot" }, html("span"), this.where);
    for (const [keys, words] of [
      [["Space"], "play or pause"],
      [["←", "→"], "step"],
      [["X"], "next lost"],
      [["Enter"], "why"],
      [["Esc"], "all events again"],
    ])
      this.foot.firstChild.append(
        ...keys.flatMap((key) => [html("kbd", {}, key), " "]),
        `${words}\u2003`,
      );
    this.root.append(
      html("style", {}, STYLE),
      transport,
      html("div", { class: "bar" }, this.tabs, this.chips),
      this.says,
      this.drawing,
      this.event,
      this.foot,
    );
    this.root.addEventListener("keydown", (event) => this.keydown(event));
  }

  // ---------------------------------------------------------------- the state

  /** Show a state, the first one or a later one. */
  take(state) {
    this.state = state;
    this.events = byNumber(state.events);
    this.lost = new Set(lostSteps(state));
    this.filter();
    if (this.following) this.step = this.shown.at(-1)?.n ?? 0;
    this.drawHeads();
    this.drawChips();
    this.draw();
  }

  filter() {
    this.shown = passing(this.state, this.filters);
    this.tops = tops(this.shown);
    this.shades = shades(this.shown);
  }

  get at() {
    return indexOf(this.shown, this.step);
  }

  // ------------------------------------------------------------- what one does

  keydown(event) {
    const inside = event.target.closest("button, select, input");
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (inside?.matches("select")) return;
    if (inside?.matches("button") && [" ", "Enter"].includes(event.key)) return;
    if (this.key(event.key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** Do what a key stands for; return whether it stands for something. */
  key(name) {
    const acts = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.move(this.at - 1),
      ArrowRight: () => this.move(this.at + 1, true),
      Home: () => this.move(0),
      End: () => this.move(this.shown.length - 1),
      x: () => this.toNextLost(),
      Enter: () => this.why(),
      Escape: () => this.select(0),
    };
    const act = acts[name] ?? acts[name.toLowerCase()];
    if (!act) return false;
    if (name !== " ") this.pause();
    act();
    return true;
  }

  move(index, animated = false) {
    const before = this.at;
    const row = this.shown[Math.max(0, Math.min(index, this.shown.length - 1))];
    if (row) this.goTo(row.n);
    if (animated && this.at === before + 1) this.animate();
  }

  goTo(step) {
    this.step = step;
    this.following = this.at === this.shown.length - 1;
    this.draw();
  }

  toNextLost() {
    const steps = this.shown.map((row) => row.n).filter((n) => this.lost.has(n));
    const next = steps.find((n) => n > this.step) ?? steps[0];
    if (next !== undefined) this.goTo(next);
  }

  toggle() {
    if (this.playing) this.pause();
    else {
      if (this.at >= this.shown.length - 1) this.move(0);
      this.playing = 1;
      this.drawTransport();
      this.wait();
    }
  }

  pause() {
    clearTimeout(this.playing);
    this.playing = 0;
    this.drawTransport();
  }

  wait() {
    this.playing = setTimeout(() => {
      this.move(this.at + 1, true);
      if (this.at >= this.shown.length - 1) this.pause();
      else this.wait();
    }, 1000 / this.speed);
  }

  show(tab) {
    this.tab = tab;
    this.drawing.scrollTop = 0;
    this.drawHeads();
    this.draw();
  }

  /** Tell why the step's main event happened: what was lost, if anything. */
  why() {
    const row = this.shown[this.at];
    const events = eventsOf(this.events, row);
    this.select((events.find((event) => event.lost) ?? events[0])?.no ?? 0);
  }

  select(number) {
    this.selected = number;
    this.draw();
  }

  clicked(event) {
    const slice = event.target.closest(".row");
    if (!slice) return;
    this.pause();
    this.root.focus({ preventScroll: true });
    const row = this.shown.find(({ n }) => n === Number(slice.dataset.step));
    const box = slice.getBoundingClientRect();
    const scale = this.state.strip.width / box.width;
    const x = (event.clientX - box.left) * scale;
    const y = (event.clientY - box.top) * scale + row.t;
    this.step = row.n;
    this.following = false;
    // Of many arrivals, the one that was hit; beside them, the step's main one.
    const far = (route) => Math.hypot(route[3] - x, route[4] - y);
    const [hit] = row.r.toSorted((a, b) => far(a) - far(b));
    if (hit && far(hit) < 20 && this.events.has(hit[0])) this.select(hit[0]);
    else this.why();
  }

  // ------------------------------------------------------------ what one sees

  draw() {
    this.drawTransport();
    this.drawSays();
    this.drawEvent();
    if (this.tab === "lanes") {
      this.scrollToStep();
      this.drawRows();
    } else this.drawBoard();
  }

  drawTransport() {
    const label = this.playing ? "Pause" : "Play";
    if (this.playButton.getAttribute("aria-label") !== label) {
      this.playButton.setAttribute("aria-label", label);
      this.playButton.title = label;
    }
    this.playButton.replaceChildren(icon(label.toLowerCase()), label);
    const row = this.shown[this.at];
    const last = this.state.rows.reduce((n, r) => Math.max(n, ...r.e), 0);
    const at = row ? range(row) : "0";
    this.count.textContent = `${at} of ${last}`;
    this.scrubber.max = String(Math.max(this.shown.length - 1, 0));
    this.scrubber.value = String(Math.max(this.at, 0));
    const fate = row && this.lost.has(row.n) ? ", lost" : "";
    const named = row && !row.e.length ? "a note" : `event ${at} of ${last}`;
    this.scrubber.setAttribute("aria-valuetext", `${named}${fate}`);
    this.drawTicks();
  }

  drawTicks() {
    const places = new Set();
    const length = Math.max(this.shown.length - 1, 1);
    this.shown.forEach((row, index) => {
      if (this.lost.has(row.n)) places.add(Math.round((index / length) * 200) / 2);
    });
    const key = [...places].join();
    if (key === this.tickKey) return;
    this.tickKey = key;
    this.ticks.replaceChildren(
      ...[...places].map((place) => {
        const cross = svg("svg", { viewBox: "0 0 8 8" }, svg("path", { d: "M1 1l6 6M7 1l-6 6" }));
        cross.style.left = `${place}%`;
        return cross;
      }),
    );
  }

  drawChips() {
    const values = (name) =>
      [...new Set(this.state.events.map((event) => event[name]))].filter(Boolean);
    const [clients, groups, types] = ["client", "group", "type"].map(values);
    const key = JSON.stringify([clients, groups, types]);
    if (key === this.chipKey) return;
    this.chipKey = key;
    const chip = (words, pressed, act) => {
      const element = html(
        "button",
        { type: "button", class: "chip", "aria-pressed": String(pressed), title: words },
        words,
      );
      element.addEventListener("click", () => {
        const now = element.getAttribute("aria-pressed") !== "true";
        element.setAttribute("aria-pressed", String(now));
        act(now);
        this.refilter();
      });
      return element;
    };
    const hide = (set, value) => (on) => (on ? set.delete(value) : set.add(value));
    const { filters } = this;
    const type = html("select", { class: "chip", "aria-label": "Type" });
    type.append(html("option", { value: "" }, "any type"));
    for (const name of types) type.append(html("option", { value: name }, name));
    type.value = filters.type;
    type.addEventListener("change", () => {
      filters.type = type.value;
      this.refilter();
    });
    const only = chip("only lost", filters.lost, (on) => {
      filters.lost = on;
    });
    only.classList.add("only");
    this.chips.replaceChildren(
      ...clients
        .slice(0, 8)
        .map((name) => chip(name, !filters.clients.has(name), hide(filters.clients, name))),
      ...groups
        .slice(0, 8)
        .map((name) => chip(name, !filters.groups.has(name), hide(filters.groups, name))),
      type,
      only,
    );
  }

  refilter() {
    this.filter();
    this.draw();
  }

  drawSays() {
    const row = this.shown[this.at];
    const events = eventsOf(this.events, row);
    const lost = events.filter((event) => event.lost);
    const main = lost[0] ?? events[0];
    let words = ["Nothing has happened yet."];
    if (row && row.k) words = [html("b", {}, `${row.k + row.e.length} events at once, folded.`), " "];
    if (main) {
      const others = lost.length > 1 ? ` and ${lost.length - 1} more` : "";
      const more = main.more ? `: ${main.more}` : "";
      words = [
        ...(row.k ? words : []),
        html("b", {}, `${main.no > 0 ? main.no : ""} ${main.fate}`.trim()),
        ` ${main.says}${more}${others}`,
      ];
    }
    const text = words.map((w) => w.textContent ?? w).join("");
    this.says.classList.toggle("lost", lost.length > 0);
    // Said again only if it is something else.
    if (this.says.textContent !== text) this.says.replaceChildren(...words);
  }

  drawHeads() {
    const { strip } = this.state;
    for (const tab of this.tabs.children) {
      const on = tab.dataset.tab === this.tab;
      tab.setAttribute("aria-selected", String(on));
    }
    this.drawing.setAttribute("aria-label", this.state.tabs[this.tab]);
    if (this.tab !== "lanes") return;
    if (!this.rows?.isConnected || this.rows.parentNode !== this.drawing) {
      this.heads = html("div", { class: "heads" });
      this.rows = html("div", { class: "rows" });
      this.drawing.replaceChildren(this.heads, this.rows);
    }
    const key = JSON.stringify([strip.heads, strip.width]);
    if (key === this.headKey && this.heads.firstChild) return;
    this.headKey = key;
    const picture = svg("svg", { viewBox: `0 44 ${strip.width} 42` }, drawn(strip.heads));
    picture.setAttribute("aria-hidden", "true");
    this.heads.replaceChildren(picture);
    this.rows.replaceChildren();
  }

  get scale() {
    const room = this.drawing.clientWidth || this.state.strip.width;
    return Math.max(Math.min(room / this.state.strip.width, 1), SMALLEST);
  }

  scrollToStep() {
    const scale = this.scale;
    const at = this.at;
    if (at < 0) return;
    // The content has to be there before it can be scrolled to.
    this.rows.style.height = `${this.tops[at + 1] * scale}px`;
    const head = this.heads.offsetHeight;
    const room = this.drawing.clientHeight - head;
    const [top, end] = [this.tops[at] * scale, this.tops[at + 1] * scale];
    if (end > this.drawing.scrollTop + room) this.drawing.scrollTop = end - room;
    if (top < this.drawing.scrollTop) this.drawing.scrollTop = top;
  }

  /** Show the rows that the window shows, up to the step. */
  drawRows() {
    if (this.tab !== "lanes" || !this.rows) return;
    const scale = this.scale;
    const { width, ground } = this.state.strip;
    const at = this.at;
    this.heads.firstChild.style.width = `${width * scale}px`;
    this.heads.style.width = `${width * scale}px`;
    this.rows.style.width = `${width * scale}px`;
    this.rows.style.height = `${this.tops[at + 1] * scale}px`;
    const [first, last] = windowOf(
      this.tops,
      Math.max(this.drawing.scrollTop - ABOVE_AND_BELOW, 0) / scale,
      (this.drawing.clientHeight + 2 * ABOVE_AND_BELOW) / scale,
    );
    const lit = new Set(
      chain(this.events, this.selected).map((n) => this.events.get(n)?.row),
    );
    const now = piecesAt(this.state.spans, this.step).sort((a, b) => a.z - b.z);
    const before = new Map(
      [...this.rows.querySelectorAll(".row")].map((s) => [Number(s.dataset.step), s]),
    );
    const kept = [];
    for (let index = first; index <= Math.min(last, at); index += 1) {
      const row = this.shown[index];
      const spans = now.filter((p) => p.t < row.t + row.h && p.b > row.t);
      let slice = before.get(row.n);
      const things = [row, this.shades[index], ground, ...spans];
      if (!slice || !sameThings(slice.drawnOf, things)) {
        slice = this.slice(row, this.shades[index], spans, ground, width);
        slice.drawnOf = things;
      }
      slice.style.top = `${this.tops[index] * scale}px`;
      slice.style.width = `${width * scale}px`;
      slice.style.height = `${row.h * scale}px`;
      slice.classList.toggle("now", index === at);
      slice.classList.toggle("dim", this.selected > 0 && !lit.has(row.n));
      kept.push(slice);
    }
    const wanted = new Set(kept);
    for (const slice of before.values()) if (!wanted.has(slice)) slice.remove();
    for (const slice of kept) if (!slice.isConnected) this.rows.append(slice);
    this.drawOver(scale, first, Math.min(last, at));
  }

  slice(row, shaded, spans, ground, width) {
    const picture = svg("svg", {
      class: "row",
      viewBox: `0 ${row.t} ${width} ${row.h}`,
      "data-step": row.n,
      "aria-hidden": "true",
      preserveAspectRatio: "none",
    });
    if (shaded) {
      const band = { x: 1, y: row.t, width: width - 2, height: row.h };
      picture.append(svg("rect", { ...band, style: "fill:var(--band)" }));
    }
    picture.append(
      svg("g", { transform: `translate(0 ${row.t - 84})` }, drawn(ground)),
      ...spans.map((piece) => drawn(piece.p)),
      svg("g", { class: "arrows" }, drawn(row.a)),
      drawn(row.w),
    );
    return picture;
  }

  /** Light up a chain: a frame around its rows, arcs, and a ring. */
  drawOver(scale, first, last) {
    this.over?.remove();
    const numbers = chain(this.events, this.selected);
    if (!this.selected) return;
    const places = new Map();
    for (const number of numbers) {
      const index = this.shown.findIndex((row) => row.n === this.events.get(number)?.row);
      const route = this.shown[index]?.r.find((r) => r[0] === number);
      if (route) {
        const y = this.tops[index] + route[4] - this.shown[index].t;
        places.set(number, { index, x: route[3], y });
      }
    }
    const { width } = this.state.strip;
    const over = svg("svg", { class: "over", width: width * scale, height: 1 });
    over.setAttribute("aria-hidden", "true");
    const all = svg("g", { transform: `scale(${scale})` });
    for (const [from, to] of runsOf([...places.values()].map((p) => p.index))) {
      const y = this.tops[from];
      const height = this.tops[to + 1] - y;
      all.append(svg("rect", { x: 2.5, y: y + 0.5, width: width - 5, height: height - 1, rx: 5 }));
    }
    // Beside the words, which end 13 before the edge.
    const [right, known] = [width - 13, [...places.values()]];
    known.slice(1).forEach((to, index) => {
      const from = known[index];
      if (from.y === to.y) return;
      const bend = right + 10;
      all.append(
        svg("path", { d: `M${right} ${from.y}C${bend} ${from.y} ${bend} ${to.y} ${right + 3} ${to.y}` }),
        svg("path", { d: `M${right + 8} ${to.y - 4}l-6 4l6 4` }),
      );
    });
    const end = places.get(this.selected);
    if (end) all.append(svg("circle", { cx: end.x, cy: end.y, r: 11 }));
    over.append(all);
    this.over = over;
    this.rows.append(over);
  }

  drawBoard() {
    const board = this.state.boards[this.tab];
    const parts = piecesAt(board.parts, this.step);
    const height = parts.find((part) => part.z < 0)?.p ?? "100";
    const drawnParts = parts.filter((p) => p.z >= 0).sort((a, b) => a.z - b.z || a.i - b.i);
    const picture = svg("svg", {
      viewBox: `0 0 ${board.width} ${Number(height)}`,
      role: "img",
      "aria-label": `${this.tab} after step ${this.step}; the line above says what happened`,
    });
    picture.append(...drawnParts.map((part) => drawn(part.p)));
    const room = this.drawing.clientWidth || board.width;
    const scale = Math.max(Math.min(room / board.width, 1), SMALLEST);
    picture.style.width = `${board.width * scale}px`;
    this.drawing.replaceChildren(picture);
  }

  drawEvent() {
    const event = this.events.get(this.selected);
    this.event.hidden = !event;
    if (event) this.event.replaceChildren(this.facts(event), this.reasons(event));
    else this.event.replaceChildren();
    this.drawFoot();
  }

  facts(event) {
    const list = html("dl");
    for (const name of ["from", "to", "type", "group", "client", "handler"])
      if (event[name]) list.append(html("dt", {}, name), html("dd", {}, event[name]));
    const title = html("h3", {}, event.no > 0 ? `Event ${event.no}` : "A note");
    if (event.fate) title.append(html("span", { class: event.lost ? "badge" : "badge note" }, event.fate));
    const facts = html("div", {}, title, list, html("pre", { tabindex: "0" }, event.payload));
    const row = this.state.rows.find(({ n }) => n === event.row);
    const others = (row?.e ?? []).filter((n) => n !== event.no && this.events.has(n));
    if (others.length) {
      const line = html("div", { class: "others" }, "one act with");
      line.append(...others.slice(0, 24).map((number) => this.number(number)));
      facts.append(line);
    }
    return facts;
  }

  reasons(event) {
    const list = html("ol", { "aria-label": "Why" });
    for (const number of chain(this.events, event.no)) {
      const cause = this.events.get(number);
      const words = html("span", {}, cause?.says ?? "an event that is not kept any more");
      if (cause?.more) words.append(html("small", {}, cause.more));
      const button = cause ? this.number(number) : html("b", {}, String(number));
      list.append(html("li", {}, button, words));
    }
    return html("div", {}, html("h3", {}, "Why"), list);
  }

  number(number) {
    const button = html("button", { type: "button", "aria-label": `Event ${number}` }, String(number));
    button.addEventListener("click", () => {
      const { row } = this.events.get(number);
      if (this.shown.some(({ n }) => n === row)) this.step = Math.max(this.step, row);
      this.root.focus({ preventScroll: true });
      this.select(number);
    });
    return button;
  }

  drawFoot() {
    const { rows, left_out: leftOut } = this.state;
    const hidden = rows.length - this.shown.length;
    const folded = rows.reduce((sum, row) => sum + row.k, 0);
    const parts = [`step ${this.at + 1} of ${this.shown.length}`];
    if (hidden) parts.push(`${hidden} hidden by filters`);
    if (folded) parts.push(`${folded} events folded: too many at once`);
    if (leftOut) parts.push(`${leftOut} older events left out`);
    if (this.following && this.state.grows) parts.push("following");
    this.where.textContent = parts.join(" · ");
  }

  // --------------------------------------------------------------- what moves

  /** Let the messages of the step travel along their arrows. */
  animate() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const duration = travels(this.playing ? this.speed : 2, still);
    const row = this.shown[this.at];
    const slice = this.rows?.querySelector(`[data-step="${row.n}"]`);
    if (!duration || !slice || this.tab !== "lanes") return;
    const easing = "cubic-bezier(.3, 0, .2, 1)";
    slice
      .querySelector(".arrows")
      .animate([{ opacity: 0.15 }, { opacity: 1 }], { duration, easing });
    for (const [, x, y, toX, toY] of row.r.slice(0, 12)) {
      if (x === toX) continue;
      const envelope = svg("g", { class: "envelope" }, drawn(this.state.envelope));
      slice.append(envelope);
      const at = (left, top) => ({ transform: `translate(${left}px, ${top}px) scale(.7)` });
      const travel = envelope.animate([at(x, y), at(toX, toY)], { duration, easing });
      travel.finished.then(
        () => envelope.remove(),
        () => envelope.remove(),
      );
    }
  }
}

function range(row) {
  const [first, last] = [row.e[0], row.e.at(-1)];
  if (first === undefined) return "note";
  return first === last ? String(first) : `${first}–${last}`;
}

function sameThings(one, other) {
  return one.length === other.length && one.every((thing, i) => thing === other[i]);
}

/** Return the runs of neighbours among some indices. */
export function runsOf(indices) {
  const runs = [];
  for (const index of [...new Set(indices)].sort((a, b) => a - b))
    if (runs.length && runs.at(-1)[1] === index - 1) runs.at(-1)[1] = index;
    else runs.push([index, index]);
  return runs;
}

/** Return whether the page is dark: JupyterLab says so, or the system. */
export function isDark(body, system) {
  const light = body.dataset.jpThemeLight;
  return light === undefined ? system : light === "false";
}

function render({ model, el }) {
  const view = new View(model);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () =>
    view.root.classList.toggle("dark", isDark(document.body, system.matches));
  const themes = new MutationObserver(paint);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  system.addEventListener("change", paint);

  let frame = 0;
  const take = () => {
    frame = 0;
    view.take(model.get("state"));
  };
  const hello = () => model.send({ type: "hello", version: model.get("state").version });
  const told = (update) => {
    const state = merge(model.get("state"), update);
    if (state === null) return hello();
    // Kept in the model, so that a saved notebook has it.
    model.set("state", state);
    frame ||= requestAnimationFrame(take);
  };
  const changed = () => {
    frame ||= requestAnimationFrame(take);
  };
  model.on("msg:custom", told);
  model.on("change:state", changed);
  const sizes = new ResizeObserver(() => view.draw());
  el.append(view.root);
  paint();
  view.draw();
  sizes.observe(view.drawing);
  hello();

  return () => {
    view.pause();
    cancelAnimationFrame(frame);
    themes.disconnect();
    sizes.disconnect();
    system.removeEventListener("change", paint);
    model.off("msg:custom", told);
    model.off("change:state", changed);
  };
}

export default { render };
