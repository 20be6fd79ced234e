"""What every lesson has, and how it says it."""

import ast
import itertools
import re

import pytest

from minichannels import lab
from support import ROOT
from support.guide import GUIDE
from support.lessons import Lesson
from support.notebooks import STUDENTS, name

LESSONS = [Lesson(path) for path in STUDENTS]
NUMBERS = {path.name[:2] for path in STUDENTS}
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEACHING = GUIDE.read_text(encoding="utf-8")

every_lesson = pytest.mark.parametrize(
    "lesson", LESSONS, ids=lambda lesson: name(lesson.path)
)

MINUTES = re.compile(
    r"^\*(\d+) minutes(?:, and (\d+) more for the exercises? that (?:is|are)"
    r' marked "more practice")?\. (?:It builds on \[|You need nothing)',
    re.M,
)
ASKED = re.compile(r'predict\("(\d+\.p\d+)", answer=\.\.\.\)')
TOLD = re.compile(r'predict\("(\d+\.p\d+)", happened=')
FOLDED = re.compile(
    r"\*\*Break it\.\*\*(.*?)<details>\n<summary>What happens, and why"
    r"</summary>\n\n(.*?)\n\n</details>",
    re.S,
)


def points(text: str) -> int:
    return len(re.findall(r"^- ", text, re.M))


@every_lesson
def test_lesson_is_neither_long_nor_short(lesson: Lesson) -> None:
    assert 900 <= lesson.words <= 1400
    assert 12 <= len(lesson.code) <= 20


@every_lesson
def test_lesson_takes_the_minutes_that_it_says(lesson: Lesson) -> None:
    (said,) = MINUTES.findall(lesson.text)

    assert abs(int(said[0]) - lesson.needed) <= 3
    assert int(said[0]) <= 60
    assert int(said[1] or 0) == lesson.more_minutes
    part = rf"^### {lesson.path.name[:2]} · [^(]*\({said[0]} minutes"
    assert re.search(part, TEACHING, re.M)


@every_lesson
def test_lesson_begins_with_its_question_and_a_cell_of_imports(
    lesson: Lesson,
) -> None:
    number = lesson.path.name[:2]
    header = lesson.cells[0]["source"]
    *imports, begin = ast.parse(lesson.code[0]).body

    assert header.startswith(f"# {number} · ")
    assert "\n**The question:** " in header
    assert points(header.partition("After this lesson you can")[2]) >= 3
    assert all(isinstance(i, ast.Import | ast.ImportFrom) for i in imports)
    assert ast.unparse(begin) == f"lesson = begin('{number}')"


@every_lesson
def test_lesson_has_what_comes_in_its_middle(lesson: Lesson) -> None:
    kinds = re.findall(r"^###? .*\b(\w+) it(?: \(more|$)", lesson.text, re.M)

    assert ASKED.search("\n".join(lesson.code))
    assert lesson.text.count("**Look") >= 2
    assert any(cell.startswith("show_source(") for cell in lesson.code)
    assert {"Change", "Mend"} & set(kinds)
    assert "Make" in kinds or lesson.path.name.startswith("00")


@every_lesson
def test_lesson_ends_with_three_points_and_puts_everything_away(
    lesson: Lesson,
) -> None:
    recap = lesson.text.partition("## What to remember")[2]
    numbered = recap.partition("Met in this lesson: *")[0]

    assert re.findall(r"^(\d)\. ", numbered, re.M) == ["1", "2", "3"]
    assert recap.partition("Met in this lesson: *")[2].count('*"') >= 1
    assert "\n### On real Django Channels\n" in recap
    assert lesson.code[-1] == "await lesson.end()"


@every_lesson
def test_lesson_has_its_exercises_under_their_headings(lesson: Lesson) -> None:
    checks = re.findall(r'await check\("(.+)"\)$', "\n".join(lesson.code), re.M)

    assert list(lesson.exercises) == checks == sorted(checks)
    main = [number for number, more in lesson.exercises.items() if not more]
    assert len(main) == 2 or not checks


@every_lesson
def test_prediction_has_a_cell_that_asks_and_one_that_tells(
    lesson: Lesson,
) -> None:
    asked = [cell for cell in lesson.code if "answer=..." in cell]
    numbers = [ASKED.fullmatch(cell) for cell in asked]
    told = TOLD.findall("\n".join(lesson.code))

    number = int(lesson.path.name[:2])
    wanted = [f"{number}.p{n}" for n in range(1, len(asked) + 1)]
    assert [found and found[1] for found in numbers] == wanted
    assert told == wanted


@every_lesson
def test_output_between_a_prediction_and_what_happened_is_folded(
    lesson: Lesson,
) -> None:
    shown, asked = [], False
    for cell in lesson.cells:
        hidden = cell["metadata"].get("jupyter", {}).get("outputs_hidden")
        # Of what is folded, JupyterLab tells the first line.
        folded = hidden and cell["outputs"][0].get("data") == {}
        if ASKED.fullmatch(cell["source"]):
            asked = True
        elif asked and cell.get("outputs") and not folded:
            shown.append(cell["source"])
        asked = asked and not TOLD.search(cell["source"])

    assert shown == []


@every_lesson
def test_prediction_in_the_text_stands_before_its_cell(lesson: Lesson) -> None:
    pairs = itertools.pairwise(cell["source"] for cell in lesson.cells)
    before = [text for text, cell in pairs if ASKED.fullmatch(cell)]
    asks = re.compile(r"^\*\*Predict before you run\.\*\* ", re.M)

    assert all(asks.search(text.split("\n\n")[-1]) for text in before)
    assert len(re.findall(r"\b[Pp]redict\b(?!\()", lesson.text)) == len(before)


@every_lesson
def test_experiments_have_their_answers_folded_below_them(
    lesson: Lesson,
) -> None:
    ((questions, answers),) = FOLDED.findall(lesson.text)

    assert points(questions) == points(answers) >= 2
    assert lesson.text.count("Break it") == 1


@every_lesson
def test_what_the_text_says_to_call_is_imported(lesson: Lesson) -> None:
    setup = ast.parse(lesson.code[0])
    imported = {
        alias.name
        for node in ast.walk(setup)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    called = set(re.findall(r"`(?:await )?(\w+)\(", lesson.text))

    assert called & set(lab.__all__) <= imported


def lessons_named(text: str) -> set[str]:
    found = re.findall(r"[Ll]essons? ((?:\d\d[^\d.|]{1,30}?)*\d\d)\b", text)
    return set(re.findall(r"\b\d\d\b", " ".join(found)))


@every_lesson
def test_lesson_names_no_lesson_that_is_not_there(lesson: Lesson) -> None:
    assert lessons_named(lesson.text) <= NUMBERS


@pytest.mark.parametrize("text", [README, TEACHING], ids=["README", "guide"])
def test_page_names_no_lesson_that_is_not_there(text: str) -> None:
    assert lessons_named(text) <= NUMBERS


def test_lessons_named_finds_several() -> None:
    text = "in lesson 02, lessons 04 (From here) and 05; since lesson 1. 33"

    assert lessons_named(text) == {"02", "04", "05"}


@pytest.mark.parametrize("number", ["01", "04"])
def test_table_says_what_receive_and_send_are(number: str) -> None:
    (text,) = [x.text for x in LESSONS if x.path.name.startswith(number)]
    head, receive, send = re.findall(
        r"^\| (?:word|receive|send) \|.*", text, re.M
    )

    assert "function" in head
    assert '`"websocket.receive"`' in receive
    assert '`"websocket.send"`' in send
    assert ("method" in head) is (number == "04")


def test_first_event_through_the_layer_has_its_picture() -> None:
    (lesson,) = [x for x in LESSONS if x.path.name.startswith("04")]
    sending = [cell for cell in lesson.code if ".group_send(" in cell]

    assert sending[0].endswith("\nserver.flow")


def test_commonest_slip_is_made_in_all_three_styles() -> None:
    (lesson,) = [x for x in LESSONS if x.path.name.startswith("04")]
    (cell,) = [cell for cell in lesson.code if "recieve" in cell]

    slips = r'"websocket\.recieve"|def websocket_recieve\b|def recieve\b'
    assert len({*re.findall(slips, cell)}) == 3
    assert TOLD.search(cell)
