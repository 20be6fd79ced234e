// The page of a flow: the same live view as in a notebook, over a WebSocket.

// The view is loaded while the server writes what it is to show.
const loading = import("./live.js");

/** Return the page's storage; some browsers have none for some pages. */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

// What a reader has set stays: rules with the browser, all else with the address.
const STAYS = "minichannels.rules";
const rules = (usual) => storage()?.getItem(STAYS) ?? usual;
const said = () => new URLSearchParams(location.hash.slice(1));
const search = () => said().get("search") ?? "";
const tab = () => said().get("tab") ?? "";
const chips = () => said().get("chips") ?? "";
const keep = {
  rules: (text, usual) => (text === usual ? storage()?.removeItem(STAYS) : storage()?.setItem(STAYS, text)),
  search: (text) => say("search", text),
  tab: (name) => say("tab", name),
  chips: (text) => say("chips", text),
};

/** Say something in the address; nothing if there is nothing to be said. */
function say(name, text) {
  const parts = said();
  if (text) parts.set(name, text);
  else parts.delete(name);
  history.replaceState(null, "", parts.toString() ? `#${parts}` : location.pathname);
}

/** What the view uses of a notebook's widget: some values, and a wire. */
class Model {
  constructor(values, send) {
    this.values = values;
    this.send = send;
    this.listeners = new Map();
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    this.values[name] = value;
    keep[name]?.(value, this.values.usual);
  }

  save_changes() {}

  on(name, listener) {
    this.off(name, listener);
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  off(name, listener) {
    const kept = (this.listeners.get(name) ?? []).filter((l) => l !== listener);
    this.listeners.set(name, kept);
  }

  tell(name, content) {
    for (const listener of this.listeners.get(name) ?? []) listener(content);
  }
}

/** Say above how much there is by now; what was drawn before stays folded. */
function tell(state) {
  const last = state.events.reduce((most, event) => Math.max(most, event.no), 0);
  const words = `${last} events so far; the live view shows the newest`;
  document.getElementById("totals").textContent = words;
}

const status = document.getElementById("state");
const address = new URL("live", location.href);
address.protocol = "ws:";
const BACK = "The server is back: what it did before is not shown any more, unless it is held.";
const GOES_ON = ["click", "keyup"]; // once it is over: what is below moves up then
const GONE = "The server has stopped: nothing new will come until it is back.";
const PATIENCE = 1_000;
let socket = null;
let model = null;
let isNew = true;
let isBroken = false;
let begun = "";

const send = (content) => {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(content));
};

/** Return what the server tells; nothing while only pieces of it are there. */
function whole(text) {
  if (text[0] !== "+" && text[0] !== ".") return text;
  begun += text.slice(1);
  return text[0] === "+" ? "" : begun;
}

/** Take in what the server tells. */
function take({ default: live, RULES }, { data }) {
  const text = whole(data);
  if (!text) return;
  begun = "";
  const update = JSON.parse(text);
  if (update.broken) return broken(update.broken);
  if (update.said || update.others) return model?.tell("msg:custom", update);
  if (isNew && !update.state) return; // it may overtake the first state
  if (model) {
    model.tell("msg:custom", { ...update, isNew });
    if (isNew) back();
    if (model.get("state").grows) tell(model.get("state"));
  } else begin(live, RULES, update.state);
  isNew = false;
}

/** Say that the server is back, until somebody goes on; ask what it tells a page that acts. */
async function back() {
  status.textContent = BACK;
  for (const type of GOES_ON) document.addEventListener(type, read);
  try {
    const text = await (await fetch(location.pathname)).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    model.set("token", page.querySelector("meta[name=flow-token]")?.content);
  } catch {
    // It has gone again: who sends something again is told that it was begun anew.
  }
}

/** Say no more that the server is back: whoever goes on has seen it. */
function read() {
  for (const type of GOES_ON) document.removeEventListener(type, read);
  if (status.textContent === BACK) status.textContent = "";
}

function begin(live, usual, state) {
  const meta = (name) => document.querySelector(`meta[name=flow-${name}]`)?.content;
  const told = { token: meta("token"), editor: meta("editor") };
  const values = { state, follows: state.grows, fits: true, usual, rules: rules(usual), search: search(), tab: tab(), chips: chips(), ...told };
  model = new Model(values, send);
  document.getElementById("live").hidden = false;
  if (state.grows) {
    document.getElementById("drawn").open = false;
    tell(state);
  }
  live.render({ model, el: document.getElementById("view") });
  // Its keys, which its foot names, are there at once, unless somebody is elsewhere by now.
  if (document.activeElement !== document.body) return;
  document.querySelector("#view section").focus({ preventScroll: true });
}

/** Say why there is no application; what was shown stays. */
function broken(text) {
  isBroken = true;
  const then = "When it is mended, this page goes on by itself.";
  status.textContent = `The code cannot be loaded: ${text.replace(/\.$/, "")}. ${then}`;
}

/** Say that the server has gone, and ask until it is back. */
function closed() {
  document.getElementById("live").hidden = false;
  // Said once: it is asked again each second, and readers say what changes.
  if (!status.textContent.startsWith(GONE)) status.textContent = GONE;
  setTimeout(connect, PATIENCE);
}

/** Whether the server is there, with an application. */
const isServed = () => socket.readyState === WebSocket.OPEN && !isBroken;

/** Show what the address says by now: a browser asks for no page if only its last part was edited. */
function moved() {
  if (isServed()) location.reload();
}

/** Stay here instead of going to a server that has gone; or take along what was set. */
function leave(event) {
  const link = event.target.closest("a");
  if (!link) return;
  if (model && !isServed()) return stay(event);
  if (link.download) return;
  link.hash = location.hash;
  // Another place of the same page, to a browser: it would not ask for it again.
  if (link.href !== location.href || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.reload();
}

function stay(event) {
  event.preventDefault();
  const stays = " This page keeps what it has shown; leave it, and that is lost.";
  const why = isBroken ? status.textContent : GONE;
  status.textContent = why.endsWith(stays) ? why : why + stays;
}

/** Follow the server; what is told first is of another run of it. */
function connect() {
  isNew = true;
  isBroken = false;
  begun = "";
  socket = new WebSocket(address);
  socket.addEventListener("message", (message) => loading.then((view) => take(view, message)));
  socket.addEventListener("close", closed);
}

document.querySelector("nav").addEventListener("click", leave);
addEventListener("hashchange", moved);
connect();
