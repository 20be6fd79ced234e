"""The learner of the browser tests, shown to see what happens."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from support.jupyter import Learner, is_jupyterlabs
from support.notebooks import write_notebook

PAGE_FROM_A_SERVER = """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from IPython.display import IFrame

PAGE = b"<form onsubmit='log.textContent += message.value; return false'>"
PAGE += b"<input id=message></form><p id=log></p>"


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)


server = HTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
IFrame(f"http://127.0.0.1:{server.server_port}/", 400, 100)
"""


async def test_run_all_shows_outputs_and_no_error(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(
        notebooks / "x-plain.ipynb",
        "import asyncio\nawait asyncio.sleep(0)\nprint('hello')",
        "40 + 2",
    )
    await learner.open("x-plain.ipynb")

    await learner.run_all()

    await learner.screenshot("x-plain")
    assert await learner.errors() == []
    assert learner.problems == []
    assert (await learner.outputs(2))[0]["data"] == {"text/plain": "42"}
    await expect(learner.page.get_by_text("hello", exact=True)).to_be_visible()


async def test_errors_names_the_cell_that_failed_and_those_behind_it(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(
        notebooks / "x-error.ipynb",
        "int('a')",
        "1 / 0",
        "'never reached'",
        cell_1=["raises-exception"],
    )
    await learner.open("x-error.ipynb")

    await learner.run_all()

    assert await learner.errors() == [
        "code cell 2: ZeroDivisionError: division by zero",
        "code cell 3 did not run",
    ]


async def test_frame_is_the_page_in_an_output(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(notebooks / "x-frame.ipynb", PAGE_FROM_A_SERVER)
    await learner.open("x-frame.ipynb")
    await learner.run_all()

    await learner.frame().locator("#message").fill("hello")
    await learner.frame().locator("#message").press("Enter")

    await expect(learner.frame().locator("#log")).to_have_text("hello")


async def test_problems_has_what_would_leave_the_machine(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(
        notebooks / "x-stray.ipynb",
        "from IPython.display import HTML\n"
        "HTML('<img src=\"http://example.invalid/a.png\">')",
    )
    await learner.open("x-stray.ipynb")

    async with learner.page.expect_event("requestfailed"):
        await learner.run_all()

    assert set(learner.problems) == {"request to http://example.invalid/a.png"}


async def test_run_to_and_run_cell_leave_the_cells_behind_alone(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(
        notebooks / "x-part.ipynb", "x = []", "x += [1]", "x += [2]", "print(x)"
    )
    await learner.open("x-part.ipynb")

    await learner.run_to("+= [1]")
    await learner.run_cell("print")

    assert (await learner.outputs(4))[0]["text"] == "[1]\n"
    assert await learner.errors() == ["code cell 3 did not run"]


async def test_nobody_is_asked_about_news(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(notebooks / "x-quiet.ipynb", "1")
    await learner.load("x-quiet.ipynb")

    # A question would stand until it is answered, and came before the kernel.
    await learner.run_all()

    await learner.screenshot("x-quiet")
    asked = learner.page.locator(".Toastify__toast")
    assert await asked.all_text_contents() == []


# Only JupyterLab is at work when the time comes.
ADD_TWICE = """() => {
  const { commands } = window.jupyterapp;
  setTimeout(commands.addCommand.bind(commands, "notebook:run-cell", {}));
}"""


async def test_problems_has_an_error_of_the_live_view(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(
        notebooks / "x-broken.ipynb",
        "from minichannels.flow import Flow\nFlow([]).live()",
    )
    await learner.open("x-broken.ipynb")
    await learner.run_all()
    view = learner.page.locator(".mclive")
    await view.locator(".heads").evaluate("heads => heads.replaceChildren()")

    async with learner.page.expect_event("pageerror"):
        await view.press("Enter")  # it is drawn anew

    message, *stack = learner.problems[0].splitlines()
    assert message.startswith("Cannot read properties of null")
    assert "Lanes.fit (blob:" in stack[1]


async def test_problems_has_no_error_of_jupyterlab_alone(
    learner: Learner, notebooks: Path
) -> None:
    write_notebook(notebooks / "x-theirs.ipynb", "1")
    await learner.open("x-theirs.ipynb")

    async with learner.page.expect_event("pageerror") as caught:
        await learner.page.evaluate(ADD_TWICE)

    assert "already registered" in str(await caught.value)
    assert learner.problems == []


@pytest.mark.parametrize(
    ("places", "theirs"),
    [
        (("http://127.0.0.1:9/static/lab/main.js:1:2", "<anonymous>"), True),
        (("https://a/lab/extensions/anywidget/static/5.js:1:2",), True),
        (("http://a/static/lab/1.js:1:2", "blob:http://a/5-6:1:2"), False),
        (("blob:http://a/static/lab/:1:2",), False),
        (("http://a/.flow/page.js:1:2",), False),
        (("http://a/?/static/lab/", "http://a/static/lab/1.js:1:2"), False),
        ((), False),
    ],
)
def test_error_is_jupyterlabs_where_all_places_are(
    places: tuple[str, ...], theirs: bool
) -> None:
    frames = [f"    at f ({place})" for place in places]

    assert is_jupyterlabs("\n".join(["Error: x", *frames])) is theirs
