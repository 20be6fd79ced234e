// Rules: what is folded away unless something went wrong with it.

import { isError } from "./exchanges.js";
import { html } from "./nodes.js";
import { query, saysNothing } from "./query.js";

/** What a page begins with: static files, and frames that say "still there". */
export const RULES = [
  "path:/^/static/|\\.(css|js|map|ico|png|jpg|svg|webp|woff2?)(\\?|$)/",
  "path:/^/\\.well-known/appspecific//",
  'text:/^"(ping|pong|2|3)"$|^{"type":"(ping|pong)"}$/',
].join("\n");

// What browsers ask for by themselves: nothing has failed if it is not there.
const BY_ITSELF = /^\/(favicon\.ico|apple-touch-icon.*|\.well-known\/appspecific\/.*)$/;

const HOW =
  "One rule a line, written as in the search: what one of them finds is folded away, " +
  "unless it was lost or failed.";

/** Return what tells whether an event is folded, by some lines of rules. */
export function folding(text, tell) {
  const rules = text.split("\n").filter((line) => !saysNothing(line)).map((line) => query(line, tell));
  return (event, exchange) =>
    !event.lost &&
    !(exchange && (exchange.lost || hasFailed(exchange))) &&
    rules.some((finds) => finds(event, exchange));
}

function hasFailed(exchange) {
  return isError(exchange) && !(exchange.status === 404 && BY_ITSELF.test(exchange.path));
}

/** The rules of a view: how many events they fold, and how they are changed. */
export class Rules {
  constructor(view) {
    this.view = view;
    this.chip = html("button", { type: "button", class: "chip", "aria-expanded": "false" });
    this.chip.addEventListener("click", () => this.open(this.element.hidden));
    this.text = html("textarea", { rows: "4", spellcheck: "false" });
    this.text.value = view.model.get("rules") ?? "";
    this.text.addEventListener("input", () => this.change());
    this.all = html("button", { type: "button", class: "chip" }, "show what is folded");
    this.all.addEventListener("click", () => this.toggle());
    this.wrong = html("span", { class: "wrong", role: "status", "aria-live": "polite" });
    const below = html("div", { class: "others" }, this.all, this.wrong);
    this.element = html("div", { class: "rules", hidden: "" });
    this.element.append(html("label", {}, HOW, this.text), below);
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.parse();
  }

  open(shown) {
    this.element.hidden = !shown;
    this.chip.setAttribute("aria-expanded", String(shown));
    if (shown) this.text.focus();
  }

  /** Fold them again, and go back to where they were unfolded. */
  pressed(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    this.open(false);
    this.chip.focus();
  }

  change() {
    this.parse();
    this.view.model.set("rules", this.text.value);
    this.view.refilter();
  }

  parse() {
    this.wrong.textContent = "";
    try {
      this.view.filters.folds = folding(this.text.value, (words) => (this.wrong.textContent = words));
    } catch (error) {
      this.wrong.textContent = error.message; // a pattern that is not finished yet
    }
  }

  /** Show what is folded as all else, or fold it again. */
  toggle() {
    const { view } = this;
    view.filters.unfolded = !view.filters.unfolded;
    view.refilter();
    view.tell(`${view.folded} events ${view.filters.unfolded ? "shown" : "folded"}`);
  }

  draw() {
    const { folded, filters } = this.view;
    const state = filters.unfolded ? "not folded" : "folded";
    const words = this.text.value.trim() ? `${folded} ${state}` : "Fold…";
    if (this.chip.textContent !== words) this.chip.textContent = words;
    this.all.setAttribute("aria-pressed", String(filters.unfolded));
  }
}
