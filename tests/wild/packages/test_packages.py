"""Applications of other people's packages, recorded and not.

Each is served twice, as it is and with the recorder, to a client that does the
same. What the client was told is to be the same, byte for byte but for what is
drawn by lot; and the flow is to have each of its frames and responses, in
their order, and no cause that is not true.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.flow.journal.events import Event
from support import ROOT
from support.programs import program
from wild.packages.plays import PLAYS
from wild.packages.visitor import Visitor, visiting

APPS = (Path(__file__).parent / "apps", ROOT / "tests" / "cli" / "recipes")
HIDDEN = "•••"
# Keys, names of sessions, times and ports: never twice the same.
BY_LOT = re.compile(
    rb"\d+\.\d+(?= ?m?s)|\d+\.\d{3,}|\d\d:\d\d:\d\d|(?<=127.0.0.1:)\d+"
    rb"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{16,}"
    rb"|(?<=\"sid\":\")[\w-]+"
    rb"|(?s:.*asgi-server.*)"  # how long Streamlit's script took, in protobuf
)
PING = "2"  # of Engine.IO: it comes after some seconds
OF_ONE_ANSWER = {"date", "set-cookie", "mcp-session-id"}
WORD = re.compile(r"word-\w+")


def folder_of(package: str) -> Path:
    (folder,) = [d for d in APPS if (d / f"with_{package}.py").exists()]
    return folder


async def played(package: str, folder: Path, *words: str) -> Visitor:
    """Serve a package's application with a command; return the visit."""
    application = f"with_{package}:app"
    options = ["--port=0", f"--app-dir={folder_of(package)}"]
    with program(*words, application, *options, folder=folder) as server:
        address = server.find(r"(http://127\.0\.0\.1:\d+)")
        try:
            async with visiting(address) as visitor:
                await PLAYS[package](visitor)
        finally:  # politely: one of them has a server of its own to stop
            server.interrupt()
            server.wait()
    return visitor


def raw(frame: Any) -> bytes:
    return frame.encode() if isinstance(frame, str) else bytes(frame)


def but_for_lots(frame: Any) -> bytes:
    return BY_LOT.sub(b"*", raw(frame))


def told(visitor: Visitor) -> list[object]:
    """Return all that a client was told, without what is drawn by lot."""
    responses = [
        (
            *(response.method, but_for_lots(response.path), response.status),
            *(but_for_lots(response.body),),
            {
                name: but_for_lots(value)
                for name, value in response.headers.items()
                if name not in OF_ONE_ANSWER
            },
        )
        for response in visitor.responses
    ]
    frames = [
        [but_for_lots(frame) for frame in socket.heard if frame != PING]
        for socket in visitor.sockets
    ]
    return [responses, frames]


def content(event: Event) -> bytes:
    """Return what an event carried, as bytes."""
    values = (event.payload.get(key) for key in ("text", "bytes", "body"))
    return raw(next((value for value in values if value is not None), b""))


def differing(frames: list[Any], events: list[Event]) -> list[object]:
    """List the frames that a flow has not, or has otherwise."""
    if len(frames) != len(events):
        return [f"{len(frames)} frames, {len(events)} events"]
    return [
        (frame, event)
        for frame, event in zip(frames, events, strict=True)
        if HIDDEN.encode() not in content(event)
        and raw(frame) != content(event)
    ]


def sockets_of(flow: Flow) -> list[list[Event]]:
    """Return the events of each WebSocket that was accepted, as opened."""
    accepted = [e.connection for e in flow if e.type == "websocket.accept"]
    return [[e for e in flow if e.connection == c] for c in accepted]


def statuses_of(flow: Flow) -> Counter[int]:
    return Counter(
        e.payload["status"] for e in flow if e.type == "http.response.start"
    )


def chain(flow: Flow, event: Event) -> Iterator[Event]:
    """Yield the causes of an event, and theirs."""
    while event.cause is not None:
        event = flow.events[event.cause - 1]
        yield event


def words_in(event: Event) -> set[str]:
    return set(WORD.findall(repr(event.payload)))


def false_causes(flow: Flow) -> list[Event]:
    """List what is said to answer something else than what it repeats."""
    asked = [e for e in flow if e.kind == "receive"]
    wrong = []
    for event in flow:
        causes = list(chain(flow, event))
        wrong += [cause for cause in causes if cause.seq >= event.seq]
        words = words_in(event)
        if not words or event.kind == "receive":
            continue
        said = {word for cause in causes for word in words_in(cause)}
        if causes and not words & said:
            wrong.append(event)
        # Whether a cause is known or not: a question comes first.
        questions = [e.seq for e in asked if words & words_in(e)]
        if questions and min(questions) > event.seq:
            wrong.append(event)
    return wrong


@pytest.mark.parametrize("package", PLAYS)
async def test_package(package: str, tmp_path: Path) -> None:
    uvicorn = ("uvicorn", "--ws=websockets-sansio")
    record = ("minichannels", "record", "--save=flow.jsonl")

    folders = [tmp_path / "plain", tmp_path / "recorded"]
    for folder in folders:
        folder.mkdir()

    plain = await played(package, folders[0], *uvicorn)
    visitor = await played(package, folders[1], *record)

    assert told(visitor) == told(plain)
    flow = Flow.merge(folders[1] / "flow.jsonl")
    statuses = Counter(response.status for response in visitor.responses)
    assert statuses_of(flow) == statuses
    opened = sockets_of(flow)
    assert len(opened) == len(visitor.sockets)
    for socket, events in zip(visitor.sockets, opened, strict=True):
        received = [e for e in events if e.type == "websocket.receive"]
        sent = [e for e in events if e.type == "websocket.send"]
        assert differing(socket.sent, received) == []
        assert differing(socket.heard, sent) == []
    assert false_causes(flow) == []
    lost = [event.status for event in flow if event.is_lost]
    assert lost == ["refused"] * visitor.refusals
