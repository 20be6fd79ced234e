"""Which of the learner's lines sent something."""

from dataclasses import replace

from minichannels.lab.checking.check import judged
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.stage.exercise import Stage, find
from support.exercises import define

TWO_AT_WORK = """\
import threading
go = threading.Event()
class ChatConsumer(WebsocketConsumer):
    def receive(self, text_data):
        if text_data == "wait":
            go.wait(5)
            return
        self.send(text_data=str(text_data))
        go.set()
"""


async def test_line_is_of_the_thread_that_waits_for_what_was_sent() -> None:
    places: list[SourceLine | None] = []

    async def play(stage: Stage) -> None:
        ada = await stage.connect("/", "ada")
        bob = await stage.connect("/", "bob")
        await stage.send_at_once((ada, "wait"), (bob, "go"))
        places.extend(map(stage.journal.place_of, stage.of("send")))
        stage.require(False, "silent")

    exercise = replace(find("4.2"), play=play)
    await judged(exercise, MISSING, define(TWO_AT_WORK))

    accepts, (sent,) = places[:2], places[2:]
    assert accepts == [None, None]  # the library's own
    assert sent is not None
    assert sent.line == 8
