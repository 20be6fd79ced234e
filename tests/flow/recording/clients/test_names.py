"""What clients are called that nobody has announced."""

from typing import Any

from minichannels.flow import Recorder
from minichannels.flow.recording.clients.names import (
    STRANGERS,
    ClientEnd,
    ClientNames,
)
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Receive, Scope, Send

BROWSER = [(b"user-agent", b"Mozilla/5.0 (a) Chrome")]


def scope(kind: str, *, port: int = 1, headers: Any = BROWSER) -> Any:
    return {"type": kind, "client": ("::1", port), "headers": headers}


def link(names: ClientNames, scope: Any) -> ClientEnd:
    return names.link(scope, dict(scope["headers"]))


def test_sockets_of_a_browser_have_numbers_while_they_are_open() -> None:
    names = ClientNames()
    page = link(names, scope("http"))
    sockets = [link(names, scope("websocket", port=n)) for n in (2, 3)]

    sockets[0].over.set_result(None)
    again = link(names, scope("websocket", port=4))

    called = [end.name for end in (page, *sockets, again)]
    assert called == ["browser#1", "browser#1", "browser#1.2", "browser#1"]


def test_programs_are_known_by_their_sockets() -> None:
    names = ClientNames()

    links = [
        link(names, scope("http", port=port, headers=[])) for port in (1, 2, 1)
    ]

    assert [end.name for end in links] == [
        *("browser#1", "browser#2", "browser#1")
    ]


def test_a_program_that_logs_in_keeps_its_name() -> None:
    names, httpx = ClientNames(), (b"user-agent", b"python-httpx/1")
    before = link(names, scope("http", headers=[httpx]))
    before.given([(b"content-length", b"0")])
    before.given([(b"set-cookie", b"sid=0123456789abcdef; HttpOnly")])
    shown = (b"cookie", b"sid=0123456789abcdef")

    after = link(names, scope("websocket", port=2, headers=[httpx, shown]))

    assert [before.name, after.name] == ["browser#1", "browser#1"]


def test_name_that_stands_in_a_scope_comes_first() -> None:
    names = ClientNames(lambda scope: "ada" if scope["client"][1] == 1 else "")

    assert link(names, scope("websocket")).name == "ada"
    assert link(names, scope("websocket", port=2)).name == "browser#1"


async def test_browser_is_the_same_before_and_after_it_got_a_cookie() -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        cookie = (b"set-cookie", b"sid=0123456789abcdef; HttpOnly")
        if scope["type"] == "http":
            start = {"type": "http.response.start", "status": 200}
            await send({**start, "headers": [cookie]})
            await send({"type": "http.response.body"})
        else:
            await send({"type": "websocket.accept", "headers": [cookie]})
            await receive()

    async def page(*headers: tuple[bytes, bytes]) -> None:
        asking = HttpCommunicator(recorder, "GET", "/", headers=headers)
        asking.scope["client"] = ("::1", 1)
        await asking.get_response()

    async def socket(*headers: tuple[bytes, bytes]) -> None:
        client = WebsocketCommunicator(recorder, "/", headers)
        client.scope["client"] = ("::1", 2)
        await client.connect()
        await client.disconnect()

    recorder = Recorder(site)
    cookie = (b"cookie", b"theme=dark; sid=0123456789abcdef")
    await page(*BROWSER)
    await socket(*BROWSER, cookie)
    await page(*BROWSER)  # by another one, which has none yet
    await socket((b"user-agent", b"curl/8"), cookie)

    names = {e.connection: e.client for e in recorder.journal.line_up()}
    assert list(names.values()) == [
        *("browser#1", "browser#1", "browser#2", "browser#3")
    ]


def test_who_asks_the_same_again_is_known_and_held_once() -> None:
    names = ClientNames()
    who, kept, _ = names.who(scope("http"))
    same = names.who(scope("http"))
    assert (same[0] is who, same[1] is kept) == (True, True)


def test_who_asks_for_something_else_is_known_too() -> None:
    names = ClientNames()
    first = names.who(scope("http", headers=[]) | {"path": "/a"})
    other = names.who(scope("http", headers=[]) | {"path": "/b"})
    assert first[0] == other[0] == ("browser#1", False)
    assert other[1]["path"] == "/b"


def test_who_was_given_a_cookie_meanwhile_is_asked_anew() -> None:
    names = ClientNames()
    who, kept, _ = names.who(scope("http"))
    end = names.end_of(who, kept)
    end.given([(b"set-cookie", b"sid=0123456789abcdef")])

    again, *_ = names.who(scope("http"))

    assert (end.name, names.end_of(again, kept).name) == (
        *("browser#1", "browser#2"),
    )


def test_behind_a_websocket_an_address_is_somebody_elses() -> None:
    names = ClientNames()
    asked = scope("http", headers=[])
    first, *_ = names.who(asked)
    link(names, scope("websocket", headers=[]))
    second, *_ = names.who(asked)
    assert [first, second] == [("browser#1", False), ("browser#2", False)]


def test_whose_address_is_not_known_is_somebody_else_each_time() -> None:
    names = ClientNames()
    asked = scope("http", headers=[]) | {"client": None}
    found = [names.who(asked)[0] for _ in range(2)]
    assert found == [("browser#1", False), ("browser#2", False)]


def test_whose_name_a_rule_finds_is_asked_each_time() -> None:
    called = iter(["ada", "bob"])
    names = ClientNames(lambda scope: next(called))
    found = [names.who(scope("http"))[0] for _ in range(2)]
    assert found == [("ada", True), ("bob", True)]


def test_of_addresses_as_many_are_remembered_as_are_told_apart() -> None:
    names: Any = ClientNames()
    for port in range(3 * STRANGERS):
        names.who(scope("http", port=port))
        assert len(names._again) <= STRANGERS + 1


def test_who_asks_on_keeps_its_name_however_many_come() -> None:
    names = ClientNames()
    found = set()
    for port in range(2, 2 * STRANGERS):
        found.add(names.who(scope("http", headers=[]))[0])
        names.who(scope("http", port=port, headers=[]))
    assert found == {("browser#1", False)}


def test_who_turns_out_to_be_another_one_is_asked_for_again() -> None:
    names = ClientNames()
    one, other = (b"a=0123456789abcdef", b"b=0123456789abcdef")
    asked = [
        scope("http", port=port, headers=[*BROWSER, (b"cookie", cookie)])
        for port, cookie in enumerate([one, other, one + b";" + other])
    ]
    found: list[Any] = [names.who(each)[0] for each in [*asked, asked[1]]]
    assert [who.name for who in found] == [
        *("browser#1", "browser#2", "browser#1", "browser#1")
    ]
