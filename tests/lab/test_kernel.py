"""The lab in a real kernel, where cells can be interrupted and queued."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.kernels import Kernel, start, started
from support.notebooks import strict_nbval, write_notebook

pytestmark = pytest.mark.kernel

SERVE = """
import asyncio
from minichannels.lab import allow_nested, serve

async def echo(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", "text": event["text"]})

server = serve(echo)
ada = await server.connect("/", name="ada")
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as kernel:
        yield kernel


@pytest.fixture(params=["socket", "memory"])
def on_each_wire(
    request: pytest.FixtureRequest, kernel: Kernel
) -> Iterator[None]:
    name = "'MINICHANNELS_WIRE'"
    kernel.run(f"import os; os.environ[{name}] = {request.param!r}")
    yield
    kernel.run(f"del os.environ[{name}]")


@pytest.mark.usefixtures("on_each_wire")
def test_interrupting_a_wait_leaves_the_server_and_the_client(
    kernel: Kernel,
) -> None:
    kernel.run(SERVE)

    raised = kernel.interrupt("print('waiting'); await ada.recv(timeout=60)")

    assert raised in ("CancelledError", "KeyboardInterrupt")
    assert kernel.run("await ada.send('x'); await ada.recv()") == ["'x'"]


def test_interrupting_ends_a_wait_that_is_not_ours(kernel: Kernel) -> None:
    kernel.run(SERVE)

    raised = kernel.interrupt("print('waiting'); await asyncio.Event().wait()")

    assert raised in ("CancelledError", "KeyboardInterrupt")


def test_interrupting_twice_ends_a_cell_that_blocks(kernel: Kernel) -> None:
    kernel.run(SERVE)

    raised = kernel.interrupt_again(
        "import time; await asyncio.sleep(0); print('…'); time.sleep(60)"
    )

    assert raised == "KeyboardInterrupt"
    assert kernel.run("await ada.send('x'); await ada.recv()") == ["'x'"]


def test_interrupting_twice_ends_a_handler_in_memory_that_blocks(
    kernel: Kernel,
) -> None:
    kernel.run("import os; os.environ['MINICHANNELS_WIRE'] = 'memory'")
    kernel.run(
        SERVE,
        "async def blocks(scope, receive, send):\n"
        "    if scope['type'] == 'lifespan': return\n"
        "    await receive(); await send({'type': 'websocket.accept'})\n"
        "    await receive(); print('…')\n"
        "    while True:\n"
        "        try: time.sleep(60)\n"
        "        except Exception: pass\n"
        "import time; other = serve(blocks, 'other')\n"
        "bob = await other.connect(name='bob')",
    )

    raised = kernel.interrupt_again("await bob.send('x'); await other.settle()")

    flow = kernel.run("print(other.flow)")[0]
    kernel.run("other.stop(); del os.environ['MINICHANNELS_WIRE']")
    assert raised in ("CancelledError", "KeyboardInterrupt")
    assert "BrokenOff in blocks, line 6" in flow
    assert "it gave the event loop no turn" in " ".join(flow.split())


def test_interrupting_ends_a_loop_inside_of_the_cells() -> None:
    with started() as kernel:
        kernel.run(SERVE, "allow_nested()")

        raised = kernel.interrupt("print('…'); asyncio.run(asyncio.sleep(60))")

        after = kernel.run("await ada.send('x'); asyncio.run(ada.recv())")
    assert raised == "KeyboardInterrupt"
    assert after == ["'x'"]


def test_a_coroutine_that_a_lesson_shows_says_that_it_was_not_awaited() -> None:
    with started() as kernel:
        kernel.run("from minichannels.lab import begin; lesson = begin('12')")
        shown = kernel.run("lesson.end()", "under_way = lesson.end()")
        kernel.run("import asyncio; task = asyncio.create_task(under_way)")
        begun = kernel.run("await asyncio.sleep(0); under_way")[0]

    assert shown[0].startswith("Nothing of end() has run yet")
    assert begun.startswith("<coroutine object Lesson.end at")


def test_interrupting_ends_any_wait_in_a_lesson() -> None:
    with started() as kernel:
        kernel.run("import asyncio; from minichannels.lab import begin")
        kernel.run("begin('06')")

        raised = kernel.interrupt("print('…'); await asyncio.Event().wait()")

    assert raised in ("CancelledError", "KeyboardInterrupt")


@pytest.mark.usefixtures("on_each_wire")
def test_interrupting_settle_leaves_the_server(kernel: Kernel) -> None:
    kernel.run(
        SERVE,
        "async def slow(scope, receive, send):\n"
        "    if scope['type'] == 'lifespan': return\n"
        "    await receive(); await send({'type': 'websocket.accept'})\n"
        "    await asyncio.Event().wait()\n"
        "other = serve(slow, 'other'); bob = await other.connect()",
    )

    raised = kernel.interrupt(
        "print('waiting'); await other.settle(timeout=60)"
    )

    assert raised in ("CancelledError", "KeyboardInterrupt")
    assert kernel.run("other.stop(); other") == ["<server 'other', stopped>"]


def test_running_a_cell_twice_leaves_one_server(kernel: Kernel) -> None:
    count = (
        "import threading; [thread.name for thread in threading.enumerate()]"
        ".count('minichannels server')"
    )

    assert kernel.run(SERVE, SERVE, count)[-1] == "1"
    assert kernel.run("server.stop()", count)[-1] == "0"


def test_many_live_views_are_told_from_one_thread(kernel: Kernel) -> None:
    # The kernel keeps a socket for each thread that has sent something.
    cell = """
import threading
from minichannels.flow.live.widget import Live

class Noted(Live):
    def send(self, content, buffers=None):
        super().send(content, buffers)
        told.append(threading.current_thread())
        if len(told) >= 100:
            done.set()

told, done = [], threading.Event()
views = [Noted(server.flow.live()._feed) for _ in range(100)]
await ada.send('x')
await ada.recv()
"""
    asked = "done.wait(20), len(set(told)), [each.close() for each in views][0]"

    assert kernel.run(SERVE, cell, asked)[-1] == "(True, 1, None)"


def test_a_cell_may_block(kernel: Kernel) -> None:
    cell = (
        "import websockets.sync.client as blocking\n"
        "with blocking.connect(server.ws_url, proxy=None) as client:\n"
        "    client.send('x'); print(client.recv())"
    )

    assert kernel.run(SERVE, cell)[-1] == "x\n"


def test_queued_cells_with_nested_loops_all_finish(kernel: Kernel) -> None:
    # nbclient and nbval send one cell at a time, and do not see a hang.
    define = "async def f(x):\n    await asyncio.sleep(0.01)\n    return x"
    cells = [f"asyncio.run(f({number}))" for number in range(8)]

    before = kernel.run(SERVE, define, cells[0])[-1]
    after = kernel.run("allow_nested()", *cells, "await f(8)")

    assert "cannot be called from a running event loop" in before
    assert after == ["", *map(str, range(9))]


def test_clients_and_servers_work_with_nested_loops(kernel: Kernel) -> None:
    cells = [
        SERVE,
        "allow_nested()",
        "asyncio.run(ada.send('x')); asyncio.run(ada.recv())",
        "await ada.send('y'); await ada.recv()",
        "asyncio.run(server.settle()); server.stop(); server",
    ]

    assert kernel.run(*cells) == [
        "",
        "",
        "'x'",
        "'y'",
        "<server 'default', stopped>",
    ]


def test_a_kernel_ends_at_once_while_a_server_runs() -> None:
    manager, client = start()
    provisioner: Any = manager.provisioner
    process = provisioner.process
    try:
        Kernel(manager, client).run(SERVE)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()

    # It ended by itself; one that does not is killed after some seconds.
    assert process.returncode == 0


def test_a_notebook_passes_strict_nbval(tmp_path: Path) -> None:
    from minichannels.lab.building import execute  # takes seconds

    home = tmp_path / "home"
    home.mkdir()
    path = write_notebook(
        tmp_path / "lab.ipynb",
        "from minichannels.lab import doctor, serve, show_source\ndoctor()",
        SERVE + "server",
        "await ada.send('hello')\nawait ada.recv()",
        "server.page('/')",
        "show_source(echo)",
        "await ada.recv(timeout=0.1)",
        "await ada.close()\nawait server.settle()\nserver.flow",
        "print(server.flow)\nada",
        "server.stop()",
        cell_6=["raises-exception"],
    )
    assert execute.main([str(path)]) == 0

    passed, said = strict_nbval(path, home)

    assert passed, said
