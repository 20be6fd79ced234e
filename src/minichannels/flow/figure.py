"""A picture with its text twin, as a notebook shows it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Figure:
    """A drawing of a flow; the last line of a cell shows it.

    Args:
        svg: the picture; empty for a table.
        text: the same in words.
        html: the figure for a notebook.
    """

    def __init__(self, svg: str, text: str, html: str) -> None:
        self.svg = svg
        self.text = text
        self.html = html

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> Mapping[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def save(self, path: str | Path) -> None:
        """Save the picture as SVG.

        Raises:
            ValueError: the name does not end in ``.svg``, or there is no
                picture.
        """
        if not self.svg:
            raise ValueError(
                "a table is no picture; to keep it, use flow.save('….txt')"
            )
        if not str(path).endswith(".svg"):
            raise ValueError(f"a picture is SVG; {str(path)!r} ends otherwise")
        Path(path).write_text(self.svg, encoding="utf-8")
