"""A line is named as the learner's if it stands in the tested cell alone."""

import re

from minichannels.lab.checking.check import judged, told
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.diagnosis.cells import is_own_to
from minichannels.lab.checking.report.compose import Result
from minichannels.lab.checking.sandbox.stack_frames import is_learners
from minichannels.lab.checking.stage.exercise import find
from support.exercises import define, result_of

BASE = """\
# Some lines above, so that no number is that of a line
# of the other cell with the same
# words in it.
class Base(AsyncWebsocketConsumer):
    groups = ["chat"]

    async def connect(self):
        await self.accept()
        await self.hear()

    async def hear(self):
        {}
"""
CHILD = """\
class ChatConsumer(Base):
    async def connect(self):
        await self.accept()
        await super().hear()
"""
ALONE = "class ChatConsumer(Base):\n    async def brew(self):\n        pass\n"


async def beside(line: str, code: str = CHILD) -> Result:
    """Check a cell that derives from a class of another cell."""
    names = define(code, given=BASE.format(line))
    file = names["__file__"]
    verdict = await judged(find("4.2"), MISSING, names, 3, 7, file)
    return await told(verdict)


def words(result: Result) -> str:
    return " ".join(section.words for section in result.sections)


async def test_what_another_cell_sent_has_the_line_that_led_to_it() -> None:
    result = await beside('await self.send(text_data="tea")')

    assert re.search(r'`"tea"` \(event \d, line 4\)', words(result))


async def test_error_of_another_cell_has_the_line_that_led_to_it() -> None:
    result = await beside("1 / 0")

    places = [section.place for section in result.sections if section.place]
    assert [place.line for place in places] == [4]


async def test_error_of_another_cell_alone_is_told_with_that_cell() -> None:
    result = await beside("1 / 0", ALONE)

    assert "It came up in another cell, in `hear`: `1 / 0`" in words(result)
    assert "line" not in words(result)


async def test_what_another_cell_hid_is_not_called_the_learners() -> None:
    hiding = "try: 1 / 0\n        except: pass"

    result = await beside(hiding)

    assert "except" not in result.headline
    assert "except" not in words(result)


async def test_what_another_cell_printed_has_no_line() -> None:
    result = await beside("print('tea')", ALONE)

    assert "tea" in words(result)
    assert not re.search(r"[Ll]ine \d", words(result))


async def test_call_that_another_cell_forgot_has_no_line() -> None:
    result = await beside("self.send(text_data='tea')", ALONE)

    assert result.key == "forgotten"
    assert not re.search(r"[Ll]ine \d", words(result))
    assert [section.place for section in result.sections if section.place] == []


async def test_line_of_another_cell_at_which_a_test_hangs_is_not_named() -> (
    None
):
    given = "async def wait():\n    await asyncio.Event().wait()\n"
    code = "async def test_answer(application):\n    await wait()\n"
    names = define(code, given=given)
    file = names["__file__"]

    verdict = await judged(find("11.1"), MISSING, names, 3, 7, file)

    assert verdict.key == "hangs"
    assert verdict.place is None or verdict.place.file == file


async def test_handler_of_another_cell_is_not_shown() -> None:
    code = "class ChatConsumer(Base):\n    rooms = ()\n"

    result = await beside("pass", code)

    assert [section.place for section in result.sections if section.place] == []


def test_all_files_count_where_nothing_is_known_of_the_cell() -> None:
    assert is_own_to(object(), "") is is_learners
    assert is_own_to(object(), "<cell>")("<cell>")


async def test_two_calls_are_not_taken_for_one_that_sent_twice() -> None:
    code = """\
class Classroom(Chat):
    async def connect(self):
        await super().connect()
        self.room.present.append(self.name)
        await self.ring()

    async def news(self, event=None):
        if self.name == "ada":
            await self.send_json({"present": self.room.present})
            return
        await self.send_json({"present": [self.name]})
"""
    result = await result_of("12.2", code)

    assert result.key == "not told who comes"
    assert "under `else:`" not in result.end
