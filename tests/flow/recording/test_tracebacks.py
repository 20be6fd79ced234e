import asyncio
import json
from typing import Any

import pytest

from minichannels.flow.recording.tracebacks import (
    describe,
    of_coroutine,
)


def raised(source: str, filename: str = "lesson.py") -> BaseException:
    """Return what some code raises that was compiled under a file's name."""
    try:
        exec(compile(source, filename, "exec"), {"json": json})
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_describe_finds_the_innermost_line_of_the_learner() -> None:
    def receive(text: str) -> object:
        return json.loads(text)

    try:
        receive("{")
    except ValueError as error:
        described = describe(error)

    assert described["where"] == "receive"
    assert described["code"] == "return json.loads(text)"
    assert described["line"] == receive.__code__.co_firstlineno + 1
    assert described["text"].startswith("Expecting property name")


def test_describe_tells_no_line_of_a_library() -> None:
    error = raised("raise ValueError('no')", json.__file__)
    error.__traceback__ = (
        error.__traceback__.tb_next if error.__traceback__ else None
    )

    assert describe(error) == {"text": "no"}


def test_describe_does_without_the_source() -> None:
    described = describe(raised("\nraise ValueError('no')"))

    assert described == {
        "text": "no",
        "where": "<module>",
        "line": 2,
        "code": "",
    }


def test_the_line_of_a_cause_stands_for_the_whole() -> None:
    try:
        json.loads("{")
    except ValueError as cause:
        error = RuntimeError("outer")
        error.__cause__ = cause

    described = describe(error)

    assert described["text"] == "outer"
    assert described["code"] == 'json.loads("{")'


async def test_line_of_a_coroutine_asks_nothing_of_what_it_awaits() -> None:
    class Odd:
        def __await__(self) -> Any:
            return self

        def __next__(self) -> None:
            return None

        def __iter__(self) -> Any:
            return self

        def close(self) -> None:
            """End with the coroutine."""

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    async def waits() -> None:
        await Odd()

    coroutine = waits()
    coroutine.send(None)

    place = of_coroutine(coroutine)

    assert place is not None
    assert place.code == "await Odd()"
    coroutine.close()


def test_a_coroutine_that_has_ended_waits_nowhere() -> None:
    async def ends() -> None: ...

    coroutine = ends()
    coroutine.close()

    assert of_coroutine(coroutine) is None


async def failing(word: str) -> None:
    raise LookupError(word)


async def test_what_a_group_of_tasks_raises_is_told_by_what_is_in_it() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing("no bird"))

    described = describe(caught.value)

    assert described["text"] == "LookupError: no bird"
    assert (described["where"], described["code"]) == (
        "failing",
        "raise LookupError(word)",
    )


def test_of_a_group_in_a_group_the_first_few_are_told() -> None:
    errors = [ValueError(str(number)) for number in range(5)]
    group = ExceptionGroup("outer", [ExceptionGroup("inner", errors[:2])])

    assert describe(group)["text"] == "ValueError: 0; ValueError: 1"
    assert describe(ExceptionGroup("all", errors)) == {
        "text": "ValueError: 0; ValueError: 1; ValueError: 2; …"
    }


def test_a_group_whose_class_hides_what_is_in_it_is_told_all_the_same() -> None:
    class Hiding(ExceptionGroup[ValueError]):
        @property
        def exceptions(self) -> Any:
            raise AssertionError("it was asked")

    group = Hiding("some", [ValueError("one")])

    assert describe(group)["text"] == "ValueError: one"
