"""An echo through a consumer, without a network."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from support import contestants, contestants_channels
from support.echoes import echoes
from support.measuring import OURS, Row, compared, interleaved

ROUNDS = 7
Record = Callable[[list[Row]], None]


def measures(
    apps: dict[str, Any], times: int
) -> dict[str, Callable[[], float]]:
    def run(name: str, app: Any) -> float:
        if name.endswith("no clean-up"):
            with contestants_channels.without_cleanup():
                return asyncio.run(echoes(app, times))
        return asyncio.run(echoes(app, times))

    return {name: partial(run, name, app) for name, app in apps.items()}


def test_async_echo(record: Record) -> None:
    apps = {
        OURS: contestants.echo,
        "Channels": contestants_channels.echo,
        "Channels, no clean-up": contestants_channels.echo,
        "Starlette": contestants.starlette_echo,
        "bare": contestants.bare_echo,
    }
    figures = interleaved(ROUNDS, measures(apps, 1000))
    bounds = {
        "Channels": (10.0, 15.0),
        "Channels, no clean-up": (1.2, 1.5),
        "bare": (0.0, 0.8),
    }
    record(compared("async echo", "µs", figures, bounds))


def test_sync_echo(record: Record) -> None:
    apps = {
        OURS: contestants.echo_sync,
        "Channels": contestants_channels.echo_sync,
        "Channels, no clean-up": contestants_channels.echo_sync,
    }
    figures = interleaved(ROUNDS, measures(apps, 300))
    bounds = {"Channels": (1.0, 1.3)}
    record(compared("sync echo", "µs", figures, bounds))
