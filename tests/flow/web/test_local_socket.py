import errno
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from minichannels.flow.web.listening import Listener
from minichannels.flow.web.local_socket import local_listener

if not hasattr(socket, "AF_UNIX"):
    pytest.skip("Python has none on this system", allow_module_level=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.sock"


def is_reached(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == 0


def leave_one(path: Path) -> None:
    """Leave a socket as a process does that is killed."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))


def test_it_is_there_for_all_and_gone_afterwards(path: Path) -> None:
    with local_listener(path):
        assert is_reached(path)
        assert path.stat().st_mode & 0o777 == 0o666

    assert not path.exists()


def test_one_that_was_left_behind_is_replaced(path: Path) -> None:
    leave_one(path)

    with local_listener(path):
        assert is_reached(path)


def test_one_that_is_in_use_stays(path: Path) -> None:
    with local_listener(path):
        expected = f"{path} is in use; stop what listens there"
        with pytest.raises(OSError, match=re.escape(expected)):
            local_listener(path).__enter__()

        assert is_reached(path)


def test_a_file_stays(path: Path) -> None:
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(OSError, match="is there already, and no socket"):
        local_listener(path).__enter__()

    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("then", [leave_one, lambda path: None])
def test_what_stands_there_in_the_end_and_is_anothers_stays(
    path: Path, then: Callable[[Path], None]
) -> None:
    with local_listener(path):
        kept = path.with_name("kept")  # so that its number is not used again
        path.rename(kept)
        then(path)
        there = path.exists()

    assert path.exists() == there
    assert kept.exists()


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("absent/app.sock", "there is no such folder"),
        ("x" * 120, "about 100 bytes at most, not "),
    ],
)
def test_a_path_that_cannot_be_is_an_error(
    tmp_path: Path, place: str, expected: str
) -> None:
    with pytest.raises(OSError, match=expected):
        local_listener(tmp_path / place).__enter__()


def test_what_the_system_refuses_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(self: Listener, address: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Listener, "bind", refuses)

    with pytest.raises(OSError, match=r"cannot listen at .*: Permission"):
        local_listener(path).__enter__()


def test_where_there_is_none_it_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")

    with pytest.raises(OSError, match="no unix sockets on this system"):
        local_listener(path).__enter__()
