from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep progress in an empty folder."""
    monkeypatch.setenv("MINICHANNELS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
