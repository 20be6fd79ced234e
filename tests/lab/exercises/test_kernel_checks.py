"""Exercises in a real kernel, where classes are defined in cells."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.lab.checking.stage.exercise import find
from support.kernels import started
from support.notebooks import write_notebook

LIMIT = 30

BEGIN = """\
import time
from asgiref.sync import async_to_sync
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.lab import begin, check, hint, predict, progress, solution
lesson = begin("04")
"""
WRONG = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, text_data):
        {}

await check("4.2")
"""
RIGHT = WRONG.replace("{}", 'self.send(text_data="Anonymous: " + text_data)')


class Cells:
    """A kernel that runs cells; each gives what it showed."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, code: str) -> tuple[str, str]:
        """Run a cell; return what it showed as text, and as HTML."""
        sent = self._client.execute(code)
        text = html = ""
        while True:
            message = self._client.get_iopub_msg(timeout=LIMIT)
            if message["parent_header"].get("msg_id") != sent:
                continue
            content = message["content"]
            data = content.get("data", {})
            text += data.get("text/plain", content.get("text", ""))
            text += content.get("evalue", "")
            html += data.get("text/html", "")
            if content.get("execution_state") == "idle":
                return text, html


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A lesson's notebook, in the folder that the kernel works in."""
    return write_notebook(
        tmp_path / "04-a-lesson.ipynb",
        BEGIN,
        "milk = 1\n",
        "tea = milk + 1\n",
        "print(tea)\n",
    )


@pytest.fixture
def cells(lesson: Path, home: Path) -> Iterator[Cells]:
    environment = os.environ | {"MINICHANNELS_HOME": str(home)}
    with started(cwd=str(lesson.parent), env=environment) as kernel:
        yield Cells(kernel.client)


@pytest.mark.kernel
def test_check_of_a_class_in_a_cell_names_its_line_and_then_passes(
    cells: Cells,
) -> None:
    cells.run(BEGIN)

    text, html = cells.run(WRONG.replace("{}", "self.name"))
    assert "4.2 not solved yet: your code raised AttributeError." in text
    assert "line 7: self.name" in text
    assert '<span class="line"><span>line 7</span>self.name</span>' in html

    text, html = cells.run(RIGHT)
    assert "4.2 solved: welcome and answer." in text
    assert "What is solved so far: progress()" in text
    assert "def receive(self, *, text_data)" in cells.run('solution("4.2")')[0]
    assert "[#....]  04 · From function" in cells.run("progress()")[0]
    assert "All put away" in cells.run("await lesson.end()")[0]


MISSPELLED = WRONG.replace("ChatConsumer", "ChatConsummer")


@pytest.mark.kernel
def test_check_knows_the_cell_that_was_just_run(cells: Cells) -> None:
    cells.run(BEGIN)
    cells.run(RIGHT.partition("\n\nawait")[0])

    text, _ = cells.run(MISSPELLED.replace("{}", "pass"))
    assert "4.2 solved: " in text
    assert "ChatConsumer comes from cell [2], which begins" in text

    cells.run(find("4.2").stub)
    text, _ = cells.run('await check("4.2")')
    assert "4.2 not solved yet: ada is accepted, and hears nothing" in text

    text, _ = cells.run(MISSPELLED.replace("{}", "pass"))
    assert text.startswith(
        "4.2 not solved yet: I tested ChatConsumer of another cell, not your"
        " ChatConsummer."
    )
    assert "ChatConsumer comes from cell [4], which begins" in text

    cells.run(find("4.4").stub)
    text, _ = cells.run("await check(4.4)")
    assert "4.4 not solved yet: nothing handles the news yet." in text


@pytest.mark.kernel
def test_third_try_is_told_how_to_mend_it(cells: Cells) -> None:
    cells.run(BEGIN)
    mended = "Next: write a method receive(self, *, text_data)."
    said = []

    for line in ("'a'", "'a'  # a thought", "'b'; 1", "'c'; 2", "'c'; 2"):
        text, _ = cells.run(WRONG.replace("{}", f"x = {line}"))
        said.append(mended in text)
        assert 'ada said "hello" and got no answer.' in text

    assert said == [False, False, False, True, True]
    assert "write a method receive" in cells.run("hint('ex 4.2')")[0]


@pytest.mark.kernel
def test_cell_that_python_cannot_read_is_told_by_it_and_by_the_next_check(
    cells: Cells,
) -> None:
    cells.run(BEGIN)
    cells.run(RIGHT.partition("\n\nawait")[0])

    text, _ = cells.run(RIGHT.replace("self):", "self)"))
    assert text.startswith("Line 2: a colon is missing. Nothing of this cell")
    assert "expected ':'" in text

    text, _ = cells.run("await check(4.2)")
    assert "line 2 is def connect(self): a colon is missing" in text


@pytest.mark.kernel
def test_name_error_says_which_cell_defines_the_name(cells: Cells) -> None:
    cells.run(BEGIN)

    text, _ = cells.run("print(tea)\n")
    assert "name 'tea' is not defined. Code cell 3 of this lesson" in text
    assert "'tea = milk + 1'" in text

    assert cells.run("nothing_here")[0].endswith(
        "name 'nothing_here' is not defined"
    )


@pytest.mark.kernel
def test_forgotten_await_of_a_check_is_told(cells: Cells) -> None:
    cells.run(BEGIN)

    assert 'await check("4.2")' in cells.run('check("4.2")')[0]


SLEEPER = """
import asyncio, threading
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.lab import check

class ChatConsumer(WebsocketConsumer):
    def connect(self):
        threading.Event().wait(1000)

async def main():
    result = await check("4.2", limit=0.3)
    print(result.key, flush=True)

asyncio.run(main())
print("the end", flush=True)
"""


def test_process_that_had_to_abandon_a_sleeper_still_exits() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SLEEPER],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )

    assert done.stdout.split("\n") == ["abandoned", "the end", ""]
    assert done.stderr == ""
