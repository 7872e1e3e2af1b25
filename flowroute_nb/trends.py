"""What a message cost on average, over time, a line for each key."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flowroute_nb import scales, sheet
from flowroute_nb.dating import ticks
from flowroute_nb.errors import keywords
from flowroute_nb.figures import folded, summed
from flowroute_nb.ink import INK
from flowroute_nb.wording import DOLLAR, count, cut, decimals, dollars, during, moment, span, with_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from flowroute_nb.figures import Figures, Fold
    from flowroute_nb.picture import Picture
    from flowroute_nb.zones import Period

__all__ = ["price"]

_PLACES = 4  # decimals, at least: most messages cost less than a cent
_DOTS = 130  # above, they would hide the lines


@keywords
def price(
    frame: Any,  # noqa: ANN401  a frame of any engine
    by: str | Sequence[str] | None = "direction",
    period: Period = "day",
    *,
    tz: str = "UTC",
    range: Any = None,  # noqa: A002, ANN401  whatever account.messages takes
    tags: Any = None,  # noqa: ANN401  as fr.costs.by takes them
) -> Picture:
    """Draw what a message cost on average, over time, a line for each value of a key.

    Parameters
    ----------
    frame, period, tz, range, tags
        As for :func:`fr.charts.over_time`.
    by : str, sequence of str or None
        The key with a line for each value, any that :func:`fr.costs.by` knows; more than four are folded into "other".
        None: one line for all.

    Returns
    -------
    Picture
        Its title says what a message cost in all, and of each of two keys. Messages without a price are left out;
        where there is none with one, the line breaks.

    Raises
    ------
    InputError
        The summary has no periods, or :func:`fr.costs.by` doesn't take what was given.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-31", messages=500) as sandbox:
    ...     picture = fr.charts.price(sandbox.account().messages("2026-10"))
    >>> picture.alt.startswith("A message cost $0.00")
    True

    """
    given = summed(frame, by, call="price", period=period, tz=tz, range=range, tags=tags)
    if not given.messages:
        return sheet.nothing(given.span)
    fold = folded(given, len(sheet.COLOURS))
    means = [
        [Fraction(amount, many) if many else None for amount, many in zip(*each, strict=True)]
        for each in zip(fold.amounts, fold.priced, strict=True)
    ]
    if not any(mean is not None for each in means for mean in each):
        return sheet.nothing(f"with a price {given.span}")
    return _drawn(given, fold, means)


def _drawn(given: Figures, fold: Fold, means: Sequence[Sequence[Fraction | None]]) -> Picture:
    known = [mean for each in means for mean in each if mean is not None]
    low, high = _scale(known)
    places = max(_PLACES, decimals(max(map(abs, known))))
    starts, period = given.starts, given.period or "day"
    legend = [(cut(name), sheet.look(at)) for at, name in enumerate(fold.names)] if len(fold.names) > 1 else []
    room = scales.dollar_room(low, high, places)
    picture, axes = sheet.sheet(_title(given, fold, places), _under(given), legend, plot=190, left=room)
    scales.dollar_ticks(axes, "y", low, high, places)
    axes.set_xlim(-0.5, len(starts) - 0.5)
    tips = [moment(start, period) for start in starts]
    for at in reversed(range(len(means))):  # the dearest on top
        _line(axes, at, means[at], fold.names[at], tips)
    scales.named_ticks(axes, "x", *ticks(starts, period))
    return picture


def _scale(known: Sequence[Fraction]) -> tuple[int, int]:
    """Scale from nothing, unless all lie so close together that nothing would be seen of how they change."""
    low, high = min(known), max(known)
    if low > 0 and high < 2 * low:
        room = max((high - low) / 8, high / 50, Fraction(4))  # prices that hardly differ still have an axis
        return max(0, int(low - room)), int(high + room)
    low, high = min(low, Fraction(0)), max(high, Fraction(0))
    room = (high - low or Fraction(DOLLAR)) / 20
    return int(low - room * (low < 0)), int(high + room)


def _line(axes: Axes, at: int, means: Sequence[Fraction | None], name: str, tips: Sequence[str]) -> None:
    folded_up = at >= len(sheet.COLOURS)
    colour = INK if folded_up else sheet.COLOURS[at]
    heights = [float("nan") if mean is None else float(mean / DOLLAR) for mean in means]
    sheet.line(axes, list(map(float, range(len(heights)))), heights, colour, dashed=folded_up)
    for place, (mean, tip) in enumerate(zip(means, tips, strict=True)):
        is_alone = None in means[max(place - 1, 0) : place] and None in means[place + 1 : place + 2]
        if mean is not None and (len(means) <= _DOTS or is_alone):
            said = f"{tip}{' · ' * bool(name)}{name} · {dollars(mean)} a message"
            sheet.dot(axes, place, float(mean / DOLLAR), colour, said)


def _title(given: Figures, fold: Fold, places: int) -> str:
    amounts, priced = map(sum, fold.amounts), map(sum, fold.priced)
    each = [(name, a, n) for name, a, n in zip(fold.names, amounts, priced, strict=True) if n]
    mean = Fraction(sum(a for _, a, _ in each), sum(n for _, _, n in each))
    said = f"A message cost {dollars(mean, places)} on average {during(*given.days)}"
    if len(each) < 2 or not given.keys:  # noqa: PLR2004  two can be compared
        return said
    means = sorted(((Fraction(a, n), name) for name, a, n in each), reverse=True)
    (most, dear), (least, cheap) = means[0], means[-1]
    dearest, cheapest = (
        f"{dollars(each, places)} {with_key(given.keys, name)}" for each, name in ((most, dear), (least, cheap))
    )
    return f"A message cost {dollars(mean, places)}: {dearest}, {cheapest}"


def _under(given: Figures) -> str:
    said = f"{span(*given.days)}, the mean of each {given.period} in {given.tz} · {count(given.messages, 'message')}"
    return said + given.left_out + (f" · by {given.by}" if given.keys else "")
