"""Whether a message holds what it should, in whatever shape."""

import json
from collections.abc import Iterator
from typing import Any


def holds(value: Any, words: str) -> bool:
    """Return whether words stand somewhere in a message.

    As they are, or in JSON or bytes of the learner's: how a message is built
    is not asked, but that its reader needs nothing else.
    """
    as_json = json.dumps(words)[1:-1]
    also = json.dumps(words, ensure_ascii=False)[1:-1]
    return any(
        form in text
        for text in _texts(value)
        for form in (words, as_json, also)
    )


def _texts(value: Any) -> Iterator[str]:
    """Give all texts of a message."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        yield value
    for each in value if isinstance(value, list) else ():
        yield from _texts(each)
