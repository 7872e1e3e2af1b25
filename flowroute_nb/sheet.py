"""A blank sheet to draw on: its title, what stands under it, its legend, and what is drawn on it, all in one style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from flowroute_nb.ink import INK, PAPER, wide
from flowroute_nb.picture import Picture, fonts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "COLOURS",
    "SMALL",
    "Look",
    "area",
    "bar",
    "dot",
    "line",
    "look",
    "nothing",
    "notice",
    "ring",
    "sheet",
    "write",
    "written",
]

#: In order of money. Each is at 3:1 or more on white and on near-black, and apart from the others for eyes that see
#: fewer colours: Okabe and Ito's, with vermilion in place of their orange.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_WIDTH = 532.8  # points, 7.4 in: 10 pt are still readable where the page has but 600 px
_EDGE, _RIGHT = 3.0, 10.0
_JOINT = " · "  # between the facts of a line
_TITLE = 14.0
#: How large words are, in points; a title is larger.
SMALL = 10.0
_LINE = {_TITLE: 19.0, SMALL: 14.5}
_ROW, _SWATCH = 18.0, 9.0  # of the legend


class Look(NamedTuple):
    """How a thing is filled and edged."""

    fill: str
    alpha: float = 1.0
    edge: str = PAPER


_OTHER = Look(INK, 0.28, INK)


def look(at: int) -> Look:
    """Give the look of the key at this place; what is past the colours is what was folded together."""
    return Look(COLOURS[at]) if at < len(COLOURS) else _OTHER


def sheet(
    title: str,
    under: str,
    legend: Sequence[tuple[str, Look]] = (),
    *,
    plot: float,
    left: float = 8.0,
    right: float = _RIGHT,
    bottom: float = 24.0,
    top: float = 8.0,
) -> tuple[Picture, Axes]:
    """Make a picture of a title, a line under it, a legend and axes ``plot`` points high."""
    titles, unders = _evened(title), _lines(under, SMALL)
    rows = _legend_rows(legend)
    head = 4 + len(titles) * _LINE[_TITLE] + len(unders) * _LINE[SMALL] + len(rows) * _ROW + top + 4 * bool(rows)
    height = head + plot + bottom
    picture = Picture(_WIDTH / 72, height / 72, f"{title}. {under.removesuffix('.')}.")
    y = height - 4
    for said, size in [*((each, _TITLE) for each in titles), *((each, SMALL) for each in unders)]:
        y -= _LINE[size]
        write(picture, _EDGE / _WIDTH, (y + 0.3 * size) / height, said, size=size, bold=size == _TITLE)
    for row in rows:
        y -= _ROW
        _draw_legend(picture, row, y + 2, height)
    place = (left / _WIDTH, bottom / height, (_WIDTH - left - right) / _WIDTH, plot / height)
    axes = picture.add_axes(place, facecolor="none", frameon=False)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    return picture, axes


def notice(title: str, under: str) -> Picture:
    """Say something that there is nothing to draw of."""
    picture, axes = sheet(title, under, plot=2, bottom=2, top=0)
    axes.set_axis_off()
    return picture


def nothing(when: str) -> Picture:
    """Say that there are no messages, and where none are."""
    return notice(f"No messages {when or 'in what was given'}", "There is nothing to draw.")


def _evened(title: str) -> list[str]:
    """Break a title into as few lines as there is room for, none of them a single word where that can be."""
    room, lines = _WIDTH - 2 * _EDGE, _lines(title, _TITLE, bold=True)
    while room > _WIDTH / 2 and len(again := _lines(title, _TITLE, bold=True, room=room - 20)) == len(lines) > 1:
        room, lines = room - 20, again
    return lines


def _lines(text: str, size: float, *, bold: bool = False, room: float = _WIDTH - 2 * _EDGE) -> list[str]:
    """Break a text where it would reach out of the picture: between two facts if it can be, else between words."""

    def fits(line: str) -> bool:
        return wide(line, size, bold=bold) < room

    lines: list[str] = []
    for fact in text.split(_JOINT):
        if lines and fits(lines[-1] + _JOINT + fact):
            lines[-1] += _JOINT + fact
            continue
        lines.append("")
        for word in fact.replace(" %", "\0%").split(" "):
            if lines[-1] and not fits(f"{lines[-1]} {word}"):
                lines.append("")
            lines[-1] += f"{' ' * bool(lines[-1])}{word}"
    return [line.replace("\0", " ") for line in lines]


def _legend_rows(legend: Sequence[tuple[str, Look]]) -> list[list[tuple[float, str, Look]]]:
    """Share the entries out into rows, each entry with its place from the left."""
    rows: list[list[tuple[float, str, Look]]] = []
    x = _WIDTH
    for said, style in legend:
        room = _SWATCH + 6 + wide(said, SMALL) + 14
        if x + room > _WIDTH:
            rows.append([])
            x = _EDGE
        rows[-1].append((x, said, style))
        x += room
    return rows


def _draw_legend(picture: Picture, row: Sequence[tuple[float, str, Look]], y: float, height: float) -> None:
    for x, said, (fill, alpha, edge) in row:
        place, size = (x / _WIDTH, y / height), (_SWATCH / _WIDTH, _SWATCH / height)
        swatch = Rectangle(place, *size, transform=picture.transFigure, **_style(fill, alpha, edge))
        picture.add_artist(swatch)
        write(picture, (x + _SWATCH + 6) / _WIDTH, (y + 1) / height, said)


def _style(fill: str, alpha: float, edge: str) -> dict[str, Any]:
    return {"facecolor": (fill, alpha), "edgecolor": edge, "linewidth": 0.6, "fill": True, "hatch": None}


def write(
    where: Picture | Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = SMALL,
    bold: bool = False,
    colour: str = INK,
    across: str = "left",
    down: str = "baseline",
) -> Text:
    """Write a text as it is: nothing in it is mathematics, and characters that no font here has don't disturb."""
    made = where.text(x, y, "", color=colour, fontsize=size, ha=across, va=down)
    written(made, text, bold=bold)
    return made


def written(made: Text, text: str, *, bold: bool = False) -> None:
    """Make a text of matplotlib's say this, as it is."""
    families, drawn = fonts(text)
    made.set(parse_math=False, usetex=False, text=drawn, fontfamily=families, clip_on=False)
    made.set(fontweight="bold" if bold else "normal", fontstyle="normal", fontvariant="normal", rotation=0)
    if drawn != text:
        made.set_label(text)


def bar(axes: Axes, x: float, y: float, width: float, height: float, style: Look, tip: str = "") -> None:
    """Draw a rectangle that says ``tip`` to the one who points at it."""
    fill, alpha, edge = style
    if edge == INK:  # no line of the grid shows through
        axes.add_patch(Rectangle((x, y), width, height, **_style(PAPER, 1.0, PAPER)))
    axes.add_patch(Rectangle((x, y), width, height, gid=tip or None, **_style(fill, alpha, edge)))


def area(
    axes: Axes, rings: Sequence[Sequence[tuple[float, float]]], style: Look, tip: str = "", *, edged: bool = True
) -> None:
    """Draw an area of several parts, each with any number of corners.

    An edge shows parts that are thin; over other areas it would hide what is as thin, so there every part is as wide as
    it is, also where that is less than a pixel.
    """
    fill, alpha, edge = style
    thin = {**_style(fill, alpha, edge if edge == INK else fill), "linewidth": 0.5 if edged else 0.0}
    thin |= {} if edged else {"snap": False}
    parts = [Path([*ring, ring[0]], closed=True) for ring in rings]
    axes.add_patch(PathPatch(Path.make_compound_path(*parts), gid=tip or None, **thin))


def line(
    axes: Axes, xs: Sequence[float], ys: Sequence[float], colour: str, *, thick: float = 2.0, dashed: bool = False
) -> None:
    """Draw a line, which breaks where a value is missing."""
    axes.plot(
        xs,
        ys,
        color=colour,
        linewidth=thick,
        linestyle=(0, (4, 3)) if dashed else "-",
        marker="",
        solid_capstyle="round",
    )


def dot(axes: Axes, x: float, y: float, colour: str, tip: str) -> None:
    """Mark a point of a line, which says ``tip`` to the one who points at it."""
    edge: dict[str, Any] = {"markeredgecolor": PAPER, "markeredgewidth": 0.6, "markersize": 5.5, "fillstyle": "full"}
    axes.plot([x], [y], color=colour, marker="o", markerfacecolor=colour, linestyle="", gid=tip, zorder=3, **edge)


def ring(axes: Axes, x: float, y: float, width: float, height: float) -> None:
    """Mark a cell with a frame in ink."""
    frame: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.8, "fill": False, "hatch": None}
    axes.add_patch(Rectangle((x, y), width, height, zorder=3, **frame))
