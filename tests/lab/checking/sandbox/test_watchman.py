import io
import runpy
import sys

import pytest

from minichannels.lab.checking.sandbox import watchman
from minichannels.lab.checking.sandbox.watchman import told

DUMP = """\
Timeout (0:00:04)!
Thread 0x1 (most recent call first):
  File "/lib/re.py", line 1 in match
  File "<cell 4>", line 7 in receive
  File "<cell 4>", line 9 in outer
  File "/lib/asyncio.py", line 2 in run
  File "/ours/threads.py", line 3 in traced
  File "/lib/threading.py", line 4 in run
Thread 0x2 (most recent call first):
  File "<cell 5>", line 2 in another
  File "/lib/threading.py", line 4 in run
Thread 0x3 (most recent call first):
  File "/lib/selectors.py", line 5 in select
  File "/ours/threads.py", line 3 in traced
"""


def test_told_names_the_line_of_the_thread_that_a_check_has_started() -> None:
    sentences = [*told(DUMP.splitlines(), "/ours/threads.py", ("/lib/",))]

    assert sentences == [
        "The check hangs at line 7, in receive: a call written in C holds up"
        " all of Python there, and nothing can interrupt it. Restart the"
        " kernel, and take that call out."
    ]


def test_watchman_writes_where_errors_go(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [watchman.__file__, "/ours/threads.py", "/lib/"]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(sys, "stdin", io.StringIO(DUMP))

    runpy.run_path(watchman.__file__, run_name="__main__")

    assert capsys.readouterr().err.startswith("The check hangs at line 7, in")
