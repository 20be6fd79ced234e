"""Consumers that answer texts: the right one, and others."""

import asyncio
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import Explained
from minichannels.generic.websocket import AsyncWebsocketConsumer

Answer = Callable[[list[str]], str | None]
"""Gives the answer to the last of the texts that came so far, or none."""


class NotConnected(Explained, RuntimeError):
    """A client sends before it has connected."""


def same(texts: list[str]) -> str:
    """Answer with the same text, as one that has been on a wire."""
    return "".join([*texts[-1]])


def echo(
    answer: Answer = same, seconds: float = 0
) -> type[AsyncWebsocketConsumer]:
    """Make a consumer that answers each text.

    Args:
        answer: what it answers.
        seconds: how long that takes.
    """

    class Echo(AsyncWebsocketConsumer):
        texts: list[str] | None = None  # until it has connected

        async def connect(self) -> None:
            self.texts = []
            await self.accept()

        async def receive(
            self, text_data: str | None = None, bytes_data: Any = None
        ) -> None:
            if self.texts is None:
                raise NotConnected(
                    "a text came before websocket.connect; call connect() first"
                )
            self.texts.append(text_data or "")
            await asyncio.sleep(seconds)
            text = answer(self.texts)
            if text is not None:
                await self.send(text)

    return Echo


class Swapping(AsyncWebsocketConsumer):
    """Answers the first two texts in the other order."""

    first: str | None = None
    texts = 0

    async def receive(
        self, text_data: str | None = None, bytes_data: Any = None
    ) -> None:
        """Keep the first text; answer it behind the second."""
        self.texts += 1
        if self.texts == 1:
            self.first = text_data
        else:
            await self.send(text_data)
        if self.texts == 2:
            await self.send(self.first)
