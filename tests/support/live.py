"""A page that shows the live view on a model of its own, without a notebook.

The model is what the view asks of one, and no more: ``get``, ``set``, ``on``,
``off`` and ``send``.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page

from minichannels.flow.live import widget
from minichannels.flow.live.feed import Update

MODULE = Path(widget.__file__).parent / "static" / "live.js"

MODEL = """
const values = { state: STATE, follows: FOLLOWS, ...MORE };
const heard = {};
const model = {
  get: (name) => values[name],
  set: (name, value) => { values[name] = value; },
  on: (event, call) => { (heard[event] ??= []).push(call); },
  off: (event, call) => {
    heard[event] = heard[event].filter((other) => other !== call);
  },
  send: (content) => window.sent.push(content),
};
window.sent = [];
window.values = values;
window.tell = (update) => heard["msg:custom"].forEach((call) => call(update));
window.end = render({ model, el: document.querySelector("main") });
"""

RED = """async data => {
  const picture = new Image();
  picture.src = "data:image/png;base64," + data;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const all = pen.getImageData(0, 0, picture.width, picture.height).data;
  return all.filter((_, i) => i % 4 === 0 && all[i] > 200 && all[i + 1] < 99)
    .length;
}"""


def page_of(state: Update, *, follows: bool = False, **more: str) -> str:
    """Return a page that shows a state; its model may have more values."""
    source = MODULE.read_text(encoding="utf-8")
    data = json.dumps(state).replace("<", "\\u003c")
    model = MODEL.replace("FOLLOWS", json.dumps(follows))
    model = model.replace("MORE", json.dumps(more))
    script = source + model.replace("STATE", data)
    return (
        "<!doctype html><meta charset=utf-8><title>live</title>"
        f"<main></main><script type=module>{script}</script>"
    )


async def show(
    page: Page, state: Update, *, follows: bool = False, **more: str
) -> Locator:
    """Show a state in a page; return the view."""
    await page.set_content(page_of(state, follows=follows, **more))
    view = page.locator(".mclive")
    await view.wait_for()
    return view


async def tell(page: Page, update: Any) -> None:
    """Tell the view what a feed told."""
    await page.evaluate("update => window.tell(update)", update)


async def asked(page: Page, what: str) -> list[Any]:
    """Return what a view has asked for of a kind, since this was looked at."""
    sent: list[Any] = await page.evaluate("() => window.sent.splice(0)")
    return [content for content in sent if content["type"] == what]


async def screenshot(page: Page, name: str) -> None:
    """Keep pictures of a page in both themes, if somebody wants to look."""
    if folder := os.environ.get("MINICHANNELS_SCREENSHOTS"):
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme)
            path = f"{folder}/{name}-{scheme}.png"
            await page.screenshot(path=path, full_page=True)


async def red_pixels(page: Page, picture: bytes) -> Any:
    """Return how many pixels of a screenshot are red; the page is lost."""
    await page.set_content("")
    return await page.evaluate(RED, base64.b64encode(picture).decode())
