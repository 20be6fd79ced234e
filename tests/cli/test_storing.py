import os
import re
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from minichannels.cli import CommandError
from minichannels.cli.storing import (
    journal_folder,
    load,
    require_savable,
    save,
    written_as_it_goes,
)
from minichannels.flow import Flow
from minichannels.flow.processes.holding import hold
from support.story import GOLDEN

FLOW = GOLDEN / "flow.json"


def test_require_savable_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()

    (tmp_path / "held.jsonl").touch()
    (tmp_path / "free.jsonl").touch()

    for name in ("flow.json", "flow.jsonl", "free.jsonl"):
        require_savable(tmp_path / name)
    for name, problem in (
        ("flow.svg", "a flow is saved as .json"),
        ("absent/flow.json", "there is no folder"),
        ("folder.json", "is a folder"),
    ):
        with pytest.raises(CommandError, match=problem):
            require_savable(tmp_path / name)
    with (tmp_path / "held.jsonl").open("ab") as file:
        hold(file)
        with pytest.raises(CommandError, match="another process writes"):
            require_savable(tmp_path / "held.jsonl")


@pytest.mark.parametrize("name", ["flow.jsonl", "flow.json"])
def test_a_flow_needs_a_folder_where_it_can_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    def refused(**options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)

    with pytest.raises(CommandError, match=r"cannot save in .*: Permission"):
        require_savable(tmp_path / name)


def test_what_was_written_as_it_went_is_not_saved_again(
    tmp_path: Path,
) -> None:
    save(load(FLOW), tmp_path / "flow.jsonl")

    assert list(tmp_path.iterdir()) == []
    assert written_as_it_goes(tmp_path / "flow.json") is None
    assert written_as_it_goes(None) is None


def test_a_saved_flow_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text("old", encoding="utf-8")
    (tmp_path / "flow.json").chmod(0o644)

    save(load(FLOW), tmp_path / "flow.json")

    mode = (tmp_path / "flow.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_save_replaces_a_file_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old", encoding="utf-8")
    (tmp_path / "flow.json").symlink_to("real.json")
    flow = load(FLOW)

    save(flow, tmp_path / "flow.json")

    assert (tmp_path / "flow.json").is_symlink()
    assert load(tmp_path / "real.json") == flow
    assert len(list(tmp_path.iterdir())) == 2


def test_save_leaves_the_former_file_when_it_fails(tmp_path: Path) -> None:
    class Interrupted(Flow):
        def to_json(self, *, times: bool = False) -> str:
            raise OSError(28, "No space left on device")

    (tmp_path / "flow.json").write_text("old", encoding="utf-8")

    with pytest.raises(CommandError, match=r"flow\.json: No space left"):
        save(Interrupted([]), tmp_path / "flow.json")

    assert (tmp_path / "flow.json").read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_load_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "binary.json").write_bytes(b"\xff")

    for name, problem in (
        ("absent.json", "absent.json: No such file or directory"),
        ("other.json", "other.json: this is not the JSON of a flow"),
        ("binary.json", "flow ('utf-8' codec can't decode"),
    ):
        with pytest.raises(CommandError, match=re.escape(problem)):
            load(tmp_path / name)


def test_journal_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "flows"

    assert journal_folder(folder, "web-1") == folder
    assert journal_folder(folder, None) is None
    assert folder.is_dir()


def test_journal_folder_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for folder, problem in (
        (None, "--as web-1 needs a folder: add --save FOLDER"),
        (tmp_path / "flow.json", "flow.json' is a name for one flow"),
        (tmp_path / "file", "cannot save in .*: File exists"),
        (tmp_path / "file" / "a", "cannot save in .*: Not a directory"),
    ):
        with pytest.raises(CommandError, match=problem):
            journal_folder(folder, "web-1")


def test_load_joins_the_journals_of_a_folder(tmp_path: Path) -> None:
    line = '{"minichannels-journal":1,"process":"web-1","token":"a"}\n'
    (tmp_path / "web-1.jsonl").write_text(line, encoding="utf-8")

    assert len(load(tmp_path)) == 0
    assert len(load(tmp_path / "web-1.jsonl")) == 0
    (tmp_path / "web-1.jsonl").unlink()
    with pytest.raises(CommandError, match="there is no journal"):
        load(tmp_path)


def test_load_says_which_journal_of_a_folder_cannot_be_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "web-1.jsonl").mkdir()

    with pytest.raises(CommandError, match=r"cannot read .*web-1\.jsonl: "):
        load(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such pipes")
def test_require_savable_refuses_what_is_no_file(tmp_path: Path) -> None:
    pipe = tmp_path / "flow.json"
    os.mkfifo(pipe)

    with pytest.raises(CommandError, match=r"flow\.json' is no file; take an"):
        require_savable(pipe)


def test_require_savable_refuses_a_name_that_no_file_has(
    tmp_path: Path,
) -> None:
    with pytest.raises(
        CommandError, match=r"cannot save the flow as .*a\.json"
    ):
        require_savable(tmp_path / f"{'a' * 300}.json")
