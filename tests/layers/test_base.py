import re
from typing import Any

import pytest

from minichannels.layers import BaseChannelLayer
from minichannels.layers.explaining import NAME_RULE

LONGEST = "a" * 99


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "0",
        LONGEST,
        "chat.room-1_A",
        "specific.inmemory!",
        "specific.inmemory!Ab0-_.",
    ],
)
def test_channel_name_of_the_allowed_characters_passes(name: str) -> None:
    assert BaseChannelLayer().require_valid_channel_name(name) is True


@pytest.mark.parametrize("name", ["a", "0", LONGEST, "chat.room-1_A"])
def test_group_name_of_the_allowed_characters_passes(name: str) -> None:
    assert BaseChannelLayer().require_valid_group_name(name) is True


@pytest.mark.parametrize(
    ("name", "character", "index"),
    [
        ("chat room", " ", 4),
        (" ", " ", 0),
        ("café", "é", 3),
        ("abc\n", "\n", 3),
        ("room٣", "٣", 4),
        ("a/b c", "/", 1),
        (LONGEST[1:] + " ", " ", 98),
    ],
)
@pytest.mark.parametrize("kind", ["channel", "group"])
def test_bad_name_is_a_type_error_that_shows_the_first_bad_character(
    kind: str, name: str, character: str, index: int
) -> None:
    layer = BaseChannelLayer()
    check = getattr(layer, f"require_valid_{kind}_name")

    with pytest.raises(TypeError) as caught:
        check(name)

    assert str(caught.value) == (
        f"invalid {kind} name {name!r}: {character!r} at index {index};"
        " use ASCII letters, digits, '-', '_' or '.'"
    )


@pytest.mark.parametrize(
    ("name", "index"), [("!a", 0), ("a!b!c", 3), ("a!é", 2), ("a!\n", 2)]
)
def test_channel_name_may_hold_one_mark_but_not_first(
    name: str, index: int
) -> None:
    with pytest.raises(TypeError) as caught:
        BaseChannelLayer().require_valid_channel_name(name)

    assert f": {name[index]!r} at index {index};" in str(caught.value)


def test_group_name_may_not_hold_a_mark() -> None:
    with pytest.raises(TypeError, match="'!' at index 1;"):
        BaseChannelLayer().require_valid_group_name("a!b")


@pytest.mark.parametrize("kind", ["channel", "group"])
def test_name_of_a_hundred_characters_is_too_long(kind: str) -> None:
    check = getattr(BaseChannelLayer(), f"require_valid_{kind}_name")

    with pytest.raises(TypeError) as caught:
        check(LONGEST + "a")

    assert str(caught.value) == (
        f"{kind} name is 100 characters long; the limit is 99; {NAME_RULE}"
    )


@pytest.mark.parametrize(
    "name", [None, 1, True, b"room", ["room"], {"room": 1}, 1.5]
)
@pytest.mark.parametrize("kind", ["channel", "group"])
def test_name_that_is_no_str_is_a_type_error_that_shows_it(
    kind: str, name: object
) -> None:
    check = getattr(BaseChannelLayer(), f"require_valid_{kind}_name")

    with pytest.raises(TypeError) as caught:
        check(name)

    problem = f"a {kind} name is a str, not {name!r}"
    assert str(caught.value) == f"{problem}; {NAME_RULE}"


@pytest.mark.parametrize("kind", ["channel", "group"])
def test_empty_name_is_a_type_error(kind: str) -> None:
    check = getattr(BaseChannelLayer(), f"require_valid_{kind}_name")

    with pytest.raises(TypeError) as caught:
        check("")

    assert str(caught.value) == (
        f"a {kind} name has at least one character; got ''; {NAME_RULE}"
    )


def test_bad_name_is_refused_each_time() -> None:
    layer = BaseChannelLayer()
    for _ in range(2):
        with pytest.raises(TypeError, match="chat room"):
            layer.require_valid_group_name("chat room")


def test_name_that_equals_a_valid_one_of_another_type_is_refused() -> None:
    class Lookalike:
        def __eq__(self, other: object) -> bool:
            return other == "room"

        def __hash__(self) -> int:
            return hash("room")

    layer = BaseChannelLayer()
    layer.require_valid_group_name("room")

    with pytest.raises(TypeError, match="a group name is a str"):
        layer.require_valid_group_name(Lookalike())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a.b!", "a.b"])
def test_channel_name_to_receive_from_may_end_at_the_mark(name: str) -> None:
    layer = BaseChannelLayer()

    assert layer.require_valid_channel_name(name, receive=True) is True


def test_channel_name_to_receive_from_may_not_go_on_after_the_mark() -> None:
    with pytest.raises(TypeError, match=r"'a\.b!c' in receive\(\)"):
        BaseChannelLayer().require_valid_channel_name("a.b!c", receive=True)


def test_non_local_name_ends_at_the_mark() -> None:
    assert BaseChannelLayer().non_local_name("a.b!c") == "a.b!"


def test_non_local_name_without_a_mark_is_the_whole_name() -> None:
    assert BaseChannelLayer().non_local_name("a.b") == "a.b"


def test_capacity_is_100_and_expiry_60_unless_told_otherwise() -> None:
    layer = BaseChannelLayer()

    assert layer.get_capacity("any") == layer.capacity == 100
    assert layer.expiry == 60


def test_channel_capacity_holds_for_matching_channels_alone() -> None:
    layer = BaseChannelLayer(capacity=7, channel_capacity={"http.*": 1})

    assert layer.get_capacity("http.request") == 1
    assert layer.get_capacity("x.http.request") == 7
    assert layer.get_capacity("HTTP.request") == 7


def test_channel_capacity_takes_a_compiled_regular_expression() -> None:
    pattern = re.compile(r"[a-c]+!")
    layer = BaseChannelLayer(channel_capacity={pattern: 2})

    assert layer.get_capacity("abc!x") == 2
    assert layer.get_capacity("abd!x") == 100


def test_channel_capacity_of_the_first_matching_pattern_counts() -> None:
    patterns = {"http.*": 1, "*": 2}
    layer = BaseChannelLayer(channel_capacity=patterns)

    assert layer.get_capacity("http.request") == 1
    assert layer.get_capacity("other") == 2


@pytest.mark.parametrize("value", [0, -1, "60", None, float("nan")])
@pytest.mark.parametrize("what", ["expiry", "capacity"])
def test_expiry_and_capacity_are_above_zero(what: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{what} must be a number above 0"):
        BaseChannelLayer(**{what: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "use",
    [
        BaseChannelLayer().require_valid_channel_name,
        BaseChannelLayer().require_valid_group_name,
        BaseChannelLayer,
    ],
)
def test_error_shows_little_of_what_is_large(use: Any) -> None:
    deep: list[Any] = []
    for _ in range(100_000):  # its own repr() would not end well
        deep = [deep]

    with pytest.raises((TypeError, ValueError)) as caught:
        use(deep)

    assert len(str(caught.value)) < 200


def test_channel_capacity_is_above_zero_and_the_error_names_the_pattern() -> (
    None
):
    with pytest.raises(ValueError, match=r"capacity of 'http\.\*' must be"):
        BaseChannelLayer(channel_capacity={"http.*": 0})


@pytest.mark.parametrize("bad", [5, [("http.*", 1)], {5: 1}, {b"a": 1}])
def test_channel_capacity_is_a_mapping_of_patterns(bad: Any) -> None:
    with pytest.raises(TypeError, match="channel_capacity is"):
        BaseChannelLayer(channel_capacity=bad)


def test_base_layer_offers_no_extension() -> None:
    assert BaseChannelLayer.extensions == []
