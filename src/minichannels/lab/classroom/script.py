"""What learners do in a classroom, and what goes wrong meanwhile.

How it works: a seed decides who does what, and which faults happen when. After
each act the script waits until the classroom has come to rest. All faults come
from outside, as in life: from clients and from the channel layer.

Rule 1: nothing is said twice, so that what was heard tells what was said.
"""

from collections.abc import Callable
from random import Random

from minichannels.lab.checking.stage.server import StageServer
from minichannels.lab.classroom.page import LearnerPage

CAPACITY = 4
"""So many messages fit into a mailbox of the layer."""

BURST = 2 * CAPACITY
"""So many things are said, or solved, in a burst."""

FAULTS = 4  # of each story, in any order
_EXERCISES = ("1.1", "1.2", "2.1", "2.2")
_WORDS = ("hello", "tea", "milk", "why", "look", "yes")


class Script:
    """A story that is played to a classroom.

    Args:
        server: what serves it.
        seed: decides what happens.
        patience: how many seconds it may take to come to rest.

    Attributes:
        faults: what went wrong on purpose, in words.
        hangs: what was not done in time, in words; empty if all was.
    """

    def __init__(self, server: StageServer, seed: int, patience: float) -> None:
        self.faults: list[str] = []
        self.hangs = ""
        self._server = server
        self._random = Random(seed)
        self._patience = patience
        self._pages: list[LearnerPage] = []
        self._said = 0

    async def play(self) -> None:
        """Let three come and talk; then faults happen, one of them last."""
        for name in self._random.sample(["ada", "bob", "eve"], k=3):
            await self._comes(name)
        faults = [
            self._line_breaks,
            self._reads_slowly,
            self._chat_fills_mailbox,
            self._board_fills_mailbox,
            self._nonsense,
            self._leaves,
            self._comes_late,
        ]
        for fault in self._random.sample(faults, k=FAULTS):
            await self._talks()
            await fault()

    # What is usual

    async def _comes(self, name: str) -> None:
        page = LearnerPage(self._server, name)
        self._pages.append(page)
        await self._asks(page)

    async def _asks(self, page: LearnerPage) -> None:
        await self._rest()
        page.send({"after": page.seen})
        await self._rest()

    async def _talks(self) -> None:
        for act in (self._says, self._solves):
            act(self._one())
            await self._rest()

    def _solves(self, page: LearnerPage) -> None:
        page.send({"done": self._random.choice(_EXERCISES)})

    def _says(self, page: LearnerPage) -> None:
        self._said += 1
        words = f"{self._random.choice(_WORDS)} {self._said}"
        page.send({"say": words})

    # What goes wrong

    async def _line_breaks(self) -> None:
        page = self._one()
        self._note(f"{page.name}'s line broke, and the page opened again")
        await self._opens_again(page)

    async def _opens_again(self, page: LearnerPage) -> None:
        notice = page.reconnect()
        await self._asks(page)
        notice()
        await self._rest()

    async def _reads_slowly(self) -> None:
        slow = self._one()
        self._note(f"{slow.name} read slowly")
        slow.pause()
        for page in self._others(slow):
            self._says(page)
            await self._rest()
            slow.sip()
            await self._rest()
        slow.resume()
        await self._rest()

    async def _chat_fills_mailbox(self) -> None:
        await self._fills("said", self._says)

    async def _board_fills_mailbox(self) -> None:
        await self._fills("solved", self._solves)

    async def _fills(
        self, words: str, act: Callable[[LearnerPage], None]
    ) -> None:
        slow = self._one()
        self._note(f"{slow.name} read nothing, and the others {words} a lot")
        slow.pause()
        others = self._others(slow)
        for number in range(BURST):
            act(others[number % len(others)])
            await self._rest()
        slow.resume()
        await self._rest()

    async def _nonsense(self) -> None:
        page = self._one()
        self._note(f"{page.name}'s page sent a text that is no JSON")
        page.send("<nonsense>")
        await self._rest()
        if not page.is_open:
            self._note(f"{page.name}'s page opened again")
            await self._opens_again(page)

    async def _leaves(self) -> None:
        page = self._one()
        self._note(f"{page.name} left")
        page.leave()
        self._pages.remove(page)
        await self._rest()

    async def _comes_late(self) -> None:
        self._note("joe came late")
        await self._comes("joe")

    # How it is done

    def _one(self) -> LearnerPage:
        return self._random.choice(self._pages)

    def _others(self, page: LearnerPage) -> list[LearnerPage]:
        return [other for other in self._pages if other is not page]

    def _note(self, words: str) -> None:
        self.faults.append(words)

    async def _rest(self) -> None:
        try:
            await self._server.rest(self._patience)
        except TimeoutError as error:
            self.hangs = self.hangs or str(error)
            # Nobody waits again for what does not end; the others go on.
            self._server.leave_alone()
