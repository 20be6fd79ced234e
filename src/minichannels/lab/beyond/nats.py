"""``nats()``: a server for the channel layer on NATS, of this kernel.

Who knows its address may use it: a random token is a part of that. To another
process of yours, it is given as it is.
"""

import secrets

from minichannels.lab.beyond.nats_process import NatsProcess
from minichannels.lab.keeping.files import room_for_files

# A message of a layer may have a megabyte as JSON. As msgpack, each "0.0," of
# four bytes has nine; and encryption makes four bytes of three.
_SETTINGS = """
listen: "127.0.0.1:-1"
max_payload: 4MB
authorization {{ token: "{token}" }}
jetstream {{ store_dir: {{store}} }}
"""


class Nats(NatsProcess):
    """A NATS server; made by ``nats()``."""

    listens = "client connections on "

    def __init__(self) -> None:
        token = secrets.token_urlsafe(16)
        super().__init__("nats", _SETTINGS.format(token=token))
        self.url = f"nats://{token}@127.0.0.1:{self.port}"

    def __repr__(self) -> str:
        public = f"nats://•••@127.0.0.1:{self.port}"
        return super().__repr__().replace(self.url, public)


@room_for_files()
def nats() -> Nats:
    """Start a NATS server on this machine, for whoever knows its ``url``.

    ::

        server = nats()
        layer = NatsChannelLayer(server.url)

    It ends with this kernel, or by ``stop()``.

    Raises:
        ImportError: there is none; says how to get it.
        RuntimeError: it cannot be started; says why.
    """
    return Nats()
