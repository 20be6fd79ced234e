"""Journals that were written into files, read again.

How it works: a file holds one *life* of a process. It is read line by line, and
what the lines say is what the journal held. Its last line may be cut off:
whoever wrote it was killed.

Rule 1: whoever reads a file may have got it from anybody: what does not fit is
an error here, and not later in a drawing.
"""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minichannels.flow.journal.cause_key import key_of
from minichannels.flow.journal.events import Entry, Lane, Who
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.serializing import TIMES, is_time, payload_of
from minichannels.flow.processes.holding import is_held
from minichannels.flow.processes.lines import CHANGING, MARK, VERSION, Line
from minichannels.flow.processes.naming import require_process_name


@dataclass(slots=True)
class ProcessLife:
    """What happened in one process, from its start to its end.

    Attributes:
        process: its name.
        token: tells it from all others.
        ended: whether it has come to its end.
        broken: whether it never will: its process was killed.
        left_out: how many older events are not kept.
        began: when it began, in seconds since 1970, if that is known.
        entries: what happened, by its number.
        lanes: where, by their numbers.
        channels: what each channel is called.
        arrived: the keys of all that came from other processes.
    """

    process: str
    token: str
    ended: bool = False
    broken: bool = False
    left_out: int = 0
    began: float | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    lanes: dict[int, Lane] = field(default_factory=dict)
    channels: dict[str, Who] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)

    def key(self, number: int) -> str:
        """Return what stands in messages of a send."""
        return key_of(number, self.token)


def is_journal(text: str | bytes) -> bool:
    """Return whether a text may be a journal's."""
    start = text[:100]
    start = start if isinstance(start, str) else start.decode("latin-1")
    return start.startswith(f'{{"{MARK}":')


def lives_in(folder: Path) -> list[ProcessLife]:
    """Return what the journals of a folder tell, in the order of their names.

    Raises:
        ValueError: there is none, or one is damaged.
        OSError: one cannot be read.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl"), key=_in_numbers):
        try:
            found.append(life_at(path))
        except ValueError as error:
            if b"\n" in path.read_bytes():
                raise ValueError(f"{path}: {error}") from None
            # Or nothing is written yet, or ever.
    if not found:
        raise ValueError(
            f"there is no journal (*.jsonl) in {str(folder)!r}; a process"
            " writes one that is recorded with --as NAME --save FOLDER"
        )
    return found


def life_at(path: Path) -> ProcessLife:
    """Return what a journal tells, and whether it was broken off.

    Raises:
        ValueError: it is no journal; says which line does not fit.
        OSError: it cannot be read.
    """
    held = is_held(path)  # first: it may end in the meantime
    life = life_in(path.read_bytes())
    life.broken = not (life.ended or held)
    return life


def _in_numbers(path: Path) -> list[tuple[int, str]]:
    """Return a name in parts: web-2 comes before web-10."""
    parts = re.split(r"(\d+)", path.stem)
    return [(int(p), "") if p.isdecimal() else (0, p) for p in parts]


def life_in(text: str | bytes) -> ProcessLife:
    """Return what a journal tells.

    Raises:
        ValueError: it is no journal; says which line does not fit.
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    first, *rows = text.split(b"\n")
    with _in_line(1):
        reader = _Reader(_line(first))
    for number, row in enumerate(rows[:-1], start=2):
        with _in_line(number):
            reader.take(_line(row))
    with contextlib.suppress(ValueError):  # it may be cut off
        reader.take(_line(b"".join(rows[-1:])))
    return reader.finished()


@contextlib.contextmanager
def _in_line(number: int) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None


def _line(row: bytes) -> Line:
    try:
        line = json.loads(row)
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict):
        raise ValueError("it is no JSON object")
    return line


class _Reader:
    """Takes in the lines of one life.

    A journal that is read has the same bounds as one that is written.
    """

    def __init__(self, first: Line) -> None:
        if MARK not in first:
            raise ValueError(f"there is no {MARK!r} in it")
        version, token = first[MARK], first.get("token")
        if version != VERSION or not isinstance(token, str):
            raise ValueError(
                f"its version is {repr(version)[:40]}, and this minichannels"
                f" reads version {VERSION}"
            )
        name = require_process_name(first.get("process"))
        self.life = ProcessLife(name, token, began=_time(first, "began"))
        self._journal = Journal(KEPT)

    def finished(self) -> ProcessLife:
        """Return what the journal tells, as far as it is kept."""
        self.life.left_out = self._journal.left_out
        self._forget()
        return self.life

    def _forget(self) -> None:
        entries = self.life.entries
        self.life.entries = {n: e for n, e in entries.items() if e.came}

    def take(self, line: Line) -> None:
        """Take in a line.

        Raises:
            ValueError: it does not fit.
        """
        life = self.life
        if "id" in line:
            self._take_entry(line)
        elif "lane" in line:
            self._take_lane(line)
        elif "channel" in line:
            channel = _text("channel", line["channel"])
            life.channels[channel] = self._who("who", line.get("who"))
        elif "back" in line:
            for number in _list("back", line["back"]):
                gone = life.entries.pop(_number("back", number), None)
                self._journal.take_back({gone} if gone else set())
        else:
            life.ended = True

    def _take_lane(self, line: Line) -> None:
        number = _number("lane", line["lane"])
        opened = Lane(number, "", "", open=True)
        lane = self.life.lanes.setdefault(number, opened)
        for name in ("client", "application", "former"):
            setattr(lane, name, _text(name, line.get(name, "")))
        lane.mailbox = line.get("mailbox") is True

    def _take_entry(self, line: Line) -> None:
        number, entries = _number("id", line["id"]), self.life.entries
        values = self._known(line)
        lane = self._who("lane", line.get("lane"))
        if not isinstance(lane, Lane):
            raise ValueError(f"'lane' cannot be {repr(lane)[:40]}")
        is_new = "kind" in line
        if is_new:
            entries[number] = self._new(number, lane, line)
        elif number not in entries:
            return  # it is not kept
        entry = entries[number]
        for name, value in [("lane", lane), *values.items()]:
            setattr(entry, name, value)
        self._keep(entry, is_new)

    def _keep(self, entry: Entry, is_new: bool) -> None:
        if is_new:
            at = entry.at
            self._journal.add(entry)
            entry.at = at  # and not when it was read
        elif entry.ends:
            self._journal.closed(entry.lane)
        if len(self.life.entries) > 2 * KEPT:
            self._forget()

    def _known(self, line: Line) -> dict[str, Any]:
        """Return what a line says of what may change."""
        values = {
            name: self._value(name, line.get(name, default))
            for name, default in CHANGING.items()
        }
        if "payload" in line and "kind" not in line:  # more of a body came
            values["payload"] = _payload(line["payload"])
        return values

    def _new(self, number: int, lane: Lane, line: Line) -> Entry:
        kind, origin = _text("kind", line["kind"]), line.get("origin", "")
        _ = KINDS[kind]  # says if there is none
        type_ = _text("type", line.get("type"))
        payload = _payload(line.get("payload"))
        entry = Entry(kind, lane, type_, payload, id=number)
        entry.act = _number("act", line.get("act", 0))
        entry.origin, entry.at = _text("origin", origin), _time(line, "at")
        self.life.arrived |= {entry.origin} - {""}
        return entry

    def _value(self, name: str, value: Any) -> Any:
        if name in ("source", "target", "member"):
            return self._who(name, value)
        if name in ("cause", "begun_in", "waiting", "capacity"):
            return None if value is None else _number(name, value)
        if name in TIMES:
            return _time({name: value}, name)
        if name == "ends":
            return value is True
        return _text(name, value)

    def _who(self, name: str, value: Any) -> Who:
        if isinstance(value, str):
            return value
        number = _number(name, value)
        if number not in self.life.lanes:
            raise ValueError(f"{name!r} cannot be {number}: no such lane")
        return self.life.lanes[number]


def _payload(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"'payload' cannot be {repr(value)[:40]}")
    return payload_of(value)


def _number(name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"{name!r} cannot be {repr(value)[:40]}")
    return value


def _time(line: Line, name: str) -> float | None:
    value: float | None = line.get(name)
    if value is not None and not is_time(value):
        raise ValueError(f"{name!r} cannot be {repr(value)[:40]}")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name!r} cannot be {repr(value)[:40]}")
    return value


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name!r} cannot be {repr(value)[:40]}")
    return value
