"""Where the learner's handler is defined that ran last.

How it works: the answer is only looked at from outside. No code of the
learner's runs here, for this is the notebook's own thread, which must not
wait.
"""

from typing import Any

from minichannels.lab.checking.diagnosis.functions import (
    handler_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.sandbox.stack_frames import SourceLine


def defined_at(answer: Any, handler: str) -> SourceLine | None:
    """Return the learner's line at which a handler begins.

    A function has none: where it begins says nothing, and no line is the
    learner's if the library's own handler ran.

    Args:
        answer: a class, an application or a function.
        handler: the method of the class.
    """
    owner = owner_of(answer)
    if not isinstance(owner, type):
        return None
    code = handler_of(owner, handler)
    return None if code is None else place_of(code)
