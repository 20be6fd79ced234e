from minichannels.layers.membership import Membership


def test_members_stand_in_the_order_in_which_they_joined() -> None:
    membership = Membership(expiry=10)
    for now, channel in enumerate("bac"):
        membership.add("g", channel, now)

    assert membership.members("g", 3) == ["b", "a", "c"]


def test_members_of_an_unknown_group_are_none() -> None:
    assert Membership(expiry=10).members("g", 0) == []


def test_add_again_renews_a_membership() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 0)
    membership.add("g", "b", 1)
    membership.add("g", "a", 5)

    assert membership.members("g", 12) == ["a"]


def test_membership_lasts_to_the_end_of_its_time_and_not_longer() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 5)

    assert membership.members("g", 15) == ["a"]
    assert membership.members("g", 15.001) == []
    assert membership.groups == {}


def test_groups_say_when_each_channel_joined() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 1)
    membership.add("g", "b", 2)
    membership.add("h", "a", 3)

    assert membership.groups == {"g": {"a": 1, "b": 2}, "h": {"a": 3}}


def test_discard_ends_one_membership_alone() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 0)
    membership.add("g", "b", 0)
    membership.add("h", "a", 0)

    membership.discard("g", "a")

    assert membership.groups == {"g": {"b": 0}, "h": {"a": 0}}


def test_discard_of_the_last_member_ends_the_group() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 0)

    membership.discard("g", "a")

    assert membership.groups == {}


def test_discard_of_one_who_is_no_member_changes_nothing() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 0)

    membership.discard("g", "b")
    membership.discard("h", "a")

    assert membership.groups == {"g": {"a": 0}}


def test_discard_channel_ends_all_its_memberships() -> None:
    membership = Membership(expiry=10)
    for group in "gh":
        membership.add(group, "a", 0)
        membership.add(group, "b", 0)

    membership.discard_channel("a")
    membership.discard_channel("unknown")

    assert membership.groups == {"g": {"b": 0}, "h": {"b": 0}}


def test_channel_may_join_again_after_it_left() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 0)
    membership.discard_channel("a")
    membership.add("g", "a", 1)

    membership.discard_channel("a")

    assert membership.groups == {}


def test_groups_of_a_channel_stand_by_name() -> None:
    membership = Membership(expiry=10)
    for group in "hgi":
        membership.add(group, "a", 0)
    membership.discard("i", "a")

    assert membership.groups_of("a") == ["g", "h"]
    assert membership.groups_of("unknown") == []


def test_clear_ends_all_memberships_for_good() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 0)

    membership.clear()

    assert membership.groups_of("a") == []
    membership.discard_channel("a")
    assert membership.groups == {}
    assert membership.members("g", 0) == []


def test_nothing_is_kept_of_a_channel_that_left() -> None:
    membership = Membership(expiry=10)
    membership.add("g", "a", 0)

    membership.discard_channel("a")

    assert vars(membership) == vars(Membership(expiry=10))


def test_groups_may_be_changed_by_hand() -> None:
    membership = Membership(expiry=10)
    membership.groups["g"] = {"a": 0}  # as some tests do
    membership.add("h", "b", 0)
    membership.add("i", "b", 0)
    del membership.groups["i"]

    membership.discard("g", "a")
    membership.discard_channel("b")

    assert membership.groups == {}
    assert membership.groups_of("b") == []
