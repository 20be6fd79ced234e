import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from support import ROOT
from support.jupyter import FLAGS, Learner, find_chromium, jupyterlab


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the lessons, in which a test may add its own."""
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    if (ROOT / "notebooks").is_dir():
        shutil.copytree(ROOT / "notebooks", folder)
    else:
        folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def address(
    notebooks: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with jupyterlab(notebooks, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            missing = (
                "no Chromium: install one, or 'playwright install chromium'"
            )
            # Where everything is meant to be tested, a skip would hide it.
            (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
        browser = await playwright.chromium.launch(
            executable_path=executable, args=FLAGS
        )
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> Page:
    return await browser.new_page(viewport={"width": 1000, "height": 900})


@pytest.fixture
async def learner(browser: Browser, address: str) -> AsyncIterator[Learner]:
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    learner = Learner(page, address)
    await learner.prepare()
    yield learner
    await learner.leave()
