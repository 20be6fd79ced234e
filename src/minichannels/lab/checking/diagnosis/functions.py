"""The learner's functions: their code, their lines and their syntax trees."""

import ast
import inspect
import linecache
from types import CodeType, FunctionType
from typing import Any

from minichannels.lab.checking.sandbox import stack_frames
from minichannels.lab.checking.sandbox.stack_frames import SourceLine


def owner_of(answer: Any) -> Any:
    """Return the class that an answer is, or makes objects of; or itself."""
    return inspect.getattr_static(answer, "consumer_class", answer)


def code_of(thing: Any) -> CodeType | None:
    """Return the code of a function of the learner's."""
    if isinstance(thing, staticmethod | classmethod):
        thing = thing.__func__
    if not isinstance(thing, FunctionType):
        return None
    inner = thing.__dict__.get("__wrapped__")
    code = inner.__code__ if isinstance(inner, FunctionType) else thing.__code__
    return code if stack_frames.is_learners(code.co_filename) else None


def methods_of(owner: Any) -> dict[str, CodeType]:
    """Return the code of each method that the learner wrote, by name."""
    bases = owner.__mro__ if isinstance(owner, type) else ()
    found = {n: code_of(m) for b in reversed(bases) for n, m in vars(b).items()}
    return {name: code for name, code in found.items() if code is not None}


def handler_of(owner: Any, handler: str) -> CodeType | None:
    """Return the code of what handled an event, if the learner wrote it."""
    if not isinstance(owner, type):
        return code_of(owner)
    methods = methods_of(owner)
    names = (f"websocket_{handler}", handler, f"{handler}_json")
    return next((methods[name] for name in names if name in methods), None)


def place_of(code: CodeType, line: int = 0) -> SourceLine:
    """Return a line of a function; by default its first one."""
    line = line or code.co_firstlineno
    text = linecache.getline(code.co_filename, line).strip()
    return SourceLine(line, text, code.co_name, code.co_filename)


def node_of(code: CodeType) -> ast.AST:
    """Return the syntax tree of a function; an empty one if it is unknown."""
    source = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node, *node.decorator_list], key=lambda n: n.lineno)
            if first.lineno == code.co_firstlineno:
                return node
    return ast.Module([], [])
