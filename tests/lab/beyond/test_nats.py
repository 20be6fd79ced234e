import pytest

from minichannels.exceptions import LayerUnavailable
from minichannels.lab import nats
from minichannels.layers.nats import NatsChannelLayer


async def test_layer_uses_it_by_its_url() -> None:
    with nats() as server:
        layer = NatsChannelLayer(server.url)
        await layer.send("a", {"text": "x" * 999_980})

        assert len((await layer.receive("a"))["text"]) == 999_980
        await layer.close()


async def test_nobody_uses_it_without_the_token() -> None:
    with nats() as server:
        layer = NatsChannelLayer(f"nats://127.0.0.1:{server.port}")

        with pytest.raises(LayerUnavailable, match="Authorization"):
            await layer.send("a", {})
        await layer.close()


def test_token_is_not_shown() -> None:
    with nats() as server:
        shown = repr(server)

    token = server.url.partition("@")[0].removeprefix("nats://")
    assert len(token) > 16
    assert token not in shown
    assert shown == f"<Nats nats://•••@127.0.0.1:{server.port}>"
