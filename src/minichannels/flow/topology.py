"""The topology drawing: who is connected, and who is in which group, at a step.

How it works: the events up to the step are played, and what then holds is
drawn: clients, consumers, mailboxes and the layer's groups, left to right. A
membership leads from the group to the *mailbox*, not to the consumer: the
layer knows nothing of consumers.

Source: the visual language, "Mailboxes and groups".
"""

from collections.abc import Sequence

from minichannels.flow.events import LOST as LOST_STATUSES
from minichannels.flow.events import Event
from minichannels.flow.places import Place, places_after
from minichannels.flow.svg import (
    BOX,
    EDGE,
    GROUP,
    INK,
    LANE,
    LAYER,
    LAYER_GROUND,
    LOST,
    MUTED,
    PANEL,
    SCOPE,
    SOCKET,
    Pen,
    document,
    num,
)
from minichannels.flow.text import title
from minichannels.flow.words import count, shortened

WIDTH, TOP, HIGH = 900.0, 80.0, 84.0
MOST = 12


def topology(events: Sequence[Event]) -> str:
    """Return the topology after the last of some events, as SVG."""
    places = places_after(events)
    drawing = TopologyDrawing(events, list(places.items()))
    bottom = drawing.draw()
    return document(drawing.pen, WIDTH, bottom, "Topology", title(events))


class TopologyDrawing:
    """One picture of some places, after an act: its events, at the end."""

    def __init__(
        self, events: Sequence[Event], places: Sequence[tuple[int, Place]]
    ) -> None:
        self._events = events
        self._more = len(places) - MOST
        # Members and ghosts first, if not all can be shown.
        ranked = sorted(places, key=lambda p: not (p[1].groups or p[1].open))
        kept = {number for number, _ in ranked[:MOST]}
        self._places = [p for p in places if p[0] in kept]
        self.pen = Pen()
        self._bottom = TOP + HIGH * max(len(self._places), 1) + 8

    def draw(self) -> float:
        """Draw everything; return where it ends."""
        pen = self.pen
        pen.text(16, 25, "Who is in which group", size=14, bold=True, sans=True)
        last = self._events[-1].seq if self._events else 0
        step = f"after event {last}" if last else "nothing has happened yet"
        pen.text(
            WIDTH - 14,
            25,
            step,
            size=11.5,
            colour=MUTED,
            sans=True,
            anchor="end",
        )
        pen.line([(0.5, 38), (WIDTH - 0.5, 38)], EDGE, 1)
        for x, word in (
            (66, "clients"),
            (250, "consumers"),
            (438, "mailboxes"),
            (754, "channel layer"),
        ):
            pen.text(
                x, 58, word, size=11, colour=MUTED, sans=True, anchor="middle"
            )
        groups = sorted({g for _, p in self._places for g in p.groups})
        middles = self._groups(groups)
        act = self._last_act()
        for index, (number, place) in enumerate(self._places):
            y = TOP + HIGH * index + HIGH / 2
            self._place(place, y)
            for group in sorted(place.groups):
                if group in middles:
                    self._membership(
                        place, y, middles[group], act.get((number, group))
                    )
        y = self._bottom
        if self._more > 0:
            words = f"and {count(self._more, 'more connection')}"
            pen.text(16, y + 4, words, size=11, colour=MUTED, sans=True)
        return self._legend(y + 8)

    def _last_act(self) -> dict[tuple[int, str], Event]:
        """Return what the last event's act delivered, to whom."""
        if not self._events or self._events[-1].kind != "deliver":
            return {}
        cause = self._events[-1].cause
        return {
            (event.connection, event.group): event
            for event in self._events
            if event.kind == "deliver" and event.cause == cause
        }

    def _groups(self, groups: Sequence[str]) -> dict[str, float]:
        pen = self.pen
        height = self._bottom - 72
        pen.rect((628, 68, 252, height), LAYER_GROUND, LAYER, 8)
        if not groups:
            pen.text(
                754,
                68 + height / 2,
                "no groups",
                colour=MUTED,
                sans=True,
                size=11,
                anchor="middle",
            )
        each = min(height / max(len(groups), 1), 90.0)
        start = 68 + (height - each * len(groups)) / 2
        middles = {}
        for index, group in enumerate(groups[: int(height // 30)]):
            y = start + each * (index + 0.5)
            half = min(each / 2 - 4, 30)
            pen.rect((650, y - half, 208, 2 * half), GROUP, LAYER, 6)
            pen.text(
                754,
                y - 1,
                shortened(group, 26),
                bold=True,
                size=12,
                anchor="middle",
            )
            members = sum(group in place.groups for _, place in self._places)
            pen.text(
                754,
                y + 14,
                f"group of {members}",
                colour=MUTED,
                size=10.5,
                sans=True,
                anchor="middle",
            )
            middles[group] = y
        return middles

    def _place(self, place: Place, y: float) -> None:
        pen = self.pen
        if place.client:
            self._client(place, y)
        gone = not place.open
        pen.rect(
            (168, y - 32, 164, 64),
            PANEL if gone else SCOPE,
            LAYER if place.ghost else LANE if gone else BOX,
            8,
            "4 2" if gone else "",
        )
        pen.text(180, y - 14, shortened(place.name, 22), bold=True, size=11)
        if place.ghost:
            pen.ghost(187, y + 8)
            pen.text(200, y + 6, "ghost", colour=LAYER, bold=True)
            pen.text(200, y + 20, "no group_discard", colour=LAYER, size=10)
        elif gone:
            pen.text(
                180,
                y + 6,
                shortened(place.how or "has ended", 22),
                colour=MUTED,
            )
        elif place.handler:
            pen.text(
                180,
                y + 6,
                f"last: {shortened(place.handler, 16)}",
                colour=MUTED,
            )
        if place.groups or place.waiting:
            self._mailbox(place, y)

    def _client(self, place: Place, y: float) -> None:
        pen, name = self.pen, shortened(place.client, 9)
        if place.open:
            pen.parts.append(
                f'<circle cx="66" cy="{num(y)}" r="24" fill="{SOCKET}"/>'
            )
            pen.text(
                66,
                y + 4,
                name,
                colour=PANEL,
                bold=True,
                size=11,
                sans=True,
                anchor="middle",
            )
            pen.line([(92, y), (167, y)], SOCKET, 4)
            return
        pen.parts.append(
            f'<circle cx="66" cy="{num(y)}" r="24" fill="{PANEL}"'
            f' stroke="{LANE}" stroke-width="1.4" stroke-dasharray="2 2"/>'
        )
        pen.text(
            66,
            y + 4,
            name,
            colour=MUTED,
            bold=True,
            size=11,
            sans=True,
            anchor="middle",
        )
        pen.line([(92, y), (114, y)], LANE, 1, "1 3")
        pen.line([(144, y), (167, y)], LANE, 1, "1 3")
        pen.line([(120, y + 6), (126, y - 6)], MUTED, 1.6)
        pen.line([(129, y + 6), (135, y - 6)], MUTED, 1.6)

    def _mailbox(self, place: Place, y: float) -> None:
        pen = self.pen
        dash = "5 3" if place.ghost else ""
        pen.line([(332, y), (368, y)], LAYER, 1.7, dash)
        pen.line(
            [(368, y - 30), (368, y + 24), (508, y + 24), (508, y - 30)],
            LAYER,
            1.7,
        )
        shown = list(place.waiting.values())
        for level, words in enumerate(shown[:2]):
            top = y + 2 - 24 * level
            pen.rect((374, top, 128, 20), GROUP, LAYER, 3)
            pen.text(380, top + 14, words, size=10)
        of = f" of {place.capacity}" if place.capacity else ""
        full = place.capacity == str(len(shown))
        words = f"{len(shown)}{of} wait" + (": full" if full else "")
        pen.text(
            438,
            y + 37,
            words,
            size=10.5,
            sans=True,
            anchor="middle",
            colour=LOST if full else MUTED,
            bold=full,
        )

    def _membership(
        self, place: Place, y: float, group: float, event: Event | None
    ) -> None:
        pen = self.pen
        start, end = num(group), num(y - 8)
        d = f"M650 {start}C590 {start} 580 {end} 514 {end}"
        if place.ghost:
            pen.path(d, LAYER, 1.6, "5 3")
        else:
            pen.path(d, LAYER, 2)
        if event is None:
            return
        if event.status in LOST_STATUSES:
            pen.cross(528, y - 8)
            pen.text(
                540,
                y - 18,
                f"{event.seq} {event.status}",
                colour=LOST,
                bold=True,
                size=10,
                sans=True,
            )
        else:
            x, middle = 577, y - 8 + (group - y + 8) * 0.4
            pen.rect((x - 12, middle - 9, 24, 18), LAYER, radius=3)
            pen.line(
                [(x - 7, middle - 4), (x, middle + 1), (x + 7, middle - 4)],
                PANEL,
                1.4,
            )
            pen.text(
                x - 12,
                middle - 14,
                f"{event.seq}",
                colour=LAYER,
                bold=True,
                size=10,
                sans=True,
            )

    def _legend(self, top: float) -> float:
        pen, y = self.pen, top + 20
        pen.line([(0.5, top), (WIDTH - 0.5, top)], EDGE, 1)
        pen.line([(16, y), (44, y)], SOCKET, 4)
        pen.text(52, y + 3.8, "socket open", colour=MUTED, size=11, sans=True)
        pen.line([(140, y), (166, y)], LAYER, 2)
        pen.text(
            174,
            y + 3.8,
            "member of the group",
            colour=MUTED,
            size=11,
            sans=True,
        )
        pen.line([(306, y), (332, y)], LAYER, 1.6, "5 3")
        pen.text(
            340,
            y + 3.8,
            "member without a reader (ghost)",
            colour=MUTED,
            size=11,
            sans=True,
        )
        pen.rect((548, y - 8, 24, 16), LAYER, radius=3)
        pen.text(580, y + 3.8, "on its way", colour=INK, size=11, sans=True)
        pen.cross(664, y)
        pen.text(
            676, y + 3.8, "lost, and why", colour=MUTED, size=11, sans=True
        )
        return y + 18
