"""What the month will have cost at its end, and between which amounts it will likely be."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flowroute_nb import cards, daily, level, oddity, ranges, validation, wording
from flowroute_nb.daily import RECENT, about, midnights
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.records import money, nanodollars

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from numpy.typing import NDArray

    from flowroute_nb.daily import Seen

__all__ = ["Forecast", "forecast"]

_MOST = 120  # days; what was before says little of the next
_ENOUGH = 56  # whole days, from which on the interval is as narrow as it gets
_WHOLE = 0.95  # a day of which so much is known, by what its hours usually cost, is taken as whole
_AHEAD = 62  # days
#: What the probability of the interval means: tests/benchmarks/outlook.py measures it on the sandbox's past.
_MEANS = (
    "The probability is for months without a price change or an unusual day ahead, which can't be foreseen: on "
    "simulated accounts, the 80 % interval held for {quiet} % of such months and for {every} % of all months."
)
_HELD = {"quiet": 81, "every": 69}
_MONDAY, _DOLLAR = pd.Timestamp(2000, 1, 3), 1e9  # nanodollars
_METHOD = (
    "a wandering level with an effect for each weekday (statsmodels GLS, restricted likelihood), fitted to {days} "
    "whole days at the prices of the last {recent}; interval by Student's t"
)


@dataclass(frozen=True, repr=False)
class Forecast:
    """What a month will have cost at its end.

    Attributes
    ----------
    month : str
        As in ``"2026-10"``.
    total, low, high : decimal.Decimal
        What it will have cost, and between which amounts with the probability of the interval: estimates in dollars,
        rounded to four decimals. Exact, and all the same, once the month is over.
    so_far : decimal.Decimal
        What it has cost until now, exactly.
    interval : float
        The probability, as in 0.8, for months without a price change or an unusual day ahead.
    method, note : str
        How it was estimated; what to know about it, or ``""``.
    path : pandas.DataFrame
        A row for each day of the month: ``day`` (its midnight), ``cost`` (exact Decimal, None where no record is yet),
        ``expected`` (what the day will have cost, or has if it is over), ``low`` and ``high`` (missing for days that
        are over), ``running``, ``running_low`` and ``running_high`` (the month up to the day's end). All but ``cost``
        are floats, in dollars.

    """

    month: str
    total: Decimal
    low: Decimal
    high: Decimal
    so_far: Decimal
    interval: float
    method: str
    note: str
    path: pd.DataFrame = field(compare=False)

    def _said(self) -> str:
        if self.low == self.high:
            return f"{self.month} cost {_usd(self.total)}"
        between = f"{self.interval:.0%} likely between {_usd(self.low)} and {_usd(self.high)}"
        return f"{self.month} will have cost {_usd(self.total)}, {between}; {_usd(self.so_far)} so far"

    def __repr__(self) -> str:
        return f"<Forecast: {self._said()}. {self.note}".rstrip() + ">"

    def _repr_html_(self) -> str:
        rows = {
            "at its end": _usd(self.total),
            f"{self.interval:.0%} likely between": f"{_usd(self.low)} and {_usd(self.high)}",
            "so far": _usd(self.so_far),
            "method": self.method,
            **({"note": self.note} if self.note else {}),
        }
        return cards.html(f"Cost of {self.month}", rows)


def _usd(amount: Decimal) -> str:
    return wording.dollars(nanodollars(amount), 2 if amount.copy_abs() >= 1 else 4)


@keywords
def forecast(
    frame: Any,  # noqa: ANN401  a frame of any engine
    *,
    month: str | pd.Period | dt.date | None = None,
    tz: str | dt.tzinfo = "UTC",
    today: dt.date | str | None = None,
    interval: float = 0.8,
) -> Forecast:
    """Estimate what a month will have cost at its end, with an interval.

    Past days are counted at the prices of the last seven, so that a new price counts in full from its first week. The
    rest of today and of the month is estimated from whole days: each weekday as it was, around a level that goes on
    wandering as it did. Days that :func:`anomalies` names are left out of this. What is not known, from a short past
    above all, makes the interval wider.

    The interval's probability is for quiet months: those without a price change or an unusual day after the last
    record. Nothing in the past says that these will come, and an interval that allowed for them would be too wide for
    every other month. Measured on simulated accounts, the 80 % interval held the cost of 81 % of the quiet months, and
    of 69 % of all months, one in five of which had such a thing ahead.

    Parameters
    ----------
    frame : frame of any engine
        Records of two weeks at least, better of 60 days, up to now.
    month : str, pandas.Period or date, optional
        As in ``"2026-11"``; the month of the last record unless told.
    tz : str, optional
        The zone whose midnights part days and months.
    today : date or str, optional
        The day on which the records were read, where the last of them is older: days without records until then
        cost nothing. Of what ``messages()`` returned it is known whether the last day was over, so that a month read
        whole is exact; of any other frame say it, as in ``today="2026-11-01"``.
    interval : float, optional
        The probability that the interval holds what a month will have cost, if it is quiet.

    Returns
    -------
    Forecast

    Raises
    ------
    InputError
        The records are of less than two weeks, or an argument can't be right, or statsmodels is missing (extra
        ``forecast``).

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-16", days=60) as sandbox:
    ...     df = sandbox.account().messages(days=60, progress=False)
    >>> found = forecast(df)
    >>> found.month, found.so_far < found.low < found.total < found.high
    ('2026-10', True)
    >>> len(found.path), found.path.cost.notna().sum()
    (31, np.int64(16))

    """
    zone = ranges.zone(tz)
    probability = validation.number(interval)
    if probability is None or not (probability > 0 and (1 + probability) / 2 < 1):
        raise InputError(f"interval={interval!r} is no probability between 0 and 1. Give one, as in interval=0.8.")
    days = daily.seen(frame, zone, _day("today", today))
    return _forecast(days, _month(month, days), probability)


def _day(name: str, given: object) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        day = 0
    if day is None or (isinstance(day, dt.date) and not isinstance(day, dt.datetime)):
        return day
    raise InputError(f"{name}={given!r} is no date that exists. Give one, as in {name}='2026-10-15'.")


def _month(given: object, seen: Seen) -> pd.Period:
    first, last = (day.tz_localize(None).to_period("M") for day in seen.days[[0, -1]])
    found = last if given is None else _named(given)
    latest = (seen.days[-1].tz_localize(None) + pd.Timedelta(days=_AHEAD)).to_period("M") - 1
    if not first <= found <= latest:
        raise InputError(
            f"month={found} can't be told from records of {seen.days[0]:%Y-%m-%d} to {seen.days[-1]:%Y-%m-%d}. Give a "
            f"month from {first} to {latest}, or read other records."
        )
    return found


def _named(given: object) -> pd.Period:
    try:
        if isinstance(given, str | dt.date) or (isinstance(given, pd.Period) and given.freqstr == "M"):
            found = pd.Period(given, "M")
            if not isinstance(given, str) or given == str(found):
                return found
    except ValueError:
        pass
    raise InputError(f"month={given!r} is no month. Give one, as in month='2026-10'.")


def _forecast(seen: Seen, month: pd.Period, interval: float) -> Forecast:
    days = midnights(pd.date_range(month.start_time, periods=month.days_in_month, freq="D", unit="us"), seen.days.tz)
    spent, lacks = dict(zip(seen.days, seen.cost, strict=True)), dict(zip(seen.days, seen.missing, strict=True))
    lacks[seen.days[0]] = 0.0  # it is over, and was quiet until its first record, for all that is known
    part = np.array([lacks.get(day, 1.0) for day in days])
    at, whole = np.flatnonzero(part), np.flatnonzero(seen.missing <= 1 - _WHOLE)[-_MOST:]
    usual = _usual(seen, whole)
    mean, spread, wide = np.zeros(len(days)), np.zeros((len(days), len(days))), 0.0
    if len(at):
        found = level.likely(seen.steady[usual], _number(seen.days)[usual], _number(days)[at], part[at])
        mean[at], spread[np.ix_(at, at)] = np.maximum(found.mean, 0), found.covariance
        wide = level.quantile(interval, found.freedom)
    known = [spent.get(day, 0) for day in days]
    path = _path(np.array(known, float), mean, spread * wide**2, part > 0)
    path.insert(0, "day", days)
    path.insert(1, "cost", pd.Series([money(spent[day]) if day in spent else None for day in days], dtype=object))
    path.attrs["flowroute_costs"] = {"keys": [], "period": "day", "tz": str(seen.days.tz)}
    so_far, end = money(sum(known)), path.iloc[-1]
    total, low, high = (
        about(end[name] * _DOLLAR) if len(at) else so_far for name in ("running", "running_low", "running_high")
    )
    method = _METHOD.format(days=len(usual), recent=RECENT) if len(at) else "added up: the month is over"
    note = " ".join(_notes(seen, days[0], len(whole), len(whole) - len(usual))) if len(at) else ""
    return Forecast(str(month), total, low, high, so_far, interval, method, note, path)


def _usual(seen: Seen, whole: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out the unusual days, which would make every other day seem less certain than it is."""
    if len(whole) < oddity.LEAST + 2 or not seen.steady[whole].any():
        return whole
    weekday = seen.days[whole].day_of_week.to_numpy()
    score, _ = oddity.unusual(seen.steady[whole], seen.messages[whole], weekday)
    return whole[np.abs(score) <= oddity.THRESHOLD]


def _number(days: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Give each day a number, so that those seven apart are the same weekday."""
    numbers: NDArray[np.int64] = (days.tz_localize(None).normalize() - _MONDAY).days.to_numpy()
    return numbers


def _path(
    spent: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64], unknown: NDArray[np.bool_]
) -> pd.DataFrame:
    """Lay the days out, in dollars: each with its interval, and the month up to it with its own."""
    until, each = np.tri(len(spent)), np.sqrt(np.diag(spread))
    floor = 0.0 if (spent >= 0).all() else -np.inf  # what is spent is not given back, but where it was before
    whole, around = until @ (spent + mean), np.sqrt(np.maximum(np.diag(until @ spread @ until.T), 0))
    made = pd.DataFrame({"expected": (spent + mean) / _DOLLAR})
    for name, values in {"low": spent + np.maximum(mean - each, floor), "high": spent + mean + each}.items():
        made[name] = np.where(unknown, values, np.nan) / _DOLLAR
    made["running"] = whole / _DOLLAR
    made["running_low"] = np.maximum(whole - around, until @ spent + min(floor, 0)) / _DOLLAR
    made["running_high"] = (whole + around) / _DOLLAR
    return made


def _notes(seen: Seen, first: pd.Timestamp, whole: int, unusual: int) -> Iterator[str]:
    if whole < _ENOUGH:
        yield f"Only {whole} whole days are known, which widens the interval: 60 are better."
    if first < seen.days[0]:
        yield f"There are no records before {seen.days[0]:%Y-%m-%d}: the days until then are estimated too."
    if seen.unpriced:
        yield f"{seen.unpriced:,} records have no amount yet, and count as nothing."
    if unusual:
        left_out = wording.count(unusual, "unusual day")
        yield f"{left_out} of the past {'is' if unusual == 1 else 'are'} left out, see anomalies."
    yield _MEANS.format(**_HELD)
