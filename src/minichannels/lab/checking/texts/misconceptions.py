"""The register of misconceptions: what people believe, and what is true.

It is one file, ``exercises/misconceptions.toml``, a table for each. Messages
quote what is true; the instructor's guide lists them all.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from minichannels.lab.checking.texts.texts import line_of, say

FILE = Path(__file__).parents[2] / "exercises" / "misconceptions.toml"


@dataclass(frozen=True)
class Misconception:
    """Something that people believe, and that is not so.

    Attributes:
        believed: what they believe, in their own words.
        true: what is true; a message says this.
        lesson: the number of the lesson that meets it.
        answers: the wrong answers that come of it: an exercise's number and
            the key of its text, such as ``"4.1 no name"``.
        slips: what it speaks of, as keys of slips: it is said only where one
            of them was found. By default it is said wherever a text names it.
    """

    believed: str
    true: str
    lesson: str
    answers: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()


@functools.cache
def register() -> Mapping[str, Misconception]:
    """Return all misconceptions, by id."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: Misconception(
            **{
                **table,
                "answers": tuple(table["answers"]),
                "slips": tuple(table.get("slips", ())),
            }
        )
        for name, table in tables.items()
    }


def fits(name: str, slip: str) -> bool:
    """Return whether a misconception may be said where a slip was found.

    Args:
        name: its id.
        slip: the slip's key; empty if none was found.
    """
    slips = register()[name].slips
    return not slips or slip in slips


def truth(name: str) -> str:
    """Return what is true, in the chosen language."""
    return line_of("misconceptions", name, register()[name].true)


def explained(name: str, *, coy: bool = False) -> str:
    """Return what is believed and what is true, in the chosen language.

    Args:
        name: its id.
        coy: whether to say the first sentence of the truth alone: what holds,
            and not yet what one does therefore.
    """
    entry, true = register()[name], truth(name)
    believed = line_of("misconceptions", f"{name} believed", entry.believed)
    if coy:
        true = f"{true.removesuffix('.').partition('. ')[0]}."
    return say("believed", believed=believed, truth=true)


def as_markdown() -> str:
    """Return the register as a table, for the instructor's guide."""
    rows = [
        f"| {name} | {m.lesson} | {m.believed} | {m.true} |"
        f" {', '.join(m.answers) or 'any'} |"
        for name, m in register().items()
    ]
    head = "| id | lesson | believed | true | wrong answers |"
    return "\n".join([head, "|---|---|---|---|---|", *rows]) + "\n"
