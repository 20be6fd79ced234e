"""What an application cannot send, and how it is told so."""

import re
from typing import Any

import pytest

from minichannels.lab.checking.sandbox.strict import strict


async def _nobody(*_: Any) -> Any:
    pass


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("hello", "send() takes a dict with a 'type'"),
        ({"text": "x"}, "send() takes a dict with a 'type'"),
        ({"type": "websocket.send"}, "has a 'text' or 'bytes'"),
        ({"type": "websocket.send", "text": b"x"}, "is str, not bytes"),
        ({"type": "websocket.send", "bytes": "x"}, "is bytes, not str"),
        ({"type": "http.response.start"}, "has a 'status', such as 200"),
    ],
)
async def test_strict_refuses_what_is_no_event(event: Any, words: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(event)

    with pytest.raises(TypeError, match=re.escape(words)):
        await strict(app)({}, _nobody, _nobody)


async def test_functions_of_an_application_are_called_as_it_calls_them() -> (
    None
):
    names = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        names.extend([receive.__qualname__, send.__qualname__])
        await receive()
        await send({"type": "websocket.accept"}, "again")

    with pytest.raises(TypeError, match=r"send\(\) takes"):
        await strict(app)({}, _nobody, _nobody)

    assert names == ["receive", "send"]
