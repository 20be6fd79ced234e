import asyncio
import sys

import pytest

from minichannels.lab.beyond import irc_server as irc_server_module
from minichannels.lab.beyond.held import stop_held
from minichannels.lab.beyond.irc_server import irc_server
from support.irc_servers import user


async def test_irc_server_hands_on_what_users_say_and_ends_at_once() -> None:
    with irc_server() as server:
        async with (
            user(server.url, "ada", "#lobby") as ada,
            user(server.url, "bob", "#lobby") as bob,
        ):
            ada.say("hi", "#lobby")
            assert await bob.heard() == "hi"
            running = repr(server)
            server.stop()
            with pytest.raises(asyncio.IncompleteReadError):
                await bob.next("PRIVMSG")

    assert running == f"<IrcServer {server.url}>"
    assert repr(server) == f"<IrcServer {server.url}, stopped>"


async def test_irc_server_cuts_off_who_sends_nonsense_and_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with irc_server() as server:
        async with user(server.url, "ada") as ada:
            ada._writer.write(b"PRIVMSG bob :\xff\r\n")
            with pytest.raises(
                (asyncio.IncompleteReadError, ConnectionResetError)
            ):
                await ada.next("PRIVMSG")
        async with user(server.url, "bob"):
            stop_held()

    assert capsys.readouterr().err == ""


def test_irc_server_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "irc.server", None)

    with pytest.raises(ImportError, match=r'"minichannels\[beyond\]"'):
        irc_server()


async def test_user_of_cells_hears_what_is_said_to_it_alone() -> None:
    with irc_server() as server:
        ada, bob = [await server.connect(name) for name in ("ada", "bob")]
        await ada.send("to the room")
        await ada.send("to bob", to="bob")

        assert await bob.recv() == "to bob"


async def test_user_who_connects_again_is_there_once() -> None:
    with irc_server() as server:
        for _ in range(2):
            ada = await server.connect("ada")
        bob = await server.connect("bob")
        await bob.send("hi", to="ada")

        assert await ada.recv() == "hi"


async def test_name_of_a_program_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Long enough to ask for the name once more.
    monkeypatch.setattr(irc_server_module, "LIMIT", 0.5)
    with irc_server() as server:
        async with user(server.url, "bot"):
            with pytest.raises(TimeoutError, match="bot could not join #lobby"):
                await server.connect("bot")
