from minichannels.flow.journal.events import Entry
from support.told import Told


def test_story_has_a_visit_for_each_connection_and_knows_who_is_there() -> None:
    told = Told()
    ada, _, again = told.comes("ada"), told.comes("bob"), told.comes("ada")
    told.add("receive", ada, "websocket.disconnect", code=1006)

    story = told.story

    assert [visit.name for visit in story.visits] == ["ada", "bob", "ada"]
    assert [visit.name for visit in story.there] == ["bob", "ada"]
    assert story.there[1].came.connection == again.number
    over = story.visits[0].over
    assert over is not None
    assert over.payload["code"] == 1006


def test_visit_reads_dicts_and_leaves_out_all_else() -> None:
    told = Told()
    ada = told.comes("ada")
    told.sends(ada, {"after": 3})
    told.sends(ada, {"after": 5})
    for odd in ("<nonsense>", "[" * 100_000, [1], "7"):
        told.sends(ada, odd)
        told.gets(ada, odd)
    told.add("send", ada, "websocket.send", bytes=b"{}")
    told.gets(ada, {"said": "tea", "by": "bob", "number": 4})
    told.gets(ada, {"said": "milk", "number": "five"})

    (visit,) = told.story.visits

    assert visit.after == 3
    assert [it for _, it in visit.asked] == [{"after": 3}, {"after": 5}]
    heard = [(each.text, each.by, each.number) for each in visit.heard]
    assert heard == [("tea", "bob", 4), ("milk", None, 0)]


def test_visit_knows_what_it_was_told_last() -> None:
    told = Told()
    ada = told.comes("ada")
    told.gets(ada, {"board": {"1.1": 1}})
    told.gets(ada, {"board": {"1.1": 2}})

    (visit,) = told.story.visits

    event, board = visit.last("board")
    assert board == {"1.1": 2}
    assert event.seq == 4
    assert visit.last("present") == (visit.came, None)
    assert visit.after == 0


def test_said_is_in_the_order_in_which_it_arrived() -> None:
    told = Told()
    ada, bob = told.comes("ada"), told.comes("bob")
    told.sends(bob, {"say": "first"})
    told.sends(ada, {"say": "second"})
    told.sends(bob, {"say": "third"})

    said = told.story.said

    assert [(each.by, each.text) for each in said] == [
        ("bob", "first"),
        ("ada", "second"),
        ("bob", "third"),
    ]


def test_root_is_where_a_chain_of_causes_begins() -> None:
    told = Told()
    ada = told.comes("ada")
    first = Entry("receive", ada, "websocket.receive", {"text": "{}"})
    told.journal.add(first)
    second = Entry("send", ada, "websocket.send", {"text": "{}"})
    second.cause = first.id
    told.journal.add(second)
    third = Entry("send", ada, "websocket.send", {"text": "{}"})
    third.cause = second.id
    told.journal.add(third)

    story = told.story

    assert story.root(story.events[-1]) is story.events[2]
    assert story.root(story.events[0]) is story.events[0]


def test_story_leaves_out_what_has_no_client() -> None:
    told = Told()
    told.comes("ada")
    told.comes("")

    assert [visit.name for visit in told.story.visits] == ["ada"]


def test_what_is_no_text_is_told_as_json() -> None:
    told = Told()
    ada = told.comes("ada")
    told.sends(ada, {"after": "all"})
    told.sends(ada, {"say": ["tea"]})
    told.gets(ada, {"said": {"tea": 1}, "number": 1})

    (visit,) = told.story.visits

    assert visit.after == 0
    assert [spoken.text for spoken in told.story.said] == ['["tea"]']
    assert [spoken.text for spoken in visit.heard] == ['{"tea": 1}']
