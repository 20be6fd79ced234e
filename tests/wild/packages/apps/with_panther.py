"""Panther: a set of sockets, and functions that answer."""

from panther import Panther
from panther.app import API
from panther.websocket import GenericWebsocket

sockets = set()


@API()
async def hello(name: str):
    return {"hello": name}


class Chat(GenericWebsocket):
    async def connect(self):
        await self.accept()
        sockets.add(self)

    async def receive(self, data):
        for each in sockets:
            await each.send(data)


urls = {"hello/<name>": hello, "chat/lobby": Chat}
app = Panther(__name__, configs=__name__, urls=urls)
