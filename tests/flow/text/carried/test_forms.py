"""Forms, field by field."""

from typing import Any

import pytest

from minichannels.flow import record
from minichannels.flow.journal.events import Event
from minichannels.flow.text.carried.forms import (
    MOST,
    MULTIPART,
    URLENCODED,
    as_values,
    fields_of,
    in_a_line,
)
from minichannels.flow.text.carried.payload import contents, payload
from minichannels.flow.text.wording import in_a_row
from minichannels.testing import HttpCommunicator
from minichannels.types import Receive, Scope, Send

PHOTO = 'name="photo"; filename="cat.png"\r\nContent-Type: image/png'


def urlencoded(body: bytes) -> dict[str, Any]:
    return {"content_type": URLENCODED, "body": body}


def multipart(*parts: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Return a form in parts, each with what stands in its head."""
    pieces = [
        f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n"
        for head, value in parts
    ]
    body = "".join([*pieces, "--x--\r\n"]).encode()
    return {"content_type": MULTIPART, "body": body, **more}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"user=ada&note=hi+there", 'user="ada" note="hi there"'),
        (b"a=1&a=2&empty=", 'a="1" a="2" empty=""'),
        (b"n%C3%A4me=%F0%9F%99%82", 'näme="🙂"'),
        (b"user=ada&password=x", 'user="ada" password=•••'),
        (b"user%5Bpassword%5D=x&p.token=y", "user[password]=••• p.token=•••"),
        (b"a=%FF", 'a="�"'),
        (b"", ""),
        (b"no form", 'no form=""'),
    ],
)
def test_fields_stand_in_a_line(body: bytes, line: str) -> None:
    assert in_a_line(fields_of(urlencoded(body))) == line


def test_fields_of_a_name_that_comes_again_are_a_list() -> None:
    fields = fields_of(urlencoded(b"a=1&b=2&a=3"))

    assert as_values(fields) == {"a": ["1", "3"], "b": "2"}


def test_of_many_fields_some_are_looked_at() -> None:
    assert len(fields_of(urlencoded(b"a=1&" * 5_000))) == MOST


@pytest.mark.parametrize(
    ("part", "line"),
    [
        (('name="title"', "a cat"), 'title="a cat"'),
        (('name="note"', "one\r\ntwo"), 'note="one\r\ntwo"'),
        (('name="token"', "x"), "token=•••"),
        ((PHOTO, "x" * 2043), "photo=<cat.png image/png 2043 bytes>"),
        (('name="f"; filename=""', ""), "f=<no file 0 bytes>"),
        (('filename="f"', "x"), ""),
    ],
)
def test_part_is_shown_by_its_name(part: tuple[str, str], line: str) -> None:
    assert in_a_line(fields_of(multipart(part))) == line


def test_part_of_which_the_beginning_is_kept_says_so() -> None:
    whole = multipart(('name="a"', "b"), (PHOTO, "x" * 90))
    body = whole["body"].removesuffix(b"x\r\n--x--\r\n")

    cut = {**whole, "body": body, "bytes": 9_000}
    assert in_a_line(fields_of(cut)) == (
        'a="b" photo=<cat.png image/png more than 89 bytes>'
    )


@pytest.mark.parametrize(
    "values",
    [
        {"body": b"a=1"},
        {"content_type": "text/plain", "body": b"a=1"},
        {"content_type": URLENCODED},
        {"content_type": MULTIPART, "body": b"no boundary"},
        {"content_type": MULTIPART, "body": b"--x\r\nno blank line"},
    ],
)
def test_what_is_no_form_has_no_fields(values: dict[str, Any]) -> None:
    assert fields_of(values) == []


def posted(values: dict[str, Any]) -> Event:
    values = {"method": "POST", "path": "/", **values}
    names = ("ada", "app#1", "http.request")
    return Event(1, "receive", *names, values, 1, "ada", "app#1")


def test_rows_lists_and_details_show_the_fields() -> None:
    form = posted(multipart(('name="a"', "b"), (PHOTO, "xyz")))
    line = 'POST / a="b" photo=<cat.png image/png 3 bytes>'

    assert payload(form) == in_a_row(form, 160) == line
    assert contents(form) == (
        '{"method": "POST", "path": "/", "content_type": "multipart/form-data",'
        ' "body": {"a": "b", "photo": "<cat.png image/png 3 bytes>"}}'
    )


def test_a_form_of_many_fields_is_cut() -> None:
    form = posted(urlencoded(b"field=value&" * 100))

    assert len(payload(form)) < 80
    assert payload(form).endswith("…")


async def accepts(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


async def flow_of(method: str, kind: bytes, body: bytes) -> list[Event]:
    with record(accepts) as flow:
        headers = [(b"x", b"y"), (b"Content-Type", kind)]
        client = HttpCommunicator(flow.app, method, "/", body, headers)
        await client.get_response()
        await client.wait()
    return list(flow)


async def test_recorded_form_is_shown_and_its_secrets_are_not() -> None:
    kind = b"Multipart/Form-Data; boundary=x"
    parts = multipart(('name="user"', "ada"), ('name="password"', "geheim"))

    asked, *_ = await flow_of("POST", kind, parts["body"])

    assert payload(asked) == 'POST / user="ada" password=•••'
    assert asked.payload["content_type"] == MULTIPART
    assert b"geheim" not in asked.payload["body"]


@pytest.mark.parametrize(
    ("method", "kind"),
    [("POST", b"text/plain"), ("GET", URLENCODED.encode())],
)
async def test_recorded_body_that_is_no_form_has_no_kind(
    method: str, kind: bytes
) -> None:
    asked, *_ = await flow_of(method, kind, b"a=1")

    assert "content_type" not in asked.payload
    assert payload(asked) == f"{method} / <3 bytes>"
