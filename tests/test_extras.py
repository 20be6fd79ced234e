"""What an extra brings, and what is said where it is missing."""

import importlib.metadata
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from soak.test_extras import ALONE
from support import ROOT
from support.limit import OF_PROCESS

README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(set(re.findall(r"`(minichannels(?:\.[a-z]+)+)`", README)))

# Only the standard library, asgiref and what is under test can be imported.
BARE = """
import importlib, sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        known = {"minichannels", "asgiref"} | sys.stdlib_module_names
        if top not in known and not top.startswith("_"):  # of this Python
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nothing())
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(f"{name}: {error}")
"""


def needs(package: str, extra: str) -> list[str]:
    """Name what a package needs, with one of its extras."""
    lines = importlib.metadata.requires(package) or []
    return [
        requirement.name.lower()
        for requirement in map(Requirement, lines)
        if requirement.marker is None
        or requirement.marker.evaluate({"extra": extra})
    ]


def brought(extra: str) -> set[str]:
    """Name all packages that come with an extra, and what they need."""
    found, to_do = {"minichannels"}, needs("minichannels", extra)
    while to_do:
        name = to_do.pop()
        if name not in found:
            found.add(name)
            to_do += needs(name, "")
    return found


def test_what_record_needs_is_small() -> None:
    packages = brought("record")

    assert {"asgiref", "uvicorn", "websockets"} <= packages
    assert len(packages) < 15


def test_the_core_needs_asgiref_alone() -> None:
    assert brought("") <= {"minichannels", "asgiref", "typing_extensions"}


def test_each_module_of_the_readme_says_which_extra_it_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BARE, *MODULES],
        capture_output=True,
        text=True,
        check=True,
        timeout=OF_PROCESS,
    )

    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    extras = {
        name: re.findall(r'pip install "minichannels\[(\w+)\]"', text)
        for name, text in said.items()
    }
    assert extras == {
        "minichannels.contrib.django": ["django"],
        "minichannels.lab": ["lab"],
        "minichannels.lab.faults": ["lab"],
        "minichannels.protocols.mqtt": ["mqtt"],
        "minichannels.sessions.signed": ["sessions"],
    }


@pytest.mark.parametrize(
    ("path", "extra"),
    [("redis.RedisChannelLayer", "redis"), ("nats.NatsChannelLayer", "nats")],
)
def test_a_layer_that_is_configured_says_which_extra_it_needs(
    path: str, extra: str
) -> None:
    code = BARE + (
        "from minichannels.layers import channel_layers\n"
        f"backend = 'minichannels.layers.{path}'\n"
        "channel_layers.configure({'default': {'BACKEND': backend}})\n"
        "try: channel_layers['default']\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=OF_PROCESS,
    )

    assert f'pip install "minichannels[{extra}]"' in done.stdout


@pytest.mark.parametrize("extra", sorted(set(ALONE) - {"channels"}))
def test_tests_of_an_extra_begin_without_channels(extra: str) -> None:
    places = [ROOT / "tests" / place for place in ALONE[extra].split()]
    files = [
        file
        for place in places
        for file in (place.rglob("test_*.py") if place.is_dir() else [place])
    ]
    at_once = re.compile(r"^(import|from|\w.*import_module\(.) ?channels", re.M)

    assert files
    for file in files:
        found = at_once.search(file.read_text(encoding="utf-8"))
        assert not found, f"{file}: pytest.importorskip() in a fixture"
