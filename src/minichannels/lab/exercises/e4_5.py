"""4.5: dispatch by hand: the type of an event names the method."""

from collections.abc import Awaitable, Callable
from typing import Any

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit

Called = list[tuple[str, Any]]
Method = Callable[[Any, Any], Awaitable[None]]


async def play(stage: Stage, dispatch: Any) -> None:
    """Dispatch two events that have a handler, and one that has none."""
    one = stage.draw.text("chat.message", "{a}.{b}", "{a}_{b}.now")
    two = stage.draw.text("news.flash.now", "{a}.{b}.today", "{a}.is.{b}.now")
    none = stage.draw.text("chat.mesage", "{a}.mesage", "{a}")
    wanted = {one: _name(one), two: _name(two), none: "other"}
    called: Called = []
    consumer = _consumer(called, *wanted.values())
    for kind, method in wanted.items():
        event = {"type": kind, "text": stage.draw.text("hello")}
        stage.values |= {"kind": kind, "method": method}
        called.clear()
        words = f"await dispatch(consumer, {event!r})"
        with stage.meaning(_meaning(kind, method)):
            await stage.call(words, dispatch, consumer, event)
        _judge(stage, called, event, method)


def _name(kind: str) -> str:
    return kind.replace(".", "_")


def _consumer(called: Called, *names: str) -> Any:
    """Return an object whose handlers note that they were called."""

    def handler(name: str) -> Method:
        async def method(self: Any, event: Any) -> None:
            called.append((name, event))

        method.__name__ = method.__qualname__ = name
        return method

    return type("NewsConsumer", (), {name: handler(name) for name in names})()


def _meaning(kind: str, method: str) -> dict[str, str]:
    """Return which text fits which error, for an event of this type."""
    known = {
        "missing 1 required positional argument: 'event'": "without the event",
        "has no attribute": "another name",
    }
    if method == "other":
        return known | {"has no attribute": "no other"}
    return {f"has no attribute '{kind}'": "dots", **known}


def _judge(stage: Stage, called: Called, event: Any, method: str) -> None:
    """Require that one method was called, the right one, with the event."""
    names = [name for name, _ in called]
    known = method != "other"
    got = " and ".join(names)
    stage.require(names or known, "nothing for the unknown")
    stage.require(names, "not called")
    stage.require(method in names or event["type"].count(".") < 2, "first dot")
    stage.require(method in names or names != ["other"], "always other")
    stage.require(names == [method], "others", got=got)
    given = called[0][1]
    stage.require(given == event, "another event", got=repr(given))


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
        "first dot": edit(_SOLUTION, '"_")', '"_", 1)'),
        "no other": edit(_SOLUTION, ", consumer.other", ""),
        "another name": edit(_SOLUTION, '"_")', '"")', ", consumer.other", ""),
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
