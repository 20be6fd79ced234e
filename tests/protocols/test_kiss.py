import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minichannels.exceptions import WireError
from minichannels.protocols.kiss import (
    LARGEST,
    KissFrame,
    KissReader,
    decode,
    encode,
)

nibbles = st.integers(0, 15)
frames = st.builds(KissFrame, st.binary(max_size=60), nibbles, nibbles)


@given(frames)
@example(KissFrame(b"\xc0\xdb\xdc\xdd", port=12))
@example(KissFrame(b"", port=13, command=11))
def test_decode_gives_back_what_was_encoded(frame: KissFrame) -> None:
    assert decode(encode(frame)[1:-1]) == frame


@given(st.lists(frames, max_size=4), st.integers(1, 9))
def test_reader_finds_all_frames_however_the_stream_is_cut(
    sent: list[KissFrame], size: int
) -> None:
    stream = b"".join(map(encode, sent))
    reader, found = KissReader(), []

    for start in range(0, len(stream), size):
        found += reader.feed(stream[start : start + size])

    assert found == sent


@given(st.binary(max_size=60))
def test_reader_makes_frames_or_our_own_errors_of_any_bytes(
    data: bytes,
) -> None:
    for found in KissReader().feed(data):
        assert isinstance(found, KissFrame | WireError)


def test_reader_goes_on_after_a_broken_escape() -> None:
    good = KissFrame(b"good")

    wrong, *others = KissReader().feed(b"\xc0\x00\xdb\x01\xc0" + encode(good))

    assert str(wrong) == "a broken escape in a KISS frame: db 01"
    assert others == [good]


def test_reader_keeps_little_of_a_frame_of_a_megabyte() -> None:
    reader, good = KissReader(), KissFrame(b"good")
    for _ in range(100):
        assert reader.feed(b"x" * 10_000) == []
    kept = len(reader._begun)

    wrong, *others = reader.feed(encode(good))

    assert kept == 2 * LARGEST
    assert str(wrong) == "a KISS frame over 4096 bytes"
    assert others == [good]


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"", "an empty KISS frame"),
        (b"\x00a\xc0b", "with FEND in it"),
        (b"\x00a\xdb", "a broken escape in a KISS frame: db"),
    ],
)
def test_decode_refuses(data: bytes, wrong: str) -> None:
    with pytest.raises(WireError, match=wrong):
        decode(data)


@pytest.mark.parametrize(
    ("frame", "wrong"),
    [
        ({"data": b"", "port": 16}, "the port of a KISS frame is 16"),
        ({"data": b"", "command": -1}, "the command of a KISS frame is -1"),
        ({"data": b"x" * LARGEST}, "a KISS frame of 4096 bytes"),
    ],
)
def test_frame_that_there_is_not(
    frame: dict[str, bytes | int], wrong: str
) -> None:
    with pytest.raises(WireError, match=wrong):
        KissFrame(**frame)  # type: ignore[arg-type]


def test_drawn_input_has_the_time_of_its_test() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
