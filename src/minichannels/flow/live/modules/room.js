// The room that a row's words have in the lanes: as much as the window leaves.
//
// Only a page of its own asks for it: a notebook's view is one of several, and
// what Python has drawn for them stays as it is.

import { svg } from "./nodes.js";

const SMALLEST = 9.5 / 10.5; // a text of 10.5 px is never drawn below 9.5
const LARGEST = 14 / 10.5; // nor much larger than the text around it
const SCROLLBAR = 16; // the same whether there is one: else two widths could take turns
const LETTER_OF_WORDS = 6.5; // how wide a letter of 10.5 px may be, in any font
const BESIDE = 338; // how wide a number and 41 letters are
const AROUND_WORDS = 80; // a row's number and sign before them, and room behind
const FEWEST = 28; // letters in a line beside the arrows; else the words stand below
const MOST_LETTERS = 120;

/** Say how much smaller or larger than drawn something is shown, to fit. */
export function scaleOf(drawing, width, largest = LARGEST) {
  return fitting(drawing.clientWidth || width, width, largest);
}

function fitting(room, width, largest = LARGEST) {
  return Math.max(Math.min(room / width, largest), SMALLEST);
}

/** Return how many letters of words have room in a line beside the arrows, or else below. */
export function wordsOf(room, { end, text }) {
  const lettersIn = (width, before) => Math.floor((width - before - AROUND_WORDS) / LETTER_OF_WORDS);
  const beside = lettersIn(room / fitting(room, text + BESIDE), text);
  const below = beside < FEWEST;
  const letters = below ? lettersIn(room / fitting(room, text), text - end) : beside;
  return { letters: Math.min(Math.max(letters, FEWEST), MOST_LETTERS), below };
}

/** The room of a view's lanes. */
export class Room {
  constructor(view) {
    this.view = view;
  }

  /** Ask anew: who has answered does so no more. */
  forget() {
    this.asked = null;
  }

  get width() {
    return this.view.drawing.offsetWidth - SCROLLBAR;
  }

  get scale() {
    const { drawing, state, model } = this.view;
    const { text, width, below } = state.strip;
    if (!model.get("fits")) return scaleOf(drawing, width);
    return fitting(this.width, below ? text : text + BESIDE);
  }

  /** Ask for lines of words that are as long as there is room. */
  ask() {
    const { state, model, held } = this.view;
    if (!model.get("fits") || held) return;
    const wanted = wordsOf(this.width, state.strip);
    const isDrawn = ({ letters, below }) => letters === state.strip.letters && below === state.strip.below;
    if (this.asked && isDrawn(this.asked)) this.asked = null; // it was answered
    if (this.asked || isDrawn(wanted)) return;
    this.asked = wanted;
    model.send({ type: "fit", ...wanted });
  }

  /** Have words that stand below the arrows stay where they can be read. */
  place(slice) {
    const { state, drawing } = this.view;
    if (!state.strip.below) return;
    const words = slice.querySelector(".words");
    if (!words.querySelector(".cover")) cover(words);
    words.setAttribute("transform", `translate(${drawing.scrollLeft / this.scale - state.strip.end} 0)`);
  }
}

/** Put a ground below words, so that no lane runs through them. */
function cover(words) {
  const grounds = [...words.querySelectorAll("text")].map((text) => {
    const [x, y] = ["x", "y"].map((name) => Number(text.getAttribute(name)));
    const wide = text.textContent.length * LETTER_OF_WORDS;
    const left = text.getAttribute("text-anchor") === "end" ? x - wide : x;
    return svg("rect", { x: left - 2, y: y - 9.5, width: wide + 4, height: 13, class: "cover" });
  });
  words.prepend(...grounds);
}
