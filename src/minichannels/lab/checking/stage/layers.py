"""The channel layer of a check, and what tells it from others.

A check has a layer of its own. Learner's code that calls another one, such as
the notebook's ``layer``, would send to nobody: it gets :class:`OtherLayer`.
"""

import asyncio
import functools
import marshal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.exceptions import Explained
from minichannels.flow.afterwards import afterwards
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import InMemoryChannelLayer, channel_layers

PLAYED: ContextVar[InMemoryChannelLayer | None] = ContextVar(
    "PLAYED", default=None
)
"""The layer of the check that this code is played in."""

_METHODS = ("send", "receive", "group_send", "group_add", "group_discard")
_TURN = 0.01

_PLAYING = threading.Lock()


def alone() -> AbstractContextManager[bool]:
    """Return what to hold while a scenario is played: one is at a time.

    It is the lock itself. An interrupt may come between any two steps of
    Python's own code, and would leave one that nobody releases.

    Raises:
        RuntimeError: somebody has it.
    """
    if _PLAYING.locked():
        raise RuntimeError(
            "another check is running; wait for its message, then run"
            " this cell again"
        )
    return _PLAYING


class OtherLayer(Explained, RuntimeError):
    """Learner's code uses a layer that is not the check's."""


class StageLayer(InMemoryChannelLayer):
    """A layer as over a network: calls can take their time, all is a copy.

    Attributes:
        far: whether they do.
        answers_late: whether a sender goes on only when a group's members may
            have its message.
    """

    far = False
    answers_late = False

    def __getattr__(self, name: str) -> Any:
        # A learner has not seen the name of this class.
        raise AttributeError(
            f"the channel layer has no attribute {name!r}", name=name, obj=self
        )

    def __repr__(self) -> str:
        return "<the channel layer of this check>"

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Send to a channel, after a while if it is far."""
        await self._way()
        await super().send(channel, message)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to a group, after a while if it is far."""
        await self._way()
        await super().group_send(group, message)
        if self.answers_late:
            await self._way()

    async def receive(self, channel: str) -> dict[str, Any]:
        """Take a message of which no part is what was sent, not even a text.

        What is compared by ``is`` works in memory, and fails on a server.
        """
        message = await super().receive(channel)
        copy: dict[str, Any] = marshal.loads(marshal.dumps(message))
        return copy

    async def group_add(self, group: str, channel: str) -> None:
        """Add a member, after a while if it is far."""
        await self._way()
        await super().group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """End a membership, after a while if it is far."""
        await self._way()
        await super().group_discard(group, channel)

    async def _way(self) -> None:
        # Others have their turn in any case, such as who reads a mailbox.
        await asyncio.sleep(_TURN if self.far else 0)


@contextmanager
def in_place(layer: RecordedLayer) -> Iterator[None]:
    """Have a layer be the default one of this process, for a while."""
    former = channel_layers.backends.get(DEFAULT_CHANNEL_LAYER)

    def put_back() -> None:
        layer._minichannels_unwatch()
        channel_layers.set(DEFAULT_CHANNEL_LAYER, former)

    with afterwards(put_back), others_refused():
        channel_layers.set(DEFAULT_CHANNEL_LAYER, layer)
        yield


@contextmanager
def others_refused() -> Iterator[None]:
    """Have all layers but the check's refuse what is played, for a while."""
    # The one place that replaces methods. No observer could do it: it belongs
    # to one layer, of which it is told what got lost, and the wrong layer may
    # be any, even one that the learner's code makes while it is played.
    methods = {name: getattr(InMemoryChannelLayer, name) for name in _METHODS}

    def put_back() -> None:
        for name, method in methods.items():
            setattr(InMemoryChannelLayer, name, method)

    with afterwards(put_back):
        for name, method in methods.items():
            setattr(InMemoryChannelLayer, name, _refusing(method))
        yield


def _refusing(method: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def refusing(self: Any, *args: Any, **values: Any) -> Any:
        if PLAYED.get() not in (None, self):
            raise OtherLayer(
                f"{method.__name__}() of a layer that is not the check's"
            )
        return await method(self, *args, **values)

    return refusing
