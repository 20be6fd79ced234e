// The bar on top: play, step, and where one is among all steps.

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
      { class: "bar", role: "toolbar", "aria-label": "Replay" },
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
    const at = row ? range(row) : "0";
    this.count.textContent = `${at} of ${last}`;
    this.scrubber.max = String(Math.max(view.shown.length - 1, 0));
    this.scrubber.value = String(Math.max(view.at, 0));
    const fate = row && view.lost.has(row.n) ? ", lost" : "";
    const named = row && !row.e.length ? "a note" : `event ${at} of ${last}`;
    this.scrubber.setAttribute("aria-valuetext", `${named}${fate}`);
    this.drawTicks();
  }

  /** Draw a cross above the scrubber where something was lost. */
  drawTicks() {
    const { shown, lost } = this.view;
    const places = new Set();
    const length = Math.max(shown.length - 1, 1);
    shown.forEach((row, index) => {
      if (lost.has(row.n)) places.add(Math.round((index / length) * 200) / 2);
    });
    const key = [...places].join();
    if (key === this.tickKey) return;
    this.tickKey = key;
    this.ticks.replaceChildren(...[...places].map(tick));
  }
}

function tick(place) {
  const path = svg("path", { d: "M1 1l6 6M7 1l-6 6" });
  const cross = svg("svg", { viewBox: "0 0 8 8" }, path);
  cross.style.left = `${place}%`;
  return cross;
}
