"""Where the learner's code is defined: the line of a handler, or of a class.

How it works: the answer is only looked at from outside. No code of the
learner's runs here, for this is the notebook's own thread, which must not
wait.
"""

import linecache
import re
from typing import Any

from minichannels.lab.checking.diagnosis.functions import (
    code_of,
    handler_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.sandbox.stack_frames import SourceLine


def defined_at(answer: Any, handler: str = "") -> SourceLine | None:
    """Return the learner's line at which an answer begins.

    Args:
        answer: a class, an application or a function.
        handler: the method of the class that it is about, if it is known.
    """
    owner = owner_of(answer)
    code = handler_of(owner, handler)
    if code is not None:
        return place_of(code)
    return _class_line(owner) if type(owner) is type else None


def _class_line(owner: type) -> SourceLine | None:
    """Return the line of a class: the one above the first of its methods."""
    codes = filter(None, map(code_of, vars(owner).values()))
    code = next(codes, None)
    if code is None:
        return None
    lines = linecache.getlines(code.co_filename)[: code.co_firstlineno]
    for number in range(len(lines), 0, -1):
        if re.match(
            rf"\s*class {re.escape(owner.__name__)}\b", lines[number - 1]
        ):
            return place_of(code, number)
    return None
