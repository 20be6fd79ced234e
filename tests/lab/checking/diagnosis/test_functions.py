from types import CodeType
from typing import Any

import pytest

from minichannels.lab.checking.diagnosis.functions import idle_lines


def code_of(source: str, name: str) -> CodeType:
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), {}, names)
    code: CodeType = names["f"].__code__
    return code


@pytest.mark.parametrize("kept", ["f = (", "x = 1\n", ""])
def test_idle_lines_are_none_if_the_source_is_another(
    kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of("def f(): return 1", "<cell of f>")
    monkeypatch.setattr("linecache.getlines", lambda name: [kept])

    assert list(idle_lines(code)) == []
