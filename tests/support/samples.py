"""The two code samples of the source document, as they stand there."""

from pathlib import Path
from typing import Any

from minichannels.generic.websocket import WebsocketConsumer

_DATA = Path(__file__).parents[1] / "data"


def sample(
    name: str,
    package: str = "minichannels",
    base: type[Any] = WebsocketConsumer,
) -> Any:
    """Return the class ``ChatConsumer`` of a sample.

    Args:
        name: ``welcome`` or ``rooms``.
        package: what stands for ``channels`` in the imports.
        base: the ``WebsocketConsumer`` that the first one, which has no
            imports, derives from.
    """
    text = (_DATA / f"source_{name}.txt").read_text(encoding="utf-8")
    text = text.replace("from channels.", f"from {package}.")
    namespace: dict[str, Any] = {
        "__name__": f"source_{name}",
        "WebsocketConsumer": base,
    }
    exec(compile(text, f"source_{name}", "exec"), namespace)
    return namespace["ChatConsumer"]
