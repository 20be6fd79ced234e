"""What waits in mailboxes, as it is drawn."""

import re
from dataclasses import replace

import pytest

from minichannels.flow import Flow
from minichannels.flow.drawings.legends import Words
from support.events import FORMER, NOBODY, event, read, waiting


def test_many_waiting_messages_are_counted() -> None:
    picture = Flow(waiting(7, 100)).mailboxes().svg

    assert "7 wait" in picture
    assert ">100<" in picture


def test_a_mailbox_of_unknown_capacity_is_drawn_without_it() -> None:
    picture = Flow(waiting(2, None)).mailboxes().svg

    assert 'stroke-dasharray="6 3"' not in picture


def test_mailboxes_cut_no_number_from_a_consumers_name() -> None:
    name = "NotificationConsumer#12"
    made = [
        replace(one, application=name, target=name) for one in waiting(2, 2)
    ]

    assert ">Notificatio…#12<" in Flow(made).mailboxes().svg


def test_many_acts_leave_the_first_ones_out() -> None:
    events = waiting(20, 100)
    events += [
        event(made.seq + 20, "read", cause=made.seq, type=f"t{made.seq}")
        for made in events
    ]

    assert "the first 30 acts left out" in Flow(events).mailboxes().svg


def test_a_mailbox_that_is_full_has_a_thick_rail() -> None:
    full = [*waiting(3, 3), read(4, 1), read(5, 2)]

    assert 'stroke-width="8"' in Flow(full).lanes().svg
    assert 'stroke-width="8"' in Flow(full[:3]).lanes().svg
    assert 'stroke-width="8"' not in Flow(full[:2]).lanes().svg


def test_a_message_moves_down_when_the_one_below_is_read() -> None:
    events = [*waiting(2, 2), read(3, 1), read(4, 2)]

    bricks = re.findall(
        r'<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="19"'
        r' fill="#FFF1DA"',
        Flow(events).mailboxes().svg,
    )

    assert len(bricks) == 3
    assert len(set(bricks)) == 2


def test_acts_that_are_left_out_leave_no_bricks() -> None:
    events = [
        made
        for n in range(1, 40, 2)
        for made in (waiting(n, 2)[-1], read(n + 1, n))
    ]
    events = [replace(made, type=f"t{made.seq}") for made in events]

    picture = Flow(events).mailboxes().svg

    assert "the first 30 acts left out" in picture
    assert picture.count('"m') == 0
    assert "&quot;m39&quot;" in picture
    assert "&quot;m1&quot;" not in picture


def test_many_mailboxes_are_counted() -> None:
    events = [
        event(n, "deliver", connection=n, application=f"app#{n}", client="")
        for n in range(1, 15)
    ]

    assert "and 2 more mailboxes" in Flow(events).mailboxes().svg


def test_a_number_that_stays_is_said_once() -> None:
    events = [*waiting(6, 100), event(7, "crash", ends=True)]

    assert Flow(events).mailboxes().svg.count(">6 wait<") == 1


def test_a_ghost_at_the_right_edge_is_a_word() -> None:
    events = [
        *waiting(9, 100),
        event(10, "crash", ends=True),
        event(0, "ghost", member="app#1", group="g", cause=10),
    ]
    events = [replace(made, type=f"t{made.seq}") for made in events]

    picture = Flow(events).mailboxes().svg

    assert ">ghost<" in picture
    assert "nobody reads" not in picture


def test_a_reason_that_finds_no_room_stands_in_the_head() -> None:
    lost = [
        event(
            made.seq + 20,
            "loss",
            cause=made.seq,
            status="undelivered",
            reason="undelivered",
        )
        for made in waiting(9, 100)
    ]

    picture = Flow([*waiting(9, 100), *lost]).mailboxes().svg

    assert picture.count(">undelivered<") == 1
    assert "×9" in picture


def test_mailboxes_explain_the_signs_that_occur_and_no_others() -> None:
    picture = Flow(waiting(2, 2)).mailboxes().svg

    assert f">{Words.WAITS}<" in picture
    assert ">capacity<" in picture
    for words in ("a message is read", Words.LOST, Words.GHOST):
        assert f">{words}<" not in picture


def test_a_channel_whose_consumer_is_gone_has_no_reader() -> None:
    events = [*waiting(1, 3), event(2, "send", connection=2, client="bob")]
    lost = [replace(made, **NOBODY) for made in events[:1]]

    assert ">no reader<" in Flow(lost).mailboxes().svg
    assert "no reader" not in Flow(events).mailboxes().svg
    assert "ghost" not in Flow(lost).mailboxes().svg  # it is in no group


def test_a_member_of_which_no_reader_is_known_is_a_ghost() -> None:
    joins = event(1, "join", group="chat", member="channel#1", connection=2)
    lost = [replace(made, seq=2, **NOBODY) for made in waiting(1, 3)]

    for name in ("mailboxes", "topology"):
        picture = getattr(Flow([joins, *lost]), name)().svg
        assert ">ghost: no reader<" in picture


def test_a_channel_that_was_read_has_a_reader() -> None:
    events = [replace(made, **NOBODY) for made in waiting(1, 3)]

    picture = Flow([*events, event(2, "read", cause=1, **NOBODY)])

    assert "ghost" not in picture.mailboxes().svg


@pytest.mark.parametrize("name", ["mailboxes", "topology"])
def test_a_renamed_mailbox_keeps_its_former_name(name: str) -> None:
    events = [replace(made, **FORMER) for made in waiting(1, 3)]

    assert ">(PostConsumer#2)<" in getattr(Flow(events), name)().svg


def test_the_head_of_a_renamed_mailbox_has_its_former_name() -> None:
    events = [replace(made, **FORMER) for made in waiting(1, 3)]

    heads = re.findall(r">([^<]*)</text>", Flow(events).lanes().svg)

    assert heads[:3] == ["channel#1", "(Post", "Consumer#2)"]


def test_texts_say_once_what_a_mailbox_was_called() -> None:
    events = [replace(made, **FORMER) for made in waiting(3, 3)]
    flow, both = Flow(events), "channel#1 (PostConsumer#2)"

    assert f"mailbox {both}." in repr(flow)
    assert repr(flow).count(both) == 1
    assert flow.table().html.count(both) == 1
    assert flow.mermaid().count("PostConsumer") == 1


def test_a_former_name_comes_back_from_json() -> None:
    flow = Flow([replace(made, **FORMER) for made in waiting(1, 3)])

    assert Flow.from_json(flow.to_json()) == flow
    assert '"former"' not in Flow(waiting(1, 3)).to_json()
