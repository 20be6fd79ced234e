"""Which slip an error comes of."""

from dataclasses import replace

import pytest

from minichannels.lab.checking.check import judged
from minichannels.lab.checking.diagnosis.answers import MISSING
from minichannels.lab.checking.report.compose import composed
from minichannels.lab.checking.stage.exercise import Stage, find
from support.exercises import define, result_of


async def play(stage: Stage) -> None:
    """Send news to the group; no miss has a text of its own."""
    await stage.connect("/", "ada")
    await stage.group_send("news", {"type": "news.flash", "text": "rain"})


EXERCISE = replace(find("4.4"), play=play, texts={})

NEWS = """\
class NewsConsumer(WebsocketConsumer):
    groups = ["news"]
    def connect(self):
        self.room = rain = 1
        self.accept()
    {}
"""
NEWS_ASYNC = """\
class NewsConsumer(AsyncWebsocketConsumer):
    groups = ["news"]
    {}
"""
FLASH = NEWS.replace("{}", "def news_flash(self, event): {}")
QUOTED = NEWS.replace(
    "{}", "def news_flash(self, event):\n        rain = 1\n        {}"
)
SUPER = """\
class Base(WebsocketConsumer):
    def news_flash(self, event):
        self.snow = 1


class NewsConsumer(Base):
    groups = ["news"]
    def news_flash(self, event): {}
"""
CALL = FLASH.replace("{}", "async_to_sync(self.channel_layer.{}")

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
    "self missing in an async def": (
        *(NEWS_ASYNC, "async def news_flash(event): 1"),
        "write async def news_flash(self, event):",
    ),
    "self missing where the code itself calls it": (
        NEWS_ASYNC,
        "async def news_flash(self, event): await self.tell(event)\n"
        "    async def tell(event): 1",
        "write async def tell(self, event):",
    ),
    "kind of a static method": (
        *(NEWS, "@staticmethod\n    async def news_flash(event): 1"),
        "Line 6 defines news_flash with async def. A consumer such as",
    ),
    "super without brackets": (
        *(NEWS, "def news_flash(self, event): super.__init__()"),
        "super has no brackets there",
    ),
    "super without brackets, of what it has not": (
        *(NEWS, "def news_flash(self, event): super.news_flash(event)"),
        "super has no brackets there",
    ),
    "print for send": (
        *(FLASH, "print(text_data=event['text'])"),
        "send it instead of printing it.",
    ),
    "set in another method": (
        *(FLASH.replace("self.room = rain", "snow = rain"), "self.snow"),
        "Line 4 gives a value to snow, a local variable of connect",
    ),
    "set on self, and taken away": (
        *(FLASH, "del self.room; self.room"),
        "object has no attribute 'room'",
    ),
    "async in sync": (
        *(NEWS, "async def news_flash(self, event): 1"),
        "Line 6 defines news_flash with async def. A consumer such as",
    ),
    "async in sync, of another": (
        *(NEWS, "news_flash = asyncio.sleep"),
        "sleep is an async def, and this consumer calls plain methods.",
    ),
    "def in async": (
        *(NEWS_ASYNC, "def news_flash(self, event): 1"),
        "Line 3 defines news_flash with def. What a consumer such as",
    ),
    "not a dict": (
        *(CALL, "send)('a', 1)"),
        "A message for the layer is a dict",
    ),
    "no type": (
        *(CALL, "send)(self.channel_name, {})"),
        "put the type into the message.",
    ),
    "swapped": (
        *(CALL, "group_add)(self.channel_name, 'a')"),
        "swap the two arguments.",
    ),
    "swapped, by a name of its own": (
        FLASH,
        "add = async_to_sync(self.channel_layer.group_add);"
        " add(self.channel_name, 'a')",
        "Line 6 gives group_add the name of a channel where that of the group",
    ),
    "a channel twice": (
        *(CALL, "group_add)(self.channel_name, self.channel_name)"),
        "group_add got the name of a channel, not of a group.",
    ),
    "a channel and a message": (
        *(CALL, "group_send)(self.channel_name, {'type': 'a'})"),
        "group_send takes the name of a group first.",
    ),
    "a channel among what is not known": (
        *(CALL, "group_discard)(*[self.channel_name] * 2)"),
        "The name that line 6 gives to it is that of a channel.",
    ),
    "a type of the library's": (
        *(CALL, "send)(self.channel_name, {'type': 'receive'})"),
        "The type is receive. Such a method is for the library alone",
    ),
    "a bad name": (CALL, "group_add)('a b', 'a')", "' ' at index 1"),
    "a name without its f": (
        *(CALL, "group_add)('chat_{self.room}', 'a')"),
        "The text in line 6 was used with {self.room} in it as it stands.",
    ),
    "a value that the failing line does not take": (
        *(FLASH, "\n        event['text'].upper()\n        self.send(1)"),
        "Line 7 calls event['text'].upper() and does not use what that",
    ),
    "a name that the failing line does not read": (
        *(FLASH, "\n        text = str(1)\n        self.send(1)"),
        "Line 7 calls str(1) and keeps what that returns as text",
    ),
    "a value below the failing line": (
        *(FLASH, "\n        for x in 'a', 1: self.send(x)\n        str(1)"),
        "line 7: for x in",
    ),
    "a channel's bad name": (CALL, "group_add)('a', 'a b')", "' ' at index 1"),
    "whole event": (FLASH, "self.send(event)", "You sent the whole event."),
    "a dict of its own": (FLASH, "self.send({'a': 1})", "use json.dumps()"),
    "a group without its channel": (
        *(CALL, "group_add)('a')"),
        "group_add takes two arguments: the group, then the channel.",
    ),
    "a group without its message": (
        *(CALL, "group_send)('a')"),
        "group_send takes two arguments: the group, then the message.",
    ),
    "a dict": (FLASH, "event.upper()", "take the text out of it"),
    "no key": (
        *(FLASH, "event['message']"),
        "The message has the keys type, text; news_flash reads message.",
    ),
    "a key of another dict": (FLASH, "{}['text']", "{} has no key text."),
    "a key of nothing in the line": (
        *(FLASH, "raise KeyError('x')"),
        "NewsConsumer#1 raised KeyError: 'x'",
    ),
    "an attribute of nothing in the line": (
        *(FLASH, "getattr(event, 'x')"),
        "'x' It had got news.flash",
    ),
    "an index of nothing in the line": (
        *(FLASH, "list(map('a'.__getitem__, 'b'))"),
        "string indices must be integers, not 'str' It had got news.flash",
    ),
    "a key of the scope": (
        *(FLASH, "self.scope['url']; event['text']"),
        "self.scope has no key url. What I did",
    ),
    "a key in quotes": (
        *(QUOTED, "self.scope['rain']"),
        "asks self.scope for the text rain, not for what the variable rain",
    ),
    "a key in quotes, and a variable of that name from it": (
        *(QUOTED, "snow = self.scope['snow']"),
        "self.scope has no key snow. What I did",
    ),
    "a key that is no text in quotes": (
        *(QUOTED, "self.scope[f'{rain}']"),
        "self.scope has no key 1. What I did",
    ),
    "an attribute that is in the message": (
        *(FLASH, "self.text"),
        "text is not on self; it stands in the message that came.",
    ),
    "an attribute that is a local variable": (
        *(QUOTED, "self.rain"),
        "Line 7 gives a value to rain, a local variable of news_flash",
    ),
    "an attribute that the same line would set as a variable": (
        *(QUOTED, "wind = self.wind"),
        "'NewsConsumer' object has no attribute 'wind'",
    ),
    "an attribute that a base class sets in the method": (
        *(SUPER, "self.snow"),
        "Your news_flash takes the place of that of Base, which sets self.snow",
    ),
    "an attribute in capitals": (FLASH, "''.UPPER", "There is upper."),
    "an attribute that stands outside of the class": (
        *(FLASH, "self.asyncio.sleep"),
        "asyncio stands outside of the class, so it is not on self.",
    ),
    "an attribute that is only added to": (
        *(FLASH, "self.snow += 1"),
        "Nothing has given self.snow a value before line 6 adds to it.",
    ),
    "an attribute that is added to, and set elsewhere": (
        *(FLASH, "self.snow += 1\n    def other(self): self.snow = 1"),
        "Next: change line 6",
    ),
    "an attribute of a function": (
        *(FLASH, "a = lambda: 1; a.close()"),
        "a is a function, and has no close.",
    ),
    "an attribute of a function that has no name": (
        *(FLASH, "(lambda: 1).close()"),
        "Next: change line 6",
    ),
    "an event as a consumer's text": (
        *(FLASH, "self.base_send(text_data='rain')"),
        "Next: change line 6",
    ),
    "a list in a set": (
        *(FLASH, "{[1]}"),
        "What is in a set, or is a key of a dict, cannot be of the type list",
    ),
    "a set as JSON": (
        *(FLASH, "json.dumps({1})"),
        "JSON has texts, numbers, lists and dicts, and nothing of the type set",
    ),
    "join of numbers": (
        *(FLASH, "', '.join([1])"),
        "join takes texts alone; what it got is of the type int.",
    ),
    "too many parts": (
        *(FLASH, "a, b = 'a b c'.split()"),
        "Line 6 takes something apart into a, b; it has more parts.",
    ),
    "too few parts": (
        *(FLASH, "\n        for a, b in ['a']: pass"),
        "Line 7 takes something apart into a, b; it has fewer parts.",
    ),
    "parts of nothing in the line": (
        *(FLASH, "raise ValueError('too many values to unpack')"),
        "too many values to unpack It had got news.flash",
    ),
    "a set that changes meanwhile": (
        *(FLASH, "\n        a = {1}\n        for x in a: a.add(x + 1)"),
        "Line 8 was going through something, one thing after the other.",
    ),
    "disconnect called": (
        *(FLASH, "self.disconnect()"),
        "The library calls disconnect when a client has gone",
    ),
    "no event": (
        *(FLASH, "self.base_send('rain')"),
        "What is sent is an event: a dict with a type.",
    ),
    "a text's key": (
        *(FLASH, "event['text']['text']"),
        "event['text'] is a text (a str) there, and no dict",
    ),
    "a method of a dict": (
        *(FLASH, "self.scope.path"),
        "self.scope is a dict there.",
    ),
    "a method of no dict": (FLASH, "[].append(1).x", "[].append(1) is None"),
    "None": (FLASH, "x = event.get('y'); x.z", "x is None there."),
    "a key of None": (FLASH, "x = None; x['z']", "x is None there."),
    "None where nothing is wanted of it": (
        *(FLASH, "len(None)"),
        "object of type 'NoneType' has no len()",
    ),
    "a near attribute": (
        *(FLASH, "self.chanel_layer"),
        "There is channel_layer.",
    ),
    "a near attribute of an object": (
        *(FLASH, "self.romm"),
        "There is room.",
    ),
    "a text that is decoded": (
        *(FLASH, "'a'.decode()"),
        "decode was called of what is a text already.",
    ),
    "bytes that are encoded": (
        *(FLASH, "b'a'.encode()"),
        "encode was called of what is bytes already.",
    ),
    "no import of the library": (
        *(FLASH, "AnonymousUser()"),
        "write from minichannels.auth import AnonymousUser above your code.",
    ),
    "an attribute like none": (FLASH, "self.x_y_z", "no attribute 'x_y_z'"),
    "no import": (FLASH, "random.random()", "No cell that ran has imported"),
    "no import of asgiref": (
        FLASH,
        "global sync_to_async; del sync_to_async; sync_to_async(print)",
        "No cell that ran has imported sync_to_async.",
    ),
    "a near name": (FLASH, "prnt(1)", "There is print."),
    "a near name of its own": (FLASH, "words = 1; wrds", "There is words."),
    "a variable without a value": (
        *(FLASH, "count += 1"),
        "and here it has none yet.",
    ),
    "a text and a dict": (FLASH, "'a' + event", "one side is of the type dict"),
    "a number and a text": (FLASH, "1 + 'a'", "one side is of the type int."),
    "a text and bytes": (FLASH, "b'a' + 'b'", "the other bytes."),
    "what is a dict already": (
        *(FLASH, "json.loads(event)"),
        "What json.loads got is a dict already.",
    ),
    "a method of the class": (
        *(FLASH, "str.upper()"),
        "str.upper() was called of the class",
    ),
    "a method of another class": (
        *(FLASH, "str.upper(1)"),
        "with something that is no str",
    ),
    "too many arguments": (
        *(FLASH, "(lambda x: x)(1, 2)"),
        "<lambda> takes 1, and was given 2.",
    ),
    "a method without self": (
        *(FLASH, "self.tell('a')\n    def tell(text): pass"),
        "self is missing.",
    ),
    "an awaited method": (
        *(NEWS_ASYNC, "async def news_flash(self, event): await self.close"),
        "self.close is a method without brackets",
    ),
    "called before a thread can": (
        *(
            NEWS_ASYNC,
            "async def news_flash(self, event):"
            " await asyncio.to_thread(print(1))",
        ),
        "Python calls print(1) first, and on this thread. What",
    ),
    "called before an executor can": (
        *(
            NEWS_ASYNC,
            "async def news_flash(self, event):"
            " await asyncio.get_running_loop().run_in_executor(None, abs(1))",
        ),
        "What asyncio.get_running_loop().run_in_executor got to call",
    ),
    "no function for a thread": (
        *(
            NEWS_ASYNC,
            "async def news_flash(self, event): await asyncio.to_thread(1)",
        ),
        "'int' object is not callable",
    ),
    "called, and no thread wanted": (
        *(FLASH, "x = 1; x(print(1))"),
        "'int' object is not callable",
    ),
    "on self": (FLASH, "send(event['text'])", "write self.send."),
    "kept on self": (FLASH, "room", "write self.room."),
    "local": (FLASH, "rain", "The rain in connect is gone"),
    "set of itself": (FLASH, "snow = self.snow", "change line"),
    "a name of nothing": (FLASH, "snow", "name 'snow' is not defined"),
    "a method": (
        *(FLASH, "self.send(event['text'].upper)"),
        "event['text'].upper is a method without brackets",
    ),
    "a method that is no name": (
        *(FLASH, "send = event.get; 'a' + send"),
        "can only concatenate str",
    ),
}


@pytest.mark.parametrize("what", ERRORS)
async def test_message_names_the_slip(what: str) -> None:
    frame, line, words = ERRORS[what]

    names = define(frame.replace("{}", line, 1))
    verdict = await judged(EXERCISE, MISSING, names)
    result = composed(verdict)

    assert words in " ".join(str(result).split())
    assert result.key == "raised"
    assert "M12" not in str(result)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            *("def connect", "async def connect"),
            "Line 2 defines connect with async def. A consumer such as"
            " WebsocketConsumer calls",
        ),
        (
            *("def connect(self)", "def connect()"),
            "self is missing. line 2: def connect():",
        ),
    ],
)
async def test_slip_of_a_consumer_within_a_router_has_its_line(
    old: str, new: str, told: str
) -> None:
    code = find("5.1").solution.replace(old, new, 1)

    result = await result_of("5.1", code)

    assert told in " ".join(str(result).split())


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

    assert "The message has the keys" not in str(result)


async def test_parameters_of_a_plain_function_are_those_of_the_error() -> None:
    code = NEWS.replace("{}", "news_flash = asyncio.Event().set")

    result = composed(await judged(EXERCISE, MISSING, define(code)))

    assert "has other parameters" in " ".join(str(result).split())


async def test_dict_that_is_sent_in_answer_to_a_client_is_no_event() -> None:
    code = NEWS.replace("self.accept()", "self.accept(); self.send(dict(a=1))")
    names = define(code.replace("{}", "pass"))

    result = composed(await judged(EXERCISE, MISSING, names))

    assert "You sent the whole event" not in str(result)
    assert result.key == "raised"


CHAT = find("7.1").solution


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            *('"chat.message"', '"message"'),
            "The type message calls a method message. Your class has"
            " chat_message (line 16), and no message.",
        ),
        (
            *("def chat_message", "def chat_mesage"),
            "The type chat.message calls a method chat_message. Your class has"
            " chat_mesage (line 16), and no chat_message.",
        ),
        (
            *("def chat_message(self, event):", "def note(self):"),
            "The type chat.message calls a method chat_message, which your"
            " class does not have.",
        ),
    ],
)
async def test_type_that_calls_no_method_is_told_with_those_there_are(
    old: str, new: str, told: str
) -> None:
    result = await result_of("7.1", CHAT.replace(old, new))

    assert result.key == "not handled"
    assert told in " ".join(str(result).split())


SHOP = """\
class ShopConsumer(WebsocketConsumer):
    def __init__(self):
        {}
        self.orders = []
"""


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("1", "your __init__ takes the place of the library's own."),
        ("super().groups = None", "your code raised"),
        ("super().__init__(); self.groups = None", "your code raised"),
    ],
)
async def test_init_that_leaves_out_the_librarys_is_told(
    first: str, told: str
) -> None:
    result = await result_of("4.1", SHOP.format(first))

    assert told in str(result)


async def test_application_has_no_method_of_the_wrong_kind() -> None:
    code = """\
class Chat(WebsocketConsumer):
    async def connect(self): self.accept()


async def shout(scope, receive, send):
    await Chat.as_asgi()(scope, receive, send)
"""

    result = await result_of("1.1", code)

    text = " ".join(str(result).split())
    assert "connect is an async def, and this consumer calls" in text
