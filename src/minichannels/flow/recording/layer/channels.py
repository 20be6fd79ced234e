"""Whose mailbox a channel is, and where what concerns it is written down.

A channel's own name ends in random letters. In a flow it is its consumer that
counts, or a number where none is known. So what happens to a channel belongs
to its owner's lane, in its owner's journal; or, where none is known, to a lane
of its own in the journals of all who record now.
"""

from collections.abc import Callable, Iterable

from minichannels.flow.journal.events import Lane, Who
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.causes import CURRENT, Running
from minichannels.flow.recording.layer.plans import Actors, Plan
from minichannels.flow.recording.layer.shown_names import ShownNames

MOST_GONE = 10_000
"""How many mailboxes of consumers that are gone are remembered."""

MOST_NUMBERED = 10_000
"""How many channels have a number at a time."""

MOST_FORMER = 1_000
"""Of how many channels it is remembered whose they were."""

MOST_PLANS = 1_000
"""Of how many groups and channels it is remembered who reads them."""

NOTEBOOK = "notebook"
"""Who acts when no application does."""

Journals = Callable[[], tuple[Journal, ...]]


def _who(journal: Journal) -> str:
    """Return who acts here and now, and is no application."""
    return NOTEBOOK if journal.background is None else journal.background()


class ChannelOwners:
    """The owners and the names of one layer's channels.

    Args:
        journals: gives the journals of all who record now.

    Attributes:
        shown: what the layer's channels and groups are called in a flow.
        plans: what follows from all of this, of each kind by name; whatever
            changes here, or who is a member, empties them.
    """

    def __init__(self, journals: Journals = tuple) -> None:
        self._journals = journals
        self._owners: dict[str, Running] = {}
        # Those whose connection is over; messages may still come for them.
        self._gone: dict[str, None] = {}
        self._names: dict[str, str] = {}
        self._former: dict[str, str] = {}
        self._numbered = 0
        self.shown = ShownNames()
        self.plans: dict[str, dict[str, Plan]] = {
            "group_send": {},
            "channel_send": {},
        }

    def __len__(self) -> int:
        """Return how many channels take room here."""
        return len(self._owners) + len(self._names)

    # Whose it is

    def owner(self, channel: str) -> Running | None:
        """Return the connection that reads a channel, if it is known."""
        return self._owners.get(channel)

    def owns(self, channel: str, connection: Running) -> None:
        """Note whose mailbox a channel is."""
        self.forget_plans()
        self._owners[channel] = connection
        for journal in {connection.journal, *self._journals()}:
            journal.channels.note(channel, connection.lane)

    def introduce(self, journal: Journal) -> None:
        """Tell a journal that begins now what is known of channels."""
        for channel in [*self._owners, *self._names]:
            journal.channels.note(channel, self.who(channel))

    def abandoned(self, channel: str) -> None:
        """Note that a mailbox's owner is gone; only the last are kept."""
        self._gone[channel] = None
        if len(self._gone) > MOST_GONE:
            self.forget(next(iter(self._gone)))

    def forget(self, channel: str) -> None:
        """Forget whose mailbox a channel was."""
        self.forget_plans()
        owner = self._owners.pop(channel, None)
        self._gone.pop(channel, None)
        if owner is not None:
            self._former[channel] = owner.lane.application
            if len(self._former) > MOST_FORMER:
                del self._former[next(iter(self._former))]

    def who(self, channel: str) -> Who:
        """Return a channel's owner, or a name without the random part."""
        owner = self._owners.get(channel)
        return self._name(channel) if owner is None else owner.lane

    def _name(self, channel: str) -> str:
        if "!" not in channel:
            return self.shown.of(channel)
        name = self._names.get(channel)
        if name is None:
            self._numbered += 1
            name = self._names[channel] = f"channel#{self._numbered}"
            for journal in self._journals():
                journal.channels.note(channel, name)
            if len(self._names) > MOST_NUMBERED:
                self.forget_plans()
                del self._names[next(iter(self._names))]
        return name

    def _called(self, channel: str) -> str:
        """Return what else a channel is called; empty if nothing.

        That is the consumer whose it was, or what code has for a name: the
        part of it that is not random.
        """
        if "!" not in channel:
            return ""
        chosen = self.shown.of(channel.partition(".")[0])
        return self._former.get(channel) or f"{chosen}.…"

    # Where it is written down

    def actors(self) -> Actors:
        """Return the lane of whoever acts now, in each journal concerned."""
        connection = CURRENT.get()
        if connection is not None:
            return ((connection.journal, connection.lane),)
        journals = self._journals()
        return [(each, each.named_lane(_who(each))) for each in journals]

    def journals(self) -> tuple[Journal, ...]:
        """Return where whoever acts now is written down."""
        connection = CURRENT.get()
        if connection is None:
            return self._journals()
        return (connection.journal,)

    def remember(self, kind: str, name: str, plan: Plan) -> None:
        """Have a plan count until something changes."""
        # Whoever has shown a secret that is in its name changes what it is
        # called: that has to be asked each time.
        owners = self._owners
        if all("!" in each or each in owners for each in plan.channels):
            plans = self.plans[kind]
            if len(plans) >= MOST_PLANS:
                plans.clear()
            plans[name] = plan

    def forget_plans(self) -> None:
        """Have no plan count any more: something has changed."""
        for plans in self.plans.values():
            plans.clear()

    def remember_actors(self, plan: Plan) -> Actors:
        """Return who acts; have that count until something changes.

        What runs in the background, where that is told apart, is asked each
        time.
        """
        actors = self.actors()
        if all(journal.background is None for journal in plan.journals):
            plan.actors = actors
        return actors

    def readers(
        self, channel: str, journals: Iterable[Journal]
    ) -> Iterable[tuple[Journal, Lane]]:
        """Return the lane of whoever reads a channel, in each journal.

        Args:
            channel: the channel.
            journals: those to be told if it is not known who reads it.
        """
        owner = self._owners.get(channel)
        if owner is not None:
            return ((owner.journal, owner.lane),)
        name = self._names.get(channel) or self._name(channel)
        lanes = []
        for journal in journals:
            lane = journal.named_lane(name)
            if not lane.mailbox or channel in self._former:
                lane.former, lane.mailbox = self._called(channel), True
            lanes.append((journal, lane))
        return lanes
