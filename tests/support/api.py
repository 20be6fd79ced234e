"""The table of all public names of Channels and channels_redis, and of ours.

How it works: their names are read from their source, so nothing of Django has
to be set up; ours are looked up in the module of the same name. A name that is
missing, or that takes other parameters, needs a reason in ``REASONS``; a
reason that explains nothing is an error as well.

``python tests/support/api.py`` writes the table anew.
"""

import ast
import importlib
import importlib.util
import inspect
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

PAGE = Path(__file__).parents[1] / "compat" / "API.md"
PACKAGES = {"channels": "channels", "channels_redis": "channels_redis"}
COMMAND = "python tests/support/api.py"

# Why a name is not here, or differs: the first pattern that fits counts.
_INSIDE = "a part of how theirs works"
_SUBCLASS = "a layer defines it; the base class keeps names and capacities"
REASONS: dict[str, str] = {
    "channels.layers:BaseChannelLayer.flush": _SUBCLASS,
    "channels.layers:BaseChannelLayer.group_add": _SUBCLASS,
    "channels.layers:BaseChannelLayer.group_discard": _SUBCLASS,
    "channels.layers:BaseChannelLayer.group_send": _SUBCLASS,
    "channels.layers:BaseChannelLayer.new_channel": _SUBCLASS,
    "channels.layers:BaseChannelLayer.receive": _SUBCLASS,
    "channels.layers:BaseChannelLayer.send": _SUBCLASS,
    "channels.layers:BaseChannelLayer.*_regex": (
        "how names are checked; ours are ASCII only"
    ),
    "channels.layers:BaseChannelLayer.match_type_and_length": (
        "part of `require_valid_channel_name()`"
    ),
    "channels.layers:BaseChannelLayer.valid_channel_names": (
        "`require_valid_channel_name()` for each"
    ),
    "channels.layers:InMemoryChannelLayer": (
        "an unknown argument is an error on both"
    ),
    "channels.management.*:Command.channel_layer": _INSIDE,
    "channels.management.*:Command.verbosity": _INSIDE,
    "channels.testing.application:no_op": "Channels' own patch of Django",
    "channels.testing.live:*": (
        "theirs is Daphne in a process, ours uvicorn in a thread"
    ),
    "channels_redis.pubsub:RedisPubSubChannelLayer": (
        "`RedisChannelLayer` does what both of theirs do"
    ),
    "channels_redis.serializers:*": (
        "`serializer_format` is `msgpack` or `json`; none can be added"
    ),
    "channels_redis.*": _INSIDE,
}

# Where ours stands, if not in a module of the same name.
ELSEWHERE = {
    "channels_redis.core": "minichannels.layers.redis",
    "channels_redis.pubsub": "minichannels.layers.redis",
}

# What is there only beside Django.
BESIDE_DJANGO = (
    "channels.apps:*",
    "channels.management.*",
    "channels.routing:get_default_application",
    "channels.testing.live:*",
)

INTRODUCTION = """\
# Every public name of Channels, and where it is here

Written by `{command}`; a test fails when it is out of date. It compares \
Channels {channels} and channels_redis {redis} with minichannels, module by \
module: `channels.layers` with `minichannels.layers`, and so on; those of \
channels_redis with `minichannels.layers.redis`. What is there beside Django \
needs `pip install "minichannels[django]"`. How the names *behave* \
is compared by the tests beside this page; the README lists where they behave \
otherwise on purpose.

| | here | beside Django |
|---|---|---|
{summary}
"""


class Name(NamedTuple):
    """A public name of theirs."""

    module: str
    path: str  # "Class.method"
    parameters: Sequence[str] | None  # None: it is not called


class Row(NamedTuple):
    """What became of a name here."""

    name: Name
    status: str  # without Django
    beside: str  # and with it
    why: str

    def markdown(self) -> str:
        parameters = self.name.parameters
        call = "" if parameters is None else f"({', '.join(parameters)})"
        name = f"`{self.name.path}{call}`"
        return f"| {name} | {self.status} | {self.beside} | {self.why} |"


# Their names


def their_names(package: str) -> Iterator[Name]:
    """Read the public names from a package's source, module by module."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    for path in sorted(root.rglob("*.py")):
        parts = [package, *path.relative_to(root).with_suffix("").parts]
        module = ".".join(parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, parameters in names_in(tree.body):
            yield Name(module, name, parameters)


def names_in(
    body: Sequence[ast.stmt],
) -> Iterator[tuple[str, Sequence[str] | None]]:
    """Name what statements define, classes with their members."""
    for node in flat(body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if public(node.name):
                called = "property" not in map(ast.unparse, node.decorator_list)
                yield node.name, parameters_of(node) if called else None
        elif isinstance(node, ast.ClassDef) and public(node.name):
            yield node.name, initial_parameters(node)
            members = dict(names_in(node.body))
            members = dict.fromkeys(attributes_of(node)) | members
            for name, parameters in sorted(members.items()):
                yield f"{node.name}.{name}", parameters
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in ast.walk(node):
                if (
                    isinstance(target, ast.Name)
                    and isinstance(target.ctx, ast.Store)
                    and public(target.id)
                ):
                    yield target.id, None


def flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements of a block, those under if and try as well."""
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from flat(node.body)
        else:
            yield node


def attributes_of(node: ast.ClassDef) -> Iterator[str]:
    """Name what the methods of a class set on self."""
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Attribute)
            and isinstance(inner.ctx, ast.Store)
            and isinstance(inner.value, ast.Name)
            and inner.value.id == "self"
            and public(inner.attr)
        ):
            yield inner.attr


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    a = node.args
    names = [arg.arg for arg in a.posonlyargs + a.args]
    names += [f"*{a.vararg.arg}"] if a.vararg else []
    names += [arg.arg for arg in a.kwonlyargs]
    names += [f"**{a.kwarg.arg}"] if a.kwarg else []
    return [name for name in names if name not in ("self", "cls")]


def initial_parameters(node: ast.ClassDef) -> list[str] | None:
    """Return what a class is called with, if it says so itself."""
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            return parameters_of(inner)
    return None


def public(name: str) -> bool:
    return not name.startswith("_") and name != "logger"


# Ours


def status_of(name: Name) -> str:
    """Say whether we have a name, and whether it takes the same."""
    module = our_module(name.module)
    if module is None or not has(module, name.path):
        return "no"
    if name.parameters is None:
        return "yes"
    ours = our_parameters(module, name.path)
    if ours is None:
        return "yes"
    theirs = [word.lstrip("*") for word in name.parameters]
    if [word for word in ours if word in theirs] != theirs:
        return "differs"
    more = [f"`{word}`" for word in ours if word not in theirs]
    return f"yes, and {', '.join(more)}" if more else "yes"


def our_module(theirs: str) -> ModuleType | None:
    _, dot, rest = theirs.partition(".")
    name = ELSEWHERE.get(theirs, f"minichannels{dot}{rest}")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def has(module: ModuleType, path: str) -> bool:
    """Tell whether a module has a name, or instances of its class have."""
    owner, _, member = path.rpartition(".")
    if not owner:
        return hasattr(module, path)
    cls = getattr(module, owner, None)
    return isinstance(cls, type) and any(
        member in vars(base)
        or member in inspect.get_annotations(base)
        or re.search(rf"self\.{member}\b[^=(]*=", source_of(base))
        for base in cls.__mro__
    )


def source_of(cls: type) -> str:
    ours = cls.__module__.startswith("minichannels")
    return inspect.getsource(cls) if ours else ""


def our_parameters(module: ModuleType, path: str) -> list[str] | None:
    """Return the parameters of ours; None for what is asgiref's, as theirs."""
    found: Any = module
    for part in path.split("."):
        found = getattr(found, part)
    call = getattr(found, "__init__") if isinstance(found, type) else found  # noqa: B009
    if call.__module__.startswith("asgiref."):
        return None  # which parameters there are depends on its version
    names = inspect.signature(found).parameters
    return [name for name in names if name not in ("self", "cls")]


# The page


def rows() -> list[Row]:
    """Return a row for each name; see that each difference has its reason."""
    found, used = [], set()
    for package in PACKAGES:
        for name in their_names(package):
            status, why = status_of(name), ""
            if not status.startswith("yes"):
                pattern = reason_for(name)
                used.add(pattern)
                why = REASONS.get(pattern, "?")
            found.append(Row(name, without(name, status), status, why))
    unexplained = [row.name for row in found if row.why == "?"]
    if unexplained or used != set(REASONS):
        raise ValueError(
            f"names without a reason: {unexplained};"
            f" reasons without a name: {sorted(set(REASONS) - used)}"
        )
    return found


def without(name: Name, status: str) -> str:
    """Say what there is of a name without Django."""
    full = f"{name.module}:{name.path}"
    needs = any(fnmatchcase(full, pattern) for pattern in BESIDE_DJANGO)
    return "no" if needs else status


def counted(statuses: Sequence[str]) -> Counter[str]:
    """Count how many names are here, and how."""
    return Counter("yes, and more" if "," in s else s for s in statuses)


def reason_for(name: Name) -> str:
    full = f"{name.module}:{name.path}"
    return next((p for p in REASONS if fnmatchcase(full, p)), "?")


def page() -> str:
    """Return the whole page."""
    found = rows()
    here = counted([row.status for row in found])
    beside = counted([row.beside for row in found])
    text = INTRODUCTION.format(
        command=COMMAND,
        channels=version("channels"),
        redis=version("channels_redis"),
        summary="\n".join(
            f"| {word} | {here[word]} | {beside[word]} |"
            for word in sorted({*here, *beside})
        ),
    )
    for module in dict.fromkeys(row.name.module for row in found):
        text += f"\n## {module}\n\n"
        text += "| name | here | beside Django | why |\n|---|---|---|---|\n"
        text += "".join(
            f"{row.markdown()}\n" for row in found if row.name.module == module
        )
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
