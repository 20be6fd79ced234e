"""What a message holds back, and for how long."""

import pytest

from minichannels.lab.checking.report.tries import PATIENCE, Tries
from minichannels.lab.exercises import e4_1
from support.exercises import result_of

SHARED, SOLVED = e4_1.EXERCISE.wrong["shared"], e4_1.EXERCISE.solution
MENDED = "Next: let each connection begin with an empty list of its own"
NEUTRAL = "Next: change your code, then run this cell again."


def variant(number: int) -> str:
    return f"{SHARED}\nunused = {number}\n"


async def test_message_says_how_to_mend_it_from_the_third_try_on() -> None:
    tries = Tries()

    said = [
        str(await result_of("4.1", variant(n), tries=tries)) for n in range(4)
    ]

    assert [MENDED in text for text in said] == [False, False, True, True]
    assert [NEUTRAL in text for text in said] == [True, True, False, False]
    assert PATIENCE == 3


@pytest.mark.parametrize(
    "again",
    [SHARED, f"# a thought\n{SHARED}\n\nhint = None", SHARED + "\n'a text'"],
    ids=["the same", "a comment", "an expression"],
)
async def test_same_code_is_the_same_try(again: str) -> None:
    tries = Tries()
    again = again.replace("hint = None", "print('a call')")

    for code in [SHARED, again] * 3:
        result = await result_of("4.1", code, tries=tries)
        assert NEUTRAL in str(result)


async def test_pass_begins_anew() -> None:
    tries = Tries()

    for code in [variant(1), variant(2), SOLVED, variant(1), variant(2)]:
        assert MENDED not in str(await result_of("4.1", code, tries=tries))

    assert tries.step("4.1").startswith("let each connection begin")
    await result_of("4.1", SOLVED, tries=tries)
    assert tries.step("4.1") == ""


async def test_stub_is_no_try_and_says_its_first_step_each_time() -> None:
    tries = Tries()

    said = {
        str(await result_of("4.1", e4_1.EXERCISE.stub, tries=tries))
        for _ in range(PATIENCE + 1)
    }

    assert len(said) == 1
    assert tries.add("4.1", "something") == 1


async def test_hint_knows_what_a_message_holds_back() -> None:
    tries = Tries()

    first = str(await result_of("4.1", SHARED, tries=tries))

    step = "let each connection begin with an empty list of its own"
    assert tries.step("4.1").startswith(step)
    for said, at_once in ("shared by all of its", True), ("put on", False):
        assert said in tries.step("4.1")
        assert (said in " ".join(first.split())) == at_once


MISNAMED = """\
class NewsConsumer(WebsocketConsumer):
    groups = ["news"]

    def newsflash(self, event):
        self.send(text_data=event["text"])
"""


async def test_error_of_the_library_keeps_back_how_to_mend_it_too() -> None:
    tries = Tries()

    first = " ".join(str(await result_of("4.4", MISNAMED, tries=tries)).split())
    later = " ".join(str(await result_of("4.4", MISNAMED)).split())

    for said in first, later:
        assert "NewsConsumer has no handler for 'news.flash'" in said
    assert "; define 'def news_flash(self, event)'" in later
    assert "define" not in first


async def test_name_that_nothing_has_is_no_try() -> None:
    tries = Tries()

    for _ in range(2):
        result = await result_of("4.1", "tea = 1", tries=tries)
        assert "Next: run the cell that defines ShopConsumer" in str(result)

    assert tries.add("4.1", "something") == 1
