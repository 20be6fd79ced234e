"""A server of PostgreSQL, as Debian has it, for as long as a test runs."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# Debian keeps them apart, as several versions may be there.
FOLDERS = Path("/usr/lib/postgresql").glob("*/bin")
PATH = os.pathsep.join([os.environ["PATH"], *map(str, sorted(FOLDERS))])


def _command(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"no {name}: install PostgreSQL, on Debian 'postgresql'")
    return found


@contextmanager
def postgres() -> Iterator[dict[str, Any]]:
    """Run a server in a folder of its own; give Django's settings for it."""
    initdb, server = _command("initdb"), _command("postgres")
    # It refuses to be root; Debian's package has made somebody for it.
    as_root = getpass.getuser() == "root"
    who: dict[str, Any] = {"user": "postgres"} if as_root else {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if as_root:
            shutil.chown(folder, "postgres")
        subprocess.run(
            [initdb, "--username=test", "--no-sync", f"--pgdata={data}"],
            check=True,
            capture_output=True,
            cwd=folder,
            **who,
        )
        options = ["-c", "listen_addresses=", "-c", "fsync=off"]
        with subprocess.Popen(
            [server, "-D", str(data), "-k", folder, *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            **who,
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if "ready to accept connections" in line:
                    break
            try:
                yield {
                    "ENGINE": "django.db.backends.postgresql",
                    "NAME": "postgres",
                    "USER": "test",
                    "HOST": folder,
                }
            finally:
                # Otherwise it would wait for its clients.
                process.send_signal(signal.SIGINT)
                process.stderr.read()
