"""``broker()``: an MQTT broker of this kernel.

It is nats-server, which speaks MQTT 3.1.1 as well.
"""

from minichannels.lab.beyond.nats_process import NatsProcess
from minichannels.lab.keeping.files import room_for_files

_SETTINGS = """
server_name: lab
listen: "127.0.0.1:-1"
jetstream {{ store_dir: {{store}} }}
mqtt {{ host: "127.0.0.1", port: {port} }}
"""


class Broker(NatsProcess):
    """An MQTT broker; made by ``broker()``.

    Attributes:
        port: its port.
    """

    listens = "mqtt://"

    def __init__(self, port: int) -> None:
        super().__init__("beyond", _SETTINGS.format(port=port or -1))
        self.url = f"mqtt://127.0.0.1:{self.port}"


@room_for_files()
def broker(port: int = 0) -> Broker:
    """Start an MQTT broker on this machine, for this machine.

    Args:
        port: the port to listen on; 0 for a free one.

    Raises:
        ImportError: there is none; says how to get it.
        RuntimeError: it cannot be started; says why.
    """
    return Broker(port)
