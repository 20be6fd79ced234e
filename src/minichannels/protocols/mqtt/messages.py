"""What may be sent over MQTT: topics, filters, payloads, a last will.

Source: MQTT 3.1.1 and 5.0, "Topic Names and Topic Filters".
"""

import re
from typing import Any

from minichannels.exceptions import WireError
from minichannels.protocols.mqtt.requirements import aiomqtt
from minichannels.types import Message

LONGEST = 65_535
"""How many bytes a topic may have, a last will, a user and a password."""

# Control characters, and what is no character: brokers may end a connection
# on which they come, and some do.
_UNHEARD = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def published(message: Message) -> dict[str, Any]:
    """Return what a message publishes.

    Raises:
        WireError: it cannot be published.
    """
    payload = message.get("payload", b"")
    if not isinstance(payload, str | bytes):
        raise WireError(f"a payload is text or bytes, not {payload!r}")
    return {
        "topic": require_topic(message.get("topic")),
        "payload": _utf8(payload) if isinstance(payload, str) else payload,
        "qos": qos_of(message),
        "retain": bool(message.get("retain", False)),
    }


def last_will(message: Message) -> aiomqtt.Will:
    """Return a last will.

    Raises:
        WireError: it cannot be published.
    """
    what = published(message)
    require_short("will", what["payload"])
    return aiomqtt.Will(**what)


def qos_of(message: Message) -> int:
    """Return how surely a message is to be delivered.

    Raises:
        WireError: MQTT knows no such degree.
    """
    qos = message.get("qos", 0)
    if qos not in (0, 1, 2):
        raise WireError(f"qos is 0, 1 or 2, not {qos!r}")
    return int(qos)


def require_topic(topic: Any) -> str:
    """Return a topic to publish to.

    Raises:
        WireError: there is no such topic.
    """
    _require_text(topic)
    for sign in "+#":
        if sign in topic:
            raise WireError(
                f"{sign!r} in the topic {topic!r}: a message goes to one topic,"
                " and wildcards are for subscribe"
            )
    return str(topic)


def require_filter(topic: Any) -> str:
    """Return a filter to subscribe to: a topic that may have wildcards.

    Raises:
        WireError: there is no such filter.
    """
    _require_text(topic)
    levels = topic.split("/")
    for place, level in enumerate(levels, 1):
        if "#" in level and (level != "#" or place != len(levels)):
            raise WireError(
                f"'#' in {topic!r}: it stands alone behind the last '/'"
            )
        if "+" in level and level != "+":
            raise WireError(f"'+' in {topic!r}: it stands alone between '/'")
    return str(topic)


def _require_text(topic: Any) -> None:
    if not isinstance(topic, str) or not topic:
        raise WireError(f"{topic!r} is no topic")
    if found := _UNHEARD.search(topic):
        raise WireError(f"{found[0]!r} in {topic[:80]!r} is no character")
    require_short("topic", _utf8(topic))


def require_short(what: str, data: bytes) -> None:
    """Raise if there is no room for something in a packet.

    Raises:
        WireError: it is longer than ``LONGEST``.
    """
    if len(data) > LONGEST:
        raise WireError(
            f"a {what} of {len(data)} bytes; the limit is {LONGEST}"
        )


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise WireError(f"half a character in {text[:80]!r}") from None
