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


def of_library(source: str) -> Any:
    """Return the function ``run`` of some code that is of a library."""
    names: dict[str, Any] = {}
    exec(compile(source, json.__file__, "exec"), names)
    return names["run"]


def no_bird() -> None:
    raise LookupError("no bird")


ANSWERS = """
def run(view):
    try:
        view()
    except LookupError as error:
        {answer}
"""


def test_what_a_library_was_handling_when_it_failed_is_told_with_its_line() -> (
    None
):
    answers = of_library(ANSWERS.format(answer="raise RuntimeError('closed')"))

    def middleware() -> None:
        answers(no_bird)

    with pytest.raises(RuntimeError) as caught:
        middleware()

    described = describe(caught.value)
    assert described["text"] == "closed (while handling LookupError: no bird)"
    assert described["code"] == 'raise LookupError("no bird")'


def test_what_own_code_was_handling_when_it_failed_is_not_its_line() -> None:
    closed = of_library("def run():\n    raise RuntimeError('closed')")

    def answers() -> None:
        try:
            no_bird()
        except LookupError:
            closed()

    with pytest.raises(RuntimeError) as caught:
        answers()

    described = describe(caught.value)
    assert (described["text"], described["code"]) == ("closed", "closed()")


@pytest.mark.parametrize(
    "answer", ["raise RuntimeError('closed') from None", "raise"]
)
def test_of_what_somebody_has_left_out_nothing_is_told(answer: str) -> None:
    answers = of_library(ANSWERS.format(answer=answer))

    with pytest.raises((RuntimeError, LookupError)) as caught:
        answers(no_bird)

    assert "while" not in describe(caught.value)["text"]


def test_what_no_code_of_ones_own_was_in_has_no_line() -> None:
    fails = ANSWERS.format(answer="raise RuntimeError('closed')")
    tries = "try:\n    run(lambda: {}[0])\nexcept Exception as error:"
    error = raised(f"{fails}\n{tries}\n    raise error", json.__file__)
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next

    assert describe(error) == {"text": "closed"}


def test_the_line_of_a_cause_of_a_cause_stands_for_the_whole() -> None:
    wraps = of_library(
        ANSWERS.format(answer="raise LookupError('outer') from error")
    )

    with pytest.raises(LookupError) as caught:
        wraps(lambda: wraps(no_bird))

    described = describe(caught.value)
    assert described["text"] == "outer"
    assert described["where"] == "no_bird"
