import errno
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from minichannels.flow import Flow, private
from minichannels.flow.journal.journal import Journal
from minichannels.flow.private import rewrite, write_text
from minichannels.flow.processes.writing import JournalFile
from support.interrupts import interrupts
from support.small_files import full_disk, no_file_over
from support.story import GOLDEN


def open_files() -> list[str]:
    """Return the numbers of the files that are open, where that is told."""
    return os.listdir("/dev/fd") if os.path.isdir("/dev/fd") else []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("there", [False, True])
def test_what_is_written_is_for_its_owner_alone(
    tmp_path: Path, there: bool
) -> None:
    path = tmp_path / "flow.txt"
    if there:
        path.touch()
        path.chmod(0o644)

    write_text(path, "hi \u2713")

    assert path.read_text(encoding="utf-8") == "hi \u2713"
    assert mode(path) == 0o600


def test_whatever_is_saved_of_a_flow_is_private(tmp_path: Path) -> None:
    flow = Flow.from_json((GOLDEN / "flow.json").read_bytes())

    for suffix in ("svg", "json", "txt", "har"):
        flow.save(tmp_path / f"flow.{suffix}")
    flow.topology().save(tmp_path / "topology.svg")

    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_file_that_cannot_be_written_leaves_the_former_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "flow.json"
    write_text(path, "before")

    with pytest.raises(UnicodeEncodeError):
        write_text(path, "as far as this \ud800")

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@full_disk
def test_file_for_which_there_is_no_room_leaves_the_former_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "flow.json"
    path.write_text("before")

    with no_file_over(100):
        with pytest.raises(OSError, match="too large"):
            write_text(path, "x" * 200)
        with pytest.raises(OSError, match="too large"):
            rewrite(path, b"x" * 200)

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_file_that_is_written_anew_is_for_whom_it_was(tmp_path: Path) -> None:
    path = tmp_path / "lesson.ipynb"
    path.touch()
    path.chmod(0o640)

    rewrite(path, b"hi\n")

    assert path.read_bytes() == b"hi\n"
    assert mode(path) == 0o640


def test_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "flow.json"

    with pytest.raises(FileNotFoundError) as caught:
        write_text(path, "text")

    assert caught.value.filename == str(path)
    assert str(caught.value).endswith("flow.json'")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_file_behind_a_link_is_replaced(tmp_path: Path) -> None:
    path, link = tmp_path / "flow.json", tmp_path / "link"
    path.write_text("before")
    link.symlink_to(path)

    write_text(link, "after")

    assert path.read_text() == "after"
    assert link.is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_link_that_the_system_does_not_follow_is_not_written_behind(
    tmp_path: Path,
) -> None:
    ring = tmp_path / "flow.jsonl"
    ring.symlink_to(ring)

    for write in (
        lambda: write_text(ring, "text"),
        lambda: JournalFile(Journal(), ring),
    ):
        with pytest.raises(OSError, match="symbolic links") as caught:
            write()
        assert caught.value.errno == errno.ELOOP
    assert ring.is_symlink()
    assert list(tmp_path.iterdir()) == [ring]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device")
def test_device_is_written_to() -> None:
    write_text(Path("/dev/null"), "text")

    assert not Path("/dev/null").is_file()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_writing_leaves_no_draft_and_no_file_open_if_it_is_interrupted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "flow.json"
    write_text(path, "before")
    before = open_files()

    for _ in interrupts(
        lambda: write_text(path, "after"), private, tempfile, os
    ):
        assert path.read_text() in ("before", "after")
        assert list(tmp_path.iterdir()) == [path]
        assert open_files() == before
