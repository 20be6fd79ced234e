// A payload in the clipboard.

const TEXTS = ["text", "bytes", "body"];

/** Return what one wants of a payload: a frame's own text, or all of it. */
export function copied(payload) {
  try {
    const values = JSON.parse(payload);
    const [only] = TEXTS.map((name) => values[name]).filter((value) => value !== undefined);
    if (only === undefined) return JSON.stringify(values, null, 2);
    return typeof only === "string" ? only : JSON.stringify(only, null, 2);
  } catch {
    return payload; // of a long one, the beginning is told
  }
}

/** Copy the payload of an event; say whether that has worked. */
export async function copyPayload(view, event) {
  if (!event) return;
  const cut = event.payload.endsWith("…") ? ", the beginning of it: flow.json has all" : "";
  try {
    await navigator.clipboard.writeText(copied(event.payload));
    view.tell(`Payload of event ${event.no} copied${cut}`);
  } catch {
    // Not allowed here, or not over this address: it is marked, to be copied.
    const shown = view.details.element.querySelector("pre");
    if (shown) getSelection().selectAllChildren(shown);
    view.tell("The browser does not let this page copy: it is selected instead");
  }
}
