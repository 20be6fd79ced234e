"""A picture with its text twin, as a notebook shows it.

How it works: each of its parts is made when it is asked for, once. Who wants
the picture alone does not wait for the table, which takes much longer.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from minichannels.flow.private import write_text


class Figure:
    """A drawing of a flow; the last line of a cell shows it.

    Args:
        svg: makes the picture; an empty one for a table.
        text: makes the same in words.
        html: makes the figure for a notebook, of the picture.
    """

    def __init__(
        self,
        svg: Callable[[], str],
        text: Callable[[], str],
        html: Callable[[str], str],
    ) -> None:
        self._make_svg = svg
        self._make_text = text
        self._make_html = html

    @cached_property
    def svg(self) -> str:
        """The picture; empty for a table."""
        return self._make_svg()

    @cached_property
    def text(self) -> str:
        """The same in words."""
        return self._make_text()

    @cached_property
    def html(self) -> str:
        """The figure for a notebook."""
        return self._make_html(self.svg)

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
        write_text(Path(path), self.svg)
