"""The cause key: it travels in a message and says which send that was.

How it works: within one process the recorder knows what it has sent. Between
processes there is the message alone. So while a process is recorded under a
name, to be joined with others, each message that it sends has one more key;
whoever is recorded takes it out before a consumer gets to see the message. So
does our layer on Redis where nobody records; another layer leaves it there.

The key's value is the token of a process, drawn when it starts, and the number
that the send has there. No clock is asked: what one process has of another is
that a message came, and so after it was sent.
"""

import secrets
from collections.abc import Mapping
from typing import Any

KEY = "minichannels.cause"
"""The one key of a message that is reserved; the layer on Redis knows it."""

TOKEN = secrets.token_hex(4)
"""Tells this process from all others."""


def key_of(number: int, token: str = TOKEN) -> str:
    """Return the key of a send."""
    return f"{token}.{number}"


def found_in(message: Any) -> str:
    """Return the key that is in a message; empty if there is none."""
    key = dict.get(message, KEY) if isinstance(message, dict) else None
    return key if isinstance(key, str) else ""


def without_key(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message as it was before a key was put in."""
    if KEY not in message:
        return message
    return {name: value for name, value in message.items() if name != KEY}
