"""What bytes are, as far as it can be known."""

import pytest

from minichannels.flow.text.carried.bodies import decoded, text_of


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"hi\n", "hi\n"),
        ("schön".encode()[:-2], "sch"),  # cut within a letter
        (b"\xff\xfe", None),
        (b"\xef\xbb\xbfhi", "hi"),  # with a mark before it
        (b"na\xefve but a text", "na\ufffdve but a text"),
        (b"na\xefve, cut \xc3", None),
        (b'\x1e{"a": 1}\n', '\x1e{"a": 1}\n'),
        (b"a\x00b", None),
    ],
)
def test_text_of_is_the_text_that_bytes_begin_with(
    data: bytes, text: str | None
) -> None:
    assert text_of(data) == text


def test_decoded_is_json_a_text_or_the_first_bytes() -> None:
    assert decoded(b'{"a":[1]}') == {"a": [1]}
    assert decoded(b"{not json") == "{not json"
    assert decoded(b"\x00\x01") == "<2 bytes: 00 01>"
    assert decoded({1}) == "<set>"
