"""A bridge is there for whoever names it, and for nobody else."""

import importlib
import sys

import pytest

from support.rooms import OURS, arrows, is_in, modules, short

CONTRIB = f"{OURS}.contrib"


def test_nobody_imports_a_bridge_but_what_a_project_names() -> None:
    found = {
        short(name)
        for name, target in arrows(modules())
        if is_in(target, CONTRIB) and not is_in(name, CONTRIB)
    }

    command = "management.commands.runworker"
    assert found == {"apps", command, "testing.live"}


def test_bridge_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{CONTRIB}.django"
    module = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "django", None)

    with pytest.raises(ImportError, match=r'pip install "minichannels\[dj'):
        importlib.import_module(name)

    monkeypatch.undo()
    assert importlib.import_module(name) is module
