"""Consumers that answer texts: the right one, and others."""

import asyncio
from collections.abc import Callable
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer

Answer = Callable[[list[str]], str | None]
"""Gives the answer to the last of the texts that came so far, or none."""


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
        async def connect(self) -> None:
            self.texts: list[str] = []
            await self.accept()

        async def receive(
            self, text_data: str | None = None, bytes_data: Any = None
        ) -> None:
            self.texts.append(text_data or "")
            await asyncio.sleep(seconds)
            text = answer(self.texts)
            if text is not None:
                await self.send(text)

    return Echo
