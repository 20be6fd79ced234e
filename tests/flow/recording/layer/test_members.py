from minichannels.flow.recording.layer.members import Members


def test_members_are_those_that_joined_in_order() -> None:
    members = Members()
    for channel in ("b", "a", "b"):
        members.add("chat", channel)

    assert list(members.of("chat")) == ["b", "a"]
    assert members.groups_of("a") == ["chat"]


def test_members_know_what_the_layer_tells() -> None:
    members = Members({"chat": {"a": 1.5}, "news": {"a": 2.5}})

    assert list(members.of("chat")) == ["a"]
    assert members.groups_of("a") == ["chat", "news"]


def test_discard_channel_ends_all_its_memberships() -> None:
    members = Members({"chat": ["a", "b"], "news": ["a"]})

    members.discard_channel("a")

    assert list(members.of("chat")) == ["b"]
    assert list(members.of("news")) == members.groups_of("a") == []


def test_what_is_empty_takes_no_room() -> None:
    members = Members()
    for number in range(100):
        members.add(f"chat{number}", f"a{number}")
        members.discard(f"chat{number}", f"a{number}")
    members.discard("never", "there")

    assert len(members) == 0
    members.add("chat", "a")
    members.clear()
    assert len(members) == 0
