"""What groups and channels are called, if a secret is in their name."""

from collections.abc import Iterator

import pytest

from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.layer import shown_names
from minichannels.flow.recording.layer.shown_names import ShownNames
from support.connections import connect

KEYS = ("key-of-ada", "key-of-bob")


@pytest.fixture
def _runs() -> Iterator[None]:
    """An application runs whose client has shown two keys."""
    connection = connect(Journal())
    connection.learns(KEYS)
    token = CURRENT.set(connection)
    yield
    CURRENT.reset(token)


@pytest.mark.usefixtures("_runs")
def test_each_name_with_a_secret_in_it_has_a_number() -> None:
    names = ShownNames()

    shown = [names.of(f"of.{key}") for key in (*KEYS, KEYS[0])]

    assert shown == ["of.•••#1", "of.•••#2", "of.•••#1"]
    assert names.of("all") == "all"


@pytest.mark.usefixtures("_runs")
def test_a_name_stays_masked_where_nobody_knows_the_secret() -> None:
    names = ShownNames()
    names.of(KEYS[0])

    token = CURRENT.set(None)
    shown = [names.of(key) for key in KEYS]
    CURRENT.reset(token)

    assert shown == ["•••#1", KEYS[1]]


@pytest.mark.usefixtures("_runs")
def test_of_many_names_the_last_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shown_names, "MOST", 1)
    names = ShownNames()

    shown = [names.of(key) for key in (KEYS[0], KEYS[1], KEYS[1], KEYS[0])]

    assert shown == ["•••#1", "•••#2", "•••#2", "•••#3"]
