"""Whoever is told: a file, a pipe, a terminal with few signs, or nobody."""

import contextlib
import errno
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import pytest

from minichannels.__main__ import main
from minichannels.cli import CommandError
from minichannels.cli.leaving import leave
from minichannels.cli.saying import say, say_error, warn
from support.limit import OF_PROCESS
from support.story import GOLDEN

SHOW = ["show", str(GOLDEN / "flow.json"), "--text"]
FULL = Path("/dev/full")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Callable[[TextIO | None], None]:
    """Let the command print elsewhere."""

    def put(stream: TextIO | None) -> None:
        monkeypatch.setattr(sys, "stdout", stream)

    return put


@pytest.fixture
def leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command end, and not this process."""
    monkeypatch.setattr(threading.Timer, "start", lambda timer: None)


@pytest.fixture
def unread() -> Iterator[TextIOWrapper]:
    """Give one end of a pipe whose other end is closed."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8") as stream:
        yield stream


@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("utf-8", "a – \\udcff ✗"),
        ("cp1252", "a – \\udcff \\u2717"),
        ("ascii", "a \\u2013 \\udcff \\u2717"),
    ],
)
def test_a_sign_that_is_missing_is_told_by_its_number(
    out: Callable[[TextIO], None], tmp_path: Path, encoding: str, line: str
) -> None:
    with open(tmp_path / "said", "w", encoding=encoding) as stream:
        out(stream)
        say("a – \udcff ✗")  # in the midst: of a name that is no UTF-8

    text = (tmp_path / "said").read_text(encoding=encoding)
    assert text == f"{line}\n"


def test_a_flow_has_room_in_a_narrow_terminal() -> None:
    pty = pytest.importorskip("pty")  # not on Windows
    fcntl, termios = map(pytest.importorskip, ("fcntl", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 40, 0, 0))
    env = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    command = [sys.executable, "-m", "minichannels", *SHOW]
    done = subprocess.Popen(command, stdout=theirs, env=env)
    os.close(theirs)

    said = b""
    with contextlib.suppress(OSError):  # it has come to its end
        while piece := os.read(ours, 1 << 16):
            said += piece
    os.close(ours)

    assert done.wait(OF_PROCESS) == 0
    lines = said.decode().splitlines()
    assert lines[0].startswith("Flow: ")
    assert max(map(len, lines)) <= 40


def test_a_terminal_may_be_said_to_be_narrow(
    out: Callable[[TextIO], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "60")
    out(terminal := Terminal())

    assert main(SHOW) == 0
    assert max(map(len, terminal.getvalue().splitlines())) <= 60


def test_a_flow_is_printed_on_any_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "minichannels", *SHOW],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
        timeout=OF_PROCESS,
    )

    assert done.stdout.startswith(b"Flow: ")
    assert done.stderr == b""


NOT_CLOSED = pytest.mark.skipif(
    sys.version_info >= (3, 14),
    reason="argparse asks of a closed stream whether it has colours",
)


@pytest.mark.parametrize(
    "is_closed", [pytest.param(True, marks=NOT_CLOSED), False]
)
def test_where_nobody_can_be_told_the_work_is_done(
    is_closed: bool,
    out: Callable[[TextIO | None], None],
    leaves: None,
    capsys: Capture,
) -> None:
    closed = StringIO()
    closed.close()
    out(closed if is_closed else None)

    assert main(SHOW) == 0
    with pytest.raises(SystemExit) as end:
        leave(7)

    assert end.value.code == 7
    assert capsys.readouterr().err == ""


def test_without_a_place_for_errors_none_is_among_what_is_printed(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    error = CommandError("it cannot be")
    error.__cause__ = ValueError("why")

    warn("careful")
    say_error(error)

    assert capsys.readouterr().out == ""


def test_an_error_that_nobody_reads_raises_none(
    unread: TextIOWrapper, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stderr", unread)
    unread.reconfigure(line_buffering=True)
    error = CommandError("it cannot be")
    error.__cause__ = ValueError("why")

    say_error(error)

    assert capsys.readouterr().out == ""


def test_what_an_application_prints_through_may_be_no_file(
    out: Callable[[Any], None], capsys: Capture
) -> None:
    class Tee:
        """Passes on what is printed, to one who has gone."""

        def write(self, text: str) -> int:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

        def flush(self) -> None:
            raise NotImplementedError

    out(Tee())
    say("anything")

    assert capsys.readouterr().err == ""


def test_whoever_reads_no_more_is_told_no_more(
    out: Callable[[TextIO], None], unread: TextIO, capsys: Capture
) -> None:
    out(unread)

    assert main(SHOW) == 0
    say("more")

    assert capsys.readouterr().err == ""


def test_what_an_application_prints_to_nobody_is_no_error_at_the_end(
    out: Callable[[TextIO], None],
    unread: TextIO,
    leaves: None,
    capsys: Capture,
) -> None:
    out(unread)
    unread.write("bye")

    with pytest.raises(SystemExit) as end:
        leave(0)

    assert end.value.code == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no such file")
def test_a_disk_that_is_full_is_an_error_of_one_line(
    out: Callable[[TextIO], None], capsys: Capture
) -> None:
    with FULL.open("w") as full:
        out(full)
        status = main(SHOW)

    assert status == 1
    assert capsys.readouterr().err == (
        "python -m minichannels: error: what is to be printed cannot be: No"
        " space left on device\n"
    )


@pytest.mark.skipif(not FULL.exists(), reason="this system has no such file")
def test_what_is_at_work_goes_on_while_the_disk_is_full(
    out: Callable[[TextIO], None],
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FULL.open("w") as full, FULL.open("w") as errors:
        out(full)
        say("Serving")
        said = capsys.readouterr().err
        monkeypatch.setattr(sys, "stderr", errors)
        warn("nobody hears this")

    assert said == (
        "python -m minichannels: warning: what is to be printed cannot be: No"
        " space left on device\n"
    )


def test_a_pipe_that_is_closed_leaves_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "minichannels", *SHOW],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    with process:
        assert process.stderr is not None
        assert process.stderr.read() == b""

    assert process.returncode == 0
