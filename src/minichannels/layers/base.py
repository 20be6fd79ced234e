"""What every channel layer shares: the rules for names and capacities.

Source: Channels, "Channel Layer Specification", "Channels" and "Capacity".
"""

import fnmatch
import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, TypeGuard

from minichannels._masking import short
from minichannels.exceptions import InvalidNameError
from minichannels.layers.explaining import NAME_RULE, name_problem

MAX_NAME_LENGTH = 100

# ``\Z``, not ``$``: the latter lets a newline at the end pass.
_GROUP_NAME = re.compile(r"[A-Za-z0-9._-]+\Z")
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9._-]+(![A-Za-z0-9._-]*)?\Z")

# By glob pattern or compiled regular expression. Any, as a Mapping's key type
# is invariant: a variable of type dict[str, int] would not do.
Capacities = Mapping[Any, int]
Compiled = list[tuple[re.Pattern[str], int]]


class BaseChannelLayer:
    """The home of a layer's names and capacities; subclasses move messages.

    Args:
        expiry: seconds after which an unread message is gone.
        capacity: how many messages may wait in one channel.
        channel_capacity: capacities for single channels, by glob pattern
            (``"http.*"``) or compiled regular expression; the first that
            matches counts.

    Raises:
        ValueError: an expiry or a capacity is not positive.
    """

    MAX_NAME_LENGTH = MAX_NAME_LENGTH
    # Channels has a place in it for the kind of name, ours needs none:
    # format() leaves it as it is.
    invalid_name_error = NAME_RULE
    extensions: ClassVar[list[str]] = []

    def __init__(
        self,
        expiry: float = 60,
        capacity: int = 100,
        channel_capacity: Capacities | None = None,
    ) -> None:
        require_positive("expiry", expiry)
        require_positive("capacity", capacity)
        self.expiry = expiry
        self.capacity = capacity
        self.channel_capacity = self.compile_capacities(channel_capacity or {})

    def compile_capacities(
        self, channel_capacity: Capacities | Compiled
    ) -> Compiled:
        """Turn glob patterns into regular expressions, once.

        What was compiled before stays as it is: a layer of one's own may do
        so again, as it has to on Channels.

        Raises:
            TypeError: not a mapping, or of something else than patterns.
            ValueError: a capacity is not positive.
        """
        if _is_compiled(channel_capacity):
            return channel_capacity
        if not isinstance(channel_capacity, Mapping):
            raise TypeError(
                "channel_capacity is a dict, such as {'http.*': 200}, not"
                f" {short(channel_capacity)}"
            )
        compiled = []
        for pattern, capacity in channel_capacity.items():
            require_positive(f"capacity of {pattern!r}", capacity)
            if isinstance(pattern, str):
                pattern = re.compile(fnmatch.translate(pattern))
            elif not isinstance(pattern, re.Pattern):
                raise TypeError(
                    f"the pattern {pattern!r} in channel_capacity is neither a"
                    " str nor a compiled expression"
                )
            compiled.append((pattern, capacity))
        return compiled

    def get_capacity(self, channel: str) -> int:
        """Return how many messages may wait in a channel."""
        if not self.channel_capacity:
            return self.capacity
        own = (
            c for pattern, c in self.channel_capacity if pattern.match(channel)
        )
        return next(own, self.capacity)

    def require_valid_channel_name(
        self, name: str, receive: bool = False
    ) -> bool:
        """Return True for a channel name; ``receive`` asks for one to read.

        Raises:
            TypeError: not a valid name; says which character is wrong, or
                that the name is too long or no string.
        """
        _check_name("channel", name, _CHANNEL_NAME)
        if receive and "!" in name and not name.endswith("!"):
            raise TypeError(
                f"invalid channel name {name!r} in receive(): a layer that"
                " shares one mailbox for a process reads up to the '!'"
            )
        return True

    def require_valid_group_name(self, name: str) -> bool:
        """Return True for a group name.

        Raises:
            TypeError: not a valid name, and why.
        """
        _check_name("group", name, _GROUP_NAME)
        return True

    def valid_channel_name(
        self, channel_name: str, receive: bool = False
    ) -> bool:
        """Return True for a channel name; deprecated, as in Channels.

        Args:
            channel_name: the name.
            receive: looked at by ``require_valid_channel_name()`` alone.

        Raises:
            TypeError: not a valid name, and why.
        """
        warnings.warn(
            "valid_channel_name is deprecated; call require_valid_channel_name",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.require_valid_channel_name(channel_name)

    def valid_group_name(self, group_name: str) -> bool:
        """Return True for a group name; deprecated, as in Channels.

        Raises:
            TypeError: not a valid name, and why.
        """
        warnings.warn(
            "valid_group_name is deprecated; call require_valid_group_name",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.require_valid_group_name(group_name)

    def non_local_name(self, name: str) -> str:
        """Return a name up to and including its ``!``, or the whole name."""
        process, mark, _ = name.partition("!")
        return process + mark


def require_positive(what: str, value: Any) -> None:
    """Raise ValueError unless ``value`` is a number above 0."""
    # Not "value <= 0": that would let NaN pass.
    if not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{what} must be a number above 0, not {short(value)}")


@lru_cache(maxsize=4096, typed=True)  # a subclass of str compares as it likes
def _matches(name: str, pattern: re.Pattern[str]) -> bool:
    return pattern.match(name) is not None


def _check_name(kind: str, name: Any, pattern: re.Pattern[str]) -> None:
    # Nothing long gets into the cache, which would keep it.
    possible = isinstance(name, str) and len(name) < MAX_NAME_LENGTH
    if not possible or not _matches(name, pattern):
        text = name_problem(kind, name, MAX_NAME_LENGTH - 1)
        raise InvalidNameError(text, kind=kind, name=name)


def _is_compiled(given: object) -> TypeGuard[Compiled]:
    return isinstance(given, list) and all(
        isinstance(each, tuple) and isinstance(each[0], re.Pattern)
        for each in given
    )
