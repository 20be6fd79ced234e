"""What an exercise is: the contents of one file, and where the files are."""

import functools
import importlib
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from minichannels.lab.checking.stage.stage import Stage
from minichannels.lab.checking.texts.common import GENERAL
from minichannels.lab.checking.texts.texts import Text, translated
from minichannels.lab.keeping.files import room_for_files

# The exercises import this module, so it imports none of them by name: it is a
# catalogue, which looks into a folder and loads the file that is asked for.
PACKAGE = "minichannels.lab.exercises"
FOLDER = Path(__file__).parents[2] / "exercises"

_LONGEST = 20  # of what is no number, in an error

Asks = Literal["consumer", "application", "function", "middleware", "test"]


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise, complete.

    Attributes:
        number: such as ``"4.1"``: the lesson's, a dot, its own.
        name: what the learner defines.
        asks: a consumer class, an application, a plain function, a middleware,
            or a test: a function that is tried on the check's applications.
        play: the scenario: a coroutine function of a stage, and of the
            function or middleware if it is about one; it ends at the first
            miss.
        texts: what is said, by key; ``solved`` when nothing is missed.
        hints: three, from a nudge to nearly the solution.
        stub: the cell as shipped, without the check.
        solution: a good way to write it.
        second: another one.
        wrong: answers that people give; by the key of the text for it.
        route: the path that the consumer is served at; any by default.
        initkwargs: makes what each scenario gives to ``as_asgi()``.
        given: what the cells above define that the answers use.
        patient: whether it goes by a clock that does not wait, as a test does.
        provoked: the texts of an error that the scenario itself brings about:
            no line is to be mended for it but the one that hides it.
    """

    number: str
    name: str
    asks: Asks = "consumer"
    play: Callable[..., Coroutine[Any, Any, None]]
    texts: Mapping[str, Text]
    hints: tuple[str, str, str]
    stub: str
    solution: str
    second: str
    wrong: Mapping[str, str]
    route: str = ""
    initkwargs: Callable[[], dict[str, Any]] = dict
    given: str = ""
    patient: bool = False
    provoked: tuple[str, ...] = ()

    @property
    def lesson(self) -> str:
        """The lesson's number, such as ``"04"``."""
        return self.number.partition(".")[0].zfill(2)

    @property
    def is_called(self) -> bool:
        """Whether the scenario calls what the learner writes."""
        return self.asks in ("function", "middleware", "test")

    def text(self, key: str) -> Text:
        """Return one of its texts, or of those for all exercises."""
        text = self.texts.get(key) or GENERAL[key]
        return translated(self.number, key, text)


def edit(code: str, *pieces: str) -> str:
    """Return an answer that differs from another in a few places.

    Args:
        code: the other answer.
        pieces: what is replaced and what by, in pairs.

    Raises:
        ValueError: what is to be replaced does not occur exactly once.
    """
    for old, new in zip(pieces[::2], pieces[1::2], strict=True):
        found = code.count(old)
        if found != 1:
            raise ValueError(
                f"{old!r} occurs {found} times, not once, in:\n{code}"
            )
        code = code.replace(old, new)
    return code


@room_for_files()
def find(number: object) -> Exercise:
    """Return an exercise.

    Args:
        number: its number, however it is written: ``"7.1"``, ``"ex 7,1"``,
            ``7.1``.

    Raises:
        ValueError: there is no such exercise; says which there are.
    """
    own = _as_number(number)
    if own not in numbers():
        near = [n for n in numbers() if n.split(".")[0] == own.split(".")[0]]
        raise ValueError(
            f"there is no exercise {own!r}; there are"
            f" {', '.join(near or numbers())}"
        )
    name = f"e{own.replace('.', '_')}"
    module: Any = importlib.import_module(f"{PACKAGE}.{name}")
    exercise: Exercise = module.EXERCISE
    return exercise


_WRITTEN = re.compile(
    r"[\W_]*(?:exercise|ex|e)?[\W_]*(\d{1,4})\s*[.,:_-]\s*(\d{1,4})[\W_]*",
    re.IGNORECASE,
)


def _as_number(number: object) -> str:
    """Return a number as the files have it; another text as it is."""
    # By its very type: an object of the learner's is asked for nothing here.
    if type(number) is float:
        return _of_float(number)
    if type(number) is not str and type(number) is not int:
        raise ValueError(
            "an exercise's number comes first, and in quotes, such as"
            f' "{numbers()[0]}"'
        )
    found = _WRITTEN.fullmatch(str(number))
    if found is None:
        return str(number)[:_LONGEST]
    return ".".join(str(int(part)) for part in found.groups())


def _of_float(number: float) -> str:
    """Return the number that is meant: 7.1 and 7.10 are the same float."""
    meant = [known for known in numbers() if float(known) == number]
    if len(meant) > 1:
        quoted = " or ".join(f'"{each}"' for each in meant)
        raise ValueError(
            f"{number!r} may mean {quoted}; write the number in quotes"
        )
    return meant[0] if meant else repr(number)


@functools.cache
def numbers() -> tuple[str, ...]:
    """Return the numbers of all exercises, in order: a file for each."""
    names = [path.stem[1:].split("_") for path in FOLDER.glob("e*_*.py")]
    pairs = sorted((int(lesson), int(own)) for lesson, own in names)
    return tuple(f"{lesson}.{own}" for lesson, own in pairs)


__all__ = ["Exercise", "Stage", "Text", "edit", "find", "numbers"]
