"""receive_json() calls the method that is registered for an action."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Say, said

Action = Callable[..., Awaitable[Any]]


def action(function: Action) -> Action:
    """Mark a method as one that clients may call."""
    function.is_action = True  # type: ignore[attr-defined]
    return function


class Actions(AsyncJsonWebsocketConsumer):
    """Finds the marked methods when a class is derived."""

    actions: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = [n for n, f in vars(cls).items() if hasattr(f, "is_action")]
        cls.actions = cls.actions | {name: name for name in own}

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        request_id = content.pop("request_id", None)
        name = self.actions.get(content.pop("action", None))
        if name is None:
            await self.reply(request_id, 405, sorted(self.actions))
            return
        try:
            data = await getattr(self, name)(**content)
        except (TypeError, LookupError) as error:
            await self.reply(request_id, 400, type(error).__name__)
        else:
            await self.reply(request_id, 200, data)

    async def reply(self, request_id: Any, status: int, data: Any) -> None:
        await self.send_json(
            {"request_id": request_id, "status": status, "data": data}
        )


class Todos(Actions):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.todos: list[str] = []

    @action
    async def create(self, title: str) -> int:
        self.todos.append(title)
        return len(self.todos) - 1

    @action
    async def retrieve(self, pk: int) -> str:
        return self.todos[pk]

    async def secret(self) -> str:
        return "not for clients"


APP = Todos.as_asgi()
PLAY = [
    Connect("ada"),
    Say("ada", {"action": "create", "title": "tea", "request_id": 1}),
    Say("ada", {"action": "retrieve", "pk": 0, "request_id": 2}),
    Say("ada", {"action": "retrieve", "pk": 7, "request_id": 3}),
    Say("ada", {"action": "create", "name": "tea", "request_id": 4}),
    Say("ada", {"action": "secret"}),
    Hear("ada", 6),
]
HEARD = {
    "ada": [
        ACCEPT,
        said({"request_id": 1, "status": 200, "data": 0}),
        said({"request_id": 2, "status": 200, "data": "tea"}),
        said({"request_id": 3, "status": 400, "data": "IndexError"}),
        said({"request_id": 4, "status": 400, "data": "TypeError"}),
        said(
            {"request_id": None, "status": 405, "data": ["create", "retrieve"]}
        ),
    ]
}
