"""Consumers in a ``TestCase`` of Django: all of it is one transaction."""

import unittest
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import TestCase

from minichannels.db import database_sync_to_async
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.testing import WebsocketCommunicator


def names() -> str:
    return ", ".join(User.objects.values_list("username", flat=True))


class Sync(WebsocketConsumer):
    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        User.objects.create(username=text_data)
        self.send(names())


class Parallel(WebsocketConsumer):
    thread_sensitive = False

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send(f"nobody but {names()}")


class Threaded(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        create = database_sync_to_async(User.objects.create)
        await create(username=text_data)
        await self.send(await database_sync_to_async(names)())


class Async(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await User.objects.acreate(username=text_data)
        await self.send(
            ", ".join([u.username async for u in User.objects.all()])
        )


def run(consumer: Any, heard: list[str]) -> list[str]:
    """Run a test of a consumer as Django does; return what went wrong."""

    class Case(TestCase):
        async def test(self) -> None:
            await User.objects.acreate(username="ada")
            client = WebsocketCommunicator(consumer.as_asgi(), "/")
            await client.connect()
            await client.send_to("eve")
            heard.append(str(await client.receive_from()))
            await client.disconnect()
            heard.append(str(await User.objects.acount()))

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert result.testsRun == 1
    return [text for _, text in [*result.errors, *result.failures]]


@pytest.mark.parametrize("consumer", [Sync, Threaded, Async])
def test_consumer_takes_part_in_the_transaction(consumer: Any) -> None:
    heard: list[str] = []

    assert run(consumer, heard) == []

    assert heard == ["ada, eve", "2"]
    assert names() == ""
    assert connection.in_atomic_block is False


def test_parallel_consumer_does_not() -> None:
    heard: list[str] = []

    assert run(Parallel, heard) == []

    assert heard == ["nobody but ", "1"]
