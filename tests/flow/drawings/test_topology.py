"""Who is connected to whom, and in which groups, as it is drawn."""

from dataclasses import replace
from xml.etree import ElementTree

from minichannels.flow import Flow
from minichannels.flow.drawings import palette
from minichannels.flow.drawings.legends import Words
from support.events import NOBODY, chats, event, waiting

OF_TOPOLOGY = ("socket open", Words.IN_GROUP, Words.GHOST)


def test_topology_shows_who_left_and_why() -> None:
    events = [
        event(
            1,
            "receive",
            ends=True,
            type="websocket.disconnect",
            payload={"code": 1001},
        ),
        event(
            2,
            "crash",
            connection=2,
            client="bob",
            application="app#2",
            type="KeyError",
            ends=True,
        ),
    ]

    picture = Flow(events).topology().svg

    assert "left 1001" in picture
    assert "raised KeyError" in picture
    assert "no groups" in picture


def test_topology_counts_those_that_it_does_not_show() -> None:
    assert "and 188 more connections" in Flow(chats(200)).topology().svg


def test_topology_counts_groups_that_it_does_not_show() -> None:
    events = [
        event(n, "join", group=f"g{n}", member="app#1", client="")
        for n in range(1, 6)
    ]

    assert "and 3 more groups" in Flow(events).topology().svg


def test_topology_of_many_has_its_group_where_a_window_begins() -> None:
    def top(members: int) -> float:
        made = event(0, "join", group="chat")
        joins = [
            replace(
                made,
                seq=n,
                connection=n,
                client=f"c{n}",
                application=f"app#{n}",
                member=f"app#{n}",
            )
            for n in range(1, members + 1)
        ]
        svg = ElementTree.fromstring(Flow(joins).topology().svg)
        boxes = svg.iterfind(".//{*}rect[@width='208']")
        return min(float(box.get("y", 0)) for box in boxes)

    assert top(2) < top(4) == top(12)


def test_topology_at_an_end_shows_the_ghost_that_it_leaves() -> None:
    flow = Flow(
        [
            event(1, "join", group="g", member="app#1"),
            event(2, "receive", ends=True),
            event(0, "ghost", member="app#1", group="g", cause=2),
            event(3, "send", client="bob", connection=2),
        ]
    )

    assert "ghost since 2" in flow.topology(at=2).svg
    assert "ghost since" not in flow.topology(at=1).svg


def test_topology_explains_the_signs_that_occur() -> None:
    join = event(1, "join", group="g", member="app#1")
    left = event(2, "receive", ends=True)
    ghost = event(0, "ghost", member="app#1", group="g", cause=2)

    there = Flow([join]).topology().svg
    haunted = Flow([join, left, ghost]).topology().svg

    assert [f">{words}<" in there for words in OF_TOPOLOGY] == [
        True,
        True,
        False,
    ]
    assert [f">{words}<" in haunted for words in OF_TOPOLOGY] == [
        False,
        False,
        True,
    ]


def test_topology_forgets_the_groups_of_a_consumer_that_cleans_up() -> None:
    join = event(1, "join", group="g", member="app#1")
    end = event(2, "receive", ends=True)

    assert "group of" not in Flow([join, end]).topology().svg


def test_topology_ends_memberships_that_expired() -> None:
    join = event(1, "join", group="chat", member="app#1", source="app#1")
    lost = event(2, "loss", status="expired", reason="expired 60 s")

    assert "group of 1" in Flow([join]).topology().svg
    assert "group of" not in Flow([join, lost]).topology().svg


def test_topology_follows_who_leaves_a_group() -> None:
    join = event(1, "join", group="chat", member="app#1", source="app#1")
    leave = event(2, "leave", group="chat", member="app#1", source="app#1")

    assert "group of" not in Flow([join, leave]).topology().svg


def test_topology_shows_that_nobody_reads_a_channel() -> None:
    lost = [replace(made, **NOBODY) for made in waiting(1, 3)]

    assert ">no reader<" in Flow(lost).topology().svg
    assert ">no reader<" not in Flow(waiting(1, 3)).topology().svg


def test_topology_has_the_mailboxes_inside_the_layer() -> None:
    root = ElementTree.fromstring(Flow(waiting(1, 3)).topology().svg)
    boxes = [
        {key: float(rect.get(key, 0)) for key in ("x", "y", "width", "height")}
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("fill") in (palette.LAYER_GROUND, palette.WAITING)
    ]

    layer, message = boxes
    for start, size in (("x", "width"), ("y", "height")):
        assert layer[start] < message[start]
        assert message[start] + message[size] < layer[start] + layer[size]


def test_topology_draws_no_layer_where_nothing_is_in_it() -> None:
    begins = event(1, "receive", type="websocket.connect")
    join = event(2, "join", group="g", member="app#1")
    crash = event(3, "crash", type="KeyError", ends=True)

    there = Flow([begins, join]).topology().svg
    gone = Flow([begins, join, crash]).topology().svg

    assert [">channel layer<" in svg for svg in (there, gone)] == [True, False]
    assert "no groups: nobody is a member of one" in gone
    assert "raised KeyError" in gone


def test_topology_leaves_out_requests_that_were_answered() -> None:
    asks = event(1, "receive", type="http.request")
    answered = replace(asks, seq=2, kind="send", ends=True)
    failed = replace(answered, kind="crash", type="KeyError")

    pictures = [
        Flow(events).topology().svg
        for events in ([asks], [asks, failed], [asks, answered])
    ]

    assert [">ada<" in svg for svg in pictures] == [True, True, False]


def test_topology_cuts_no_number_from_a_clients_name() -> None:
    clients = {"browser#13": ">brows…#13<", "browser#1": ">browser#1<"}
    clients["a-long-name"] = ">a-long-n…<"

    for client, shown in clients.items():
        here = event(1, "receive", client=client, source=client)
        assert shown in Flow([here]).topology().svg


def test_topology_cuts_no_number_from_a_consumers_name() -> None:
    names = {"NotificationConsumer#12": ">NotificationConsu…#12<"}
    names["ConsumerOfTwenty#1234"] = ">ConsumerOfTwenty#1234<"

    for name, shown in names.items():
        here = event(1, "receive", application=name, target=name)
        assert shown in Flow([here]).topology().svg
