import sys
from contextvars import ContextVar, copy_context
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.flow import Journal, Recorder
from minichannels.flow.recording.clients import cells
from minichannels.flow.recording.clients.names import ClientEnd
from minichannels.types import Message, Receive, Scope, Send

SCOPE = {"type": "websocket", "path": "/", "client": ("127.0.0.1", 50000)}


class Shell:
    """A kernel's shell, as far as cells are concerned."""

    def __init__(self) -> None:
        self.last = "cell 1"
        self._own: ContextVar[str] = ContextVar("cell")

    def get_parent(self) -> str:
        return self._own.get(self.last)

    def set_thread_parent(self, cell: str) -> None:
        self._own.set(cell)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell()
    has(monkeypatch, shell)
    monkeypatch.setattr(cells, "_shell", shell)
    return shell


def has(monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr(cells, "_shell", None)  # and afterwards as it was


@pytest.mark.parametrize("shell", [None, object()])
def test_here_is_nowhere_in_a_process_without_cells(
    monkeypatch: pytest.MonkeyPatch, shell: Any
) -> None:
    has(monkeypatch, shell)

    cells.look()

    assert cells.current_cell() is cells.last_cell() is None


def test_here_is_nowhere_without_ipython(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.setattr(cells, "_shell", object())

    cells.look()

    assert cells.current_cell() is None


def test_look_finds_a_kernels_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, Shell())

    cells.look()

    assert cells.current_cell() == "cell 1"


def test_output_to_a_cell_is_for_one_context_alone(shell: Shell) -> None:
    context = copy_context()

    context.run(cells.output_to, "cell 2")

    assert context.run(cells.current_cell) == "cell 2"
    assert context.run(cells.last_cell) == cells.current_cell() == "cell 1"


def test_output_to_no_cell_changes_nothing(shell: Shell) -> None:
    cells.output_to(None)

    assert cells.current_cell() == "cell 1"


def test_end_says_for_each_event_the_cell_that_it_comes_from(
    shell: Shell,
) -> None:
    end = ClientEnd("ada")
    for shell.last in ("cell 2", "cell 3", "cell 4", "cell 5"):
        end.acts()

    assert end.first_cell() == "cell 2"
    assert end.act_of("websocket.connect")[0] == "cell 2"
    assert end.act_of("websocket.receive")[0] == "cell 3"
    assert end.act_of("websocket.disconnect")[0] == "cell 5"


def test_end_says_when_each_event_was_done(shell: Shell) -> None:
    end = ClientEnd("ada")
    end.acts()
    end.acts()
    end.leaves()
    left = end.left
    end.acts()
    end.leaves()  # as its line is told, too

    connected, left_at = (
        end.act_of(f"websocket.{event}")[1]
        for event in ("connect", "disconnect")
    )
    assert 0 < connected < left_at == left == end.left


def test_end_does_not_say_when_it_left_if_the_server_was_first() -> None:
    assert ClientEnd("ada").act_of("websocket.disconnect")[1] == 0


async def test_recorder_has_output_go_to_the_cell_that_sent(
    shell: Shell,
) -> None:
    shown = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(3):
            shown.append(shell.get_parent())
            await receive()
        shown.append(shell.get_parent())

    journal = Journal()
    inner = Recorder(application, journal)
    recorder = Recorder(inner)  # the one outside knows
    link = recorder.expect(("127.0.0.1", 50000), "ada")
    shell.last = "cell 2"
    link.acts()
    shell.last = "cell 3"

    async def receive() -> Message:
        return {"type": "websocket.receive", "text": ""}

    async def send(message: Message) -> None:
        raise AssertionError

    await recorder(SCOPE, receive, send)

    assert shown == ["cell 1", "cell 1", "cell 2", "cell 3"]
