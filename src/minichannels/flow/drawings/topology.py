"""The topology drawing: who is connected, and who is in which group, at a step.

How it works: the events up to the step are played (``model.fold``); what then
holds is drawn: clients, consumers, mailboxes (``drawings.topology_nodes``) and
the layer's groups, left to right. A membership leads from the group to the
*mailbox*, not to the consumer: the layer knows nothing of consumers.

Source: the visual language, "Mailboxes and groups".
"""

from collections.abc import Iterator, Sequence

from minichannels.flow.drawings.frame import draw_head
from minichannels.flow.drawings.legends import Sign, Words, draw_signs
from minichannels.flow.drawings.once import once
from minichannels.flow.drawings.palette import (
    EDGE,
    GROUP,
    LAYER,
    LAYER_GROUND,
    MEMBER,
    PANEL,
    SOCKET,
)
from minichannels.flow.drawings.pen import Pen, document, fitting
from minichannels.flow.drawings.topology_nodes import (
    draw_membership,
    draw_place,
)
from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.journal.standing import Group
from minichannels.flow.model.connections import ConnectionState, last_act
from minichannels.flow.model.fold import Fold, fold
from minichannels.flow.text.carried.payload import payload
from minichannels.flow.text.formatting import count
from minichannels.flow.text.table import title

WIDTH, FRAME, TOP, HIGH = 900.0, 65.0, 92.0, 106.0
MOST = 12
LOWEST_GROUP, HIGHEST_GROUP = 50.0, 120.0
FARTHEST = 156.0
"""How far down the first group stands at most: seen where a window begins."""

NOTHING = "no groups: nobody is a member of one here, and nothing waits"
"""Stands where the layer would; how the members have left is beside it."""


def topology(events: Sequence[Event]) -> str:
    """Return the topology after the last of some events, as SVG."""
    drawing = TopologyDrawing(events, fold(events))
    bottom = drawing.draw()
    return document(drawing.pen, WIDTH, bottom, "Topology", title(events))


class TopologyDrawing:
    """One picture of everybody's place.

    Args:
        events: what has happened; of it, the last act is shown.
        played: what holds after it.
    """

    def __init__(self, events: Sequence[Event], played: Fold) -> None:
        everybody = played.of_interest()
        self._events = events
        self._send, self._delivered = last_act(events)
        # If there are too many, those with something to see are shown.
        ranked = sorted(everybody, key=lambda n: self._rank(n, everybody[n]))[
            :MOST
        ]
        self._places = {n: p for n, p in everybody.items() if n in ranked}
        known = len(everybody) + played.forgotten
        self._more = known - len(self._places)
        self._members: dict[Group, list[int]] = {}
        for number, place in everybody.items():
            for group in place.groups:
                self._members.setdefault(group, []).append(number)
        self._bottom = TOP + HIGH * max(len(self._places), 1) + 8
        self._signs: set[str] = set()
        self.pen = Pen()

    def _rank(self, number: int, place: ConnectionState) -> tuple[bool, ...]:
        uneventful = not (place.ghost or place.waits)
        over = place.ended is not None and uneventful
        return number not in self._delivered, over, uneventful

    def draw(self) -> float:
        """Draw everything; return where it ends."""
        pen = self.pen
        self._title()
        if self._members or any(p.waits for p in self._places.values()):
            self._layer()
        else:
            pen.note(438, TOP + HIGH / 2 + 4, NOTHING)
        boxes = dict(self._groups())
        middles = {
            number: TOP + HIGH * (index + 0.5)
            for index, number in enumerate(self._places)
        }
        for number, place in self._places.items():
            draw_place(pen, place, middles[number])
            if place.client and place.ended is None:
                self._signs.add("socket")
        for group, (y, half) in boxes.items():
            self._memberships(group, y, half, middles)
        y = self._bottom + 6
        for number, noun in self._left_out(len(boxes)):
            pen.note(16, y + 12, f"and {count(number, f'more {noun}')}")
            y += 18
        pen.line([(0.5, y), (WIDTH - 0.5, y)], EDGE, 1)
        found = [sign for name, sign in SIGNS.items() if name in self._signs]
        return draw_signs(pen, found, y + 20, WIDTH) + 20

    def _left_out(self, groups: int) -> Iterator[tuple[int, str]]:
        if self._more:
            yield self._more, "connection"
        if len(self._members) > groups:
            yield len(self._members) - groups, "group"

    def _title(self) -> None:
        pen = self.pen
        last = max((event.seq for event in self._events), default=0)
        words = f"after event {last}" if last else "no events"
        draw_head(pen, WIDTH, "Who is in which group", words)
        pen.note(66, 82, "clients", anchor="middle")
        pen.note(250, 82, "consumers", anchor="middle")

    def _layer(self) -> None:
        known = {place.capacity for place in self._places.values()} - {None}
        capacity = f", capacity {known.pop()}" if len(known) == 1 else ""
        _draw_layer(self.pen, self._bottom, f"mailboxes{capacity}")

    def _groups(self) -> Iterator[tuple[Group, tuple[float, float]]]:
        """Draw the groups; yield where they stand, and half their heights."""
        height = self._bottom - TOP
        shown = list(self._members)[: int(height // LOWEST_GROUP)]
        each = min(height / max(len(shown), 1), HIGHEST_GROUP)
        start = TOP + min((height - each * len(shown)) / 2, FARTHEST)
        for index, group in enumerate(shown):
            y, half = start + each * (index + 0.5), each / 2 - 4
            self._group(group, y, half)
            yield group, (y, half)

    def _group(self, group: Group, y: float, half: float) -> None:
        pen, (layer, name) = self.pen, group
        pen.rect((650, y - half, 208, 2 * half), GROUP, MEMBER, 8)
        send = self._send
        acts = send is not None and (send.target, send.group) == group
        y += -24 if acts and half > 50 else 2
        name = fitting(name, 192, 12)
        pen.text(754, y - 3, name, bold=True, size=12, anchor="middle")
        on = f" on {layer}" if layer.startswith("layer ") else ""
        words = f"group of {len(self._members[group])}"
        words = fitting(words + on, 192, 10.5)
        pen.note(754, y + 12, words, 10.5, "middle")
        if send is not None and acts and half > 50:
            self._sent(send, y + 20)

    def _sent(self, send: Event, y: float) -> None:
        pen = self.pen
        pen.rect((668, y, 172, 22), PANEL, LAYER, 4)
        pen.envelope(681.5, y + 11, 11, 8, LAYER)
        message = next(iter(self._delivered.values()))
        words = f"{message.type} {payload(send, 12)}"
        pen.text(694, y + 14.5, fitting(words, 142, 10), size=10)
        words = fitting(f"event {send.seq} from {send.source}", 192, 10.5)
        pen.note(754, y + 38, words, 10.5, "middle")

    def _memberships(
        self, group: Group, y: float, half: float, middles: dict[int, float]
    ) -> None:
        members = [n for n in self._members[group] if n in middles]
        step = 2 * (half - 8) / max(len(members), 1)
        concerned = self._send is None or self._send.group == group[1]
        for index, number in enumerate(members):
            start = y - half + 8 + step * (index + 0.5)
            event = self._delivered.get(number) if concerned else None
            ghost = self._places[number].ghost is not None
            draw_membership(self.pen, start, middles[number], ghost, event)
            self._signs.add("ghost" if ghost else "member")
            if event is not None:
                lost = event.status in LOST
                self._signs.add("lost" if lost else "message")


@once
def _draw_layer(pen: Pen, bottom: float, mailboxes: str) -> None:
    """Draw the frame of all that the layer keeps."""
    frame = (350, FRAME, 538, bottom - FRAME)
    pen.rect(frame, LAYER_GROUND, LAYER, 8)
    pen.note(619, 58, "channel layer", anchor="middle")
    pen.note(438, 82, mailboxes, anchor="middle")
    pen.note(754, 82, "groups", anchor="middle")


def _socket_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 28, y)], SOCKET, 4)


def _member_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 26, y)], MEMBER, 2)


def _ghost_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 26, y)], MEMBER, 1.6, "5 3")


def _message_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 8, 24, 16), LAYER, radius=4)
    pen.envelope(x + 12, y, 12, 8, PANEL)


def _lost_sign(pen: Pen, x: float, y: float) -> None:
    pen.cross(x + 8, y)


SIGNS = {
    "socket": Sign(_socket_sign, "socket open"),
    "member": Sign(_member_sign, Words.IN_GROUP, 34),
    "ghost": Sign(_ghost_sign, Words.GHOST, 34),
    "message": Sign(_message_sign, Words.THROUGH_LAYER, 34),
    "lost": Sign(_lost_sign, Words.LOST, 22),
}
"""The signs of its legend; it explains those that occur."""
