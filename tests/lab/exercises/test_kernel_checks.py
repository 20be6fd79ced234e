"""Exercises in a real kernel, where classes are defined in cells."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

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
    manager, client = start_new_kernel(
        cwd=str(lesson.parent),
        env=environment,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    try:
        yield Cells(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


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
    assert "Lesson 04: 1 of 4 solved.  [#...]" in cells.run("progress()")[0]
    assert "All put away" in cells.run("await lesson.end()")[0]


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
