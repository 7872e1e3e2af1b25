"""What each day cost, also at the prices of today, and how much of it nobody knows yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from flowroute_nb import engines
from flowroute_nb.errors import InputError
from flowroute_nb.records import money, nanodollars
from flowroute_nb.summary import by

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from numpy.typing import NDArray

__all__ = ["RECENT", "Seen", "about", "midnights", "seen", "spent"]

_LEAST = 13.25  # days from the first record to the last: two weeks, less a quiet night at either end
RECENT = 7  # days whose prices are today's
_APART = ("direction", "message_type", "is_mms")  # what has a price of its own


def spent(summary: pd.DataFrame) -> list[int]:
    """Give what each row of a summary cost, in whole nanodollars."""
    return list(map(nanodollars, summary["cost"]))


def about(estimate: float) -> Decimal:
    """Make dollars of an estimate in nanodollars, rounded to four decimals.

    Examples
    --------
    >>> about(12_345_678.9)
    Decimal('0.0123')

    """
    return money(round(estimate / 100_000) * 100_000)


class Seen(NamedTuple):
    """What the records say, day by day: what each cost, also at today's prices, and how much of it is unknown."""

    days: pd.DatetimeIndex
    cost: list[int]
    messages: NDArray[np.int64]
    steady: NDArray[np.float64]
    missing: NDArray[np.float64]
    unpriced: int


def seen(frame: Any, zone: dt.tzinfo, today: dt.date | None) -> Seen:  # noqa: ANN401
    """Read the days off a frame of any engine, or say that there are too few for a forecast."""
    hours = by(frame, period="hour", tz=zone).dropna(subset="period")
    known = (hours.period.iloc[-1] - hours.period.iloc[0]) / pd.Timedelta(days=1) if len(hours) else 0.0
    if known < _LEAST:
        raise InputError(
            f"The records are of {known:.0f} days, and a forecast needs two weeks at least. Read more, best "
            "account.messages(days=60)."
        )
    there = engines.names(engines.scanned(frame))
    apart = [name for name in _APART if name in there]
    groups = by(frame, *apart, period="day", tz=zone).dropna(subset="period")
    steady = _steady(groups, apart)
    cost = pd.Series(spent(groups), index=groups.period, dtype=object).groupby(level=0).sum()
    messages = groups.groupby("period").messages.sum()
    days, missing = pd.DatetimeIndex(cost.index), _missing(hours, len(cost))
    if _is_over(days, frame):
        missing[-1] = 0.0
    if today is not None:
        days, missing = _until(days, missing, today)
    return Seen(
        days,
        [int(each) for each in cost.reindex(days, fill_value=0)],
        messages.reindex(days, fill_value=0).to_numpy("int64"),
        np.array(steady.reindex(days, fill_value=0.0), "float64"),
        missing,
        int(groups.unpriced.sum()),
    )


def _is_over(days: pd.DatetimeIndex, frame: Any) -> bool:  # noqa: ANN401
    """Say whether the last day was over when the records were read, where a frame knows until when it was.

    Read more than a day later, later records may have been left out, and nobody knows at which hour.
    """
    said = getattr(frame, "attrs", {}).get("flowroute", {})
    if not {"end", "read_at"} <= set(said):
        return False
    until = min(pd.Timestamp(said["end"]), pd.Timestamp(said["read_at"]))
    first, second = midnights(pd.date_range(days[-1].date(), periods=3, freq="D", unit="us")[1:], days.tz)
    return bool(first <= until < second)


def _until(
    days: pd.DatetimeIndex, missing: NDArray[np.float64], today: dt.date
) -> tuple[pd.DatetimeIndex, NDArray[np.float64]]:
    """Add the days without records until today, of which nothing is known yet."""
    last = days[-1].date()
    if today < last:
        raise InputError(f"today={today} is before the last record, of {last}. Leave later records out of the frame.")
    if today == last:
        return days, missing
    more = midnights(pd.date_range(days[0].tz_localize(None).normalize(), today, freq="D", unit="us"), days.tz)
    later = np.zeros(len(more))
    later[0], later[-1] = missing[0], 1.0
    return more, later


def _steady(groups: pd.DataFrame, apart: list[str]) -> pd.Series[float]:
    """Count each day at the prices of the last: segments, or MMS, by what one cost in the group's last seven days."""
    made = groups.assign(
        amount=np.array(spent(groups), float),
        units=_units(groups),
        group=groups.groupby(apart, dropna=False, sort=False).ngroup() if apart else 0,
    )
    made = made[made.units > 0].sort_values("period")
    recent = made.groupby("group").tail(RECENT).groupby("group")[["amount", "units"]].sum()
    price = made.group.map(recent.amount / recent.units)
    steady: pd.Series[float] = (made.units * price).groupby(made.period).sum()
    return steady


def _units(groups: pd.DataFrame) -> NDArray[np.float64]:
    """Give what is paid for: segments, or messages where these have none."""
    segments = groups.segments.fillna(0).to_numpy(float)
    return np.where(segments > 0, segments, groups.messages.to_numpy(float))


def _missing(hours: pd.DataFrame, count: int) -> NDArray[np.float64]:
    """Say how much of each day has no records yet or none any more: the hours before the first and after the last."""
    hour, day = hours.period.dt.hour, hours.period.dt.date
    whole = ~day.isin([day.iloc[0], day.iloc[-1]])
    cost = np.array(spent(hours[whole]), float)
    share = np.bincount(hour[whole], np.maximum(cost, 0), 24)
    share = share / share.sum() if share.sum() else np.full(24, 1 / 24)
    missing = np.zeros(count)
    missing[0] = share[: hour.iloc[0]].sum()
    missing[-1] = share[hour.iloc[-1] + 1 :].sum()
    return missing


def midnights(days: pd.DatetimeIndex, zone: Any) -> pd.DatetimeIndex:  # noqa: ANN401  as pandas names a zone
    """Begin each day in a zone, where a change of clocks may skip a midnight or have it twice."""
    return days.tz_localize(zone, nonexistent="shift_forward", ambiguous=np.ones(len(days), bool))
