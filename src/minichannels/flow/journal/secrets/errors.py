"""How errors say what is called how, and lines of code that they come from.

How it works: an error speaks to people, so that a name and a value stand there
as words do; what has a digit is no word that explains something. In code a
secret is a literal: all else is a name there, which whoever looks for the error
needs.
"""

from minichannels._masking import MASK
from minichannels.flow.journal.secrets.notations import (
    NAME,
    SHOWN,
    WORD,
    Notation,
    block,
)

_SPOKEN = (
    rf"(?<![\w$.-])(?P<name>(?:(?:api|access|secret|session) )?{WORD})"
    r"(?: (?:header|value|provided|given|is|was))?"
)
IN_ERRORS = (
    # A word with a digit is no word that explains something.
    Notation(
        ":",
        rf"{_SPOKEN}[\"']?: *(?=[^\s,;]{{0,200}}?\d)",
        "",
        other=r"[^\s,;\"']++",
    ),
    Notation(
        " ",
        rf"{_SPOKEN}(?: (?:=|=>|:=))? [\"'`(]?"
        r"(?=[^\s,;\"'`()<>]{6})(?=[^\s,;\"'`()<>]{0,200}?\d)",
        "",
        other=r"[^\s,;\"'`()<>]++",
    ),
    # Headers as Python shows them.
    Notation(
        ",",
        rf"(?:\(b?|\[b)[\"'](?P<name>{NAME})[\"'], ?",
        rf"{SHOWN}(?=\)|\])",
        mask=f"'{MASK}'",
    ),
)
"""How errors say it, besides."""

IN_CODE = Notation(
    "",
    rf"(?<![\w$-])[\"']?(?P<name>{WORD})[\"']?\]?[ \t]{{0,8}}+"
    r"(?::[\w \t.|]{1,80}(?==))?(?:={1,2}+|:)[ \t]{0,8}+",
    rf"""[rfu]?(?:{block('"')}|{block("'")}|{SHOWN})""",
    mask=f"'{MASK}'",
)
"""How a line of code says it: as a literal, since all else is a name there."""
