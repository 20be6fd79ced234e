"""What is said in every exercise of code that stands still, or has no end."""

from collections.abc import Mapping

from minichannels.lab.checking.texts.texts import Text

STANDSTILL: Mapping[str, Text] = {
    "sleeps": Text(
        headline="your code stands still, and everybody waits for it.",
        did="It waits with $call on the thread of the event loop: meanwhile no"
        " client gets an answer.",
        should="Each step ends at once, or waits with `await` for the next"
        " event.",
        next="take out the call; to wait in an `async def`, write `await"
        " asyncio.sleep(…)`.",
        why="M28",
    ),
    "joins": Text(
        headline="your code waits for a thread, and everybody waits with it.",
        did="It waits with $call on the thread of the event loop: meanwhile no"
        " client gets an answer.",
        should="The end of a thread is awaited, and the others have their turn"
        " until then.",
        next="let `await asyncio.to_thread(…)` start the thread, and wait for"
        " its end.",
        why="M51",
    ),
    "busy": Text(
        headline="this computer is busy, and your code could not be judged.",
        did="Other programs had the processor for much of the time, so the"
        " check was given up. That says nothing about your code.",
        should="Your code has as much time as it needs, and is judged then.",
        first="close what keeps this computer busy, or wait a while; then run"
        " this cell again.",
    ),
    "late": Text(
        headline="your code was not done after $limit s.",
        did="When the time was up, it had not ended$place.",
        should="Each step ends at once, or waits with `await` for the next"
        " event.",
        next="",
        why="M06",
    ),
    "abandoned": Text(
        headline="your code was not done after $limit s, and blocks.",
        did="It had not ended$place, in a call that cannot be ended, such"
        " as `time.sleep(…)`: everything else waits for it. Only if the call"
        " never ends, restart the kernel: Kernel, Restart.",
        should="Each step ends at once, or waits with `await` for the next"
        " event.",
        next="take out the call that blocks; to wait in an `async def`, write"
        " `await asyncio.sleep(…)`.",
        why="M06",
    ),
    "stubborn": Text(
        headline="your `except` in line $at catches even what should end it.",
        did="After $limit s it had not ended$place, so I raised an exception"
        " there, again and again; the `except` in line $at caught it each"
        " time. Only a restart ends it now: Kernel, Restart.",
        should="An `except` names the errors that it expects, such as"
        " `except ValueError:`.",
        next="in line $at, name the error; `except:` alone catches everything.",
    ),
}
"""The texts, by the key of the miss."""
