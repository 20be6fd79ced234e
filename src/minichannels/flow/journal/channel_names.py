"""Channels' names in what moved, as a reader of the flow knows them.

How it works: a channel's own name ends in random letters, and code writes it
into messages ("answer to this one"), an error into its text. Where the flow
calls that mailbox ``PostConsumer#2`` or ``channel#1``, these words stand in an
event's payload, too, so that it is the same in every run, and says whose
mailbox is meant. What the journal keeps is what was sent: the name is replaced
when an event is made of it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

from minichannels.flow.journal.events import Event, Lane, Who, name_of

# What is random in a name: what follows the mark that comes before it.
_RANDOM = re.compile("!([A-Za-z0-9]+)")


class NamesLog(Protocol):
    """What follows the names of channels."""

    def named(self, channel: str, who: Who) -> None:
        """Note what a channel is called."""
        ...


class ChannelNames:
    """The names of channels, and what a flow calls them.

    Args:
        kept: how many to remember, the latest.

    Attributes:
        log: is told of each name, if there is one.
    """

    def __init__(self, kept: int) -> None:
        self.log: NamesLog | None = None
        self._kept = kept
        # By the random part, for that is quickly found in a text.
        self._known: dict[str, dict[str, Who]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[tuple[str, Who]]:
        """Yield each channel, and what it is called."""
        for random, channels in list(self._known.items()):
            for before, who in list(channels.items()):
                yield f"{before}!{random}", who

    def note(self, channel: str, who: Who) -> None:
        """Note who reads a channel, or which number it has instead.

        The first consumer counts: what comes for it later, when it is gone,
        goes into a mailbox of another name.
        """
        found = _RANDOM.search(channel)
        if found is None or found.end() < len(channel):
            return  # a name that somebody has chosen
        channels = self._known.setdefault(found[1], {})
        before = channel[: found.start()]
        if not isinstance(channels.get(before), Lane):
            channels[before] = who
            if self.log is not None:
                self.log.named(channel, who)
        if len(self._known) > self._kept:
            del self._known[next(iter(self._known))]

    def named(self, event: Event) -> Event:
        """Return an event in which each known channel has its flow's name."""
        payload = self._within(event.payload) if self._known else event.payload
        if payload is event.payload:
            return event
        return replace(event, payload=payload)

    def _within(self, value: Any) -> Any:
        """Return a value with the names in it; itself if there are none."""
        if isinstance(value, str):
            return self._in_text(value) if "!" in value else value
        if isinstance(value, bytes):
            return self._in_bytes(value) if b"!" in value else value
        if isinstance(value, list):
            items = [self._within(item) for item in value]
            return value if items == value else items
        if isinstance(value, dict):
            return self._in_dict(value)
        return value

    def _in_text(self, text: str) -> str:
        pieces: list[str] = []
        done = 0
        for found in _RANDOM.finditer(text):
            for before, who in self._known.get(found[1], {}).items():
                if text.endswith(before, done, found.start()):
                    start = found.start() - len(before)
                    pieces += text[done:start], name_of(who)
                    done = found.end()
        return "".join((*pieces, text[done:])) if pieces else text

    def _in_bytes(self, value: bytes) -> bytes:
        text = value.decode("latin-1")
        named = self._in_text(text)
        if named is text:
            return value
        return named.encode("latin-1", "backslashreplace")

    def _in_dict(self, values: dict[str, Any]) -> dict[str, Any]:
        items = [self._within(item) for item in values.values()]
        keys = [self._within(key) for key in values]
        if items == [*values.values()] and keys == [*values]:
            return values
        if len(set(keys)) < len(keys):  # one consumer may have two channels
            keys = list(values)
        return dict(zip(keys, items, strict=True))
