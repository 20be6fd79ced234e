"""Which slip is named where nothing was raised: from lines that ran."""

import pytest

from minichannels.lab.checking.stage.exercise import find
from support.exercises import patience, result_of

CHAT = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, text_data):
        name = self.username
"""
SLIPS = {
    "a text's method": (
        "text_data.upper()\nself.send(text_data)",
        "Line 9 calls text_data.upper() and does not use what that returns.",
    ),
    "a text's join": (
        "', '.join(text_data)\nself.send(text_data)",
        "Line 9 calls ', '.join(text_data) and does not use",
    ),
    "a text's method with a name": (
        "text_data.split(sep=name)\nself.send(text_data)",
        "Line 9 calls text_data.split(sep=name) and does not use",
    ),
    "a method that cannot be asked": (
        "text_data.count(name)\nself.send(text_data)",
        "Line 9 calls text_data.count(name) and does not use",
    ),
    "a function of Python": (
        "sorted(text_data)\nself.send(text_data)",
        "Line 9 calls sorted(text_data) and does not use",
    ),
    "a method of JSON": (
        "json.dumps(text_data)",
        "Line 9 calls json.dumps(text_data) and does not use",
    ),
    "an attribute": (
        "self.username\nself.send(text_data)",
        "In line 9, self.username stands alone: its value is not used.",
    ),
    "a name": ("name\n", "In line 9, name stands alone"),
    "a comparison": (
        "name == 'Anonymous: ' + text_data",
        "In line 9, name == 'Anonymous: ' + text_data stands alone",
    ),
    "a lambda": ("lambda: self.send(name)", "stands alone: its value"),
    "a method without brackets": (
        "self.close",
        "Line 9 names self.close, but does not call it.",
    ),
    "the layer's without brackets": (
        "self.channel_layer.group_send",
        "Line 9 names self.channel_layer.group_send, but does not call it.",
    ),
    "a text's without brackets": (
        "text_data.upper\nself.send(text_data)",
        "Line 9 names text_data.upper, but does not call it.",
    ),
    "a nested def": (
        "def answer(self):\n    self.send(name)",
        "Line 9 defines answer inside of receive, and nobody calls it there.",
    ),
    "=+": (
        "name =+ 1\nself.send(text_data)",
        "Line 9 says =+, two signs: it gives name a new value",
    ),
    "=-": ("self.count =- 1", "Line 9 says =-, two signs: it gives self.count"),
    "a return in a loop": (
        "for word in text_data, name:\n    self.send(word)\n    return",
        "The return in line 11 ends the loop of line 9 in its first turn.",
    ),
    "a break in a loop": (
        "while True:\n    self.send(name)\n    break",
        "The break in line 11 ends the loop of line 9 in its first turn.",
    ),
    "a local variable": (
        "username = text_data\nself.send(username)",
        "Line 9 gives a value to username, a local variable of receive",
    ),
    "what a call returned": (
        "answer = text_data.upper()\nself.send(text_data)",
        "Line 9 calls text_data.upper() and keeps what that returns as answer,",
    ),
    "another attribute": (
        "self.user = text_data\nself.send(name)",
        "Line 9 sets self.user, which no method reads; receive reads"
        " self.username.",
    ),
    "no f": (
        "self.send('{self.username}: ' + text_data)",
        "The text in line 9 was used with {self.username} in it",
    ),
    "no else": (
        "if text_data:\n    self.send('a')\nself.send('b')",
        "Line 10 sent, in the if of line 9; then line 11 sent too",
    ),
    "a condition that is never true": (
        "if text_data == 'x':\n    self.send(name)",
        "Line 10 did not run: the condition in line 9 was not true.",
    ),
    "a condition that is always true": (
        "if text_data:\n    pass\nelse:\n    self.send(name)",
        "Line 12 did not run: the condition in line 9 was true.",
    ),
    "the second of two conditions": (
        "if not name:\n    pass\nelif not text_data:\n    self.send(name)",
        "Line 12 did not run: the condition in line 11 was not true.",
    ),
    "a value that is returned": ("return name", "Line 9 returns name."),
    "a call of a wrapped function": (
        "if not name:\n    async_to_sync(self.channel_layer.send)('a', {})",
        "Line 10 did not run: the condition in line 9 was not true.",
    ),
    "a call by a name of its own": (
        "tell = self.send\nif not name:\n    tell(name)",
        "Line 11 did not run: the condition in line 10 was not true.",
    ),
    "a call that a return comes before": (
        "if text_data:\n    return\nself.send(name)",
        "Line 11 did not run: the return in line 10 came before it.",
    ),
    "a method that the library calls": (
        "self.disconnect(1000)",
        "Line 9 calls self.disconnect. The library calls that when a client",
    ),
    "the nearest of two branches": (
        "if not name:\n    self.send('a')\nelif text_data:\n    if not name:\n"
        "        self.send('b')",
        "Line 13 did not run: the condition in line 12 was not true.",
    ),
    "a call that a continue comes before": (
        "for word in text_data, name:\n    if word:\n        continue\n"
        "    self.send(word)",
        "Line 12 did not run: the continue in line 11 came before it.",
    ),
    "a line below a return": (
        "return\nself.send(name)",
        "Line 10 never runs: the return in line 9 stands above it",
    ),
    "a line below a continue": (
        "for word in name:\n    try:\n        continue\n        1 / 0\n"
        "    except ValueError:\n        pass",
        "Line 12 never runs: the continue in line 11 stands above it",
    ),
    "what begins anew in each turn": (
        "for word in name:\n    said = ''\n    said += word\nself.send(said)",
        "Line 10 runs in each turn of the loop in line 9: said = ''.",
    ),
    "what begins anew in a try": (
        "for word in name:\n    try:\n        said = ''\n"
        "        said = said + word\n    except ValueError:\n        pass\n"
        "self.send(said)",
        "Line 11 runs in each turn of the loop in line 9: said = ''.",
    ),
    "what begins anew in each call": (
        "self.said = []\nself.said.append(text_data)\nself.send(name)",
        "Line 9 runs each time that receive does: self.said = [].",
    ),
    "a number that does not grow": (
        "count = 0\nfor word in name:\n    count = 1\nself.send(str(count))",
        "Line 11 says count = 1: whatever the number was before",
    ),
    "what the last turn sets": (
        "for word in 'ab':\n    if word == 'a':\n        name = word\n"
        "    else:\n        name = ''\nself.send(name)",
        "in line 11 or in line 13: what the last turn gave is what it is then",
    ),
    "a sign that is taken down": (
        "self.busy = True\nself.send(name)\nself.busy = False",
        "Line 9 sets self.busy, and line 11 sets it again.",
    ),
    "an attribute of the class": (
        "ChatConsumer.last = text_data\nself.send(name)",
        "Line 9 puts last on the class, which all connections share.",
    ),
    "an attribute of the object's class": (
        "self.__class__.count = 1\nself.send(name)",
        "Line 9 puts count on the class, which all connections share.",
    ),
    "an attribute of its type": (
        "setattr(type(self), 'count', 1)\nself.send(name)",
        "Line 9 puts count on the class, which all connections share.",
    ),
    "a list of its type": (
        "self.queue.append(text_data)\nself.send(f'{self.queue}')",
        "Line 9 changes self.queue, one list that all connections share.",
    ),
    "a dict of the notebook": (
        "heard[name] = text_data\nself.send(f'{heard}')",
        "Line 9 changes heard, one dict that all connections share.",
    ),
    "a global variable": (
        "global last\nlast = text_data\nself.send(name)",
        "Line 10 gives a value to the global variable last, which all"
        " connections share.",
    ),
}


async def test_list_that_nobody_looks_at_is_not_blamed() -> None:
    lines = "self.queue.append(text_data)\nself.send(name)"

    result = await result_of("4.2", answer(lines))

    assert "queue" not in str(result)


async def test_key_that_is_asked_for_in_a_try_is_used() -> None:
    lines = """\
try:
    self.scope["session"]
except KeyError:
    self.send(name)"""

    result = await result_of("4.2", answer(lines))

    assert "stands alone" not in str(result)


async def test_what_grows_from_call_to_call_is_named_first() -> None:
    lines = "global last\nlast = ''\nlast += text_data\nself.send(name)"

    result = await result_of("4.2", answer(lines))

    text = " ".join(str(result).split())
    assert "Line 11 gives a value to the global variable last" in text


def answer(lines: str) -> str:
    own = "".join(f"        {x}\n" for x in lines.splitlines())
    return CHAT + own + "    queue = []\n\n\nheard = {}\n"


@pytest.mark.parametrize("what", SLIPS)
async def test_message_names_the_line_that_ran_without_use(what: str) -> None:
    lines, words = SLIPS[what]

    result = await result_of("4.2", answer(lines))

    assert words in " ".join(str(result).split())


NO_SLIPS = {
    "a nested def that a decorator calls": (
        "def run(call): call()\n@run\ndef inner(): pass"
    ),
    "a thread's join": (
        "import threading\nthread = threading.Thread(target=str)\n"
        "thread.start()\nthread.join(5)"
    ),
    "a replace with one argument": (
        "import types\npath = types.SimpleNamespace(replace=str)\n"
        "path.replace(name)"
    ),
    "what calls something else": "', '.join(map(self.close, ()))",
    "a sum that goes up and down": (
        "count = 0\nfor word in 'ab':\n    if word == 'a':\n"
        "        count = count + 1\n    else:\n        count = count - 1"
    ),
    "turns of one kind": (
        "for word in 'a':\n    if word:\n        last = word\n    else:\n"
        "        last = name"
    ),
    "turns that set two things": (
        "for word in 'ab':\n    if word == 'a':\n        last = word\n"
        "    else:\n        first = name"
    ),
    "a number below zero": "name = -1\nself.send(text_data)",
    "a loop that goes on": (
        "for word in text_data:\n    if word: continue\n    return"
    ),
    "a return under an if": "for word in name:\n    if not word: return",
    "a nested def that is called": "def f(): pass\nf()",
    "a nested def that is handed on": "def f(): pass\nlist(map(f, ()))\n1",
    "a copy of an attribute": "username = self.username",
    "braces that are filled": "self.send(f'{name}')",
    "braces of the client's": "self.send('{}' + text_data)",
    "braces that were not sent": "self.form = '{name}'\nself.send(text_data)",
    "an else": "if name:\n    self.send('a')\nelse:\n    self.send('b')",
    "a line that did not run": "if not name:\n    text_data.upper()",
    "a name that a function inside reads": (
        "text = text_data.upper()\ndef f(): return text\nself.send(f())"
    ),
    "a name that may be read": (
        "text = text_data.upper()\nself.send(str(locals()))"
    ),
    "a name for others": (
        "global text\ntext = text_data.upper()\nself.send(text_data)"
    ),
    "what a call did besides": "text = self.send(text_data)",
    "an attribute that is read": (
        "self.user = text_data\nself.send(name + self.user)"
    ),
    "an attribute that may be read": (
        "self.user = 1\nself.send(str(getattr(self, 'user')))"
    ),
    "an attribute like no other": "self.count = 1\nself.send(text_data)",
    "an attribute of the library": "self.groups = []\nself.send(name)",
    "an else with nothing to send": "if name:\n    pass\nelse:\n    pass",
    "what begins anew for a loop inside": (
        "for a in name:\n    said = ''\n    for b in a: said += b\n"
        "    self.send(said)"
    ),
    "what is not changed afterwards": (
        "for word in name:\n    said = ''\nself.send(said + name)"
    ),
    "a list that is made for each message": (
        "said = []\nsaid.append(name)\nself.send(str(said))"
    ),
    "a number that grows": (
        "count = 0\nfor word in name:\n    count = 5\n    count += 1\n"
        "self.send(str(count))"
    ),
    "a sign whether something was found": (
        "found = False\nfor word in name:\n    found = True\n"
        "self.send(str(found))"
    ),
    "a number after a loop": (
        "for word in name:\n    self.send(word)\nword = 0\nword = 1"
    ),
    "a sign that is read": (
        "self.busy = 1\nself.send(str(self.busy))\nself.busy = 2"
    ),
    "two signs": "self.a = self.b = 1\nself.send(str(self.a + self.b))",
    "a name of a method": "send = str\nself.send(send(1))",
    "a global name": "global username\nusername = name\nself.send('a')",
    "a list that is read": "self.queue.copy()\nself.send(str(heard))",
    "a loop without a turn": "for word in ():\n    self.send(word)",
    "a break of another loop": (
        "for word in name:\n    if word:\n        break\n"
        "for word in ():\n    self.send(word)"
    ),
    "a list of another": "asyncio.notes = []\nasyncio.notes.append(1)",
}
SAID = (
    "which no",
    "does not use",
    "stands alone",
    "inside of",
    "two signs",
    "first turn",
    "a local variable",
    "as it stands",
    "sent too",
    "did not run",
    "never runs",
    "each turn",
    "the last turn",
    "each time that",
    "was before",
    "sets it again",
    "that all connections share",
)


@pytest.mark.parametrize("what", NO_SLIPS)
async def test_message_says_nothing_of_a_line_that_may_be_meant_so(
    what: str,
) -> None:
    result = await result_of("4.2", answer(NO_SLIPS[what]))

    text = " ".join(str(result).split())
    assert not result.solved
    assert not [words for words in SAID if words in text], text


RELAY = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, text_data):
        message = {{"type": "told", "text": text_data}}
        async_to_sync(self.channel_layer.send)(self.channel_name, message)

    def told(self, event):
        self.send(text_data=str({}))
"""


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("event.get('from')", True),
        ("event.get('from', '')", True),
        ("event.get('text')", False),
        ("event.get('type')", False),
        ("dict(event).get('from')", False),
    ],
)
async def test_key_that_a_message_has_not_is_named(
    read: str, told: bool
) -> None:
    result = await result_of("4.2", RELAY.format(read))

    text = " ".join(str(result).split())
    assert ("the keys type, text; told reads from." in text) is told


async def test_method_of_the_learners_may_have_any_name() -> None:
    own = "        self.lower()\n    def lower(self): self.count = 1\n"
    code = CHAT + own

    result = await result_of("4.2", code)

    assert "does not use" not in str(result)


POST = """\
async def post_all(layer, channel, messages, {}):
    for message in messages:
        try:
            await layer.send(channel, message)
        except ChannelFull:
            lost{}
    return {}
"""


@pytest.mark.parametrize(
    ("kind", "parameter", "adding"),
    [
        ("list", "lost=[]", ".append(message)"),
        ("list", "*, lost=[]", ".append(message)"),
        ("dict", "lost={}", ".update({len(lost): message})"),
        ("set", "lost=set()", ".add(message['text'])"),
    ],
)
async def test_message_names_a_list_that_all_calls_share(
    kind: str, parameter: str, adding: str
) -> None:
    code = POST.format(parameter, adding, "len(lost) + 0")

    result = await result_of("6.2", code)

    assert f"The {kind} in line 1 is made once" in " ".join(str(result).split())


async def test_what_calls_of_a_function_share_is_named() -> None:
    code = POST.format("lost=0", " = 1", "tried.append(1) or len(tried) * 0")

    result = await result_of("6.2", f"{code}\n\ntried = []\n")

    text = " ".join(str(result).split())
    assert "Line 7 changes tried, one list that all calls share." in text


async def test_attribute_of_a_function_is_that_of_no_class() -> None:
    code = POST.format("lost=0", " = post_all.lost = 1", "0")

    result = await result_of("6.2", code)

    assert "share" not in str(result)


async def test_what_the_solution_shares_too_is_no_slip() -> None:
    code = find("6.1").solution.replace('event["text"]', '"a note"')

    result = await result_of("6.1", code)

    assert "share" not in str(result)


async def test_list_that_is_no_default_is_no_slip() -> None:
    code = POST.format("lost=(), most=[]", "+ (1,)", "1")

    result = await result_of("6.2", code)

    assert "is made once" not in str(result)


async def test_lines_of_what_has_no_source_are_no_slips() -> None:
    code = "exec('''async def post_all(*args): args; return 2''', globals())"

    result = await result_of("6.2", code)

    assert "stands alone" not in str(result)


async def test_function_that_sends_nothing_is_told_which_line_did_not_run() -> (
    None
):
    code = """\
async def post_all(layer, channel, messages):
    if not messages:
        await layer.send(channel, messages)
    return 1
"""

    text = " ".join(str(await result_of("6.2", code)).split())

    assert "Line 3 did not run: the condition in line 2 was not true." in text


async def test_answer_of_receive_nothing_that_is_not_used_is_told() -> None:
    code = find("11.2").solution.replace(
        "assert await client.receive_nothing", "await client.receive_nothing"
    )

    text = " ".join(str(await result_of("11.2", code, patience())).split())

    assert "Line 13 asks await client.receive_nothing(), which is true" in text


async def test_error_without_words_is_said_to_have_none() -> None:
    code = "def remind(*args):\n    assert not args\n"

    text = " ".join(str(await result_of("6.3", code)).split())

    assert "It raised AssertionError: it says nothing more" in text


async def test_comparison_that_is_not_asserted_is_told_by_its_line() -> None:
    code = find("11.1").solution.replace("assert ", "")

    result = await result_of("11.1", code, patience())

    text = " ".join(str(result).split())
    assert "Line 5 compares, await ada.receive_from() == 'tea', and" in text
    assert "in line 5, write assert, and then the comparison." in text


PIECES = """\
async def measure(scope, receive, send):
    event = await receive()
    while event:
        …
"""


@pytest.mark.parametrize(
    ("body", "named"),
    [("pass", True), ("await asyncio.sleep(0)", False)],
    ids=["nothing waits", "one line waits"],
)
async def test_loop_in_which_nothing_waits_is_named(
    body: str, named: bool
) -> None:
    result = await result_of("2.3", PIECES.replace("…", body), 0.5)

    text = " ".join(str(result).split())
    assert result.key == "late"
    assert ("nothing in that loop waits" in text) is named
    assert ("wait for what its condition asks" in text) is named
    assert "change line" not in text


async def test_line_without_a_loop_around_it_is_not_the_fault() -> None:
    code = "async def measure(scope, receive, send):\n    await receive()\n"
    result = await result_of("2.3", f"{code}    await asyncio.sleep(9)\n", 0.2)

    assert "then in line 3: await" in str(result)
    assert "change line" not in str(result)


async def test_line_that_would_send_another_event_is_not_named() -> None:
    code = """\
async def echo(scope, receive, send):
    event = await receive()
    if event["type"] == "websocket.connect":
        kind = "nothing"
    else:
        await send({"type": "websocket.send", "text": "tea"})
        await send({"type": …})
"""
    other = await result_of("1.2", code.replace("…", '"websocket.close"'))
    any_ = await result_of("1.2", code.replace("…", "kind"))

    assert "did not run" not in str(other)
    assert "Line 7 did not run" in str(any_)
