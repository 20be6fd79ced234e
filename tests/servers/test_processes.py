"""Several processes of one project: what they do, and how it is told."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from minichannels.flow import Flow
from minichannels.flow.journal.cause_key import KEY
from minichannels.layers.redis import RedisChannelLayer
from minichannels.layers.remote.names import CAUSE_KEY
from minichannels.types import Receive, Scope, Send
from support.apart import apart
from support.redis_servers import fresh_prefix, valkey
from support.shop import (
    IN_MEMORY,
    ON_REDIS,
    Client,
    hear,
    join,
    make_project,
    one_port,
    processes,
)

NICKS = ("ada", "bob", "eve", "dan")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture
def prefix() -> str:
    return fresh_prefix()


@pytest.fixture
async def layer(url: str, prefix: str) -> AsyncIterator[RedisChannelLayer]:
    layer = RedisChannelLayer(hosts=[url], prefix=prefix)
    yield layer
    await layer.close()


@pytest.fixture
def project(tmp_path: Path, url: str, prefix: str) -> Path:
    make_project(tmp_path, ON_REDIS.format(url=url, prefix=prefix))
    return tmp_path


def test_the_layer_knows_the_key_that_a_recorder_puts_in() -> None:
    assert CAUSE_KEY == KEY


async def silent(scope: Scope, receive: Receive, send: Send) -> None: ...


async def test_a_process_that_is_not_recorded_sees_no_key(
    url: str, prefix: str, layer: RedisChannelLayer, tmp_path: Path
) -> None:
    with apart(silent, layer, "web-1", tmp_path) as recorded:
        plain = RedisChannelLayer(hosts=[url], prefix=prefix)
        mailbox = await plain.new_channel()
        await plain.group_add("chat", mailbox)
        message = {"type": "chat.message"}
        await recorded.layer.send("pictures", message)
        await recorded.layer.group_send("chat", message)
        got = [await plain.receive(name) for name in ("pictures", mailbox)]
        await plain.close()

    assert got == [message, message]


async def chat(address: str) -> dict[str, Client]:
    clients = await join(address, *NICKS)
    await clients["ada"].say(text="hi")
    await hear(clients)
    await clients["dan"].say(text="ho")
    await hear(clients)
    return clients


async def leave(*clients: Client) -> None:
    for client in clients:
        await client.socket.close()


async def test_a_chat_moves_to_four_processes_by_settings_alone(
    tmp_path_factory: pytest.TempPathFactory, project: Path
) -> None:
    alone = tmp_path_factory.mktemp("alone")
    make_project(alone, IN_MEMORY)
    with processes(alone) as one:
        one.start_webs(1)
        async with one_port([one.webs["web-1"][1]]) as address:
            before = await chat(address)
            await leave(*before.values())
        one.end("web-1")

    with processes(project) as four:
        four.start_webs(4)
        worker = four.start_worker("worker-1")
        addresses = [address for _, address in four.webs.values()]
        async with one_port(addresses) as address:
            clients = await chat(address)
            heard = {nick: [*one.heard] for nick, one in clients.items()}
            await clients["bob"].say(picture="cat")
            await hear(clients)
            # A worker is killed with a message in hand, and a server with dan.
            await clients["bob"].say(picture="slow dog")
            await asyncio.to_thread(worker.find, "(begins slow dog)")
            await asyncio.to_thread(worker.kill)
            await clients["bob"].say(picture="cow")
            await asyncio.to_thread(four.webs["web-4"][0].kill)
            clients.pop("dan")
            await clients["ada"].say(text="dan?")
            await hear(clients)
            await leave(*clients.values())
        ends = four.end("web-1", "web-2", "web-3")

    assert heard == {nick: one.heard for nick, one in before.items()}
    assert clients["eve"].heard[-2:] == ["bob shows cat.jpg", "ada: dan?"]
    assert [status for status, _ in ends] == [0, 0, 0]
    look_at(Flow.merge(four.flows))


def look_at(flow: Flow) -> None:
    """See that the flow tells of all processes what happened, and no more."""
    processes = {e.process for e in flow} - {""}
    assert processes == {"web-1", "web-2", "web-3", "web-4", "worker-1"}
    walls = "processes | web-1 | web-2 | web-3 | web-4 | worker-1 |"
    assert walls in " ".join(repr(flow).split())
    assert flow.lanes().svg.count("wall between processes") == 1

    # What everybody was told has its cause in another process.
    shown = next(e for e in flow if "cat.jpg" in str(e.payload) and e.group)
    assert shown.members == 4
    said = [e for e in flow if e.process == "web-3" and e.kind == "send"]
    eve = next(e for e in said if "cat.jpg" in e.payload.get("text", ""))
    assert [(e.kind, e.process) for e in flow.why(eve.seq)] == [
        ("receive", "web-2"),
        ("channel_send", "web-2"),
        ("deliver", "worker-1"),
        ("channel_send", "worker-1"),
        ("deliver", "web-2"),
        ("group_send", "web-2"),
        ("deliver", "web-3"),
        ("send", "web-3"),
    ]

    # The worker had begun with one; nobody took the next; dan was gone.
    begun = [e for e in flow if e.process == "worker-1" and e.handler]
    assert [e.payload["of"] for e in begun] == ["cat", "slow dog"]
    assert begun[-1].ends
    lost = [(e.process, e.type, e.status) for e in flow if e.is_lost]
    assert lost == [
        ("", "picture.make", "undelivered"),
        ("web-4", "chat.message", "undelivered"),
    ]


async def test_workers_share_a_channel_and_end_between_two_messages(
    project: Path, layer: RedisChannelLayer
) -> None:
    with processes(project) as both:
        one, other = both.start_worker("one"), both.start_worker("other")
        numbers = [f"number-{n}" for n in range(10)]
        for of in numbers:
            await layer.send("pictures", {"type": "picture.make", "of": of})
        for of in ("slow one", "slow other"):
            await layer.send("pictures", {"type": "picture.make", "of": of})
        for worker in (one, other):
            await asyncio.to_thread(worker.find, "(begins slow)")
        one.terminate()
        other.interrupt()
        await layer.send("pictures", {"type": "picture.make", "of": "late"})
        for _ in range(2):
            await layer.send("go-on", {"type": "go.on"})
        ends = await asyncio.to_thread(lambda: [one.wait(), other.wait()])
        left = await asyncio.wait_for(layer.receive("pictures"), 5)

    assert [status for status, _ in ends] == [0, 0]
    assert left["of"] == "late"
    made = [
        line.removeprefix("made ")
        for _, said in ends
        for line in said.splitlines()
        if line.startswith("made ")
    ]
    assert sorted(made) == sorted([*numbers, "slow one", "slow other"])
    assert all("The worker has ended" in said for _, said in ends)
