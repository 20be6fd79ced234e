"""A journal in a file, written while things happen.

How it works: the journal tells its file what is added and what is taken back.
Whenever something has changed, the file looks which of its latest events, and
of those that wait or are handled, are known better now. All of it is appended
in one call to the system: a process that is killed loses nothing of what was
handed over.

A process that is forked from one that writes has the same file, and does not
write: what it did would be taken for what the other one does.

Rule 1: a file that cannot be written any more troubles nobody but the log.
"""

import errno
import logging
import os
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

from minichannels.flow.journal.cause_key import TOKEN
from minichannels.flow.journal.events import Entry, Lane, Who
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.private import behind, opener
from minichannels.flow.processes.holding import hold, is_held
from minichannels.flow.processes.lines import (
    MARK,
    VERSION,
    Line,
    of_channel,
    of_entry,
    of_lane,
    text_of,
)
from minichannels.flow.processes.naming import require_process_name
from minichannels.layers.forking import new_lock

logger = logging.getLogger("minichannels")

JOURNAL = ".jsonl"
"""How the name of such a file ends."""

ALONE = "flow"
"""What a process is called that is none of several."""

WATCHED = 30
"""Of how many of the latest events it is looked what has become known."""


class JournalFile:
    """Writes a journal into a file, until it is closed.

    Args:
        journal: what to write; nothing has happened in it yet.
        path: where: the file, which is replaced. Of one of several processes
            the folder; it is made if need be, and what a process of this name
            has written there before stays.
        process: the name of this process, if it is one of several.

    Attributes:
        joins: whether it is one of several.

    Raises:
        ValueError: it is no name.
        OSError: it cannot be written there.
    """

    def __init__(
        self, journal: Journal, path: Path, process: str | None = None
    ) -> None:
        self.joins = process is not None
        name = ALONE if process is None else require_process_name(process)
        self._journal = journal
        self._writes = os.getpid()
        self._lock = new_lock()
        self._lanes: OrderedDict[int, Line] = OrderedDict()
        self._recent: deque[Entry] = deque(maxlen=WATCHED)
        self._waiting: dict[Entry, None] = {}
        self._told: dict[Entry, tuple[object, ...]] = {}
        made = _among_others(path, name) if self.joins else _alone(path)
        self._path, self._file = made
        try:
            self._begin(name)
        except BaseException:
            self._file.close()  # first: nothing is written any more
            self.close()
            raise

    def _begin(self, name: str) -> None:
        """Write who this is, and from now on whatever happens."""
        journal = self._journal
        hold(self._file)
        first = {"process": name, "token": TOKEN, "began": journal.began}
        self._write([{MARK: VERSION, **first}])
        journal.log = journal.channels.log = self
        journal.watch(self.look)

    def close(self) -> None:
        """Write what is not written yet, and that this is all."""
        self._journal.unwatch(self.look)
        self._journal.log = self._journal.channels.log = None
        self.look()
        with self._lock:
            self._write([{"end": True}])
            self._file.close()

    # What the journal tells

    def added(self, entries: Iterable[Entry]) -> None:
        """Write events."""
        with self._lock:
            lines: list[Line] = []
            for entry in entries:
                lines += self._lanes_of(entry)
                lines.append(of_entry(entry, new=True))
                self._watch(entry)
            self._write(lines)

    def took_back(self, entries: Iterable[Entry]) -> None:
        """Write that some events did not happen."""
        with self._lock:
            self._write([{"back": sorted(entry.id for entry in entries)}])

    def named(self, channel: str, who: Who) -> None:
        """Write what a channel is called."""
        with self._lock:
            lane = [self._lane(who)] if isinstance(who, Lane) else []
            self._write([*filter(None, lane), of_channel(channel, who)])

    def look(self) -> None:
        """Write what has become known of events that are written."""
        with self._lock:
            lines: list[Line] = []
            done = [e for e in self._waiting if not _goes_on(e)]
            for entry in dict.fromkeys([*self._recent, *done]):
                told = _known(entry)
                if told != self._told.get(entry):
                    self._told[entry] = told
                    lines += self._lanes_of(entry)
                    lines.append(of_entry(entry, new=False))
            for entry in done:
                self._forget(entry)
            self._write(lines)

    # What is written

    def _watch(self, entry: Entry) -> None:
        """Look at an event again, for a while."""
        if len(self._recent) == WATCHED:
            oldest = self._recent.popleft()
            if _goes_on(oldest):
                self._waiting[oldest] = None
            else:
                del self._told[oldest]
            if len(self._waiting) > KEPT:
                self._forget(next(iter(self._waiting)))
        self._recent.append(entry)
        self._told[entry] = _known(entry)

    def _forget(self, entry: Entry) -> None:
        """Look no more whether it goes on."""
        del self._waiting[entry]
        del self._told[entry]

    def _lanes_of(self, entry: Entry) -> Iterator[Line]:
        """Yield the lines of lanes that are new, or have another name now."""
        for who in (entry.lane, entry.source, entry.target, entry.member):
            if isinstance(who, Lane) and (line := self._lane(who)):
                yield line

    def _lane(self, lane: Lane) -> Line | None:
        line = of_lane(lane)
        if self._lanes.get(lane.number) == line:
            return None
        self._lanes[lane.number] = line
        if len(self._lanes) > KEPT:
            self._lanes.popitem(last=False)
        return line

    def _write(self, lines: Iterable[Line]) -> None:
        text = text_of(lines)
        # In one that was forked, others have the same numbers and names.
        if not text or self._file.closed or os.getpid() != self._writes:
            return
        try:
            while text:  # of a disk that is nearly full, it takes a part
                text = text[self._file.write(text) :]
        except OSError as error:
            self._file.close()
            self._journal.unwritten = str(error.strerror)
            logger.warning(
                "%s: %s; nothing more is written there",
                self._path,
                error.strerror,
            )


def _goes_on(entry: Entry) -> bool:
    """Return whether a message waits, or its handler runs."""
    return entry.status == "waiting" or (entry.begun and entry.ran is None)


def _known(entry: Entry) -> tuple[object, ...]:
    """Return all of an event that may become known better."""
    return *entry.changeable(), entry.ran, entry.waited


def _alone(path: Path) -> tuple[Path, FileIO]:
    """Return a new file, in the place of a former one."""
    path = behind(path)
    if path.exists() and is_held(path):
        raise OSError(errno.EBUSY, "another process writes it", str(path))
    path.unlink(missing_ok=True)
    return path, _new(path)


def _among_others(folder: Path, name: str) -> tuple[Path, FileIO]:
    """Return a new file: each life of a process has its own."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        again = "" if number == 1 else f".{number}"
        path = folder / f"{name}{again}{JOURNAL}"
        try:
            return path, _new(path)
        except FileExistsError:
            number += 1


def _new(path: Path) -> FileIO:
    return open(path, "xb", buffering=0, opener=opener)
