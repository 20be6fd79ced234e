"""Values of another kind than was meant, and slips that hide until later."""

import pytest

from minichannels.lab.checking.stage.exercise import edit, find
from support.exercises import patience, result_of

CASES = {
    "None, which an error is about": (
        "4.1",
        ("self.orders.append", "self.orders = self.orders.append"),
        "Line 7 keeps as self.orders what self.orders.append returns, and that"
        " is None: such a call changes self.orders itself.",
    ),
    "None, of which something is asked": (
        "14.1",
        ("self.said.append", "self.said = self.said.append"),
        "Line 10 keeps as self.said what self.said.append returns",
    ),
    "None, which was sent": (
        "4.1",
        ("self.orders.append(text_data)",
         "new = self.orders.append(text_data)",
         '" and ".join(self.orders)', 'f"{new}"'),
        "Line 7 keeps as new what self.orders.append returns",
    ),
    "a method, which was sent": (
        "4.3",
        (".strip()", ".strip"),
        "Line 9 names text_data[6:].strip, but does not call it.",
    ),
    "a method, which the layer refused": (
        "14.2",
        (".hex()", ".hex"),
        "Line 6 names event['topic'].encode().hex, but does not call it.",
    ),
    "a plus behind the sign, with a blank": (
        "2.2",
        ("            count += 1\n            await",
         "            count = +1\n            await"),
        "Line 9 says count = +1: whatever the number was before, that is what",
    ),
    "a count that begins anew with each event": (
        "2.2",
        ("    count = 0\n    while True:\n",
         "    while True:\n        count = 0\n"),
        "Line 4 runs in each turn of the loop in line 3: count = 0.",
    ),
    "bytes with braces": (
        "2.2",
        ('f"question {count}".encode()', 'b"question {count}"'),
        "The bytes in line 13 were used with {count} in them as it stands.",
    ),
    "braces that became capitals": (
        "1.1",
        ('event["text"].upper()', "\"{event['text']}\".upper()"),
        "The text in line 8 was used with {event['text']} in it as it stands.",
    ),
    "what comes below a return": (
        "2.2",
        ('        elif event["type"] == "http.request":',
         "        else:\n            return\n"
         '        if event["type"] == "http.request":',
         '"body": body})\n        else:\n            return\n',
         '"body": body})\n'),
        "did not run: the return in line 12 came before it.",
    ),
    "an answer to a client that was returned": (
        "1.3",
        ("    text = f\"welcome to {scope['path']}\"\n"
         '    await send({"type": "websocket.send", "text": text})\n',
         "    return f\"welcome to {scope['path']}\"\n"),
        "What is returned there is sent to nobody.",
    ),
    "a tuple that is asserted": (
        "11.1",
        ('assert await ada.receive_from() == "tea"',
         'assert (await ada.receive_from() == "tea", "no tea")'),
        "which is a tuple of two or more: that counts as true",
    ),
    "that something came": (
        "11.1",
        (' == "tea"', ""),
        "Line 5 asserts await ada.receive_from(): it does not ask whether",
    ),
    "a dict of all, by what all have": (
        "4.1",
        ("        self.orders = []\n", "",
         "class ShopConsumer(WebsocketConsumer):\n",
         "class ShopConsumer(WebsocketConsumer):\n    orders = {}\n\n",
         "        self.orders.append(text_data)\n",
         '        mine = self.orders.setdefault(self.scope["client"][0], [])\n'
         "        mine.append(text_data)\n",
         ".join(self.orders)", ".join(mine)"),
        "Line 8 changes self.orders, one dict that all connections share.",
    ),
    "a list of all that is put on self": (
        "4.1",
        ("class ShopConsumer(WebsocketConsumer):\n",
         "class ShopConsumer(WebsocketConsumer):\n    orders = []\n\n",
         "self.orders = []", "self.orders = self.orders"),
        "Line 5 puts self.orders on self: that is no copy, but the one list",
    ),
    "a value of the class that is read": (
        "12.1",
        ("while self.told", "while Chat.told"),
        "Line 20 reads Chat.told, which is that of the class: self.told may",
    ),
    "a method of the lesson's with a slip": (
        "12.1",
        ("def news(", "def new("),
        "Nobody has called your new (line 15). A class that yours derives from"
        " has a method news, and that ran.",
    ),
    "a condition that is always true": (
        "1.1",
        ('elif event["type"] == "websocket.receive"',
         'elif event["type"] == "text" or "websocket.receive"'),
        "The condition in line 7 is true whatever comes: or begins another",
    ),
    "a condition that is always true, and an error": (
        "1.1",
        ('if event["type"] == "websocket.connect"',
         'if event["type"] == "websocket.connect" or "websocket"'),
        "The condition in line 5 is true whatever comes: or begins another",
    ),
    "a loop that goes on whatever comes": (
        "1.3",
        ('while (await receive())["type"] != "websocket.disconnect":\n'
         "        pass",
         'while (await receive())["type"] == "tea" or "milk":\n'
         '        await send({"type": "websocket.send", "text": "bye"})'),
        "The condition in line 10 is true whatever comes",
    ),
    "whether two are the same": (
        "1.3",
        ('== "/cellar"', 'is "/cellar"'),
        "Line 4 asks scope['path'] is '/cellar': that is whether both are one",
    ),
    "a close that did not come, beside what did": (
        "1.3",
        ('== "/cellar"', '== "cellar"'),
        "Line 5 did not run: the condition in line 4 was not true.",
    ),
    "a call of close that did not come": (
        "5.3",
        ('not self.scope["user"].is_authenticated',
         'self.scope["user"] is None'),
        "Line 5 did not run: the condition in line 4 was not true.",
    ),
    "what another event is asked for before": (
        "1.1",
        ('event["text"].upper()', '(await receive())["text"].upper()'),
        "Line 9 did not run: line 8 asks for another event before that",
    ),
    "a close that another event is asked for before": (
        "2.1",
        ('    if scope["path"] != "/garden":',
         '    await receive()\n    if scope["path"] != "/garden":'),
        "Line 8 did not run: line 5 asks for another event before that",
    ),
    "a text that the send of another consumer takes": (
        "14.1",
        ('{"type": "chat.send_message", "text": text}', "text_data=text"),
        "This send takes an event. A text_data is what that of a consumer such",
    ),
    "a consumer that ends itself, and closes nothing": (
        "4.4",
        ("self.close()", "raise StopConsumer"),
        "in line 8, call what ends the connection: self.close().",
    ),
    "a comparison that is shown": (
        "11.1",
        ('assert await ada.receive_from() == "tea"',
         'print(await ada.receive_from() == "tea")'),
        "Line 5 compares, await ada.receive_from() == 'tea', and nothing",
    ),
    "a consumer that ends itself": (
        "14.1",
        ('"text": text})\n',
         '"text": text})\n            raise StopConsumer\n'),
        "Line 9 raises StopConsumer: that ends the consumer, and the scope",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:assertion is always true")
@pytest.mark.filterwarnings('ignore:"is" with ')
@pytest.mark.parametrize("what", CASES)
async def test_line_is_named_that_made_it_so(what: str) -> None:
    number, pieces, words = CASES[what]

    code = edit(find(number).solution, *pieces)
    result = await result_of(number, code, patience())

    assert not result.solved
    assert words in " ".join(str(result).split())


async def test_condition_is_no_reason_for_what_comes_after_a_goodbye() -> None:
    code = edit(
        find("1.1").solution,
        '        elif event["type"] == "websocket.disconnect":\n'
        "            return\n",
        "",
    )
    result = await result_of("1.1", code)

    assert result.key == "goes on"
    assert "did not run" not in str(result)


async def test_goodbye_is_not_told_where_nothing_is_to_be_done_then() -> None:
    result = await result_of("9.2", find("9.2").wrong["changed"], patience())

    assert result.key == "changed"
    assert "disconnect" not in str(result)


async def test_line_below_one_that_ran_in_its_branch_has_no_condition() -> None:
    code = edit(
        find("1.1").solution,
        'event["text"].upper()',
        '(await receive())["text"].upper()',
    )

    result = await result_of("1.1", code, patience())

    assert "the condition in line" not in str(result)


async def test_none_that_the_failing_line_does_not_name_is_not_its_reason() -> (
    None
):
    code = edit(
        find("4.1").solution,
        "self.orders.append(text_data)",
        "new = self.orders.append(text_data)",
        '" and ".join(self.orders)',
        '" and ".join(None)',
    )

    assert "keeps as" not in str(await result_of("4.1", code))


async def test_loop_inside_a_loop_over_events_may_begin_at_nothing() -> None:
    code = edit(
        find("2.2").solution,
        "        event = await receive()\n",
        "        event = await receive()\n        letters = 0\n"
        "        for _ in event:\n            letters += 1\n",
        'f"question {count}"})',
        'f"question {letters}"})',
    )

    assert "each turn" not in str(await result_of("2.2", code))
