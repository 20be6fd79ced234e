from support.journals import flow_of


def test_diff_shows_the_first_difference() -> None:
    diff = flow_of("a", "b").diff(flow_of("a", "c", "d"))

    assert diff.at == 2
    assert str(diff).split("\n") == [
        "The first 1 events are the same. Then:",
        'this:        2  ada  echo#1 websocket.receive "b"',
        'other:       2  ada  echo#1 websocket.receive "c"',
    ]


def test_diff_shows_that_one_ends_earlier() -> None:
    diff = flow_of("a").diff(flow_of("a", "b"))

    assert diff
    assert "this:    (end)" in str(diff)


def test_diff_of_equal_flows_is_false() -> None:
    diff = flow_of("a").diff(flow_of("a"))

    assert not diff
    assert str(diff) == "The same 1 events in the same order."
