"""``predict``: commit to an answer first, compare it with what happens.

Nothing is graded. What was predicted is known for as long as the kernel lives;
that something was, ``progress()`` shows.
"""

import re
from typing import Any

from minichannels.lab.checking.report.kept import keep
from minichannels.lab.checking.report.message import marked, plain
from minichannels.lab.notebook.source import AtOnce

_made: dict[str, Any] = {}
_NOTHING: Any = object()


class Prediction(AtOnce):
    """What was predicted, and what happened; shows itself."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines

    def __repr__(self) -> str:
        return "\n".join(plain(line) for line in self._lines)

    def _repr_html_(self) -> str:
        return "<p>" + "<br>".join(map(marked, self._lines)) + "</p>"


def predict(
    number: object, answer: Any = _NOTHING, *, happened: Any = _NOTHING
) -> Prediction:
    """Note a prediction; or, later, show it beside what happened.

    Args:
        number: such as ``"4.p1"``.
        answer: the prediction; ``...`` stands for "none yet".
        happened: what came of it.

    Raises:
        ValueError: the number is none of a prediction.
        TypeError: neither an answer nor what happened is given.
    """
    number = _as_number(number)
    if happened is not _NOTHING:
        return _compared(number, happened)
    if answer is _NOTHING:
        raise TypeError(f'give your answer: predict("{number}", answer=…)')
    if answer is ...:
        _made.pop(number, None)
        return Prediction(
            f"{number}: no prediction yet. Write yours in place of `...`, run"
            " this cell, then go on."
        )
    _made[number] = answer
    keep("predicted", number)
    return Prediction(
        f"{number}: you predict `{answer!r}`. Now run the next cell."
    )


def _as_number(number: object) -> str:
    """Return the number of a prediction, however it is written."""
    found = re.fullmatch(
        r"\s*(\d{1,4})\s*[.,]?\s*p\s*(\d{1,4})\s*", str(number), re.IGNORECASE
    )
    if found is None:
        raise ValueError(
            f"{number!r} is no number of a prediction; one looks like '4.p1'"
        )
    return ".p".join(str(int(part)) for part in found.groups())


def _compared(number: str, happened: Any) -> Prediction:
    if number not in _made:
        yours = f"{number}  You predicted: nothing"
    else:
        yours = f"{number}  You predicted: `{_made[number]!r}`"
    lines = [yours, f"{' ' * len(number)}  It was:        `{happened!r}`"]
    if number in _made and _same(_made[number], happened):
        lines.append("As you predicted.")
    return Prediction(*lines)


def _same(predicted: Any, happened: Any) -> bool:
    """Return whether two answers say the same, in whatever words."""
    one, other = map(_word, (predicted, happened))
    if one == other:
        return True
    # "1, 3" says as much as "1 and 3".
    numbers = re.findall(r"\d+", other)
    return bool(numbers) and numbers == re.findall(r"\d+", one)


def _word(answer: Any) -> str:
    """Return an answer as it is compared; who writes True means yes."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer).strip().casefold()
