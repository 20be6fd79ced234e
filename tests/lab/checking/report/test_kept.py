import json
from pathlib import Path
from typing import Any

import pytest

from minichannels.lab.checking.report import kept
from minichannels.lab.checking.report.kept import keep
from minichannels.lab.keeping import locking

FILES = ["progress.json", "progress.lock"]
"""All that the folder ever holds, as long as nothing is damaged."""

DEEP = "[" * 100_000

damaged = pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "5",
        '{"solved": 5}',
        '{"hints": [4.1]}',
        '{"predicted": {"4.p1": 3}}',
        "\0",
        "\udc80",
        DEEP,
    ],
)


def put(home: Path, content: str) -> None:
    home.mkdir()
    data = content.encode("utf-8", "surrogateescape")
    (home / "progress.json").write_bytes(data)


def test_nothing_is_kept_at_first(home: Path) -> None:
    assert kept.kept("solved") == set()
    assert kept.put_aside() == []
    assert not home.exists()


def test_entries_are_kept_in_one_file(home: Path) -> None:
    keep("solved", "4.2")
    keep("solved", "1.1")
    keep("hints", "4.2 1")
    keep("predicted", "4.p1")

    assert sorted(file.name for file in home.iterdir()) == FILES
    assert json.loads((home / "progress.json").read_text("utf-8")) == {
        "solved": ["1.1", "4.2"],
        "hints": ["4.2 1"],
        "predicted": ["4.p1"],
    }


def test_file_of_an_older_library_is_read_and_of_a_newer_one_kept(
    home: Path,
) -> None:
    put(home, '{"solved": ["1.1"], "medals": {"gold": 1}}')

    keep("solved", "4.1")

    values = json.loads((home / "progress.json").read_text("utf-8"))
    assert values["solved"] == ["1.1", "4.1"]
    assert values["medals"] == {"gold": 1}


@damaged
def test_damaged_file_is_put_aside_when_something_is_added(
    home: Path, content: str
) -> None:
    put(home, content)
    before = (home / "progress.json").read_bytes()

    assert kept.kept("solved") == set()
    keep("solved", "1.1")

    assert kept.kept("solved") == {"1.1"}
    (aside,) = kept.put_aside()
    assert aside == home / "progress-damaged.json"
    assert aside.read_bytes() == before


@damaged
def test_damaged_file_is_put_aside_when_somebody_looks(
    home: Path, content: str
) -> None:
    put(home, content)

    (aside,) = kept.put_aside()

    assert aside == home / "progress-damaged.json"
    assert not (home / "progress.json").exists()


def test_file_that_could_not_be_written_again_is_put_aside(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dumps = json.dumps

    def written(value: Any, **options: Any) -> str:
        if "deep" in value:
            raise RecursionError  # as in Python 3.12, at 1,000 levels
        return dumps(value, **options)

    put(home, '{"deep": [[]]}')
    monkeypatch.setattr(json, "dumps", written)
    keep("solved", "1.1")

    assert kept.kept("solved") == {"1.1"}
    assert [file.name for file in kept.put_aside()] == ["progress-damaged.json"]


def test_second_damaged_file_does_not_take_the_place_of_the_first(
    home: Path,
) -> None:
    put(home, "first")
    kept.put_aside()
    (home / "progress.json").write_text("second", "utf-8")

    files = kept.put_aside()

    assert [file.name for file in files] == [
        "progress-damaged-2.json",
        "progress-damaged.json",
    ]
    assert [file.read_text("utf-8") for file in files] == ["second", "first"]


def test_file_that_another_kernel_has_put_aside_is_left_to_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home, "damaged")
    locked = locking.locked

    def waited_for(path: Path) -> object:
        (home / "progress.json").write_text("{}", "utf-8")
        return locked(path)

    monkeypatch.setattr(kept, "locked", waited_for)

    assert kept.put_aside() == []
    assert (home / "progress.json").read_text("utf-8") == "{}"


def test_folder_that_cannot_be_made_is_forgiven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MINICHANNELS_HOME", str(tmp_path / "file"))

    keep("solved", "1.1")

    assert kept.kept("solved") == {"1.1"}


def test_file_that_cannot_be_replaced_is_forgiven(home: Path) -> None:
    (home / "progress.json").mkdir(parents=True)

    keep("solved", "1.1")

    assert kept.kept("solved") == {"1.1"}
    assert sorted(file.name for file in home.iterdir()) == FILES
