import contextlib
import gc
import io
import sys
import threading
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.lab.checking.sandbox import output as sandbox_output
from minichannels.lab.checking.sandbox.output import (
    UNDISTURBED,
    Output,
    _called,
    captured,
    pass_over_the_unawaited,
)
from minichannels.lab.checking.sandbox.threads import Crew, Stopped
from support.interrupts import interrupts
from support.loops import threads_taking_turns_often


def test_captured_keeps_what_the_crew_prints_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    crew, done = Crew(), threading.Event()

    def work() -> None:
        print("the crew", flush=True)  # noqa: T201  # what is caught
        done.set()

    with captured(crew) as output:
        crew.start(work)
        done.wait(5)
        print("the notebook")  # noqa: T201

    assert output.shown() == "the crew"
    assert capsys.readouterr().out == "the notebook\n"


def test_a_stream_is_never_thrown_away_but_holds_nothing_of_the_check() -> None:
    # A thread may be in the middle of print(), which holds no reference to it:
    # the process would crash.
    crew = Crew()
    held: list[weakref.ref[Any]] = [weakref.ref(crew)]
    with captured(crew) as output:
        held += map(weakref.ref, (output, sys.stdout, sys.stderr))
    del crew, output
    gc.collect()

    assert [each() is not None for each in held] == [False, False, True, True]


def test_a_stream_that_is_put_away_passes_on_what_still_comes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = io.StringIO()
    with captured(Crew()):
        late = sys.stdout
        sys.stderr = own  # of whoever puts one there meanwhile

    print("late", file=late)

    assert capsys.readouterr().out == "late\n"
    assert sys.stderr is not own


async def _unawaited() -> None: ...


def test_captured_knows_what_was_not_awaited_from_before_the_check() -> None:
    crew, done, held = Crew(), threading.Event(), [_unawaited()]

    def work() -> None:
        held.clear()
        done.set()

    with captured(crew) as output:
        crew.start(work)
        done.wait(5)

    assert output.forgotten == []


class Ends:
    """Raises something where Python can only print that."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"), [(Stopped, []), (KeyError, [KeyError])]
)
def test_captured_is_silent_of_what_stops_a_thread_at_an_objects_end(
    error: type[BaseException],
    told: list[type[BaseException]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew, done, heard = Crew(), threading.Event(), []

    def hear(raised: Any) -> None:
        heard.append(raised.exc_type)

    monkeypatch.setattr("sys.unraisablehook", hear)

    def work() -> None:
        Ends(error)
        done.set()

    with captured(crew):
        crew.start(work)
        done.wait(5)

    assert heard == told


def test_captured_leaves_other_warnings_to_others() -> None:
    with pytest.warns(UserWarning, match="take care"), captured(Crew()) as out:
        warnings.warn("take care", stacklevel=1)

    assert out.forgotten == []


def warned(text: str) -> Output:
    """Have a thread of the crew warn; return the output."""
    crew, done = Crew(), threading.Event()

    def work() -> None:
        warnings.warn(text, stacklevel=1)
        done.set()

    with captured(crew) as output:
        warnings.simplefilter("always")
        crew.start(work)
        done.wait(5)
    return output


def test_captured_shows_a_warning_without_the_path_of_a_library() -> None:
    assert warned("take care").shown() == "UserWarning: take care"


def test_captured_knows_that_async_to_sync_got_no_async_function() -> None:
    output = warned("async_to_sync was passed a non-async-marked callable")

    assert output.unwrapped
    assert output.shown() == ""


@pytest.mark.parametrize(
    ("coroutine", "code", "name"),
    [
        ("Chat.tell", "self.tell(text)", "tell"),
        ("SyncToAsync.__call__", "sync_to_async(f)(1)", "sync_to_async(…)"),
        ("SyncToAsync.__call__", "if asks(user):", "asks"),
        ("Inner.__call__", "super().__call__(scope)", "__call__"),
    ],
)
def test_what_was_not_awaited_is_called_as_the_line_calls_it(
    coroutine: str, code: str, name: str
) -> None:
    assert _called(coroutine, code) == name


def test_a_tuple_that_another_thread_makes_can_grow_in_the_meantime(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, goes_on = threading.Event(), threading.Event()
    made: list[Any] = []

    def numbers() -> Iterator[int]:
        yield 0
        begun.set()
        assert goes_on.wait(5)
        yield from range(1, 1_000)

    def make() -> None:
        made.append(tuple(numbers()))

    async def is_forgotten() -> None:
        raise NotImplementedError

    def keep(coroutine: Any) -> None:
        if coroutine is forgotten:
            goes_on.set()
            thread.join(5)

    output = "minichannels.lab.checking.sandbox.output.keep_for_ever"
    monkeypatch.setattr(output, keep)
    thread = threading.Thread(target=make)
    thread.start()
    assert begun.wait(5)
    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(1)
    forgotten = is_forgotten()
    sys.set_coroutine_origin_tracking_depth(depth)

    pass_over_the_unawaited()

    forgotten.close()
    assert made == [tuple(range(1_000))]


def test_no_other_thread_runs_while_all_objects_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[float] = []

    def pause(seconds: float) -> None:
        found.extend([seconds, sys.getswitchinterval()])

    def objects() -> list[Any]:
        found.append(sys.getswitchinterval())
        return []

    monkeypatch.setattr(sandbox_output, "sleep", pause)
    monkeypatch.setattr(gc, "get_objects", objects)
    with threads_taking_turns_often():
        usual = sys.getswitchinterval()
        pass_over_the_unawaited()
        assert sys.getswitchinterval() == usual

    # Who has begun to wait meanwhile waits for so long, and no longer.
    assert found == [usual, *[pytest.approx(UNDISTURBED)] * 2]


def test_who_is_interrupted_while_looking_at_all_objects_holds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Objects(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            yield self[0]
            raise KeyboardInterrupt

    objects = Objects([object(), (1, 2)])
    monkeypatch.setattr(gc, "get_objects", lambda: objects)

    with threads_taking_turns_often():
        usual = sys.getswitchinterval()
        with pytest.raises(KeyboardInterrupt):
            pass_over_the_unawaited()
        assert sys.getswitchinterval() == usual

    assert objects == []


def test_all_prints_as_before_whenever_capturing_is_interrupted() -> None:
    def act() -> None:
        with captured(Crew()):
            pass

    def printing() -> list[Any]:
        return [
            *(sys.stdout, sys.stderr, sys.unraisablehook),
            *(warnings.filters, warnings.showwarning),
        ]

    before = printing()
    for _ in interrupts(act, sandbox_output, contextlib, warnings):
        assert printing() == before
