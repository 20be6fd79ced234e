"""What a client is told to do, looked at before anything is sent.

How it works: whoever mistypes something gets an error that names the argument,
its value, and one that would be right; nothing has been opened by then.

Source: RFC 9110, "Field Names", "Field Values" and "Tokens".
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from websockets.http11 import MAX_LINE_LENGTH, MAX_NUM_HEADERS, Request
from websockets.server import ServerProtocol

from minichannels.generic._frames import close_event

Pair = tuple[str, str]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_HEADERS = "headers is a dict of texts, such as {'Origin': 'http://a.example'}"


def headers_of(given: Any) -> list[Pair]:
    """Return headers as pairs of texts.

    Args:
        given: a dict, or pairs where a name stands there twice; None for none.

    Raises:
        TypeError: it is neither; or a name or a value is no text.
        ValueError: no header may have that name, or that value.
    """
    if given is None:
        return []
    pairs = given.items() if isinstance(given, Mapping) else given
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise TypeError(f"{_HEADERS}; not {given!r}")
    return [_pair(pair) for pair in pairs]


def _pair(pair: Any) -> Pair:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{_HEADERS}; there is {pair!r} in it")
    name, value = map(_text, pair)
    if not _TOKEN.match(name):
        raise ValueError(
            f"a header's name is one word without blanks, such as 'Origin',"
            f" not {name!r}"
        )
    if _CONTROL.search(value):
        raise ValueError(
            f"the value of a header stands on one line; that of {name!r} is"
            f" {value!r}"
        )
    try:
        value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the value of a header has no letters beyond Latin-1; in that of"
            f" {name!r} there is {value[error.start]!r}: write it as"
            " urllib.parse.quote() does, for example"
        ) from None
    return name, value.strip(" \t")  # as browsers send it


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise TypeError(f"{_HEADERS}; {value!r} in it is no text")
    return value


def require_names(name: Any, subprotocols: Any) -> None:
    """Refuse what is no client's name, and no list of subprotocols.

    Raises:
        TypeError: it is of another type.
        ValueError: no subprotocol may be called so.
    """
    if not isinstance(name, str | None):
        raise TypeError(f"a client's name is a str, not {name!r}")
    if isinstance(subprotocols, str):
        raise TypeError(
            f"subprotocols is a list of names; write [{subprotocols!r}]"
        )
    if not isinstance(subprotocols, Iterable | None):
        raise TypeError(
            f"subprotocols is a list of names, such as ['chat'], not"
            f" {subprotocols!r}"
        )
    for each in subprotocols or ():
        if not isinstance(each, str) or not _TOKEN.match(each):
            raise ValueError(
                "the name of a subprotocol is one word without blanks or"
                f" commas, such as 'chat', not {each!r}"
            )


def require_readable(request: Request) -> None:
    """Refuse a request for a WebSocket that a server could not read.

    It would get no answer: uvicorn leaves such a client waiting.

    Raises:
        ValueError: it is too large, or speaks of a body.
    """
    server = ServerProtocol()
    server.receive_data(request.serialize())
    if error := server.handshake_exc:
        raise ValueError(
            "servers cannot read this request for a WebSocket"
            f" ({error.__cause__ or error}): it has no body, up to"
            f" {MAX_NUM_HEADERS} headers, and none of its lines is longer than"
            f" {MAX_LINE_LENGTH:,} bytes"
        )


def require_closing(code: Any, reason: Any) -> None:
    """Refuse what no close frame of a client holds.

    Raises:
        TypeError: the reason is no text.
        ValueError: the code may not be sent, or the reason is too long.
    """
    if not isinstance(reason, str):
        raise TypeError(f"the reason is a text, not {reason!r}")
    require_characters(reason)
    if code is True:  # to an application it says: as the server likes
        raise ValueError("close code True cannot be sent; leave it out")
    close_event(code, reason)


def require_characters(text: str) -> None:
    """Refuse a text that cannot be sent.

    Raises:
        ValueError: there is half of a character in it.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise ValueError(
            f"a text is sent as UTF-8, which cannot say {half!r}, one half of"
            " a character"
        ) from None


def require_method(method: Any) -> None:
    """Refuse what is no method of HTTP.

    Raises:
        ValueError: it is not one word.
    """
    if not isinstance(method, str) or not _TOKEN.match(method):
        raise ValueError(f"a method is one word such as 'GET', not {method!r}")


def require_options(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse options that there are not.

    Raises:
        TypeError: one of them is unknown.
    """
    names = list(known)
    for name in given:
        if name not in names:
            raise TypeError(
                f"a request has no {name!r}; it has {', '.join(names)} (what"
                " stands behind '?' is a part of the path)"
            )


def body_of(data: Any, values: Any) -> bytes:
    """Return the body of a request.

    Args:
        data: the body itself, as text or bytes.
        values: what is sent as JSON instead; None: nothing is.

    Raises:
        TypeError: the data are neither; or JSON has no word for a value.
        ValueError: a value contains itself, or is such as NaN; or there is
            half of a character in the text.
    """
    if values is not None:
        try:
            return json.dumps(values, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"json is what JSON can say: texts, numbers, lists, dicts;"
                f" {error}"
            ) from None
    if isinstance(data, str):
        require_characters(data)
        return data.encode()
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(
            f"data is a text or bytes, not {data!r}; to send a dict or a list,"
            " write json=…"
        )
    return bytes(data)
