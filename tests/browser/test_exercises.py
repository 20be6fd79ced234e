"""A learner solves an exercise by typing into its cell, in JupyterLab."""

import os
import re

import pytest
from playwright.async_api import Locator, Page, expect

from minichannels.lab.checking.stage.exercise import find
from support import ROOT
from support.exercises import result_of
from support.jupyter import Learner

LESSONS = {
    path.stem[:2]: path.name for path in (ROOT / "notebooks").glob("*.ipynb")
}
THEME = """theme => window.jupyterapp.commands.execute(
  "apputils:change-theme", { theme })"""
# Behind code in a message: its own colour, not that of JupyterLab's texts.
GROUNDS = {
    "JupyterLab Dark": "rgb(30, 36, 41)",
    "JupyterLab Light": "rgb(243, 246, 249)",
}
# What of an output cannot be seen without scrolling inside of it.
CUT_OFF = """message => {
  const cut = [];
  for (let box = message; box && !box.matches(".jp-Cell");
       box = box.parentElement)
    if (box.scrollWidth > box.clientWidth + 1
        || box.scrollHeight > box.clientHeight + 1)
      cut.push(box.className);
  return cut;
}"""


# What of a message, or in it, is wider than there is room for it.
# A picture keeps its size, and scrolls in its box: nothing else may.
TOO_WIDE = """message => [message, ...message.querySelectorAll(":not(.pic)")]
  .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.outerHTML.slice(0, 80))"""


async def solve(learner: Learner, number: str, code: str) -> Locator:
    """Type an answer over what the exercise's cell has; return its message."""
    keyboard = learner.page.keyboard
    cell = learner.page.locator(
        ".jp-CodeCell", has_text=f'check("{number}")'
    ).first
    await cell.locator(".cm-content").click()
    await keyboard.press("Control+a")
    await keyboard.insert_text(f'{code}\n\nawait check("{number}")')
    await keyboard.press("Shift+Enter")
    return cell.locator(".mc-check")


async def screenshot(message: Locator, name: str) -> None:
    """Keep a picture of a message, where somebody asked for it."""
    if folder := os.environ.get("MINICHANNELS_SCREENSHOTS"):
        await message.screenshot(path=f"{folder}/{name}.png")


@pytest.mark.parametrize(
    ("number", "wrong"), [("4.2", "no name"), ("7.1", "only ada")]
)
async def test_exercise_is_solved_by_typing_wrong_first_then_right(
    learner: Learner, number: str, wrong: str
) -> None:
    exercise = find(number)
    await learner.open(LESSONS[exercise.lesson])
    await learner.run_to(f'check("{number}")')

    message = await solve(learner, number, exercise.wrong[wrong])
    pieces = re.split(r"\$\w+", exercise.text(wrong).headline.replace("`", ""))
    headline = re.compile(".*".join(map(re.escape, pieces)))
    await expect(message).to_contain_text(headline)
    for theme, ground in GROUNDS.items():
        await learner.page.evaluate(THEME, theme)
        code = message.locator("dd code").first
        await expect(code).to_have_css("background-color", ground)
        await screenshot(message, f"{number} wrong {theme}")
    assert await message.evaluate(CUT_OFF) == []

    message = await solve(learner, number, exercise.solution)
    await expect(message).to_contain_text(f"{number} solved")
    await screenshot(message, f"{number} solved")
    assert await message.evaluate(CUT_OFF) == []
    assert learner.problems == []


@pytest.mark.parametrize(("width", "is_below"), [(340, True), (900, False)])
async def test_message_has_one_column_in_a_narrow_window_and_is_whole(
    page: Page, width: int, is_below: bool
) -> None:
    result = await result_of("6.2", find("6.2").stub)
    await page.set_viewport_size({"width": width, "height": 900})
    await page.set_content(result._repr_mimebundle_()["text/html"])
    message = page.locator(".mc-check")

    title = await message.locator("dt").first.bounding_box()
    words = await message.locator("dd").first.bounding_box()

    assert title
    assert words
    assert (words["y"] >= title["y"] + title["height"]) is is_below
    assert await message.evaluate(TOO_WIDE) == []
    picture = await message.locator(".pic img").bounding_box()
    assert picture
    assert picture["width"] >= 640
