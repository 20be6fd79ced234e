import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.text.har import har
from support.journals import flow_of
from support.story import GOLDEN


def test_flow_follows_its_journal() -> None:
    journal = Journal()
    flow = Flow(journal)
    assert len(flow) == 0
    assert flow

    lane = journal.open_lane("ada", "echo")
    journal.add(Entry("receive", lane, "websocket.connect", {"path": "/"}))

    assert len(flow) == 1
    assert list(flow) == list(flow.events)
    assert [event.type for event in flow] == ["websocket.connect"]


@pytest.mark.parametrize("given", [None, "{}", b"{}", Path("a"), [{}], [None]])
def test_a_flow_is_made_of_events(given: Any) -> None:
    with pytest.raises(TypeError, match=r"made of events, not of .*from_json"):
        Flow(given)


def test_a_cell_shows_the_lanes_and_the_text() -> None:
    flow = flow_of("hi")

    shown = flow._repr_mimebundle_()

    assert shown["text/plain"] == repr(flow)
    assert shown["text/html"] == flow.lanes().html
    assert 'alt="Flow: 1 event with ada. Table below."' in shown["text/html"]
    assert 'src="data:image/svg+xml;base64,' in shown["text/html"]


def test_a_figure_shows_itself() -> None:
    figure = flow_of("hi").lanes()

    assert figure._repr_mimebundle_() == {
        "text/plain": figure.text,
        "text/html": figure.html,
    }
    assert repr(figure) == figure.text


def test_alternative_text_is_short() -> None:
    made = Event(1, "join", "a", "layer", "group_add", {}, 1)
    events = [
        replace(made, seq=n, client=f"client {n}", group=f"group number {n}")
        for n in range(1, 9)
    ]

    (alt,) = re.findall('alt="([^"]*)"', Flow(events).lanes().html)

    assert "and 3 more and the groups group number 1" in alt
    assert len(alt) <= 250


def test_filter_keeps_the_numbers() -> None:
    story = Flow.from_json((GOLDEN / "flow.json").read_text())

    assert {e.client for e in story.filter(client="bob")} == {"bob"}
    assert {e.group for e in story.filter(group="chat_lobby")} == {"chat_lobby"}
    found = story.filter(client="eve", type="chat.message")
    assert [event.seq for event in found][:3] == [14, 22, 28]
    assert found.lanes().svg


def test_filter_says_what_there_is() -> None:
    with pytest.raises(
        ValueError, match="no event has the client 'eva'; there are 'ada'"
    ):
        flow_of("hi").filter(client="eva")
    with pytest.raises(ValueError, match="the group 'x'; there are none"):
        flow_of("hi").filter(group="x")


def test_filter_names_ten_values_and_shortens_them() -> None:
    made = Event(1, "receive", "", "echo", "x", {}, 1)
    events = [
        replace(made, seq=n, client=f"{n:02}{'x' * 999}") for n in range(1, 13)
    ]

    with pytest.raises(ValueError, match="and 2 more") as caught:
        Flow(events).filter(client="y" * 999)

    assert len(str(caught.value)) < 750


def test_why_of_an_unknown_number_says_which_there_are() -> None:
    with pytest.raises(ValueError, match="no event number 5; they go from 1"):
        flow_of("a", "b").why(5)
    with pytest.raises(ValueError, match="there are no events yet"):
        Flow([]).topology(at=1)
    with pytest.raises(ValueError, match="no event number 0"):
        flow_of("a").why(0)


def test_why_begins_with_the_first_cause_that_the_flow_has() -> None:
    story = Flow.from_json((GOLDEN / "flow.json").read_text())
    replies = story.filter(type="websocket.send")

    assert [event.seq for event in replies.why(15)] == [15]


def test_topology_at_a_step_knows_nothing_of_later_ones() -> None:
    story = Flow.from_json((GOLDEN / "flow.json").read_text())

    assert "group of 1" in story.topology(at=2).svg
    assert "group of 2" in story.topology(at=5).svg


def test_flows_are_equal_if_they_show_the_same() -> None:
    assert flow_of("a") == flow_of("a")
    assert flow_of("a") != flow_of("b")
    assert flow_of("a") != "a"


def test_diff_is_with_a_flow() -> None:
    with pytest.raises(TypeError, match=r"another flow, .* not with 'a.json'"):
        flow_of("a").diff("a.json")  # type: ignore[arg-type]  # on purpose


def test_save_writes_what_the_name_asks_for(tmp_path: Path) -> None:
    flow = flow_of("hi")
    contents = {
        "chat.svg": flow.lanes().svg,
        "chat.json": flow.to_json(times=True),
        "chat.txt": f"{flow!r}\n",
        "chat.har": har(flow.events, flow.began),
    }

    for name, content in contents.items():
        flow.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == content


def test_save_says_how_a_name_ends(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'.svg', '.json', '.txt', '.har'"):
        flow_of("hi").save(tmp_path / "chat.png")
    with pytest.raises(ValueError, match="a picture is SVG"):
        flow_of("hi").lanes().save(tmp_path / "chat.png")


def test_a_figure_is_saved_as_svg(tmp_path: Path) -> None:
    figure = flow_of("hi").mailboxes()

    figure.save(tmp_path / "boxes.svg")

    assert (tmp_path / "boxes.svg").read_text(encoding="utf-8") == figure.svg


def test_a_table_is_not_saved_as_a_picture(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a table is no picture"):
        flow_of("hi").table().save(tmp_path / "table.svg")

    assert not (tmp_path / "table.svg").exists()


@pytest.mark.parametrize("text", [None, Path("flow.json"), []])
def test_json_of_a_flow_is_a_text(text: Any) -> None:
    with pytest.raises(TypeError, match=r"such as that of Path.*, not "):
        Flow.from_json(text)
