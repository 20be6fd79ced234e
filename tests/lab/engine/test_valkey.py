import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from minichannels.lab import begin, valkey
from minichannels.lab.engine import valkey as module
from minichannels.lab.engine.engine import answers
from minichannels.lab.engine.valkey import let_go
from support.engines import (
    kernel,
    kill_all_in,
    servers_in,
    wait_until_none_in,
)

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Valkey is not for Windows"
)


def test_valkey_says_how_to_use_it() -> None:
    engine = valkey()

    assert repr(engine) == (
        "Valkey runs: a real server, behind a socket that only you can open."
        " A layer on it, in any notebook: RedisChannelLayer(hosts=valkey()"
        ".hosts)"
    )
    assert engine.hosts == [engine.url]


def test_process_that_is_forked_lets_go_for_itself_alone() -> None:
    program = """if True:
        import os
        from minichannels.lab import valkey
        from minichannels.lab.engine.valkey import let_go
        engine = valkey()
        if not os.fork():
            assert valkey().running
            let_go()
            os._exit(0)
        _, status = os.wait()
        engine.start()
        raise SystemExit(status or not engine.running)
    """
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_valkey_that_is_stopped_says_so() -> None:
    engine = valkey()

    engine.stop()

    assert repr(engine) == (
        "Valkey is stopped, and what it held is gone; .start() starts it again,"
        " empty"
    )


def test_valkey_runs_again_where_it_was() -> None:
    engine = valkey()
    url = engine.url
    engine.stop()

    assert valkey() is engine
    assert engine.url == url
    assert engine.running


def test_no_server_is_left_after_the_last_kernel_a_killed_one_included() -> (
    None
):
    with kernel() as first, kernel() as second:
        assert first.stdout is not None
        assert second.stdout is not None
        folder = first.stdout.readline().strip()
        assert second.stdout.readline().strip() == folder
        first.communicate("\n")
        assert first.returncode == 0
        assert len(servers_in(folder)) == 1
        assert answers(f"unix://{folder}/valkey")
        second.kill()

    wait_until_none_in(folder)
    assert not os.path.exists(folder)


def test_valkey_makes_another_when_its_guard_is_gone() -> None:
    lost = valkey()
    kill_all_in(lost.place)

    with pytest.warns(RuntimeWarning, match="Layers .* are cut off"):
        found = valkey()

    assert found.url != lost.url
    assert found.running


def remove_socket(place: str) -> None:
    os.unlink(f"{place}/valkey")


def kill_server(place: str) -> None:
    (server,) = servers_in(place)
    os.kill(server, signal.SIGKILL)
    while answers(f"unix://{place}/valkey"):
        pass


@pytest.mark.parametrize("lose", [remove_socket, kill_server])
def test_server_that_cannot_be_reached_is_started_again(
    lose: Callable[[str], None],
) -> None:
    engine = valkey()
    lose(engine.place)
    assert not answers(engine.url)

    with pytest.warns(RuntimeWarning, match="What it held is gone"):
        assert valkey() is engine

    assert engine.running
    assert len(servers_in(engine.place)) == 1


def test_second_notebook_finds_the_server_whose_socket_was_removed() -> None:
    engine = valkey()
    remove_socket(engine.place)

    with kernel() as second:
        assert second.stdout is not None
        assert second.stdout.readline().strip() == engine.place
        assert engine.running


def remove_folder(place: str) -> None:
    shutil.rmtree(place)


def remove_door(place: str) -> None:
    os.unlink(f"{place}/guard")


@pytest.mark.parametrize("lose", [remove_folder, remove_door])
def test_server_that_nobody_finds_any_more_ends(
    lose: Callable[[str], None],
) -> None:
    lost = valkey()
    lose(lost.place)

    with pytest.warns(RuntimeWarning, match="Layers .* are cut off"):
        found = valkey()

    assert found.place != lost.place
    assert found.running
    assert servers_in(lost.place) == []
    assert valkey() is found


def test_home_that_is_removed_is_made_again(home: Path) -> None:
    engine = valkey()
    shutil.rmtree(home)

    assert valkey() is engine
    with kernel() as second:
        assert second.stdout is not None
        assert second.stdout.readline().strip() == engine.place


def test_lock_that_is_removed_harms_nothing(home: Path) -> None:
    engine = valkey()
    for lock in home.glob("valkey-*.lock"):
        lock.unlink()

    assert valkey() is engine


def test_kernel_moves_to_where_the_others_are(home: Path) -> None:
    first = valkey()
    shutil.rmtree(home)  # so the second one finds no first
    with kernel() as second:
        assert second.stdout is not None
        place = second.stdout.readline().strip()
        assert place != first.place

        with pytest.warns(RuntimeWarning, match="where the others are"):
            assert valkey().place == place

        assert servers_in(first.place) == []


@pytest.mark.parametrize("end", [True, False])
async def test_lessons_let_go(end: bool) -> None:
    lesson = begin("10")
    engine = valkey()

    if end:
        await lesson.end()
    else:
        begin("10")

    assert servers_in(engine.place) == []


def test_let_go_of_nothing_is_fine() -> None:
    let_go()

    assert module._held == []


def test_file_of_another_time_harms_nothing(home: Path) -> None:
    valkey()
    let_go()
    (file,) = home.glob("valkey-*.txt")
    file.write_bytes(b"\xff" + json.dumps({"a": 1}).encode())

    assert valkey().running


def test_home_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MINICHANNELS_HOME", str(tmp_path / "file"))

    with pytest.raises(OSError, match="set MINICHANNELS_HOME to a folder"):
        valkey()


def test_browser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")

    with pytest.raises(ImportError, match="a kernel in a browser"):
        valkey()


def test_windows_has_a_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")

    engine = valkey()

    assert "simulated by fakeredis" in repr(engine)
