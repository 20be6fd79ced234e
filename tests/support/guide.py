"""The table of misconceptions in the instructor's guide.

``python -m support.guide`` in ``tests`` writes it anew, from the register.
"""

from minichannels.lab.checking.texts.misconceptions import as_markdown
from support import ROOT

GUIDE = ROOT / "notebooks" / "instructor.md"
BEGIN = "<!-- register: python -m support.guide, in tests/, writes this -->"
END = "<!-- end of register -->"


def written(text: str) -> str:
    """Return the guide with the table that the register gives now."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{as_markdown()}{END}{after}"


if __name__ == "__main__":
    guide = GUIDE.read_text(encoding="utf-8")
    GUIDE.write_text(written(guide), encoding="utf-8", newline="\n")
