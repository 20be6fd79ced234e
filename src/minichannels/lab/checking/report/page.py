"""The message of a check as HTML.

The style is part of it, for a notebook has none of ours: it follows the theme
of JupyterLab, or else that of the system. Whatever comes from the learner's
code is escaped.
"""

import re
from typing import TYPE_CHECKING

from minichannels.flow.drawings.pen import MONO, SANS
from minichannels.flow.text.formatting import escaped
from minichannels.lab.checking.texts.texts import say

if TYPE_CHECKING:
    from minichannels.lab.checking.report.message import Message, Section

_LIGHT = (
    "--ink:#1B1F24;--mute:#4D5761;--edge:#C3CBD3;--soft:#F3F6F9;"
    "--bad:#B83B00;--good:#00734F;--panel:#fff"
)
_DARK = (
    "--ink:#E6EBF0;--mute:#A9B4BF;--edge:#3A434C;--soft:#1E2429;"
    "--bad:#FF8A5C;--good:#3FC79A;--panel:#16191D"
)

STYLE = f"""<style>
.mc-check{{{_LIGHT};color:var(--ink);background:var(--panel);
border:1px solid var(--edge);border-left:6px solid var(--bad);
border-radius:8px;padding:14px 20px 16px;margin:0;max-width:900px;
font:14px/1.5 {SANS}}}
@media (prefers-color-scheme:dark){{.mc-check{{{_DARK}}}}}
body[data-jp-theme-light="true"] .mc-check{{{_LIGHT}}}
body[data-jp-theme-light="false"] .mc-check{{{_DARK}}}
.mc-check.ok{{border-left-color:var(--good)}}
.mc-check h3{{margin:0 0 10px;font:700 17px/1.4 {SANS};color:var(--ink);
display:flex;align-items:center;gap:10px}}
.mc-check h3 b{{color:var(--bad)}}
.mc-check.ok h3 b{{color:var(--good)}}
.mc-check h3 svg{{width:24px;height:24px;flex:none}}
.mc-check dl{{display:grid;grid-template-columns:minmax(90px,200px) 1fr;
gap:7px 18px;margin:0;background:none}}
.mc-check dt{{font-weight:700;color:var(--mute);float:none;width:auto}}
.mc-check dd{{margin:0;min-width:0;width:auto}}
.mc-check .pic{{grid-column:1/-1}}
.mc-check code{{font:13px {MONO};background:var(--soft);color:var(--ink);
border:1px solid var(--edge);border-radius:3px;padding:0 4px;
overflow-wrap:anywhere}}
.mc-check .line{{display:block;font:13px/1.6 {MONO};background:var(--soft);
border:1px solid var(--edge);border-left:3px solid var(--bad);
border-radius:3px;padding:3px 10px;margin:6px 0 0;overflow-wrap:anywhere}}
.mc-check.ok .line{{border-left-color:var(--good)}}
.mc-check .line span{{color:var(--mute);padding-right:14px}}
.mc-check .why{{border-top:1px solid var(--edge);
border-bottom:1px solid var(--edge);padding:9px 0;margin:9px 0;
grid-column:1/-1;display:grid;
grid-template-columns:minmax(90px,200px) 1fr;gap:0 18px}}
.mc-check .tag{{font:700 12px {MONO};color:var(--mute);
border:1px solid var(--mute);border-radius:9px;padding:0 7px;
margin-right:8px}}
.mc-check img{{display:block;max-width:100%;margin:2px 0 0}}
.mc-check p{{margin:12px 0 0;color:var(--mute)}}
.mc-check .prog{{display:inline-flex;gap:3px;vertical-align:-1px;
margin-right:8px}}
.mc-check .prog i{{width:22px;height:11px;border:1.5px solid var(--good);
border-radius:3px}}
.mc-check .prog i.d{{background:var(--good)}}
</style>"""

_SIGN = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12"'
    ' r="10.5" fill="none" stroke="var(--{0})" stroke-width="2"/>'
    '<path d="{1}" fill="none" stroke="var(--{0})" stroke-width="3"'
    ' stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_CROSS = _SIGN.format("bad", "M8 8l8 8M16 8l-8 8")
_TICK = _SIGN.format("good", "M7 12.5l3.5 3.5l6.5 -8")


def as_html(message: "Message") -> str:
    """Return a message as HTML."""
    kind = "mc-check ok" if message.solved else "mc-check"
    sign = _TICK if message.solved else _CROSS
    head = f"{message.number} {message.verdict}"
    parts = "".join(_section(section) for section in message.sections)
    return (
        f"{STYLE}"
        f'<section class="{kind}" role="group" aria-label="{escaped(head)}">'
        f"<h3>{sign}<span><b>{escaped(head)}:</b>"
        f" {marked(message.headline)}</span></h3>"
        f"<dl>{parts}</dl>"
        f"<p>{_bar(message.bar)}{marked(message.end)}</p></section>"
    )


def _section(section: "Section") -> str:
    tag = ""
    if section.tag:
        believed = escaped(say("believed", tag=section.tag))
        tag = f'<span class="tag">{believed}</span>'
    line = ""
    if section.place is not None:
        number = f"{say('line')} {section.place.line}"
        code = escaped(section.place.code)
        line = f'<span class="line"><span>{number}</span>{code}</span>'
    body = f"{tag}{marked(section.words)}{line}"
    inner = f"<dt>{escaped(section.title)}</dt><dd>{body}</dd>"
    if section.image:  # as wide as there is room
        inner += f'<dd class="pic">{section.image}</dd>'
    return f'<div class="why">{inner}</div>' if section.tag else inner


def marked(words: str) -> str:
    """Return words as HTML: what stands in backticks is code."""
    parts = re.split("`([^`]*)`", words)
    shown = []
    for index, part in enumerate(parts):
        html = "<br>".join(escaped(line) for line in part.split("\n"))
        shown.append(f"<code>{html}</code>" if index % 2 else html)
    return "".join(shown)


def _bar(bar: tuple[int, int] | None) -> str:
    if bar is None:
        return ""
    done, total = bar
    cells = '<i class="d"></i>' * done + "<i></i>" * (total - done)
    return (
        f'<span class="prog" role="img" aria-label="{done}/{total}">'
        f"{cells}</span>"
    )
