// Nodes of a page, made from values or from what Python drew.
//
// Rule: no text is ever parsed as HTML, and what Python drew is built anew
// from the few elements and attributes that a drawing needs.

import { TOKENS } from "./colours.js";

const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = new Set(["g", "path", "rect", "circle", "text", "tspan"]);
const ATTRIBUTES = new Set([
  ..."d x y cx cy r rx width height class".split(" "),
  ..."stroke-width stroke-dasharray stroke-linecap stroke-linejoin".split(" "),
  ..."font-size font-weight text-anchor xml:space".split(" "),
]);

const templates = new Map();

/** Return something that Python drew, as nodes. */
export function drawn(source) {
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

export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const ICONS = {
  first: "M2 2h2v10H2zM12 2v10L5 7z",
  back: "M10 2v10L3 7z",
  play: "M3 2v10l8-5z",
  pause: "M3 2h3v10H3zM8 2h3v10H8z",
  on: "M4 2v10l7-5z",
  last: "M10 2h2v10h-2zM2 2v10l7-5z",
  twist: "M4 2l6 5-6 5z",
  lost: "M2 3l1-1 4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4z",
};

export function icon(name) {
  const path = svg("path", { d: ICONS[name] });
  return svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, path);
}

/** Return a button with a sign, and with words if there are any. */
export function button(label, glyph, act, words = "") {
  const element = html("button", { type: "button", "aria-label": label, title: label });
  element.append(...(words ? [words] : []), icon(glyph));
  element.addEventListener("click", act);
  return element;
}
