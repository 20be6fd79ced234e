// The bar on top: play, step, and where one is among all steps.

import { star } from "./bookmarks.js";
import { press } from "./keys.js";
import { button, html, icon, svg } from "./nodes.js";
import { range } from "./rows.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** The transport of a view: buttons, scrubber with its ticks, speed. */
export class Transport {
  constructor(view) {
    this.view = view;
    this.play = button("Play", "play", () => view.player.toggle());
    this.play.className = "play";
    this.count = html("span", { class: "mono" });
    this.element = html(
      "div",
      { class: "bar", role: "group", "aria-label": "Replay" },
      button("To the first step", "first", () => press(view, "Home")),
      button("One step back", "back", () => press(view, "ArrowLeft")),
      this.play,
      button("One step on", "on", () => press(view, "ArrowRight")),
      button("To the last step, and follow", "last", () => press(view, "End")),
      button("Next lost message", "lost", () => press(view, "x"), "next "),
      this.scrub(),
      this.count,
      this.speeds(),
    );
  }

  scrub() {
    this.scrubber = html("input", { type: "range", min: "0", "aria-label": "Step" });
    this.scrubber.addEventListener("input", () => {
      const index = this.scrubber.valueAsNumber;
      this.view.player.pause();
      this.view.goTo(this.view.shown[index]?.n ?? 0);
    });
    this.ticks = html("div", { class: "ticks", "aria-hidden": "true" });
    return html("div", { class: "scrub" }, this.ticks, this.scrubber);
  }

  speeds() {
    const choice = html("select", { "aria-label": "Speed" });
    for (const speed of SPEEDS)
      choice.append(html("option", { value: speed }, `${speed} event/s`));
    choice.value = String(this.view.player.speed);
    choice.addEventListener("change", () => {
      this.view.player.speed = Number(choice.value);
    });
    return choice;
  }

  draw() {
    const { view } = this;
    const label = view.player.playing ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") !== label) {
      this.play.setAttribute("aria-label", label);
      this.play.title = label;
    }
    this.play.replaceChildren(icon(label.toLowerCase()), label);
    const row = view.shown[view.at];
    const { last } = view;
    // Of many at once the row shows some; its step goes on to the last of them.
    const end = row?.k ? view.state.events.findLast((event) => event.row === row.n)?.no : undefined;
    const one = row?.k && view.tab === "list" && view.current;
    const at = row ? String(one || range(row, end)) : "0";
    this.count.textContent = `${at} of ${last}`;
    this.scrubber.max = String(Math.max(view.shown.length - 1, 0));
    this.scrubber.value = String(Math.max(view.at, 0));
    const fate = row && view.lost.has(row.n) ? ", lost" : "";
    const marked = row && view.bookmarks.steps.has(row.n) ? ", bookmarked" : "";
    const named = row && !row.e.length ? "a note" : `event ${at} of ${last}`;
    this.scrubber.setAttribute("aria-valuetext", `${named}${fate}${marked}`);
    this.drawTicks();
  }

  /** Draw above the scrubber where something was lost, and where bookmarks are. */
  drawTicks() {
    const { lost, bookmarks } = this.view;
    const [crosses, stars] = [this.places(lost), this.places(bookmarks.steps)];
    const key = JSON.stringify([crosses, stars]);
    if (key === this.tickKey) return;
    this.tickKey = key;
    this.ticks.replaceChildren(
      ...crosses.map((place) => tick(place, svg("path", { d: "M1 1l6 6M7 1l-6 6" }))),
      ...stars.map((place) => tick(place, star())),
    );
  }

  /** Return where some steps are, in percent; neighbours have one place. */
  places(steps) {
    const { shown } = this.view;
    const length = Math.max(shown.length - 1, 1);
    const at = (row, index) => (steps.has(row.n) ? [Math.round((index / length) * 200) / 2] : []);
    return [...new Set(shown.flatMap(at))];
  }
}

function tick(place, sign) {
  const shown = svg("svg", { viewBox: "0 0 8 8" }, sign);
  shown.style.left = `${place}%`;
  return shown;
}
