"""A server in this kernel, as a notebook sees it.

How it works: uvicorn serves the application through a recorder
(``flow.recording``), and clients connect from cells. What carries the bytes
between them is one of two wires (``lab.transport``): sockets, or memory.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote
from weakref import WeakSet

from minichannels.flow import Flow, Recorder
from minichannels.flow.processes.writing import JournalFile
from minichannels.flow.recording.clients.asked import Address
from minichannels.flow.recording.layer.registries import recorded_layers
from minichannels.lab.clients.arguments import require_options
from minichannels.lab.clients.connecting import Clients, Connecting, Options
from minichannels.lab.clients.exchange import Response
from minichannels.lab.clients.http import OPTIONS, Asking, request
from minichannels.lab.clients.websocket import Client
from minichannels.lab.serving.lifespan import SupervisedApp, explained
from minichannels.lab.transport.addresses import browser_url, local_url
from minichannels.lab.transport.timeouts import LIMIT, awake, require_seconds
from minichannels.lab.transport.transport import ServerHooks, Transport
from minichannels.protocols.uplink import Uplink
from minichannels.types import ASGIApp

if TYPE_CHECKING:
    from minichannels.lab.serving.page import Page

# What RFC 3986 gives a meaning in a path with its query, and "%" for what is
# encoded already.
_IN_PATHS = "%:/?[]@!$&'()*+,;=~"

U = TypeVar("U", bound=Uplink)

_STOPPED = (
    "its server was stopped, as the last cell of a lesson does. To see the page"
    " again, run the cell with serve(), then this one."
)


class Server:
    """A server; made and started by ``serve()``.

    Args:
        application: the application to serve.
        name: the server's name.
        make_wire: makes the wire.
        on_stop: called with the server when it stops.

    Attributes:
        name: its name.
        flow: what moved between its clients and its application.
    """

    def __init__(
        self,
        application: ASGIApp,
        name: str,
        make_wire: Callable[[ServerHooks], Transport],
        on_stop: Callable[["Server"], None],
    ) -> None:
        self.name = name
        self._supervised = SupervisedApp(application)
        self._recorder = Recorder(self._supervised)
        self.flow = Flow(self._recorder.journal)
        self._wire = make_wire(
            ServerHooks(
                application=self._recorder,
                on_loop=self._recorder.settling.start,
                on_error=self._recorder.add_task_crash,
                on_end=self._ended,
            )
        )
        self._clients = Clients(self._recorder, self._wire)
        self._running = False
        self._put_away = False
        self._file: JournalFile | None = None
        self._on_stop = on_stop
        self._patience = LIMIT
        self._pages: WeakSet[Page] = WeakSet()

    def __repr__(self) -> str:
        state = "" if self._running else ", stopped"
        return f"<server {self.name!r}{state}>"

    # Where it is

    @property
    def url(self) -> str:
        """The root's address for a browser; behind a hub, the proxied one."""
        return browser_url(*self._address())

    @property
    def local_url(self) -> str:
        """The root's address for programs on this machine."""
        return local_url(*self._address())

    @property
    def ws_url(self) -> str:
        """The root's WebSocket address for programs on this machine."""
        return local_url(*self._address(), scheme="ws")

    def uses(self, port: int) -> bool:
        """Return whether it listens on a port of this machine."""
        return self._wire.public and self._wire.address[1] == port

    def _address(self) -> Address:
        if not self._wire.public:
            raise RuntimeError(
                f"server {self.name!r} is in memory and has no address; use"
                " server.connect() and server.get(), or serve(…,"
                " wire='socket') where there are sockets"
            )
        return self._wire.address

    # Clients

    @property
    def clients(self) -> list[Client]:
        """The WebSocket clients of ours that are still connected."""
        return self._clients.connected()

    def connect(
        self,
        path: str = "/",
        name: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] | None = None,
        timeout: float = LIMIT,
    ) -> Connecting:
        """Connect a WebSocket client: ``ada = await server.connect("/")``.

        Args:
            path: the path to connect to, with its query string.
            name: the client's name in the flow. A client of that name that
                is still connected is closed before.
            headers: further headers of the request.
            subprotocols: the subprotocols to offer, the preferred one first.
            timeout: how many seconds each wait of the client may take.

        Raises:
            Refused: the application did not accept.
            TimeoutError: the application neither accepted nor refused.
            ConnectionError: the server is stopped, or broke off; or what the
                application accepts with fits no WebSocket.
        """
        url = local_url(*self._wire.address, "ws") + self._relative(path)
        options: Options = {
            "headers": headers,
            "subprotocols": subprotocols,
            "timeout": timeout,
        }

        async def opening() -> Client:
            await self._ready()
            return await self._clients.open(url, name, options)

        return Connecting(opening)

    async def get(self, path: str = "/", **options: Any) -> Response:
        """Make a GET request; see :meth:`request`."""
        return await self.request("GET", path, **options)

    async def post(self, path: str = "/", **options: Any) -> Response:
        """Make a POST request; see :meth:`request`."""
        return await self.request("POST", path, **options)

    async def request(
        self, method: str, path: str = "/", **options: Any
    ) -> Response:
        """Make an HTTP request.

        Args:
            method: the method, such as ``PUT``.
            path: the path, with its query string.
            options: ``data`` (str or bytes), ``json`` (anything that JSON
                can say), ``headers``, ``name`` (the client's name in the
                flow, ``notebook`` by default), ``timeout`` (seconds for each
                wait), ``stream`` (True returns as soon as the headers are
                there; use the response in ``async with`` and iterate over it
                for the body's pieces).

        Raises:
            TypeError, ValueError: an option that there is not, or of another
                type; a path, a method or a header that there cannot be.
            TimeoutError: no answer came in time.
            ConnectionError: the server is stopped, or broke off.
        """
        target = f"/{self._relative(path)}"
        require_options(options, OPTIONS)
        asking = Asking(method=method, target=target, **options)
        await self._ready()
        return await request(self._recorder, self._wire, asking)

    def also(self, protocol: U) -> U:
        """Serve the application to another protocol as well, until the end.

        What moves there is in the same flow. It connects on its own, also
        later, if need be: ``await protocol.ready()`` waits until it has.

        Args:
            protocol: a server of ``minichannels.protocols``, such as
                ``IrcBot("irc://127.0.0.1/lobby")``.

        Raises:
            TypeError: it is none of those, or the class of one.
            ConnectionError: the server is stopped.
        """
        given: Any = protocol
        if isinstance(given, type) or not hasattr(given, "run"):
            raise TypeError(
                "also() takes a server of minichannels.protocols, such as"
                f" IrcBot('irc://127.0.0.1/lobby'), not {protocol!r}"
            )
        crashed = self._recorder.add_task_crash
        self._wire.also(lambda: protocol.run(self._recorder, crashed))
        return protocol

    def page(self, path: str = "/", height: int = 400) -> "Page":
        """Return a widget that shows one of the server's pages.

        Args:
            path: the page's path.
            height: its height in pixels.

        Raises:
            ImportError: anywidget is not installed.
        """
        try:
            from minichannels.lab.serving.page import Page
        except ImportError as error:
            raise ImportError(
                f"showing a page needs {error.name}; run"
                ' pip install "minichannels[lab]"'
            ) from error
        title = f"page {path} of server {self.name!r}"
        relative = self._relative(path, "#")
        if not self._wire.public:
            page = Page("", title, height)
            page.ended = (
                f"{title}: the server is in memory, where no browser reaches"
                f" it; use await server.get({path!r})."
            )
            return page
        page = Page(self.url + relative, title, height)
        self._pages.add(page)
        return page

    def _relative(self, path: str, fragment: str = "") -> str:
        if not isinstance(path, str):
            raise TypeError(f"a path is a text such as '/chat', not {path!r}")
        if not path.startswith("/"):
            raise ValueError(f"a path begins with '/'; got {path!r}")
        # As a browser does: whatever may not stand in a URL is encoded.
        return quote(path[1:], safe=_IN_PATHS + fragment)

    # Its life

    async def settle(self, timeout: float = LIMIT) -> None:
        """Wait until the applications have handled whatever was sent.

        Every message of a client of ours has been read, every event handled,
        and no message waits in the mailbox of a consumer that lives.

        Raises:
            TypeError: the timeout is no number of seconds.
            ValueError: it is less than 0.
            TimeoutError: something is still to be done; says what.
        """
        require_seconds(timeout)
        await self._ready()
        with awake():
            await self._recorder.settling.wait(timeout)

    async def _ready(self) -> None:
        """Wait until the application has started; a failure is told here."""
        try:
            await self._wire.ready()
        except Exception as error:
            failure = self._supervised.failure
            raise explained(error, failure, self._patience) from failure

    def start(self, timeout: float, folder: Path | None = None) -> None:
        """Start to serve; called once, by ``serve()``.

        Args:
            timeout: how many seconds the application has to start.
            folder: where the journal is written, anew.

        Raises:
            OSError: it cannot be written there.
            TypeError: the application is a plain function.
            RuntimeError: it failed to start; says why.
            TimeoutError: it did not start within ``timeout`` seconds.
        """
        if self._running:
            raise RuntimeError(f"server {self.name!r} runs already")
        self._patience = timeout
        self._running = True
        try:
            recorded_layers.start(self._recorder.journal)
            self._file = self._file_in(folder)
            self._wire.start(timeout)
        except BaseException as error:
            self._running = False
            self._wire.stop()
            self._on_stop(self)
            failure = self._supervised.failure
            raise explained(error, failure, timeout) from failure

    def _file_in(self, folder: Path | None) -> JournalFile | None:
        if folder is None:
            return None
        (folder / f"{self.name}.jsonl").unlink(missing_ok=True)
        return JournalFile(self._recorder.journal, folder, self.name)

    def stop(self) -> None:
        """End the server and its connections; doing so again is fine.

        It ends what was still to be ended when a first time was interrupted.
        """
        self._running = False
        self._wire.stop()
        self._on_stop(self)  # last: until then others can stop it, too

    def _ended(self) -> None:
        """Put away what the server needed; its wire's last call."""
        if self._put_away:
            return
        if self._running:  # it has ended by itself
            self._running = False
            self._on_stop(self)
        self._recorder.settling.stop()
        recorded_layers.stop(self._recorder.journal)
        for page in self._pages:
            page.ended = f"{page.title}: {_STOPPED}"
        if self._file is not None:
            self._file.close()
        self._put_away = True  # last: an interrupted stop() goes on here
