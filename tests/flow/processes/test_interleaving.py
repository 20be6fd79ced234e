import random

import pytest

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.processes.interleaving import interleaved
from minichannels.flow.processes.lives import ProcessLife


def life(name: str, *told: str) -> ProcessLife:
    """Return a life: 'a' happens, 'a<b.1' came from b, 'a:1' was caused."""
    made = ProcessLife(name, name)
    lane = Lane(1, "", name)
    for number, word in enumerate(told, start=1):
        what, _, origin = word.partition("<")
        what, _, cause = what.partition(":")
        entry = Entry("deliver", lane, what, {})
        entry.id, entry.origin = number, origin
        entry.cause = int(cause) if cause else None
        made.entries[number] = entry
    return made


def order(*lives: ProcessLife) -> str:
    return " ".join(entry.type for _, entry in interleaved(lives))


def test_what_is_received_comes_after_it_was_sent() -> None:
    assert order(life("a", "A1<b.2"), life("b", "B1", "B2")) == "B1 B2 A1"


def test_who_was_there_in_time_is_there_in_time() -> None:
    one = life("a", "connect", "hi", "sent:2")
    other = life("b", "join", "got<a.3", "told:2", "leave")

    assert order(one, other) == "connect join hi sent got told leave"


def test_an_answer_is_told_before_the_next_question() -> None:
    one = life("a", "Q1", "Q2", "R1<b.2", "R2<b.4")
    other = life("b", "G1<a.1", "A1:1", "G2<a.2", "A2:3")

    assert order(one, other) == "Q1 G1 A1 Q2 G2 A2 R1 R2"


def test_each_process_has_its_own_order() -> None:
    lives = (
        life("a", "a1", "a2<c.1", "a3:2", "a4<b.3"),
        life("b", "b1", "b2<a.3", "b3:2"),
        life("c", "c1", "c2<b.1", "c3"),
    )
    told = order(*lives).split()

    for name in "abc":
        own = [word for word in told if word[0] == name]
        assert own == sorted(own)
    for sent, got in (("c1", "a2"), ("a3", "b2"), ("b3", "a4"), ("b1", "c2")):
        assert told.index(sent) < told.index(got)


def test_a_circle_is_told_somehow() -> None:
    told = order(
        life("a", "a1<b.2", "a2:1"), life("b", "b1<a.2", "b2:1", "b3<b.3")
    )

    assert sorted(told.split()) == ["a1", "a2", "b1", "b2", "b3"]


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happened_has_an_order(seed: int) -> None:
    draw = random.Random(seed)
    told: dict[str, list[str]] = {name: [] for name in "abcd"}
    under_way: list[str] = []
    for _ in range(200):  # as it was, by a clock that nobody has
        name = draw.choice("abcd")
        number = len(told[name]) + 1
        if under_way and draw.random() < 0.4:
            key = under_way.pop(draw.randrange(len(under_way)))
            told[name].append(f"{name}{number}<{key}")
        else:
            told[name].append(f"{name}{number}")
            under_way += [f"{name}.{number}"] * draw.randrange(3)

    lives = [life(name, *words) for name, words in told.items()]
    found = [(e.lane.application, e.id) for _, e in interleaved(lives)]

    for name, words in told.items():
        assert [n for a, n in found if a == name] == [
            number + 1 for number in range(len(words))
        ]
        for number, word in enumerate(words, start=1):
            origin = word.partition("<")[2]
            if origin:
                sender, _, sent = origin.partition(".")
                assert found.index((sender, int(sent))) < found.index(
                    (name, number)
                )
    assert found == [(e.lane.application, e.id) for _, e in interleaved(lives)]


def test_what_was_sent_by_nobody_known_waits_for_nobody() -> None:
    assert order(life("a", "a1<z.9"), life("b", "b1")) == "a1 b1"


def test_a_long_story_is_told_in_one_go() -> None:
    sent = [f"s{n}" for n in range(5_000)]
    got = [f"g{n}<a.{n + 1}" for n in range(5_000)]

    told = order(life("a", *sent), life("b", *got)).split()

    assert told[:4] == ["s0", "g0", "s1", "g1"]
    assert len(told) == 10_000
