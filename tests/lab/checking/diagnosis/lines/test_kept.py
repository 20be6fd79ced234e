"""What is shared by all: which line waits at it, and which does not."""

import pytest

from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import code_of, node_of
from minichannels.lab.checking.diagnosis.lines.kept import met
from minichannels.lab.checking.diagnosis.lines.ran import FunctionNode, Ran
from minichannels.lab.checking.sandbox.tracing import Trace
from support.exercises import define, result_of

IN_A_CLASS = """\
common = asyncio.Lock()


class Table:
    ready = asyncio.Event()
    dishes = asyncio.Queue()

    async def receive(self, text):
        self.own = asyncio.Event()
        {}
"""
IN_A_FUNCTION = """\
common = asyncio.Lock()


async def receive(scope, receive, send):
    {}
"""


def found(code: str, owner: str, line: int) -> list[Clue]:
    """Return where the function in a cell waits at what all share."""
    thing = define(code)[owner]
    own = code_of(vars(thing)["receive"] if owner == "Table" else thing)
    assert own is not None
    node = node_of(own)
    assert isinstance(node, FunctionNode)
    lines = frozenset({line, line - 1})
    return list(met(Ran(own, node, lines, thing, Trace())))


@pytest.mark.parametrize(
    ("line", "name", "kind"),
    [
        ("await self.ready.wait()", "self.ready", "Event"),
        ("await Table.ready.wait()", "Table.ready", "Event"),
        ("await self.dishes.get()", "self.dishes", "Queue"),
        ("await common.acquire()", "common", "Lock"),
        ("async with common: pass", "common", "Lock"),
    ],
)
def test_met_names_what_a_line_waits_at(
    line: str, name: str, kind: str
) -> None:
    (clue,) = found(IN_A_CLASS.format(line), "Table", 10)

    assert clue.key == "met"
    assert clue.place is not None
    assert clue.place.code == line
    wanted = {"name": name, "kind": kind, "of_all": "connections"}
    assert clue.values == wanted


@pytest.mark.parametrize(
    "line",
    [
        "await self.own.wait()",
        "self.ready.set()",
        "await asyncio.sleep(0)",
        "text.get('a')",
        "pass",
    ],
)
def test_met_leaves_out_what_is_ones_own_and_who_does_not_wait(
    line: str,
) -> None:
    assert found(IN_A_CLASS.format(line), "Table", 10) == []


def test_met_knows_calls_of_a_function_from_connections() -> None:
    code = IN_A_FUNCTION.format("await common.acquire()")

    (clue,) = found(code, "receive", 5)

    assert clue.values["of_all"] == "calls"


LATE = """\
ready = asyncio.Event()


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await ready.wait()
"""


@pytest.mark.parametrize(
    ("code", "says"),
    [(LATE, True), (LATE.replace("await ready", "await asyncio.Event()"), 0)],
)
async def test_handler_that_waits_in_vain_is_told_who_shares_what(
    code: str, says: object
) -> None:
    text = " ".join(str(await result_of("4.2", code, 0.3)).split())

    shares = "Line 6 waits at ready, one Event that all connections share"
    assert (shares in text) is bool(says)
