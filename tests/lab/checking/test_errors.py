"""Which slip an error comes of."""

import pytest

from support.exercises import result_of

NEWS = """\
class NewsConsumer(WebsocketConsumer):
    groups = ["news"]
    def connect(self):
        self.room = rain = 1
        self.accept()
    {}
"""
FLASH = NEWS.replace("{}", "def news_flash(self, event): {}")

ERRORS = {
    "self missing": (NEWS, "def news_flash(event): 1", "self is missing."),
    "parameters": (
        *(NEWS, "def news_flash(self): 1"),
        "write def news_flash(self, event):",
    ),
    "a lambda": (NEWS, "news_flash = lambda: 1", "<lambda>() has other"),
    "a function of Python": (NEWS, "news_flash = abs", "abs"),
    "parameters of a library": (
        *(NEWS, "news_flash = asyncio.Event.wait"),
        "write def wait(self, event):",
    ),
    "async in sync": (
        *(NEWS, "async def news_flash(self, event): 1"),
        "write def without async",
    ),
    "whole event": (FLASH, "self.send(event)", "You sent the whole event."),
    "a dict of its own": (FLASH, "self.send({'a': 1})", "use json.dumps()"),
    "a dict": (FLASH, "event.upper()", "take the text out of it"),
    "no key": (
        *(FLASH, "event['message']"),
        "You send the keys type, text; news_flash reads message.",
    ),
    "a key of another dict": (FLASH, "{}['text']", "KeyError: 'text'"),
    "on self": (FLASH, "send(event['text'])", "write self.send."),
    "kept on self": (FLASH, "room", "write self.room."),
    "local": (FLASH, "rain", "The rain in connect is gone"),
    "a name of nothing": (FLASH, "snow", "name 'snow' is not defined"),
    "a method": (FLASH, "self.send(event['text'].upper)", "upper()"),
}


@pytest.mark.parametrize("what", ERRORS)
async def test_message_names_the_slip(what: str) -> None:
    frame, line, words = ERRORS[what]

    result = await result_of("4.4", frame.replace("{}", line, 1))

    assert words in " ".join(str(result).split())
    assert result.key == "raised"
    assert "M12" not in str(result)


async def test_name_that_a_plain_application_lacks_is_no_slip() -> None:
    code = "async def shout(scope, receive, send): accept"

    result = await result_of("1.1", code)

    assert "name 'accept' is not defined" in str(result)


async def test_error_in_what_a_client_sent_has_no_keys_of_a_sender() -> None:
    code = """\
async def shout(scope, receive, send):
    (await receive())["message"]
"""

    result = await result_of("1.1", code)

    assert "You send the keys" not in str(result)
