from collections.abc import Callable
from typing import Any

from minichannels.types import Receive, Scope, Send

Load = Callable[[str], Any]


async def test_middleware_passes_a_copy_of_the_scope_on(package: Load) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((dict(scope), receive, send))
        scope["added"] = True

    base: Any = package("middleware").BaseMiddleware
    scope = {"type": "http"}

    await base(app)(scope, 1, 2)

    assert base(app).inner is app
    assert scope == {"type": "http"}
    assert seen == [({"type": "http"}, 1, 2)]
