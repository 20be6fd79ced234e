from litestar import Litestar, WebSocket, get, websocket
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend
from litestar.exceptions import WebSocketDisconnect


@get("/hello/{name:str}")
async def hello(name: str) -> dict[str, str]:
    return {"hello": name}


@websocket("/chat/{room:str}")
async def chat(socket: WebSocket, room: str, channels: ChannelsPlugin) -> None:
    await socket.accept()
    async with (
        channels.start_subscription(room) as heard,
        heard.run_in_background(socket.send_text),
    ):
        try:
            while True:
                channels.publish(await socket.receive_text(), room)
        except WebSocketDisconnect:
            pass


app = Litestar(
    [hello, chat],
    plugins=[
        ChannelsPlugin(MemoryChannelsBackend(), arbitrary_channels_allowed=True)
    ],
)
