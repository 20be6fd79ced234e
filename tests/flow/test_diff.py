from minichannels.flow.flow import Flow
from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.journal import Journal
from minichannels.flow.text.formatting import cells
from support.journals import Talk, flow_of


def test_diff_shows_two_flows_side_by_side() -> None:
    diff = flow_of("a", "b", "d").diff(flow_of("a", "c", "d", "e"))

    assert diff.at == 2
    left, right = "    2  ada echo#1 websocket.receive", '"b"'
    assert str(diff).split("\n") == [
        "The first 1 event is the same. Then:",
        "",
        "       this".ljust(48) + " |        other",
        f"{left} {right}".ljust(48) + f' | {left} "c"',
        "    3  ada echo#1 websocket.receive".ljust(35)
        + ' "d"'.ljust(13)
        + '       3  ada echo#1 websocket.receive "d"',
        "    (end)".ljust(48) + ' |     4  ada echo#1 websocket.receive "e"',
        " " * 48 + " |     (end)",
    ]


def test_diff_shows_so_many_events() -> None:
    diff = flow_of("a", *"1" * 20).diff(flow_of("b", *"2" * 9))

    lines = str(diff).split("\n")
    assert len(lines) == 12
    assert lines[-1] == "    …  and 14 more"


def test_diff_goes_on_in_the_next_line_and_cuts_nothing() -> None:
    diff = flow_of("one two three four five six").diff(flow_of("x"))

    assert str(diff).split("\n")[3:5] == [
        '    1  ada echo#1 websocket.receive "one two    '
        ' |     1  ada echo#1 websocket.receive "x"',
        '       three four five six"'.ljust(48) + " |",
    ]


def test_diff_breaks_lines_by_the_places_that_they_take() -> None:
    diff = flow_of("日本" * 50).diff(flow_of("x"))

    assert max(map(cells, str(diff).split("\n"))) < 100


def test_diff_tells_of_notes() -> None:
    talk = Talk()
    ada = talk.join("ada")
    before = Flow(talk.journal.line_up())
    note = talk.entry("ghost", ada, "ghost", {}, "chat")
    note.group, note.member = "chat", ada
    talk.journal.add(note)

    diff = before.diff(Flow(talk.journal))

    assert diff.at == 4
    assert " note  " in str(diff).split("\n")[3].partition("|")[2]


def test_diff_shows_that_one_ends_earlier() -> None:
    diff = flow_of("a").diff(flow_of("a", "b"))

    assert diff
    assert "\n    (end)" in str(diff)


def test_diff_of_equal_flows_is_false() -> None:
    diff = flow_of("a").diff(flow_of("a"))

    assert not diff
    assert str(diff) == "The same 1 event in the same order."


def test_what_is_written_alike_is_the_same() -> None:
    def measured() -> Flow:
        journal = Journal()
        lane = journal.open_lane("ada", "echo#1")
        values = {"x": float("nan"), "y": [float("nan")]}
        journal.add(Entry("receive", lane, "websocket.receive", values))
        return Flow(journal)

    assert measured() == measured()
    assert not measured().diff(measured())
