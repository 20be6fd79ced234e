"""A project for Channels with users and a database, and the same one here.

What is taken over from Channels is changed by the README's steps alone. Each of
the five parts is of a shape that public projects have; one process for each
library tells all five stories, and prints what every client got.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import ROOT

PROJECT = Path(__file__).parent / "projects"
README = (ROOT / "README.md").read_text(encoding="utf-8")
STORIES = ("chat", "notices", "game", "presence", "dashboard", "database")

# A row of the README's table, and what it says about a file.
STEPS = {
    '| `"channels"` in `INSTALLED_APPS`, which many leave out |'
    ' `"minichannels"`': (
        '"channels",',
        '"minichannels",',
    ),
    "| `from channels.… import …` | `from minichannels.… import …`": (
        "from channels.",
        "from minichannels.",
    ),
    "| `channels.layers.InMemoryChannelLayer` in `CHANNEL_LAYERS` |"
    " `minichannels.layers.InMemoryChannelLayer`": (
        '"channels.layers.InMemoryChannelLayer"',
        '"minichannels.layers.InMemoryChannelLayer"',
    ),
}


def moved(text: str) -> str:
    for before, after in STEPS.values():
        text = text.replace(before, after)
    return text


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what was heard on Channels, and here."""
    folders = [tmp_path_factory.mktemp(name) for name in ("theirs", "ours")]
    for folder in folders:
        shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    for file in folders[1].rglob("*.py"):
        file.write_text(moved(file.read_text("utf-8")), encoding="utf-8")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "club.story"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for folder in folders
    ]
    outputs = [process.communicate(timeout=100)[0] for process in processes]
    return [json.loads(output) for output in outputs]


def test_steps_are_in_the_readme_and_leave_nothing_of_channels() -> None:
    assert [step for step in STEPS if step not in README] == []
    for file in PROJECT.rglob("*.py"):
        text = moved(file.read_text("utf-8"))
        left = text.replace("minichannels", "")
        assert "from channels" not in left
        assert '"channels' not in left


@pytest.mark.xdist_group("projects")
@pytest.mark.parametrize("story", STORIES)
def test_clients_hear_the_same(told: list[dict[str, Any]], story: str) -> None:
    theirs, ours = (heard[story] for heard in told)

    assert ours == theirs
    assert all(ours.values())
    assert "more than was waited for" not in str(ours)
