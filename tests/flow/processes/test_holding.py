import builtins
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow.processes.holding import FAR, hold, is_held


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "web-1.jsonl"
    path.write_bytes(b"{}\n")
    return path


def test_a_file_is_held_until_it_is_closed(path: Path) -> None:
    assert not is_held(path)

    with path.open("ab") as file:
        hold(file)
        assert is_held(path)
        assert is_held(path)

    assert not is_held(path)


def test_what_cannot_be_told_counts_as_held(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "fcntl":
            raise ImportError(name)
        return imported(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)

    assert is_held(path)


def test_windows_locks_a_byte_that_nobody_reads(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[tuple[int, str, int]] = []
    windows: Any = types.ModuleType("msvcrt")
    windows.LK_LOCK, windows.LK_NBLCK = "wait", "at once"

    with path.open("rb+") as file:
        windows.locking = lambda number, how, size: places.append(
            (file.tell(), how, size)
        )
        monkeypatch.setitem(sys.modules, "msvcrt", windows)
        monkeypatch.setattr(sys, "platform", "win32")
        hold(file)

        assert places == [(FAR, "wait", 1)]
        assert file.tell() == 0
