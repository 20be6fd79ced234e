"""Habits: what people do with a consumer, in the smallest class for each.

Nobody imports this module, as ``tests/compat/specimens.py``: its text is read
for each library. A base class is Any here, as it is to users of Channels.
"""
# mypy: disallow-subclassing-any=False

import abc
import asyncio
import contextvars
import copy
import dataclasses
import functools
import json
import threading
import weakref
from collections import OrderedDict
from http import HTTPStatus
from typing import Any, ClassVar, Generic, TypeVar

from asgiref.sync import async_to_sync, sync_to_async

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.db import database_sync_to_async
from minichannels.exceptions import (
    AcceptConnection,
    DenyConnection,
    StopConsumer,
)
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import get_channel_layer

Bare: Any = AsyncConsumer
SyncBare: Any = SyncConsumer
Socket: Any = AsyncWebsocketConsumer
Json: Any = AsyncJsonWebsocketConsumer
SyncSocket: Any = WebsocketConsumer
SyncJson: Any = JsonWebsocketConsumer
Http: Any = AsyncHttpConsumer

NOTES: list[Any] = []
T = TypeVar("T")


class Tells(Socket):
    """Sends itself, by its group, what a client names as a type."""

    groups: Any = ["tells"]

    async def receive(self, text_data: str) -> None:
        await self.channel_layer.group_send(
            "tells", {"type": text_data, "n": 1, "list": [1, 2]}
        )

    async def done(self, event: Any) -> None:
        """Say that what came before has been handled."""
        await self.send("done")


class SyncTells(SyncSocket):
    groups: Any = ["tells"]

    def receive(self, text_data: str) -> None:
        async_to_sync(self.channel_layer.group_send)(
            "tells", {"type": text_data, "n": 1, "list": [1, 2]}
        )

    def done(self, event: Any) -> None:
        self.send("done")


# Handlers of all kinds


class StaticHandler(Tells):
    @staticmethod
    async def tell(event: Any) -> None:
        NOTES.append(event["n"])


class ClassHandler(Tells):
    @classmethod
    async def tell(cls, event: Any) -> None:
        NOTES.append((cls.__name__, event["n"]))


class PropertyHandler(Tells):
    @property
    def tell(self) -> Any:
        return self.other

    async def other(self, event: Any) -> None:
        await self.send(str(event["n"]))


class PartialHandler(Tells):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tell = functools.partial(self.say, "told")

    async def say(self, what: str, event: Any) -> None:
        await self.send(f"{what} {event['n']}")


class PartialMethodHandler(Tells):
    async def say(self, what: str, event: Any) -> None:
        await self.send(f"{what} {event['n']}")

    tell = functools.partialmethod(say, "told")


class LambdaHandler(Tells):
    tell = lambda self, event: self.send(str(event["n"]))  # noqa: E731


class AliasHandler(Tells):
    async def say(self, event: Any) -> None:
        await self.send(str(event["n"]))

    tell = say


class ThreadHandler(Tells):
    @database_sync_to_async
    def tell(self, event: Any) -> None:
        async_to_sync(self.send)(text_data=str(event["n"]))


class CallableHandler(Tells):
    class Teller:
        async def __call__(self, event: Any) -> None:
            NOTES.append(event["n"])

    tell = Teller()


class DynamicHandler(Tells):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self.anything, name)

    async def anything(self, name: str, event: Any) -> None:
        await self.send(f"{name} {event['n']}")


class TaskHandler(Tells):
    def tell(self, event: Any) -> Any:
        return asyncio.ensure_future(self.send(str(event["n"])))


class SetLaterHandler(Tells):
    async def connect(self) -> None:
        setattr(self, "tell-all", self.say)
        await self.accept()

    async def say(self, event: Any) -> None:
        await self.send(str(event["n"]))


class SyncStaticHandler(SyncTells):
    @staticmethod
    def tell(event: Any) -> None:
        NOTES.append(event["n"])


class SyncPartialHandler(SyncTells):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tell = functools.partial(self.say, "told")

    def say(self, what: str, event: Any) -> Any:
        self.send(f"{what} {event['n']}")
        return event


class SyncAsyncToSyncHandler(SyncTells):
    @async_to_sync
    async def tell(self, event: Any) -> None:
        await asyncio.sleep(0)
        NOTES.append(event["n"])


# Types that look like the protocol's, and names like the library's


class WebsocketSend(Tells):
    async def websocket_send(self, event: Any) -> None:
        await self.send(f"sent {event['n']}")


class WebsocketClose(Tells):
    async def websocket_close(self, event: Any) -> None:
        await self.close(4000 + event["n"])


class ReceiveInvalid(Tells):
    async def receive_invalid(self, event: Any) -> None:
        await self.send(f"invalid {event['n']}")


class JsonReceiveInvalid(Json):
    groups: Any = ["tells"]

    async def receive_json(self, content: Any) -> None:
        await self.channel_layer.group_send("tells", {"type": content})

    async def receive_invalid(self, event: Any) -> None:
        await self.send_json({"refused": event["type"]})


class AcceptLater(Tells):
    async def accept_later(self, event: Any) -> None:
        await self.send(f"later {event['n']}")


class ThreadSensitive(SyncTells):
    def thread_sensitive(self, event: Any) -> None:
        self.send(f"sensitive {event['n']}")


class Deny(Tells):
    async def deny(self, event: Any) -> None:
        await self.send(f"denied {event['n']}")


# Events in the hands of handlers


class PopsType(Tells):
    async def tell(self, event: Any) -> None:
        event.pop("type")
        event["list"].append(3)
        event.update(more=True)
        await self.send(json.dumps(event))


class ForwardsEvent(Tells):
    async def tell(self, event: Any) -> None:
        await self.channel_layer.group_send("tells", {**event, "type": "told"})

    async def told(self, event: Any) -> None:
        await self.channel_layer.send(
            self.channel_name, {"type": "quoted", "quote": event}
        )

    async def quoted(self, event: Any) -> None:
        await self.send(json.dumps(event["quote"]))


class CopiesEvent(Tells):
    async def tell(self, event: Any) -> None:
        copied = copy.deepcopy(event) | {"type": "x"}
        NOTES.append((type(event) is dict, isinstance(copied, dict), copied))


class MutatesAfterSending(Tells):
    async def receive(self, text_data: str) -> None:
        message = {"type": "tell", "list": [1]}
        await self.channel_layer.group_send("tells", message)
        message["list"].append(2)  # type: ignore[attr-defined]
        message["type"] = "nothing"

    async def tell(self, event: Any) -> None:
        await self.send(json.dumps(event))


class SendsOrderedDict(Tells):
    async def receive(self, text_data: str) -> None:
        message = OrderedDict(type="tell", data=OrderedDict(a=1))
        await self.channel_layer.group_send("tells", message)

    async def tell(self, event: Any) -> None:
        await self.send(json.dumps(event["data"]))


class SendsTuple(Tells):
    async def receive(self, text_data: str) -> None:
        await self.channel_layer.group_send(
            "tells", {"type": "tell", "at": (1, 2)}
        )

    async def tell(self, event: Any) -> None:
        await self.send(json.dumps(event["at"]))


class MutatesClientEvent(Socket):
    async def websocket_receive(self, message: Any) -> None:
        message["text"] = message["text"].upper()
        await super().websocket_receive(message)

    async def receive(self, text_data: str, **kwargs: Any) -> None:
        await self.send(text_data)


# Groups


class GroupsInInit(Socket):
    def __init__(self, *args: Any, room: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups: Any = [f"room-{room}", *self.groups]

    async def receive(self, text_data: str) -> None:
        await self.channel_layer.group_send("room-", {"type": "tell"})

    async def tell(self, event: Any) -> None:
        await self.send(",".join(self.groups))


class GroupsAppended(Socket):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups.append("mine")

    async def receive(self, text_data: str) -> None:
        await self.channel_layer.group_send("mine", {"type": "tell"})

    async def tell(self, event: Any) -> None:
        await self.send("told")


class GroupsOfScope(Socket):
    async def websocket_connect(self, message: Any) -> None:
        self.groups = [f"path-{self.scope['path'][1:]}"]
        await super().websocket_connect(message)

    async def receive(self, text_data: str) -> None:
        await self.channel_layer.group_send("path-", {"type": "tell"})

    async def tell(self, event: Any) -> None:
        await self.send("told")


class GroupsProperty(Socket):
    room = "tells"

    @property
    def groups(self) -> Any:
        return {self.room, "others"}

    async def receive(self, text_data: str) -> None:
        await self.channel_layer.group_send("tells", {"type": "tell"})

    async def tell(self, event: Any) -> None:
        await self.send("told")


class GroupsSetInConnect(Socket):
    async def connect(self) -> None:
        self.groups = ["a", "b"]
        for group in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()

    async def receive(self, text_data: str) -> None:
        await self.channel_layer.group_send("b", {"type": "tell"})

    async def tell(self, event: Any) -> None:
        await self.send("told")


class GroupsTuple(Tells):
    groups = ("tells",)

    async def tell(self, event: Any) -> None:
        await self.send("told")


class CountsMembers(Tells):
    async def receive(self, text_data: str) -> None:
        members = self.channel_layer.groups.get("tells", {})
        await self.send(f"{len(members)} {self.channel_name in members}")


# How objects are made


class InitWithPlainArguments(Socket):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(args, kwargs)
        self.name: str | None = None

    async def connect(self) -> None:
        self.name = "ada"
        await self.accept()
        await self.send(self.name)


class Singleton(Socket):
    instance: ClassVar[Any] = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        cls.instance = cls.instance or super().__new__(cls)
        return cls.instance

    async def receive(self, text_data: str) -> None:
        self.count = getattr(self, "count", 0) + 1
        await self.send(str(self.count))


@dataclasses.dataclass
class Data(Tells):
    """Equal to others, and so without a hash."""

    room: str = "lobby"

    async def tell(self, event: Any) -> None:
        await self.send(self.room)


class Slots(Tells):
    __slots__ = ("room",)

    async def tell(self, event: Any) -> None:
        self.room = "slot"
        await self.send(self.room)


class Abstract(Tells, abc.ABC):
    @abc.abstractmethod
    async def tell(self, event: Any) -> None: ...


class Concrete(Abstract):
    async def tell(self, event: Any) -> None:
        await self.send("told")


class Repository(Tells, Generic[T]):
    items: ClassVar[list[Any]] = []

    async def tell(self, event: Any) -> None:
        self.items.append(event["n"])
        await self.send(str(self.items))


class Numbers(Repository[int]):
    pass


class Registering(type):
    made: ClassVar[list[str]] = []

    def __new__(
        cls, name: str, bases: tuple[type, ...], body: dict[str, Any]
    ) -> Any:
        cls.made.append(name)
        return super().__new__(cls, name, bases, body)


class WithMetaclass(Tells, metaclass=Registering):
    async def tell(self, event: Any) -> None:
        await self.send(str(Registering.made))


class OddObject(Tells):
    """Falsy, empty, equal to all, and with a repr that fails."""

    __hash__: Any = None

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        raise LookupError("no repr")

    async def tell(self, event: Any) -> None:
        await self.send("told")


class Remembered(Tells):
    living: ClassVar[Any] = weakref.WeakSet()

    async def connect(self) -> None:
        self.living.add(self)
        await self.accept()

    async def tell(self, event: Any) -> None:
        await self.send(str(len(self.living)))


class AsAsgi(Tells):
    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Any:
        app = super().as_asgi(**initkwargs)
        app.note = "mine"
        NOTES.append((app.note, app.consumer_class is cls, app.__name__))
        return app

    async def tell(self, event: Any) -> None:
        await self.send("told")


# Overriding what the library calls


class OwnCall(Tells):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def shout(message: Any) -> None:
            if "text" in message:
                message = {**message, "text": message["text"].upper()}
            await send(message)

        try:
            await super().__call__(dict(scope, extra="x"), receive, shout)
        finally:
            NOTES.append("over")

    async def tell(self, event: Any) -> None:
        await self.send(f"told {self.scope['extra']}")


class ClosesAfterCall(Socket):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except LookupError:
            await self.close(code=1013)

    async def receive(self, text_data: str) -> None:
        raise LookupError


class WholeOwnCall(Http):
    """Uses the class for its helpers alone."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        event = await receive()
        await self.send_headers(headers=[(b"x-a", b"1")])
        await self.send_body(event["body"], more_body=True)
        await self.send_body(b".")


class WrapsBaseSend(Tells):
    base_send: Any

    async def connect(self) -> None:
        self.original, self.base_send = self.base_send, self.noting
        await self.accept()

    async def noting(self, message: Any) -> None:
        NOTES.append(message["type"])
        await self.original(message)

    async def tell(self, event: Any) -> None:
        await self.send("told")


class AcceptsWithBaseSend(Tells):
    async def connect(self) -> None:
        await self.base_send({"type": "websocket.accept"})

    async def tell(self, event: Any) -> None:
        await self.send("told")


class SyncAcceptsWithBaseSend(SyncTells):
    def connect(self) -> None:
        self.base_send({"type": "websocket.accept"})

    def tell(self, event: Any) -> None:
        self.send("told")


class ClosesWithBaseSend(Socket):
    async def connect(self) -> None:
        await self.base_send({"type": "websocket.close", "code": 4001})


class OwnDispatch(Tells):
    async def dispatch(self, message: Any) -> None:
        try:
            await super().dispatch(message)
        except LookupError as error:
            await self.send(f"error {error}")

    async def tell(self, event: Any) -> None:
        raise LookupError("in tell")


class SyncOwnDispatch(SyncTells):
    async def dispatch(self, message: Any) -> None:
        NOTES.append(message["type"])
        await super().dispatch(message)

    def tell(self, event: Any) -> None:
        self.send("told")


class OwnSendAndClose(Json):
    async def connect(self) -> None:
        raise DenyConnection("no reason")

    async def close(self, code: Any = None, reason: Any = None) -> None:
        NOTES.append(code)
        await super().close(code=code or 4010, reason=reason)


class OwnSend(Json):
    """send() overridden: send_json() goes past it."""

    async def send(self, *args: Any, **kwargs: Any) -> None:
        NOTES.append((args, kwargs))
        await super().send(*args, **kwargs)

    async def receive_json(self, content: Any) -> None:
        await self.send_json(content, True)

    async def send_json(self, content: Any, close: bool = False) -> None:
        await self.send(text_data=await self.encode_json(content))
        await super().send_json({"wrapped": content}, close)


class EncodeAsMethod(Json):
    prefix = "x"

    async def encode_json(self, content: Any) -> str:
        return self.prefix + json.dumps(content)

    async def decode_json(self, text_data: str) -> Any:
        return [self.prefix, text_data]

    async def receive_json(self, content: Any) -> None:
        await self.send_json(content)


class ForgivingJson(Json):
    async def receive(
        self, text_data: Any = None, bytes_data: Any = None, **kwargs: Any
    ) -> None:
        try:
            await super().receive(text_data=text_data, extra=True)
        except json.JSONDecodeError:
            await self.send_json({"error": "no JSON"})

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json([content, kwargs])


class OwnWebsocketReceive(Socket):
    async def websocket_receive(self, message: Any) -> None:
        await self.send(text_data=f"{message['text']}!")


class OldStyleSuper(Json):
    async def websocket_connect(self, message: Any) -> Any:
        return await super().websocket_connect(message)

    async def connect(self) -> Any:
        return await Json.connect(self)

    async def receive_json(self, content: Any, **kwargs: Any) -> Any:
        await super().receive_json(content, **kwargs)
        return await super().send_json(content)

    async def disconnect(self, code: int) -> Any:
        NOTES.append(code)
        return await super().disconnect(code)


# How a consumer ends


class StopsInConnect(Socket):
    async def connect(self) -> None:
        raise StopConsumer

    async def disconnect(self, code: int) -> None:
        NOTES.append(code)


class StopsAfterAccept(Socket):
    async def connect(self) -> None:
        await self.accept()
        raise StopConsumer("enough")


class StopsInTell(Tells):
    async def tell(self, event: Any) -> None:
        await self.close()
        raise StopConsumer


class DeniesInReceive(Socket):
    async def receive(self, text_data: str) -> None:
        raise DenyConnection


class AcceptsByErrorInSuper(Socket):
    async def connect(self) -> None:
        try:
            await super().connect()
        finally:
            NOTES.append("accepted")

    async def accept(self, *args: Any, **kwargs: Any) -> None:
        await super().accept("chat")


class AcceptsWithLists(Socket):
    async def connect(self) -> None:
        await self.accept(headers=[[b"x-a", b"1"], (b"x-b", b"2")])


class AnswersWithLists(Http):
    async def handle(self, body: bytes) -> None:
        await self.send_response(200, body, headers=[[b"x-a", b"1"]])


class AcceptsInException(Socket):
    async def connect(self) -> None:
        raise AcceptConnection


class DisconnectTidies(Socket):
    async def disconnect(self, code: int) -> None:
        for name in list(vars(self)):
            setattr(self, name, None)


class DisconnectDeletes(Socket):
    async def disconnect(self, code: int) -> None:
        self.__dict__.clear()


class RenamesChannel(Socket):
    """Uses channel_name for a name of its own, which another reads."""

    async def connect(self) -> None:
        self.channel_name = "ada"
        await self.channel_layer.group_add("tells", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_send("tells", {"type": "tell"})


class GetsLayerItself(Tells):
    async def connect(self) -> None:
        self.channel_layer = get_channel_layer()
        await self.accept()

    async def tell(self, event: Any) -> None:
        await self.send("told")


class NoLayer(Socket):
    channel_layer_alias = "nowhere"

    async def connect(self) -> None:
        await self.accept()
        name = getattr(self, "channel_name", "no name")
        await self.send(f"{self.channel_layer} {name}")


class UsesChannelReceive(Socket):
    async def connect(self) -> None:
        await self.accept()
        NOTES.append(self.channel_receive.args == (self.channel_name,))
        NOTES.append(callable(self.channel_receive))


# Threads and tasks


class BlockingCode(Json):
    async def receive_json(self, content: Any) -> None:
        await sync_to_async(self.blocking)(content)

    def blocking(self, content: Any) -> None:
        async_to_sync(self.send_json)({"blocking": content})


class ContextVariables(Tells):
    user: ClassVar[Any] = contextvars.ContextVar("user", default="nobody")

    async def connect(self) -> None:
        self.user.set("ada")
        await self.accept()

    async def tell(self, event: Any) -> None:
        await self.send(self.user.get())


class SyncContextVariables(SyncTells):
    user: ClassVar[Any] = contextvars.ContextVar("user", default="nobody")

    def connect(self) -> None:
        self.user.set("ada")
        self.accept()

    def tell(self, event: Any) -> None:
        self.send(self.user.get())


class SameTask(Tells):
    async def connect(self) -> None:
        self.task = asyncio.current_task()
        await self.accept()

    async def tell(self, event: Any) -> None:
        await self.send(str(self.task is asyncio.current_task()))


class JoinsThread(SyncTells):
    """A thread of its own works while the handler waits for it."""

    def tell(self, event: Any) -> None:
        result: list[int] = []
        worker = threading.Thread(target=result.append, args=(event["n"],))
        worker.start()
        worker.join()
        self.send(str(result))


# Pages


class StatusEnum(Http):
    async def handle(self, body: bytes) -> None:
        await self.send_response(HTTPStatus.CREATED, body)


class OwnHttpRequest(Http):
    """http_request() as Channels itself writes it."""

    async def http_request(self, message: Any) -> None:
        if "body" in message:
            self.body.append(message["body"])
        if not message.get("more_body"):
            try:
                await self.handle(b"".join(self.body))
            finally:
                await self.disconnect()
            raise StopConsumer()

    async def handle(self, body: bytes) -> None:
        await self.send_response(200, body)

    async def disconnect(self) -> None:
        NOTES.append("disconnect")


class OwnHttpDisconnect(Http):
    """http_disconnect() as Channels itself writes it."""

    async def http_request(self, message: Any) -> None:
        await self.handle(message["body"])

    async def handle(self, body: bytes) -> None:
        await self.send_headers()
        await self.send_body(body, more_body=True)

    async def http_disconnect(self, message: Any) -> None:
        await self.disconnect()
        raise StopConsumer()

    async def disconnect(self) -> None:
        NOTES.append("disconnect")


class CleansUpInHttpDisconnect(Http):
    """Lives on until the client has gone, also after the response."""

    async def http_request(self, message: Any) -> None:
        await self.send_response(200, message["body"])

    async def http_disconnect(self, message: Any) -> None:
        NOTES.append("gone")
        raise StopConsumer()


class EndsLater(Http):
    """A later handler completes the response, and the client's end is seen."""

    async def http_request(self, message: Any) -> None:
        await self.send_headers()
        await self.send_body(message["body"], more_body=True)
        await self.channel_layer.send(self.channel_name, {"type": "finish"})

    async def finish(self, event: Any) -> None:
        await self.send_body(b".")

    async def http_disconnect(self, message: Any) -> None:
        NOTES.append("gone")
        raise StopConsumer()


class GoesOnBehindSuper(Http):
    async def http_request(self, message: Any) -> None:
        try:
            await super().http_request(message)
            NOTES.append("never")
        finally:
            NOTES.append("at last")

    async def handle(self, body: bytes) -> None:
        await self.send_response(200, body)


class ChecksInSuper(Http):
    async def http_request(self, message: Any) -> None:
        try:
            await super().http_request(message)
        except LookupError:
            await self.send_response(404, b"not here")

    async def handle(self, body: bytes) -> None:
        raise LookupError


class ReadsOwnMailbox(Http):
    """Waits in handle() for what its own channel gets."""

    async def handle(self, body: bytes) -> None:
        for text in ("one", "two"):
            await self.channel_layer.send(
                self.channel_name, {"type": "tell", "text": text}
            )
        message = await self.channel_layer.receive(self.channel_name)
        await self.send_response(200, message["text"].encode())


class NoSuper(Http):
    def __init__(self, page: bytes = b"page") -> None:
        self.page = page
        self.body: list[bytes] = []

    async def handle(self, body: bytes) -> None:
        await self.send_response(200, self.page)


class SubApplication(Http):
    async def handle(self, body: bytes) -> None:
        await self.page(self.scope, self.base_send)

    async def page(self, scope: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": []}
        )
        await send({"type": "http.response.body", "body": b"page"})
