"""A picture: matplotlib's own figure, which shows itself in a notebook's ink, and says in words what it shows."""

from __future__ import annotations

import io
import threading
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font

from flowroute_nb.atomic_files import atomic_write
from flowroute_nb.cards import NO_TEX
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.ink import FONT, PAPER, Pen

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__all__ = ["Picture", "fonts"]

_SHOWN, _KEPT = 100, 200  # dots an inch: in a notebook, where the SVG is what is seen, and in a file
_LAST_RESORT = "Last Resort"  # has a box for every character, one for each script
_LATIN = 0x24F  # up to here the first font has every character
_font_of: dict[str, str | None] = {}
_drawing = threading.RLock()  # a figure can be drawn by one thread at a time


class Picture(Figure):
    """A figure of matplotlib's that a notebook shows as SVG in its own ink, light or dark.

    Whatever matplotlib does with a figure, it does with this one: ``picture.axes``, ``picture.savefig``.

    Attributes
    ----------
    alt : str
        What the picture shows, in words.

    """

    alt: str

    def __init__(self, width: float, height: float, alt: str) -> None:
        super().__init__(figsize=(width, height), dpi=_SHOWN, facecolor=PAPER, edgecolor="none", linewidth=0)
        self.set_layout_engine("none")  # whatever somebody has set for figures of their own
        self.alt = alt

    def svg(self) -> str:
        """Give the picture as an SVG element for a page: in its ink, as wide as there is room, nothing loaded."""
        return self._svg(for_page=True)

    @keywords
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save the picture as PNG, SVG or PDF, on white. No browser is needed; what was there is replaced in one move.

        Parameters
        ----------
        path : str or path
            Ends in ``.png``, ``.svg`` or ``.pdf``.

        Returns
        -------
        pathlib.Path
            Where it was saved.

        Raises
        ------
        InputError
            The ending is none of the three, or the folder isn't there.

        Examples
        --------
        >>> import tempfile, flowroute_nb as fr
        >>> with tempfile.TemporaryDirectory() as folder, fr.Sandbox(messages=100) as sandbox:
        ...     picture = fr.charts.over_time(sandbox.account().messages(days=30))
        ...     picture.save(f"{folder}/month.png").name
        'month.png'

        """
        place = Path(path)
        kinds = {".png": self._png_file, ".svg": self._svg_file, ".pdf": self._pdf_file}
        if place.suffix.lower() not in kinds:
            raise InputError(f"{place.name!r} ends in none of {', '.join(kinds)}. Give one of them, as in 'month.png'.")
        if not place.parent.is_dir():
            raise InputError(f"There is no folder {place.parent} to save {place.name} in. Make it, or give another.")
        said = kinds[place.suffix.lower()]()
        with atomic_write(place) as file:
            file.write(said)
        return place

    def _svg(self, *, for_page: bool) -> str:
        with _drawing:
            width, height = self.get_size_inches() * self.dpi
            pen = Pen(width, height, self.dpi, for_page=for_page)
            paper, seen = self.patch, self.patch.get_visible()
            paper.set_visible(False)  # the page's own shows through
            try:
                self.draw(pen)
            finally:
                paper.set_visible(seen)
            return pen.svg(self.alt)

    def _png(self, dpi: float) -> bytes:
        with _drawing:
            usual, canvas, made = self.dpi, FigureCanvasAgg(self), io.BytesIO()
            try:
                self.dpi = dpi
                canvas.print_png(made, metadata={"Software": None, "Description": self.alt})
            finally:
                self.dpi = usual
            return made.getvalue()

    def _png_file(self) -> bytes:
        return self._png(_KEPT)

    def _svg_file(self) -> bytes:
        return self._svg(for_page=False).encode()

    def _pdf_file(self) -> bytes:
        with _drawing:
            made, usual = io.BytesIO(), self.dpi
            try:
                FigureCanvasPdf(self).print_pdf(made, metadata={"Title": self.alt, "CreationDate": None})
            finally:
                self.dpi = usual
                FigureCanvasAgg(self)
            return made.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ANN401, ARG002  IPython's
        return {
            "text/html": f'<div class="{NO_TEX}">{self.svg()}</div>',
            "image/png": self._png(_SHOWN),
            "text/plain": self.alt,
        }

    def __repr__(self) -> str:
        width, height = self.get_size_inches()
        return f"<Picture {width:.1f} x {height:.1f} in; what it shows is in .alt>"


def fonts(text: str) -> tuple[list[str], str]:
    """Find fonts of this machine for a text, and the text as they can write it: what none has is a box.

    Where its name follows, that alone is written.

    Examples
    --------
    >>> fonts("Hello")
    (['DejaVu Sans'], 'Hello')

    """
    lacking = {
        character
        for character in text
        if (ord(character) > _LATIN or not character.isprintable()) and character not in _font_of
    }
    if lacking:
        _look_for(lacking)
    found = [_font_of.get(character, FONT) for character in text]
    drawn = "".join(character if font else "□" for character, font in zip(text, found, strict=True))
    for character in {each for each, font in zip(text, found, strict=True) if not font}:
        name = unicodedata.name(character, "").lower().partition(" ")[0]
        if name and f"{character} {name}" in text:
            drawn = drawn.replace(f"□ {name}", name)
    return list(dict.fromkeys([FONT, *filter(None, found)])), drawn


def _look_for(lacking: Iterable[str]) -> None:
    """Note of each character a family of fonts that has it, or that there is none: opening them all takes a while."""
    left = set(lacking)
    regular = [each for each in fontManager.ttflist if each.style == "normal" and each.weight in (400, "normal")]
    regular = [each for each in regular if not each.name.startswith(_LAST_RESORT)]
    for entry in sorted(regular, key=lambda each: each.name != FONT):
        if not left:
            return
        try:
            font = get_font(entry.fname)
        except (OSError, RuntimeError):  # gone since they were listed, or of a kind that can't be drawn
            continue
        there = {character for character in left if font.get_char_index(ord(character))}
        _font_of.update(dict.fromkeys(there, entry.name))
        left -= there
    _font_of.update(dict.fromkeys(left))
