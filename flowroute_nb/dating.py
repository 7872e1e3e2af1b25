"""Which moments an axis of time names, and how, so that there is room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowroute_nb.wording import day, month, weekday

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

__all__ = ["ticks"]

_ROOM = 7  # labels next to each other


def _every(_moment: dt.datetime) -> bool:
    return True


def _third_hour(moment: dt.datetime) -> bool:
    return moment.hour % 3 == 0


def _sixth_hour(moment: dt.datetime) -> bool:
    return moment.hour % 6 == 0


def _midnight(moment: dt.datetime) -> bool:
    return moment.hour == 0


def _monday(moment: dt.datetime) -> bool:
    return moment.hour == 0 and moment.weekday() == 0


def _second_monday(moment: dt.datetime) -> bool:
    return _monday(moment) and moment.isocalendar().week % 2 == 0


def _month_first(moment: dt.datetime) -> bool:
    return moment.hour == 0 and moment.day == 1


def _month_s_first_monday(moment: dt.datetime) -> bool:
    return _monday(moment) and moment.day <= 7  # noqa: PLR2004  the days of a week


def _quarter(moment: dt.datetime) -> bool:
    return _month_first(moment) and moment.month % 3 == 1


def _quarter_s_first_monday(moment: dt.datetime) -> bool:
    return _month_s_first_monday(moment) and moment.month % 3 == 1


def _new_year(moment: dt.datetime) -> bool:
    return _month_first(moment) and moment.month == 1


def _year_s_first_monday(moment: dt.datetime) -> bool:
    return _month_s_first_monday(moment) and moment.month == 1


# From fine to coarse, what may be named of each period; midnights may be missing where a zone skips them.
_DAYS = (_midnight, _monday, _second_monday, _month_first, _quarter, _new_year)
_CHOICES: dict[str, Sequence[Callable[[dt.datetime], bool]]] = {
    "hour": (_every, _third_hour, _sixth_hour, *_DAYS),
    "day": (_every, *_DAYS[1:]),
    "week": (_every, _second_monday, _month_s_first_monday, _quarter_s_first_monday, _year_s_first_monday),
    "month": (_every, _quarter, _new_year),
}


def ticks(starts: Sequence[dt.datetime], period: str) -> tuple[list[float], list[str]]:
    """Choose which of these starts of periods to name: their places, and what is written there.

    Examples
    --------
    >>> import datetime as dt
    >>> days = [dt.datetime(2026, 10, 1) + dt.timedelta(days=each) for each in range(31)]
    >>> ticks(days, "day")
    ([4.0, 11.0, 18.0, 25.0], ['Mon 5 Oct', 'Mon 12 Oct', 'Mon 19 Oct', 'Mon 26 Oct'])

    """
    for chosen in _CHOICES.get(period, _CHOICES["day"]):
        places = [at for at, start in enumerate(starts) if chosen(start)]
        if len(places) <= _ROOM:
            break
    else:
        places = places[:: -(-len(places) // _ROOM)]
    if not places:
        places = [0]
    return [float(at) for at in places], [_said(starts[at], period, starts) for at in places]


def _said(start: dt.datetime, period: str, starts: Sequence[dt.datetime]) -> str:
    if period == "month":
        return month(start, short=True)
    if period == "hour" and start.hour:
        return f"{start:%H:%M}"
    long = starts[0].year != starts[-1].year and (start.month == 1 or len(starts) > 366)  # noqa: PLR2004  a year
    if period == "week" or (starts[-1] - starts[0]).days > 60:  # noqa: PLR2004  weekdays say little by then
        return day(start, short=True, year=long)
    return f"{weekday(start.weekday(), short=True)} {day(start, short=True)}"
