import pytest

from minichannels.flow import Event
from minichannels.lab.checking.check import told
from minichannels.lab.checking.diagnosis.cells import Cell
from minichannels.lab.checking.report.compose import composed
from minichannels.lab.checking.report.judging import judge
from minichannels.lab.checking.report.placing import Calling
from minichannels.lab.checking.report.tries import Tries
from minichannels.lab.checking.report.verdict import Verdict
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.sandbox.runner import Outcome
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.exercise import Stage, find
from support.exercises import define, patience, result_of


def test_verdict_of_a_scenario_that_stumbles_says_so() -> None:
    verdict = Verdict(find("4.2"), None)
    verdict.stage = Stage(Crew())

    judge(verdict, Outcome(Output(), error=KeyError("x" * 1000)), 3)

    text = str(composed(verdict))
    assert "the check itself stumbled over your code" in text
    assert "KeyError" in text
    assert "…" in text


def test_verdict_without_a_stage_knows_no_line_of_an_event() -> None:
    event = Event(1, "send", "a", "b", "websocket.send", {}, 1, "b")

    assert Verdict(find("4.2"), None).place_of(event) is None


HANDLERS = {
    "asyncio.run": "asyncio.run(self.brew())",
    "a new loop": """\
loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self.brew())
        finally:
            loop.close()""",
    "this loop": "asyncio.get_running_loop().run_until_complete(self.brew())",
    "async_to_sync": "async_to_sync(self.brew)()",
    "a runner": "with asyncio.Runner() as runner: runner.run(self.brew())",
}


@pytest.mark.parametrize("how", HANDLERS)
async def test_second_loop_is_named_and_not_what_it_did_not_run(
    how: str,
) -> None:
    code = f"""\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        {HANDLERS[how]}
        await self.accept()

    async def brew(self):
        pass
"""

    result = await result_of("4.2", code)

    assert result.key == "second loop"
    assert "self.brew" in str(result)


async def test_second_loop_of_a_function_is_named_too() -> None:
    code = """\
async def post_all(layer, channel, messages):
    for message in messages:
        asyncio.run(layer.send(channel, message))
"""

    assert (await result_of("6.2", code)).key == "second loop"


async def test_error_that_speaks_of_a_loop_is_no_second_one() -> None:
    code = """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        raise LookupError("This event loop is already running")
"""

    assert (await result_of("4.2", code)).key == "raised"


async def test_code_that_was_starved_is_blamed_for_nothing() -> None:
    solution = find("4.2").solution
    answer = define(solution)["ChatConsumer"]
    verdict = Verdict(find("4.2"), answer)
    verdict.stage = Stage(Crew())
    place = SourceLine(3, "pass", "brew")

    judge(
        verdict,
        Outcome(Output(), late=True, place=place, abandoned=True, starved=True),
        3,
    )
    tries = Tries()
    result = await told(verdict, 3, Calling([Cell(1, solution)], tries=tries))

    assert result.key == "busy"
    assert tries.add("4.2", "another") == 1
    assert "line" not in str(result)
    assert "time.sleep" not in str(result)


async def test_error_of_the_scenarios_own_names_only_what_hid_it() -> None:
    exercise = find("6.2")
    result = await result_of("6.2", exercise.wrong["another error"])

    assert "line 6: except Exception:" in str(result)
    assert "mend line" not in str(result)


async def test_sleep_is_told_in_its_own_line_whatever_else_ran_last() -> None:
    code = """\
class Alarms(AsyncConsumer):
    async def mqtt_connect(self, event):
        self.seen = set()
        await self.send({"type": "mqtt.subscribe", "topic": "alarm/#"})

    async def mqtt_receive(self, event):
        number, text = event["payload"].decode().split(" ", 1)
        if (event["topic"], number) in self.seen:
            return
        self.seen.add((event["topic"], number))
        time.sleep(0.03)
        answer = {"topic": "bell", "payload": f"{text} at {event['topic']}"}
        await self.send({"type": "mqtt.publish", **answer})

    async def mqtt_disconnect(self, event):
        raise StopConsumer
"""
    result = await result_of("14.3", code, patience())

    assert result.key == "sleeps"
    assert "line 11: time.sleep(0.03)" in str(result)
    assert "return" not in str(result)


KEEPS = """\
kept = json.__dict__.setdefault("kept", [])


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        {}
"""


async def test_coroutine_of_another_check_is_not_told_in_this_one() -> None:
    keeps, lets_go = "kept.append(self.send('tea'))", "kept.clear()"

    before = await result_of("4.2", KEEPS.replace("{}", keeps))
    now = await result_of("4.2", KEEPS.replace("{}", lets_go))

    assert before.key == now.key != "forgotten"
    assert "awaited" not in str(now)


def test_thread_that_no_except_keeps_is_abandoned() -> None:
    verdict = Verdict(find("4.2"), None)
    verdict.stage = Stage(Crew())
    place = SourceLine(3, "pass", "brew")

    judge(
        verdict,
        Outcome(
            Output(), late=True, place=place, abandoned=True, stubborn=True
        ),
        3,
    )

    assert verdict.key == "abandoned"
    assert verdict.place == place


def test_thread_that_cannot_be_ended_is_abandoned_whatever_was_forgotten() -> (
    None
):
    verdict, output = Verdict(find("4.2"), None), Output()
    verdict.stage = Stage(Crew())
    place = SourceLine(3, "self.show()", "brew")
    output.forgotten, output.forgotten_at = ["show"], 1
    output.place = place

    judge(verdict, Outcome(output, late=True, place=place, abandoned=True), 3)

    assert verdict.key == "abandoned"


def test_lateness_in_nobodys_line_names_none() -> None:
    verdict = Verdict(find("4.2"), None)
    verdict.stage = Stage(Crew())

    judge(verdict, Outcome(Output(), late=True), 3)

    assert verdict.key == "late"
    assert verdict.fault() is None
