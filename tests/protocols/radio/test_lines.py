import pytest
from hypothesis import given
from hypothesis import strategies as st

from minichannels.exceptions import WireError
from minichannels.protocols.radio.lines import AprsIsLine, decode, encode

NAMES = st.builds(
    "{}{}".format,
    st.text("ABNYZ0189", min_size=1, max_size=6),
    st.sampled_from(["", "-1", "-15"]),
)
LINES = st.builds(
    AprsIsLine,
    source=NAMES,
    destination=NAMES,
    info=st.binary(max_size=50).map(lambda b: b.translate(None, b"\r\n\0")),
    path=st.lists(
        NAMES | st.sampled_from(["TCPIP*", "qAC", "T2LAB"]), max_size=5
    ).map(tuple),
)


def test_line_is_a_packet() -> None:
    line = AprsIsLine("N0CALL-1", "APRS", b":N0CALL-7 :hi{1", ("TCPIP*",))

    assert encode(line) == b"N0CALL-1>APRS,TCPIP*::N0CALL-7 :hi{1\r\n"


@given(LINES)
def test_decode_undoes_encode(line: AprsIsLine) -> None:
    assert decode(encode(line)) == line


@given(st.binary())
def test_any_bytes_are_a_line_or_an_error_of_ours(data: bytes) -> None:
    try:
        line = decode(data)
    except WireError:
        return
    assert decode(encode(line)) == line


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"hello", "no packet"),
        (b"hello:hello", "no packet"),
        (b"A>B\xff:hi", "no station in b'A>B"),
        (b"A b>C:hi", "no station: 'A b'"),
        (b"A>:hi", "no station: ''"),
        (b"A>TENLETTERS:hi", "no station: 'TENLETTERS'"),
        (b"A>B,*:hi", "no station on a path: '*'"),
        (b"A>B:h\0i", "CR, LF or NUL"),
        (b"A>B:" + 507 * b"x", "over 512 bytes: 513"),
    ],
)
def test_what_is_no_packet_says_why(data: bytes, wrong: str) -> None:
    with pytest.raises(WireError) as raised:
        decode(data)

    assert wrong in str(raised.value)
