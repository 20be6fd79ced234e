"""The parts of a response, as ASGI wants them.

Source: ASGI specification, "HTTP & WebSocket ASGI Message Format"; RFC 9110.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from minichannels._masking import shown

# RFC 9110 5.6.2: what the name of a header is made of.
_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

Headers = Mapping[Any, Any] | Iterable[tuple[Any, Any] | list[Any]]
Header = tuple[bytes, bytes] | list[bytes]


def encode_headers(headers: Headers | None) -> list[Header]:
    """Return headers as ASGI wants them: pairs of bytes, names in lower case.

    Args:
        headers: a mapping or pairs; names and values are str or bytes.

    Raises:
        TypeError: no pairs, or a name or a value is neither str nor bytes.
        ValueError: a name holds what no name may, or a value a line break,
            which would let whoever wrote it add headers of their own.
    """
    if headers is None:
        return []
    pairs: Any = headers.items() if isinstance(headers, Mapping) else headers
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise TypeError(f"headers are a dict or pairs; got {shown(pairs)}")
    return [_encode_header(pair) for pair in pairs]


def _encode_header(pair: Any) -> Header:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(
            f"a header is a pair of name and value; got {shown(pair)}"
        )
    name, value = (_header_bytes(text, pair[0]) for text in pair)
    if not _HEADER_NAME.match(name):
        raise ValueError(
            f"a header's name holds letters, digits and '-'; got {pair[0]!r}"
        )
    # A list stays one, as with Channels.
    as_list = isinstance(pair, list)
    return [name.lower(), value] if as_list else (name.lower(), value)


def _header_bytes(text: Any, name: Any) -> bytes:
    try:
        data = text.encode("latin-1") if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise ValueError(
            "a header holds latin-1 alone, and"
            f" {shown(text, name)} more than that"
        ) from None
    if not isinstance(data, bytes):  # bytes(5) would be five zeros
        raise TypeError(
            f"a header is made of str or bytes; got {shown(text, name)}"
        )
    if b"\r" in data or b"\n" in data or b"\0" in data:
        raise ValueError(
            f"a header holds no line break or NUL; got {shown(text, name)}"
        )
    return data


def require_token(subprotocol: str) -> None:
    """Raise ValueError if a subprotocol would be more than its header."""
    # RFC 6455 4.1: it is made of what the name of a header is made of.
    if not _HEADER_NAME.match(subprotocol.encode()):
        raise ValueError(
            f"a subprotocol holds letters, digits and '-'; got {subprotocol!r}"
        )


def require_status(status: Any) -> None:
    """Raise ValueError unless it is a status that can be sent."""
    if not isinstance(status, int) or not 100 <= status <= 999:
        raise ValueError(f"status is a number such as 404, not {status!r}")


def require_bytes(body: Any) -> None:
    """Raise TypeError unless a body is bytes."""
    if not isinstance(body, bytes):
        raise TypeError(
            f"body is bytes, not {type(body).__name__}; encode a text with"
            " .encode()"
        )
