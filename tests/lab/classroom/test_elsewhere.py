import subprocess
import sys
from typing import Any

import pytest

from minichannels.lab.classroom import elsewhere, on_channels
from support.exercises import define

CLASSROOM = """\
class Classroom(AsyncJsonWebsocketConsumer):
    def __init__(self, room):
        super().__init__()
        self.room = room

    async def receive_json(self, content):
        {}
"""


def made(line: str) -> Any:
    return define(CLASSROOM.format(line))["Classroom"]


def test_pages_are_told_the_same_there() -> None:
    played = on_channels(made("await self.send_json(json.loads('[1]'))"))

    assert played.same
    assert repr(played) == (
        "On Django Channels each page was told the same, in the same order."
        " Messages: ada 4, bob 3, eve 1."
    )


def test_difference_is_told() -> None:
    line = "await self.send_json(type(self).__mro__[1].__module__[:4])"

    played = on_channels(made(line))

    assert not played.same
    assert 'ada was told ["mini", "mini"' in played.words
    assert '["chan", "chan"' in played.words


def test_last_words_of_a_program_that_fails_are_told() -> None:
    played = on_channels(made("raise KeyError('oh')"))

    assert not played.same
    assert repr(played) == "The program failed: KeyError: 'oh'"


def test_program_that_takes_too_long_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elsewhere, "LIMIT", 0.01)

    played = on_channels(made("pass"))

    assert not played.same
    assert "timed out after 0.01 seconds" in played.words


def test_without_channels_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elsewhere, "find_spec", lambda name: None)

    played = on_channels(made("pass"))

    assert not played.same
    assert 'pip install "minichannels[channels]"' in repr(played)


def test_there_it_runs_on_channels_alone() -> None:
    theirs = elsewhere.program(made("pass")).replace("minichannels", "channels")
    checked = (
        "import sys\nassert 'minichannels' not in sys.modules\n"
        "assert 'channels.layers' in sys.modules\nprint('so it is')"
    )

    program = "KNOWN = []\n" + elsewhere.SETTINGS + theirs + checked

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "so it is"
