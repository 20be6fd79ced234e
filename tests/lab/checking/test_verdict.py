from minichannels.lab.checking.exercise import Stage, find
from minichannels.lab.checking.output import Output
from minichannels.lab.checking.runner import Run
from minichannels.lab.checking.threads import Crew
from minichannels.lab.checking.verdict import Verdict


def test_verdict_of_a_scenario_that_stumbles_says_so() -> None:
    verdict = Verdict(find("4.2"), None)
    verdict.stage = Stage(Crew())

    verdict.judge(Run(Output(), error=KeyError("x" * 1000)), 3)

    text = str(verdict.result())
    assert "the check itself stumbled over your code" in text
    assert "KeyError" in text
    assert "…" in text
