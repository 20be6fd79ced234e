import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.journal.events import Entry
from minichannels.flow.processes import lives, reading
from minichannels.flow.processes.reading import life_in, lives_in
from minichannels.flow.processes.writing import JournalFile

FIRST = {"minichannels-journal": 1, "process": "web-1", "token": "a"}
LANE = {"lane": 1, "client": "ada", "application": "Chat#1"}
EVENT = {
    "id": 1,
    "kind": "receive",
    "lane": 1,
    "type": "websocket.receive",
    "payload": {"text": "hi", "bytes": {"bytes": "00ff"}},
    "source": 1,
}


def written(*lines: Any) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def test_a_journal_is_read_up_to_its_last_whole_event() -> None:
    head = written(FIRST, LANE)
    whole = [written(EVENT | {"id": number}) for number in (1, 2)]
    text = head + "".join(whole)

    for cut in range(len(head), len(text)):
        # Without its line's end an event is whole, too.
        ends = [len(head + whole[0]) - 1, len(text) - 1]
        events = Flow.from_json(text[:cut]).events
        assert len(events) == sum(cut >= end for end in ends)
    (event, _) = Flow.from_json(text)
    assert event.payload == {"text": "hi", "bytes": b"\x00\xff"}


def test_a_line_that_is_cut_off_in_the_middle_is_an_error() -> None:
    text = written(FIRST, LANE) + '{"id":\n' + written(EVENT)

    with pytest.raises(ValueError, match="line 3: it is no JSON object"):
        life_in(text)


@pytest.mark.parametrize("line", [7, [], None, "a", [[[[[]]]]]])
def test_a_line_that_is_no_object_is_an_error(line: Any) -> None:
    with pytest.raises(ValueError, match="line 2: it is no JSON object"):
        life_in(written(FIRST, line, LANE))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([LANE], "line 1: there is no 'minichannels-journal' in it"),
        ([FIRST | {"minichannels-journal": 2}], "line 1: its version is 2"),
        ([FIRST | {"token": 7}], "line 1: its version is 1"),
        ([FIRST | {"process": "../x"}], "line 1: a process cannot be called"),
        ([FIRST, EVENT], "line 2: 'source' cannot be 1: no such lane"),
        ([FIRST, LANE | {"lane": -1}], "line 2: 'lane' cannot be -1"),
        ([FIRST, LANE | {"client": 3}], "line 2: 'client' cannot be 3"),
        ([FIRST, LANE, EVENT | {"id": True}], "'id' cannot be True"),
        ([FIRST, LANE, EVENT | {"lane": "a"}], "'lane' cannot be 'a'"),
        ([FIRST, LANE, EVENT | {"kind": "x"}], "there is no kind of event"),
        ([FIRST, LANE, EVENT | {"kind": []}], "'kind' cannot be"),
        ([FIRST, LANE, EVENT | {"type": None}], "'type' cannot be None"),
        ([FIRST, LANE, EVENT | {"payload": 7}], "'payload' cannot be 7"),
        ([FIRST, LANE, EVENT | {"payload": None}], "'payload' cannot be None"),
        ([FIRST, LANE, EVENT | {"cause": "a"}], "'cause' cannot be 'a'"),
        ([FIRST, LANE, EVENT | {"cause": 2**60}], "'cause' cannot be 11529"),
        ([FIRST, LANE, EVENT | {"status": 1}], "'status' cannot be 1"),
        ([FIRST, LANE, EVENT | {"member": 9}], "'member' cannot be 9: no such"),
        ([FIRST, LANE, EVENT | {"origin": 9}], "'origin' cannot be 9"),
        ([FIRST, LANE, EVENT | {"act": -9}], "'act' cannot be -9"),
        ([FIRST, {"channel": 7, "who": "a"}], "'channel' cannot be 7"),
        ([FIRST, {"channel": "a!b"}], "'who' cannot be None"),
        ([FIRST, {"back": 7}], "'back' cannot be 7"),
        ([FIRST, {"back": ["a"]}], "'back' cannot be 'a'"),
    ],
)
def test_what_does_not_fit_is_an_error(lines: list[Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("(", r"\(")):
        life_in(written(*lines))


def test_from_json_says_what_is_wrong_with_a_journal() -> None:
    with pytest.raises(ValueError, match="line 2: 'lane' cannot be -1"):
        Flow.from_json(written(FIRST, LANE | {"lane": -1}))


def test_what_becomes_known_replaces_what_was_known() -> None:
    text = written(
        FIRST,
        LANE,
        EVENT | {"status": "unhandled", "reason": "no handler", "ends": True},
        {"id": 1, "lane": 1, "source": 1, "handler": "receive"},
        {"lane": 1, "client": "bob", "application": "Chat#2"},
        {"id": 77, "lane": 1, "source": 1},  # of one that is not kept
        {"end": True},
    )

    (event,) = Flow.from_json(text)
    assert (event.status, event.reason, event.ends) == ("delivered", "", False)
    assert (event.handler, event.client) == ("receive", "bob")


def test_the_oldest_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "KEPT", 2)
    numbers = range(1, 8)
    events = [EVENT | {"id": n, "origin": "b.7", "ends": True} for n in numbers]

    life = life_in(written(FIRST, LANE, *events, {"end": True}))

    assert list(life.entries) == [6, 7]
    assert (life.left_out, life.ended, life.arrived) == (5, True, {"b.7"})


@pytest.mark.parametrize("open_", [True, False])
def test_who_is_connected_is_left_out_when_the_end_has_come(
    monkeypatch: pytest.MonkeyPatch, open_: bool
) -> None:
    monkeypatch.setattr(lives, "KEPT", 4)
    others = LANE | {"lane": 2}
    busy = [
        EVENT | {"id": n, "lane": 2, "source": 2, "kind": "group_send"}
        for n in range(2, 9)
    ]
    end = {"id": 1, "lane": 1, "source": 1, "ends": True}

    life = life_in(
        written(FIRST, LANE, others, EVENT, *busy, *[end] * (not open_))
    )

    assert list(life.entries) == [1 if open_ else 5, 6, 7, 8]


def test_what_is_taken_back_is_not_there() -> None:
    text = written(
        FIRST, LANE, EVENT, EVENT | {"id": 2}, {"back": [2, 77]}, {"end": True}
    )

    assert [event.type for event in Flow.from_json(text)] == [EVENT["type"]]


def test_what_says_that_it_is_its_own_cause_has_none() -> None:
    flow = Flow.from_json(written(FIRST, LANE, EVENT | {"cause": 1}))

    (event,) = Flow.from_json(flow.to_json())
    assert event.cause is None
    assert len(flow.why(1)) == 1


def test_of_a_large_journal_no_more_is_kept_than_of_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "KEPT", 10)
    path = tmp_path / "flow.jsonl"
    ended = EVENT | {"payload": {"text": "x" * 10_000}, "ends": True}
    with path.open("w") as file:
        file.write(written(FIRST, LANE))
        for number in range(1, 2_000):
            file.write(written(ended | {"id": number}))

    tracemalloc.start()
    flow = Flow.merge(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (len(flow), flow.left_out) == (10, 1_989)
    assert most < path.stat().st_size / 4


@pytest.mark.parametrize("end", ["", "\n"])
def test_of_a_large_file_of_others_little_is_read(
    tmp_path: Path, end: str
) -> None:
    path = tmp_path / "film.jsonl"
    path.write_text("x" * 10_000_000 + end)

    tracemalloc.start()
    with pytest.raises(ValueError, match=r"film.jsonl: line 1: there is no"):
        Flow.merge(tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 1_000_000


def test_of_a_line_that_is_just_written_what_is_there_counts() -> None:
    class Growing(io.BytesIO):
        """Has more, once it has been read to its end."""

        more = b'"}\n' + written(EVENT | {"id": 2}).encode()

        def __next__(self) -> bytes:
            if not (line := self.readline()):
                raise StopIteration
            if not line.endswith(b"\n"):
                here = self.tell()
                self.write(self.more)
                self.seek(here)
            return line

    rows = Growing(written(FIRST, LANE, EVENT).encode() + b'{"channel":"a')

    assert list(reading._told(rows).entries) == [1]


def test_journals_of_a_folder_come_in_the_order_of_their_numbers(
    tmp_path: Path,
) -> None:
    for name in ("web-10", "web-2", "api"):
        text = written(FIRST | {"process": name})
        (tmp_path / f"{name}.jsonl").write_text(text)
    (tmp_path / "notes.txt").write_text("no journal")

    names = [life.process for life in lives_in(tmp_path)]
    assert names == ["api", "web-2", "web-10"]
    assert len(Flow.merge(str(tmp_path))) == 0


@pytest.mark.parametrize("folder", ["", "not-there", "flows-1.2"])
def test_a_folder_without_journals_is_an_error(
    tmp_path: Path, folder: str
) -> None:
    with pytest.raises(ValueError, match=r"no journal \(\*\.jsonl\) in"):
        Flow.merge(tmp_path / folder)


def test_a_journal_that_is_not_there_is_not_taken_for_a_folder(
    tmp_path: Path,
) -> None:
    with pytest.raises(FileNotFoundError):
        Flow.merge(tmp_path / "flow.jsonl")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "^nothing is written in it yet"),
        (Flow([]).to_json(), r"^line 1: there is no .*; so it is .* \.json\)"),
        ('{"a": 1}\n', "^line 1: there is no .* in it; so it is no journal"),
        ('["minichannels-journal"]\n', "^line 1: it is no JSON object$"),
        ('{"a":"minichannels-journal"}\n', "^line 1: there is no .* in it$"),
    ],
)
def test_what_is_no_journal_is_said_to_be_none(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "flow.jsonl"
    path.write_text(text)

    with pytest.raises(ValueError, match=why):
        Flow.merge(path)


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "web-1.jsonl").write_text(written(FIRST, {"back": 7}))

    with pytest.raises(ValueError, match=r"web-1\.jsonl: line 2: 'back'"):
        Flow.merge(tmp_path)


def test_an_empty_journal_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "web-1.jsonl").write_text(written(FIRST))
    (tmp_path / "web-2.jsonl").touch()
    (tmp_path / "web-3.jsonl").write_text('{"minichannels-journal":')

    assert [life.process for life in lives_in(tmp_path)] == ["web-1"]


def test_a_journal_without_an_end_was_broken_off_if_nobody_writes_it(
    tmp_path: Path,
) -> None:
    killed = tmp_path / "web-1.jsonl"
    killed.write_text(written(FIRST, LANE, EVENT))
    (tmp_path / "web-2.jsonl").write_text(written(FIRST, {"end": True}))
    file = JournalFile(Journal(), tmp_path, "web-3")

    broken = [life.broken for life in lives_in(tmp_path)]
    file.close()

    assert broken == [True, False, False]
    (event,) = Flow.merge(tmp_path)
    assert event.ends
    (event,) = Flow.from_json(killed.read_text())
    assert not event.ends  # a text does not tell whether it goes on


def test_a_journal_says_who_is_logged_in_once_that_is_known(
    tmp_path: Path,
) -> None:
    journal = Journal()
    file = JournalFile(journal, tmp_path / "flow.jsonl", None)
    lane = journal.open_lane("browser#1", "Chat#1")
    journal.add(Entry("receive", lane, "websocket.connect", {}))
    lane.user = "ada"
    journal.changed()
    file.close()

    text = (tmp_path / "flow.jsonl").read_text(encoding="utf-8")
    assert [event.user for event in Flow.from_json(text)] == ["ada"]
    assert [json.loads(line).get("user") for line in text.splitlines()] == [
        *(None, None, None, "ada", None, None)
    ]
