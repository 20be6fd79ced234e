import ast
from types import CodeType
from typing import Any

import pytest

from minichannels.lab.checking.diagnosis.functions import node_of


def code_of(source: str, name: str) -> CodeType:
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), {}, names)
    code: CodeType = names["f"].__code__
    return code


@pytest.mark.parametrize("kept", ["f = (", "x = 1\n", ""])
def test_node_is_an_empty_one_if_the_source_is_another(
    kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of("def f(): return 1", "<cell of f>")
    monkeypatch.setattr("linecache.getlines", lambda name: [kept])

    assert ast.unparse(node_of(code)) == ""
