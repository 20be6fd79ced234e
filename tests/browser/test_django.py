"""The README's Django project, in a browser."""

import os
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, expect

from support import django_site
from support.processes import serving


async def log_in(page: Page, address: str) -> None:
    await page.goto(f"{address}/admin/login/?next=/")
    await page.fill("#id_username", "ada")
    await page.fill("#id_password", django_site.PASSWORD)
    await page.click("input[type=submit]")


async def opened(context: BrowserContext, address: str) -> Page:
    """Open the chat in another window."""
    page = await context.new_page()
    async with page.expect_websocket():
        await page.goto(address)
    return page


async def test_two_windows_chat_and_a_logout_closes_both(
    browser: Browser, tmp_path: Path
) -> None:
    django_site.make_site(tmp_path)
    with serving("uvicorn", django_site.APPLICATION, tmp_path) as server:
        address = f"http://{server.address}"
        context = await browser.new_context()
        page = await context.new_page()
        await log_in(page, address)
        windows = [await opened(context, address) for _ in range(2)]
        heard = [window.locator("#heard li") for window in windows]

        await windows[0].fill("#say", "hi")
        await windows[0].press("#say", "Enter")
        for lines in heard:
            await expect(lines).to_have_text(["ada: hi"])

        await page.goto(f"{address}/admin/")
        await page.click("#logout-form button")
        for lines in heard:
            await expect(lines).to_have_text(["ada: hi", "closed: 4401"])
        if folder := os.environ.get("MINICHANNELS_SCREENSHOTS"):
            for number, window in enumerate([page, *windows]):
                name = f"django-{number}.png"
                await window.screenshot(path=Path(folder) / name)
        await context.close()
