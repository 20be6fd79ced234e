"""4.5: dispatch by hand: the type of an event names the method."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Unsolved

Called = list[tuple[str, Any]]

_FAILED = "the handler itself has failed"
_MISSES = "'NewsConsumer' object has no attribute"


async def play(stage: Stage, dispatch: Any) -> None:
    """Dispatch events with a handler, without one, and with one that fails."""
    draw = stage.draw
    one = draw.text("chat.message", "{a}.{b}", "{a}_{b}.now", "{a}.{B}")
    two = draw.text("news.flash.now", "{a}.{b}.today", "{a}.is.{B}.now")
    none = draw.text("chat.mesage", "{a}.mesage", "{a}")
    wanted = {one: _name(one), two: _name(two), none: "other"}
    for names in (wanted.values(), [*wanted.values()][::-1]):
        consumer = _Consumer(*names)
        for kind, method in wanted.items():
            event = {"type": kind, "text": draw.text("hello")}
            await _dispatched(stage, dispatch, consumer, event, method)
            _judge(stage, consumer, event, method)
    await _let_it_fail(stage, dispatch, one)


async def _dispatched(
    stage: Stage, dispatch: Any, consumer: "_Consumer", event: Any, method: str
) -> None:
    kind = event["type"]
    stage.values |= {"kind": kind, "method": method}
    words = f"await dispatch(consumer, {event!r})"

    async def played() -> None:
        result = dispatch(consumer.made, dict(event))
        if isinstance(result, Awaitable):
            await result
        consumer.when_done = list(consumer.called)

    consumer.begin()
    try:
        with stage.meaning(_meaning(kind, method)):
            await stage.call(words, played)
    except Unsolved as miss:
        asked = str(getattr(miss.raised, "name", ""))
        if miss.key == "another name" and asked in _variables(stage):
            stage.values["asked"] = asked
            miss.key = "a variable"
        raise


async def _let_it_fail(stage: Stage, dispatch: Any, kind: str) -> None:
    """Let a handler raise: its error goes up, and is no missing method."""
    name = _name(kind)
    consumer = _Consumer(name, "other", failing=name)
    try:
        event = {"type": kind, "text": "oh"}
        await _dispatched(stage, dispatch, consumer, event, name)
    except Unsolved as miss:
        raised = miss.raised
        if type(raised) is AttributeError and raised.args == (_FAILED,):
            return
        raise
    stage.require("other" not in dict(consumer.called), "hides an error")
    stage.miss("loses an error")


def _variables(stage: Stage) -> set[str]:
    """Return what the learner's functions call something."""
    return {name for code in stage.trace.codes() for name in code.co_varnames}


def _name(kind: str) -> str:
    return kind.replace(".", "_")


class _Consumer:
    """An object whose handlers note when they are done; half are inherited.

    Args:
        names: those of the handlers.
        failing: the one that raises.

    Attributes:
        made: the object.
        asked: the attributes that it was asked for.
        called: the handlers that were called, with the event once one is done.
        when_done: the same, as it was when dispatch returned.
    """

    def __init__(self, *names: str, failing: str = "") -> None:
        self.begin()
        self._failing = failing

        def getting(made: Any, name: str) -> Any:
            self.asked.append(name)
            return object.__getattribute__(made, name)

        inherited = {name: self._handler(name) for name in names[1::2]}
        base = type("BaseConsumer", (), inherited)
        own = {name: self._handler(name) for name in names[::2]}
        own["__getattribute__"] = getting
        self.made = type("NewsConsumer", (base,), own)()

    def begin(self) -> None:
        """Forget what was asked for and called."""
        self.asked: list[str] = []
        self.called: Called = []
        self.when_done: Called = []

    def _handler(self, name: str) -> Any:
        async def method(made: Any, event: Any) -> None:
            number = len(self.called)
            self.called.append((name, None))
            await asyncio.sleep(0)
            if name == self._failing:
                raise AttributeError(_FAILED)
            self.called[number] = name, event

        method.__name__ = method.__qualname__ = name
        return method


def _meaning(kind: str, method: str) -> dict[str, str]:
    """Return which text fits which error, for an event of this type."""
    known = {
        "missing 1 required positional argument: 'event'": "without the event",
        _MISSES: "another name",
    }
    if method == "other":
        return known | {_MISSES: "no other"}
    return {f"has no attribute '{kind}'": "dots", **known}


def _judge(stage: Stage, consumer: _Consumer, event: Any, method: str) -> None:
    """Require that one method was called, the right one, with the event."""
    names = [name for name, _ in consumer.called]
    got = " and ".join(names)
    stage.require(names or method != "other", "nothing for the unknown")
    stage.require(names, "not called")
    dotted = [name for name in consumer.asked if "." in name]
    half = method not in names and dotted and event["type"] not in dotted
    stage.require(not half, "first dot", asked=dotted[-1] if half else "")
    if names == ["other"] != [method]:
        _require_asked(stage, consumer, event["type"])
    stage.require(names == [method], "others", got=got)
    stage.require(consumer.when_done == consumer.called, "not waited for")
    given = consumer.called[0][1]
    stage.require(given == event, "another event", got=repr(given))


def _require_asked(stage: Stage, consumer: _Consumer, kind: str) -> None:
    """Tell what else the consumer was asked for, since it has the method."""
    asked = [name for name in consumer.asked if name != "other"]
    other = asked and kind not in asked and not asked[-1].startswith("_")
    stage.require(not other, "another asked", asked=asked[-1] if other else "")
    stage.miss("always other")


_SOLUTION = """\
async def dispatch(consumer, event):
    name = event["type"].replace(".", "_")
    handler = getattr(consumer, name, consumer.other)
    await handler(event)
"""

EXERCISE = Exercise(
    number="4.5",
    name="dispatch",
    asks="function",
    provoked=("hides an error",),
    play=play,
    texts={
        "solved": Text(
            headline="the type names the method, and the rest goes to `other`.",
            did="It called one method for each event, and handed the event on.",
            should="Three lines are all that dispatch needs. The library's"
            " raises an error where yours calls `other`.",
        ),
        "untouched": Text(
            headline="nothing is dispatched yet.",
            did="It took the event's type, and called nothing.",
            should="The type `$kind` names the method `$method`, which is"
            " called with the event.",
            first="begin with the name: what has to change in a type, so that"
            " it can be the name of a method?",
        ),
        "not called": Text(
            headline="`$method` was not called.",
            did="It ended, and called no method of the consumer.",
            should="The type `$kind` names the method `$method`, which is"
            " called with the event.",
            next="`getattr` finds a method whose name is in a variable. Then"
            " call it, with `await`.",
        ),
        "not waited for": Text(
            headline="it returned before `$method` was done.",
            did="It called `$method`, and did not wait for its end.",
            should="When dispatch returns, the handler is done.",
            next="`await` the handler's call.",
            why="M03",
        ),
        "hides an error": Text(
            headline="an error in a handler went to `other`.",
            did="`$method` raised an `AttributeError`, and `other` was called"
            " as if there were no `$method`.",
            should="Only an event without a method goes to `other`. What a"
            " handler raises goes up to whoever called.",
            next="find out whether there is a method first, by `hasattr` or a"
            " third argument of `getattr`; call it outside of any `try`.",
        ),
        "loses an error": Text(
            headline="an error in a handler got lost.",
            did="`$method` raised an `AttributeError`, and nobody heard of it.",
            should="What a handler raises goes up to whoever called.",
            next="call the method outside of any `try`.",
        ),
        "dots": Text(
            headline="a method's name has no dots.",
            did="It raised $error: $text",
            should="The type `$kind` names the method `$method`.",
            next="put underscores in place of the dots:"
            ' `event["type"].replace(".", "_")`.',
            why="M12",
        ),
        "another name": Text(
            headline="it asked for a method of another name.",
            did="It raised $error: $text",
            should="The type `$kind` names the method `$method`.",
            next="put an underscore in place of each dot:"
            ' `event["type"].replace(".", "_")`.',
            why="M12",
        ),
        "a variable": Text(
            headline="it asked for a method called `$asked`.",
            did="It raised $error: $text",
            should="What stands behind a dot is a name, letter by letter. To"
            " find a method whose name is in the variable `$asked`, Python has"
            " a function.",
            next="write `getattr(…)`, with the consumer and the variable.",
        ),
        "first dot": Text(
            headline="a type may have several dots.",
            did="The event of the type `$kind` did not reach `$method`.",
            should="Each dot becomes an underscore: `$method`.",
            next="replace all dots: `replace(old, new)` does, if you do not"
            " say how many.",
        ),
        "always other": Text(
            headline="`other` was called, though there is a handler.",
            did="It called `other` for an event of the type `$kind`.",
            should="The consumer has the method `$method`, and the type names"
            " it.",
            next="look for the name with underscores, as it is made by"
            ' `event["type"].replace(".", "_")`.',
            why="M12",
        ),
        "another asked": Text(
            headline="the consumer was not asked for `$method`.",
            did="It asked the consumer for `$asked`, and then called `other`.",
            should="The consumer has the method `$method`, and the type"
            " `$kind` names it.",
            next="ask for `$method`, the name that you make of the type. A"
            " variable that holds it stands without quotation marks: in them"
            " stands the name itself, letter by letter.",
        ),
        "no other": Text(
            headline="an event without a handler ended in an error.",
            did="It raised $error: $text",
            should="No method belongs to the type `$kind`, so the event goes to"
            " `other`.",
            next="give `getattr` a third argument, `consumer.other`: what it"
            " returns if there is no such name.",
        ),
        "nothing for the unknown": Text(
            headline="an event without a handler was lost.",
            did="It got an event of the type `$kind`, and called nothing.",
            should="No method belongs to that type, so the event goes to"
            " `other`.",
            next="call `consumer.other` where there is no handler.",
        ),
        "others": Text(
            headline="other methods were called than the one that it names.",
            did="For the type `$kind` it called `$got`.",
            should="Only `$method` is called, once.",
            next="call one method, and only one.",
        ),
        "without the event": Text(
            headline="the handler was called without the event.",
            did="It raised $error: $text",
            should="A handler takes the event.",
            next="hand the event on: `handler(event)`.",
        ),
        "another event": Text(
            headline="the handler got something else than the event.",
            did="It called `$method` with `$got`.",
            should="A handler gets the whole event, with its type.",
            next="hand the event on as it is.",
        ),
    },
    hints=(
        "Two steps: a name out of the type, and a method out of the name."
        " `TinyConsumer` has both.",
        '`event["type"].replace(".", "_")` is the name. `getattr` takes a third'
        " argument: what it gives if there is no such name.",
        "`handler = getattr(consumer, name, consumer.other)`, then `await"
        " handler(event)`.",
    ),
    stub="""\
async def dispatch(consumer, event):
    name = event["type"]
    # Make a method's name of it, and call that method with the event.
    # The consumer has no such method? Call consumer.other(event).
""",
    solution=_SOLUTION,
    second="""\
async def dispatch(consumer, event):
    name = "_".join(event["type"].split("."))
    if hasattr(consumer, name):
        await getattr(consumer, name)(event)
    else:
        await consumer.other(event)
""",
    wrong={
        "dots": edit(
            _SOLUTION, '.replace(".", "_")', "", ", consumer.other", ""
        ),
        "always other": edit(_SOLUTION, '.replace(".", "_")', ""),
        "another asked": """\
async def dispatch(consumer, event):
    name = event["type"].replace(".", "_")
    if hasattr(consumer, "name"):
        await getattr(consumer, name)(event)
    else:
        await consumer.other(event)
""",
        "first dot": edit(_SOLUTION, '"_")', '"_", 1)'),
        "no other": edit(_SOLUTION, ", consumer.other", ""),
        "another name": edit(_SOLUTION, '"_")', '"")', ", consumer.other", ""),
        "a variable": """\
async def dispatch(consumer, event):
    name = event["type"].replace(".", "_")
    if hasattr(consumer, name):
        await consumer.name(event)
    else:
        await consumer.other(event)
""",
        "nothing for the unknown": """\
async def dispatch(consumer, event):
    name = event["type"].replace(".", "_")
    handler = getattr(consumer, name, None)
    if handler:
        await handler(event)
""",
        "not called": """\
async def dispatch(consumer, event):
    name = event["type"].replace(".", "_")
    return getattr(consumer, name, consumer.other)
""",
        "others": _SOLUTION + "    await consumer.other(event)\n",
        "without the event": edit(_SOLUTION, "handler(event)", "handler()"),
        "another event": edit(
            _SOLUTION, "handler(event)", 'handler(event["text"])'
        ),
        "forgotten": edit(_SOLUTION, "await ", ""),
    },
)
