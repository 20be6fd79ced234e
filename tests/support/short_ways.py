"""Which ways are taken where some messages go a short one."""

from types import ModuleType
from typing import Any

import pytest


def taken_ways(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, *names: str
) -> list[str]:
    """Return where is noted what goes the short way.

    Args:
        monkeypatch: puts all back at the end of the test.
        module: that of the short way.
        names: its functions; each returns None for what goes the long way.
    """
    taken: list[str] = []
    for name in names:
        way = getattr(module, name)

        def noted(*given: Any, name: str = name, way: Any = way) -> Any:
            result = way(*given)
            taken.extend([name] * (result is not None))
            return result

        monkeypatch.setattr(module, name, noted)
    return taken
