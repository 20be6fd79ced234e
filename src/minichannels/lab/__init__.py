"""The lab: what a notebook imports, and nothing else needs to be.

How it goes: ``server = serve(application)`` starts a server in this kernel,
``ada = await server.connect("/", name="ada")`` connects a client to it, and
``print(server.flow)`` shows what moved. ``server.stop()`` ends it.
``valkey()`` and ``nats()`` are servers for channel layers that cross processes.

An exercise is checked with ``await check("4.1")``, ``hint("4.1")`` helps, and
``solution("4.1")`` compares; ``predict("4.p1", answer=…)`` commits to a guess,
and ``progress()`` says how far one is.
"""

try:
    from minichannels.lab.beyond.air import air
    from minichannels.lab.beyond.aprs_is import aprs_is
    from minichannels.lab.beyond.broker import broker
    from minichannels.lab.beyond.irc_server import irc_server
    from minichannels.lab.beyond.nats import nats
    from minichannels.lab.checking.check import check
    from minichannels.lab.checking.help import hint, solution
    from minichannels.lab.checking.predictions import predict
    from minichannels.lab.checking.report.progress import progress
    from minichannels.lab.clients.exchange import Response
    from minichannels.lab.clients.websocket import Client, Ended, Refused
    from minichannels.lab.engine.valkey import valkey
    from minichannels.lab.keeping.home import shared_folder
    from minichannels.lab.notebook.doctor import doctor
    from minichannels.lab.notebook.lesson import begin
    from minichannels.lab.notebook.nested_loops import allow_nested
    from minichannels.lab.notebook.source import show_source
    from minichannels.lab.notebook.transcript import Transcript
    from minichannels.lab.serving.serve import serve
    from minichannels.lab.serving.server import Server
except ModuleNotFoundError as error:
    package = str(error.name).partition(".")[0]
    raise ImportError(
        f'the lab needs {package}; run pip install "minichannels[lab]"'
    ) from error

__all__ = [
    "Client",
    "Ended",
    "Refused",
    "Response",
    "Server",
    "Transcript",
    "air",
    "allow_nested",
    "aprs_is",
    "begin",
    "broker",
    "check",
    "doctor",
    "hint",
    "irc_server",
    "nats",
    "predict",
    "progress",
    "serve",
    "shared_folder",
    "show_source",
    "solution",
    "valkey",
]
