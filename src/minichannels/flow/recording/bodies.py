"""A body of HTTP that comes in chunks: one event, however many they are.

How it works: the first chunk is an event as any other. Those that follow, with
nothing in between, are counted, and of all together the beginning is kept.
That is told whenever their number has doubled, and at the end: so a download
of a million chunks costs no more than twenty looks at it.

Server-sent events are messages, though they come as chunks: each stands alone.
So do lines of JSON. Of a compressed body that is kept which was compressed
(``codings``), and of one in another charset the text (``charsets``).

Rule 1: a secret that comes in two pieces is none the less one. Where a piece is
told of alone, it is looked at with the end of what came before it.
"""

import functools
import re
from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any
from urllib.parse import quote

from minichannels.flow.journal.events import Entry, Heads
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.masking import masked_text
from minichannels.flow.journal.payloads import LARGEST_BODY
from minichannels.flow.recording.charsets import (
    MARKS,
    TextReader,
    charset_of,
    may_be_text,
)
from minichannels.flow.recording.clients.asked import path_in, query_in
from minichannels.flow.recording.clients.shown import (
    Pairs,
    pairs_of,
    without,
    without_end,
)
from minichannels.flow.recording.codings import Both, Opener, decoder_of
from minichannels.types import Scope

OF_BODIES = frozenset({"http.request", "http.response.body"})
"""The types of events that carry a body, or a chunk of one."""

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""What the body of a form is said to be."""

WITH_FORMS = frozenset({"POST", "PUT", "PATCH"})
"""The methods with which a form is sent."""

_TYPE = b"content-type"
_STREAMS = {
    "text/event-stream": (b"\n\n", b"\r\n\r\n", b"\r\r"),
    **dict.fromkeys(
        (
            *("application/x-ndjson", "application/ndjson"),
            *("application/jsonl", "application/jsonlines"),
            *("application/x-jsonlines", "application/stream+json"),
            "application/json-seq",
        ),
        (b"\n",),
    ),
}
"""What comes as things happen: line by line, or with a blank line between."""

_OF_PATHS = str.maketrans({sign: quote(sign) for sign in "?#%"})
_HOST = re.compile(rb"[A-Za-z0-9._:\[\]-]{1,255}")

AROUND = 10_000
"""How much more is looked at: what is cut off may be the end of a secret."""

SEAM = 2_000
"""How much of what came before is looked at with a piece that stands alone."""


Links = tuple[int | None, int | None]
Add = Callable[[str, str, dict[str, Any], int], Entry]


class Bodies:
    """The bodies of one connection.

    Args:
        journal: where they are written down.
        links: says what an event that is sent now answers.

    Attributes:
        secrets: what the client has shown or was given, and no journal keeps.
        heads: what is kept of headers, such as what the response is said to be;
            with it, the chunks of a body are one event. None: neither is so.
        streams: whether the response is a stream of events, whose causes are
            not known: what it tells of may happen long after the request.
        unfinished: the body of which more chunks may come, if there is one.
    """

    def __init__(self, journal: Journal, links: Callable[[], Links]) -> None:
        self.heads: Heads | None = None
        self.secrets: tuple[str, ...] = ()
        self.streams = False
        self._ends: tuple[bytes, ...] = ()
        self._journal = journal
        self._links = links
        self.unfinished: _Body | None = None
        self._openers: dict[str, Opener] = {}
        self._seams: dict[str, bytes] = {}

    def add(
        self,
        add: Add,
        kind: str,
        type_: str,
        payload: dict[str, Any],
        message: Mapping[Any, Any],
        id_: int = 0,
    ) -> Entry:
        """Write down a body, or a chunk; return the event that tells of it.

        Args:
            add: writes an event of the connection.
            kind: ``receive`` or ``send``.
            type_: the message's type, as text.
            payload: what may be kept of the message.
            message: the message as it came.
            id_: the number that the event has already, if it has one.
        """
        chunk, more = message.get("body", b""), message.get("more_body")
        if self.heads is None or type(chunk) is not bytes:
            return add(kind, type_, payload, id_)
        size = len(chunk)
        opens = self._opens(kind, chunk)
        if opens and chunk:
            chunk, payload = _opened(opens, chunk, payload)
        before = self._before(kind, chunk, more)
        if not before and self._is_whole(kind, chunk, more):
            return add(kind, type_, payload, id_)  # most often that is all
        body = self.unfinished
        if body is not None and body.goes_on(kind, type_, self._links()):
            body.add(chunk, size)
        else:
            self.finish()
            shown = self._shortened(payload, chunk, before)
            entry = add(kind, type_, shown, id_)
            if kind == "send" and self.streams:  # each is an event of its own
                return entry
            body = self.unfinished = _Body(entry, chunk, size, before)
        self._look_at(body, more)
        return body.entry

    def _opens(self, kind: str, chunk: bytes) -> Opener | None:
        """Return what opens a body, which may say by itself what it is."""
        opens = self._openers.get(kind)
        if opens is None and chunk.startswith(MARKS) and self._is_text(kind):
            opens = self._openers[kind] = TextReader("utf-16")
        return opens

    def _is_text(self, kind: str) -> bool:
        """Return whether a body may be a text, of which nothing came so far."""
        heads = self.heads or Heads()
        said = heads.asked if kind == "receive" else heads.answered
        begins = self.unfinished is None and not self._seams
        return begins and may_be_text(said)

    def _is_whole(self, kind: str, chunk: bytes, more: Any) -> bool:
        """Return whether a chunk is all of a body, or an event of a stream."""
        if kind == "send" and self.streams:
            return kind not in self._seams
        is_alone = self.unfinished is None and not more
        return is_alone and len(chunk) <= LARGEST_BODY

    def _before(self, kind: str, chunk: bytes, more: Any) -> bytes:
        """Return the end of the same body so far; note how it goes on."""
        before = self._seams.pop(kind, b"") if self._seams else b""
        # Each event of a stream is whole.
        if more and not (self.streams and chunk.endswith(self._ends)):
            short = len(chunk) < SEAM
            self._seams[kind] = (before + chunk if short else chunk)[-SEAM:]
        return before

    def is_asked(self, headers: Mapping[bytes, bytes]) -> None:
        """Note the headers of the request."""
        coding = headers.get(b"content-encoding")
        charset = _charset_in(headers.get(_TYPE, b"").decode("latin-1"))
        if coding is not None or charset:
            pairs = [(b"content-encoding", coding or b"")]
            self._note_opener("receive", pairs, charset)

    def begins(self, headers: Pairs) -> None:
        """Note the headers of the response."""
        if self.heads is not None:
            kind = _content_type(headers)
            self._ends = _STREAMS.get(_plain(kind), ())
            self.streams = bool(self._ends)
            self.heads.answered = kind
            self._note_opener("send", headers, _charset_in(kind))

    def _note_opener(self, kind: str, headers: Pairs, charset: str) -> None:
        """Note what opens a body: what was compressed, and then its text."""
        opens: Opener | None = decoder_of(headers, LARGEST_BODY + AROUND)
        if charset:
            reader = TextReader(charset)
            opens = Both(opens, reader) if opens else reader
        if opens is not None:
            self._openers[kind] = opens

    def _shortened(
        self, payload: dict[str, Any], chunk: bytes, before: bytes
    ) -> dict[str, Any]:
        """Return a payload with one of several chunks of a body.

        Of what is too large it is the beginning.
        """
        size = {"bytes": len(chunk)} if len(chunk) > LARGEST_BODY else {}
        if not chunk or not (size or before or self.secrets):
            return payload
        return {**size, **payload, "body": self._veiled(chunk, before)}

    def _veiled(self, body: bytes, before: bytes) -> bytes:
        """Return as much of a body as is kept, without secrets.

        Args:
            body: the beginning, or a piece of it.
            before: what came before that.
        """
        known = self._masked(before + body[: LARGEST_BODY + AROUND])
        known = without_end(self.secrets, known)
        if before:
            known = known[_alike(known, self._masked(before)) :]
        return known[:LARGEST_BODY]

    def _masked(self, body: bytes) -> bytes:
        masked: bytes = without(self.secrets, masked_text(body))
        return masked

    def _look_at(self, body: "_Body", more: Any) -> None:
        """Tell what is known of a body, if it is time to."""
        if not more:
            self.finish()
        elif body.is_worth_telling:
            self._tell(body)

    def finish(self) -> None:
        """Tell all of a body: nothing of it comes any more."""
        if self.unfinished is not None:
            self._tell(self.unfinished)
            self.unfinished = None

    def _tell(self, body: "_Body") -> None:
        """Have the journal know of all chunks."""
        if more := body.news():
            more["body"] = self._veiled(more["body"], body.before)
            self._journal.grew(body.entry, more)


class _Body:
    """The chunks of one body that came so far.

    Args:
        entry: the event of the first one.
        chunk: that one, as it is kept.
        size: how many bytes it had as it was sent.
        before: the end of what came of the body before that.
    """

    def __init__(
        self, entry: Entry, chunk: bytes, size: int, before: bytes
    ) -> None:
        self.entry, self.before = entry, before
        self._moved = entry.lane.moved
        self._begun = chunk
        self._size = size
        self._chunks = self._told = 1

    def goes_on(self, kind: str, type_: str, links: Links) -> bool:
        """Return whether a chunk that comes now belongs to it."""
        entry = self.entry
        return (
            (entry.kind, entry.type) == (kind, type_)
            and entry.lane.moved == self._moved
            and (kind == "receive" or links == (entry.cause, entry.begun_in))
            and not entry.forgotten
        )

    def add(self, chunk: bytes, size: int) -> None:
        """Take in a chunk."""
        if len(self._begun) < LARGEST_BODY + AROUND:
            self._begun += chunk
        self._size += size
        self._chunks += 1

    @property
    def is_worth_telling(self) -> bool:
        """Whether it is twice as many chunks as were told of."""
        return self._chunks >= 2 * self._told

    def news(self) -> dict[str, Any]:
        """Return what a payload says of all chunks; nothing if it does."""
        if self._told == self._chunks:
            return {}
        self._told = self._chunks
        begun = self._begun[: LARGEST_BODY + AROUND]
        return {"body": begun, "chunks": self._chunks, "bytes": self._size}


def _alike(one: bytes, other: bytes) -> int:
    """Return how many bytes two have in common, from the beginning on."""
    pairs = takewhile(
        lambda pair: pair[0] == pair[1], zip(one, other, strict=False)
    )
    return sum(1 for _ in pairs)


def _opened(
    opens: Opener, chunk: bytes, payload: dict[str, Any]
) -> tuple[bytes, dict[str, Any]]:
    """Return what a piece of a body was before, and what is kept of it."""
    plain = opens.decoded(chunk)
    told = {"body": masked_text(plain), "bytes": len(chunk)}
    return plain, payload | told


def heads_of(scope: Scope, headers: Mapping[bytes, bytes]) -> Heads:
    """Return what is kept of the headers of a request, or a WebSocket."""
    host = headers.get(b"host")
    kind = headers.get(_TYPE, b"").decode("latin-1")
    if host is None:
        return Heads(asked=kind)
    is_safe = scope.get("scheme") in ("https", "wss")
    return Heads(_origin(host, scope["type"], is_safe), kind)


@functools.lru_cache(maxsize=100)  # most are asked for under one name
def _origin(host: bytes, type_: str, is_safe: bool) -> str:
    """Return what an address begins with; empty if the host is no name."""
    if not _HOST.fullmatch(host):  # a client may have said anything
        return ""
    scheme = "http" if type_ == "http" else "ws"
    return f"{scheme}{'s' * is_safe}://{host.decode()}"


def where_to(scope: Scope) -> dict[str, Any]:
    """Return where a connection goes, as a part of a payload."""
    if "peer" in scope:  # beyond the web there are no paths
        return {}
    path, query = path_in(scope), query_in(scope)
    if "?" in path or "#" in path or "%" in path:  # no query begins there
        path = path.translate(_OF_PATHS)
    # Some have a session in the path, behind a ";".
    path = masked_text(f"{path}?{query}" if query else path)
    method = scope.get("method", "")
    return {"method": method, "path": path} if method else {"path": path}


def form_of(scope: Scope) -> dict[str, str]:
    """Return which kind of form a request carries, as a part of a payload.

    Nothing if it is none: of all else the body says what it is.
    """
    method = scope.get("method")
    if type(method) is not str or method not in WITH_FORMS:
        return {}
    kind = _plain(_content_type(pairs_of(scope.get("headers"))))
    return {"content_type": kind} if kind in FORMS else {}


def part_in(message: Mapping[Any, Any], headers: Pairs) -> dict[str, str]:
    """Return which part of a body a response carries, as a part of a payload.

    Source: RFC 9110, "Content-Range".
    """
    said = "".join(
        value.decode("latin-1")
        for name, value in headers
        if name.lower() == b"content-range"
    )
    return {"part": said} if said and "status" in message else {}


@functools.lru_cache(maxsize=100)  # an application says the same few
def is_usual(kind: bytes) -> bool:
    """Return whether a body is no stream, and in UTF-8, as far as is said."""
    text = kind.decode("latin-1")
    return _plain(text) not in _STREAMS and not _charset_in(text)


def _charset_in(kind: str) -> str:
    # Asked of every request: most say nothing, or that it is UTF-8.
    return charset_of(kind) if "charset" in kind.lower() else ""


def _content_type(headers: Pairs) -> str:
    """Return what a body is said to be."""
    for name, value in headers:
        if name.lower() == b"content-type":
            return value.decode("latin-1")
    return ""


def _plain(kind: str) -> str:
    """Return what a body is said to be, without parameters."""
    return kind.partition(";")[0].strip().lower()
