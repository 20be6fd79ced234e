"""Which statement of the learner's caught an exception, and what it hid."""

import threading
from typing import Any

import pytest

from minichannels.lab.checking.diagnosis.caught import catches_all, caught
from minichannels.lab.checking.sandbox import runner
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from support.exercises import define, result_of
from support.replay import replayed, traced

# Learners write this, and from Python 3.14 on are warned of it.
pytestmark = pytest.mark.filterwarnings(
    "ignore:'return' in a 'finally' block:SyntaxWarning"
)

EXCEPT = "def f():\n try:\n  1/0\n except {}:\n  {}\n"
CAUGHT = {
    "a bare except": (EXCEPT.replace(" {}:\n", ":\n", 1), "except", 4, True),
    "an except of all": (
        EXCEPT.replace("{}", "Exception", 1),
        "except",
        4,
        True,
    ),
    "a named one": (
        EXCEPT.format("ZeroDivisionError", "x = 1"),
        *("except", 4, False),
    ),
    "a named one that passes": (
        EXCEPT.format("ZeroDivisionError", "pass"),
        *("except", 4, True),
    ),
    "one that prints": (
        EXCEPT.format("ArithmeticError", "print(1)"),
        *("except", 4, True),
    ),
    "one that returns a constant": (
        EXCEPT.format("ArithmeticError", "return 1"),
        *("except", 4, True),
    ),
    "one with a text alone": (
        EXCEPT.format("ArithmeticError", "'nothing'"),
        *("except", 4, True),
    ),
    "one of several": (
        EXCEPT.format("(KeyError, ArithmeticError)", "x = 1"),
        *("except", 4, False),
    ),
    "the second one": (
        "def f():\n try: 1/0\n except KeyError:\n  1\n except: pass\n",
        *("except", 5, True),
    ),
    "the second one of a line each": (
        "def f():\n try: 1/0\n except KeyError: 1\n except: pass\n",
        *("except", 4, True),
    ),
    "the outer one": (
        "def f():\n"
        " try:\n"
        "  try:\n"
        "   1/0\n"
        "  except KeyError:\n"
        "   pass\n"
        " except ArithmeticError:\n"
        "  x = 1\n"
        " y = 2\n",
        *("except", 7, False),
    ),
    "a finally": (
        "def f():\n try:\n  1/0\n finally:\n  x = 1\n  return x\n",
        *("finally", 6, True),
    ),
    "a with": (
        "import contextlib\n"
        "def f():\n"
        " with contextlib.suppress(ArithmeticError):\n"
        "  1/0\n",
        *("with", 3, True),
    ),
    "a with around a finally": (
        "import contextlib\n"
        "def f():\n"
        " with contextlib.suppress(ArithmeticError):\n"
        "  try:\n"
        "   1/0\n"
        "  finally:\n"
        "   x = 1\n",
        *("with", 3, True),
    ),
}


@pytest.mark.parametrize("what", CAUGHT)
def test_caught_tells_by_what_and_in_which_line(what: str) -> None:
    code, how, line, hides = CAUGHT[what]

    found = list(caught(replayed(define(code.replace("{}", "pass"))["f"])))

    assert [(c.how, c.place.line, c.hides) for c in found] == [
        (how, line, hides)
    ]


def test_caught_is_nothing_if_it_went_on() -> None:
    assert list(caught(replayed(define("def f(): 1/0")["f"]))) == []


def test_caught_is_nothing_as_long_as_it_is_pending() -> None:
    trace = replayed(define("def f():\n try: 1/0\n finally: return 1\n")["f"])
    trace.mishaps[0].fate = "pending"

    assert list(caught(trace)) == []


def test_caught_is_nothing_if_its_source_is_another() -> None:
    names = define("def f():\n try: 1/0\n finally: return 1\n")

    trace = replayed(names["f"])
    trace.mishaps[0].code = (lambda: 1).__code__

    assert list(caught(trace)) == []


CHAT = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, text_data):
        try:
            self.send(text_data=self.name + text_data)
        except {}
"""


async def test_message_begins_with_what_was_hidden() -> None:
    result = await result_of("4.2", CHAT.format("Exception:\n            pass"))

    text = " ".join(str(result).split())
    assert "your except in line 10 hid an AttributeError." in text
    assert "Line 9 raised AttributeError: 'ChatConsumer' object has no" in text
    assert "line 9: self.send" in text
    assert "mend line 9." in text


async def test_message_tells_what_was_caught_and_dealt_with() -> None:
    code = CHAT.format("AttributeError:\n            self.name = 'x'")

    result = await result_of("4.2", code)

    text = " ".join(str(result).split())
    assert "and got no answer. What I did" in text
    assert "Line 9 raised AttributeError: 'ChatConsumer' object has no" in text
    assert "The except in line 10 caught it." in text


async def test_exception_that_the_solution_catches_is_not_hidden() -> None:
    code = """\
async def post_all(layer, channel, messages):
    for message in messages:
        try:
            await layer.send(channel, message)
        except:
            pass
    return 0
"""

    result = await result_of("6.2", code)

    text = " ".join(str(result).split())
    assert "hid" not in text
    assert "to the layer, which did not take them" in text


async def test_send_that_the_layer_refused_is_told_so() -> None:
    code = """\
where = {}
class Desk(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        try:
            await self.channel_layer.send("ada x", {"type": "note"})
        except:
            pass
"""

    result = await result_of("6.1", code)

    text = " ".join(str(result).split())
    assert "your except in line 6 hid a TypeError." in text
    assert "to the layer, which did not take it (event 8, line 5)." in text
    assert "to a mailbox" not in text


WAITS = """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send(text_data="[Welcome Anonymous!]")

    async def receive(self, text_data):
        try:
            {}
        except{}:
            pass
"""


@pytest.mark.parametrize("kind", ["", " BaseException"])
async def test_cancellation_that_was_caught_has_words_of_its_own(
    kind: str,
) -> None:
    line = "t = asyncio.current_task(); t.cancel(); await asyncio.sleep(9)"

    result = await result_of("4.2", WAITS.format(line, kind))

    text = " ".join(str(result).split())
    assert "your except in line 9 caught a cancellation." in text
    assert "What line 8 waited for was cancelled." in text


@pytest.mark.parametrize("late", [0, 0.05])
async def test_cancellation_by_the_check_is_no_error_of_the_codes(
    late: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a busy machine has it come late: it goes on before it ends."""
    cancel = runner._cancel_all

    def cancelled_late(*args: Any) -> None:
        threading.Event().wait(late)
        cancel(*args)

    monkeypatch.setattr(runner, "_cancel_all", cancelled_late)
    code = WAITS.format("await asyncio.sleep(20)", "")

    result = await result_of("4.2", code, 8)  # it is to come that far

    text = " ".join(str(result).split())
    assert result.headline == "your code was not done after 8 s."
    assert "I cancelled it; your except in line 9 caught that, too." in text
    assert "line 8: await asyncio.sleep(20)" in text


async def test_error_without_words_is_told_by_its_name() -> None:
    code = WAITS.format("raise TimeoutError", "")

    result = await result_of("4.2", code)

    assert "Line 8 raised TimeoutError. Your except" in " ".join(
        str(result).split()
    )


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("def f():\n try:\n  x()\n except:\n  pass", 4),
        ("def f():\n try:\n  x()\n except BaseException:\n  pass", 4),
        ("def f():\n try:\n  x()\n except Exception:\n  pass", None),
        ("def f():\n with open('') as y:\n  x()", None),
        ("def g():\n x()\n\n\ndef f(): g()", None),
    ],
)
def test_catches_all_finds_what_lets_nothing_through(
    code: str, line: int | None
) -> None:
    trace = traced(define(code)["f"])

    assert catches_all(trace, SourceLine(3, "x()", "f")) == line
