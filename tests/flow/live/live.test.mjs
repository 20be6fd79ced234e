// The functions of the live view that need no page. A state is what a feed
// told (test_live_js.py writes it down): the two sides are tested together.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const url = new URL(
  "../../../src/minichannels/flow/live/static/live.js",
  import.meta.url,
);
// Not by its address: without a package.json node takes it for CommonJS.
const source = readFileSync(url, "utf-8");
const live = await import(
  `data:text/javascript;base64,${Buffer.from(source).toString("base64")}`
);
const told = JSON.parse(readFileSync(process.env.TOLD, "utf-8"));
const { after } = told;

const sorted = (state) => ({
  ...state,
  spans: state.spans.toSorted((a, b) => a.i - b.i),
  events: state.events.toSorted((a, b) => a.no - b.no),
  boards: Object.fromEntries(
    Object.entries(state.boards).map(([name, board]) => [
      name,
      { ...board, parts: board.parts.toSorted((a, b) => a.i - b.i) },
    ]),
  ),
});
const none = { clients: new Set(), groups: new Set(), type: "", lost: false };

test("merge makes of all updates what the feed knows", () => {
  const merged = told.updates.reduce(live.merge, told.before);

  assert.deepEqual(sorted(merged), sorted(after));
  assert.ok(told.updates.length >= 4);
});

test("merge ignores what a state has already", () => {
  assert.equal(live.merge(after, told.updates[0]), after);
});

test("merge says when something is missing", () => {
  const late = { ...told.updates.at(-1), version: 99, after: 98 };

  assert.equal(live.merge(after, late), null);
});

test("merge takes a whole state as it is", () => {
  assert.equal(live.merge(told.before, { version: 9, state: after }), after);
});

test("merge forgets what is seen at no step any more", () => {
  const update = {
    ...{ rows: [], spans: [], events: [], boards: {} },
    ...{ after: after.version, version: after.version + 1 },
    ...{ first: after.rows.at(-1).n, left_out: 7 },
  };

  const merged = live.merge(after, update);

  assert.equal(merged.rows.length, 1);
  assert.equal(merged.left_out, 7);
  assert.ok(merged.spans.length < after.spans.length);
  assert.ok(merged.events.every((event) => event.row === update.first));
});

test("chain goes from the root to the event", () => {
  const events = new Map([
    [1, { cause: null }],
    [2, { cause: 1 }],
    [5, { cause: 2 }],
  ]);

  assert.deepEqual(live.chain(events, 5), [1, 2, 5]);
  assert.deepEqual(live.chain(events, 0), []);
});

test("chain ends where a cause is not kept, or is its own", () => {
  const events = new Map([
    [5, { cause: 2 }],
    [6, { cause: 6 }],
  ]);

  assert.deepEqual(live.chain(events, 5), [2, 5]);
  assert.deepEqual(live.chain(events, 6), [6]);
});

test("piecesAt shows a piece from its first step to its last", () => {
  const pieces = [
    { i: 1, f: 1, l: 3 },
    { i: 2, f: 4, l: null },
  ];
  const at = (step) => live.piecesAt(pieces, step).map((piece) => piece.i);

  assert.deepEqual([at(0), at(1), at(3), at(4), at(99)], [[], [1], [1], [2], [2]]);
});

test("opensAt is the first loss, otherwise the end", () => {
  const rows = [{ n: 1 }, { n: 2 }, { n: 3 }];
  const events = [
    { row: 3, lost: true },
    { row: 2, lost: true },
  ];

  assert.equal(live.opensAt({ rows, events }), 2);
  assert.equal(live.opensAt({ rows, events: [] }), 3);
  assert.equal(live.opensAt({ rows: [], events: [] }), 0);
});

test("passing shows all without a filter, and some with one", () => {
  const shown = (filters) =>
    live.passing(after, { ...none, ...filters }).map((row) => row.n);
  const all = after.rows.map((row) => row.n);

  assert.deepEqual(shown({}), all);
  const withoutBob = shown({ clients: new Set(["bob"]) });
  assert.ok(withoutBob.length > 0 && withoutBob.length < all.length);
  const withoutChat = shown({ groups: new Set(["chat"]) });
  assert.ok(withoutChat.length > 0 && withoutChat.length < all.length);
  assert.equal(shown({ type: "websocket.disconnect" }).length, 1);
});

test("passing only WebSockets leaves out what belongs to requests", () => {
  const rows = [{ n: 1 }, { n: 2 }];
  const events = [{ no: 1, row: 1, http: true }, { no: 2, row: 2, http: false }];

  const shown = live.passing({ rows, events }, { ...none, websockets: true });

  assert.deepEqual(shown.map((row) => row.n), [2]);
});

test("passing only what was lost keeps its causes", () => {
  const rows = [1, 2, 3, 4].map((n) => ({ n }));
  const event = (no, cause, lost = false) => ({ no, cause, lost, row: no });
  const events = [event(1, null), event(2, 1), event(3, 1), event(4, 2, true)];

  const shown = live.passing({ rows, events }, { ...none, lost: true });

  assert.deepEqual(shown.map((row) => row.n), [1, 2, 4]);
});

test("indexOf finds the last row up to a step", () => {
  const rows = [{ n: 2 }, { n: 5 }, { n: 9 }];
  const found = [1, 2, 4, 5, 100].map((step) => live.indexOf(rows, step));

  assert.deepEqual(found, [-1, 0, 0, 1, 2]);
});

test("neighbours of one cause share a shade, whatever is hidden", () => {
  const rows = [1, 1, 4, 6, 6, 1].map((s) => ({ s }));

  assert.deepEqual(live.shades(rows), [true, true, false, true, true, false]);
  const shown = [rows[0], rows[3], rows[4]];
  assert.deepEqual(live.shades(shown), [true, false, false]);
});

test("windowOf finds the rows that show, and no others", () => {
  const found = live.tops([{ h: 10 }, { h: 10 }, { h: 20 }, { h: 10 }]);

  assert.deepEqual(found, [0, 10, 20, 40, 50]);
  assert.deepEqual(live.windowOf(found, 0, 10), [0, 0]);
  assert.deepEqual(live.windowOf(found, 12, 10), [1, 2]);
  assert.deepEqual(live.windowOf(found, 45, 99), [3, 3]);
});

test("travels is longer in slow motion, and nothing without motion", () => {
  assert.equal(live.travels(0.25, false), 1600);
  assert.equal(live.travels(4, false), 400);
  assert.equal(live.travels(0.25, true), 0);
});

test("runsOf joins neighbours", () => {
  assert.deepEqual(live.runsOf([4, 1, 2, 2, 7]), [[1, 2], [4, 4], [7, 7]]);
});

test("isDark follows JupyterLab, and else the system", () => {
  const body = (light) => ({ dataset: { jpThemeLight: light } });

  assert.equal(live.isDark(body("false"), false), true);
  assert.equal(live.isDark(body("true"), true), false);
  assert.equal(live.isDark(body(undefined), true), true);
});

test("eventsOf a note finds it by its negative number", () => {
  const events = new Map([[-3, "note"], [4, "event"]]);

  assert.deepEqual(live.eventsOf(events, { n: 3, e: [] }), ["note"]);
  assert.deepEqual(live.eventsOf(events, { n: 9, e: [4] }), ["event"]);
  assert.deepEqual(live.eventsOf(events, undefined), []);
});

const frame = (no, more = {}) => ({
  ...{ no, connection: 1, client: "ada", group: "", from: "ada", to: "Chat#1" },
  ...{ type: "websocket.receive", payload: "", path: "", method: "", fate: "" },
  ...{ status: 0, size: null, http: false, lost: false, row: no, ...more },
});
const found = (text, event, exchange) => live.query(text)(frame(1, event), exchange);

test("what a row says is found", () => {
  const left = { payload: "{}", short: "pump() still runs, of 2 connections", fate: "" };
  assert.equal(found("still runs", left), true);
  assert.equal(found("-runs", left), false);
  assert.equal(found("refused", { payload: "4401", short: "4401", fate: "REFUSED 403" }), true);
  assert.equal(found("still", { payload: "{}" }), false);
});

test("query finds plain text in each field, small or large", () => {
  for (const field of ["payload", "path", "type", "client", "group", "from", "to"])
    assert.ok(found("HELLO", { [field]: "say hello" }), field);
  assert.ok(!found("hello", { payload: "good bye" }));
  assert.ok(found("", {}) && found("say bye", { payload: "bye, I say" }));
  assert.ok(!found("say bye", { payload: "bye" }));
});

test("query takes what stands between slashes for a pattern, but no path", () => {
  assert.ok(found("/h.llo$/", { payload: "Hello" }));
  assert.ok(found("/a b/", { payload: "xa by" }));
  assert.ok(!found("/h.llo$/", { payload: "hello you" }));
  assert.ok(found("/ws/chat", { path: "/ws/chat/" }));
  assert.ok(!found("/ws/c.at", { path: "/ws/chat/" }));
  assert.throws(() => live.query("/(/"), SyntaxError);
});

test("query looks in one field where that is named", () => {
  assert.ok(found("type:send", { type: "websocket.send" }));
  assert.ok(!found("type:send", { payload: "send" }));
  assert.ok(found("client:eve", { client: "eve" }) && !found("client:eve", { payload: "eve" }));
  assert.ok(found("client:ada", { client: "browser#1", user: "ada" }) && found("ada", { user: "ada" }));
  assert.ok(found("client:/^u1$/", { client: "u1" }) && !found("client:/^u1$/", { client: "u10" }));
  assert.ok(found("group:red", { group: "red" }) && !found("group:red", { to: "red" }));
  assert.ok(found("type:get", { type: "http.request" }, { method: "GET" }));
  assert.ok(found("http://x", { payload: "see http://x/" }));
  assert.ok(!found("constructor:x", {}));
});

test("query takes a number at the end of a name for a whole one", () => {
  const one = { client: "browser#1", to: "Chat.(x)#1@web" };
  const other = { client: "browser#15", to: "Chat#12", payload: "#1" };

  for (const text of ["client:browser#1", "browser#1", "client:#1", "to:Chat.(x)#1"])
    assert.deepEqual([one, other].map((event) => found(text, event)), [true, false]);
  assert.ok(found("browser#", other) && found("client:browser", other) && found("#1", other));
});

test("query takes each socket of a browser for a client of its own", () => {
  const [first, second, last] = ["1", "1.2", "1.20"].map((no) => ({ client: `browser#${no}` }));
  const clients = (text) => [first, second, last].map((event) => found(text, event));

  assert.deepEqual(clients("client:browser#1"), [true, false, false]);
  assert.deepEqual(clients("browser#1.2"), [false, true, false]);
  assert.deepEqual(clients("client:browser#1."), [false, true, true]);
  assert.ok(found("browser#1", { payload: "I am browser#1." }));
});

test("query knows a status by its number, its class, and its word", () => {
  const status = (text, number) => found(text, {}, { status: number, path: "" });

  assert.ok(status("status:404", 404) && status("status:4xx", 404) && status("status:4", 404));
  assert.ok(!status("status:404", 400) && !status("status:4xx", 500) && !status("status:4044", 404));
  assert.ok(!found("status:4", {}));
  assert.ok(found("status:dropped", { fate: "LOST dropped" }));
});

test("query finds what took so many milliseconds, or more", () => {
  const took = (text, ms) => found(text, { took: ms });

  assert.ok(took("ms:100", 100) && took("ms:>99.5", 100) && took("ms:>=100", 100));
  assert.ok(!took("ms:>100", 99) && !took("ms:0", null) && !took("ms:0", undefined));
  // Of an exchange it is the time of all of it, also for those that took none.
  const events = [frame(1, { at: 1 }), frame(2, { at: 1.5, took: 3 })];
  assert.ok(found("ms:500", { took: 3 }, { events }) && !found("ms:501", { took: 900 }, { events }));
  assert.ok(took("ms:<100", 99) && !took("ms:<100", 100) && !took("ms:<100", null));
  assert.ok(!took("ms:>100", 100) && took("ms:<=100", 100));
  assert.throws(() => live.query("ms:slow"), /as in ms:>100; slow is none/);
});

test("query compares a status and a size as it does a time", () => {
  const status = (text, number) => found(text, {}, { status: number, path: "" });

  assert.ok(status("status:>=400", 400) && status("status:>399", 404) && !status("status:>=400", 200));
  assert.ok(status("status:<300", 204) && !status("status:<300", 0) && !found("status:<300", {}));
  assert.throws(() => live.query("status:>many"), /as in status:>100; >many is none/);
  assert.ok(found("size:>1000", { size: 2_000 }) && !found("size:>1000", { size: 20 }));
  assert.ok(found("size:>1000", { size: 2 }, { size: 2_000 }) && !found("size:0", {}));
});

test("query finds what has not what stands behind a minus", () => {
  const ada = { payload: '{"type": "ping"}', client: "ada" };

  assert.ok(!found("-ping", ada) && found("-pong", ada) && found("ada -pong", ada));
  assert.ok(!found("-client:ada", ada) && found("-client:eve", ada) && !found("-/p.ng/", ada));
  assert.ok(!found("-status:4xx", {}, { status: 404, path: "" }) && found("-ms:>5", { took: 5 }));
  assert.ok(found("well-known", { path: "/.well-known" }) && found("-", { payload: "a-b" }));
  assert.ok(found("-type:", ada) && !live.folding("-type:")(frame(1, ada)));
  assert.throws(() => live.query("-/(/"), SyntaxError);
});

test("query takes what stands in quotes for one, and quotes of JSON for what they are", () => {
  const ada = { client: "ada lovelace", type: "websocket.send", payload: '{"say": "ping"}' };

  for (const text of ['client:"ada lovelace"', 'type:"websocket.send"', '"da lo"', '-client:"lovelace ada"'])
    assert.ok(found(text, ada), text);
  for (const text of ['client:"lovelace ada"', '-client:"ada lovelace"', '"lace ada"', 'text:"say ping"'])
    assert.ok(!found(text, { ...ada, short: "say: ping" }), text);
  assert.ok(found('text:"say: pi"', { short: "say: ping" }) && found('"ping"', ada) && found('"say":', ada));
  assert.ok(!found('"ping"', { payload: "ping" }) && !found('text:"ping"', { short: "shipping" }));
  assert.ok(found("TYPE:send Client:ada", ada) && found("Type:", ada));
});

test("query does not take a pattern that a browser would never come to the end of", () => {
  for (const text of ["/(a+)+$/", "/(?:(a|b)*c)+/", "/((x{2,})y)*/", "client:/(\\w+\\s?)*$/", "-/(a+)+/"])
    assert.throws(() => live.query(text), /may search for ever: it repeats what can be read in two ways/, text);
  for (const text of ["/(a|b)+c*/", "/([(+*]\\()+/", "/(\\d{1,3}\\.){3}\\d+/", "/(a+)?(b*)/", "/(?<!x)a+/"])
    assert.doesNotThrow(() => live.query(text), text);
});

test("query does not take a pattern that repeats what it can read in two ways", () => {
  const twice = ["(a|a)*b", "(a|AB)+$", "((a|ab))*c", "(a?a)*b", "(a{1,2})*b", "(a|a){30}b", "(?<n>a|a){2,}b"];
  for (const text of [...twice, "(\\d|1)*x", "(.|x)*y", "(a|)*b", "(?:(?:a|a)b?){2,10}"])
    assert.throws(() => live.query(`/${text}/`), /in two ways, as \(a\+\)\+ and \(a\|ab\)\* do/, text);
  for (const text of ["(foo|bar)*", "(\\d{4}-)+", "\\.(css|js|json)(\\?|$)", "(a(b|c)|d){2,}", "(a|a){2}(.|x)?"])
    assert.doesNotThrow(() => live.query(`/${text}/`), text);
});

test("query gives up a pattern that takes too long, and tells of it", (context) => {
  let [now, told] = [0, ""];
  const took = (milliseconds) => () => (now += milliseconds);
  const clock = context.mock.method(performance, "now", took(0));
  const finds = live.query("text:/a.*b/", (words) => (told = words));
  const [long, short] = ["x".repeat(100) + "ab", "ab"].map((each) => frame(1, { short: each }));

  clock.mock.mockImplementation(took(600)); // as long between two texts as in each
  for (let i = 0; i < 9; i += 1) assert.ok(finds(long));
  clock.mock.mockImplementation(took(1_001));
  assert.ok(finds(long));

  assert.match(told, /^\/a\.\*b\/ takes too long, and finds nothing more in long texts: /);
  assert.ok(!finds(long) && finds(short));
});

test("query finds a request that an application failed to answer as one that was answered with 500", () => {
  const exchange = { status: 0, path: "/", lost: "RAISED ValueError" };

  for (const text of ["status:5xx", "status:500", "status:>=500"]) assert.ok(found(text, {}, exchange), text);
  assert.ok(found("status:500", {}, { ...exchange, lost: "RETURNED 500" }));
  assert.ok(!found("status:5xx", {}, { ...exchange, lost: "LOST undelivered" }) && !found("status:5xx", {}));
  assert.ok(!found("status:5xx", {}, { ...exchange, status: 200 }));
});

test("query does not hide all while a field is named of which nothing is said yet", () => {
  for (const text of ["type:", "hello client:", "status:", "ms:", "size:"])
    assert.ok(found(text, { payload: "hello" }), text);
  assert.ok(!found("constructor:", { payload: "hello" }) && !found("bye type:", { payload: "hello" }));
});

test("what does not pass the filters is not inside of an exchange either", () => {
  const http = { http: true, connection: 7 };
  const events = [1, 2, 3].map((no) => frame(no, { ...http, type: "http.request" }));
  const entries = live.entriesOf(events.slice(1), live.exchangesOf(events));

  const rows = live.rowsOf(entries, new Set([7]), ({ no }) => no > 1);

  assert.deepEqual(rows.map(({ event }) => event.no), [2, 2, 3]);
});

test("exchanges are one row that unfolds; all else has a row each", () => {
  const http = { http: true, connection: 7 };
  const events = [
    frame(1, { ...http, method: "GET", path: "/x", type: "http.request" }),
    frame(2),
    frame(3, { ...http, status: 404, type: "http.response.start" }),
    frame(4, { ...http, size: 5, type: "http.response.body" }),
    frame(5, { ...http, size: 6, type: "http.response.body" }),
  ];
  const exchanges = live.exchangesOf(events);
  const entries = live.entriesOf(events, exchanges);

  const { method, path, status, size } = exchanges.get(7);
  assert.deepEqual([method, path, status, size], ["GET", "/x", 404, 11]);
  assert.deepEqual(entries.map(({ event }) => event.no), [1, 2]);
  const rows = live.rowsOf(entries, new Set([7]));
  assert.deepEqual(rows.map(({ event }) => event.no), [1, 1, 3, 4, 5, 2]);
  assert.deepEqual(live.rowsOf(entries, new Set()), entries);
  assert.ok(live.isError(exchanges.get(7)) && !live.isError(frame(2)));
});

test("merge puts what was told late where it happened", () => {
  const state = { ...told.before, events: [frame(1), { ...frame(-2), row: 2 }, { ...frame(9), row: 3 }] };
  const late = { ...frame(4), row: 3 };
  const update = { ...told.updates[0], after: state.version, version: state.version + 1, first: 1, events: [late] };

  const merged = live.merge(state, update);

  assert.deepEqual(merged.events.map(({ no }) => no), [1, -2, 4, 9]);
});

// Rows 1 and 3 have one event each; of row 2 so many as are told, and others.
const burst = (numbers, all, before = [1]) => {
  const row = (n) => (no) => ({ ...frame(no), row: n });
  const events = [...before.map(row(1)), ...numbers.map(row(2)), row(3)(20)];
  const one = (n) => ({ n, k: 0, e: [0] });
  const rows = [...before.map(() => one(1)), { n: 2, k: all - 2, e: [0, 0] }, one(3)];
  return { rows, events };
};
const seen = (state, more = {}, listed = state.events) => {
  const rows = listed.map((event) => ({ event }));
  const view = { state, events: live.byNumber(state.events), filters: { ...none, after: 0, ...more } };
  return live.withGaps(rows, view).map(({ event, gap }) => (gap ? `${gap} before ${event.no}` : event.no));
};

test("a list says in its place how many events of too many at once lack", () => {
  const state = burst([4, 9, 10], 9);

  assert.deepEqual(seen(state), [1, "2 before 4", 4, "4 before 9", 9, 10, 20]);
  assert.deepEqual(seen(burst([2, 3], 2)), [1, 2, 3, 20]);
  // What was before the first of all is not there, and its number says nothing.
  assert.deepEqual(seen(burst([40, 42], 4, [])), ["1 before 40", 40, "1 before 42", 42, 20]);
  // Some that are not kept any more lack, too: they are none of those.
  assert.deepEqual(seen(burst([4, 9, 10], 5)), [1, 4, "2 before 9", 9, 10, 20]);
});

test("gaps between rows that are not listed are one; whoever looks for something has none", () => {
  const state = burst([4, 9, 10], 9);
  const [first, last] = [state.events[0], state.events.at(-1)];

  assert.deepEqual(seen(state, {}, [first, last]), [1, "6 before 20", 20]);
  assert.deepEqual(seen(state, {}, [first]), [1]);
  assert.deepEqual(seen(state, { after: 1 }, state.events.slice(1)), ["2 before 4", 4, "4 before 9", 9, 10, 20]);
  assert.deepEqual(seen(state, { after: 2 }, [last]), [20]);
  for (const looks of [{ matches: () => true }, { type: "x" }, { connection: 7 }, { lost: true }])
    assert.deepEqual(seen(state, looks), [1, 4, 9, 10, 20]);
});

test("keys go over a gap, whichever way they come", () => {
  const rows = [{ gap: 2 }, "a", { gap: 3 }, "b"];

  assert.equal(live.beside(rows, 2, 1), "b");
  assert.equal(live.beside(rows, 2, -1), "a");
  assert.equal(live.beside(rows, 0, -1), "a");
  assert.equal(live.beside(rows, 3, 1), "b");
  assert.equal(live.beside([], -1, 1), undefined);
});

test("what is streamed stands where it happened, and is in no exchange that unfolds", () => {
  const http = { http: true, connection: 7, type: "http.response.body", size: 1 };
  const first = frame(1, { ...http, type: "http.request" });
  const events = [first, frame(2, http), frame(3), frame(4, http), frame(5, http)];
  const list = (kept, unfolded) => {
    const exchanges = live.exchangesOf(events);
    const entries = live.entriesOf(kept, exchanges);
    return live.rowsOf(entries, new Set(unfolded)).map(({ event, inner }) => (inner ? -event.no : event.no));
  };

  assert.deepEqual(list(events, []), [1, -2, 3, -4, -5]);
  assert.deepEqual(list(events, [7]), [1, -1, -2, 3, -4, -5]);
  events.push(frame(6, { ...http, type: "http.disconnect" }));
  assert.deepEqual(list(events, []), [1, -2, 3, -4, -5]);
  assert.deepEqual(list(events, [7]), [1, -1, -2, 3, -4, -5, -6]);
  assert.deepEqual(list(events.slice(5), [7]), [6, -1, -6]);
  events.pop();
  // What was found of it has a row below that of its exchange.
  assert.deepEqual(list(events.slice(3), []), [4, -4, -5]);
  events.pop(); // two pieces are a large page
  assert.deepEqual(list(events, []), [1, 3]);
});

test("an exchange is marked with what became of it", () => {
  const raised = frame(1, { http: true, lost: true, fate: "RAISED" });
  const { lost } = live.exchangesOf([frame(1, { http: true }), raised]).values().next().value;

  assert.equal(lost, "RAISED");
  const waits = live.exchangesOf([frame(1, { http: true, type: "http.request" })]);
  assert.equal(waits.values().next().value.size, null);
});

test("an exchange goes on from its request, also from one that nobody read", () => {
  const [came, answers, last] = [1, 1.25, 1.5].map((at) => ({ at, type: "http.request" }));
  const start = { ...answers, type: "http.response.start", took: 100 };

  assert.equal(live.tookOf([came, start, last]), 500);
  assert.equal(live.tookOf([start, last]), 350);
  assert.equal(live.tookOf([{ ...start, took: null }, last]), 250);
  assert.equal(live.tookOf([{ ...start, at: null }]), null);
  assert.equal(live.tookOf([came]), null);
});

test("passing shows one connection alone, what is found, and what came later", () => {
  const events = [frame(1), frame(2, { connection: 2 }), frame(3, { payload: "hi" })];
  const rows = [1, 2, 3].map((n) => ({ n }));
  const shown = (filters) =>
    live.passing({ rows, events }, { ...none, ...filters }).map((row) => row.n);

  assert.deepEqual(shown({ connection: 1 }), [1, 3]);
  assert.deepEqual(shown({ matches: live.query("hi") }), [3]);
  assert.deepEqual(shown({ after: 1 }), [2, 3]);
});

test("sizeOf says a size as a person reads it", () => {
  assert.deepEqual(
    [null, undefined, 0, 999, 1_000, 2_500_000].map(live.sizeOf),
    ["", "", "0 B", "999 B", "1.0 kB", "2.5 MB"],
  );
});

test("durationOf says milliseconds, short ones more exactly", () => {
  assert.deepEqual(
    [null, undefined, 0, 1.26, 45.6, 9_999, 10_000, 999_499, 1_000_000].map(live.durationOf),
    ["", "", "0.0", "1.3", "46", "9999", "10 s", "999 s", "17 min"],
  );
});

test("neighbour goes round and round, both ways", () => {
  const numbers = [3, 9, 5];

  assert.deepEqual([0, 3, 9].map((from) => live.neighbour(numbers, from, 1)), [3, 5, 3]);
  assert.deepEqual([0, 5, 3].map((from) => live.neighbour(numbers, from, -1)), [9, 3, 9]);
  assert.equal(live.neighbour([], 1, 1), undefined);
});

test("copied is a frame's own text, or all there is", () => {
  assert.equal(live.copied('{"text":"hi","n":1}'), "hi");
  assert.equal(live.copied('{"text": null, "bytes": "hi"}'), "hi");
  assert.equal(live.copied('{"text": "a\\x7f"}'), '"a\\x7f"');
  assert.equal(live.copied('{"path": "/", "body": {"n": 90071992547409931}}'), '{"n": 90071992547409931}');
  assert.equal(live.copied('{"path": "/"}'), '{"path": "/"}');
  assert.equal(live.copied('{"text":"cut…'), '{"text":"cut…');
  assert.equal(live.copied("null"), "null");
});

test("chips stand in the order of the picture, by the lanes that some share", () => {
  const strip = { own: ["c2", "c1"], shared: ["1 request", "7 more"] };
  const everybody = ["a", "c1", "b", "c2", "c3"];

  const lanes = live.laneOf(everybody, new Set(["c1", "c2", "c3", "b"]), strip);

  assert.deepEqual(Object.fromEntries(lanes), { a: "1 request", b: "7 more", c3: "7 more" });
  assert.deepEqual(live.inLanes(everybody, lanes, strip), ["c2", "c1", "a", "b", "c3"]);
  assert.deepEqual([...live.laneOf(["a"], new Set(), { own: [], shared: ["2 more"] })], [["a", "2 more"]]);
  assert.deepEqual([...live.laneOf(["a"], new Set(), {})], [["a", ""]]); // told before there were any
});

test("pretty opens what is long, and changes nothing in it", () => {
  const short = '{"text": {"n": 1}}';
  const users = `[{"id": 90071992547409931, "id": 1.10}, "${"x, {".repeat(12)}"]`;

  assert.equal(live.pretty(short), short);
  assert.equal(
    live.pretty(`{"text": {"users": ${users}, "none": []}}`),
    `{
  "text": {
    "users": [
      {"id": 90071992547409931, "id": 1.10},
      "${"x, {".repeat(12)}"
    ],
    "none": []
  }
}`,
  );
  const cut = `{"text": {"a": "${"x".repeat(60)}", "b…`;
  assert.equal(live.pretty(cut), `{\n  "text": {\n    "a": "${"x".repeat(60)}",\n    "b…`);
  assert.equal(live.pretty("<dict>"), "<dict>");
});

test("pretty gives each line of a text one of its own", () => {
  const shown = live.pretty('{"body": "event: tick\\ndata: 1\\n\\n", "path": "C:\\\\new"}', live.inLines);

  assert.equal(
    shown,
    `{
  "body": "event: tick\\n
   data: 1\\n
   \\n",
  "path": "C:\\\\new"
}`,
  );
});

test("rules fold what they find, unless it was lost or failed", () => {
  const folds = live.folding(live.RULES);
  const short = (text) => folds({ short: text });

  assert.ok(folds({ path: "/static/x" }) && folds({ path: "/a.css?v=1" }) && folds({}, { path: "/b.js" }));
  assert.ok(!folds({ path: "/css" }) && !folds({ path: "/x/static/y" }));
  assert.ok(short('"2"') && short('"ping"') && short('{"type":"pong"}'));
  assert.ok(!short('"22"') && !short('"ping me"'));
  assert.ok(!folds({ path: "/a.css", lost: true }) && !folds({}, { path: "/a.css", status: 404 }));
  const unasked = (path, status) => folds({}, { path, status });
  assert.ok(unasked("/favicon.ico", 404) && !unasked("/favicon.ico", 500));
  assert.ok(unasked("/.well-known/appspecific/com.chrome.devtools.json", 404));
  for (const unfinished of ["", "  ", "path:", "path: type: "])
    assert.ok(!live.folding(unfinished)({ path: "/a.css" }), unfinished);
  assert.throws(() => live.folding("path:/(/"), /regular/);
});

test("passing folds by rule, or does not", () => {
  const events = [frame(1, { path: "/a.css" }), frame(2)];
  const shown = (filters) => {
    const all = { ...none, folds: live.folding("path:.css"), ...filters };
    return live.passing({ rows: [{ n: 1 }, { n: 2 }], events }, all).map((row) => row.n);
  };

  assert.deepEqual(shown({}), [2]);
  assert.deepEqual(shown({ unfolded: true }), [1, 2]);
});

test("the address of a line is the template's, and never one that a page runs", () => {
  const line = { path: "/home/a b/ü&\"<.py", line: 7 };
  const path = "/home/a%20b/%C3%BC%26%22%3C.py";
  const address = (template, other = line) => live.addressOf(template, other);

  assert.equal(address("vscode://file/{path}:{line}"), `vscode://file${path}:7`);
  assert.equal(address("idea://open?file={path}&line={line}"), `idea://open?file=${path}&line=7`);
  const windows = { path: "C:\\a\\$&.py", line: 1 };
  assert.equal(address("vscode://file/{path}:{line}", windows), "vscode://file/C:/a/%24%26.py:1");
  assert.equal(address(undefined), "");
  assert.equal(address("/{path}"), "");
  assert.equal(address("JavaScript:alert(1)//{path}"), "");
  assert.equal(address("data:text/html,{path}"), "");
});

test("of many groups, those in which most happens have chips, by name", () => {
  const quiet = Array.from({ length: 9 }, (_, i) => ({ group: `user.${i}` }));
  const busy = [{ group: "room" }, { group: "room" }, { group: "" }];

  const names = live.busiest([...quiet, ...busy]);

  assert.equal(names.length, 8);
  assert.deepEqual(names.slice(0, 2), ["room", "user.0"]);
  assert.ok(live.busiest([...quiet, ...busy], new Set(["user.8"])).includes("user.8"));
});

test("of many groups, the library's own have the chips that the project's leave", () => {
  const joins = (group, times) => Array(times).fill({ group });
  const users = [..."0123456789"].flatMap((n) => joins(`auth.user.${n}`, 5));
  const library = [...users, ...joins("auth.opening", 30), ...joins(`auth.users.${"0f".repeat(32)}`, 9)];
  const project = [..."abcdef"].flatMap((name) => joins(`room.${name}`, 1));
  const names = live.busiest([...library, ...project, ...joins("auth.users", 1)]);

  assert.deepEqual(names.slice(0, 7), ["auth.users", ...[..."abcdef"].map((name) => `room.${name}`)]);
  assert.deepEqual(names.slice(7), ["auth.opening"]);
});

test("each loss of a step comes after another, and the first behind the last", () => {
  const event = (no, row, lost = true) => ({ no, row, lost });
  const found = live.losses([event(9, 3), event(4, 2, false), event(8, 3), event(5, 2)]);
  const after = (no, row) => live.lossAfter(found, { no, row })?.no;

  assert.deepEqual(found.map(({ no }) => no), [5, 8, 9]);
  assert.deepEqual([after(4, 2), after(5, 2), after(8, 3), after(9, 3)], [5, 8, 9, 5]);
  assert.equal(after(-Infinity, 3), 8);
  assert.equal(live.lossAfter([], { no: 1, row: 1 }), undefined);
});

test("a request that failed is gone to once: where it raised, if it did", () => {
  const begun = { type: "http.response.start", kind: "send", lost: true };
  const failed = { type: "KeyError", kind: "crash", lost: true };
  const found = live.losses([
    { ...begun, no: 1, row: 1, connection: 1 },
    { ...failed, no: 2, row: 2, connection: 1 },
    { ...begun, no: 3, row: 3, connection: 2 },
    { ...failed, no: 4, row: 4, connection: 3 },
  ]);

  assert.deepEqual(found.map(({ no }) => no), [2, 3, 4]);
});

test("what has no row is counted, and found by what else of its exchange has one", () => {
  const row = (n, e, k = 0) => ({ n, e, k });
  const event = (no, more) => ({ no, row: no, type: "x", client: "z", group: "", fate: "", ...more });
  const state = { rows: [row(1, [3]), row(2, [4], 5)], events: [event(3, { row: 1 }), event(4, { row: 2 })], left_out: 2 };
  const asked = event(1, { row: 0, http: true, connection: 7, type: "http.request", path: "/price" });
  const shown = event(5, { http: true, connection: 7, type: "http.response.start", status: 404 });
  const filters = { ...none, after: 0, matches: live.query("status:404 path:/price") };

  assert.deepEqual([live.rowless(state), live.rowless(state, 1)], [7, 5]);
  assert.deepEqual(live.foundAmong([asked, event(2)], [shown], filters), [asked]);
});

test("words have the room beside the arrows, and below them in a narrow window", () => {
  const words = (room) => live.wordsOf(room, { end: 570, text: 591 });

  assert.deepEqual(words(1_870), { letters: 112, below: false });
  assert.deepEqual(words(1_230), { letters: 41 - 2, below: false });
  assert.equal(words(800).letters, 32);
  assert.deepEqual(words(700), { letters: 75, below: true });
  assert.deepEqual(words(394), { letters: 51, below: true });
  assert.deepEqual(words(0), { letters: 28, below: true });
  assert.equal(words(9_000).letters, 120);
});

test("a picture fills a wide window, until its text is as large as other text", () => {
  const scale = (room) => live.scaleOf({ clientWidth: room }, 1_000) * 10.5;

  assert.deepEqual([700, 1_000, 1_200, 3_000].map(scale).map((n) => Math.round(n * 10) / 10), [
    9.5, 10.5, 12.6, 14,
  ]);
});

test("range goes on to the last of many events of which a row shows some", () => {
  const row = { e: [5, 6, 7], k: 40 };

  assert.deepEqual([live.range(row), live.range(row, 47)], ["5–7", "5–47"]);
});

test("numbers, names and types of a list have the room of the longest, and no more", () => {
  const says = { event: { no: 123456, from: "ada", to: "Chat#1", type: "websocket.send" } };
  const asks = { event: { no: 7, from: "b", to: "app" }, exchange: { user: "bob", method: "DELETE" } };

  assert.deepEqual(live.lettersOf([says, asks]), { no: 6, who: 13, type: 14, time: 0 });
  assert.equal(live.lettersOf([{ event: { ...says.event, at: 123.4 } }]).time, "123.400".length);
  assert.deepEqual(live.lettersOf([asks]).no, 4.5); // what unfolds it stands beside
  assert.deepEqual(live.lettersOf([says]), { no: 6, who: 12, type: 14, time: 0 });
  assert.deepEqual(live.lettersOf([]), { no: 0, who: 0, type: 0, time: 0 });
});
