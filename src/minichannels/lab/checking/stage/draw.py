"""What a scenario says: the example of the exercise, then what is drawn.

A check that knows the example alone accepts whoever knows the example, too. So
a scenario is played to the same answer several times: first as the exercise's
text tells it, then with inputs that nobody has seen.

Rule 1: shapes go by turn, words by chance. In every check each shape comes up
(a blank, a capital, an accent, a quotation mark), so that an answer which
fails at one of them fails every time; and no word can be known before.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

TURNS = 3
"""How often a scenario is played with drawn inputs."""

SENTENCES = ("{a} {B}", '{A}: "{b}"', "{a}é", "{A}")
"""What people say: blanks, capitals, accents, quotation marks."""

ODD = (
    " {A}\t{B}  ",
    '<{A}> & "{B}": 100 %s {{}}\n',
    '"{A}é λ"',
    "{A}, {B}, {a} {b}: {A} {b}, {A} {B}, {a} {b}",
    "007",
)
"""Texts that come out changed unless they are passed on as they are."""

NAMES = ("{a}", "{A}-{b}", "{a}.{b}_2")
"""What channels, groups and rooms may be called."""

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"

_MOST_BEGINNINGS = len(_CONSONANTS) * len(_VOWELS) // 2
"""So many words begin differently; of more, some begin alike."""


class Draw:
    """Where a scenario takes its inputs from.

    Args:
        turn: 0 for the example, 1 and up for what is drawn.
        random: where the words come from.
        heard: what clients got in the turns before.
        numbers: those of channels; no two turns have the same.
        examples: how the texts of the example begin, which no word does.

    Attributes:
        turn: the same.
        heard: the same; whoever plays a turn adds to it.
    """

    def __init__(
        self,
        turn: int = 0,
        random: Random | None = None,
        heard: list[Any] | None = None,
        numbers: Iterator[int] | None = None,
        examples: set[str] | None = None,
    ) -> None:
        self.turn = turn
        self.heard = [] if heard is None else heard
        self._random = random or Random(0)
        self._numbers = numbers or itertools.count(1)
        self._calls: Counter[tuple[str, ...]] = Counter()
        self._used: set[str] = set()
        self._examples = set() if examples is None else examples
        self._begun: set[str] = set()

    def text(self, example: str, *shapes: str) -> str:
        """Return the example, or another text.

        Args:
            example: what the exercise says.
            shapes: what others look like: ``{a}`` and ``{b}`` stand for
                words, ``{A}`` and ``{B}`` for the same with a capital.
        """
        if not self.turn:
            self._examples.add(example[:2].lower())
            return example
        shapes = shapes or SENTENCES
        shape = self._in_turn(shapes, self._calls[shapes])
        self._calls[shapes] += 1
        a, b = self._word(), self._word()
        return shape.format(a=a, b=b, A=a.title(), B=b.title())

    def name(self, example: str) -> str:
        """Return the example, or another name for a channel or a group."""
        return self.text(example, *NAMES)

    def number(self, example: int, lowest: int, highest: int) -> int:
        """Return the example, or another number in a range."""
        if not self.turn:
            return example
        is_one_of_them = lowest <= example <= highest
        number = self._random.randint(lowest, highest - is_one_of_them)
        return number + (is_one_of_them and number >= example)

    def one(self, example: T, *others: T) -> T:
        """Return the example, or another one, each in its turn."""
        return self._in_turn(others) if self.turn else example

    def order(self, items: Sequence[T]) -> list[T]:
        """Return some things in their order, or in another one."""
        start = self.turn % len(items)
        return [*items[start:], *items[:start]]

    def channel(self) -> str:
        """Return what ends the name of a channel: no other one has it.

        It is not random, for a message may show it.
        """
        return f"{next(self._numbers)}"

    def _in_turn(self, others: Sequence[T], skip: int = 0) -> T:
        return others[(self.turn - 1 + skip) % len(others)]

    def _word(self) -> str:
        """Return a word that did not come up in this turn.

        Nor does it begin like another one, or like a text of the example: what
        an answer that looks at the beginning does is not left to chance.
        """
        choose = self._random.choice
        while True:
            syllables = [choose(_CONSONANTS) + choose(_VOWELS) for _ in "123"]
            word, begins = "".join(syllables), syllables[0]
            begun = self._begun | self._examples
            many = len(begun) >= _MOST_BEGINNINGS
            if word not in self._used and (many or begins not in begun):
                self._used.add(word)
                self._begun.add(begins)
                return word


def draws(seed: int | None = None) -> Iterator[Draw]:
    """Give the example, then what is drawn; afresh each time by default."""
    random, heard, numbers = Random(seed), list[Any](), itertools.count(1)
    examples = set[str]()
    for turn in range(1 + TURNS):
        yield Draw(turn, random, heard, numbers, examples)
