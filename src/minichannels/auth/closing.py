"""The groups by which all sockets of a user are reached, in any process.

How it works: each WebSocket of a user is in a group of that user's, and hears
two events there. They travel as all events do: at most once. So a socket also
asks by itself now and then (see ``sockets``). The group's name is none that a
project would give to a group of its own: that is often called user_7.

Source: Channels, "Authentication"; OWASP, "WebSocket Security Cheat Sheet".
"""

import hashlib
import re
from typing import Any

from minichannels._masking import short
from minichannels.auth.users import loaded
from minichannels.layers import get_channel_layer
from minichannels.protocol import CLOSE_CODES
from minichannels.types import ChannelLayer

ENDED = 4401
"""The close code of a socket whose user is not logged in any more."""

# What a group's name may hold, and is a key as it stands.
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,80}\Z")


class Opening:
    """The sockets that are about to ask who their user is.

    Attributes:
        group: their group. They are told of all users, so that those of one
            who logs out just then hear of it; None: they read the session
            twice, and hear of the user whom it names.
    """

    group: str | None = None


async def close_sockets(
    user: Any,
    code: int = ENDED,
    *,
    login: str | None = None,
    layer: ChannelLayer | None = None,
) -> None:
    """Close all WebSockets of a user, in every process on the layer.

    Args:
        user: the user, or the user's key.
        code: the close code that the clients get.
        login: close only those that belong to one login.
        layer: the channel layer; the default one if it is not given.

    Raises:
        ValueError: no server sends such a code.
    """
    given: Any = code
    is_int = isinstance(given, int)
    if not is_int or not any(code in codes for codes in CLOSE_CODES):
        raise ValueError(
            f"close code {short(code)} cannot be sent; use one from 3000 to"
            " 4999"
        )
    event = {"type": "auth.close", "code": code, "token": login}
    await _tell(user, event, layer)


async def check_sockets(
    user: Any, *, layer: ChannelLayer | None = None
) -> None:
    """Close those WebSockets of a user that would not be let in any more."""
    await _tell(user, {"type": "auth.check"}, layer)


async def _tell(
    user: Any, event: dict[str, Any], layer: ChannelLayer | None
) -> None:
    layer = get_channel_layer() if layer is None else layer
    if layer is None or not hasattr(layer, "group_send"):
        return
    # It says of whom it is: whoever hears it may be in another group by now.
    event["group"] = group = group_of(await loaded(user))
    if Opening.group is not None:
        # First these: who is not among them any more is in the user's group.
        await layer.group_send(Opening.group, event)
    await layer.group_send(group, event)


def group_of(user: Any) -> str:
    """Return the name of the group of a user's sockets."""
    pk = str(getattr(user, "pk", user))
    if _PLAIN.match(pk):
        return f"auth.user.{pk}"
    key = pk.encode(errors="backslashreplace")
    return f"auth.users.{hashlib.sha256(key).hexdigest()}"
