from minichannels.lab.checking.report.message import WIDTH
from minichannels.lab.classroom import trial
from support.classrooms import WRONG, RightClassroom


async def test_verdict_has_a_line_for_each_invariant() -> None:
    text = str(await trial(RightClassroom, seeds=[0, 1]))

    assert text.startswith("Trial passed: all that has to hold in Right")
    assert "I played 2 stories (seeds 0 to 1) to it." in text
    assert text.count(" holds. ") == 10
    assert "BROKEN" not in text
    assert text.endswith("that it finds none is no proof.")
    assert max(map(len, text.splitlines())) <= WIDTH


async def test_verdict_names_the_invariant_and_the_events_that_show_it() -> (
    None
):
    verdict = await trial(WRONG["once"], seeds=range(3, 6))
    text = " ".join(str(verdict).split())

    assert text.startswith("Trial not passed: Once breaks once.")
    assert verdict.broken == ("once",)
    assert "BROKEN in 3 of 3. Nobody hears the same thing twice." in text
    breach = verdict.runs[0].breaches[0]
    one, two = breach.events
    assert f"Story 3: {breach.words} (events {one.seq} and {two.seq})" in text
    assert f"Event {two.seq} is marked." in text
    assert "This story alone: seeds=[3]. All of it: .flow" in text
    assert "Errors" not in text


async def test_verdict_of_one_story_counts_none() -> None:
    text = str(await trial(WRONG["once"], seeds=[3]))

    assert "I played a story (seed 3) to it." in text
    assert "BROKEN. Nobody hears" in text


async def test_verdict_shows_a_picture_in_a_notebook() -> None:
    verdict = await trial(WRONG["heard"], seeds=range(4))

    html = verdict._repr_mimebundle_()["text/html"]

    assert "Trial not passed:" in html
    assert html.count("<img ") == 1
    assert "dropped" in html


async def test_verdict_tells_the_errors() -> None:
    verdict = await trial(WRONG["alone"], seeds=range(8))

    text = " ".join(str(verdict).split())
    assert "raised JSONDecodeError: Expecting value" in text
