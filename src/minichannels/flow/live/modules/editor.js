// The line of code that did something, and the address that an editor answers to.

import { html } from "./nodes.js";

// What a browser would run or show itself is no editor.
const BROWSERS_OWN = /^(about|blob|data|file|filesystem|javascript|vbscript):/i;
const BY_BROWSER = /^https?:/i;

/** Return the address that opens a line; empty if no editor is configured. */
export function addressOf(template, { path, line }) {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(template ?? "") || BROWSERS_OWN.test(template)) return "";
  const parts = path.replaceAll("\\", "/").split("/").map(encodeURIComponent);
  const address = parts.join("/").replace("%3A", ":"); // behind a drive's letter
  const isPath = template.includes("/{path}"); // which has its own slash
  const at = isPath ? address.replace(/^\//, "") : address;
  return template.replaceAll("{path}", () => at).replaceAll("{line}", String(line));
}

/** Return whether of any event a line of code is known. */
export function knowsLines(events) {
  return events.some(({ lines }) => lines);
}

/** Return where a line stands: a link, if there is an editor for it. */
export function lineOf(view, line, words = line.at) {
  const address = addressOf(view.model.get("editor"), line);
  const name = { title: `${line.path}:${line.line}` };
  if (!address) return html("span", name, words);
  const link = html("a", { ...name, href: address, rel: "noreferrer" }, words);
  if (BY_BROWSER.test(address)) link.target = "_blank"; // the page stays
  return link;
}

/** Open the line that did an event; say so, or why not. */
export function openLine(view, event) {
  const [line] = event?.lines ?? [];
  if (!line) return view.tell("No line of your own code is known to have done this");
  const link = lineOf(view, line);
  if (!link.href) return view.tell(`${line.path}:${line.line} (--editor makes a link of it)`);
  link.click();
  view.tell(`${line.at} opened`);
}
