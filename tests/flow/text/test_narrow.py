"""A flow as text where there is little room for it."""

from dataclasses import replace

import pytest

from minichannels.flow.flow import Flow
from minichannels.flow.text.formatting import cells
from minichannels.flow.text.narrow import fitting
from minichannels.flow.text.table import as_text
from support.story import GOLDEN

FLOW = Flow.from_json((GOLDEN / "flow.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("width", [16, 40, 60, 79])
def test_no_line_is_longer_than_there_is_room(width: int) -> None:
    text = fitting(FLOW.events, 3, FLOW.began, width)

    assert max(map(cells, text.splitlines())) <= width
    words = " ".join(text.split())
    for event in FLOW.events:
        assert event.type.partition(".")[0] in words
    assert "3 older events left out" in words


def test_there_is_a_table_where_it_fits() -> None:
    events = [replace(e, at=float(n)) for n, e in enumerate(FLOW.events)]
    table, without_times = as_text(events, 0, 0), as_text(events)
    width = max(map(cells, without_times.splitlines()))

    assert fitting(events, 0, 0, 0) == table
    assert fitting(events, 0, 0, 200) == table
    assert fitting(events, 0, 0, width) == without_times
    narrow = fitting(events, 0, 0, width - 1)
    assert narrow != without_times
    assert "    1.000 s, +1.0 s" in narrow.splitlines()
