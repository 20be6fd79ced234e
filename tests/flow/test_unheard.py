"""It is looked again and again for requests that wait."""

import asyncio
from contextvars import ContextVar
from itertools import count
from typing import Any

import pytest

from minichannels.flow.unheard import PATIENCE, look_for_unheard
from support.limit import LIMIT


async def test_it_is_looked_as_long_as_the_loop_runs() -> None:
    looks: asyncio.Queue[float] = asyncio.Queue()

    look_for_unheard(looks.put_nowait, patience=0.0)

    for _ in range(3):
        assert await asyncio.wait_for(looks.get(), LIMIT) == 0.0


async def test_half_of_what_they_may_wait_passes_between_two_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[float] = []
    pauses: list[float] = []

    def call_later(delay: float, *_: Any, **__: Any) -> None:
        pauses.append(delay)

    loop = asyncio.get_running_loop()
    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_later", call_later)
        look_for_unheard(looks.append)

    assert looks == [PATIENCE]
    assert pauses == [PATIENCE / 2]


async def test_it_is_looked_in_the_context_of_no_application() -> None:
    application = ContextVar("application", default="none")
    application.set("whoever is served")
    looks: asyncio.Queue[str] = asyncio.Queue()

    look_for_unheard(lambda _: looks.put_nowait(application.get()), 0.0)

    seen = [await asyncio.wait_for(looks.get(), LIMIT) for _ in range(3)]
    assert seen[1:] == ["none", "none"]


async def test_it_is_looked_again_when_a_look_has_failed() -> None:
    looks: asyncio.Queue[float] = asyncio.Queue()
    failed: list[BaseException] = []
    numbers = count(1)

    def note(patience: float) -> None:
        looks.put_nowait(patience)
        if next(numbers) == 2:  # the first that the loop calls
            raise OSError("the disk is full")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, told: failed.append(told["exception"]))
    look_for_unheard(note, patience=0.0)
    for _ in range(3):
        assert await asyncio.wait_for(looks.get(), LIMIT) == 0.0

    assert [str(error) for error in failed] == ["the disk is full"]
