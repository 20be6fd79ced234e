"""Dire Wolf: a modem of others, without a sound card.

Sound that it hears comes over its standard input; sound that it makes goes to
a file. Both are samples of 16 bits, 22,050 a second.
"""

import asyncio
import os
import shutil
import subprocess
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from support.irc_servers import free_port, wait_for_port

PROGRAMS = ("direwolf", "gen_packets", "atest")

SETTINGS = """
ADEVICE stdin onair
ARATE 22050
CHANNEL 0
MYCALL N0CALL-1
MODEM 1200
KISSPORT {port}
AGWPORT 0
"""
SOUND = """
pcm.onair {{
  type file
  slave.pcm "null"
  file "{file}"
  format "raw"
}}
"""
MOMENT = 0.02
"""Nothing tells when a modem has made its sound, so one looks so often."""

_HEADER = 44  # bytes of a WAV file, before its samples


class DireWolf:
    """A modem that runs."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", folder: Path, port: int
    ) -> None:
        self._process = process
        self._folder = folder
        self.port = port
        self._heard = 0

    def hear(self, packet: str) -> None:
        """Let it hear a packet, and then nothing."""
        text, sound = self._folder / "in.txt", self._folder / "in.wav"
        text.write_text(packet + "\n", encoding="utf-8")
        command = ["gen_packets", "-r", "22050", "-o", str(sound), str(text)]
        subprocess.run(command, check=True, capture_output=True)
        self._feed(sound.read_bytes()[_HEADER:])
        self.silence()

    def silence(self) -> None:
        """Let it hear nothing for a tenth of a second: others may speak."""
        self._feed(bytes(22050 * 2 // 10))

    def _feed(self, samples: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(samples)
        self._process.stdin.flush()

    def listen_to(self, other: "DireWolf", *, is_deaf: bool) -> None:
        """Let it hear what another one has made of sound since, and silence."""
        sound = other._sound()
        new, self._heard = sound[self._heard :], len(sound)
        self._feed(bytes(len(new)) if is_deaf else new)
        self.silence()

    def _sound(self) -> bytes:
        raw = self._folder / "out.raw"
        return raw.read_bytes() if raw.exists() else b""

    def transmitted(self) -> list[str]:
        """Return what others would have heard, as its companion decodes it."""
        sound = self._folder / "out.wav"
        with wave.open(str(sound), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22050)
            file.writeframes(self._sound())
        done = subprocess.run(
            ["atest", str(sound)], check=True, capture_output=True
        )
        lines = done.stdout.decode("utf-8", errors="replace").splitlines()
        return [line.partition("[0] ")[2] for line in lines if "[0] " in line]


@contextmanager
def dire_wolf(folder: Path) -> Iterator[DireWolf]:
    """Run Dire Wolf."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    port = free_port()
    settings = folder / "direwolf.conf"
    settings.write_text(SETTINGS.format(port=port), encoding="utf-8")
    sound = SOUND.format(file=folder / "out.raw")
    (folder / ".asoundrc").write_text(sound, encoding="utf-8")
    with subprocess.Popen(
        ["direwolf", "-c", str(settings), "-t", "0", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    ) as process:
        try:
            wait_for_port(port)
            yield DireWolf(process, folder, port)
        finally:
            process.kill()


class Between:
    """The air between two modems."""

    def __init__(self, one: DireWolf, two: DireWolf) -> None:
        self.is_lost = False
        self._one, self._two = one, two

    @asynccontextmanager
    async def carrying(self) -> AsyncIterator[None]:
        """Carry sound both ways; or what the first one says nowhere."""
        task = asyncio.create_task(self._carry())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _carry(self) -> None:
        while True:
            self._one.listen_to(self._two, is_deaf=False)
            self._two.listen_to(self._one, is_deaf=self.is_lost)
            await asyncio.sleep(MOMENT)
