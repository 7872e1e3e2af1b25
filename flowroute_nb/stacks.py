"""What was spent over time, as bars that stand on each other, a colour for each key."""

from __future__ import annotations

import statistics
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flowroute_nb import scales, sheet
from flowroute_nb.dating import ticks
from flowroute_nb.errors import keywords
from flowroute_nb.figures import folded, summed
from flowroute_nb.wording import (
    DOLLAR,
    count,
    cut,
    day,
    decimals,
    dollars,
    during,
    moment,
    month,
    percent,
    span,
    times,
    with_key,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from flowroute_nb.figures import Figures, Fold
    from flowroute_nb.picture import Picture
    from flowroute_nb.zones import Period

__all__ = ["over_time"]

_MOST_BARS = 130  # above, the bars would be thinner than the hairlines between them
_FEWEST = 5  # below, a bar would be a wall
_ODD, _ENOUGH = Fraction(2), 5  # twice a usual day is worth a title, where there are enough days to know a usual one
_PLOT = 205.0


@keywords
def over_time(
    frame: Any,  # noqa: ANN401  a frame of any engine
    by: str | Sequence[str] | None = "direction",
    period: Period = "day",
    *,
    tz: str = "UTC",
    range: Any = None,  # noqa: A002, ANN401  whatever account.messages takes
    tags: Any = None,  # noqa: ANN401  as fr.costs.by takes them
) -> Picture:
    """Draw what was spent over time, stacked by a key.

    Parameters
    ----------
    frame : frame of any engine
        Messages; or a summary with periods, as ``fr.costs.by(…, period=…)`` makes it, whose own keys, period and zone
        are drawn then.
    by : str, sequence of str or None
        The key that the bars are divided by, any that :func:`fr.costs.by` knows; more than four are folded into
        "other". None: not divided.
    period : str
        ``"hour"``, ``"day"``, ``"week"`` or ``"month"``.
    tz, range, tags
        As for :func:`fr.costs.by`.

    Returns
    -------
    Picture
        Its title is the finding: a day that stands out, else the total and what most of it went to.

    Raises
    ------
    InputError
        The summary has no periods, or :func:`fr.costs.by` doesn't take what was given.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-31", messages=500) as sandbox:
    ...     picture = fr.charts.over_time(sandbox.account().messages("2026-10"), by="number")
    >>> picture.alt.split(" · ")[-1]
    'by number.'

    """
    given = summed(frame, by, call="over_time", period=period, tz=tz, range=range, tags=tags)
    if not given.messages:
        return sheet.nothing(given.span)
    fold, starts = folded(given, len(sheet.COLOURS)), given.starts
    totals = [sum(each) for each in zip(*fold.amounts, strict=True)]
    at, places = _odd(totals), decimals(max(map(abs, totals)))
    title = _about_the_total(given, fold, totals) if at is None else _about_the_odd(given, starts[at], totals, at)
    legend = [(cut(name), sheet.look(each)) for each, name in enumerate(fold.names)] if len(fold.names) > 1 else []
    high = max(0, *(sum(max(0, each) for each in column) for column in zip(*fold.amounts, strict=True)))
    low = min(0, *(sum(min(0, each) for each in column) for column in zip(*fold.amounts, strict=True)))
    high, low = _some_air(high, low, labelled=at is not None)
    room = scales.dollar_room(low, high, places)
    picture, axes = sheet.sheet(title, _under(given, None if at is None else places), legend, plot=_PLOT, left=room)
    scales.dollar_ticks(axes, "y", low, high, places)
    aside = max(len(starts) / 125, (_FEWEST - len(starts)) / 2)
    axes.set_xlim(-0.5 - aside, len(starts) - 0.5 + aside)
    (_bars if len(starts) <= _MOST_BARS else _areas)(axes, fold, starts, given.period or period)
    if at is not None:
        place = totals[at] / DOLLAR + (high - low) / DOLLAR * 0.02
        sheet.write(axes, at, place, dollars(totals[at], places), bold=True, across="center")
    scales.named_ticks(axes, "x", *ticks(starts, given.period or period))
    return picture


def _some_air(high: int, low: int, *, labelled: bool) -> tuple[int, int]:
    """Leave room over the highest bar; where all is zero, some scale at all."""
    if high == low:
        return DOLLAR, 0
    room = (high - low) * (12 if labelled else 4) // 100
    return high + room, low - room * bool(low)


def _odd(totals: Sequence[int]) -> int | None:
    """Find the period that stands out: the dearest, if it is twice a usual one or more."""
    usual = [each for each in totals if each]
    if len(usual) < _ENOUGH or min(totals) < 0:
        return None
    dearest = max(totals)
    return totals.index(dearest) if dearest >= _ODD * _usual(totals) else None


def _usual(totals: Sequence[int]) -> Fraction:
    return Fraction(statistics.median([Fraction(each) for each in totals if each]))


def _about_the_odd(given: Figures, start: dt.datetime, totals: Sequence[int], at: int) -> str:
    period = given.period or "day"
    named = {"day": day(start), "week": f"The week of {day(start)}", "month": month(start)}
    said = named.get(period) or f"{start:%H:%M} on {day(start)}"
    ratio = times(Fraction(totals[at]) / _usual(totals))
    return f"{said} cost {dollars(totals[at])}, {ratio} a usual {period}"


def _about_the_total(given: Figures, fold: Fold, totals: Sequence[int]) -> str:
    whole, places = sum(totals), decimals(max(map(abs, totals)))
    begun = f"{dollars(whole, places)} {during(*given.days)}"
    if not any(map(any, fold.amounts)):
        many = count(given.messages, "message")
        return f"{begun}: {many}, none with a cost"
    if min(fold.totals) < 0 or whole <= 0:
        return begun
    if given.keys and len(fold.names) > 1:
        return f"{begun}, {percent(fold.totals[0], whole)} {with_key(given.keys, fold.names[0])}"
    if given.keys:
        return f"{begun}, all {with_key(given.keys, fold.names[0])}"
    if len(totals) >= _ENOUGH:
        return f"{begun}, {dollars(_usual(totals), places)} on a usual {given.period}"
    return begun


def _under(given: Figures, places: int | None) -> str:
    """Say of what it is, and with so many decimals what that cost, where the title doesn't."""
    total = "" if places is None else f"{dollars(given.nanodollars, places)} for "
    said = f"{span(*given.days)}, each {given.period} in {given.tz} · {total}{count(given.messages, 'message')}"
    return said + given.left_out + (f" · by {given.by}" if given.keys else "")


def _bars(axes: Axes, fold: Fold, starts: Sequence[dt.datetime], period: str) -> None:
    for at, start in enumerate(starts):
        above = below = 0
        for key, name in enumerate(fold.names):
            amount = fold.amounts[key][at]
            foot = above if amount > 0 else below
            if amount:
                tip = f"{moment(start, period)}{' · ' * bool(name)}{name} · {dollars(amount)}"
                sheet.bar(axes, at - 0.42, foot / DOLLAR, 0.84, amount / DOLLAR, sheet.look(key), tip)
            above, below = above + max(amount, 0), below + min(amount, 0)


def _areas(axes: Axes, fold: Fold, starts: Sequence[dt.datetime], _period: str) -> None:
    """Draw so many periods as one area a key, with a step at each."""
    for sign in (1, -1):
        feet = [0] * len(starts)
        for key, name in enumerate(fold.names):
            tops = [foot + sign * max(0, sign * each) for foot, each in zip(feet, fold.amounts[key], strict=True)]
            there = [top != foot for top, foot in zip(tops, feet, strict=True)]
            runs = [list(run) for seen, run in groupby(range(len(feet)), there.__getitem__) if seen]
            if runs:
                rings = [_outline(tops, run) + _outline(feet, run)[::-1] for run in runs]
                sheet.area(
                    axes, rings, sheet.look(key), f"{name or 'all'} · {dollars(fold.totals[key])}", edged=not name
                )
            feet = tops


def _outline(heights: Sequence[int], run: Sequence[int]) -> list[tuple[float, float]]:
    return [(at + side, heights[at] / DOLLAR) for at in run for side in (-0.5, 0.5)]
