"""A program that may open no file more, and calls something of the lab.

Its arguments are the call, and how many files it may open all the same; it
prints the error that this raises.
"""

import asyncio
import os
import resource
import sys
from typing import Any

from minichannels import lab
from minichannels.consumer import AsyncConsumer

loop = asyncio.new_event_loop()  # which needs files


async def check() -> object:
    return await lab.check("4.1", AsyncConsumer)


CALLS: dict[str, Any] = {
    "air": lab.air,
    "aprs_is": lab.aprs_is,
    "broker": lab.broker,
    "check": lambda: loop.run_until_complete(check()),
    "doctor": lab.doctor,
    "hint": lambda: lab.hint("4.1"),
    "irc_server": lab.irc_server,
    "nats": lab.nats,
    "serve": lambda: lab.serve(AsyncConsumer.as_asgi(), wire="socket"),
    "show_source": lambda: lab.show_source(lab.serve),
    "valkey": lab.valkey,
}

if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))
    held = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    for _ in range(int(sys.argv[2])):
        os.close(held.pop())
    try:
        CALLS[sys.argv[1]]()
    except OSError as error:
        said = str(error)
    for file in held:
        os.close(file)
    print(said, flush=True)  # noqa: T201  # for who runs it
    os._exit(0)
