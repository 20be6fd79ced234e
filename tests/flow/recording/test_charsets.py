"""Bodies of other charsets are kept as the text that they are."""

import codecs
import gzip
from typing import Any

import pytest

from minichannels.flow import record
from minichannels.flow.recording.charsets import charset_of
from minichannels.flow.text.har import har
from minichannels.testing import HttpCommunicator

KEY = "hunter2"


def of(kind: str) -> tuple[bytes, bytes]:
    """Return the header that says what a body is."""
    return (b"content-type", kind.encode())


async def kept(
    pieces: list[bytes], *headers: tuple[bytes, bytes], asks: bool = False
) -> str:
    """Return what is kept of a response's body, or of a request's, as text."""
    return (await kept_bytes(pieces, *headers, asks=asks)).decode()


async def kept_bytes(
    pieces: list[bytes], *headers: tuple[bytes, bytes], asks: bool = False
) -> bytes:
    """Return what is kept of a response's body, or of a request's."""
    body = b"".join(pieces)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        event = await receive()
        assert not asks or event["body"] == body
        start = {"type": "http.response.start", "status": 200}
        await send(start | {"headers": [] if asks else [*headers]})
        for piece in [] if asks else pieces[:-1]:
            part = {"type": "http.response.body", "body": piece}
            await send({**part, "more_body": True})
        last = b"" if asks else pieces[-1]
        await send({"type": "http.response.body", "body": last})

    with record(app) as flow:
        client = HttpCommunicator(
            flow.app, "POST", "/", body if asks else b"", headers=[*headers]
        )
        answer = await client.get_response()
    assert asks or answer["body"] == body
    said = "http.request" if asks else "http.response.body"
    (event,) = [e for e in flow if e.type == said and e.payload.get("body")]
    assert event.payload.get("bytes", len(body)) == len(body)
    assert KEY not in har(list(flow))
    known: bytes = event.payload["body"]
    return known


@pytest.mark.parametrize(
    ("kind", "codec", "said"),
    [
        ("text/html; charset=latin-1", "latin-1", "Zoë"),
        ('text/html;Charset="Windows-1252"', "cp1252", "Zoë €"),
        ("application/json; charset=utf-16", "utf-16", "Zoë 日本"),
        ("text/plain; charset=utf-16le", "utf-16le", "Zoë 日本"),
        ("text/plain; charset=utf-32", "utf-32", "日本"),
        ("text/plain; charset=Shift_JIS", "shift_jis", "日本"),
        ("text/plain; charset=iso-2022-jp", "iso2022_jp", "日本"),
        ("text/plain; charset=gbk", "gbk", "日本"),
        ("text/plain; charset=utf-8", "utf-8", "Zoë 日本"),
        ("text/plain; charset=latin-1", "utf-8", "Zoë 日本"),
        ("text/plain; charset=utf-16", "utf-8", "Zoë 日本"),
        ("text/plain; charset=utf-16", "ascii", "Zoe"),
        ("text/plain; charset=x-nobody", "utf-8", "Zoë"),
        ("text/plain; charset=zip", "utf-8", "Zoë"),
        ("text/plain", "utf-16", "Zoë 日本"),
        ("", "utf-16", "Zoë 日本"),
    ],
)
@pytest.mark.parametrize("size", [1000, 7, 3])
@pytest.mark.parametrize("asks", [False, True])
async def test_body_is_kept_and_masked_as_the_text_that_it_is(
    kind: str, codec: str, said: str, size: int, asks: bool
) -> None:
    if codec == "utf-8":
        size = max(size, 7)  # one letter has to be whole
    data = f"{said}&password={KEY}&a=1".encode(codec)
    pieces = [data[i : i + size] for i in range(0, len(data), size)]

    text = await kept(pieces, of(kind), asks=asks)

    assert said in text
    assert text.endswith("password=•••&a=1")


@pytest.mark.parametrize(
    ("kind", "is_text"),
    [
        ("image/png", False),
        ("audio/aac", False),
        ("application/octet-stream", False),
        ("application/zip", False),
        ("multipart/form-data; boundary=x", False),
        ("text/csv", True),
        ("application/vnd.api+json", True),
        ("Application/JSON", True),
        ("image/svg+xml", False),
        ("", True),
    ],
)
@pytest.mark.parametrize("size", [1000, 7])
@pytest.mark.parametrize("asks", [False, True])
async def test_what_begins_as_utf_16_is_one_if_it_is_said_to_be_a_text(
    kind: str, is_text: bool, size: int, asks: bool
) -> None:
    data = codecs.BOM_UTF16_LE + "Zoë 日本 and others".encode("utf-16-le")
    pieces = [data[i : i + size] for i in range(0, len(data), size)]

    found = await kept_bytes(pieces, of(kind), asks=asks)

    assert found == ("Zoë 日本 and others".encode() if is_text else data)


@pytest.mark.parametrize("form", [gzip.compress, bytes])
async def test_what_is_compressed_is_read_then(form: Any) -> None:
    coding = [(b"content-encoding", b"gzip")] if form is not bytes else []
    data = form(f"naïve&password={KEY}".encode("utf-16"))

    assert await kept([data], of("text/x; charset=utf-16"), *coding) == (
        "naïve&password=•••"
    )


def test_charset_is_that_of_a_text_and_one_that_is_known() -> None:
    assert charset_of("text/plain; charset=latin1") == "iso8859-1"
    assert charset_of("image/png; charset=latin1") == ""
    for other in ("idna", "base64", "utf-8", "ascii", "a\0b", "unicode_escape"):
        assert charset_of(f"text/plain; charset={other}") == "", other


async def test_utf_16_that_ends_too_soon_is_kept_as_far_as_it_goes() -> None:
    data = codecs.BOM_UTF16_LE + "naïve".encode("utf-16-le")[:-1]

    assert await kept([data], of("text/plain; charset=utf-16")) == "naïv"
