import asyncio
import socket
import sys
import threading

import pytest

from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import Transcript, begin, serve
from minichannels.lab.notebook import lesson as notebook_lesson
from minichannels.layers import get_channel_layer
from support.lab import both_wires

THREAD = "minichannels.lab.transport.uvicorn_thread"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the end of a lesson wait for nothing that is going."""
    monkeypatch.setattr(notebook_lesson, "LOOKS", 1)


async def test_begin_says_which_lesson_begins() -> None:
    lesson = begin("07")

    assert repr(lesson) == "Lesson 07 begins."
    await lesson.end()


@both_wires
async def test_begin_stops_the_servers_of_an_earlier_run() -> None:
    server = serve(AsyncWebsocketConsumer.as_asgi())

    lesson = begin("07")

    assert repr(server) == "<server 'default', stopped>"
    await lesson.end()


async def test_begin_forgets_the_groups_of_an_earlier_run() -> None:
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_add("chat", "ghost")

    lesson = begin("07")

    assert get_channel_layer() is not layer
    await lesson.end()


@both_wires
async def test_end_puts_servers_and_clients_away() -> None:
    lesson = begin("07")
    server = serve(AsyncWebsocketConsumer.as_asgi())
    ada = await server.connect("/", name="ada")

    said = await lesson.end()

    assert repr(said) == (
        "All put away: no server, client, task, thread, socket or group member"
        " is left."
    )
    assert ada.close_code is not None
    assert server.clients == []


async def test_end_hangs_up_what_a_failed_cell_has_left() -> None:
    left: list[bytes] = []
    hung_up = asyncio.Event()

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        left.append(await reader.read())
        writer.close()
        hung_up.set()

    lesson = begin("03")
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    wire = Transcript(AsyncWebsocketConsumer.as_asgi())
    await wire.connect(server)
    server.close()

    await lesson.end()

    await hung_up.wait()
    assert left == [b""]


@both_wires
async def test_end_waits_for_clients_of_a_server_that_was_stopped() -> None:
    lesson = begin("07")
    server = serve(AsyncWebsocketConsumer.as_asgi())
    ada = await server.connect("/", name="ada")

    server.stop()
    await lesson.end()

    assert ada.close_code is not None


@pytest.mark.usefixtures("impatient")
async def test_end_names_a_task_that_is_left() -> None:
    lesson = begin("07")
    task = asyncio.create_task(asyncio.Event().wait(), name="forgotten")
    await asyncio.sleep(0)  # one turn of the loop, so that it has begun

    with pytest.raises(AssertionError, match=r"behind: the task forgotten;"):
        await lesson.end()

    task.cancel()


@pytest.mark.usefixtures("impatient")
async def test_end_names_a_task_without_a_name_by_its_function() -> None:
    async def counter() -> None:
        await asyncio.Event().wait()

    lesson = begin("07")
    task = asyncio.create_task(counter())
    await asyncio.sleep(0)  # one turn of the loop, so that it has begun

    with pytest.raises(AssertionError, match=r"the task .*counter;"):
        await lesson.end()

    task.cancel()


@pytest.mark.usefixtures("impatient")
async def test_end_names_a_thread_that_is_left() -> None:
    lesson = begin("07")
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="forgotten")
    thread.start()

    with pytest.raises(AssertionError, match="the thread 'forgotten'"):
        await lesson.end()

    done.set()
    thread.join()


@pytest.mark.usefixtures("impatient")
async def test_end_names_the_thread_of_a_server_that_a_handler_blocks(
    impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_lesson, "PATIENCE", 0.1)
    monkeypatch.setattr(f"{THREAD}.PATIENCE", 0.1)
    over, blocked = threading.Event(), threading.Event()

    class Endless(AsyncWebsocketConsumer):
        async def receive(self, text_data: str) -> None:  # type: ignore[override]
            blocked.set()
            over.wait()

    lesson = begin("07")
    ada = await serve(Endless.as_asgi()).connect("/", name="ada")
    await ada.send("hi")
    await asyncio.to_thread(blocked.wait)

    with (
        pytest.warns(RuntimeWarning, match="blocked by its application"),
        pytest.raises(AssertionError) as told,
    ):
        await lesson.end()

    assert "leaves something behind" in str(told.value)
    assert "the thread 'minichannels server'" in str(told.value)
    assert "ends with Kernel, Restart" in str(told.value)
    over.set()
    await ada.wait_closed()


async def test_end_names_a_socket_that_is_left() -> None:
    lesson = begin("07")

    with socket.create_server(("127.0.0.1", 0)) as left:
        port = left.getsockname()[1]
        named = rf"a socket \(listen\) of port {port};"
        with pytest.raises(AssertionError, match=named):
            await lesson.end()


@pytest.mark.usefixtures("impatient")
async def test_end_names_a_group_with_members_that_are_left() -> None:
    lesson = begin("07")
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_add("chat", "ghost")

    with pytest.raises(AssertionError, match="1 in the group 'chat'"):
        await lesson.end()

    await layer.group_discard("chat", "ghost")


async def test_end_forgives_what_was_there_at_the_beginning() -> None:
    with socket.create_server(("127.0.0.1", 0)):
        lesson = begin("07")

        said = await lesson.end()

    assert said.startswith("All put away")


@pytest.mark.usefixtures("impatient")
async def test_end_forgives_connections_to_ports_of_jupyter() -> None:
    with socket.create_server(("127.0.0.1", 0)) as jupyter:
        lesson = begin("07")
        with socket.create_connection(jupyter.getsockname()) as front:
            ports = front.getsockname()[1], jupyter.getsockname()[1]
            back, _ = jupyter.accept()
            with back, pytest.raises(AssertionError) as raised:
                await lesson.end()
            front.shutdown(socket.SHUT_RDWR)

    # Only the end that is not at a port of Jupyter's.
    assert str(raised.value).count("a socket") == 1
    assert "of port {} to port {}".format(*ports) in str(raised.value)


async def test_a_lesson_ends_without_psutil(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    lesson = begin("07")

    with socket.create_server(("127.0.0.1", 0)):  # nobody sees it
        said = await lesson.end()

    assert said.startswith("All put away")
