from pathlib import Path

import pytest
from playwright.async_api import expect

from support import ROOT
from support.jupyter import Learner
from support.notebooks import STUDENTS, name, write_notebook


def in_lab(lesson: Path) -> str:
    """Return the path of a lesson below JupyterLab's root."""
    return lesson.relative_to(ROOT / "notebooks").as_posix()


@pytest.mark.parametrize("lesson", STUDENTS, ids=name)
async def test_run_all_in_a_lesson_gives_no_error(
    learner: Learner, lesson: Path
) -> None:
    await learner.open(in_lab(lesson))
    folded = learner.page.locator(".jp-OutputPlaceholder")
    await expect(folded.first).to_be_attached()
    before_it_ran = await folded.all_inner_texts()

    await learner.run_all()

    await learner.screenshot(name(lesson))
    assert not any(before_it_ran)  # nobody sees what is to be predicted
    assert await folded.count() == 0
    assert await learner.errors() == []
    assert learner.problems == []


@pytest.mark.parametrize(
    "lesson", [path for path in STUDENTS if path.stem[:2] == "07"], ids=name
)
async def test_page_of_the_chat_lesson_sends_and_receives(
    learner: Learner, lesson: Path
) -> None:
    await learner.open(in_lab(lesson))
    # Not further: the last cell of a lesson stops its servers.
    await learner.run_to("server.page(")
    page = learner.frame()

    await expect(page.locator("button")).to_be_enabled()  # it is connected
    await page.locator("#message").fill("hello from the page")
    await page.locator("#message").press("Enter")

    await expect(page.locator("#log")).to_contain_text("hello from the page")
    await learner.screenshot(f"{name(lesson)}-chat")
    # It is as dark as the notebook.
    await learner.page.emulate_media(color_scheme="null")
    for light, ink in (
        ("false", "rgb(255, 255, 255)"),
        ("true", "rgb(0, 0, 0)"),
    ):
        await learner.page.evaluate(
            "light => document.body.dataset.jpThemeLight = light", light
        )
        await expect(page.locator("body")).to_have_css("color", ink)
        await learner.screenshot(f"{name(lesson)}-chat-{light}")
    await learner.page.emulate_media(color_scheme="light")
    assert learner.problems == []


async def test_page_says_after_run_all_that_its_server_was_stopped(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(
        notebooks / "x-page.ipynb",
        "from minichannels.lab import begin, serve\nlesson = begin('00')",
        "async def application(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "serve(application).page('/hello/')",
        "await lesson.end()",
    )
    await learner.open("x-page.ipynb")

    await learner.run_all()

    said = learner.page.locator(".jp-OutputArea").get_by_role("status")
    await expect(said).to_contain_text("its server was stopped")
    await expect(said).to_contain_text("run the cell with serve()")
    await learner.screenshot("x-page")
    assert learner.problems == []
