// One event: all that is known of it, and what led to it.

import { copyPayload } from "./copying.js";
import { lineOf } from "./editor.js";
import { durationOf, sizeOf, timeOf } from "./listrow.js";
import { html } from "./nodes.js";
import { inLines, pretty } from "./pretty.js";
import { pathOf } from "./query.js";
import { called, chain } from "./state.js";

const FACTS = ["from", "to", "type", "group", "client", "user", "handler"];
const MOST_OTHERS = 24;

/** What is told of the selected event. */
export class Details {
  constructor(view) {
    this.view = view;
    this.element = html("div", { class: "event", hidden: "" });
  }

  draw() {
    const { selected, current, hasRoomBeside, events, both } = this.view;
    const event = events.get(hasRoomBeside ? current : selected);
    this.element.hidden = !event;
    both.classList.toggle("open", Boolean(event));
    this.put(event ? [this.facts(event), this.reasons(event)] : []);
    if (event?.no !== this.shown) this.reveal(selected > 0);
    this.shown = event?.no;
  }

  /** Show them from their top; if chosen, have what it carried in the window, which may end above. */
  reveal(isChosen) {
    if (isChosen) this.element.querySelector("pre")?.scrollIntoView({ block: "nearest" });
    this.element.scrollTop = 0;
  }

  /** Show some parts; what is as it was stays, and so does who is at a button of it. */
  put(parts) {
    const { element } = this;
    const before = [...element.children];
    if (before.length === parts.length && before.every((part, i) => part.isEqualNode(parts[i])))
      return;
    const focused = buttonName(element.querySelector("button:focus"));
    element.replaceChildren(...parts);
    if (focused) [...element.querySelectorAll("button")].find((b) => buttonName(b) === focused)?.focus();
  }

  facts(event) {
    const list = html("dl");
    for (const [name, fact] of factsOf(event)) list.append(html("dt", {}, name), html("dd", {}, fact));
    const measured = measures(event);
    if (measured) list.append(html("dt", {}, "time"), html("dd", {}, measured));
    list.append(...this.lines(event));
    const title = html("h3", {}, called(event.no));
    const badge = event.lost ? "badge" : "badge note";
    if (event.fate) title.append(html("span", { class: badge }, event.fate));
    const payload = html("pre", { tabindex: "0" }, pretty(event.payload, inLines));
    // What it carried comes first: who is concerned stands in its row, too.
    const exchange = this.ofExchange(event);
    return html("div", {}, title, this.acts(event), ...exchange, payload, list, ...this.others(event));
  }

  /** Return the lines of code that did it: the innermost, and who called it. */
  lines({ lines = [] }) {
    return lines.flatMap((line, index) => [
      html("dt", {}, index ? "called by" : "line"),
      html("dd", {}, lineOf(this.view, line), ` in ${line.in}`),
    ]);
  }

  /** Return buttons for what one can do with an event. */
  acts(event) {
    const { view } = this;
    const marked = view.bookmarks.has(event.no);
    const copy = this.chip("copy payload", () => copyPayload(view, event));
    const mark = this.chip("bookmark", () => view.bookmarks.toggle(event.no));
    mark.setAttribute("aria-pressed", String(marked));
    const acts = [this.follower(event), copy, mark];
    const row = view.unfolding.foldedRow(event);
    if (row) acts.push(this.chip(`unfold ${row.k} more at once`, () => this.unfold(row)));
    // No key of its own: it changes what the application does.
    if (view.model.get("token") && event.type === "websocket.receive")
      acts.push(this.chip("send again", () => this.resend(event)));
    return html("div", { class: "others" }, ...acts);
  }

  /** Have a client's frame sent to the application once more. */
  resend({ no }) {
    const { model } = this.view;
    model.send({ type: "resend", no, token: model.get("token") });
  }

  /** Have the lanes draw all that happened at once with an event. */
  unfold(row) {
    this.view.unfolding.ask(row.n);
    this.view.draw();
    this.view.focus();
  }

  chip(words, act) {
    const button = html("button", { type: "button", class: "chip" }, words);
    button.addEventListener("click", act);
    return button;
  }

  /** Return a button that shows the event's connection alone. */
  follower({ connection }) {
    const { view } = this;
    const on = view.filters.connection === connection;
    const words = `${on ? "show all" : `only ${view.nameOf(connection)}`}`;
    return this.chip(words, () => view.follow(on ? 0 : connection));
  }

  /** Return the numbers of the same act, if there are any. */
  others(event) {
    const row = this.view.state.rows.find(({ n }) => n === event.row);
    // Too many at once have one step, whatever they have to do with each other.
    const words = row?.k ? "in one step with" : "one act with";
    return this.numbers(words, row?.e ?? [], event);
  }

  /** Return the numbers of the same exchange: its row in the list tells of the first. */
  ofExchange(event) {
    const exchange = this.view.exchanges.get(event.connection);
    return this.numbers("one exchange with", exchange?.events.map(({ no }) => no) ?? [], event);
  }

  /** Return buttons that lead to some events, other than one. */
  numbers(words, all, { no }) {
    const others = all.filter((n) => n !== no && this.view.events.has(n));
    if (!others.length) return [];
    const buttons = others.slice(0, MOST_OTHERS).map((n) => this.number(n));
    return [html("div", { class: "others" }, words, ...buttons)];
  }

  reasons(event) {
    const list = html("ol", { "aria-label": "Why" });
    for (const number of chain(this.view.events, event.no)) {
      const cause = this.view.events.get(number);
      const words = html("span", {}, cause?.says ?? "an event that is not kept any more");
      if (cause?.more) words.append(html("small", {}, cause.more));
      const button = cause ? this.number(number) : html("b", {}, String(number));
      list.append(html("li", {}, button, words));
    }
    return html("div", {}, html("h3", {}, "Why"), list);
  }

  /** Return a button that leads to an event. */
  number(number) {
    const attributes = { type: "button", "aria-label": called(number) };
    const button = html("button", attributes, number > 0 ? String(number) : "–");
    button.addEventListener("click", () => this.view.visit(number));
    return button;
  }
}

/** Return what is known of an event, by its name. */
function factsOf(event) {
  const known = [...FACTS.map((name) => [name, event[name]]), ["path", pathOf(event)]];
  return known.filter(([, fact]) => fact);
}

function buttonName(button) {
  return button?.ariaLabel || button?.textContent || "";
}

/** Return when an event was, how long it took and how large it was, if known. */
function measures({ at, took, size }) {
  const [when, ms, large] = [timeOf(at), durationOf(took), sizeOf(size)];
  const long = ms && (/[a-z]/.test(ms) ? ms : `${ms} ms`);
  return [when && `${when} s`, long, large].filter(Boolean).join(" · ");
}
