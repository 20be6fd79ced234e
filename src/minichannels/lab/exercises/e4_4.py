"""4.4: handlers for events that no client sent."""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit


async def play(stage: Stage) -> None:
    """Send two kinds of news to the group."""
    ada = await stage.connect("/", "ada")
    flash = {"type": "news.flash", "text": "rain at noon"}
    with stage.meaning(no_handler="not handled"):
        await stage.group_send("news", flash)
    sends = stage.of("group_send")
    stage.require(sends[-1].members, "not in the group")
    stage.require(ada.heard, "silent")
    stage.require(ada.heard == ["rain at noon"], "other", got=ada.heard[0])
    stage.require(not ada.closed, "closed early")
    with stage.meaning(no_handler="the second not handled"):
        await stage.group_send("news", {"type": "news.over"})
    stage.require(ada.closed or not ada.over, "ended")
    stage.require(ada.closed, "not closed")


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
            " to ada.",
            next="define `def news_flash(self, event):`",
            why="M12",
        ),
        "closed early": Text(
            headline="the first news ended the connection.",
            should="After `news.flash`, ada stays connected. Only `news.over`"
            " closes.",
            next="call `self.close()` in `news_over` alone.",
        ),
        "ended": Text(
            headline="the consumer ended, but did not close.",
            did="It ended, as after `StopConsumer`, and closed nothing itself.",
            should="`news.over` closes the connection: ada receives"
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
            headline="the news came, but ada was not told.",
            should="The handler sends the event's `text` to its client.",
            next='in the handler, `self.send(text_data=event["text"])`.',
            missing="websocket.send",
        ),
        "not closed": Text(
            headline="the news is over, but ada is still connected.",
            should="`news.over` ends the connection: ada receives"
            " `websocket.close`.",
            next="call `self.close()` in `news_over`.",
            missing="websocket.close",
        ),
        "other": Text(
            headline="ada was told something else.",
            did="ada received `$got`.",
            should="ada receives `rain at noon`: the event's `text`.",
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
