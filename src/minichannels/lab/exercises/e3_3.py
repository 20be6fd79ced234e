"""3.3: a handler that takes its time, and holds nobody up.

How it works: what is awaited takes no time here, for the loop's clock jumps;
what a thread does takes its time. Both count as time in the oven. On a busy
machine a thread may come late, and whoever waits for nothing may be held up. So
a single order decides only that bread came too early; the rest is tried again.
"""

import asyncio
import time
from typing import Any

from minichannels.lab.checking.sandbox.patient_loop import PatientLoop
from minichannels.lab.checking.sandbox.sleeping import noted_halts
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import stopped
from minichannels.lab.checking.stage.steps import frame

BREAD, IN_THE_OVEN = "bread", 0.1
NEARLY = 0.08  # clocks differ a little
PATIENCE = 30
TRIES = 3

# As Python says it up to 3.13, and since.
_KNOWN = dict.fromkeys(
    ("can't be used in 'await' expression", "can't be awaited"), "awaited"
)


class _Dated(list[Any]):
    """What was sent to a client, each with the time."""

    def __init__(self, sent: list[Any]) -> None:
        super().__init__(sent)
        self.times = [0.0 for _ in sent]

    def append(self, event: Any) -> None:
        """Take one more."""
        super().append(event)
        self.times.append(_now())


def _now() -> float:
    """Return the time in seconds, with what the loop's clock has jumped."""
    loop = asyncio.get_running_loop()
    jumped = loop.jumped if isinstance(loop, PatientLoop) else 0.0
    return time.monotonic() + jumped


async def play(stage: Stage) -> None:
    """Have bread ordered, and something quick at the same moment."""
    draw = stage.draw
    quick = draw.text("roll", "{a} bread", "{A} {b}", "{a}é")
    ada, bob = await stage.connect_at_once(("/", "ada"), ("/", "bob"))
    pairs = draw.order([(ada, bob), (bob, ada)])
    for slow, fast in pairs[: draw.one(1, 2, 1, 1)]:
        await _order_both(stage, slow, fast, quick)
    if draw.one(False, True, False):
        await _order_bread(stage, ada, bob)
    await stage.close(ada)
    await stage.close(bob)


async def _order_both(
    stage: Stage, slow: ScenarioClient, fast: ScenarioClient, quick: str
) -> None:
    """Order bread and something quick, until nobody is held up by it."""
    for _ in range(TRIES):
        missed = await _order(stage, slow, fast, quick)
        if not missed:
            return
    stage.miss(missed)


async def _order(
    stage: Stage, slow: ScenarioClient, fast: ScenarioClient, quick: str
) -> str:
    """Order bread for one and something quick for the other, at once.

    Returns:
        Which text says how somebody was held up.
    """
    stage.values |= {"slow": slow.name, "fast": fast.name}
    stage.values |= {"quick": frame(quick)}
    for client in (slow, fast):
        client.sent = _Dated(client.sent)
    heard = len(slow.heard), len(fast.heard)
    start = _now()
    with (
        stage.meaning(_KNOWN),
        noted_halts(is_own=stage.trace.is_own) as halts,
    ):
        await stage.send_at_once((slow, BREAD), (fast, quick))
    await _until_heard((slow, heard[0]))
    for client, text, before in zip(
        (slow, fast), (BREAD, quick), heard, strict=True
    ):
        got = client.heard[before:]
        stage.values |= {"name": client.name, "text": frame(f"{text} is ready")}
        stage.require(got, "silent", number=len(got))
        stage.require(len(got) == 1, "too many", number=len(got))
        right = got[0] == f"{text} is ready"
        stage.require(right, "other answer", got=frame(got[0]))
    missed = _held_up(stage, slow, fast, start)
    if halts:
        blocked = [missed] if missed == "blocks" else []
        raise stopped(halts[0], *blocked)
    return missed


async def _until_heard(*counts: tuple[ScenarioClient, int]) -> None:
    """Wait for one thing more: a task or a thread may still be at work."""
    for _ in range(PATIENCE):
        if all(len(client.heard) > count for client, count in counts):
            break
        await asyncio.sleep(IN_THE_OVEN / 10)


async def _order_bread(
    stage: Stage, one: ScenarioClient, other: ScenarioClient
) -> None:
    """Order bread for both at once: it takes no longer, of some tries."""
    stage.values |= {"slow": one.name, "fast": other.name}
    for _ in range(TRIES):
        for client in (one, other):
            client.sent = _Dated(client.sent)
        counts = len(one.heard), len(other.heard)
        await stage.send_at_once((one, BREAD), (other, BREAD))
        await _until_heard((one, counts[0]), (other, counts[1]))
        times = [_last(client) for client in (one, other)]
        if max(times) - min(times) < NEARLY:
            return
    stage.miss("one oven")


def _last(client: Any) -> float:
    """Return when a client was sent something last."""
    return float(client.sent.times[-1])


def _held_up(stage: Stage, slow: Any, fast: Any, start: float) -> str:
    """Return which text says how somebody else waited for the bread.

    Args:
        stage: where it is played.
        slow: who ordered bread.
        fast: who ordered something else.
        start: when that was.
    """
    ready, served = slow.sent.times[-1], fast.sent.times[-1]
    both = stage.events
    read = [e for e in both if (e.kind, e.client) == ("receive", fast.name)]
    sent = [e for e in both if (e.kind, e.client) == ("send", slow.name)]
    stage.require(ready - start > NEARLY, "not baked", sent[-1])
    if served - start < NEARLY:  # who has waited cannot be so early
        return ""
    return "blocks" if read[-1].arrival > sent[-1].arrival else "bakes all"


_BAKE = """\
def bake():
    time.sleep(0.1)  # in the oven


"""
_SOLUTION = """\
async def baker(scope, receive, send):
    assert scope["type"] == "websocket"
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            if event["text"] == "bread":
                await asyncio.sleep(0.1)
            text = f"{event['text']} is ready"
            await send({"type": "websocket.send", "text": text})
        else:
            return
"""

EXERCISE = Exercise(
    number="3.3",
    name="baker",
    asks="application",
    play=play,
    patient=True,
    texts={
        "solved": Text(
            headline="the bread takes its time, and nobody else waits for it.",
            should="While a call waits with `await`, or in a thread, the"
            " others go on.",
        ),
        "untouched": Text(
            headline="while the bread is in the oven, everybody waits.",
            did="`bake()` blocks, and there is one thread for all: bob got his"
            " roll after ada's bread.",
            should="Bread takes as long as before. bob's roll does not wait"
            " for it.",
            first="look for something that waits, and lets others work"
            " meanwhile.",
        ),
        "blocks": Text(
            headline="$fast waited until $slow's bread was ready.",
            did="The message of $fast was not even read before the bread was"
            " ready: the thread was kept by a call that blocks.",
            should="While the bread is in the oven, others are served.",
            next="wait with `await asyncio.sleep(…)`, or let a thread do it:"
            " `await asyncio.to_thread(bake)`.",
            why="M28",
        ),
        "awaited": Text(
            headline="an `await` does not make a plain function wait.",
            did="$application raised $error: $text",
            should="A plain function is done when `await` gets what it"
            " returned: by then it has kept everybody waiting.",
            next="`await asyncio.to_thread(bake)` runs it in a thread, and"
            " waits for that.",
        ),
        "one oven": Text(
            headline="$fast's bread waited for $slow's, or the other way"
            " round.",
            did="Both ordered bread at the same moment. Between the two there"
            " was the time in the oven.",
            should="Whoever ordered waits for the own bread alone: both are"
            " ready after 0.1 seconds.",
            next="let nothing be shared that only one can have at a time, such"
            " as a lock.",
        ),
        "bakes all": Text(
            headline="what $fast ordered waited in the oven, too.",
            did="$fast ordered $quick, and got it after the bread.",
            should="Only bread takes its time; all else is ready at once.",
            next="wait only if the text is `bread`.",
        ),
        "not baked": Text(
            headline="the bread came too early.",
            did="Between the order and the answer there was less than the time"
            " in the oven.",
            should="Bread takes 0.1 seconds, and is ready after that.",
            next="wait for it, with `await`, before you send the answer.",
        ),
        "silent": Text(
            headline="$name got no answer.",
            should="$name gets $text.",
            missing="websocket.send",
        ),
        "too many": Text(
            headline="$name got more than one answer.",
            did="$name got $number.",
            should="Each order has one answer.",
        ),
        "other answer": Text(
            headline="$name got another answer.",
            did="$name received $got.",
            should="The answer stays as it was: $text.",
        ),
    },
    hints=(
        "An `async def` does not make a call in it non-blocking. Only at an"
        " `await` can others go on; what would have to be awaited?",
        "`asyncio` has a `sleep` of its own, and `asyncio.to_thread` for"
        " what cannot be awaited.",
        "`await asyncio.sleep(0.1)` instead of `bake()`.",
    ),
    stub=_BAKE + _SOLUTION.replace("await asyncio.sleep(0.1)", "bake()"),
    solution=_SOLUTION,
    second=_BAKE
    + _SOLUTION.replace(
        "await asyncio.sleep(0.1)", "await asyncio.to_thread(bake)"
    ),
    wrong={
        "blocks": edit(
            _SOLUTION,
            "                await asyncio.sleep(0.1)\n",
            "                start = time.monotonic()\n"
            "                while time.monotonic() < start + 0.1:\n"
            "                    pass\n",
        ),
        "joins": f"import threading\n\n\n{_BAKE}"
        + edit(
            _SOLUTION,
            "                await asyncio.sleep(0.1)\n",
            "                oven = threading.Thread(target=bake)\n"
            "                oven.start()\n"
            "                oven.join()\n",
        ),
        "bakes all": edit(
            _SOLUTION,
            '            if event["text"] == "bread":\n'
            "                await asyncio.sleep(0.1)\n",
            "            await asyncio.sleep(0.1)\n",
        ),
        "one oven": "oven = asyncio.Lock()\n\n\n"
        + edit(
            _SOLUTION,
            "                await asyncio.sleep(0.1)\n",
            "                async with oven:\n"
            "                    await asyncio.sleep(0.1)\n",
        ),
        "awaited": _BAKE + edit(_SOLUTION, "asyncio.sleep(0.1)", "bake()"),
        "not baked": edit(
            _SOLUTION,
            "await asyncio.sleep(0.1)",
            "waiting = asyncio.create_task(asyncio.sleep(0.1))",
        ),
        "forgotten": edit(_SOLUTION, "await asyncio", "asyncio"),
        "silent": edit(
            _SOLUTION,
            "sleep(0.1)\n            text",
            "sleep(0.1)\n                continue\n            text",
        ),
    },
)
