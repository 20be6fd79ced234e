"""What clients are called that nobody has announced."""

from typing import Any

from minichannels.flow.recording.application.clients import ClientNames

BROWSER = [(b"user-agent", b"Mozilla/5.0 (a) Chrome")]


def scope(kind: str, *, port: int = 1, headers: Any = BROWSER) -> Any:
    return {"type": kind, "client": ("::1", port), "headers": headers}


def test_sockets_of_a_browser_have_numbers_while_they_are_open() -> None:
    names = ClientNames()
    page = names.link(scope("http"))
    sockets = [names.link(scope("websocket", port=n)) for n in (2, 3)]

    sockets[0].over.set_result(None)
    again = names.link(scope("websocket", port=4))

    called = [link.name for link in (page, *sockets, again)]
    assert called == ["browser#1", "browser#1", "browser#1.2", "browser#1"]


def test_programs_are_known_by_their_sockets() -> None:
    names = ClientNames()

    links = [
        names.link(scope("http", port=port, headers=[])) for port in (1, 2, 1)
    ]

    assert [link.name for link in links] == [
        *("browser#1", "browser#2", "browser#1")
    ]


def test_name_that_stands_in_a_scope_comes_first() -> None:
    names = ClientNames()
    names.name_from = lambda scope: "ada" if scope["client"][1] == 1 else ""

    assert names.link(scope("websocket")).name == "ada"
    assert names.link(scope("websocket", port=2)).name == "browser#1"
