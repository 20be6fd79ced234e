import re
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Event, Flow
from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.live.columns import LiveColumns
from minichannels.flow.live.growing_lanes import GrowingLanes
from support.apart import tell


@pytest.fixture
async def flow(tmp_path: Path) -> Flow:
    await tell(tmp_path)
    return Flow.merge(tmp_path)


def walls(svg: str) -> list[float]:
    """Return where the left lines of walls stand."""
    lines = re.findall(r'd="M([\d.]+) 50L\1 ', svg)
    return [float(x) for x in lines[::2]]


async def test_a_wall_stands_behind_each_process(flow: Flow) -> None:
    svg = flow.lanes().svg

    assert len(walls(svg)) == 3
    feet = [svg.index(f">{name}</text>") for name in ("web-1", "web-2")]
    assert feet == sorted(feet)
    assert svg.count(">worker-1</text>") == 1
    assert "wall between processes" in svg


async def test_heads_do_not_say_the_process_twice(flow: Flow) -> None:
    svg = flow.lanes().svg

    assert ">ada<" in svg
    assert ">#1@web-1<" in svg


def event(process: str) -> Event:
    more: dict[str, Any] = {"process": process}
    return Event(1, "receive", "a", "A#1", "x", {}, 1, "a", "A#1", **more)


def test_who_has_no_client_keeps_its_distance_inside_of_a_process() -> None:
    clients = ["a", "", ""]
    events = [
        Event(n, "receive", c, f"A#{n}", "x", {}, n, c, f"A#{n}", process="p")
        for n, c in enumerate(clients, start=1)
    ]

    first, second, third = Columns(events).pairs

    # Between two columns there is room for what branches off to the first.
    assert second.left - first.right > 18
    assert third.left - second.right > 18


async def test_handlers_that_share_a_column_and_a_row_are_one_box(
    tmp_path: Path,
) -> None:
    await tell(tmp_path, "eve", "dan", "joe", "amy", "tom")
    svg = Flow.merge(tmp_path).lanes().svg

    assert ">3 more<" in svg
    assert svg.count(">tell<") == 3 + 1 + 1 + 1  # those, bob; and a row


def test_a_flow_of_one_process_has_no_walls() -> None:
    svg = Flow([event("")]).lanes().svg

    assert walls(svg) == []
    assert "processes" not in svg


def test_walls_stand_in_a_drawing_that_grows() -> None:
    columns = LiveColumns()
    columns.add(event("web-1"))

    ground = GrowingLanes(columns).heads()["ground"]
    assert len(walls(ground)) == 1


async def test_the_words_of_a_flow_name_the_walls(flow: Flow) -> None:
    words = "processes | web-1 | web-2 | worker-1 |"

    assert words in " ".join(repr(flow).split())
    assert f"<caption>{words}; Times since " in flow.table().html
    assert "processes" not in repr(Flow([event("")]))
    assert "<caption>" not in Flow([event("")]).table().html
