"""What a month will have cost at its end: the way there, and the band that it will likely stay in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowroute_nb import outlook, scales, sheet
from flowroute_nb.dating import ticks
from flowroute_nb.errors import keywords
from flowroute_nb.figures import nanodollars
from flowroute_nb.ink import wide
from flowroute_nb.wording import DOLLAR, decimals, dollars, moment
from flowroute_nb.wording import month as named_month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from flowroute_nb.outlook import Forecast
    from flowroute_nb.picture import Picture

__all__ = ["forecast"]

_COLOUR = sheet.COLOURS[0]
_BAND = sheet.Look(_COLOUR, 0.28, _COLOUR)
_PLOT, _APART = 205.0, 13.0  # points: how high it is, and how far apart two amounts can be read


@keywords
def forecast(
    frame: Any,  # noqa: ANN401  a forecast, or a frame of any engine
    *,
    month: str | pd.Period | dt.date | None = None,
    tz: str | dt.tzinfo = "UTC",
    today: dt.date | str | None = None,
    interval: float = 0.8,
) -> Picture:
    """Draw what a month has cost day by day, what it will likely have cost at its end, and within which band.

    Parameters
    ----------
    frame : Forecast or frame of any engine
        What :func:`fr.costs.forecast` returned, drawn as it is; or messages, of which a forecast is made first.
    month, tz, today, interval
        As for :func:`fr.costs.forecast`, where messages are given.

    Returns
    -------
    Picture
        Its title says the amount, and between which it will likely be.

    Raises
    ------
    InputError
        :func:`fr.costs.forecast` doesn't take what was given.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-16", days=60) as sandbox:
    ...     picture = fr.charts.forecast(sandbox.account().messages(days=60))
    >>> picture.alt.startswith("October 2026 will have cost about $")
    True

    """
    if isinstance(frame, outlook.Forecast):
        return _picture(frame)
    return _picture(outlook.forecast(frame, month=month, tz=tz, today=today, interval=interval))


def _picture(found: Forecast) -> Picture:
    path = found.path
    days = [each.to_pydatetime() for each in path["day"]]
    top = max(float(path["running_high"].max()), float(path["running"].max()), 0.0)
    low = min(float(path["running_low"].min()), float(path["running"].min()), 0.0)
    bottom, high = int(low * DOLLAR * 1.06), int((top or 1.0) * DOLLAR * 1.06)
    ends = [found.total] if found.low == found.high else [found.low, found.total, found.high]
    places = _places(found)
    said = [dollars(nanodollars(amount), places) for amount in ends]
    left, right = scales.dollar_room(bottom, high, places), 16 + max(wide(each, 10, bold=True) for each in said)
    tz = path.attrs.get("flowroute_costs", {}).get("tz") or str(days[0].tzinfo)
    picture, axes = sheet.sheet(_title(found, days[0]), _under(found, tz), plot=_PLOT, left=left, right=right)
    scales.dollar_ticks(axes, "y", bottom, high, places)
    axes.set_xlim(0, len(days) + 0.25)  # the last dot is round, too
    _draw(axes, found, days)
    _write_ends(axes, [float(amount) for amount in ends], said)
    scales.named_ticks(axes, "x", *ticks(days, "day"))
    return picture


def _places(found: Forecast) -> int:
    return decimals(max(abs(nanodollars(each)) for each in (found.low, found.total, found.high)))


def _title(found: Forecast, first: dt.datetime) -> str:
    places, named = _places(found), named_month(first)
    total = dollars(nanodollars(found.total), places)
    if found.low == found.high:
        return f"{named} cost {total}"
    low, high = (dollars(nanodollars(each), places) for each in (found.low, found.high))
    return f"{named} will have cost about {total}, {round(100 * found.interval)} % likely between {low} and {high}"


def _under(found: Forecast, tz: str) -> str:
    so_far = "" if found.low == found.high else f"{dollars(nanodollars(found.so_far), _places(found))} so far, "
    said = [f"{so_far}the sum at the end of each day in {tz}"]
    return " · ".join(filter(None, [*said, found.note.rstrip(".")]))


def _draw(axes: Axes, found: Forecast, days: Sequence[dt.datetime]) -> None:
    """Draw the sum until the end of each day: a line while all is known, then dashes in a band."""
    path = found.path
    running, low, high = ([0.0, *map(float, path[f"running{end}"])] for end in ("", "_low", "_high"))
    cost = path["cost"].astype("float64")
    ahead = (cost.isna() | (path["expected"].notna() & (path["expected"] != cost))).tolist()
    known = ahead.index(True) if any(ahead) else len(days)
    places = list(map(float, range(len(days) + 1)))
    if known < len(days):
        there = range(known, len(days) + 1)
        foot, over = [(places[at], low[at]) for at in there], [(places[at], high[at]) for at in there]
        foot[0] = over[0] = (places[known], running[known])
        sheet.area(axes, [[*foot, *over[::-1]]], _BAND)
        sheet.line(axes, places[known:], running[known:], _COLOUR, dashed=True)
    sheet.line(axes, places[: known + 1], running[: known + 1], _COLOUR)
    for at, day in enumerate(days[:known]):
        tip = f"{moment(day, 'day')} · {dollars(round(running[at + 1] * DOLLAR))} by its end"
        sheet.dot(axes, places[at + 1], running[at + 1], _COLOUR, tip)


def _write_ends(axes: Axes, ends: Sequence[float], said: Sequence[str]) -> None:
    """Write the amounts at the end of the month, the likely one bold, none over another."""
    bottom, top = axes.get_ylim()
    apart = (top - bottom) * _APART / _PLOT
    places, middle = list(ends), len(ends) // 2
    for at in range(middle - 1, -1, -1):
        places[at] = min(places[at], places[at + 1] - apart)
    for at in range(middle + 1, len(ends)):
        places[at] = max(places[at], places[at - 1] + apart)
    for at, (place, text) in enumerate(zip(places, said, strict=True)):
        sheet.write(axes, axes.get_xlim()[1] * 1.01, place, text, bold=at == middle, down="center")
