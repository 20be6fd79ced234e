import pytest
from hypothesis import given
from hypothesis import strategies as st

from minichannels.exceptions import WireError
from minichannels.protocols.ax25 import Ax25Frame, Station, decode, encode

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

callsigns = st.text(LETTERS, min_size=1, max_size=6)
stations = st.builds(Station, callsigns, st.integers(0, 15))
digipeaters = st.builds(Station, callsigns, st.integers(0, 15), st.booleans())
frames = st.builds(
    Ax25Frame,
    stations,
    stations,
    st.binary(max_size=60),
    st.lists(digipeaters, max_size=8).map(tuple),
    st.integers(0, 255),
)

ADA, BOB = Station("N0CALL", 1), Station("N0CALL", 2)
PLAIN = encode(Ax25Frame(ADA, BOB, b"hi"))


@given(frames)
def test_decode_gives_back_what_was_encoded(frame: Ax25Frame) -> None:
    assert decode(encode(frame)) == frame


@given(st.binary(max_size=100) | frames.map(lambda f: encode(f)[:-9]))
def test_decode_of_any_bytes_gives_a_frame_or_our_own_error(
    data: bytes,
) -> None:
    try:
        frame = decode(data)
    except WireError:
        return
    assert decode(encode(frame)) == frame


def test_encode_is_what_the_specification_shows() -> None:
    # AX.25 2.2, figure 3.5, without its SSIDs.
    frame = Ax25Frame(Station("NJ7P"), Station("N7LEM"), b"")

    assert encode(frame) == bytes.fromhex("9c946ea04040e0 9c6e988a9a4061 03f0")


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"", "cut off"),
        (PLAIN[:13], "cut off"),
        (PLAIN[:15], "cut off"),
        (PLAIN[:6] + b"\x61" + PLAIN[7:], "cut off"),
        (PLAIN[:14] + b"\x00" + PLAIN[15:], "another kind: 0x00"),
        (PLAIN[7:13] + b"\x60" + (PLAIN[7:13] + b"\x60") * 10, "over 8 dig"),
        (b"\x41" + PLAIN[1:], "ends within a callsign"),
        (b"\x40" + PLAIN[1:], "the callsign ' 0CALL'"),
        (b"\xc2" + PLAIN[1:], "the callsign 'a0CALL'"),
    ],
)
def test_decode_refuses(data: bytes, wrong: str) -> None:
    with pytest.raises(WireError, match=wrong):
        decode(data)


@pytest.mark.parametrize(
    ("text", "station"),
    [
        ("n0call", Station("N0CALL")),
        ("N0CALL-15", Station("N0CALL", 15)),
        ("WIDE1-1*", Station("WIDE1", 1, repeated=True)),
    ],
)
def test_station_is_written_as_on_air(text: str, station: Station) -> None:
    assert Station.parse(text) == station
    assert str(station) == text.upper()


@pytest.mark.parametrize(
    "text", ["", "SEVENLT", "N0CALL-16", "N0CALL-", "N0 CALL", "Ä1", "A-1-1"]
)
def test_station_that_there_is_not(text: str) -> None:
    with pytest.raises(WireError):
        Station.parse(text)


def test_frame_has_eight_digipeaters_at_most() -> None:
    with pytest.raises(WireError, match="9 digipeaters; 8 at most"):
        Ax25Frame(ADA, BOB, b"", (Station("WIDE1"),) * 9)


def test_frame_of_a_protocol_that_is_no_byte_is_none() -> None:
    with pytest.raises(WireError, match="the protocol 256"):
        Ax25Frame(ADA, BOB, b"", protocol=256)


def test_frame_is_not_repeated_by_its_own_ends() -> None:
    with pytest.raises(WireError, match="has repeated its own frame"):
        Ax25Frame(ADA, Station("N0CALL", 2, repeated=True), b"")
