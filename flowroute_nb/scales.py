"""What stands along the sides of a picture: round amounts, whole numbers or names, and faint lines at them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from flowroute_nb.ink import INK, wide
from flowroute_nb.picture import fonts
from flowroute_nb.sheet import SMALL, written
from flowroute_nb.wording import DOLLAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["dollar_room", "dollar_ticks", "dollar_words", "named_ticks", "number_ticks", "steps"]


def _labelled(axes: Axes, along: str, at: Sequence[float], said: Sequence[str]) -> None:
    ticks, labels = (axes.set_xticks, axes.get_xticklabels) if along == "x" else (axes.set_yticks, axes.get_yticklabels)
    ticks(list(at), [fonts(text)[1] for text in said])  # an axis sets its words again when it is drawn
    axes.tick_params(axis="x" if along == "x" else "y", length=0, pad=6, labelsize=SMALL, labelcolor=INK)
    for made, text in zip(labels(), said, strict=True):
        written(made, text)
        if along == "y":
            made.set_verticalalignment("center")


def named_ticks(axes: Axes, along: str, at: Sequence[float], said: Sequence[str]) -> None:
    """Write these words along an axis."""
    _labelled(axes, along, at, said)


def steps(low: float, high: float, *, whole: bool = False, coarse: bool = False) -> list[float]:
    """Choose about five round values from one to the other; coarse ones need fewer digits."""
    widths = [1, 2, 5, 10] if coarse else [1, 2, 2.5, 5, 10]
    chosen = MaxNLocator(6, steps=widths, integer=whole).tick_values(low, high)
    slack = (high - low) * 1e-9
    return [float(each) for each in chosen if low - slack <= each <= high + slack]


def dollar_words(values: Sequence[float], places: int) -> list[str]:
    """Write round values, in dollars: whole ones, or with so many decimals, or more where their steps need more.

    Examples
    --------
    >>> dollar_words([-0.5, 0.0, 0.5], 2), dollar_words([0.0, 0.02], 4), dollar_words([0.0, 1000.0], 2)
    (['-$0.50', '$0', '$0.50'], ['$0', '$0.0200'], ['$0', '$1,000'])

    """
    needed = _needed(values)
    places = max(places, needed) if needed else 0
    return [f"{'-' if each < 0 else ''}${abs(each):,.{places}f}" if round(each, 12) else "$0" for each in values]


def _needed(values: Sequence[float]) -> int:
    """Say how many decimals round values need."""
    step = min((b - a for a, b in itertools.pairwise(values)), default=1.0)
    return next(
        (each for each in range(12) if abs(step * 10**each - round(step * 10**each)) < 1e-6 * step * 10**each), 12
    )


def _dollar_steps(low: int, high: int, places: int) -> list[float]:
    """Choose round amounts that need no more decimals, where that can be."""
    values = steps(low / DOLLAR, high / DOLLAR)
    return values if _needed(values) <= places else steps(low / DOLLAR, high / DOLLAR, coarse=True)


def dollar_room(low: int, high: int, places: int) -> float:
    """Say how many points the words of such an axis, from and to these nanodollars, take at its left."""
    return 12 + max(wide(each, SMALL) for each in dollar_words(_dollar_steps(low, high, places), places))


def dollar_ticks(axes: Axes, along: str, low: int, high: int, places: int) -> None:
    """Scale an axis in dollars, from and to these nanodollars, with a faint line at each round amount.

    Amounts that are not whole have at least so many decimals, as all others in the picture.
    """
    values = _dollar_steps(low, high, places)
    _scale(axes, along, low / DOLLAR, high / DOLLAR, values, dollar_words(values, places))


def number_ticks(axes: Axes, along: str, high: int) -> None:
    """Scale an axis in whole numbers, from none to so many."""
    values = steps(0, high, whole=True)
    _scale(axes, along, 0, high, values, [f"{round(each):,}" for each in values])


def _scale(axes: Axes, along: str, low: float, high: float, values: Sequence[float], said: Sequence[str]) -> None:
    (axes.set_xlim if along == "x" else axes.set_ylim)(low, high)
    _labelled(axes, along, values, said)
    for each in values:
        rule = axes.axvline if along == "x" else axes.axhline
        faint = 0.22 if each else 0.6  # where nothing is, everything begins
        rule(each, color=INK, alpha=faint, linewidth=0.8, linestyle="-", marker="", zorder=0.5)
