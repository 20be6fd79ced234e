"""An extra alone, in a fresh environment, is enough for its tests."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT

# What runs the tests, and plays the browser in them.
TOOLS = ("pytest", "pytest-asyncio", "pytest-timeout", "httpx")
ALONE = {"django": "tests/contrib/django", "sessions": "tests/sessions"}


@pytest.mark.timeout(0)  # to install takes as long as the network does
@pytest.mark.parametrize("extra", ALONE)
def test_extra_alone_passes_its_tests(extra: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    python = str(tmp_path / folder / "python")
    pip = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, f"{ROOT}[{extra}]", *TOOLS], check=True)

    # Without the options of the project, which are for other tools.
    tests = [ALONE[extra], "--override-ini=addopts=", "-pno:cacheprovider"]
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]
