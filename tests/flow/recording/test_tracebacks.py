import json
from typing import Any

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
