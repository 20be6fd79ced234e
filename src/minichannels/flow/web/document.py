"""A flow as a page of its own, complete without any script.

How it works: the pictures stand in ``<img>`` as data, all of the same moment.
The scripts that make the live view are files beside it. Of a flow in which
much has happened the page opens without them, for they would have to be drawn
first; they have an address of their own.
"""

import base64
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.drawings.threads import NOBODY
from minichannels.flow.flow import Flow
from minichannels.flow.model.handlers import handlers
from minichannels.flow.text.formatting import count, escaped, shortened
from minichannels.flow.text.html import alternative, table
from minichannels.flow.text.wording import event_count, totals

NOTHING: Mapping[str, str] = MappingProxyType({})

# The icon is empty: a browser would ask the application for one.
_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
{head}</head>
<body>
{body}
</body>
</html>
"""
_HEAD = """<link rel="stylesheet" href="page.css">
<link rel="modulepreload" href="live.js">
<script type="module" src="page.js"></script>
"""
_WARNING = '<p class="warning" role="note">{}</p>\n'
_AGAIN = '<meta http-equiv="refresh" content="1">\n'
_TOLD = '<meta name="{}" content="{}">\n'
_BODY = """<header>
<h1>{title}</h1>
<p id="totals">{totals}</p>
{warning}<nav aria-label="This flow">
<a href="{address}">{again}</a>
<a href="flow.json" download>flow.json</a>
<a href="flow.txt" download>flow.txt</a>
<a href="flow.har" download>flow.har</a>
</nav>
</header>
<main>
<section id="live" aria-label="Live view" hidden>
<p id="state" role="status"></p>
<div id="view"></div>
</section>
<details id="drawn" open>
<summary>As it was when this page was drawn</summary>
{drawn}
</details>
</main>"""
_TABLE = """<section aria-labelledby="table">
<h2 id="table">Table</h2>
<div class="wide" tabindex="0" role="region" aria-labelledby="table">
{}</div>
</section>"""
_MUCH = """<p>Much had happened: <a href="drawn">draw it</a>. That takes a
moment, and the live view is there at once.</p>"""
_NO_DRAWING = """<section aria-labelledby="{name}">
<h2 id="{name}">{heading}</h2>
<p>{words}</p>
</section>"""
_DRAWING = """<section aria-labelledby="{name}">
<h2 id="{name}">{heading}</h2>
<p>{words} <a href="{name}.svg" download>{name}.svg</a></p>
<div class="wide" tabindex="0" role="region" aria-labelledby="{name}">
<img alt="{alt}" src="data:image/svg+xml;base64,{data}"></div>
</section>"""


def document(
    flow: Flow,
    name: str,
    told: Mapping[str, str] = NOTHING,
    warning: str = "",
    address: str = "./",
) -> str:
    """Return the page of a flow.

    Args:
        flow: the flow, at one moment.
        name: whose it is, for the heading.
        told: what the page's script is told, by name, as far as there is any:
            ``flow-token`` is what it says when it has something done.
        warning: what a reader has to know of it first, if anything.
        address: where it is drawn again.
    """
    shown = [name for name in DRAWINGS if _has_something(flow, name)]
    drawings = [_section(flow, kind) for kind in shown]
    listed = _TABLE.format(table(flow.events, flow.left_out, flow.began))
    return _page(
        _Stands(name, _totals(flow), "\n".join([*drawings, listed]), address),
        told,
        warning,
    )


def opening(
    many: int,
    left_out: int,
    name: str,
    told: Mapping[str, str] = NOTHING,
    warning: str = "",
) -> str:
    """Return the page of a flow in which much has happened, without drawings.

    Args:
        many: how many events it has.
        left_out: how many older ones are left out.
        name: the same as for :func:`document`, and so are the others.
        told: the same.
        warning: the same.
    """
    totals = _joined([count(many, "event")], left_out)
    words = _Stands(name, totals, _MUCH, "drawn", "Draw it")
    return _page(words, told, warning)


class _Stands(NamedTuple):
    """What stands in a page: whose it is, how much, and what is drawn."""

    name: str
    totals: str
    drawn: str
    address: str
    again: str = "Draw again"


def _page(words: _Stands, told: Mapping[str, str], warning: str) -> str:
    title = escaped(shortened(f"Flow of {words.name}", 100))
    body = _BODY.format(
        title=title,
        totals=words.totals,
        warning=_WARNING.format(escaped(warning)) if warning else "",
        drawn=words.drawn,
        address=words.address,
        again=words.again,
    )
    known = [(name, escaped(value)) for name, value in told.items() if value]
    head = _HEAD + "".join(_TOLD.format(*pair) for pair in known)
    return _DOCUMENT.format(title=title, head=head, body=body)


def _has_something(flow: Flow, kind: str) -> bool:
    """Return whether anything is to be said below a drawing's heading."""
    if kind == "mailboxes":
        return any(event.traits.at_mailbox for event in flow.events)
    if kind == "topology":
        return any(event.traits.at_layer for event in flow.events)
    return True


def _section(flow: Flow, kind: str) -> str:
    """Return a drawing with its words, or words alone if it would be empty."""
    heading = DRAWINGS[kind].heading
    if kind == "threads" and not handlers(flow.events):
        return _NO_DRAWING.format(name=kind, heading=heading, words=NOBODY)
    return _DRAWING.format(
        name=kind,
        heading=heading,
        words=DRAWINGS[kind].words,
        alt=escaped(alternative(flow.events)),
        data=base64.b64encode(drawn(flow, kind).encode()).decode(),
    )


def drawn(flow: Flow, name: str) -> str:
    """Return one of a flow's drawings, as SVG."""
    return DRAWINGS[name].make(flow.events, flow.left_out, ())


def message(text: str, again: bool = False) -> str:
    """Return a page that says one thing.

    Args:
        text: what it says.
        again: whether a browser asks for it again and again.
    """
    body, head = f"<p>{escaped(text)}</p>", _AGAIN if again else ""
    return _DOCUMENT.format(title=escaped(text[:60]), head=head, body=body)


def _totals(flow: Flow) -> str:
    parts = [count(event_count(flow.events), "event")]
    parts += [f"{number} {word}" for word, number in totals(flow.events)]
    if not flow.events:
        return (
            "Nothing had happened when this was drawn: use the application,"
            " then draw again."
        )
    return _joined(parts, flow.left_out)


def _joined(parts: Sequence[str], left_out: int) -> str:
    older = [f"{left_out} older ones left out"] if left_out else []
    return " · ".join([*parts, *older])
