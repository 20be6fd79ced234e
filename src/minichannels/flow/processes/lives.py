"""What the lines of a journal tell: one life of a process.

How it works: what a line says is what the journal held. Each value is looked at
when it comes.

Rule 1: whoever reads a file may have got it from anybody: what does not fit is
an error here, and not later in a drawing.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from minichannels.flow.journal.cause_key import key_of
from minichannels.flow.journal.events import Entry, Heads, Lane, Who
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.serializing import TIMES, is_time, payload_of
from minichannels.flow.processes.lines import CHANGING, MARK, VERSION, Line
from minichannels.flow.processes.naming import require_process_name

_HEADS = tuple(field.name for field in fields(Heads))


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


class LifeReader:
    """Takes in the lines of one life.

    A journal that is read has the same bounds as one that is written.

    Args:
        first: the first line.

    Attributes:
        life: what the lines told so far.

    Raises:
        ValueError: it is not how a journal begins.
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
        self.life.entries = {
            n: e for n, e in entries.items() if not e.forgotten
        }

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
        for name in ("client", "application", "former", "user"):
            setattr(lane, name, _text(name, line.get(name, "")))
        lane.mailbox = line.get("mailbox") is True
        if heads := {n: _text(n, line[n]) for n in _HEADS if n in line}:
            lane.heads = Heads(**heads)

    def _take_entry(self, line: Line) -> None:
        number, entries = _number("id", line["id"]), self.life.entries
        values = self._known(line)
        lane = self._who("lane", line.get("lane"))
        if not isinstance(lane, Lane):
            raise _misfit("lane", lane)
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
        entry = Entry(kind, lane, type_, payload)
        entry.id = number
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


def _misfit(name: str, value: Any) -> ValueError:
    return ValueError(f"{name!r} cannot be {repr(value)[:40]}")


def _payload(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _misfit("payload", value)
    return payload_of(value)


def _number(name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise _misfit(name, value)
    return value


def _time(line: Line, name: str) -> float | None:
    value: float | None = line.get(name)
    if value is not None and not is_time(value):
        raise _misfit(name, value)
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _misfit(name, value)
    return value


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _misfit(name, value)
    return value
