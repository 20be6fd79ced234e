"""10.1: likes are counted where they are heard, for there are two processes."""

from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_GROUP, _LIKED = "likes", {"type": "liked"}
_ELSEWHERE = "another process"


class _Site:
    """Pages of this process, those of another one, and what is heard here.

    Args:
        stage: where it is played.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._counts: dict[ScenarioClient, int] = {}

    async def opens(self, *names: str) -> list[ScenarioClient]:
        """Connect pages; each counts from here on."""
        visits = [("/", name) for name in names]
        pages = await self._stage.connect_at_once(*visits)
        self._counts |= dict.fromkeys(pages, 0)
        return pages

    async def likes(self, page: ScenarioClient | None) -> None:
        """Have a page like it, or one of the other process."""
        stage, before = self._stage, {p: len(p.heard) for p in self._counts}
        stage.values["liker"] = page.name if page else _ELSEWHERE
        with stage.meaning({Raised(KeyError): "not in the event"}):
            if page is None:
                await stage.group_send(_GROUP, _LIKED)
            else:
                await stage.send(page, "+")
        if page is not None:
            await self._require_told()
        for each, count in self._counts.items():
            self._counts[each] = count + 1
            self._require_counted(each, each.heard[before[each] :])

    async def leaves(self, page: ScenarioClient) -> None:
        """Have a page be closed."""
        del self._counts[page]
        await self._stage.close(page)

    async def _require_told(self) -> None:
        """Require that the other process can count it, too."""
        stage = self._stage
        sent = stage.lately("group_send", group=_GROUP)
        stage.require(sent, "not told")
        right = [event.type for event in sent] == ["liked"]
        stage.require(right, "told otherwise", sent[0])

    def _require_counted(self, page: ScenarioClient, got: list[Frame]) -> None:
        stage, count = self._stage, self._counts[page]
        stage.values |= {"name": page.name, "right": frame(f"{count} so far")}
        shown = " and ".join(map(frame, got))
        stage.require(got, "silent", got=shown)
        stage.require(len(got) == 1, "twice", got=shown)
        number, _, rest = str(got[0])[:20].partition(" ")
        counts = rest == "so far" and number.isdecimal()
        sends = stage.lately("send")
        at = next(event for event in sends if event.client == page.name)
        stage.require(counts, "other", at, got=shown)
        own = stage.values["liker"] != _ELSEWHERE
        alone = own and int(number) == page.link.sent
        key = "own alone" if alone else "too few"
        stage.require(int(number) >= count, key, at, got=shown)
        is_late = any(other > count for other in self._counts.values())
        # Nobody else had counted this like before, nor did all count alike.
        first = page.name == stage.values["liker"] and at == sends[0]
        first = first and any(p.heard[-1:] != got for p in self._counts)
        key = "counted twice" if first else "too many"
        key = "from before" if is_late else key
        stage.require(int(number) == count, key, at, got=shown)


async def play(stage: Stage) -> None:
    """Like it here and elsewhere, and open and close pages meanwhile."""
    site = _Site(stage)
    ada, bob = await site.opens("ada", "bob")
    await site.likes(ada)
    for page in stage.draw.order((None, bob, None)):
        await site.likes(page)
    (eve,) = await site.opens("eve")
    for page in stage.draw.order((eve, None)):
        await site.likes(page)
    await site.leaves(bob)
    for page in stage.draw.order((None, ada, eve)):
        await site.likes(page)


_STUB = """\
class Likes(AsyncWebsocketConsumer):
    groups = ["likes"]
    count = 0

    async def receive(self, text_data):
        Likes.count += 1
        await self.channel_layer.group_send("likes", {"type": "liked"})

    async def liked(self, event):
        await self.send(text_data=f"{Likes.count} so far")
"""
_SOLUTION = """\
class Likes(AsyncWebsocketConsumer):
    groups = ["likes"]
    count = 0

    async def receive(self, text_data):
        await self.channel_layer.group_send("likes", {"type": "liked"})

    async def liked(self, event):
        self.count += 1
        await self.send(text_data=f"{self.count} so far")
"""

EXERCISE = Exercise(
    number="10.1",
    name="Likes",
    play=play,
    texts={
        "solved": Text(
            headline="each page counts what it hears, wherever it comes from.",
            should="What all processes need to know travels in messages. A"
            " class, a dict or a global is there once in each process.",
        ),
        "untouched": Text(
            headline="a like of another process is not counted.",
            did="The message `liked` came from another process, and ada"
            " received `1 so far` once more. Nobody had changed the class"
            " of this process.",
            should="ada has heard of two likes since her page was opened, and"
            " receives `2 so far`.",
            first="find the line that counts. Who runs it, when the like comes"
            " from another process?",
        ),
        "own alone": Text(
            headline="$name does not count what others like.",
            did="The last like came from $liker. $name received $got.",
            should="`receive` runs in one consumer, that of $liker. All hear of"
            " the like by the message `liked`: $right.",
            next="count in `liked`, which is called for every like.",
        ),
        "too few": Text(
            headline="$name is told of too few likes.",
            did="The last like came from $liker. $name received $got.",
            should="$name hears of each like by the message `liked`, whichever"
            " process it comes from: $right.",
            next="count in `liked`, which is called for every like.",
            why="M41",
        ),
        "too many": Text(
            headline="$name is told of too many likes.",
            did="The last like came from $liker. $name received $got.",
            should="Each page's consumer is called for each like. What they"
            " count, each has for itself: $right.",
            next="count in `liked`, and on `self`: not on the class, not in a"
            " global variable, and not in `receive` as well.",
            why="M10",
        ),
        "counted twice": Text(
            headline="$name's own like counts twice.",
            did="$name pressed the button, and received $got.",
            should="The message `liked` comes to all members of the group, to"
            " the page that sent it, too: $right.",
            next="count in `liked` alone.",
        ),
        "from before": Text(
            headline="$name is told of likes from before the page was opened.",
            did="$name received $got.",
            should="$name counts what came since the page was opened: $right."
            " What was before, no message tells.",
            next="let each consumer begin at 0.",
        ),
        "not in the event": Text(
            headline="what your handler reads is not in every message.",
            did="$application raised $error: $text",
            should="The consumers of the other process send the message as"
            ' before: `{"type": "liked"}`, and nothing else in it.',
            next="let the handler count by itself.",
        ),
        "not told": Text(
            headline="the other process was not told of a like.",
            did="$liker liked it, and nothing was sent to the group `likes`.",
            should="Each like goes to the group, once.",
            next="keep the line with `group_send`.",
            missing="group_send to likes",
        ),
        "told otherwise": Text(
            headline="the other process cannot count this like.",
            should='Each like is one message to the group: `{"type": "liked"}`.'
            " The consumers of the other process know no other type.",
            next="leave `receive` the line with `group_send` as it was.",
        ),
        "silent": Text(
            headline="$name was not told of a like.",
            did="The last like came from $liker, and $name received nothing.",
            should="For each like, $name receives a text: $right.",
            missing="websocket.send",
            whose="$name",
        ),
        "twice": Text(
            headline="$name was told more than once of one like.",
            did="$name received $got.",
            should="For each like, $name receives one text: $right.",
            next="send to the client in `liked`, and only there.",
        ),
        "other": Text(
            headline="$name was told something else.",
            did="$name received $got.",
            should="For each like, $name receives one text: $right.",
        ),
    },
    hints=(
        "Two processes have two classes `Likes`. Which of the two has counted"
        " a like of the other process?",
        "Every like reaches every consumer as a message. So each consumer can"
        " count by itself.",
        "In `liked`: `self.count += 1`, and send `self.count`. In `receive`,"
        " only the `group_send`.",
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Likes(WebsocketConsumer):
    groups = ["likes"]

    def connect(self):
        self.heard = []
        self.accept()

    def receive(self, text_data):
        async_to_sync(self.channel_layer.group_send)("likes", {"type": "liked"})

    def liked(self, event):
        self.heard.append(event)
        self.send(f"{len(self.heard)} so far")
""",
    wrong={
        "too few": edit(
            "likes = []\n\n\n" + _STUB,
            "Likes.count += 1",
            "likes.append(1)",
            "{Likes.count}",
            "{len(likes)}",
        ),
        "own alone": edit(
            _SOLUTION,
            "        await self.channel_layer",
            "        self.count += 1\n        await self.channel_layer",
            "        self.count += 1\n        await self.send",
            "        await self.send",
        ),
        "too many": edit(
            _SOLUTION,
            "self.count += 1",
            "Likes.count += 1",
            "{self.count}",
            "{Likes.count}",
        ),
        "counted twice": edit(
            _SOLUTION,
            "        await self.channel_layer",
            "        self.count += 1\n        await self.channel_layer",
        ),
        "not in the event": edit(
            _STUB,
            '{"type": "liked"}',
            '{"type": "liked", "count": Likes.count}',
            "{Likes.count}",
            "{event['count']}",
        ),
        "from before": """\
class Likes(AsyncWebsocketConsumer):
    groups = ["likes"]
    total = 0

    async def connect(self):
        self.count = Likes.total
        await self.accept()

    async def receive(self, text_data):
        await self.channel_layer.group_send("likes", {"type": "liked"})

    async def liked(self, event):
        self.count += 1
        Likes.total = max(Likes.total, self.count)
        await self.send(text_data=f"{self.count} so far")
""",
        "not told": edit(
            _SOLUTION,
            'await self.channel_layer.group_send("likes", {"type": "liked"})',
            "await self.liked(None)",
        ),
        "told otherwise": edit(
            _STUB,
            '{"type": "liked"}',
            '{"type": "likes.now", "count": Likes.count}',
            "async def liked",
            "async def likes_now",
        ),
        "twice": edit(
            _SOLUTION,
            '"liked"})\n',
            '"liked"})\n'
            '        await self.send(text_data=f"{self.count} so far")\n',
        ),
        "silent": edit(
            _SOLUTION,
            '        await self.send(text_data=f"{self.count} so far")\n',
            "",
        ),
        "other": edit(_SOLUTION, "so far", "likes"),
        "no handler": edit(_SOLUTION, "def liked", "def likes"),
    },
)
