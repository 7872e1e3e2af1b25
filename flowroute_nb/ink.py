"""Writes a figure as SVG in the ink and on the paper of the page it stands in, whatever its theme."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path

if TYPE_CHECKING:
    from matplotlib.backend_bases import GraphicsContextBase
    from matplotlib.text import Text
    from matplotlib.transforms import Transform
    from matplotlib.typing import ColorType

__all__ = ["FONT", "INK", "PAPER", "Pen", "wide"]

FONT = "DejaVu Sans"  #: comes with matplotlib, so that a file looks the same on every machine
#: Two colours, used for nothing else: in a file as they are, in a notebook its own.
INK, PAPER = "#1f2328", "#ffffff"
_PAGE = {INK: "var(--jp-content-font-color1,currentColor)", PAPER: "var(--jp-layout-color0,#fff)"}
#: Fonts of the reader's system: nothing is loaded.
_FONTS = "system-ui,'Segoe UI',Roboto,Arial,'DejaVu Sans',sans-serif"
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_MOVE, _LINE, _CURVE, _BEND, _CLOSE = (
    int(each) for each in (Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CURVE4, Path.CLOSEPOLY)
)
_STEPS = {_MOVE: "M", _LINE: "L", _CURVE: "Q", _BEND: "C"}
_CONTROLS = {_CURVE: 2, _BEND: 3}  # how many points one such step has
_BOLD = 600
_HEIGHT, _DESCENT = 1.16, 0.24  # of a line, in ems, as most fonts have it


def wide(text: str, size: float, *, bold: bool = False) -> float:
    """Say how wide a text will be, in the units of ``size``, in a font wider than most: a page has fonts of its own.

    Examples
    --------
    >>> round(wide("Tuesday", 12)), wide("火曜日", 12)
    (51, 36.0)

    """
    return size * sum(_ems(character, bold) for character in text)


@lru_cache(maxsize=4096)
def _ems(character: str, bold: bool) -> float:  # noqa: FBT001  lru_cache likes positions
    font = get_font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))
    if not font.get_char_index(ord(character)):
        return 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.7
    font.set_size(12, 72)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / 12


class Pen(RendererBase):
    """Draws what a figure is made of as SVG: paths and texts, no images; without an id or a style that a page shares.

    ``for_page`` draws in the page's own ink, else in those of a file.
    """

    def __init__(self, width: float, height: float, dpi: float, *, for_page: bool) -> None:
        super().__init__()
        self._size, self._dpi, self._for_page = (width, height), dpi, for_page
        self._said: list[str] = []
        self._open: list[bool] = []  # of the groups we are in, whether each was written

    def svg(self, alt: str) -> str:
        """Give what was drawn as an element that says in words what it shows."""
        width, height = (f"{round(each * 96 / self._dpi)}" for each in self._size)
        box = " ".join(_short(each * 72 / self._dpi) for each in self._size)
        place, paper = "width:100%;height:auto;display:block", ""
        if not self._for_page:
            place, paper = "", f'<rect width="100%" height="100%" fill="{PAPER}"/>'
        said = f'role="img" aria-label="{escape(_printable(alt))}" font-family="{_FONTS}" stroke-linejoin="round"'
        sized = f'viewBox="0 0 {box}" width="{width}" height="{height}" style="{place};max-width:{width}px"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {said} {sized}>{paper}{"".join(self._said)}</svg>'

    # ------------------------------------------------------------------ what matplotlib asks of a renderer

    def flipy(self) -> bool:
        """Say that y counts from the top."""
        return True

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Give the size, in pixels of matplotlib's."""
        return self._size

    def points_to_pixels(self, points: Any) -> Any:  # noqa: ANN401  a number or an array, as matplotlib has it
        """Turn points into pixels of matplotlib's."""
        return points * self._dpi / 72

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: bool | str,  # noqa: ARG002, FBT001  as matplotlib calls it
    ) -> tuple[float, float, float]:
        """Say how much room a text takes, without asking a font, which may lack its characters."""
        em = self.points_to_pixels(prop.get_size_in_points())
        return wide(s, em, bold=_is_bold(prop)), _HEIGHT * em, _DESCENT * em

    def open_group(self, s: str, gid: str | None = None) -> None:  # noqa: ARG002  what kind it is says nothing here
        """Begin a group; what is its id elsewhere are the words that show up when one points at it."""
        self._said.append(f"<g><title>{escape(_printable(gid))}</title>" if gid else "")
        self._open.append(bool(gid))

    def close_group(self, s: str) -> None:  # noqa: ARG002  as above
        """End a group."""
        if self._open.pop():
            self._said.append("</g>")

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: ColorType | None = None,  # noqa: N803  as matplotlib calls it
    ) -> None:
        """Draw a line or an area."""
        style = self._filled(gc, rgbFace) + self._stroked(gc)
        clip = gc.get_clip_rectangle()
        if clip is not None and rgbFace is not None:
            placed = path.transformed(transform).clip_to_bbox(clip)
        else:
            placed = path.cleaned(transform, remove_nans=True, curves=True)
        drawn = self._steps(placed)
        if drawn and style:
            self._said.append(f'<path d="{drawn}"{style}/>')

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool | str = False,  # noqa: ARG002, FBT001, FBT002  as matplotlib calls it: never mathematics here
        mtext: Text | None = None,
    ) -> None:
        """Write a line of text; a browser places it by its anchor, with fonts of its own."""
        anchor = "start"
        if mtext is not None and not angle:
            anchor = _ANCHORS[mtext.get_horizontalalignment()]
            x = mtext.get_transform().transform(mtext.get_unitless_position())[0]
            s = str(mtext.get_label() or s)  # as it was given, where this machine's fonts lack a character
        place = f'x="{self._points(x)}" y="{self._points(y)}" font-size="{_short(prop.get_size_in_points())}"'
        if angle:
            place += f' transform="rotate({_short(-angle)} {self._points(x)} {self._points(y)})"'
        weight = ' font-weight="600"' if _is_bold(prop) else ""
        faint = _alpha(gc, gc.get_rgb())
        style = f' style="fill:{self._colour(gc.get_rgb())}"' + (f' opacity="{_short(faint)}"' if faint < 1 else "")
        self._said.append(f'<text {place} text-anchor="{anchor}"{weight}{style}>{escape(_printable(s))}</text>')

    # ------------------------------------------------------------------ how it is written

    def _points(self, pixels: float) -> str:
        return _short(pixels * 72 / self._dpi)

    def _steps(self, path: Path) -> str:
        corners = np.asarray(path.vertices, float).tolist()
        usual = [_MOVE, *[_LINE] * (len(corners) - 1)]
        codes = usual if path.codes is None else np.asarray(path.codes, int).tolist()
        said, awaited = [], 0
        for (x, y), code in zip(corners, codes, strict=True):
            if code == _CLOSE:
                said.append("Z")
            elif code in _STEPS:
                said.append(("" if awaited else _STEPS[code]) + f"{self._points(x)} {self._points(self._size[1] - y)}")
                awaited = awaited - 1 if awaited else _CONTROLS.get(code, 1) - 1
        return " ".join(said)

    def _colour(self, colour: Any) -> str:  # noqa: ANN401  three or four numbers
        said = "#" + "".join(f"{round(255 * each):02x}" for each in colour[:3])
        return _PAGE.get(said, said) if self._for_page else said

    def _filled(self, gc: GraphicsContextBase, face: Any) -> str:  # noqa: ANN401  three or four numbers, or None
        faint = 0.0 if face is None else _alpha(gc, face)
        if not faint:
            return ' fill="none"'
        return f' style="fill:{self._colour(face)}"' + (f' fill-opacity="{_short(faint)}"' if faint < 1 else "")

    def _stroked(self, gc: GraphicsContextBase) -> str:
        thick, colour = gc.get_linewidth(), gc.get_rgb()
        faint = _alpha(gc, colour)
        if not thick or not faint:
            return ""
        said = f' stroke="{self._colour(colour)}" stroke-width="{_short(thick)}"'
        dashes = gc.get_dashes()[1]
        if dashes is not None:
            said += f' stroke-dasharray="{" ".join(map(_short, np.asarray(dashes, float).tolist()))}"'
        return said + (f' stroke-opacity="{_short(faint)}"' if faint < 1 else "")


def _short(number: float) -> str:
    said = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said


def _alpha(gc: GraphicsContextBase, colour: Any) -> float:  # noqa: ANN401  three or four numbers
    if gc.get_forced_alpha() or len(colour) == 3:  # noqa: PLR2004  red, green and blue
        return float(gc.get_alpha())
    return float(colour[3])


def _is_bold(prop: FontProperties) -> bool:
    weight = prop.get_weight()
    return weight in ("bold", "semibold") or (isinstance(weight, int) and weight >= _BOLD)


def _printable(text: str) -> str:
    """Leave out what no XML can hold."""
    return "".join(c for c in text if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff")  # noqa: PLR2004
