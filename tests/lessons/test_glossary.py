"""The glossary has what the lessons explain, and they explain it in time."""

import pydoc
import re
from dataclasses import dataclass

import pytest

from minichannels.lab.notebook.course import CoursePath, lessons, paths
from support import ROOT
from support.lessons import Lesson

PAGE = ROOT / "notebooks" / "glossary.md"
ROW = re.compile(r"^\| (.+?) \| (.+?) \| ([\d, ]+) \| `(.+?)` \|$", re.M)
# Neither code, nor the titles of other lessons, nor the name of Channels.
ELSEWHERE = re.compile(
    r"```.*?```|`[^`]*`|\[[^]]*\]\([^)]*\)|\bChannels\b", re.S
)


@dataclass(frozen=True)
class Term:
    """A row of the glossary.

    Attributes:
        word: the term.
        meaning: what it is, in a sentence.
        lessons: those that explain it.
        place: its name in the library.
    """

    word: str
    meaning: str
    lessons: tuple[str, ...]
    place: str

    def used_in(self, text: str) -> bool:
        """Tell whether a text has the word, in the singular or the plural."""
        return bool(re.search(rf"\b{self.word}(?:s|es)?\b", text, re.I))

    def explained_in(self, text: str) -> bool:
        """Tell whether a text sets the word apart, where it explains it."""
        marked = rf"[*(\"]{self.word}(?:s|es)?[*)\"]"
        return bool(re.search(marked, text, re.I))


TERMS = [
    Term(word, meaning, tuple(where.split(", ")), place)
    for word, meaning, where, place in ROW.findall(
        PAGE.read_text(encoding="utf-8")
    )
]
WHOLE = CoursePath(name="all", lessons=tuple(lessons()), without="")

every_term = pytest.mark.parametrize("term", TERMS, ids=lambda term: term.word)


def text_of(number: str) -> str:
    lesson = Lesson(ROOT / "notebooks" / f"{lessons()[number].file}.ipynb")
    return ELSEWHERE.sub(" ", lesson.text)


def test_words_are_in_order_and_each_is_there_once() -> None:
    words = [term.word.casefold() for term in TERMS]

    assert words == sorted(set(words))
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert len(TERMS) == sum(line.startswith("| ") for line in lines) - 1


@every_term
def test_word_is_one_sentence_and_something_that_exists(term: Term) -> None:
    assert not term.meaning.endswith(".")
    assert ". " not in term.meaning
    assert pydoc.locate(term.place) is not None


@every_term
def test_word_is_set_apart_where_it_is_explained(term: Term) -> None:
    lacking = [
        number
        for number in term.lessons
        if not term.explained_in(text_of(number))
    ]

    assert lacking == []


@pytest.mark.parametrize("path", [WHOLE, *paths()], ids=lambda path: path.name)
def test_no_word_is_used_before_it_is_explained(path: CoursePath) -> None:
    early = [
        (number, term.word)
        for place, number in enumerate(path.lessons)
        for term in TERMS
        if term.used_in(without_longer(term, text_of(number)))
        and not set(term.lessons) & set(path.lessons[: place + 1])
    ]

    assert early == []


def without_longer(term: Term, text: str) -> str:
    """Take out of a text the terms that a term is only a part of."""
    for other in TERMS:
        if term.word in other.word and term != other:
            text = re.sub(rf"\b{other.word}", " ", text, flags=re.I)
    return text


def test_word_that_is_used_too_early_is_found() -> None:
    term = Term("mailbox", "", ("06",), "")

    assert term.used_in("Two mailboxes.")
    assert not term.used_in("A mailboxful.")
    assert term.explained_in("a *mailbox*")
    assert not term.explained_in("a mailbox")
