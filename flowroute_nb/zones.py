"""When each hour, day, week and month begins in a zone, also in the nights when its clocks change."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import narwhals as nw
import numpy as np

from flowroute_nb.errors import InputError, nearest
from flowroute_nb.tables import MOMENT, Step, Steps

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

__all__ = ["DAY", "HOUR", "MONDAY", "Clock", "Period", "checked", "edges", "micros", "starts", "steps", "still"]

Period = Literal["hour", "day", "week", "month"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICRO = dt.timedelta(microseconds=1)
HOUR, DAY = 3_600_000_000, 86_400_000_000  # microseconds
_WEEK = 7 * DAY
_SECOND = 1_000_000
_BEYOND = (
    "A moment lies where the calendar ends, in the year 1 or 9999 or beyond. Leave such out, as in "
    "df[df.timestamp.between('1993', '2100')]."
)
MONDAY = 3  # days from a Monday to the first of January 1970, which was a Thursday


def checked(period: object) -> Period | None:
    """Give the period, or say which there are."""
    if period is None or period in get_args(Period):
        return period  # type: ignore[return-value]  # one of them, as was just seen
    raise InputError(
        f"There is no period {period!r}.{nearest(period, get_args(Period))} Give one of hour, day, week, month."
    )


def micros(moment: dt.datetime) -> int:
    """Say how many microseconds after 1970 a moment is."""
    return (moment - _EPOCH) // _MICRO


def _moment(at: int) -> dt.datetime:
    return _EPOCH + at * _MICRO


class Clock(NamedTuple):
    """What the clocks of a zone show over a stretch of time: from when on, how far ahead of UTC (microseconds).

    Engines know zones each in their own way, or only the one of their session; numbers mean the same to all of them.
    """

    zone: dt.tzinfo
    changes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, zone: dt.tzinfo, first: int, last: int) -> Clock:
        """Read the changes off the zone: look at each week's end, and closer where it shows another time."""
        at, offset = first, _offset(zone, first)
        changes = [(first, offset)]
        while at < last:
            after = min(at + _WEEK, last)
            if _offset(zone, after) != offset:
                at = _change(zone, at, after, offset)
                offset = _offset(zone, at)
                changes.append((at, offset))
            else:
                at = after
        return cls(zone, tuple(changes))

    def local(self, moment: Any) -> Any:  # noqa: ANN401  an expression, or an array
        """Give what the clock showed at each moment, as microseconds after it showed 1970."""
        if len(self.changes) == 1:
            return moment + self.changes[0][1]
        return moment + self._since(moment, [offset for _, offset in self.changes])

    def hour(self, moment: Any, local: Any) -> Any:  # noqa: ANN401
        """Give when the hour began that the clock showed, which was not before the clock was changed to show it."""
        begun = moment - local % HOUR
        if not any((at + offset) % HOUR for at, offset in self.changes[1:]):
            return begun
        changed = self._since(moment, [at - HOUR * (at == self.changes[0][0]) for at, _ in self.changes])
        if isinstance(begun, np.ndarray):
            return np.maximum(begun, changed)
        return nw.when(begun < changed).then(changed).otherwise(begun)

    def _since(self, moment: Any, values: Sequence[int]) -> Any:  # noqa: ANN401
        """Give the value that holds since the last change before each moment."""
        changes = [at for at, _ in self.changes[1:]]
        if isinstance(moment, np.ndarray):
            return np.array(values)[np.searchsorted(changes, moment, side="right")]

        def since(before: nw.Expr, change: tuple[int, int]) -> nw.Expr:
            return nw.when(moment >= change[0]).then(nw.lit(change[1], nw.Int64)).otherwise(before)

        return reduce(since, zip(changes, values[1:], strict=True), nw.lit(values[0], nw.Int64))


def _offset(zone: dt.tzinfo, at: int) -> int:
    try:
        ahead = _moment(at).astimezone(zone).utcoffset()
    except OverflowError:
        raise InputError(_BEYOND) from None
    return (ahead or dt.timedelta()) // _MICRO


def _change(zone: dt.tzinfo, before: int, after: int, offset: int) -> int:
    """Find the second from which on a zone no longer has this offset."""
    before, after = before // _SECOND, -(-after // _SECOND)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle * _SECOND) == offset:
            before = middle
        else:
            after = middle
    return after * _SECOND


def steps(clock: Clock, wanted: Collection[str]) -> Steps:
    """Say what to make of the moments, one column from another, so that nothing is worked out twice.

    ``_local`` is what the clocks showed, ``_day`` the day since 1970; then what is wanted of ``hour`` (when it began),
    ``week`` and ``month`` (their numbers), ``time`` (the hour of the day) and ``weekday`` (0 is a Monday).
    """
    by_moment: dict[str, Step] = {"_local": lambda of: clock.local(of(MOMENT))}
    if "hour" in wanted:
        by_moment["_hour"] = lambda of: clock.hour(of(MOMENT), of("_local"))
    if "time" in wanted:
        by_moment["_time"] = lambda of: of("_local") % DAY // HOUR
    by_day: dict[str, Step] = {}
    if "week" in wanted:
        by_day["_week"] = lambda of: (of("_day") + MONDAY) // 7
    if "weekday" in wanted:
        by_day["_weekday"] = lambda of: (of("_day") + MONDAY) % 7
    if "month" in wanted:
        by_day |= _MONTH
    if by_day or "day" in wanted:  # of a multiple, because Spark divides by way of floats
        by_moment["_day"] = lambda of: (of("_local") - of("_local") % DAY) // DAY
    return Steps(by_moment, by_day, frozenset(f"_{each}" for each in wanted))


# Months since the year 0, by whole numbers alone: engines differ in what else they know of months. Years from March on.
# Source: Neri and Schneider, Euclidean affine functions, https://doi.org/10.1002/spe.3172
_MONTH: dict[str, Step] = {
    "_quarters": lambda of: (of("_day") + 719_468) * 4 + 3,  # of days, since the first of March of the year 0
    "_century": lambda of: of("_quarters") // 146_097,
    "_within": lambda of: of("_quarters") % 146_097 // 4 * 4 + 3,
    "_year": lambda of: of("_century") * 100 + of("_within") // 1461,
    "_month": lambda of: of("_year") * 12 + (of("_within") % 1461 // 4 * 5 + 461) // 153 - 1,
}


def _begins(period: Period, number: int, zone: dt.tzinfo) -> int:
    """Say when a day, week or month begins; where the clocks skip midnight, at the moment they do."""
    try:
        if period == "month":
            day = dt.date(number // 12, number % 12 + 1, 1)
        else:
            day = _EPOCH.date() + dt.timedelta(days=number * 7 - MONDAY if period == "week" else number)
        return micros(dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC))
    except (OverflowError, ValueError):
        raise InputError(_BEYOND) from None


def starts(period: Period, buckets: NDArray[Any], clock: Clock) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give when each period from the first to the last of these begins, and which of them each is."""
    if not len(buckets):
        return buckets, buckets
    if period == "hour":
        begun = buckets
        every = _hours(clock, int(buckets.min()), int(buckets.max()))
    else:
        numbers = range(int(buckets.min()), int(buckets.max()) + 1)
        known = np.array([_begins(period, number, clock.zone) for number in numbers], dtype="int64")
        begun = known[buckets - numbers.start]
        every = np.unique(known)  # a day that an island skipped begins with the next
    return every, np.searchsorted(every, begun)


def _hours(clock: Clock, first: int, last: int) -> NDArray[Any]:
    """Give every hour's beginning; clocks that change by half an hour cut the hour at the change."""
    parts, changes = [], clock.changes
    for at, (change, offset) in enumerate(changes):
        begins = max(change + offset, first + offset) if at else first + offset
        ends = changes[at + 1][0] if at + 1 < len(changes) else last + 1
        hours = np.arange(begins - begins % HOUR, ends + offset, HOUR) - offset
        parts.append(np.maximum(hours, change) if at else hours)
    every = np.concatenate(parts)
    return every[(every >= first) & (every <= last)] if len(parts) == 1 else np.unique(every)


def still(zone: dt.tzinfo) -> bool:
    """Say whether the clocks of a zone are known never to change."""
    return isinstance(zone, dt.timezone) or str(zone) == "UTC"


def edges(period: Period, reach: tuple[int, int], clock: Clock) -> list[int]:
    """Give the numbers of the periods that two moments are in."""
    return [_number(period, at, clock.zone) for at in reach]


def _number(period: Period, at: int, zone: dt.tzinfo) -> int:
    offset = _offset(zone, at)
    if period == "hour":
        return at - (at + offset) % HOUR
    day = (at + offset) // DAY
    if period == "day":
        return day
    if period == "week":
        return (day + MONDAY) // 7
    date = _EPOCH.date() + dt.timedelta(days=day)
    return date.year * 12 + date.month - 1
