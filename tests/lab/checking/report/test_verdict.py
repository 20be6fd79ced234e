from minichannels.flow import Event
from minichannels.lab.checking.report.compose import composed
from minichannels.lab.checking.report.verdict import Verdict
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.sandbox.runner import Outcome
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.exercise import Stage, find


def test_verdict_of_a_scenario_that_stumbles_says_so() -> None:
    verdict = Verdict(find("4.2"), None)
    verdict.stage = Stage(Crew())

    verdict.judge(Outcome(Output(), error=KeyError("x" * 1000)), 3)

    text = str(composed(verdict))
    assert "the check itself stumbled over your code" in text
    assert "KeyError" in text
    assert "…" in text


def test_verdict_without_a_stage_knows_no_line_of_an_event() -> None:
    event = Event(1, "send", "a", "b", "websocket.send", {}, 1, "b")

    assert Verdict(find("4.2"), None).place_of(event) is None
