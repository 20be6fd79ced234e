"""The message of a check: the same words as text and as HTML.

How it works: a :class:`Message` is a headline and sections, in a fixed order.
``text/plain`` is at most 92 columns wide; the HTML is made of ``h3``, ``dl``,
``p`` and ``img``, and reads in order without its style. The style goes with
each message, for a notebook has none of ours: it follows the theme of
JupyterLab, or else that of the system. Whatever comes from the learner's code
is escaped.

Source: the visual language, "Checks".
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minichannels.flow.text.formatting import escaped, visible
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.texts.texts import say

WIDTH = 92
LABEL = 28
LONGEST_LINE = 200
LONGEST_WHOLE = 32
"""Up to how many characters a value is not torn at the end of a line."""

_CSS = Path(__file__).parent / "static" / "check.css"
STYLE = f"<style>\n{_CSS.read_text(encoding='utf-8')}</style>"
"""The style of a message, as HTML."""


@dataclass(frozen=True)
class Section:
    """One part of a message.

    Attributes:
        title: its heading.
        words: what it says; backticks mark code.
        place: a line of the learner's code, shown below.
        label: what is said before it, such as ``line 3``.
        tag: the id of a misconception.
        image: a picture, as HTML.
    """

    title: str
    words: str
    place: SourceLine | None = None
    label: str = ""
    tag: str = ""
    image: str = ""


@dataclass(frozen=True)
class Message:
    """What a check answers; the last line of a cell shows it.

    Attributes:
        number: the exercise's.
        solved: whether it is solved.
        headline: one sentence.
        sections: the parts, in order.
        end: the next step.
    """

    number: str
    solved: bool
    headline: str
    sections: tuple[Section, ...]
    end: str

    @property
    def verdict(self) -> str:
        """The words between the number and the headline."""
        return say("solved" if self.solved else "unsolved")

    def __repr__(self) -> str:
        head = f"{self.number} {self.verdict}: {plain(self.headline)}"
        lines = [*textwrap.wrap(head, WIDTH, subsequent_indent="  "), ""]
        for section in self.sections:
            lines += _as_text(section)
        ending = textwrap.wrap(plain(self.end), WIDTH - 2)
        return "\n".join([*lines, "", *(f"  {line}" for line in ending)])

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> Mapping[str, str]:
        return {"text/plain": repr(self), "text/html": _as_html(self)}


def plain(words: str) -> str:
    """Return words without the marks of code, all of it visible."""
    return re.sub("`([^`]*)`", r"\1", "".join(map(_seen, words)))


def _seen(char: str) -> str:
    return char if char == "\n" else visible(char)


def wrapped(words: str, room: int) -> list[str]:
    """Return lines: no name is cut in two, and no row of blanks gets lost."""
    kept = re.sub(" {2,}", lambda blanks: "\xa0" * len(blanks[0]), words)
    lines = [""]
    for piece in _pieces(kept, room):
        if len((lines[-1] + piece).rstrip(" ")) > room:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip(" ").replace("\xa0", " ") for line in lines if line]


def _pieces(words: str, room: int) -> Iterator[str]:
    """Give the words; of those that fit in no line, each name in them."""
    for word in re.findall("[^ ]* ?", words):
        if len(word) <= room:
            yield word
        else:
            yield from re.findall(rf"\w{{1,{room - 2}}}\W?|\W", word)


def _as_text(section: Section) -> list[str]:
    title = section.title + (f" ({section.tag})" if section.tag else "")
    room = WIDTH - LABEL
    lines = [
        line
        for part in plain(section.words).split("\n")
        for line in wrapped(part, room) or [""]
    ]
    if section.place is not None:
        place = section.place
        shown = f"{section.label}: {visible(place.code)}"
        lines += wrapped(shown[:LONGEST_LINE], room)
    first, *rest = lines
    head = f"  {title}".ljust(LABEL)
    head = head if head.endswith(" ") else f"{head} "
    return [head + first, *(" " * LABEL + line for line in rest)]


# In a notebook that is not trusted there is no style but what stands in a tag;
# and there JupyterLab's own puts the parts of a list side by side.
_BELOW = ' style="float:none;width:auto"'

_SIGN = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12"'
    ' r="10.5" fill="none" stroke="var(--{0})" stroke-width="2"/>'
    '<path d="{1}" fill="none" stroke="var(--{0})" stroke-width="3"'
    ' stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_CROSS = _SIGN.format("bad", "M8 8l8 8M16 8l-8 8")
_TICK = _SIGN.format("good", "M7 12.5l3.5 3.5l6.5 -8")


def _as_html(message: Message) -> str:
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
        f"<p>{marked(message.end)}</p></section>"
    )


def _section(section: Section) -> str:
    tag = ""
    if section.tag:
        tag = f'<span class="tag">{escaped(section.tag)}</span>'
    line = ""
    if section.place is not None:
        code = escaped(section.place.code[:LONGEST_LINE])
        label = escaped(section.label)
        line = f'<span class="line"><span>{label}</span>{code}</span>'
    body = f"{tag}{marked(section.words)}{line}"
    inner = f"<dt{_BELOW}>{escaped(section.title)}</dt><dd{_BELOW}>{body}</dd>"
    if section.image:  # as wide as there is room
        inner += f'<dd class="pic"{_BELOW}>{section.image}</dd>'
    return f'<div class="why">{inner}</div>' if section.tag else inner


def marked(words: str) -> str:
    """Return words as HTML: what stands in backticks is code.

    A value that is short stays on one line, whatever blanks it has.
    """
    parts = re.split("`([^`]*)`", words)
    shown = []
    for index, part in enumerate(parts):
        html = "<br>".join(escaped(line) for line in part.split("\n"))
        kind = ' class="long"' if len(part) > LONGEST_WHOLE else ""
        shown.append(f"<code{kind}>{html}</code>" if index % 2 else html)
    return "".join(shown)


def bar(done: int, total: int) -> str:
    """Return as HTML how many of some exercises are solved."""
    cells = '<i class="d"></i>' * done + "<i></i>" * (total - done)
    return (
        f'<span class="prog" role="img" aria-label="{done}/{total}">'
        f"{cells}</span>"
    )
