"""The widget: what a notebook gets, and what a view is told."""

import asyncio
import gc
import sys
import weakref
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.flow.live.feed import Feed
from minichannels.flow.live.widget import SILENCE, Live
from support.journals import Later, Talk


class Told:
    """A widget of a talk whose messages a test reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.talk, self.later = Talk(), Later()
        self.sent: list[Any] = []
        monkeypatch.setattr(
            Live, "send", lambda live, content: self.sent.append(content)
        )
        self.now = 0.0
        feed = Feed(self.talk.journal, self.later)
        self.live = Live(feed, lambda: self.now)

    def a_while_later(self) -> Any:
        """Let something happen when views are asked; return what is told."""
        self.now += SILENCE
        self.talk.join("ada")
        self.later.pass_time()
        return self.sent[-1]

    def follows(self) -> bool:
        """Whether what happens is told."""
        before = len(self.sent)
        self.talk.join("ada")
        self.later.pass_time()
        return len(self.sent) > before

    def state(self, key: str | None = None) -> Any:
        return self.live.get_state(key)


def test_live_shows_itself_with_the_same_text_each_time() -> None:
    live = Flow(Talk().journal).live()

    bundle: Any = live._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle

    assert data["text/plain"] == (
        "Live view of a flow; print(flow) has the same in words."
    )
    assert "application/vnd.jupyter.widget-view+json" in data
    live.close()


def test_live_has_the_feeds_state_whenever_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    assert told.state()["state"]["rows"] == []
    told.talk.join("ada")
    told.later.pass_time()

    assert len(told.state("state")["state"]["rows"]) == 3
    assert "state" not in told.state("_esm")


def test_live_passes_on_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(monkeypatch)
    told.talk.says(told.talk.journal.open_lane("ada", "Chat#1"), "hi")

    told.later.pass_time()

    assert [row["e"] for row in told.sent[0]["rows"]] == [[1]]


def test_live_tells_a_view_what_it_has_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    told.talk.join("ada")
    told.later.pass_time()
    told.sent.clear()

    told.live._handle_msg(_message({"type": "hello", "version": 0}))
    told.live._handle_msg(_message({"type": "hello", "version": 2}))

    (answer,) = told.sent
    assert len(answer["state"]["rows"]) == 3


def test_live_draws_nothing_while_no_view_of_it_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)

    def says(kind: str, view: str) -> int:
        """Say something as a view; return how many updates are to be told."""
        version = told.state()["state"]["version"]
        content = {"type": kind, "view": view, "version": version}
        told.live._handle_msg(_message(content))
        told.later.pass_time()
        told.sent.clear()
        told.talk.join("ada")
        return len(told.later.calls)

    assert says("hello", "1") == 1
    assert says("hello", "2") == 1
    assert says("bye", "1") == 1
    assert says("hello", "2") == 1
    assert says("bye", "2") == 0
    assert says("bye", "2") == 0
    assert len(told.state()["state"]["rows"]) == 18

    version = told.state()["state"]["version"]
    content = {"type": "hello", "view": "3", "version": version}
    told.live._handle_msg(_message(content))

    (whole,) = told.sent
    assert len(whole["state"]["rows"]) == 18
    assert says("hello", "3") == 1


def test_live_tells_nothing_while_all_its_views_are_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)

    def says(kind: str, view: str) -> int:
        """Say something as a view; return how many updates are told of more."""
        content = {"type": kind, "view": view, "version": -1}
        told.live._handle_msg(_message(content))
        told.later.pass_time()
        told.sent.clear()
        told.talk.join("ada")
        told.later.pass_time()
        return len(told.sent)

    for view in ("1", "2", "3"):
        assert says("hello", view) == 1
    assert says("hidden", "1") == 1
    assert says("hidden", "2") == 1
    assert says("bye", "3") == 0  # the last that was looked at
    assert says("shown", "1") == 1
    assert says("hidden", "1") == 0
    assert says("hello", "4") == 1
    assert len(told.state()["state"]["rows"]) == 27


async def test_live_rests_if_no_view_answers_that_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    hello = _message({"type": "hello", "view": "1", "version": 0})
    told.live._handle_msg(hello)
    assert told.follows()
    assert "asks" not in told.sent[-1]

    for _ in range(3):
        assert told.a_while_later()["asks"]
        await asyncio.sleep(0)
        told.live._handle_msg(hello)
    assert told.a_while_later()["asks"]
    await asyncio.sleep(0)
    assert told.follows()
    assert "asks" not in told.sent[-1]  # it is not time yet
    last = told.a_while_later()

    assert not told.follows()
    # Whoever gets that answers, and is told all again.
    assert last["asks"]
    told.live._handle_msg(hello)
    assert len(told.sent[-1]["state"]["events"]) == len(told.talk.journal)
    assert told.follows()


async def test_live_misses_nobody_while_a_cell_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)

    for _ in range(3):  # the loop has no turn
        assert told.a_while_later()["asks"]

    assert told.follows()


@pytest.mark.parametrize("is_closed", [False, True])
def test_live_misses_nobody_where_no_loop_runs(
    monkeypatch: pytest.MonkeyPatch, is_closed: bool
) -> None:
    made: list[Told] = []
    loop = asyncio.new_event_loop()
    if is_closed:
        loop.call_soon(lambda: made.append(Told(monkeypatch)))
        loop.call_soon(loop.stop)
        loop.run_forever()
    loop.close()
    told = made[0] if made else Told(monkeypatch)

    for _ in range(3):
        assert told.a_while_later()["asks"]

    assert told.follows()


def test_live_that_is_closed_follows_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    drawn = weakref.ref(told.live._feed._reel)
    told.live.close()

    told.talk.join("ada")

    assert told.later.calls == []
    assert drawn() is None


def test_live_that_is_closed_is_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    live = weakref.ref(told.live)
    told.live.close()
    del told.live
    gc.collect()

    assert live() is None


def test_live_without_anywidget_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "minichannels.flow.live.widget")

    with pytest.raises(ImportError, match=r'pip install "minichannels\[lab\]"'):
        Flow(()).live()


def _message(content: Any) -> Any:
    data = {"method": "custom", "content": content}
    return {"content": {"data": data}, "buffers": []}


def test_live_whose_making_was_interrupted_is_closed_without_a_word() -> None:
    half = Live.__new__(Live)

    half.close()

    assert half.comm is None
