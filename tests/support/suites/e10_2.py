"""10.2: a worker's consumer answers to whoever asked."""

from support.suites.e7_1 import edited

_SOLUTION = """\
class Counter(AsyncConsumer):
    async def text_count(self, event):
        words = len(event["text"].split())
        answer = {"type": "text.counted", "text": event["text"]}
        answer["words"] = words
        await self.channel_layer.send(event["reply_channel"], answer)
"""
_SEND = (
    '        await self.channel_layer.send(event["reply_channel"], answer)\n'
)


def _edited(*pieces: str) -> str:
    return edited(_SOLUTION, *pieces)


def _counting(expression: str) -> str:
    return _edited('len(event["text"].split())', expression)


RIGHT = (
    """\
class Counter(AsyncConsumer):
    async def text_count(self, event):
        match event:
            case {"text": text, "reply_channel": back}:
                await self.answer(back, text=text, words=len(text.split()))

    async def answer(self, channel, **values):
        message = {"type": "text.counted", **values}
        await self.channel_layer.send(channel, message)
""",
    """\
import re


class Counter(AsyncWebsocketConsumer):
    async def text_count(self, event):
        words = re.findall(r"[^\\s]+", event.pop("text_", event["text"]))
        send = get_channel_layer().send
        answer = {"type": "text.counted", "text": event["text"]}
        await send(event["reply_channel"], {**answer, "words": len(words)})
""",
    """\
def count(text):
    return len(text.split())


class Counter(AsyncConsumer):
    async def text_count(self, event):
        words = await asyncio.to_thread(count, event["text"])
        answer = event | {"type": "text.counted", "words": words}
        await self.channel_layer.send(answer.pop("reply_channel"), answer)
""",
    """\
class Counter(AsyncConsumer):
    tasks = set()

    async def text_count(self, event):
        task = asyncio.create_task(self.work(event))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def work(self, event):
        await asyncio.sleep(0.01)
        words = sum(1 for _ in event["text"].split())
        answer = {"type": "text.counted", "text": event["text"]}
        answer["words"] = words
        await self.channel_layer.send(event["reply_channel"], answer)
""",
    """\
class Counter(SyncConsumer):
    def text_count(self, event):
        self.answer(event["reply_channel"], event["text"])

    @staticmethod
    def count(text):
        number = 0
        for _ in text.split():
            number += 1
        return number

    def answer(self, channel, text):
        send = async_to_sync(self.channel_layer.send)
        words = self.count(text)
        send(channel, {"type": "text.counted", "text": text, "words": words})
""",
)

CHEATS = {
    "another number": (
        _counting("3"),
        _counting('event["text"].count(" ") + 1'),
        _counting('len(event["text"].split(" "))'),
        _counting('len(set(event["text"].split()))'),
        _counting('max(1, len(event["text"].split()))'),
    ),
    "another text": (
        _edited('"text": event["text"]}', '"text": "one two three"}'),
        _edited('"text": event["text"]}', '"text": event["text"].strip()}'),
        _edited(
            '"text": event["text"]}',
            '"text": " ".join(event["text"].split())}',
        ),
    ),
    "elsewhere": (
        "back = []\n\n\n"
        + _edited(
            "        words",
            '        back.append(event["reply_channel"])\n        words',
            'event["reply_channel"], answer',
            "back[0], answer",
        ),
        _edited('event["reply_channel"], answer', '"counted", answer'),
        _edited('event["reply_channel"], answer', '"counting", answer'),
    ),
    "to a group": (
        _edited(
            _SEND,
            '        await self.channel_layer.group_send("counted", answer)\n',
        ),
    ),
    "not answered": (
        "done = []\n\n\n"
        + _edited(
            _SEND,
            "        done.append(answer)\n"
            "        if len(done) < 3:\n    " + _SEND,
        ),
        _edited(_SEND, "        if words > 1:\n    " + _SEND),
    ),
    "twice": (_edited(_SEND, _SEND + _SEND),),
    "an empty text": (
        _edited(
            "        answer =",
            '        event["text"].split()[0]\n        answer =',
        ),
    ),
    "sent back": (_edited('"text.counted"', '"text.count"'),),
}
