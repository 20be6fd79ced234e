"""The stage: where a scenario is played to a learner's code.

How it works: the learner's application is served in process, and has a channel
layer of its own, recorded too. After each thing that a client does, the stage
waits until nothing is left to do. Then the scenario looks at what came, and at
the journal; :meth:`Stage.require` ends it at the first miss.

Here stands what comes from elsewhere than the web: peers, workers, calls. What
clients do is in ``stage.visiting``, and what is seen in ``stage.watching``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from minichannels.exceptions import type_name
from minichannels.flow.journal.payloads import words as words_of
from minichannels.lab.checking.sandbox.threads import Stopped
from minichannels.lab.checking.stage import scopes
from minichannels.lab.checking.stage.clients import (
    ScenarioClient,
    ScenarioPeer,
)
from minichannels.lab.checking.stage.layers import PLAYED, OtherLayer
from minichannels.lab.checking.stage.miss import (
    Unsolved,
    clear_frames,
    is_second_loop,
)
from minichannels.lab.checking.stage.steps import ScenarioStep, brief
from minichannels.lab.checking.stage.visiting import Visiting
from minichannels.types import ASGIApp


class Stage(Visiting):
    """What a scenario has at hand: what happens, and how it was."""

    def put_on(self, application: ASGIApp) -> None:
        """Take an application; it is called when a client connects."""
        self._application = application
        self._server.put_on(application)

    def put_on_another(self, **initkwargs: Any) -> None:
        """Take one more of the same consumer, which is given other things.

        To what is no consumer nothing can be given: that is the same again.
        """
        kind = getattr(self._application, "consumer_class", None)
        again = (
            self._application if kind is None else kind.as_asgi(**initkwargs)
        )
        self.put_on(again)

    def limit_mailboxes(self, capacity: int) -> None:
        """Let so many messages fit into a mailbox of the layer."""
        self._inner.capacity = capacity

    async def end(self) -> None:
        """Let all clients leave: nobody is there when the next ones come.

        What the application does then is not judged.
        """
        self.look()
        self.draw.heard[:] = self.heard
        await self._server.end()

    async def meet(self, kind: str, peer: str) -> ScenarioPeer:
        """Begin a scope of a protocol beyond the web.

        Args:
            kind: its type: ``aprs``, ``chat`` or ``mqtt``.
            peer: who is at the other end.
        """
        self.steps.add(ScenarioStep("met", peer, kind))
        met = self._server.meet(scopes.beyond(kind, peer))
        await self._server.settle()
        return met

    async def tell(
        self, words: str, peer: ScenarioPeer, what: str, **payload: Any
    ) -> None:
        """Hand an event to a peer's application.

        Args:
            words: what happens, as the message tells it.
            peer: who it comes from.
            what: its type, without that of the scope.
            payload: what it carries.
        """
        self.steps.add(ScenarioStep("came", peer.name, words))
        peer.hand(peer.event(what, **payload))
        await self._server.settle()

    async def part(self, peer: ScenarioPeer, reason: str) -> None:
        """End a peer's scope.

        Raises:
            Unsolved: the application goes on all the same.
        """
        self.steps.add(ScenarioStep("parted", peer.name, reason))
        peer.leave(reason)
        await self._server.settle()
        kind = peer.scope["type"]
        self.require(peer.over, "scope goes on", name=peer.name, kind=kind)

    async def call(
        self, words: str, function: Callable[..., Any], *args: Any
    ) -> Any:
        """Call a function of the learner's; return its result.

        Args:
            words: the call, as the message shows it.
            function: what to call; a coroutine function is awaited.
            args: its arguments.
        """
        self.steps.add(ScenarioStep("called", "", words))
        PLAYED.set(self._inner)
        outcome = self.trace.each_step(_outcome(function, args))
        result, error = await asyncio.create_task(outcome)
        if error is not None:
            clear_frames(error)
            kind, said = f"`{type_name(error)}`", words_of(error)
            key = _key_of(error)
            raise Unsolved(key, raised=error, error=kind, text=said) from error
        self.returned = brief(words_of(result))
        await self._server.settle()
        return result

    async def group_send(
        self, group: str, message: dict[str, Any], number: int | None = None
    ) -> None:
        """Send a message to a group, from outside of all consumers.

        Args:
            group: the group's name.
            message: what is sent.
            number: that of the message, if it is one of the numbered news.
        """
        step = ScenarioStep("told", group, message)
        if number is not None:
            step = ScenarioStep("numbered", group, number)
        self.steps.add(step)
        await self.layer.group_send(group, message)
        await self._server.settle()

    async def answer(
        self, answers: Iterable[tuple[str, int, dict[str, Any]]]
    ) -> None:
        """Send some of the numbered news again, to whoever asked for them.

        Args:
            answers: for each, the channel, the number and the message.
        """
        answers = list(answers)
        for _, number, _ in answers:
            self.steps.add(ScenarioStep("again", "", number))
        for channel, _, message in answers:
            await self.layer.send(channel, message)
        await self._server.settle()

    async def work(self, channel: str) -> None:
        """Have a worker serve a channel with the application, to the end."""
        self.steps.add(ScenarioStep("works", channel))
        self._server.work(channel, self.layer)
        await self._server.settle()

    async def put(self, channel: str, message: dict[str, Any]) -> None:
        """Put a message into a channel that a worker serves."""
        self.steps.add(ScenarioStep("put", channel, message))
        await self.layer.send(channel, message)
        await self._server.settle()

    async def post(
        self, client: ScenarioClient, channel: str, message: dict[str, Any]
    ) -> None:
        """Send a message to the mailbox of a client's consumer."""
        self.steps.add(ScenarioStep("posted", client.name, message))
        await self.layer.send(channel, message)
        await self._server.settle()


async def _outcome(
    function: Callable[..., Any], args: Sequence[Any]
) -> tuple[Any, BaseException | None]:
    """Call a function; return its result, or what it raised.

    A task that raises SystemExit would end the loop.
    """
    try:
        result = function(*args)
        if isinstance(result, Awaitable):
            result = await result
    except (Stopped, asyncio.CancelledError):
        raise  # by the runner: the time is up
    except BaseException as error:
        return None, error
    return result, None


def _key_of(error: BaseException) -> str:
    """Return the key of the text for what a call raised."""
    if isinstance(error, OtherLayer):
        return "other layer"
    return "second loop" if is_second_loop(error) else "raised in call"
