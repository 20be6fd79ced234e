"""Each exercise: its stub, its two solutions, and what people answer."""

import ast
import re
from collections import Counter, defaultdict

import pytest

from minichannels.lab.checking.report.compose import Result
from minichannels.lab.checking.report.message import WIDTH
from minichannels.lab.checking.stage.exercise import (
    Exercise,
    Text,
    find,
    numbers,
)
from minichannels.lab.checking.texts.common import GENERAL
from minichannels.lab.checking.texts.misconceptions import explained, register
from minichannels.lab.notebook.course import lessons
from support.exercises import patience, result_of
from support.truth import false_sentences

EXERCISES = [find(number) for number in numbers()]

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.number)


ANSWERS = [
    pytest.param(exercise, key, id=f"{exercise.number} {key}")
    for exercise in EXERCISES
    for key in exercise.wrong
]


async def stored(exercise: Exercise, code: str) -> Result:
    """Return what a lesson stores: the same, whatever is drawn."""
    first, second = [
        await result_of(exercise.number, code, patience()) for _ in range(2)
    ]
    assert first._repr_mimebundle_() == second._repr_mimebundle_()
    return first


@each
async def test_stub_runs_and_says_its_first_step(exercise: Exercise) -> None:
    result = await stored(exercise, exercise.stub)

    assert result.key == "untouched"
    assert false_sentences(result, exercise.stub) == [], str(result)
    text = " ".join(str(result).split())
    assert text.startswith(f"{exercise.number} not solved yet: ")
    first = exercise.texts["untouched"].first.replace("`", "")
    assert f' Next: {first} A hint: hint("{exercise.number}")' in text
    assert "our code" not in text
    assert max(map(len, str(result).splitlines())) <= WIDTH


def squeezed(code: str) -> str:
    return re.sub(r"\s", "", code)


def spans(text: Text) -> list[str]:
    """Return the pieces of code that are said of an answer at once."""
    why = explained(text.why, coy=True) if text.why else ""
    said = " ".join([text.headline, text.did, text.should, text.first, why])
    return [squeezed(span) for span in re.findall("`([^`]+)`", said)]


def is_in(span: str, code: str) -> bool:
    """Return whether code stands in other code, whatever fills its gaps."""
    pieces = map(re.escape, span.split("…"))
    return bool(re.search(".+?".join(pieces), code))


@each
def test_what_is_said_at_once_gives_no_code_of_the_answer_away(
    exercise: Exercise,
) -> None:
    given = squeezed(exercise.stub)
    answers = squeezed(exercise.solution), squeezed(exercise.second)

    for key, text in exercise.texts.items():
        told = [s for s in spans(text) if re.search(r"[()\[=]|^\w*def", s)]
        away = [s for s in told if any(is_in(s, a) for a in answers)]
        assert key == "solved" or [s for s in away if s not in given] == []


@each
async def test_solution_passes(exercise: Exercise) -> None:
    result = await stored(exercise, exercise.solution)

    assert result.solved, str(result)


@each
async def test_second_solution_passes_and_is_another_one(
    exercise: Exercise,
) -> None:
    result = await result_of(exercise.number, exercise.second, patience())

    assert result.solved, str(result)
    ours, other = ast.parse(exercise.solution), ast.parse(exercise.second)
    assert ast.dump(ours) != ast.dump(other)


@pytest.mark.parametrize(("exercise", "key"), ANSWERS)
async def test_wrong_answer_gets_the_message_for_it_and_nothing_false(
    exercise: Exercise, key: str
) -> None:
    answer = exercise.wrong[key]
    result = await result_of(exercise.number, answer, patience(key))

    assert result.key == key, str(result)
    assert not result.solved
    assert false_sentences(result, answer) == [], str(result)
    text = str(result)
    assert "$" not in text
    assert "Traceback" not in text
    assert max(map(len, text.splitlines())) <= WIDTH


@each
def test_exercise_has_three_wrong_answers_and_three_hints(
    exercise: Exercise,
) -> None:
    assert len(exercise.wrong) >= 3
    assert len(set(exercise.hints)) == 3


@each
def test_exercise_explains_each_wrong_answer_in_words_of_its_own(
    exercise: Exercise,
) -> None:
    headlines = [exercise.text(key).headline for key in exercise.wrong]

    assert len(set(headlines)) == len(headlines)
    assert exercise.texts.keys() - GENERAL.keys()
    named = {text.why for text in exercise.texts.values()} - {""}
    assert named <= register().keys()


def test_wrong_answers_share_a_message_only_if_they_are_one_mistake() -> None:
    mistakes: dict[Text, set[str]] = defaultdict(set)
    for exercise in EXERCISES:
        for key in exercise.wrong:
            mistakes[exercise.text(key)].add(key)

    assert [keys for keys in mistakes.values() if len(keys) > 1] == []


def test_lessons_have_at_least_two_exercises_each() -> None:
    number = Counter(exercise.lesson for exercise in EXERCISES)

    assert number.keys() == lessons().keys() - {"00"}
    assert min(number.values()) >= 2
    assert number.total() >= 30


def test_register_names_wrong_answers_that_exist() -> None:
    for name, entry in register().items():
        for answer in entry.answers:
            number, _, key = answer.partition(" ")
            exercise = find(number)
            assert key in exercise.wrong, f"{name}: {answer}"
            assert exercise.text(key).why == name, f"{name}: {answer}"


def test_register_knows_every_wrong_answer_that_has_a_reason() -> None:
    reasons = {
        (exercise.text(key).why, f"{exercise.number} {key}")
        for exercise in EXERCISES
        for key in exercise.wrong
    }
    known = {
        (name, answer)
        for name, entry in register().items()
        for answer in entry.answers
    }

    assert {(why, what) for why, what in reasons if why} == known
