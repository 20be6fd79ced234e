"""4.4: handlers for events that no client sent."""

from collections.abc import Sequence

from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.draw import ODD
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import frame, listed


async def play(stage: Stage) -> None:
    """Send two kinds of news to the group."""
    if stage.draw.turn:
        await _play_drawn(stage)
        return
    ada = await stage.connect("/", "ada")
    await _flash(stage, "rain at noon", ada)
    await _over(stage, ada)


async def _play_drawn(stage: Stage) -> None:
    """Send more or less news, to several who come and go."""
    draw = stage.draw
    texts = [draw.text("", *ODD, "") for _ in range(5)]
    ada, bob = await stage.connect_at_once(("/", "ada"), ("/", "bob"))
    for text in texts[: draw.one(1, 0, 2, 1)]:
        await _flash(stage, text, ada, bob)
    if not draw.one(1, 0, 1):
        await _over(stage, ada, bob)
        ada, bob = await stage.connect_at_once(("/", "cleo"), ("/", "dan"))
    await _flash(stage, texts[2], ada, bob)
    await stage.close(bob)
    await _flash(stage, texts[2], ada)
    eve = await stage.connect("/", "eve")
    await _flash(stage, texts[3], ada, eve)
    await _over(stage, ada, eve)
    finn = await stage.connect("/", "finn")
    await _flash(stage, texts[4], finn)
    await _over(stage, finn)


async def _flash(stage: Stage, text: str, *clients: ScenarioClient) -> None:
    """Send news to the group, and look whether all are told."""
    before, starts = stage.heard, [len(client.heard) for client in clients]
    stage.values = {"sent": frame(text)}
    with stage.meaning(no_handler="not handled"):
        await stage.group_send("news", {"type": "news.flash", "text": text})
    _require_members(stage, clients)
    for client, start in zip(clients, starts, strict=True):
        answers = client.heard[start:]
        got = " and ".join(map(frame, answers))
        stage.values |= {"client": client.name, "got": got}
        stage.require(answers, "silent" if not before else "left out")
        again = answers[0] in before and answers != [text]
        again = again and len(answers) == 1
        stage.require(not again, "the same again")
        stage.require(answers == [text], "other")
        stage.require(not (client.closed or client.over), "closed early")


async def _over(stage: Stage, *clients: ScenarioClient) -> None:
    """Send the end of the news, and look whether all are closed."""
    stage.values = {"client": clients[0].name}
    with stage.meaning(no_handler="the second not handled"):
        await stage.group_send("news", {"type": "news.over"})
    _require_members(stage, clients)
    for client in clients:
        stage.values = {"client": client.name}
        stage.require(client.closed or not client.over, "ended")
        stage.require(client.closed, "not closed")


def _require_members(stage: Stage, clients: Sequence[ScenarioClient]) -> None:
    """Require that all clients were in the group when it was sent to."""
    number = stage.of("group_send")[-1].members
    stage.require(number, "not in the group")
    names = listed([client.name for client in clients])
    key = "not all in the group"
    stage.require(number >= len(clients), key, number=number, names=names)


_GROUP = """\
class NewsConsumer(WebsocketConsumer):
    groups = ["news"]

"""

_SOLUTION = (
    _GROUP
    + """\
    def news_flash(self, event):
        self.send(text_data=event["text"])

    def news_over(self, event):
        self.close()
"""
)

EXERCISE = Exercise(
    number="4.4",
    name="NewsConsumer",
    play=play,
    texts={
        "solved": Text(
            headline="two types, two handlers.",
            should="The type names the method: `news.flash` calls"
            " `news_flash`. Nobody had to list them anywhere.",
        ),
        "untouched": Text(
            headline="nothing handles the news yet.",
            did="`news.flash` came to a consumer without a method for it, and"
            " that is an error.",
            should="`news.flash` brings its text to ada; `news.over` closes"
            " her connection.",
            first="begin with the first comment: which method does the type"
            " `news.flash` name?",
        ),
        "not handled": Text(
            headline="the news did not come through.",
            did="$application raised $error: $text",
            should="`news.flash` has a handler, which sends the event's `text`"
            " to its client.",
            next="define `def news_flash(self, event):`",
            why="M12",
        ),
        "closed early": Text(
            headline="`news.flash` ended the connection.",
            should="After `news.flash`, $client stays connected. Only"
            " `news.over` closes.",
            next="call `self.close()` in `news_over` alone.",
        ),
        "ended": Text(
            headline="the consumer ended, but did not close.",
            did="It ended, as after `StopConsumer`, and closed nothing itself.",
            should="`news.over` closes the connection: $client receives"
            " `websocket.close`.",
            next="call `self.close()` in `news_over`.",
            missing="websocket.close",
        ),
        "the second not handled": Text(
            headline="the end of the news was not handled.",
            did="$application raised $error: $text",
            should="`news.over` has a handler of its own, which closes the"
            " connection.",
            next="define `def news_over(self, event):`",
        ),
        "not in the group": Text(
            headline="nobody is in the group `news`.",
            did="It is not a member of the group, so nothing came to it.",
            should='`groups = ["news"]` in the class makes each of its'
            " consumers a member.",
            next='put `groups = ["news"]` back into the class.',
        ),
        "silent": Text(
            headline="the news came, but $client was not told.",
            should="The handler sends the event's `text` to its client.",
            next='in the handler, `self.send(text_data=event["text"])`.',
            missing="websocket.send",
        ),
        "not closed": Text(
            headline="the news is over, but $client is still connected.",
            should="`news.over` ends the connection: $client receives"
            " `websocket.close`.",
            next="call `self.close()` in `news_over`.",
            missing="websocket.close",
        ),
        "other": Text(
            headline="$client was told something else.",
            did="$client received $got.",
            should="$client receives $sent: the event's `text`.",
        ),
        "the same again": Text(
            headline="$client was told what was told before.",
            did="$client received $got. That was told before, with the"
            " example or after it.",
            should="$client receives $sent: the `text` of this event.",
        ),
        "left out": Text(
            headline="the news came, but $client was not told.",
            should="All news is told to all clients, whatever came before:"
            " $client receives $sent.",
            missing="websocket.send",
        ),
        "not all in the group": Text(
            headline="not everybody is in the group `news`.",
            did="The group had $number members; $names were connected.",
            should="Each connection has a consumer of its own, and each of them"
            " is a member.",
        ),
    },
    hints=(
        "Which method does the type `news.flash` name?",
        "A handler takes `self` and the event: `def news_flash(self, event):`",
        '`self.send(text_data=event["text"])` in `news_flash`, `self.close()`'
        " in `news_over`.",
    ),
    stub=_GROUP
    + """\
    # {"type": "news.flash", "text": …} comes: send the text to the client.
    # {"type": "news.over"} comes: close the connection.
""",
    solution=_SOLUTION,
    second="""\
class NewsConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("news", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("news", self.channel_name)

    async def news_flash(self, event):
        await self.send(event["text"])

    async def news_over(self, event):
        await self.close()
""",
    wrong={
        "not handled": edit(
            _SOLUTION, "news_flash", "newsflash", "news_over", "newsover"
        ),
        "the second not handled": _GROUP
        + """\
    def news_flash(self, event):
        self.send(text_data=event["text"])
""",
        "raised": edit(
            _SOLUTION,
            "news_flash(self, event)",
            "news_flash(self, text)",
            'event["text"]',
            "text",
        ),
        "closed early": edit(
            _SOLUTION, 'event["text"])', 'event["text"])\n        self.close()'
        ),
        "ended": edit(_SOLUTION, "self.close()", "raise StopConsumer"),
        "not in the group": edit(_SOLUTION, '    groups = ["news"]\n\n', ""),
        "not closed": edit(_SOLUTION, "self.close()", "return"),
    },
)
