import importlib
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minichannels.exceptions import WireError
from minichannels.protocols.aprs import (
    Aprs,
    AprsAnswer,
    AprsMessage,
    AprsOther,
    decode,
    encode,
    own_number,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it has escapes that Python is to refuse
    aprslib = importlib.import_module("aprslib")

plain_numbers = st.text("ABYZabyz0189", min_size=1, max_size=5)
two = st.text("ABYZabyz0189", min_size=2, max_size=2)
numbers = plain_numbers | st.builds("{}}}{}".format, two, two | st.just(""))
names = st.builds(
    "{}{}".format,
    st.text("ABNYZ0189", min_size=1, max_size=6),
    st.sampled_from(["", "-1", "-15"]),
)
texts = st.text(
    st.characters(exclude_characters="|~{\r\n\0", exclude_categories=["Cs"]),
    max_size=20,
).filter(lambda text: text[:3] not in ("ack", "rej"))
packets = st.one_of(
    st.builds(AprsMessage, names, texts, numbers | st.just("")),
    st.builds(AprsAnswer, names, numbers, st.booleans()),
    st.builds(
        AprsOther, st.binary(max_size=20).filter(lambda b: b[:1] != b":")
    ),
)


@given(packets)
@example(AprsMessage("N0CALL-7", "ack12", "3"))
@example(AprsMessage("N0CALL-7", ""))
def test_decode_gives_back_what_was_encoded(packet: Aprs) -> None:
    assert decode(encode(packet)) == packet


@given(
    st.binary(max_size=90)
    | st.binary(max_size=90).map(lambda body: b":N0CALL   :" + body)
)
def test_decode_of_any_bytes_gives_a_packet_or_our_own_error(
    data: bytes,
) -> None:
    try:
        packet = decode(data)
    except WireError:
        return
    assert decode(encode(packet)) == packet


@given(names, st.text("abc xyz.,?!0123", min_size=1, max_size=67), numbers)
def test_another_library_reads_the_same(
    name: str, text: str, number: str
) -> None:
    ours = AprsMessage(name, text, number)

    line = f"N0CALL-1>APRS:{encode(ours).decode()}"
    theirs = aprslib.parse(line)

    assert theirs["addresse"] == name
    assert theirs["message_text"].strip() == text.strip()
    assert theirs["msgNo"] == own_number(number)
    assert theirs.get("ackMsgNo", "") == ours.answers


@given(names, numbers, st.booleans())
def test_another_library_reads_the_same_answer(
    name: str, number: str, rejected: bool
) -> None:
    ours = AprsAnswer(name, number, rejected)

    theirs = aprslib.parse(f"N0CALL-1>APRS:{encode(ours).decode()}")

    assert theirs["addresse"] == name
    assert theirs["response"] == ("rej" if rejected else "ack")
    assert theirs["msgNo"] == own_number(number)


@pytest.mark.parametrize(
    ("info", "wrong"),
    [
        (b":", "to nobody"),
        (b":N0CALL:hi", "to nobody"),
        (b":         :hi", "the addressee ''"),
        (b":N0CALL   :\xff", "not UTF-8"),
        (b":N0CALL   :a|b", "in the APRS message"),
        (b":N0CALL   :a{", "the message number ''"),
        (b":N0CALL   :a{123456", "the message number '123456'"),
        (b":N0CALL   :a{123}45", "the message number '123}45'"),
        (b":N0CALL   :" + b"x" * 68, "68 bytes, over 67"),
    ],
)
def test_decode_refuses(info: bytes, wrong: str) -> None:
    with pytest.raises(WireError, match=wrong):
        decode(info)


def test_decode_takes_a_line_s_end_off() -> None:
    assert decode(b":N0CALL   :hi{1\r\n") == AprsMessage("N0CALL", "hi", "1")


def test_decode_takes_spaces_off_that_modems_put_behind_a_number() -> None:
    assert decode(b":N0CALL   :hi {1  ") == AprsMessage("N0CALL", "hi ", "1")
    assert decode(b":N0CALL   :ack1 ") == AprsAnswer("N0CALL", "1")


def test_message_that_would_be_read_as_an_answer_is_none() -> None:
    with pytest.raises(WireError, match="'ack12' is no message"):
        AprsMessage("N0CALL", "ack12")


def test_message_of_half_a_character_is_none() -> None:
    with pytest.raises(WireError, match="half a character"):
        AprsMessage("N0CALL", "\ud800")


def test_other_is_no_message() -> None:
    with pytest.raises(WireError, match="is to be decoded"):
        AprsOther(b":N0CALL   :hi")
