"""What the learner hands in: found by name, and made ready to be played to.

An exercise asks for a consumer class, an application, a function or a
middleware. What can stand for the one asked for is taken; for anything else
there is a text.
"""

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from minichannels.lab.checking.diagnosis.functions import code_of, place_of
from minichannels.lab.checking.stage.exercise import Exercise
from minichannels.lab.checking.stage.miss import Unsolved

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "not given"})()


def named(exercise: Exercise, names: Mapping[str, Any]) -> Any:
    """Return what a notebook calls by the exercise's name.

    Raises:
        Unsolved: nothing has the name.
    """
    if exercise.name in names:
        return names[exercise.name]
    own = [name for name in names if _may_be_theirs(name, names[name])]
    found = difflib.get_close_matches(exercise.name, own, n=1, cutoff=0.75)
    alike = "has nearly the same name: is it that one?"
    near = f" `{found[0]}` {alike}" if found else ""
    raise Unsolved("undefined", near=near)


def _may_be_theirs(name: str, thing: Any) -> bool:
    """Return whether the learner may have called something so.

    A class of the library, which a cell imports, has its name from there. What
    is made of one, as a router, has it from the learner.
    """
    # Nothing that the learner's objects define is asked here.
    is_class = issubclass(type(thing), type)
    home = type.__getattribute__(thing, "__module__") if is_class else ""
    ours = isinstance(home, str) and home.startswith("minichannels.")
    return not (name.startswith("_") or ours)


def prepared(exercise: Exercise, answer: Any) -> Any:
    """Return what a scenario can play to: an application, or what it calls.

    Raises:
        Unsolved: the answer is neither.
    """
    if exercise.is_called:
        return _to_call(exercise.asks, answer)
    makes_apps = isinstance(answer, type) and hasattr(answer, "as_asgi")
    if makes_apps and exercise.asks == "application":
        raise Unsolved("a class", what=described(answer))
    if inspect.ismethod(answer) and answer.__name__ == "as_asgi":
        raise Unsolved("not called")
    if makes_apps:
        return answer.as_asgi(**exercise.initkwargs())
    if hasattr(type(answer), "as_asgi"):
        raise Unsolved("an object")
    _require_asgi(answer, _WANTED[exercise.asks])
    return answer


_WANTED = {"consumer": "not a consumer", "application": "not an application"}


def _to_call(asks: str, answer: Any) -> Any:
    """Return what the scenario calls itself; a middleware may be a class."""
    is_class = isinstance(answer, type)
    if not callable(answer) or (is_class and asks != "middleware"):
        kind = "function" if asks == "test" else asks
        raise Unsolved(f"not a {kind}", what=described(answer))
    return answer


def _require_asgi(answer: Any, otherwise: str) -> None:
    if not callable(answer) or isinstance(answer, type):
        raise Unsolved(otherwise, what=described(answer))
    code = code_of(answer)
    where = None if code is None else place_of(code)
    try:
        signature = inspect.signature(answer, follow_wrapped=False)
    except ValueError:  # written in C, which tells nothing of itself
        raise Unsolved("not an application", what=described(answer)) from None
    try:
        signature.bind(None, None, None)
    except TypeError:
        raise Unsolved(
            "parameters", where=where, signature=str(signature)
        ) from None
    function = inspect.unwrap(answer)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(
        function
    ):
        raise Unsolved("yields", where=where)
    if inspect.isfunction(function) and not inspect.iscoroutinefunction(
        function
    ):
        raise Unsolved("not async", where=where)


def described(answer: Any) -> str:
    """Return what something is, in words that a beginner knows."""
    if answer is None:
        return "None"
    if isinstance(answer, type):
        kind = "consumer" if hasattr(answer, "as_asgi") else "plain"
        return f"a {kind} class"
    if inspect.isroutine(answer):
        return "a function"
    return f"an object of the type `{type(answer).__name__}`"
