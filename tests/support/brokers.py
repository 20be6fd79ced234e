"""MQTT brokers: the lab's, and one of others."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.irc_servers import free_port, wait_for_port
from support.limit import LIMIT


@contextmanager
def mosquitto(folder: Path, port: int = 0) -> Iterator[str]:
    """Run mosquitto; give its address."""
    program = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
    if program is None:
        pytest.skip("mosquitto is not installed")
    port = port or free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\n", encoding="utf-8"
    )
    with subprocess.Popen(
        [program, "-c", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for_port(port)
            yield f"mqtt://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(LIMIT)


@contextmanager
def mqtt_broker(kind: str, folder: Path) -> Iterator[str]:
    """Run a broker of one of the two kinds."""
    if kind == "mosquitto":
        with mosquitto(folder) as url:
            yield url
    else:
        # Who has MQTT alone has no lab.
        lab = pytest.importorskip(
            "minichannels.lab.beyond.broker", exc_type=ImportError
        )
        with lab.broker() as made:
            yield made.url
