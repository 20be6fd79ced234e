import base64
import datetime
import enum
import json
import math
import subprocess
import sys
import uuid
from collections import OrderedDict, UserDict, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.exceptions import MessageTooLarge
from minichannels.layers.freezing import MAX_SIZE, freeze, snapshot

TYPES = "None, bool, int, float, str, bytes, list or dict"

TEXTS = st.text('aé한😀\0"\\', max_size=5)
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | TEXTS
    | st.binary(max_size=5)
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=10,
)


def passed(message: dict[str, Any]) -> dict[str, Any]:
    return freeze(message)()


@settings(max_examples=50, database=None, deadline=None, derandomize=True)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_message_of_the_eight_types_arrives_as_it_was_sent(
    message: dict[str, Any],
) -> None:
    # repr: 1 == 1.0 == True, and 0.0 == -0.0.
    assert repr(passed(message)) == repr(message)


def test_message_may_hold_nan_and_infinity() -> None:
    arrived = passed({"nan": math.nan, "inf": -math.inf})

    assert math.isnan(arrived["nan"])
    assert arrived["inf"] == -math.inf


def test_tuple_arrives_as_a_list_at_any_depth() -> None:
    assert passed({"a": (1, (2, [(3,)]))}) == {"a": [1, [2, [[3]]]]}


def test_frozen_message_gives_a_new_one_each_time() -> None:
    frozen = freeze({"a": {"b": []}})
    first = frozen()
    first["a"]["b"].append(1)

    assert frozen() == {"a": {"b": []}}


def test_no_dict_or_list_is_given_to_two() -> None:
    def ids(value: Any) -> set[int]:
        inner = value.values() if isinstance(value, dict) else value
        found = (ids(item) for item in inner if isinstance(item, dict | list))
        return {id(value)}.union(*found)

    message = {"a": [[], {"b": [1, []]}], "c": {}, "d": {"e": {"f": [2]}}}
    frozen = freeze(message)
    given = [message, frozen(), frozen(), frozen()]

    assert given == [message] * 4
    assert len(set().union(*map(ids, given))) == 4 * len(ids(message))


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, -(2**63)])
def test_integer_of_64_bits_passes(number: int) -> None:
    assert passed({"n": number}) == {"n": number}


@pytest.mark.parametrize(
    ("number", "bits"),
    [
        (2**64, 65),
        (-(2**63) - 1, 65),
        pytest.param(2**99_999, 100_000, id="too long to be written"),
    ],
)
def test_integer_beyond_64_bits_is_a_type_error(number: int, bits: int) -> None:
    with pytest.raises(TypeError) as caught:
        freeze({"n": [number]})

    assert str(caught.value) == (
        f"message['n'][0]: an int of {bits} bits; the limit is 64"
    )


class Level(enum.IntEnum):
    LOW = 1


class Huge(enum.IntEnum):
    NUMBER = 2**64


class Name(enum.StrEnum):
    ADA = "ada"


class Text(str):
    """One that shows itself otherwise, as a text for translators does."""

    __slots__ = ()

    def __str__(self) -> str:
        return "shown"


class Share(float):
    pass


class Blob(bytes):
    pass


class Record(dict[str, Any]):
    pass


class Point(NamedTuple):
    x: int
    y: int


class Items(list[Any]):
    pass


moved = OrderedDict(a=1, b=2)
moved.move_to_end("a")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Level.LOW, 1),
        (Name.ADA, "ada"),
        (Text("lazy"), "lazy"),
        (Share(0.5), 0.5),
        (Share(1e300), 1e300),
        (Blob(b"x"), b"x"),
        (Record(a=Name.ADA), {"a": "ada"}),
        (moved, {"b": 2, "a": 1}),
        (defaultdict(int, a=1), {"a": 1}),
        (Point(1, 2), [1, 2]),
        (Items([Level.LOW]), [1]),
        ({Name.ADA: 1, "bob": 2}, {"ada": 1, "bob": 2}),
        (Record({Text("k"): [Text("v")]}), {"k": ["v"]}),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("copied", [snapshot, passed])
def test_value_of_a_subclass_arrives_as_its_base(
    copied: Callable[[dict[str, Any]], dict[str, Any]],
    value: object,
    plain: object,
) -> None:
    message = {"type": Name.ADA, "at": [0, value]}

    # repr shows the order of a dict, and a type that is no plain one.
    assert repr(copied(message)) == repr({"type": "ada", "at": [0, plain]})


@pytest.mark.parametrize("copied", [snapshot, passed])
def test_message_of_a_subclass_arrives_as_a_dict(
    copied: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    arrived = copied(Record(type="x", inner=Record(a=1)))

    assert repr(arrived) == "{'type': 'x', 'inner': {'a': 1}}"


def test_integer_of_a_subclass_is_of_64_bits_too() -> None:
    with pytest.raises(TypeError, match="an int of 65 bits; the limit is 64"):
        freeze({"n": Huge.NUMBER})


def test_text_of_a_subclass_counts_for_the_size() -> None:
    with pytest.raises(MessageTooLarge):
        freeze({"text": Text("x" * MAX_SIZE)})


def test_half_of_a_surrogate_pair_in_a_subclass_is_refused() -> None:
    with pytest.raises(TypeError, match=r"message\['a'\]: .* surrogate pair"):
        freeze({"a": Text("\ud800")})


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_bytes_arrive_as_bytes(kind: Any) -> None:
    data = bytearray(b"abc")

    copied = freeze({"all": [kind(data)]})
    data[0] = 0

    assert copied() == {"all": [b"abc"]}
    assert type(copied()["all"][0]) is bytes


@pytest.mark.parametrize(
    "value",
    [
        object(),
        datetime.datetime(2024, 1, 1),
        Decimal(1),
        {1, 2},
        frozenset(),
        1j,
        range(3),
        len,
        int,
        uuid.UUID(int=1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_of_another_type_is_a_type_error_with_its_path(
    value: object,
) -> None:
    with pytest.raises(TypeError) as caught:
        freeze({"user": {"at": [0, value]}})

    assert str(caught.value) == (
        f"message['user']['at'][1]: {type(value).__name__} is not one of"
        f" {TYPES}"
    )


@pytest.mark.parametrize("key", [1, None, b"k", (1,), Level.LOW])
def test_key_that_is_no_str_is_a_type_error_with_its_path(key: object) -> None:
    with pytest.raises(TypeError) as caught:
        freeze({"rooms": [{key: 1}]})

    assert str(caught.value) == (
        f"message['rooms'][0]: the key {key!r} is not a str"
    )


def test_key_of_the_message_itself_that_is_no_str_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="message: the key 1 is not a str"):
        freeze({1: "a"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "message",
    [None, "hello", [("type", "x")], UserDict(type="x")],
)
def test_message_that_is_no_dict_is_a_type_error(message: Any) -> None:
    with pytest.raises(
        TypeError, match="a message is a dict with a 'type', not"
    ):
        freeze(message)


def test_message_that_contains_itself_is_a_type_error() -> None:
    message: dict[str, Any] = {"type": "x"}
    message["me"] = [message]

    with pytest.raises(TypeError) as caught:
        freeze(message)

    assert str(caught.value) == (
        "message" + "['me'][0]" * 4 + "…: more than 200 levels deep;"
        " does it contain itself?"
    )


def test_list_that_contains_itself_is_a_type_error() -> None:
    loop: list[Any] = []
    loop.append(loop)

    with pytest.raises(TypeError, match="does it contain itself"):
        freeze({"loop": loop})


def test_message_of_200_levels_passes() -> None:
    deep: list[Any] = []
    for _ in range(198):
        deep = [deep]

    assert passed({"deep": deep}) == {"deep": deep}
    with pytest.raises(TypeError, match="more than 200 levels deep"):
        freeze({"deep": [deep]})


def test_value_that_occurs_twice_is_no_cycle() -> None:
    shared = [1]
    arrived = passed({"a": shared, "b": shared})
    arrived["a"].append(2)

    assert arrived == {"a": [1, 2], "b": [1]}


@pytest.mark.parametrize(("levels", "more"), [(8, ""), (9, "…")])
def test_path_of_over_eight_levels_is_cut(levels: int, more: str) -> None:
    value: Any = object()
    for _ in range(levels):
        value = {"k": value}

    with pytest.raises(TypeError) as caught:
        freeze(value)

    shown = "['k']" * 8 + more
    assert str(caught.value).startswith(f"message{shown}: object is not")


def test_path_of_a_long_key_is_cut() -> None:
    with pytest.raises(TypeError) as caught:
        freeze({"k" * 10_000: object()})

    assert len(str(caught.value)) < 200


def message_of(size: int, filler: str) -> dict[str, Any]:
    """Return a message that is ``size`` bytes long as JSON, with one string."""
    one = len(json.dumps(filler, ensure_ascii=False).encode()) - 2
    rest = size - len('{"a":""}')
    return {"a": filler * (rest // one) + "x" * (rest % one)}


@pytest.mark.parametrize("filler", ["x", "é", "😀", "\0", '"', "\x7f"])
def test_message_of_exactly_the_limit_passes(filler: str) -> None:
    message = message_of(MAX_SIZE, filler)

    assert passed(message) == message


@pytest.mark.parametrize("filler", ["x", "é", "😀", "\0", '"', "\x7f"])
def test_message_one_byte_over_the_limit_is_too_large(filler: str) -> None:
    with pytest.raises(MessageTooLarge) as caught:
        freeze(message_of(MAX_SIZE + 1, filler))

    assert str(caught.value) == (
        "message is 1,000,001 bytes long as JSON; the limit is 1,000,000"
    )


def test_bytes_count_as_long_as_they_are_in_base64() -> None:
    room = MAX_SIZE - len('{"a":""}')
    fits = b"x" * (room // 4 * 3)
    assert len(base64.b64encode(fits)) == room

    assert passed({"a": fits}) == {"a": fits}
    with pytest.raises(MessageTooLarge):
        freeze({"a": fits + b"x"})


def test_string_that_occurs_often_counts_each_time() -> None:
    text = "x" * 99_997  # with quotes and a comma 100,000 bytes
    room = MAX_SIZE - len('{"a":[]}')
    rest = "x" * (room - 9 * 100_000 - 2)

    assert passed({"a": [text] * 9 + [rest]})["a"][9] == rest
    with pytest.raises(MessageTooLarge):
        freeze({"a": [text] * 9 + [rest + "x"]})


def test_many_small_values_count_as_long_as_they_are_in_json() -> None:
    # The worst case of the estimate: one byte frozen, six as JSON.
    fits = (MAX_SIZE - len('{"a":[]}') + 1) // len("false,")

    assert len(passed({"a": [False] * fits})["a"]) == fits
    with pytest.raises(MessageTooLarge):
        freeze({"a": [False] * (fits + 1)})


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({"type": "x", "t": ["a", "b\ud800"]}, "['t'][1]"),
        ({"type": "x", "k": {"\udfff": 1}}, r"['k']['\udfff']"),
    ],
)
def test_half_of_a_surrogate_pair_is_refused(
    message: dict[str, Any], path: str
) -> None:
    with pytest.raises(TypeError) as raised:
        freeze(message)

    assert str(raised.value).startswith(f"message{path}: ")
    assert "holds half of a surrogate pair" in str(raised.value)


def test_bytes_that_look_like_a_surrogate_arrive() -> None:
    message = {"b": b"\xed\xa0\x80", "k": "한글", "n": [None, 1]}

    assert passed(message) == message


OPTIMIZED = """
import asyncio
from minichannels.layers import InMemoryChannelLayer

async def main():
    layer = InMemoryChannelLayer()
    await layer.group_add("g", "a")
    for call in (
        layer.send("a", "text"),
        layer.group_send("g", "text"),
        layer.send("a", {"x": object()}),
        layer.send("chat room", {}),
        layer.receive(None),
        layer.group_add("chat room", "a"),
    ):
        try:
            await call
        except TypeError:
            print("refused")

assert False, "this interpreter does not optimize"
asyncio.run(main())
"""


def test_bad_input_is_a_type_error_in_an_optimized_interpreter_too() -> None:
    done = subprocess.run(
        [sys.executable, "-O", "-c", OPTIMIZED],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.split() == ["refused"] * 6


def test_what_only_claims_to_be_a_text_cannot_travel() -> None:
    class Lazy:
        """As a framework's lazy object, which says that it is what it has."""

        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            return str

    with pytest.raises(TypeError, match=r"message\['a'\]: Lazy is not one of"):
        snapshot({"type": "x", "a": Lazy()})
