import subprocess
import sys
import textwrap
from types import ModuleType

import pytest

from minichannels.lab import allow_nested


class Package(ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.applied = 0

    def apply(self) -> None:
        self.applied += 1


def test_allow_nested_makes_asyncio_run_work_on_a_loop() -> None:
    # In a process of its own: the change cannot be taken back.
    program = """
    import asyncio
    from minichannels.lab import allow_nested

    async def inner() -> int:
        await asyncio.sleep(0)
        return 5

    async def outer() -> int:
        allow_nested()
        return asyncio.run(inner())

    print(asyncio.run(outer()))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "5\n"


def test_allow_nested_prefers_the_package_that_does_not_hang(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new, old = Package("nest_asyncio2"), Package("nest_asyncio")
    monkeypatch.setitem(sys.modules, "nest_asyncio2", new)
    monkeypatch.setitem(sys.modules, "nest_asyncio", old)

    allow_nested()

    assert (new.applied, old.applied) == (1, 0)


def test_allow_nested_warns_of_the_package_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = Package("nest_asyncio")
    monkeypatch.setitem(sys.modules, "nest_asyncio2", None)
    monkeypatch.setitem(sys.modules, "nest_asyncio", old)

    with pytest.warns(UserWarning, match="pip install nest-asyncio2"):
        allow_nested()

    assert old.applied == 1


def test_allow_nested_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "nest_asyncio2", None)
    monkeypatch.setitem(sys.modules, "nest_asyncio", None)

    with pytest.raises(ImportError, match=r"minichannels\[lab\]"):
        allow_nested()
