import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from support import ROOT
from support.jupyter import FLAGS, Learner, find_chromium, jupyterlab

# A busy machine draws late, and five seconds are soon over.
expect.set_options(timeout=30_000)

# Somebody else's name, pointed at this machine.
REBOUND = "--host-resolver-rules=MAP evil.example 127.0.0.1"

shared = pytest_asyncio.fixture(scope="session", loop_scope="session")


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


@shared
async def browser() -> AsyncIterator[Browser]:
    """Start one browser for all tests: that takes longer than most of them."""
    async with async_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            missing = (
                "no Chromium: install one, or 'playwright install chromium'"
            )
            # Where everything is meant to be tested, a skip would hide it.
            (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
        browser = await playwright.chromium.launch(
            executable_path=executable, args=[*FLAGS, REBOUND]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Return a page, none of whose scripts may fail."""
    page = await browser.new_page(viewport={"width": 1000, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    await page.close()
    assert problems == []


@shared
async def seat(browser: Browser, address: str) -> Learner:
    """Seat a learner before a JupyterLab that is loaded once for all tests."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    learner = Learner(page, address)
    await learner.prepare()
    return learner


@pytest_asyncio.fixture(loop_scope="session")
async def learner(seat: Learner) -> AsyncIterator[Learner]:
    """Return the learner, who has seen nothing yet and leaves nothing open."""
    seat.problems.clear()
    yield seat
    await seat.leave()
