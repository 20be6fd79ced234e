"""Who may import whom, proved by walking the imports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.rooms import OURS, SOURCE, imported, is_in, modules, plant, short

Rows = tuple[set[str], ...]

# A module imports from its own row or from rows above it; those of the first
# row import nothing of ours.
ROWS: Rows = (
    {
        "",
        "types",
        "exceptions",
        "_asgi",
        "_bridge",
        "_masking",
    },  # "" is the package itself
    {"protocol", "db", "layers", "middleware"},
    {"consumer", "routing", "sessions"},
    {"auth", "utils", "generic", "worker"},
    {"security", "testing", "protocols"},
    {"flow"},
    {"lab", "cli", "__main__"},
    {"contrib", "apps", "management", "testing.live"},
)
CORE = 5  # rows that need asgiref and the standard library alone
CORE_NEEDS = {"asgiref"}

# The same inside a package; its face, which nobody in it imports, comes last.
INSIDE: dict[str, Rows] = {
    "consumer": (
        {"calls", "dispatching", "explaining", "handlers", "names", "threads"},
        {"sources"},
        {"lifecycle"},
        {"async_consumer"},
        {"sync_consumer"},
    ),
    "routing": (
        {"key_routers", "patterns"},
        {"routes"},
        {"url_router"},
    ),
    "layers": (
        {"expiry", "explaining", "forking", "membership"},
        {"base", "freezing", "registry"},
        {"mailbox", "own"},
        {"office"},
        {"memory"},
        {"remote"},
        {"nats", "redis"},
    ),
    "auth": (
        {"alarms", "closing", "users"},
        {"logins"},
        {"sockets"},
        {"middleware"},
    ),
    "sessions": (
        {"cookies", "stores"},
        {"session", "signed"},
        {"middleware"},
    ),
    "layers.remote": (
        {"joining", "link", "names", "options", "serializing", "shard"}
        | {"waiting"},
        {"mailboxes"},
        {"session"},
        {"mail", "sessions"},
        {"layer"},
    ),
    "layers.nats": (
        {"names", "requirements"},
        {"connection", "settings"},
        {"wire"},
        {"link"},
        {"streams"},
        {"members", "readers"},
        {"shard"},
        {"layer"},
    ),
    "layers.redis": (
        {"keys", "requirements"},
        {"entries", "resp"},
        {"hosts"},
        {"wire"},
        {"link"},
        {"lists", "subscriptions"},
        {"shard"},
        {"layer"},
    ),
    "protocols": (
        {"clock", "inbox", "places"},
        {"irc", "kiss", "ax25", "aprs", "server", "tcp"},
        {"uplink"},
        {"bot", "mqtt", "radio"},
    ),
    "protocols.mqtt": (
        {"requirements"},
        {"messages"},
        {"connection"},
        {"client"},
    ),
    "contrib.django": (
        {"applications", "connections", "following", "sessions"},
        {"logins"},
        {"apps", "live", "management"},
    ),
    "flow": (
        {"afterwards", "bounded", "private"},
        {"journal", "figure", "servable"},
        {"model", "processes", "recording"},
        {"recording.application"},
        {"recording.layer", "remaining", "text", "unheard"},
        {"drawings", "diff", "parts"},
        {"charts", "live", "pictures"},
        {"flow"},
        {"record", "web"},
    ),
    "flow.recording": (
        {
            "charsets",
            "clients",
            "ending",
            "lifespan",
            "statuses",
            "tasks",
            "tracebacks",
            "unrecorded",
        },
        {"codings"},
        {"bodies", "calls"},
        {"endpoints", "logged", "users"},
        {"application"},
        {"layer"},
    ),
    "flow.text": (
        {"formatting"},
        {"carried", "times"},
        {"wording"},
        {"table"},
        {"har", "html", "mermaid", "narrow"},
        {"threads"},
    ),
    "lab": (
        {"faults", "keeping", "second", "transport"},
        {"beyond", "clients", "engine"},
        {"serving"},
        {"notebook"},
        {"checking"},
        {"classroom"},
        {"project"},
        {"exercises", "building"},
    ),
    "lab.engine": ({"engine", "guard"}, {"guarded", "simulated"}, {"valkey"}),
    "lab.checking": (
        {"texts", "sandbox"},
        {"stage"},
        {"diagnosis"},
        {"report"},
        {"check", "help", "predictions"},
    ),
}

# Whatever becomes of the rows: what is recorded does not know how it is shown,
# what follows from events needs no words, and words need no picture.
NEVER = {
    ("flow.model", "flow.recording"),
    ("flow.model", "flow.text"),
    ("flow.recording", "flow.drawings"),
    ("flow.recording", "flow.model"),
    ("flow.recording", "flow.text"),
    ("flow.text", "flow.drawings"),
    ("flow.text", "flow.recording"),
}

# What an extra allows a module of the core to import.
EXTRAS: dict[str, set[str]] = {
    f"{OURS}.layers.nats.requirements": {"nats", "msgpack"},
    f"{OURS}.layers.redis.requirements": {"redis", "msgpack"},
    f"{OURS}.protocols.mqtt.requirements": {"aiomqtt"},
    f"{OURS}.layers.remote.serializing": {"msgpack", "cryptography"},
    f"{OURS}.sessions.signed": {"itsdangerous"},
}

PUBLIC = (
    OURS,
    f"{OURS}.auth",
    f"{OURS}.consumer",
    f"{OURS}.generic.http",
    f"{OURS}.generic.websocket",
    f"{OURS}.layers",
    f"{OURS}.routing",
    f"{OURS}.sessions",
)


TABLES = {OURS: ROWS} | {
    f"{OURS}.{part}": rows for part, rows in INSIDE.items()
}


def row_in(package: str, module: str) -> int | None:
    """Return the row of a module in a package, if its table names it."""
    if module == package != OURS:
        return len(TABLES[package])
    part = module.removeprefix(package).removeprefix(".")
    while True:
        for number, names in enumerate(TABLES[package]):
            if part in names:
                return number
        if "." not in part:
            return None
        part = part.rpartition(".")[0]


def homeless(name: str) -> bool:
    """Tell whether a table that ought to name a module does not."""
    return any(
        is_in(name, package) and row_in(package, name) is None
        for package in TABLES
    )


def forbidden(source: Path) -> list[str]:
    """List the imports that the tables forbid, and what they do not name."""
    files = modules(source)
    found = [
        f"{short(name)} stands in no row" for name in files if homeless(name)
    ]
    return found + [
        f"{short(name)} → {short(target)}"
        for name, path in files.items()
        for target in sorted(set(imported(path, files)))
        if not homeless(name) and not allowed(name, target)
    ]


def allowed(name: str, target: str) -> bool:
    """Tell whether a module of ours may import another module."""
    row = row_in(OURS, name)
    assert row is not None
    top = target.partition(".")[0]
    if top == OURS:
        return row > 0 and downward(name, target) and not never(name, target)
    if row >= CORE and top:
        return True
    known = sys.stdlib_module_names | CORE_NEEDS | EXTRAS.get(name, set())
    return top in known


def downward(name: str, target: str) -> bool:
    """Tell whether an import leads to rows above, or stays in its own."""
    for package in TABLES:
        if is_in(name, package) and is_in(target, package):
            row, target_row = row_in(package, name), row_in(package, target)
            if row is None or target_row is None or target_row > row:
                return False
    return True


def never(name: str, target: str) -> bool:
    """Tell whether an import is one of those that may never be."""
    return any(
        is_in(name, f"{OURS}.{part}") and is_in(target, f"{OURS}.{other}")
        for part, other in NEVER
    )


def test_modules_import_only_from_their_own_row_or_rows_above() -> None:
    assert modules().keys() >= set(PUBLIC)
    assert forbidden(SOURCE) == []


# What those that are tried below may find beside them.
NEIGHBOURS = (
    "layers/base.py",
    "flow/drawings.py",
    "flow/model/spans.py",
    "flow/recording/application/causes.py",
    "flow/recording/layer/layer.py",
    "flow/text/table.py",
    "lab/clients.py",
    "lab/exercises/e1_1.py",
)


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        ("routing.py", "import minichannels.lab", "→ lab"),
        ("db.py", "from minichannels import flow", "→ flow"),
        ("types.py", "import minichannels", "→ minichannels"),
        (
            "consumer.py",
            "import minichannels.utils",
            "→ utils",
        ),
        ("layers/memory.py", "import redis", "→ redis"),
        ("consumer.py", "from django.db import x", "→ django.db"),
        ("consumer.py", "def f():\n  import numpy", "→ numpy"),
        ("flow/text.py", "from . import journal", "→ ."),
        ("_new.py", "", "stands in no row"),
        ("flow/new.py", "", "stands in no row"),
        (
            "flow/journal/events.py",
            "if TYPE_CHECKING:\n  from minichannels.flow.text import table",
            "→ flow.text.table",
        ),
        (
            "flow/recording/application/observer.py",
            "from minichannels.flow.recording import layer",
            "→ flow.recording.layer",
        ),
        (
            "flow/recording/layer/channels.py",
            "from minichannels.flow.text import table",
            "→ flow.text.table",
        ),
        (
            "flow/live/feed.py",
            "from minichannels.flow import Flow",
            "→ flow",
        ),
        (
            "lab/checking/stage/exercise.py",
            "from minichannels.lab import exercises",
            "→ lab.exercises",
        ),
    ],
)
def test_forbidden_finds(
    tmp_path: Path, file: str, line: str, found: str
) -> None:
    plant(tmp_path, dict.fromkeys(NEIGHBOURS, "") | {file: line})

    name = file.removesuffix(".py").replace("/", ".")
    assert forbidden(tmp_path) == [f"{name} {found}"]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("routing.py", "from minichannels import layers"),
        ("routing.py", "from minichannels.layers import base"),
        ("layers/base.py", "from asgiref.sync import sync_to_async"),
        ("lab/serving.py", "import anywidget, minichannels.flow"),
        ("flow/web.py", "from minichannels.flow import text"),
        ("flow/live.py", "import minichannels.flow.recording.layer.layer"),
        ("flow/text/html.py", "from minichannels.flow.model import spans"),
        ("flow/__init__.py", "from minichannels.flow import text"),
        ("lab/exercises/e1_2.py", "import minichannels.lab.clients"),
    ],
)
def test_forbidden_lets_pass(tmp_path: Path, file: str, line: str) -> None:
    plant(tmp_path, dict.fromkeys(NEIGHBOURS, "") | {file: line})

    assert forbidden(tmp_path) == []


def test_import_loads_asgiref_and_the_standard_library_alone() -> None:
    script = (
        "import json, sys; before = set(sys.modules); "
        f"import {', '.join(PUBLIC)}; "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    # -P: what lies in the working directory is not what was installed.
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = json.loads(done.stdout)

    known = sys.stdlib_module_names | CORE_NEEDS | {OURS}
    assert set(loaded) >= set(PUBLIC)
    assert [
        name for name in loaded if name.partition(".")[0] not in known
    ] == []
