"""Parts that several tests share."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The folder of the project."""


def later() -> list[str]:
    """The folders in tests/ that "make quick" leaves to "make test"."""
    makefile = (ROOT / "Makefile").read_text()
    lines: str
    (lines,) = re.findall(r"^LATER = ((?:.*\\\n)*.*)$", makefile, re.M)
    return lines.replace("\\\n", " ").split()
