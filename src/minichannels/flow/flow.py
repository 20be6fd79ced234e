"""A flow: a journal as its reader sees it.

In a notebook a flow shows itself as a figure; ``print(flow)`` gives the same
as text. Whatever is asked of it is worked out from the line-up of its events.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minichannels.flow.diff import Diff, comparable
from minichannels.flow.figure import Figure
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.serializing import read, untimed, written
from minichannels.flow.live.feed import Feed
from minichannels.flow.parts import causes, having, until
from minichannels.flow.pictures import drawn, table, threads, times
from minichannels.flow.private import write_text
from minichannels.flow.processes.joining import began, joined
from minichannels.flow.processes.lives import ProcessLife
from minichannels.flow.processes.reading import (
    is_journal,
    life_at,
    life_in,
    lives_in,
)
from minichannels.flow.processes.writing import JOURNAL
from minichannels.flow.text.har import har
from minichannels.flow.text.mermaid import mermaid
from minichannels.flow.text.table import as_text

if TYPE_CHECKING:
    from minichannels.flow.live.widget import Live


class Flow:
    """What moved, event by event; ``print(flow)`` shows it as text.

    Args:
        journal: where the events are (the flow follows it as it grows), or
            the events themselves.
        left_out: how many events came before those.
        whole: all events, if those are a part of them: a picture then shows
            what had begun before.
        began: when the recording began, in seconds since 1970, if known.

    Raises:
        TypeError: these are no events.
    """

    def __init__(
        self,
        journal: Journal | Sequence[Event],
        left_out: int = 0,
        whole: Sequence[Event] = (),
        began: float | None = None,
    ) -> None:
        self._journal = journal if isinstance(journal, Journal) else None
        self._events = () if isinstance(journal, Journal) else _events(journal)
        self._left_out = left_out
        self._whole = whole
        self._began = began

    @property
    def events(self) -> tuple[Event, ...]:
        """The events so far, in their canonical order."""
        if self._journal is not None:
            return self._journal.line_up()
        return self._events

    @property
    def journal(self) -> Journal | None:
        """Where the events are, if more may come."""
        return self._journal

    @property
    def left_out(self) -> int:
        """How many older events are not kept any more."""
        return self._journal.left_out if self._journal else self._left_out

    @property
    def began(self) -> float | None:
        """When the recording began, in seconds since 1970, if known."""
        return self._journal.began if self._journal else self._began

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        """Two flows are equal if they show the same, event by event."""
        if not isinstance(other, Flow):
            return NotImplemented
        return comparable(self.events) == comparable(other.events)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __repr__(self) -> str:
        return as_text(self.events, self.left_out)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> Mapping[str, str]:
        return self.lanes()._repr_mimebundle_()

    # Pictures

    def lanes(self) -> Figure:
        """Return who sent what to whom, in order."""
        return self._figure("lanes", self.events)

    def mailboxes(self) -> Figure:
        """Return what waited in each mailbox, was read or lost."""
        return self._figure("mailboxes", self.events)

    def topology(self, at: int | None = None) -> Figure:
        """Return who was connected to whom, and in which groups.

        Args:
            at: the number of the event after which; the last by default.

        Raises:
            ValueError: there is no event of that number.
        """
        events = self.events
        shown = events if at is None else until(events, at)
        return self._figure("topology", shown)

    def threads(self) -> Figure:
        """Return which handlers ran at the same time, and on which threads.

        Consumers of minichannels tell of theirs; others do not, and neither
        does a flow that was read from JSON, which is the same in every run.
        """
        return threads(self.events, self.left_out)

    def live(self) -> "Live":
        """Return the live view: it follows, plays, steps and says why.

        Raises:
            ImportError: anywidget is not installed.
        """
        try:
            from minichannels.flow.live.widget import Live
        except ImportError as error:
            raise ImportError(
                f"the live view needs {error.name}; run"
                ' pip install "minichannels[lab]"'
            ) from error
        return Live(
            Feed(self.events if self._journal is None else self._journal)
        )

    def _figure(self, name: str, events: Sequence[Event]) -> Figure:
        return drawn(name, events, self.left_out, self._whole)

    def table(self, *, times: bool = True) -> Figure:
        """Return all events as a table.

        Args:
            times: whether it says when each was, how long nothing had happened
                before, and what took how long; as far as that is known.
        """
        since = self.began if times else None
        return table(self.events, self.left_out, since)

    def times(self) -> Figure:
        """Return how long it took, for each type of event.

        An answer is measured from the event that it answers, a message from
        its sending to its reading, a handler from its beginning to its end.
        """
        return times(self.events)

    def mermaid(self) -> str:
        """Return a sequence diagram in Mermaid's language."""
        return mermaid(self.events, self.left_out)

    def save(self, path: str | Path) -> None:
        """Save the lanes as ``.svg``, all events as ``.json`` or ``.txt``.

        ``.har`` has HTTP exchanges and WebSockets, for other tools. The file
        is for its owner alone to read: it tells what was said.

        Raises:
            ValueError: the name ends otherwise.
        """
        path = Path(path)
        contents: dict[str, Callable[[], str]] = {
            ".svg": lambda: self.lanes().svg,
            ".json": lambda: self.to_json(times=True),
            ".txt": lambda: f"{self!r}\n",
            ".har": lambda: har(self.events, self.began),
        }
        if path.suffix not in contents:
            raise ValueError(
                f"cannot save as {path.name!r}; the name ends in"
                f" {', '.join(map(repr, contents))}"
            )
        write_text(path, contents[path.suffix]())

    # Parts

    def filter(
        self,
        *,
        client: str | None = None,
        group: str | None = None,
        type: str | None = None,
    ) -> "Flow":
        """Return the flow of some events; their numbers stay as they are.

        Args:
            client: only what its connections did, and got.
            group: only what concerns the group.
            type: only messages of this type.

        Raises:
            ValueError: no event has such a value; says which there are.
        """
        events = self.events
        whole = self._whole or events
        wanted = {"client": client, "group": group, "type": type}
        for field, value in wanted.items():
            if value is not None:
                events = having(events, field, value)
        return Flow(events, self.left_out, whole, self.began)

    def why(self, seq: int) -> "Flow":
        """Return the chain of causes that led to an event.

        It begins with the first one that is in this flow.

        Args:
            seq: the event's number.

        Raises:
            ValueError: there is no event of that number.
        """
        events = self.events
        part = causes(events, seq)
        return Flow(part, whole=self._whole or events, began=self.began)

    def diff(self, other: "Flow") -> Diff:
        """Compare with another flow: where is their first difference?

        Raises:
            TypeError: the other one is no flow.
        """
        if not isinstance(other, Flow):
            raise TypeError(
                "diff() compares with another flow, such as server.flow, not"
                f" with {other!r:.60}"
            )
        return Diff(self.events, other.events)

    # As data

    def to_json(self, *, times: bool = False) -> str:
        """Return all events as JSON; :meth:`from_json` reads it.

        Args:
            times: whether with their times, which differ from run to run;
                what :meth:`save` writes has them.
        """
        if times:
            return written(self.events, self.left_out, self.began)
        return written(list(map(untimed, self.events)), self.left_out)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Flow":
        """Return the flow that ``to_json()`` was called on.

        Args:
            text: what ``to_json()`` returned, or the text of a file that
                ``save()`` wrote; or the journal of a process, as far as it
                was written.

        Raises:
            TypeError: it is no text at all.
            ValueError: the text is not such a flow.
        """
        if not isinstance(text, str | bytes):
            raise TypeError(
                "the JSON of a flow is a text, such as that of"
                f" Path('flow.json').read_text(), not {text!r}"
            )
        try:
            if is_journal(text):
                return cls._joined([life_in(text)], named=False)
            events, left_out, since = read(text)
            return cls(events, left_out, began=since)
        except ValueError as error:
            raise ValueError(
                f"this is not the JSON of a flow ({error}); it is what"
                " flow.to_json() returns, or the text of a file that"
                " flow.save('….json') wrote"
            ) from None

    @classmethod
    def merge(cls, folder: str | Path) -> "Flow":
        """Return the flow of several processes, joined from their journals.

        Args:
            folder: where they are, as ``record --as NAME --save FOLDER``
                writes them; or a single journal, as of ``--save flow.jsonl``.
                What is on its way while processes go on is undelivered so
                far.

        Raises:
            ValueError: there is no journal, or one is damaged.
            OSError: one cannot be read.
        """
        path = Path(folder)
        # Of what is not there, the name says what it would be.
        if path.is_dir() or not (path.exists() or path.suffix == JOURNAL):
            return cls._joined(lives_in(path), named=True)
        return cls._joined([life_at(path)], named=False)

    @classmethod
    def _joined(cls, lives: Sequence[ProcessLife], named: bool) -> "Flow":
        return cls(*joined(lives, named=named), began=began(lives))


def _events(given: Any) -> tuple[Event, ...]:
    """Return events as they were given.

    Raises:
        TypeError: there is something else among them.
    """
    events = tuple(given) if isinstance(given, Iterable) else (given,)
    for event in events:
        if not isinstance(event, Event):
            raise TypeError(
                f"a flow is made of events, not of {given!r:.60}; what was"
                " saved is read by Flow.from_json(text) or Flow.merge(folder)"
            )
    return events
