// A payload in the clipboard.

import { members, pretty } from "./pretty.js";
import { called } from "./state.js";

const TEXTS = ["text", "bytes", "body"];

/** Return what one wants of a payload: a frame's own text, or all of it. */
export function copied(payload) {
  if (!payload.startsWith("{") || payload.endsWith("…")) return payload; // the beginning is told
  const values = members(payload);
  const [only] = TEXTS.map((name) => values.get(name)).filter(carries);
  if (only === undefined) return pretty(payload);
  return only.startsWith('"') ? said(only) : pretty(only);
}

function said(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text; // with a sign that Python shows in a way of its own
  }
}

function carries(value) {
  return value !== undefined && value !== "null";
}

/** Copy the payload of an event; say whether that has worked. */
export async function copyPayload(view, event) {
  if (!event) return;
  const cut = event.payload.endsWith("…") ? ", the beginning of it: flow.json has all" : "";
  try {
    await navigator.clipboard.writeText(copied(event.payload));
    view.tell(`Payload of ${called(event.no).toLowerCase()} copied${cut}`);
  } catch {
    // Not allowed here, or not over this address: it is marked, to be copied.
    const shown = view.details.element.querySelector("pre");
    if (shown) getSelection().selectAllChildren(shown);
    view.tell("The browser does not let this page copy: it is selected instead");
  }
}
