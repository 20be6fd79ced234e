import copy
import json
import pickle
from collections.abc import Callable, Iterator
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.flow import Journal
from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.payloads import snapshot
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    TracedMessage,
    goes_on,
    handed,
    read,
)
from minichannels.flow.recording.layer.messages import own
from support.connections import connect

EVENT = {"type": "websocket.receive", "text": "hi"}


@pytest.fixture
def event() -> Iterator[TracedMessage]:
    ada = connect(Journal())
    current, cause = CURRENT.set(ada), CAUSE.set(None)
    entry = Entry("receive", ada.lane, "x", {})
    entry.id = 7
    yield handed(EVENT, entry)
    CAUSE.reset(cause)
    CURRENT.reset(current)


@pytest.mark.parametrize(
    "read",
    [
        lambda event: event["type"],
        lambda event: event.get("text"),
        lambda event: dict(event),
        lambda event: {**event},
        lambda event: event.copy(),
        lambda event: list(event.items()),
        lambda event: list(event),
        lambda event: list(event.keys()),
        lambda event: list(event.values()),
        lambda event: event.pop("type"),
        json.dumps,
        copy.deepcopy,
        pickle.dumps,
    ],
)
def test_who_reads_an_event_has_it_as_cause(
    event: TracedMessage, read: Callable[[Any], Any]
) -> None:
    context = copy_context()

    context.run(read, event)

    reading = context[CAUSE]
    assert reading is not None
    assert reading.entry.id == 7
    assert CAUSE.get() is None


def test_an_event_matches_a_pattern(event: TracedMessage) -> None:
    match event:
        case {"type": "websocket.receive", "text": text}:
            assert text == "hi"
        case _:  # pragma: no cover
            pytest.fail("it did not match")


def test_an_event_is_the_dict_that_it_was(event: TracedMessage) -> None:
    assert event == EVENT
    assert event.get("bytes", b"none") == b"none"
    assert type(event.copy()) is dict
    assert repr(event) == repr(EVENT)


@pytest.mark.parametrize("read", [repr, len, snapshot, own, bool])
def test_who_only_looks_at_an_event_has_it_not_as_cause(
    event: TracedMessage, read: Callable[[Any], Any]
) -> None:
    read(event)

    assert CAUSE.get() is None


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        dict,
        lambda event: event | {},
        lambda event: {} | event,
        lambda event: pickle.loads(pickle.dumps(event)),
        lambda event: json.loads(json.dumps(event)),
    ],
)
def test_a_copy_of_an_event_is_a_plain_dict(
    event: TracedMessage, copied: Callable[[Any], Any]
) -> None:
    found = copied(event)

    assert found == EVENT
    assert type(found) is dict


def test_an_event_may_be_changed(event: TracedMessage) -> None:
    event["text"] = "other"
    event |= {"more": 1}
    assert event.setdefault("more", 2) == 1
    del event["text"]

    assert event == {"type": "websocket.receive", "more": 1}
    assert event.pop("none", 5) == 5
    assert "type" in event
    assert isinstance(event, TracedMessage)


def test_a_notebook_has_no_cause() -> None:
    event = handed(EVENT, Entry("deliver", Lane(1, "", "notebook"), "x", {}))

    assert event["type"] == "websocket.receive"
    assert CAUSE.get() is None


def test_handed_is_called_a_dict_in_errors(event: Any) -> None:
    with pytest.raises(AttributeError, match=r"^'dict' object has no"):
        event.upper()


def test_handed_is_shown_as_a_dict_by_its_class(event: Any) -> None:
    assert repr(type(event)) == "<class 'dict'>"


@pytest.mark.parametrize(
    "wrong", [lambda e: e.get(key="type"), lambda e: e.get(), lambda e: e.pop()]
)
def test_what_a_dict_refuses_a_handed_one_does(event: Any, wrong: Any) -> None:
    for each in (event, dict(event)):
        with pytest.raises(TypeError) as refused:
            wrong(each)
        assert "TracedMessage" not in str(refused.value)


async def test_an_eager_task_is_awaited_by_what_an_application_does() -> None:
    found: list[bool] = []
    ada = connect(Journal())
    entry = Entry("receive", ada.lane, "http.request", {})
    reading = read(handed({}, entry), ada, None)

    async def sends() -> None:
        found.append(goes_on(reading, task, answers=False))

    task: Any = None

    # As a loop with such tasks does, in every version of Python.
    def make() -> None:
        nonlocal task
        begun = sends()
        task = SimpleNamespace(get_coro=lambda: begun)
        with pytest.raises(StopIteration):
            begun.send(None)

    def application(scope: str, receive: str, send: str) -> None:
        make()

    application("scope", "receive", "send")
    make()
    assert found == [True, False]
