import itertools
import random

from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.ordering import line_up


def lane(number: int) -> Lane:
    return Lane(number, f"c{number}", f"app#{number}")


ADA, BOB, EVE = lane(1), lane(2), lane(3)


def entry(
    id_: int, where: Lane, kind: str = "send", cause: int | None = None
) -> Entry:
    made = Entry(kind, where, f"t{id_}", {})
    made.id, made.cause = id_, cause
    return made


def types(entries: list[Entry]) -> list[str]:
    return [event.type for event in line_up(entries)]


def broadcast() -> list[Entry]:
    """Ada's send to a group of three, and what each of them answers."""
    act = entry(2, ADA, "group_send", 1)
    deliveries = [
        entry(3 + n, where, "deliver", 2)
        for n, where in enumerate((ADA, BOB, EVE))
    ]
    for delivery in deliveries:
        delivery.act = 2
    return [entry(1, ADA, "receive"), act, *deliveries]


def test_handlers_that_ran_in_any_order_line_up_in_one() -> None:
    found = set()
    for order in itertools.permutations((0, 1, 2)):
        entries = broadcast()
        for place, who in enumerate(order):
            reply = entry(10 + place, (ADA, BOB, EVE)[who], "send", 3 + who)
            reply.type = f"reply of {who}"
            entries.append(reply)
        found.add(tuple(types(entries)))

    assert found == {
        ("t1", "t2", "t3", "t4", "t5", *(f"reply of {n}" for n in range(3)))
    }


def test_roots_stand_in_the_order_in_which_they_came() -> None:
    entries = [
        entry(1, BOB, "receive"),
        entry(2, ADA, "receive"),
        entry(3, BOB, "send", 1),
    ]

    assert types(entries) == ["t1", "t3", "t2"]


def test_what_had_to_wait_stands_after_what_it_waited_for() -> None:
    late = entry(9, BOB, "send", 4)
    entries = [*broadcast(), late]
    other = entry(6, EVE, "receive")
    arrival = entry(8, BOB, "deliver", 7)
    arrival.act = 7
    entries += [other, entry(7, EVE, "group_send", 6), arrival]

    assert types(entries) == [
        "t1",
        "t2",
        "t3",
        "t4",
        "t5",
        "t6",
        "t7",
        "t8",
        "t9",
    ]


def kept_waiting(bobs: int, eves: int, thread: str = "pool") -> list[Entry]:
    """Bob and eve leave; bob's handler was not done when eve's had begun.

    Args:
        bobs: when bob has left.
        eves: when eve has.
        thread: what bob's handler ran on.
    """
    first, told = entry(1, BOB, "receive"), entry(2, BOB, "send", 1)
    first.thread = thread
    bob, eve = entry(9, BOB, "receive"), entry(8, EVE, "receive")
    bob.acted, eve.acted = bobs, eves
    return [first, told, entry(3, EVE, "receive"), eve, bob]


def test_what_waited_for_a_thread_stands_where_its_client_did_it() -> None:
    assert types(kept_waiting(4, 5)) == ["t1", "t2", "t3", "t9", "t8"]


def test_what_waited_for_a_thread_stands_before_what_nobody_announced() -> None:
    assert types(kept_waiting(4, 0)) == ["t1", "t2", "t3", "t9", "t8"]


def test_what_waited_for_a_thread_stands_after_what_was_done_before() -> None:
    assert types(kept_waiting(5, 4)) == ["t1", "t2", "t3", "t8", "t9"]


def test_what_waited_for_an_async_handler_stands_where_it_came() -> None:
    entries = kept_waiting(4, 5, "event loop")

    assert types(entries) == ["t1", "t2", "t3", "t8", "t9"]


def test_what_waited_for_what_a_handler_did_stands_where_it_came() -> None:
    entries = [*kept_waiting(4, 5), entry(6, BOB, "join", 1)]

    assert types(entries) == ["t1", "t2", "t6", "t3", "t8", "t9"]


def test_what_waited_while_another_ones_handler_ran_stands_where_it_came() -> (
    None
):
    entries = kept_waiting(4, 5)
    other = entry(0, ADA, "receive")
    other.thread, entries[1].cause = "pool", 0

    assert types([other, *entries])[-2:] == ["t8", "t9"]


def test_what_was_lost_unread_stands_after_what_was_read_late() -> None:
    entries = [entry(1, EVE, "receive"), entry(2, ADA, "receive")]
    loss, read = entry(3, ADA, "loss", 1), entry(4, BOB, "read", 1)

    assert types([*entries, loss, read]) == ["t1", "t4", "t2", "t3"]


def test_an_event_knows_the_number_of_its_cause() -> None:
    events = line_up([entry(5, ADA, "receive"), entry(8, ADA, "send", 5)])

    assert [(e.seq, e.cause) for e in events] == [(1, None), (2, 1)]


def test_a_cause_that_is_not_kept_is_none() -> None:
    (event,) = line_up([entry(8, ADA, "send", 5)])

    assert event.cause is None


def test_a_note_has_no_number() -> None:
    events = line_up(
        [entry(1, ADA), entry(2, ADA, "ghost", 1), entry(3, ADA, "send", 1)]
    )

    assert [event.seq for event in events] == [1, 0, 2]


def test_a_send_knows_how_many_it_was_delivered_to() -> None:
    events = line_up(broadcast())

    assert [event.members for event in events] == [0, 3, 0, 0, 0]


def test_deliveries_of_another_flows_send_stand_together() -> None:
    entries = [
        entry(n, where, "deliver", 99) for n, where in ((1, BOB), (2, ADA))
    ]
    for delivery in entries:
        delivery.act = 99

    assert types(entries) == ["t2", "t1"]


def test_lanes_that_contradict_each_other_are_shown_all_the_same() -> None:
    # Two sends on different layers, each noticed before the other's delivery.
    one, two = entry(1, ADA, "group_send"), entry(2, BOB, "group_send")
    to_bob, to_ada = entry(3, BOB, "deliver", 1), entry(4, ADA, "deliver", 2)
    to_bob.act, to_ada.act = 1, 2
    middle = entry(5, ADA, "send", 4)

    entries = [one, two, to_bob, to_ada, middle]
    assert types(entries) == ["t1", "t3", "t2", "t4", "t5"]


def test_the_order_in_which_entries_are_given_does_not_matter() -> None:
    entries = broadcast()
    wanted = types(entries)
    random.Random(1).shuffle(entries)

    assert types(entries) == wanted


def handled(where: Lane, began: int, ended: int = 0) -> Entry:
    made = entry(where.number, where, "receive")
    made.thread, made.began, made.ended = "pool", began, ended
    return made


def steps(*entries: Entry) -> list[tuple[int, int]]:
    return [(event.began, event.ended) for event in line_up(entries)]


def test_handlers_that_ran_at_the_same_time_share_a_step() -> None:
    assert steps(handled(ADA, 1, 4), handled(BOB, 2, 3)) == [(1, 1), (1, 1)]


def test_who_begins_after_somebody_has_ended_begins_the_next_step() -> None:
    found = steps(handled(ADA, 1, 2), handled(BOB, 3, 5), handled(EVE, 4))

    assert found == [(1, 1), (2, 2), (2, 0)]


def test_a_long_run_ends_in_the_step_of_those_that_it_outlasts() -> None:
    found = steps(handled(ADA, 1, 6), handled(BOB, 2, 3), handled(EVE, 4, 5))

    assert found == [(1, 2), (1, 1), (2, 2)]


def test_steps_do_not_tell_who_of_one_step_was_first() -> None:
    found = {
        tuple(
            steps(
                handled(ADA, begins[0], ends[0]),
                handled(BOB, begins[1], ends[1]),
                handled(EVE, begins[2], ends[2]),
            )
        )
        for begins in itertools.permutations((1, 2, 3))
        for ends in itertools.permutations((4, 5, 6))
    }

    assert found == {((1, 1),) * 3}


def test_an_event_whose_handler_is_not_known_has_no_steps() -> None:
    assert steps(entry(1, ADA, "receive")) == [(0, 0)]
