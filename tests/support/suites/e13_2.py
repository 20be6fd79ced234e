"""13.2: a question to the database, from an async consumer, each time."""

from support.suites.e7_1 import edited

_HALL = """\
class Hall(AsyncWebsocketConsumer):
    groups = ["hall"]

    async def receive(self, text_data):
        user = self.scope["user"]
        speaks = …
        if speaks:
            message = {"type": "said", "text": text_data}
            await self.channel_layer.group_send("hall", message)
        else:
            await self.send(text_data="You may listen.")

    async def said(self, event):
        await self.send(text_data=event["text"])
"""


def _as(expression: str, before: str = "") -> str:
    return before + edited(_HALL, "…", expression)


_ASK = "await database_sync_to_async(may_speak)(user)"
_ONCE = """\
class Hall(AsyncWebsocketConsumer):
    groups = ["hall"]
    known = None

    async def receive(self, text_data):
        user = self.scope["user"]
        if …:
            … = await database_sync_to_async(may_speak)(user)
        if …:
            message = {"type": "said", "text": text_data}
            await self.channel_layer.group_send("hall", message)
        else:
            await self.send(text_data="You may listen.")

    async def said(self, event):
        await self.send(text_data=event["text"])
"""


def _once(asks: str, keeps: str) -> str:
    one, two, three = asks, keeps, keeps
    pieces = _ONCE.split("…")
    return "".join(
        (pieces[0], one, pieces[1], two, pieces[2], three, pieces[3])
    )


RIGHT = (
    _as(_ASK),
    _as("await sync_to_async(may_speak)(user)"),
    _as("await asyncio.to_thread(may_speak, user)"),
    _as('await user.groups.filter(name="speakers").aexists()'),
    _as('"speakers" in [g.name async for g in user.groups.all()]'),
    """\
@database_sync_to_async
def speakers():
    from django.contrib.auth.models import Group

    group = Group.objects.filter(name="speakers").first()
    return set(group.user_set.values_list("pk", flat=True)) if group else ()


"""
    + _as("user.pk in await speakers()"),
    """\
class Hall(AsyncWebsocketConsumer):
    groups = ["hall"]

    @database_sync_to_async
    def may(self):
        return may_speak(self.scope["user"])

    async def receive(self, text_data):
        if not await self.may():
            return await self.send("You may listen.")
        await self.channel_layer.group_send(
            "hall", {"type": "said", "text": text_data}
        )

    async def said(self, event):
        await self.send(event["text"])
""",
)

CHEATS = {
    "in the loop": (
        _as("may_speak(user)"),
        _as("await database_sync_to_async(may_speak(user))"),
        _as('user.groups.filter(name="speakers").exists()'),
        _as('"speakers" in [g.name for g in user.groups.all()]'),
    ),
    "not any more": (
        _once("self.known is None", "self.known"),
        _as(
            "seen[user.pk] if user.pk in seen else"
            " seen.setdefault(user.pk, " + _ASK + ")",
            "seen = {}\n\n\n",
        ),
    ),
    "listener speaks": (
        _as("True"),
        _as("user.is_active"),
        _as("database_sync_to_async(may_speak)"),
        _as("user.is_authenticated"),
    ),
    "speaker refused": (
        _as("False"),
        _as("user.is_staff"),
        _as("not " + _ASK),
        _as('user.username == "bob"'),
        _as('user.has_perm("speak") if user.is_superuser else False'),
    ),
    "on the loop": (
        "import os\n\n\n"
        + edited(
            _as("may_speak(user)"),
            "        speaks",
            '        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"\n'
            "        speaks",
        ),
    ),
    "no answer": (
        edited(
            _as(_ASK),
            '        else:\n            await self.send(text_data="You may'
            ' listen.")\n',
            "",
        ),
    ),
    "joins": (
        edited(
            _as("found[0]", "import threading\n\n\n"),
            "        speaks",
            "        found = []\n"
            "        thread = threading.Thread(\n"
            "            target=lambda: found.append(may_speak(user))\n"
            "        )\n"
            "        thread.start()\n"
            "        thread.join()\n"
            "        speaks",
        ),
    ),
    "other answer": (
        edited(_as(_ASK), '"You may listen."', '"you may listen"'),
    ),
    "other": (
        edited(
            _as(_ASK),
            'await self.channel_layer.group_send("hall", message)',
            "await self.send(text_data=text_data)",
        ),
    ),
}
