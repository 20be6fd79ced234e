import asyncio
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.draw import Draw, draws
from minichannels.lab.checking.stage.layers import in_place
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.stage import Stage
from minichannels.lab.checking.stage.steps import ScenarioStep
from minichannels.layers import InMemoryChannelLayer, get_channel_layer


async def test_layer_of_the_notebook_refuses_what_is_played() -> None:
    notebooks = InMemoryChannelLayer()

    async def learners(layer: Any) -> None:
        await layer.send("letters", {"type": "letter"})

    stage = Stage(Crew())
    with in_place(stage.layer):
        await asyncio.create_task(stage.call("f(layer)", learners, stage.layer))
        with pytest.raises(Unsolved) as raised:
            await asyncio.create_task(stage.call("f()", learners, notebooks))
        await learners(notebooks)  # nobody's but the notebook's own

    assert raised.value.key == "other layer"
    assert len(stage.of("channel_send")) == 1
    assert (await notebooks.receive("letters"))["type"] == "letter"


def test_layer_has_no_name_that_nobody_has_seen() -> None:
    layer: Any = Stage(Crew()).layer

    assert repr(layer) == "<the channel layer of this check>"
    with pytest.raises(AttributeError, match="the channel layer has no"):
        _ = layer.group_remove


async def test_consumer_that_asks_for_its_layer_gets_the_stage_s() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        layer: Any = get_channel_layer()
        await layer.group_add("a", "b")
        await send({"type": "websocket.close"})

    stage = Stage(Crew())
    stage.put_on(app)
    with in_place(stage.layer):
        await stage.knock("/", "ada")

    assert [event.group for event in stage.of("join")] == ["a"]


@pytest.mark.parametrize(
    ("error", "key"),
    [(KeyError("b"), "no b"), (KeyError("c"), "no key"), (OSError(), "other")],
)
async def test_words_of_an_error_choose_its_text(
    error: Exception, key: str
) -> None:
    def raises() -> None:
        raise error

    stage = Stage(Crew())
    meaning = stage.meaning({"KeyError: 'b'": "no b", "KeyError": "no key"})
    with pytest.raises(Unsolved) as raised, meaning:
        await stage.call("f()", raises)

    assert raised.value.key == {"other": "raised in call"}.get(key, key)


async def test_clients_send_while_the_other_s_handler_is_under_way() -> None:
    order = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        layer: Any = get_channel_layer()
        await receive()
        await send({"type": "websocket.accept"})
        text = (await receive())["text"]
        order.append(f"{text} begins")
        await layer.group_send("a", {"type": "b"})
        order.append(f"{text} ends")
        await receive()

    stage = Stage(Crew())
    stage.put_on(app)
    with in_place(stage.layer):
        ada = await stage.connect("/", "ada")
        bob = await stage.connect("/", "bob")
        await stage.send_at_once((ada, "tea"), (bob, "cake"))

    assert order == ["tea begins", "cake begins", "tea ends", "cake ends"]
    assert stage.steps.told().endswith(
        'Then ada sent `"tea"`. At the same moment bob sent `"cake"`.'
    )


async def greeter(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def test_clients_are_of_one_machine_and_a_port_is_used_again() -> None:
    stage = Stage(Crew())
    stage.put_on(greeter)
    with in_place(stage.layer):
        ada = await stage.connect("/", "ada")
        bob = await stage.connect("/", "bob")
        await stage.close(ada)
        eve = await stage.connect("/", "eve")

    hosts = {client.scope["client"][0] for client in (ada, bob, eve)}
    assert hosts == {"127.0.0.1"}
    assert ada.port == eve.port != bob.port


async def test_scope_of_a_client_has_what_is_added_and_the_steps_say_it() -> (
    None
):
    stage = Stage(Crew())
    stage.put_on(greeter)
    session = {"user": "ada"}
    header = (b"accept-language", b"de")

    added = {"user": "ada", "session": session, "tables": 2}
    ada = await stage.connect("/a", "ada", **added)
    await stage.connect("/a", "bob")
    carl = await stage.knock("/b", "carl", headers=[header])
    stage.steps.add(ScenarioStep("struck off", "ada"))

    assert ada.scope["session"] is session
    assert carl.scope["headers"][-1] == header
    assert len(carl.scope["headers"]) == len(ada.scope["headers"]) + 1
    assert stage.steps.told() == (
        """I connected ada to `/a`, with `'ada'` as `scope["user"]` and"""
        """ `2` as `scope["tables"]`."""
        " I connected bob to `/a`."
        " I connected carl to `/b`, with the header `accept-language: de`."
        " Then I struck ada off the list of users."
    )


async def test_clients_knock_while_the_other_is_not_answered_yet() -> None:
    order = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        order.append(scope["path"])
        await greeter(scope, receive, send)
        order.append(scope["path"])

    stage = Stage(Crew())
    stage.put_on(app)

    clients = await stage.knock_at_once(("/a", "ada"), ("/b", "bob"))

    assert order[:2] == ["/a", "/b"]
    assert all(client.accepted for client in clients)
    assert stage.steps.told() == (
        "I connected ada to `/a`. At the same moment I connected bob to `/b`."
    )


async def test_steps_tell_numbered_news_in_one_sentence_each() -> None:
    stage = Stage(Crew())
    with in_place(stage.layer):
        for number in (1, 2, 5):
            await stage.group_send("news", {"type": "item"}, number)
        again = [("desk", n, {"type": "item", "number": n}) for n in (3, 4)]
        await stage.answer(again)
        await stage.group_send("chat", {"type": "item"}, 1)
        await stage.group_send("news", {"type": "item"})
        received = [await stage.layer.receive("desk") for _ in again]

    assert [message["number"] for message in received] == [3, 4]
    assert stage.steps.told() == (
        "I sent the news 1, 2 and 5 to the group `news`."
        " Then I sent the news 3 and 4 to the channel that had asked."
        " Then I sent the news 1 to the group `chat`."
        " Then I sent `{'type': 'item'}` to the group `news`."
    )


async def test_stage_tells_what_all_clients_got_in_turns_before_too() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": scope["path"]})

    heard = []
    for draw, path in zip(draws(1), ("/a", "/b"), strict=False):
        stage = Stage(Crew(), draw)
        stage.put_on(app)
        await stage.knock(path, "ada")
        await stage.knock(f"{path}/b", "bob")
        await stage.end()
        heard.append(stage.heard)

    assert heard == [["/a", "/a/b"], ["/a", "/a/b", "/b", "/b/b"]]


async def test_client_leaves_with_a_goodbye_or_as_it_is_drawn() -> None:
    told = []
    for turn in range(4):
        stage = Stage(Crew(), Draw(turn))
        stage.put_on(greeter)
        with in_place(stage.layer):
            await stage.close(await stage.connect("/", "ada"))
        told.append(stage.steps.told())

    assert told[0].endswith("Then ada closed the connection.")
    assert told[1].endswith("Then ada was gone, with code 1006.")
    assert told[1].startswith("With the example your code did")
    assert {text.rpartition(" ")[2] for text in told[1:]} == {
        "1006.",
        "1001.",
        "1005.",
    }


async def test_all_clients_leave_in_the_end_and_nothing_of_it_is_judged() -> (
    None
):
    gone = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await greeter(scope, receive, send)
        gone.append(scope["path"])
        raise KeyError

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})

    stage = Stage(Crew())
    stage.put_on(app)
    await stage.connect("/a", "ada")
    await stage.connect("/b", "bob")
    stage.put_on(refusing)
    await stage.knock("/c", "eve")
    before = stage.events

    await stage.end()

    assert gone == ["/a", "/b"]
    assert stage.events == before


async def test_client_may_be_refused_with_a_response() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        start = {"type": "websocket.http.response.start", "status": 404}
        await send(start)
        await send({"type": "websocket.http.response.body"})

    stage = Stage(Crew())
    stage.put_on(app)
    with in_place(stage.layer):
        ada = await stage.knock("/", "ada")

    assert ada.closed
    assert not ada.accepted


async def test_mailboxes_hold_what_a_scenario_says() -> None:
    stage = Stage(Crew())
    stage.limit_mailboxes(1)

    await stage.layer.send("a", {"type": "b"})
    with pytest.raises(ChannelFull):
        await stage.layer.send("a", {"type": "b"})


async def test_lately_is_what_came_since_the_last_step() -> None:
    async def sends(layer: Any, channel: str) -> None:
        await layer.send(channel, {"type": "letter"})

    stage = Stage(Crew())
    await stage.call("f()", sends, stage.layer, "first")
    await stage.call("f()", sends, stage.layer, "second")

    assert [e.member for e in stage.of("channel_send")] == ["first", "second"]
    assert [e.member for e in stage.lately("channel_send")] == ["second"]
    assert not stage.lately("channel_send", member="first")


async def test_who_reads_a_mailbox_has_a_turn_between_two_messages() -> None:
    stage = Stage(Crew())
    stage.limit_mailboxes(1)
    reading = asyncio.create_task(stage.layer.receive("a"))

    await stage.layer.send("a", {"type": "first"})
    await stage.layer.send("a", {"type": "second"})

    assert (await reading)["type"] == "first"


async def test_worker_serves_a_channel_until_the_scenario_ends() -> None:
    ended = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        layer: Any = get_channel_layer()
        try:
            while True:
                job = await receive()
                await layer.send(job["back"], {"type": scope["channel"]})
        except asyncio.CancelledError:
            ended.append(scope["type"])
            raise

    stage = Stage(Crew())
    stage.put_on(app)
    with in_place(stage.layer):
        await stage.work("jobs")
        await stage.put("jobs", {"type": "job", "back": "reply"})
        answer = await stage.layer.receive("reply")
        await stage.end()
        await asyncio.gather(*stage._server._tasks, return_exceptions=True)

    assert answer == {"type": "jobs"}
    assert ended == ["channel"]
    assert stage.heard == []
    assert stage.steps.told() == (
        "I had a worker serve the channel `jobs` with your consumer."
        " Then I sent `{'type': 'job', 'back': 'reply'}` to the channel `jobs`."
    )


async def test_worker_has_no_client() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(await receive())

    stage = Stage(Crew())
    stage.put_on(app)
    with in_place(stage.layer):
        await stage.work("jobs")
        with pytest.raises(Unsolved) as raised:
            await stage.put("jobs", {"type": "job"})

    assert raised.value.key == "no client"
    assert "behind a worker there is no client" in str(raised.value.raised)


async def test_stage_puts_on_another_of_a_consumer_or_the_same_again() -> None:
    class Greeter(AsyncWebsocketConsumer):
        def __init__(self, word: str) -> None:
            super().__init__()
            self.word = word

        async def connect(self) -> None:
            await self.accept()
            await self.send(self.word)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})

    stage = Stage(Crew())
    stage.put_on(app)
    stage.put_on_another(word="bye")
    bob = await stage.knock("/", "bob")
    stage.put_on(Greeter.as_asgi(word="hi"))
    stage.put_on_another(word="bye")
    ada = await stage.connect("/", "ada")

    assert bob.closed
    assert ada.heard == ["bye"]
