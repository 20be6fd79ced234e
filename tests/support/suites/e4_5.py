"""4.5: dispatch by hand."""

from collections.abc import Mapping

RIGHT: tuple[str, ...] = (
    """\
async def dispatch(consumer, event):
    try:
        handler = getattr(consumer, event["type"].replace(".", "_"))
    except AttributeError:
        handler = consumer.other
    await handler(event)
""",
    """\
def handler(consumer, kind):
    name = "".join("_" if letter == "." else letter for letter in kind)
    return consumer.other if not hasattr(consumer, name) else getattr(
        consumer, name
    )


dispatch = lambda consumer, event: handler(consumer, event["type"])(event)
""",
    """\
def dispatch(consumer, event):
    name = event["type"].replace(".", "_")
    return getattr(consumer, name, consumer.other)(event)
""",
    """\
import re


async def dispatch(consumer, event):
    name = re.sub(r"[.]", "_", event["type"])
    handlers = {n: getattr(consumer, n) for n in dir(consumer)}
    await handlers.get(name, consumer.other)(event)
""",
    """\
async def dispatch(consumer, event):
    match getattr(consumer, event["type"].translate({46: 95}), None):
        case None:
            await consumer.other(event)
        case handler:
            await handler(event)
""",
)

_BY_NAME = """\
async def dispatch(consumer, event):
    …
    await getattr(consumer, name, consumer.other)(event)
"""

_CALLS = """\
async def dispatch(consumer, event):
    name = event["type"].replace(".", "_")
    …
"""


def _named(lines: str) -> str:
    return _BY_NAME.replace("…", lines)


def _calling(lines: str) -> str:
    return _CALLS.replace("…", lines)


CHEATS: Mapping[str, tuple[str, ...]] = {
    # The names of the example.
    "another asked": (
        _named('name = event["type"].replace(".", "-")'),
        _named('name = "_".join(event["type"].split(".")[:2])'),
        _calling(
            "await getattr(consumer, name.lower(), consumer.other)(event)"
        ),
    ),
    "always other": (
        """\
async def dispatch(consumer, event):
    if event["type"] == "chat.message":
        await consumer.chat_message(event)
    elif event["type"] == "news.flash.now":
        await consumer.news_flash_now(event)
    else:
        await consumer.other(event)
""",
        """\
HANDLERS = {"chat.message": "chat_message", "news.flash.now": "news_flash_now"}


async def dispatch(consumer, event):
    name = HANDLERS.get(event["type"], "other")
    await getattr(consumer, name)(event)
""",
        _named(
            'name = event["type"].replace("chat.", "chat_")'
            '.replace("news.flash.", "news_flash_")'
        ),
        _named('name = event["type"].replace("_", ".")'),
        _calling(
            "if name not in vars(type(consumer)):\n        name = 'other'\n"
            "    await getattr(consumer, name)(event)"
        ),
    ),
    # What a handler raises, and when it is done.
    "loses an error": (
        _calling(
            "handler = getattr(consumer, name, consumer.other)\n"
            "    await asyncio.wait([asyncio.ensure_future(handler(event))])"
        ),
    ),
    "raised in call": (
        _calling(
            "handler = getattr(consumer, name, consumer.other)\n"
            "    try:\n        await handler(event)\n"
            "    except AttributeError:\n        raise RuntimeError('no')"
        ),
    ),
    "hides an error": (
        _calling(
            "try:\n        await getattr(consumer, name)(event)\n"
            "    except AttributeError:\n        await consumer.other(event)"
        ),
    ),
    "not waited for": (
        _calling(
            "handler = getattr(consumer, name, consumer.other)\n"
            "    asyncio.create_task(handler(event))"
        ),
    ),
    "another event": (
        _calling(
            "event['type'] = name\n"
            "    await getattr(consumer, name, consumer.other)(event)"
        ),
    ),
    # A memory for all consumers.
    "not called": (
        "def dispatch(consumer, event):\n    return None\n",
        "KNOWN = {}\n\n\n"
        + _calling(
            "if name not in KNOWN:\n"
            "        KNOWN[name] = getattr(consumer, name, consumer.other)\n"
            "    await KNOWN[name](event)"
        ),
    ),
    # A rule for one dot, or for the last.
    "first dot": (
        _named('name = "_".join(event["type"].split(".", 1))'),
        _named('name = "_".join(event["type"].rsplit(".", 1))'),
        _named('name = "_".join(event["type"].partition(".")[::2])'),
    ),
    # No rule for what has no handler, or one too many.
    "no other": (_calling("await getattr(consumer, name)(event)"),),
    "nothing for the unknown": (
        _calling(
            "try:\n        await getattr(consumer, name)(event)\n"
            "    except AttributeError:\n        pass"
        ),
    ),
    "others": (
        _calling(
            "await getattr(consumer, name, consumer.other)(event)\n"
            "    await getattr(consumer, name, consumer.other)(event)"
        ),
    ),
}
