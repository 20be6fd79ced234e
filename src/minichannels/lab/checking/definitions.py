"""Where the learner's code is defined: the line of a handler, or of a class.

How it works: the answer is only looked at from outside. No code of the
learner's runs here, for this is the notebook's own thread, which must not
wait.
"""

import inspect
import linecache
import re
from types import CodeType, FunctionType
from typing import Any

from minichannels.lab.checking import places
from minichannels.lab.checking.places import Place


def defined_at(answer: Any, handler: str = "") -> Place | None:
    """Return the learner's line at which an answer begins.

    Args:
        answer: a class, an application or a function.
        handler: the method of the class that it is about, if it is known.
    """
    owner = inspect.getattr_static(answer, "consumer_class", answer)
    method = inspect.getattr_static(owner, handler, None)
    code = _code(method) or _code(owner)
    if code is not None:
        return _place(code, code.co_firstlineno)
    return _class_line(owner) if type(owner) is type else None


def _code(thing: Any) -> CodeType | None:
    """Return the code of a function of the learner's."""
    if isinstance(thing, staticmethod | classmethod):
        thing = thing.__func__
    if not isinstance(thing, FunctionType):
        return None
    inner = thing.__dict__.get("__wrapped__")
    code = inner.__code__ if isinstance(inner, FunctionType) else thing.__code__
    return code if places.is_learners(code.co_filename) else None


def _class_line(owner: type) -> Place | None:
    """Return the line of a class: the one above the first of its methods."""
    codes = filter(None, map(_code, vars(owner).values()))
    code = next(codes, None)
    if code is None:
        return None
    lines = linecache.getlines(code.co_filename)[: code.co_firstlineno]
    for number in range(len(lines), 0, -1):
        if re.match(
            rf"\s*class {re.escape(owner.__name__)}\b", lines[number - 1]
        ):
            return _place(code, number)
    return None


def _place(code: CodeType, line: int) -> Place:
    return Place(line, linecache.getline(code.co_filename, line).strip())
