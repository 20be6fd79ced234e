import pytest

from minichannels.flow import Journal
from minichannels.flow.recording.layer import channels
from minichannels.flow.recording.layer.channels import ChannelOwners
from support.connections import connect


def test_a_channel_is_called_after_its_owner() -> None:
    known, ada = ChannelOwners(), connect(Journal())
    known.owns("specific!x", ada)

    assert known.who("specific!x") is ada.lane
    assert known.owner("specific!x") is ada


def test_a_channel_without_an_owner_has_a_name_without_random_letters() -> None:
    known = ChannelOwners()
    channels = ("specific!x", "notes", "specific!y", "specific!x")

    assert [known.who(channel) for channel in channels] == [
        *("channel#1", "notes", "channel#2", "channel#1"),
    ]


def test_only_the_last_of_the_dead_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "MOST_GONE", 2)
    known = ChannelOwners()
    for channel in "abcd":
        known.owns(channel, connect(Journal(), channel))
        known.abandoned(channel)

    found = [channel for channel in "abcd" if known.owner(channel)]
    assert found == ["c", "d"]
    for channel in "cc":  # also if it is forgotten already
        known.forget(channel)
    assert len(known) == 1


def test_a_number_is_never_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MOST_NUMBERED", 2)
    known = ChannelOwners()

    names = [known.who(f"specific!{letter}") for letter in "abca"]

    assert names == ["channel#1", "channel#2", "channel#3", "channel#4"]


@pytest.mark.parametrize(
    ("channel", "former"),
    [
        ("specific.a!x", "app of ada"),  # it was hers
        ("reply.a!x", "reply.…"),
        ("notes", ""),
    ],
)
def test_a_renamed_channel_knows_what_it_was_called(
    channel: str, former: str
) -> None:
    known, journal = ChannelOwners(), Journal()
    known.owns("specific.a!x", connect(journal))
    known.forget("specific.a!x")

    ((_, lane),) = known.readers(channel, [journal])

    assert lane.former == former


def test_only_the_last_former_names_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "MOST_FORMER", 1)
    known, journal = ChannelOwners(), Journal()
    for channel in ("old.!x", "new.!x"):
        known.owns(channel, connect(journal))
        known.forget(channel)

    lanes = [
        lane
        for channel in ("old.!x", "new.!x")
        for _, lane in known.readers(channel, [journal])
    ]
    assert [lane.former for lane in lanes] == ["old.…", "app of ada"]
