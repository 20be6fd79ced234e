"""What is said when no more file can be opened."""

import asyncio
import errno
import os
import sys

import pytest

from minichannels.lab.keeping import files
from minichannels.lab.keeping.files import room_for_files
from support import ROOT
from support.interrupts import interrupts
from support.limit import OF_PROCESS

WINDOWS = sys.platform == "win32"


async def said_by(call: str, left: int = 0) -> tuple[str, str]:
    """Return the error of a call, with few files left; and what is printed."""
    program = ["-m", "support.with_no_file_left", call, str(left)]
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        cwd=ROOT / "tests",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(OF_PROCESS):
        said, printed = await running.communicate()
    return said.decode(), printed.decode()


@pytest.mark.skipif(WINDOWS, reason="Windows has no such limit")
@pytest.mark.parametrize(
    "call",
    [
        *("air", "aprs_is", "broker", "check", "doctor", "hint"),
        *("irc_server", "nats", "serve", "show_source", "valkey"),
    ],
)
async def test_call_without_a_file_left_says_what_helps(call: str) -> None:
    said, _ = await said_by(call)

    assert "too many open files: as many files and sockets are open" in said


@pytest.mark.skipif(WINDOWS, reason="Windows has no such limit")
@pytest.mark.parametrize("left", [1, 2, 3])
async def test_serve_that_runs_out_of_files_prints_nothing(left: int) -> None:
    said, printed = await said_by("serve", left)

    assert "too many open files: as many files and sockets are open" in said
    assert not printed


def test_other_errors_are_as_they_are() -> None:
    with pytest.raises(OSError, match="there is none"), room_for_files():
        raise OSError(errno.ENOENT, "there is none")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_error_for_want_of_files_keeps_its_number(number: int) -> None:
    with (
        pytest.raises(OSError, match="allow more") as raised,
        room_for_files(),
    ):
        raise OSError(number, "said so", "a file")
    assert raised.value.errno == number


@pytest.mark.skipif(WINDOWS, reason="Windows does not list open files")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_asking_for_room_holds_no_file_whenever_it_is_interrupted() -> None:
    def act() -> None:
        with room_for_files():
            pass

    before = os.listdir("/dev/fd")
    for _ in interrupts(act, files):
        assert os.listdir("/dev/fd") == before
