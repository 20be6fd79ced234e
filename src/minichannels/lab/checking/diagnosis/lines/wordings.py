"""Errors of Python's own, known by their words, and what they are about.

Some ask for a second look at the line, which may find that it is another slip,
or none.
"""

import ast
import builtins
import sys
from collections.abc import Callable, Mapping
from inspect import CO_COROUTINE
from typing import Any

from minichannels.consumer.names import library_names
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import (
    code_of,
    methods_of,
    node_of,
    place_of,
)
from minichannels.lab.checking.diagnosis.lines.failing import Case, nearest
from minichannels.lab.checking.diagnosis.lines.misplaced import (
    is_quoted,
    never_set,
    not_on_self,
)
from minichannels.lab.checking.diagnosis.lines.unused import is_method

PATTERNS: Mapping[str, str] = {
    "no super": r"(TypeError: \w+\.groups is .* not None|"
    r"AttributeError: '\w+' object has no attribute 'body')",
    "super without brackets": r"(TypeError: descriptor '\w+' of 'super' object"
    r" needs|AttributeError: type object 'super' has no)",
    # In Python 3.13 in another order.
    "print for send": r"TypeError: (?=.*\bprint\(\))(?=.*keyword argument)"
    r".*?'(?P<name>\w+)'",
    "library's type": r"ValueError: \w+ takes no '(?P<type>[^']*)' from a"
    r" channel layer",
    "unbound": r"TypeError: unbound method (?P<what>[\w.]+)\(\) needs",
    "unbound of another": r"TypeError: descriptor '(?P<what>\w+)' for"
    r" '(?P<kind>[\w.]+)' objects doesn't apply",
    "numbers joined": r"TypeError: sequence item \d+: expected str instance,"
    r" (?P<kind>\w+) found",
    "not an event": r"TypeError: an event is a dict with a 'type', not",
    "consumer's send": r"TypeError: [\w.]*send\(\) got an unexpected keyword"
    r" argument '(?P<name>text_data|bytes_data)'",
    "of a function": r"AttributeError: '(?:function|method)' object has no"
    r" attribute '(?P<name>\w+)'",
    "unhashable": r"TypeError: .*unhashable type: '(?P<kind>\w+)'",
    "no JSON": r"TypeError: Object of type (?P<kind>\w+) is not JSON",
    "own hook": r"TypeError: \w+\.disconnect\(\) missing 1",
    "too many parameters": r"TypeError: \w+\.(?P<name>\w+)\(\) missing"
    r" \d+ required positional arguments?: '(?P<names>\w+)'$",
    "method": r"\w+: .*\b(builtin_function_or_method|method)\b",
    # In Python 3.14 in other words.
    "not async": r"\w+: (object \w+ can't be used in 'await' expression|"
    r"'\w+' object can't be awaited)",
    "missing argument": r"\w+: (?P<call>group_\w+)\(\) missing",
    "arguments": r"TypeError: (?P<call>[\w.<>]+)\(\) takes (?P<takes>\d+)"
    r" positional arguments? but (?P<given>\d+)",
    "a dict": r"AttributeError: 'dict' object has no attribute '(?P<name>\w+)'",
    "text already": r"AttributeError: '(?P<kind>str|bytes)' object has no"
    r" attribute '(?P<name>decode|encode)'",
    "called here": r"TypeError: ('\w+' object is not callable|the first"
    r" argument must be callable)",
    "none": r"\w+: .*\bNoneType\b",
    "near attribute": r"AttributeError: .* has no attribute '(?P<name>\w+)'",
    "no key": r"KeyError: '(?P<key>.*)'",
    "text index": r"TypeError: string ind\w+ must be integers",
    "not set yet": r"UnboundLocalError: .*local variable '(?P<name>\w+)'",
    "not imported": r"NameError: name '(?P<name>\w+)' is not defined",
    "on self": r"NameError: name '(?P<name>\w+)' is not defined",
    "near name": r"NameError: name '(?P<name>\w+)' is not defined",
    "text and bytes": r"TypeError: .*(bytes-like object is required, not 'str'|"
    r"can't concat str|not \"bytes\"|'bytes' and 'str'|'str' and 'bytes')",
    "joined": r"TypeError: (can only concatenate str \(not \"(?P<kind>\w+)\"\)|"
    r"unsupported operand type\(s\) for \+: '(?P<left>\w+)' and 'str')",
    "loaded twice": r"TypeError: the JSON object must be str, .*not dict",
    "apart": r"ValueError: (?P<how>too many|not enough) values to unpack",
    "changed meanwhile": r"RuntimeError: \w+ changed size during iteration",
}
"""What an error of Python's says, by the key of the slip."""


def _no_super(case: Case) -> Clue | None:
    """Look for an ``__init__`` that does not call the library's."""
    code = methods_of(case.owner).get("__init__")
    if code is None or "super" in code.co_names:
        return None
    return Clue("no super", place_of(code))


def _method(case: Case) -> Clue | None:
    """Look for a method that is named in the line, but not called."""
    if case.place is None:
        return None
    code = methods_of(case.owner).get(case.place.function)
    code = code or code_of(case.owner)
    tree = node_of(code) if code is not None else ast.Module([], [])
    nodes = list(ast.walk(tree))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    called |= {id(n.value) for n in nodes if isinstance(n, ast.Attribute)}
    for node in nodes:
        if (
            isinstance(node, ast.Attribute)
            and node.lineno == case.place.line
            and id(node) not in called
            and is_method(node, case.owner)
        ):
            return Clue("method", case.place, {"what": ast.unparse(node)})
    return None


def _arguments(case: Case) -> Clue | None:
    """Look whether the method that was called has no ``self``."""
    name = case.values["call"].rpartition(".")[2]
    code = methods_of(case.owner).get(name)
    more = int(case.values["given"]) - int(case.values["takes"])
    own = code.co_varnames[: code.co_argcount] if code is not None else ()
    if code is not None and more == 1 and own[:1] != ("self",):
        word = "async def" if code.co_flags & CO_COROUTINE else "def"
        wanted = f"{word} {name}({', '.join(('self', *own))})"
        return Clue("self missing", place_of(code), {"wanted": wanted})
    return Clue("arguments", case.place)


def _too_many_parameters(case: Case) -> Clue | None:
    """Look whether a method was called in a line that is not the learner's."""
    name, lacking = case.values["name"], case.values["names"]
    code = methods_of(case.owner).get(name)
    called = case.place is not None and name in case.place.code
    if code is None or called:
        return None
    own = [n for n in code.co_varnames[: code.co_argcount] if n != lacking]
    word = "async def" if code.co_flags & CO_COROUTINE else "def"
    wanted = f"{word} {name}({', '.join(own)})"
    return Clue("too many parameters", place_of(code), {"wanted": wanted})


def _missing_argument(case: Case) -> Clue | None:
    is_send = case.values["call"] == "group_send"
    second = "message" if is_send else "channel"
    return Clue("missing argument", case.place, {"second": second})


def _a_dict(case: Case) -> Clue | None:
    if case.is_handed() and case.message is not None:
        return Clue("a dict", case.place)
    about = case.about()
    if about is None:
        return None
    return Clue("dict attribute", case.place, {"what": ast.unparse(about)})


_TO_A_THREAD = {"to_thread": 0, "run_in_executor": 1}
"""At which place each of them is given the function."""


def _called_here(case: Case) -> Clue | None:
    """Look for a call in place of the function that a thread should call."""
    for node in ast.walk(case.failed or ast.Module([], [])):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        at = _TO_A_THREAD.get(name.rpartition(".")[2])
        given = node.args[at : at + 1] if at is not None else []
        if isinstance(next(iter(given), None), ast.Call):
            values = {"call": ast.unparse(given[0]), "to": name}
            return Clue("called here", case.place, values)
    return None


def _none(case: Case) -> Clue | None:
    about = case.about()
    if about is None:
        return None
    return Clue("none", case.place, {"what": ast.unparse(about)})


def _apart(case: Case) -> Clue | None:
    """Look for the names that something is taken apart into."""
    if not isinstance(case.failed, ast.Tuple | ast.List):
        return None
    names = ", ".join(map(ast.unparse, case.failed.elts))
    how = "more" if case.values["how"] == "too many" else "fewer"
    return Clue("apart", case.place, {"names": names, "how": how})


def _text_already(case: Case) -> Clue:
    is_text = case.values["kind"] == "str"
    kind = "a text" if is_text else "bytes"
    return Clue("text already", case.place, {"kind": kind})


def _of_a_function(case: Case) -> Clue | None:
    """Look for the function of which something was wanted."""
    about = case.about()
    if not isinstance(about, ast.Name):
        return None
    return Clue("of a function", case.place, {"what": about.id})


def _near_attribute(case: Case) -> Clue | None:
    thing: Any = case.error.obj
    known = {name for base in type(thing).__mro__ for name in vars(base)}
    kind: Any = type(thing)
    name = case.values["name"]
    if kind is case.owner:
        known |= {*library_names(kind), *vars(thing)}
        if (clue := _of_the_object(case, name)) is not None:
            return clue
    near = nearest(name, known)
    if near:
        return Clue("near attribute", case.place, {"near": near})
    return never_set(case, name) if kind is case.owner else None


def _of_the_object(case: Case, name: str) -> Clue | None:
    """Look where a name stands that ``self`` has not."""
    if case.message and name in case.message.payload:
        return Clue("in the message", case.place)
    outside = case.names - {*dir(builtins), *case.variables}
    if name in outside:
        return Clue("outside of the class", case.place)
    return not_on_self(case, name)


def _no_key(case: Case) -> Clue | None:
    """Look in what the key is missing: the message of the layer, or else."""
    message, key, about = case.message, case.values["key"], case.about()
    if case.is_handed() and message is not None:
        if key in message.payload:
            return None
        keys = ", ".join(f"`{each}`" for each in ("type", *message.payload))
        more = {"keys": keys, "handler": message.handler}
        return Clue("no key", case.place, more)
    if about is None:
        return None
    is_event = _may_be_event(case, about)
    if not is_event and is_quoted(case, key):
        return Clue("quoted", case.place, {"what": ast.unparse(about)})
    values = {
        "what": ast.unparse(about),
        "is_event": is_event,
    }
    return Clue("key of another", case.place, values)


def _may_be_event(case: Case, about: ast.expr) -> bool:
    """Return whether something may have come with ``receive()``."""
    while isinstance(about, ast.Subscript | ast.Attribute):
        about = about.value
    root = getattr(about, "id", "")
    is_scope = root in case.parameters[:1]  # or self
    return not root or (root in case.variables and not is_scope)


def _text_index(case: Case) -> Clue | None:
    about = case.about()
    if about is None:
        return None
    return Clue("text index", case.place, {"what": ast.unparse(about)})


_ELSEWHERE = {
    "async_to_sync": "asgiref.sync",
    "sync_to_async": "asgiref.sync",
    **dict.fromkeys(
        ("AnonymousUser", "get_user", "refresh_user"), "minichannels.auth"
    ),
}


def _not_imported(case: Case) -> Clue | None:
    name = case.values["name"]
    if name in sys.stdlib_module_names:
        return Clue("not imported", case.place, {"line": f"import {name}"})
    if name in _ELSEWHERE:
        line = f"from {_ELSEWHERE[name]} import {name}"
        return Clue("not imported", case.place, {"line": line})
    return None


def _on_self(case: Case) -> Clue | None:
    """Look where else the class has such a name."""
    owner = case.owner
    if not isinstance(owner, type):
        return None
    name, methods = case.values["name"], methods_of(owner)
    known = library_names(owner) | {n for b in owner.__mro__ for n in vars(b)}
    written = {
        ast.unparse(node)
        for code in methods.values()
        for node in ast.walk(node_of(code))
        if isinstance(node, ast.Attribute)
    }
    if name in known or f"self.{name}" in written:
        return Clue("on self", case.place)
    for method, code in methods.items():
        if name in code.co_varnames:
            return Clue("local", case.place, {"method": method})
    return None


def _near_name(case: Case) -> Clue | None:
    name = case.values["name"]
    if hasattr(str, name):
        return Clue("method of texts", case.place)
    near = nearest(name, case.names)
    return Clue("near name", case.place, {"near": near}) if near else None


def _joined(case: Case) -> Clue | None:
    kind = case.values["kind"] or case.values["left"]
    return Clue("joined", case.place, {"kind": kind})


SECOND_LOOKS: Mapping[str, Callable[[Case], Clue | None]] = {
    "no super": _no_super,
    "method": _method,
    "arguments": _arguments,
    "too many parameters": _too_many_parameters,
    "missing argument": _missing_argument,
    "a dict": _a_dict,
    "text already": _text_already,
    "apart": _apart,
    "called here": _called_here,
    "none": _none,
    "of a function": _of_a_function,
    "near attribute": _near_attribute,
    "no key": _no_key,
    "text index": _text_index,
    "not imported": _not_imported,
    "on self": _on_self,
    "near name": _near_name,
    "joined": _joined,
}
