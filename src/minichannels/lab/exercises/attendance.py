"""The list of exercise 12.2: who is there, and who has to be told so."""

from typing import Any

from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.steps import listed
from minichannels.lab.exercises.learners import Learners, new_room, shown


async def play(stage: Stage) -> None:
    """Let some come and go, come back too early, and read slowly."""
    list_ = AttendanceList(stage)
    learners = list_.learners
    ada, bob = stage.draw.name("ada"), stage.draw.name("bob")
    await list_.comes(ada, "not told who comes")
    await list_.comes(bob, "others not told")
    await list_.comes("eve", "others not told")
    await list_.leaves("eve")
    if stage.draw.one(False, True, False):
        await _talk(list_, ada, bob)
    await learners.opens_again(bob)
    list_.judge("not told who comes")
    await learners.old_end_is_noticed(bob)
    list_.judge("vanished")
    await _read_slowly(list_, ada)
    await learners.mumbles(bob)
    list_.judge("still listed")
    if stage.draw.one(False, False, True):
        await _open_another(stage)


async def _talk(list_: "AttendanceList", one: str, other: str) -> None:
    """Let one say something, and the other be done: it is still the chat."""
    stage, learners = list_.stage, list_.learners
    for name in (one, other):
        await learners.sends(name, {"after": 0})
    await learners.says(one, "hi")
    await learners.sends(other, {"done": "2.1"})
    for name in (one, other):
        stage.values["listener"] = name
        said = learners.told(name, "said")
        stage.require([it["said"] for it in said] == ["hi"], "no chat")
        board = [it["board"] for it in learners.told(name, "board")]
        stage.require({"2.1": 1} in board, "no board")


async def _open_another(stage: Stage) -> None:
    """Let somebody come to another classroom, which knows nobody yet."""
    stage.put_on_another(**new_room())
    list_ = AttendanceList(stage)
    await list_.comes("ivan", "two rooms", "two rooms")


async def _read_slowly(list_: "AttendanceList", slow: str) -> None:
    """Let some come and go while somebody reads nothing."""
    learners = list_.learners
    learners.pauses(slow)
    for name in ("dora", "fred", "gail", "hans"):
        await learners.comes(name)
    await learners.leaves("fred")
    await learners.leaves("gail")
    await learners.reads_on(slow)
    list_.judge("stale")


class AttendanceList:
    """The list of those who are there, and who has to see it.

    Args:
        stage: where it is played.

    Attributes:
        learners: the pages.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.learners = Learners(stage)

    async def comes(
        self, name: str, key: str, own: str = "not told who comes"
    ) -> None:
        """Let somebody come; all have to be told so.

        Args:
            name: who it is.
            key: of the text if others are not told.
            own: of the text if whoever comes is not told.
        """
        self.stage.values["newcomer"] = name
        await self.learners.comes(name)
        self._judge(name, own)
        self.judge(key)

    async def leaves(self, name: str) -> None:
        """Let somebody go, while calls of the layer take time."""
        self.stage.values["gone"] = name
        with self.stage.far(answers_late=True):
            await self.learners.leaves(name)
        self._require_told()
        self.judge("still listed")

    def _require_told(self) -> None:
        """Require that some message went to the others when somebody left."""
        stage, mails = self.stage, self.stage.lately("channel_send")
        listener = stage.values["listener"] = self.learners.names[0]
        astray = self.learners.astray(listener)
        stage.require(not astray, "astray", astray)
        told = [*mails, *stage.lately("group_send"), *stage.lately("send")]
        stage.require(told, "untold")

    def judge(self, key: str) -> None:
        """Require that each page was told last who is there.

        Args:
            key: of the text if it was told something else, or nothing.
        """
        for name in self.learners.names:
            self._judge(name, key)

    def _judge(self, name: str, key: str) -> None:
        stage, names = self.stage, self.learners.names
        stage.values |= {"listener": name, "names": listed(names)}
        told = self.learners.told(name, "present")
        sent = self.learners.sent(name, "present")
        at = sent[-1] if sent else None
        last = told[-1] if told else {}
        stage.values["got"] = shown(told[-1:])
        found: Any = last.get("present")
        is_list = isinstance(found, list) and all(
            isinstance(each, str) for each in found
        )
        stage.require(is_list or not told, "other form", at)
        stage.require(set(last) <= {"present"}, "other form", at)
        self._require_the_key(name, names)
        if is_list:
            twice = len(set(found)) < len(found)
            stage.require(not twice, "twice", at)
        stage.require(is_list and sorted(found) == names, key, at)

    def _require_the_key(self, name: str, names: list[str]) -> None:
        """Require that the names do not come under another key."""
        for it in self.learners.all_told(name):
            lists = [each for each in it.values() if isinstance(each, list)]
            got = shown([it])
            under_another = names in lists and "present" not in it
            self.stage.require(not under_another, "other form", got=got)
