"""Three applications with a bug each, recorded, and pictures of the page.

``python -m wild.packages.bugs FOLDER`` in ``tests`` (with the environment of
``make wild``) serves each, has clients use it, and takes pictures of the page,
wide and narrow, light and dark. Look for the bug there; what it is stands
nowhere but in ``apps/bug_….py``.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from support.programs import command
from wild.packages.visitor import Visitor, visiting

APPS = Path(__file__).parent / "apps"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
SIZES = {"wide": (1400, 900), "narrow": (700, 900)}

Use = Callable[[Visitor, str, Browser, AsyncExitStack], Awaitable[None]]


async def nicegui(
    visitor: Visitor, address: str, browser: Browser, stack: AsyncExitStack
) -> None:
    """Open three browsers; two of them press their buttons."""
    pages = []
    for name in ("ada", "bob", "eve"):
        page = await browser.new_page()
        await page.goto(address + name)
        await expect(page.get_by_role("button")).to_be_visible()
        pages.append(page)
    for page in (pages[0], pages[1], pages[0]):
        await page.get_by_role("button").click()
    await expect(pages[2].locator("body")).to_contain_text("2 times")


async def fastapi(
    visitor: Visitor, address: str, browser: Browser, stack: AsyncExitStack
) -> None:
    """Have thirty chat; one in the middle leaves, and they chat on."""
    sockets = []
    for number in range(30):
        opened = visitor.socket(f"/chat/c{number}")
        sockets.append(await stack.enter_async_context(opened))
    for number, socket in enumerate(sockets[:5]):
        await socket.send(f"message {number}")
        for each in sockets:
            await each.hear(f"message {number}")
    await sockets[12].socket.close()
    await sockets[0].hear("has left")
    for number, socket in enumerate(sockets[20:25]):
        await socket.send(f"late message {number}")
        await sockets[0].hear(f"late message {number}")


async def channels(
    visitor: Visitor, address: str, browser: Browser, stack: AsyncExitStack
) -> None:
    """Have ada come twice, and bob between; then they talk."""
    for name in ("ada", "bob", "ada"):
        await visitor.get(f"/login/?name={name}&password=correct%20horse")
        async with visitor.socket("/chat/") as socket:
            await socket.hear(f"{name} has come")
            await socket.send({"said": f"hello from {name}"})
            await socket.hear(f"hello from {name}")


BUGS: Mapping[str, Use] = {
    "nicegui": nicegui,
    "fastapi": fastapi,
    "channels": channels,
}


async def take(page: Page, folder: Path, name: str) -> None:
    """Take pictures of the page that is open."""
    await expect(page.locator("#view section")).to_be_visible()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await page.screenshot(path=folder / f"{name}-{size}-{scheme}.png")


async def show(name: str, folder: Path, browser: Browser) -> None:
    """Serve one of them, use it, take pictures."""
    work = Path(tempfile.mkdtemp())
    words = ["record", f"bug_{name}:app", "--port=0", f"--app-dir={APPS}"]
    with command(*words, folder=work) as server:
        flow = server.page()
        address = flow.removesuffix(".flow/")
        async with (
            visiting(address.removesuffix("/")) as visitor,
            AsyncExitStack() as stack,  # who is connected stays for the page
        ):
            await BUGS[name](visitor, address, browser, stack)
            page = await browser.new_page()
            await page.goto(flow)
            await take(page, folder, name)
        server.interrupt()
        server.wait()
    shutil.rmtree(work)


async def main(folder: Path, names: list[str]) -> None:
    async with async_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=FLAGS
        )
        for name in names or BUGS:
            await show(name, folder, browser)
        await browser.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
