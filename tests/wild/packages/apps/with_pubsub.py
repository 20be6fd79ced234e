"""fastapi-websocket-pubsub: a request that is not read, and tells all."""

from fastapi import FastAPI
from fastapi_websocket_pubsub import PubSubEndpoint

app = FastAPI()
endpoint = PubSubEndpoint()
endpoint.register_route(app, "/pubsub")


@app.get("/tell/{word}")
async def tell(word: str) -> str:
    await endpoint.publish(["news"], data=word)
    return word
