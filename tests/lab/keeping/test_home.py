import sys
from pathlib import Path

import pytest

from minichannels.lab.keeping.home import (
    forget_shared,
    home,
    shared_folder,
)


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", "XDG_DATA_HOME", "somewhere/minichannels"),
        ("win32", "APPDATA", "somewhere/minichannels"),
        ("linux", "", "HOME/.local/share/minichannels"),
        ("win32", "", "HOME/AppData/Roaming/minichannels"),
        ("darwin", "", "HOME/Library/Application Support/minichannels"),
    ],
)
def test_home_is_where_the_system_keeps_a_users_data(
    platform: str,
    variable: str,
    folder: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("MINICHANNELS_HOME", "XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "somewhere")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", "HOME")
    monkeypatch.setenv("USERPROFILE", "HOME")

    assert home() == Path(folder)


def test_shared_folders_are_forgotten_and_nothing_else(home: Path) -> None:
    home.mkdir()
    (home / "progress.json").touch()
    shared_folder("flows").mkdir(parents=True)

    for _ in "12":
        forget_shared()

    assert [each.name for each in home.iterdir()] == ["progress.json"]
