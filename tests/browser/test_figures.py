"""Flow figures where learners meet them: notebooks, pages, hostile text."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.async_api import Page, expect

from minichannels.flow import Flow
from support import flows, hostile
from support.jupyter import Learner

THEME = """async name => {
  await window.jupyterapp.commands.execute(
    "apputils:change-theme", { theme: name });
}"""
HIDE_FILES = """() =>
  window.jupyterapp.commands.execute("application:toggle-left-area")"""
TRUSTED = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .some(cell => cell.model.trusted)"""
SPLASH = "#jupyterlab-splash"
SIZES = "image => [image.naturalWidth, image.clientWidth]"
TOO_WIDE = """() => Array.from(document.querySelectorAll("#all > *"))
  .filter(e => e.scrollWidth > e.clientWidth || e.clientWidth > 950)
  .map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture
async def flow() -> Flow:
    return await flows.SHAPES["six-lanes"]()


def stored(flow: Flow) -> Any:
    """Return a notebook that shows a flow, as it is stored."""
    data = dict(flow._repr_mimebundle_())
    output = new_output("execute_result", data=data, execution_count=1)
    cell = new_code_cell("flow", outputs=[output], execution_count=1)
    kernel = {"name": "python3", "display_name": "Python"}
    return new_notebook(cells=[cell], metadata={"kernelspec": kernel})


async def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("MINICHANNELS_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def test_figure_shows_in_a_notebook_that_is_not_trusted(
    learner: Learner, notebooks: Path, flow: Flow
) -> None:
    nbformat.write(stored(flow), notebooks / "x-figure.ipynb")
    await learner.open("x-figure.ipynb")
    image = learner.page.get_by_role("img", name="Flow: 36 events between ada")

    await expect(image).to_be_visible()

    assert not await learner.page.evaluate(TRUSTED)
    natural, shown = await image.evaluate(SIZES)
    assert natural == 900
    assert shown > 0.9 * natural  # beside the list of files
    await learner.page.evaluate(HIDE_FILES)
    await expect(image).to_have_js_property("clientWidth", 900)  # at 100 %
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        await learner.page.evaluate(THEME, theme)
        await expect(learner.page.locator(SPLASH)).to_be_hidden()
        await keep(learner.page, f"x-figure-{theme[-5:].strip().lower()}")
    assert learner.problems == []


async def test_picture_in_a_narrow_page_is_read_by_scrolling(
    page: Page, flow: Flow
) -> None:
    await page.set_viewport_size({"width": 420, "height": 900})
    await page.set_content(flow._repr_mimebundle_()["text/html"])
    figure, image = page.locator("figure"), page.get_by_role("img")

    assert await image.evaluate("image => image.clientWidth") == 640
    assert await figure.evaluate("e => e.scrollWidth > e.clientWidth")
    assert await page.evaluate(
        "document.body.scrollWidth == document.body.clientWidth"
    )


async def test_figure_shows_after_nbconvert(
    page: Page, tmp_path: Path, flow: Flow
) -> None:
    exporters = pytest.importorskip("nbconvert.exporters")
    html, _ = exporters.HTMLExporter().from_notebook_node(stored(flow))
    path = tmp_path / "figure.html"
    path.write_text(html, encoding="utf-8")
    await page.context.route("http*://**", lambda route: route.abort())

    await page.goto(path.as_uri())

    image = page.get_by_role("img", name="Flow: 36 events between ada")
    assert (await image.evaluate(SIZES))[0] == 900
    await keep(page, "x-figure-nbconvert")
    await page.emulate_media(media="print")
    assert await image.is_visible()
    await keep(page, "x-figure-print")


async def test_hostile_text_runs_nowhere_and_widens_nothing(
    page: Page,
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.on("request", lambda request: problems.append(request.url[:60]))
    page.on("console", lambda message: problems.append(message.text))

    for name, text in hostile.TEXTS.items():
        shown = hostile.flow(text)
        pictures = [shown.lanes(), shown.mailboxes(), shown.topology()]
        html = "".join(
            f"<div>{part}</div>"
            for picture in pictures
            for part in (picture.html, picture.svg)
        ).replace("<details", "<details open")
        problems.clear()
        await page.set_content(
            f'<body style="margin:0"><div id=all style="width:950px">{html}'
        )

        sizes = await page.locator("img").evaluate_all(
            "images => images.map(image => image.naturalWidth)"
        )
        assert min(sizes) > 0, name
        assert await page.evaluate("window.ran") is None, name
        assert await page.evaluate(TOO_WIDE) == [], name
        assert [p for p in problems if not p.startswith("data:")] == [], name
    await keep(page, "x-hostile")
