"""The page of a flow: an ASGI application, alone or beside another one.

How it works: requests below the page's path are answered here; whatever else
comes goes to the application as it came, and only that is recorded. Drawings
are made when they are asked for, in a thread, so that the application does
not wait for them.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.flow import Flow
from minichannels.flow.text.har import har
from minichannels.flow.web.document import document, drawn, message, opening
from minichannels.flow.web.origin import objection
from minichannels.flow.web.websocket import Acting, Resend, stream
from minichannels.types import ASGIApp, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
LIVE = Path(__file__).parents[1] / "live" / "static" / "live.js"

POLICY = (
    "default-src 'none'; script-src 'self';"
    " style-src 'self' 'unsafe-inline';"  # the live view brings its own
    " img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load, and run: its own files, and pictures as data."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_TYPES = {
    "": "text/html",
    ".css": "text/css",
    ".har": "application/json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
_FILES = {
    path.name: path for path in (STATIC / "page.css", STATIC / "page.js", LIVE)
}


MUCH = 1_000
"""Of how many events the page opens without drawings: to make those takes as
long as to show everything live."""

UNMASKED = (
    "Nothing is masked here (--show-secrets): passwords, tokens and cookies"
    " stand as they came, and so they do in each file of this flow."
)
"""What the page says where secrets are shown."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What one may ask of a page.

    Attributes:
        editor: the template of the address that opens an editor; empty if
            lines of code are no links.
        shows_secrets: whether nothing of the flow is masked; the page says so.
    """

    editor: str = ""
    shows_secrets: bool = False


AS_IT_IS = PageOptions()


class FlowPage:
    """The page of a flow, and what belongs to it.

    Args:
        flow: the flow; the page shows it as it is when it is asked for.
        name: whose flow it is.
        path: where the page is; begins and ends with a slash.
        host: the host that the server listens on.
        resend: sends a frame of a client again, if that can be done.
        options: what its reader has asked for.
    """

    def __init__(
        self,
        flow: Flow,
        name: str,
        *,
        path: str = "/",
        host: str = "127.0.0.1",
        resend: Resend | None = None,
        options: PageOptions = AS_IT_IS,
    ) -> None:
        self.path = path
        # Who acts has to know what only the page was told.
        self._acting = Acting(resend, token_urlsafe(16)) if resend else None
        self._warning = UNMASKED if options.shows_secrets else ""
        self._told = {"flow-token": self._token, "flow-editor": options.editor}
        self._flow = flow
        self._name = name
        self._host = host

    def beside(self, application: ASGIApp) -> ASGIApp:
        """Return an application that has this page at its path."""

        def with_page(
            scope: Scope, receive: Receive, send: Send
        ) -> Awaitable[None]:
            path = scope.get("path", "")
            ours = f"{path}/".startswith(self.path)
            inner = self if ours else application
            return inner(scope, receive, send)

        return with_page

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request, or refuse it (ASGI application)."""
        if scope["type"] == "http":
            await self._answer(scope, send)
        elif scope["type"] == "websocket":
            known = scope["path"] == f"{self.path}live"
            if known and not objection(scope, self._host):
                await stream(self._flow, receive, send, self._acting)
            else:
                await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, send: Send) -> None:
        reason = objection(scope, self._host)
        name = scope["path"].removeprefix(self.path)
        if reason:
            await respond(send, 403, message(reason))
        elif scope["method"] not in ("GET", "HEAD"):
            await respond(send, 405, message("This page is for reading."))
        elif not scope["path"].startswith(self.path):
            extra = {"location": self.path}
            await respond(send, 307, message("It is in a folder."), **extra)
        elif (make := self._maker(name)) is None:
            await respond(send, 404, message("There is no such page."))
        else:
            await respond(send, 200, await asyncio.to_thread(make), name)

    def _maker(self, name: str) -> Callable[[], str] | None:
        """Return what makes one of the page's files; None if it has none."""
        made: dict[str, Callable[[], str]] = {
            "": self._opening,
            "drawn": lambda: self._drawn("drawn"),
            "flow.json": lambda: self._flow.to_json(times=True),
            "flow.txt": lambda: f"{self._flow!r}\n",
            "flow.har": lambda: har(self._flow.events, self._flow.began),
        }
        stem, _, suffix = name.partition(".")
        if name in _FILES:
            return lambda: _read(_FILES[name])
        if suffix == "svg" and stem in DRAWINGS:
            return lambda: drawn(self._now(), stem)
        return made.get(name)

    def _opening(self) -> str:
        journal = self._flow.journal
        if journal is None or len(journal) < MUCH:
            return self._drawn("./")
        many, left_out = len(journal), journal.left_out
        return opening(many, left_out, self._name, self._told, self._warning)

    def _drawn(self, address: str) -> str:
        return document(
            self._now(), self._name, self._told, self._warning, address
        )

    @property
    def _token(self) -> str:
        return self._acting.token if self._acting else ""

    def _now(self) -> Flow:
        """Return the flow of this moment, which does not grow."""
        flow = self._flow
        return Flow(flow.events, flow.left_out, began=flow.began)


@functools.cache
def _read(path: Path) -> str:
    """Return a file as it was when it was first asked for.

    What is installed meanwhile is of another program than the one that runs.
    """
    return path.read_text(encoding="utf-8")


async def respond(
    send: Send, status: int, text: str, name: str = "", **extra: str
) -> None:
    """Send a response.

    Args:
        send: sends it.
        status: its status.
        text: its body.
        name: the name of the file; its end says of what kind it is.
        extra: more headers.
    """
    headers = _HEADERS | extra
    kind = _TYPES[Path(name).suffix]
    headers["content-type"] = f"{kind}; charset=utf-8"
    if kind not in ("text/html", "text/css", "text/javascript"):
        # Shown in a tab, it would have the browser ask for an icon.
        headers["content-disposition"] = f'attachment; filename="{name}"'
    body = text.encode("utf-8", "backslashreplace")  # half a surrogate pair
    headers["content-length"] = str(len(body))
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
