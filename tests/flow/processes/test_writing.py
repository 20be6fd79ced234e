import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.journal.events import Entry
from minichannels.flow.processes import writing
from minichannels.flow.processes.holding import is_held
from minichannels.flow.processes.writing import JournalFile
from minichannels.flow.recording.statuses import mark_read, mark_waiting

Begin = Callable[[Journal, Path], JournalFile]


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Write a journal; its file is closed after the test."""
    files: list[JournalFile] = []

    def begin(journal: Journal, folder: Path) -> JournalFile:
        files.append(JournalFile(journal, folder, "web-1"))
        return files[-1]

    yield begin
    for file in files:
        file.close()


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "web-1.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def add(journal: Journal, name: str = "a", **fields: Any) -> Entry:
    lane = journal.named_lane(name)
    entry = Entry("deliver", lane, "t", {"n": 1}, "layer", lane)
    vars(entry).update(fields)
    journal.add(entry)
    return entry


def test_an_event_is_in_the_file_when_it_has_happened(
    begin: Begin, journal: Journal, tmp_path: Path
) -> None:
    file = begin(journal, tmp_path / "new" / "folder")
    entry = add(journal)

    first, lane, event = lines(tmp_path / "new" / "folder")
    assert (first["process"], first["minichannels-journal"]) == ("web-1", 1)
    assert (lane["lane"], lane["application"]) == (1, "a")
    assert event == {
        "kind": "deliver",
        "lane": 1,
        "type": "t",
        "payload": {"n": 1},
        "source": "layer",
        "target": 1,
        "at": pytest.approx((entry.at or 0) - entry.lane.start, abs=1e-6),
        "id": entry.id,
    }
    file.close()
    assert lines(tmp_path / "new" / "folder")[-1] == {"end": True}


@pytest.mark.parametrize(
    "payload",
    [{"bytes": b"\xff"}, {"dict": {"dict": 1}}, {"float": float("inf")}],
)
def test_a_payload_of_one_value_is_read_as_it_was(
    begin: Begin, journal: Journal, tmp_path: Path, payload: dict[str, Any]
) -> None:
    begin(journal, tmp_path)
    lane = journal.named_lane("a")
    journal.add(Entry("deliver", lane, "t", payload, "layer", lane))

    (event,) = Flow.merge(tmp_path)

    assert event.payload == payload


def test_what_becomes_known_later_is_appended(
    begin: Begin, journal: Journal, tmp_path: Path
) -> None:
    begin(journal, tmp_path)
    entry = add(journal)
    entry.handler = "make"
    entry.lane.application = "Pictures#1"
    journal.changed()
    journal.changed()

    lane, event = lines(tmp_path)[3:]
    assert lane["application"] == "Pictures#1"
    assert event["handler"] == "make"
    assert "payload" not in event


def test_what_waits_is_looked_at_for_as_long_as_it_does(
    begin: Begin,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin(journal, tmp_path)
    entry = add(journal, status="waiting", waiting=1)
    early = add(journal, "b")
    for _ in range(writing.WATCHED):
        add(journal, "c")
    mark_read(entry, journal)
    early.handler = "too late"
    journal.changed()

    assert [line["id"] for line in lines(tmp_path) if "id" in line][-1] == (
        entry.id
    )
    assert lines(tmp_path)[-1].get("status") is None  # that is: delivered


def test_only_so_many_that_wait_are_looked_at(
    begin: Begin,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "KEPT", 2)
    begin(journal, tmp_path)
    waiting = [add(journal, f"lane {n}", status="waiting") for n in range(40)]
    before = len(lines(tmp_path))
    for entry in (waiting[0], waiting[-1]):
        mark_read(entry, journal)

    assert [line.get("id") for line in lines(tmp_path)[before:]] == [
        waiting[-1].id
    ]


def test_a_message_that_is_read_at_once_is_forgotten(
    begin: Begin, journal: Journal, tmp_path: Path
) -> None:
    file = begin(journal, tmp_path)
    entry = add(journal)
    mark_waiting(entry, 1, 2)
    journal.changed()
    mark_read(entry, journal)
    for _ in range(writing.WATCHED + 1):
        add(journal)
    file.close()

    flow = Flow.from_json((tmp_path / "web-1.jsonl").read_bytes())
    assert {event.status for event in flow} == {"delivered"}


def test_what_did_not_happen_is_taken_back(
    begin: Begin, journal: Journal, tmp_path: Path
) -> None:
    begin(journal, tmp_path)
    entry = add(journal)
    journal.take_back({entry})

    assert lines(tmp_path)[-1] == {"back": [entry.id]}
    assert len(Flow.from_json((tmp_path / "web-1.jsonl").read_bytes())) == 0


def test_channels_are_named(
    begin: Begin, journal: Journal, tmp_path: Path
) -> None:
    begin(journal, tmp_path)
    lane = journal.open_lane("ada", "Chat#1")
    journal.channels.note("a.b!c", lane)
    journal.channels.note("a.b!d", "channel#1")

    known, *channels = lines(tmp_path)[1:]
    assert known["client"] == "ada"
    assert channels == [
        {"channel": "a.b!c", "who": 1},
        {"channel": "a.b!d", "who": "channel#1"},
    ]


def test_each_life_of_a_process_has_a_file_of_its_own(
    begin: Begin, tmp_path: Path
) -> None:
    for _ in range(2):  # the first one may still be there, by mistake
        journal = Journal()
        begin(journal, tmp_path)
        add(journal)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "web-1.2.jsonl",
        "web-1.jsonl",
    ]
    flow = Flow.merge(tmp_path)
    assert [event.target for event in flow] == ["a@web-1", "a@web-1(2)"]


def test_a_disk_that_is_full_troubles_nobody(
    begin: Begin,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = begin(journal, tmp_path)

    def full(self: FileIO, text: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(
            file, "_file", Full((tmp_path / "web-1.jsonl").open("ab"))
        )
        add(journal)
        add(journal)
    file.close()

    assert len(journal) == 2
    (said,) = caplog.messages
    assert said.endswith(
        "web-1.jsonl: No space left on device; nothing more is written there"
    )


def test_a_disk_that_takes_a_part_gets_the_rest(
    begin: Begin, journal: Journal, tmp_path: Path
) -> None:
    file = begin(journal, tmp_path)
    path = tmp_path / "web-1.jsonl"
    file._file.close()

    file._file = Slow(path, "ab")
    add(journal, "a")
    add(journal, "b")
    file.close()

    assert lines(tmp_path)[-1] == {"end": True}
    assert [event.target for event in Flow.merge(path)] == ["a", "b"]


class Slow(FileIO):
    """Takes so little at once as a disk may that has no more room."""

    def write(self, text: Any) -> int:
        return super().write(text[:7])


class Full:
    def __init__(self, file: Any) -> None:
        self._file = file

    closed = False

    def write(self, text: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        self.closed = True
        self._file.close()


def test_many_lanes_take_no_more_room_than_a_journal(
    begin: Begin,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "KEPT", 2)
    begin(journal, tmp_path)
    for name in ("a", "b", "c", "a"):
        add(journal, name)

    told = [line["application"] for line in lines(tmp_path) if "former" in line]
    assert told == ["a", "b", "c", "a"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_process_that_was_forked_writes_nothing(tmp_path: Path) -> None:
    program = """if True:
        import os, sys
        from pathlib import Path
        from minichannels.flow import Journal
        from minichannels.flow.journal.events import Entry
        from minichannels.flow.processes.writing import JournalFile
        journal = Journal()
        file = JournalFile(journal, Path(sys.argv[1]), "web-1")
        child = os.fork()
        lane = journal.named_lane("parent" if child else "child")
        journal.add(Entry("send", lane, "t", {}))
        if child:
            os.waitpid(child, 0)
        file.close()
    """
    subprocess.run(
        [sys.executable, "-c", program, tmp_path], timeout=60, check=True
    )

    _, lane, _, end = lines(tmp_path)
    assert lane["application"] == "parent"
    assert end == {"end": True}


def test_a_file_whose_beginning_is_interrupted_is_not_written(
    tmp_path: Path,
) -> None:
    class Interrupted(Journal):
        def watch(self, watcher: Callable[[], None]) -> None:
            super().watch(watcher)
            raise KeyboardInterrupt

    journal = Interrupted()

    with pytest.raises(KeyboardInterrupt) as kept:
        JournalFile(journal, tmp_path, "web-1")

    assert (journal.log, journal.watchers) == (None, ())
    # Nobody holds it, though a notebook keeps what was at work, as this does.
    assert kept.traceback
    assert not is_held(tmp_path / "web-1.jsonl")
