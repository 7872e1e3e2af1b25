"""Which days cost more or less than their weekday and the weeks around them make likely, and what made them so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from flowroute_nb import engines, wording
from flowroute_nb.daily import about, spent
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.records import money
from flowroute_nb.schema import TEXT
from flowroute_nb.summary import by
from flowroute_nb.validation import number

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

__all__ = ["LEAST", "THRESHOLD", "anomalies", "unusual"]

#: What may explain a day, the plainest first: of equally good explanations the first is given.
KEYS = (
    "direction",
    "number",
    "message_type",
    "is_mms",
    "message_encoding",
    "delivery",
    "contact_prefix",
    "contact",
)
LEAST = 21  # whole days: of three of a weekday the middle one is a usual one, if two are
THRESHOLD = 5.0  # standard deviations: days beyond it stand out by themselves
_NOISE = 0.1  # days that differ by so much are nothing odd, however even the others are
_WEEK, _WEEKS = 7, 15  # days: all weekdays once; about a week at either side
_ROUNDS = 3  # after which weekdays and trend change no more
_SPREAD = 1.4826  # of normal noise, the standard deviation is so many median distances
_WHOLE = 49  # characters that pandas shows of a text, a space before it included: display.max_colwidth is 50
_CLEAR = 0.1  # so much more than its usual share of the money a value must have, to be an explanation


@keywords
def anomalies(frame: Any, *, tz: str | dt.tzinfo = "UTC", threshold: float = THRESHOLD) -> pd.DataFrame:  # noqa: ANN401  any engine
    """Find the days that cost much more or less than their weekday and the weeks around them make likely.

    What is likely is the median of its weekday around the running median of 15 days, so that neither a weekly campaign
    nor a new price makes a day odd. Distances are measured on a scale on which both chance in a few messages and 10 %
    from day to day in many are equally wide, and in units of what is usual for this account, by the median distance.

    Parameters
    ----------
    frame : frame of any engine
        Records of three weeks at least.
    tz : str, optional
        The zone whose midnights part the days.
    threshold : float, optional
        How far off a day must be, in standard deviations of a usual day. At 5 days stand out by themselves; at 3 also
        those that one would see only when looking for them.

    Returns
    -------
    pandas.DataFrame
        A row for each odd day, in order: ``day`` (its midnight), ``cost`` (exact), ``expected`` (Decimal, an estimate,
        rounded to four decimals), ``ratio`` (float, cost by expected), ``score`` (float, standard deviations),
        ``direction`` (``high`` or ``low``), ``key`` and ``value`` (what explains most of the difference, missing where
        everything changed alike), ``explained`` (float, the value's part of the difference; above 1 where others made
        up for some of it), and ``why``, all of it in at most 49 characters, which pandas shows whole.

    Raises
    ------
    InputError
        The records are of less than three weeks, or an argument can't be right.

    Notes
    -----
    The first and the last day may be halves, so they are no measure for others, and are named only when they are too
    high. With ``m``, the mean amount of a message (the sum of all days' absolute costs by the number of messages), a
    day's cost is transformed to ``y = 20 asinh(0.1 sqrt(max(cost, 0) / m))``. Of all days but the first and the last,
    the trend is at first the running median of 7 days of ``y``; then, three times, each weekday's effect is the median
    of ``y - trend`` on that weekday, and the trend the running median of 15 days of ``y`` without the weekday's effect.
    Windows are cut at the ends, and the first and last day have the trend of the day beside them. With
    ``likely = trend + effect`` and ``d = y - likely``, ``score = d / max(1, 1.4826 median(abs(d)))``, the median being
    that of the same days, and ``expected = m (sinh(0.05 max(likely, 0)) / 0.1)**2``.

    Why this transformation: Anscombe, The transformation of Poisson, binomial and negative-binomial data (1948).

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-31", days=60) as sandbox:
    ...     df = sandbox.account().messages(days=60, progress=False)
    >>> anomalies(df)[["day", "direction", "key", "value"]].astype(str).values.tolist()
    [['2026-10-02 00:00:00+00:00', 'high', 'direction', 'inbound']]

    """
    _check(threshold)
    days = by(frame, period="day", tz=tz).dropna(subset="period")
    cost = spent(days)
    if not any(cost):
        return _framed([], days)
    if len(days) < LEAST + 2:
        raise InputError(
            f"The records are of {len(days)} days, the first and the last perhaps halves. Which days are odd can be "
            "told from three whole weeks on, better from two months: give account.messages(days=60)."
        )
    weekday = days.period.dt.day_of_week.to_numpy()
    score, expected = unusual(np.array(cost, float), days.messages.to_numpy(), weekday)
    score[[0, -1]] = np.maximum(score[[0, -1]], 0)
    odd = np.flatnonzero(np.abs(score) > threshold)
    found = [_Day(days.period.iloc[at], cost[at], round(expected[at]), float(score[at])) for at in odd]
    causes = _causes(frame, found, tz)
    return _framed([(day, *_most(day, causes)) for day in found], days)


def _check(threshold: object) -> None:
    if not 0 < (number(threshold) or 0) < np.inf:
        raise InputError(f"threshold={threshold!r} is no number above 0. Give one, as in threshold=5.")


def unusual(
    cost: NDArray[np.float64], messages: NDArray[np.int64], weekday: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Say how unlikely each day is, and what was likely; the first and the last day are no measure for the others."""
    one = np.abs(cost).sum() / messages.sum()  # what a message costs, about
    seen = 2 / _NOISE * np.arcsinh(_NOISE * np.sqrt(np.maximum(cost, 0) / one))
    inner = slice(1, -1)
    season, trend = np.zeros(7), _running(seen[inner], _WEEK)
    for _ in range(_ROUNDS):
        off = seen[inner] - trend
        season = np.array([np.median(off[weekday[inner] == day]) for day in range(7)])
        trend = _running(seen[inner] - season[weekday[inner]], _WEEKS)
    likely = np.pad(trend, 1, mode="edge") + season[weekday]
    score = seen - likely
    score /= max(1.0, _SPREAD * float(np.median(np.abs(score[inner]))))
    return score, one * (np.sinh(np.maximum(likely, 0) * _NOISE / 2) / _NOISE) ** 2


def _running(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    half = width // 2
    return np.array([np.median(values[max(0, at - half) : at + half + 1]) for at in range(len(values))])


class _Day(NamedTuple):
    """An odd day: its midnight, nanodollars, those that were likely, and how far it is off."""

    at: pd.Timestamp
    cost: int
    expected: int
    score: float


class _Cause(NamedTuple):
    """A value of a key: what it cost on a day, and its share of the other days of that weekday."""

    key: str
    value: Any
    cost: int
    share: float


def _causes(frame: Any, days: list[_Day], tz: str | dt.tzinfo) -> dict[pd.Timestamp, list[_Cause]]:  # noqa: ANN401
    """Say of each odd day what each value of each key had to do with it."""
    there = engines.names(engines.scanned(frame)) if days else []
    keys = [key for key in KEYS if key in there or (key == "contact_prefix" and "contact" in there)]
    usual = {key: by(frame, key, "weekday", tz=tz) for key in keys}
    found: dict[pd.Timestamp, list[_Cause]] = {}
    for day in days:
        then = by(frame, *keys, tz=tz, range=day.at.date())
        found[day.at] = causes = []
        for key, whole in usual.items():
            alike = whole[whole.weekday == wording.weekday(day.at.day_of_week)]
            cost, usually = _by_value(then, key), _by_value(alike, key)
            rest = sum(usually.values()) - sum(cost.values())
            for value, every in usually.items():
                here = cost.get(value, 0)
                causes.append(_Cause(key, value, here, (every - here) / rest if rest else 0.0))
    return found


def _by_value(summary: pd.DataFrame, key: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for value, cost in zip(summary[key].tolist(), spent(summary), strict=True):
        name = None if pd.isna(value) else value
        found[name] = found.get(name, 0) + cost
    return found


def _most(day: _Day, causes: dict[pd.Timestamp, list[_Cause]]) -> tuple[_Cause | None, float]:
    """Choose what explains most of the difference beyond its usual share, and say how much of it."""
    change = day.cost - day.expected

    def part(cause: _Cause) -> float:
        return (cause.cost - cause.share * day.expected) / change if change else 0.0

    best = max(causes[day.at], key=lambda cause: round(min(part(cause), 1.0) - cause.share, 3), default=None)
    if best is None or min(part(best), 1.0) - best.share < _CLEAR:
        return None, 0.0
    return best, part(best)


def _framed(found: list[tuple[_Day, _Cause | None, float]], days: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (
            day.at,
            money(day.cost),
            about(day.expected),
            day.cost / day.expected if day.expected else np.inf,
            day.score,
            "high" if day.score > 0 else "low",
            cause.key if cause else None,
            cause.value if cause else None,
            part if cause else np.nan,
            _why(day, cause, part),
        )
        for day, cause, part in found
    ]
    names = ["day", "cost", "expected", "ratio", "score", "direction", "key", "value", "explained", "why"]
    made = pd.DataFrame(rows, columns=names, dtype=object)
    made["day"] = pd.Series([day.at for day, *_ in found], dtype=days.period.dtype)
    made = made.astype({"ratio": "float64", "score": "float64", "explained": "float64"})
    made = made.astype({"direction": TEXT, "key": TEXT, "why": TEXT})
    made.attrs["flowroute_costs"] = {**days.attrs["flowroute_costs"], "keys": []}
    return made


def _why(day: _Day, cause: _Cause | None, part: float) -> str:
    """Say why in a line that pandas shows whole and no notebook takes for TeX; amounts have columns of their own."""
    times = day.cost / day.expected if day.expected else np.inf
    ratio = "nothing" if times == np.inf else f"{times:.1f}x" if abs(times) < 10 else f"{times:,.0f}x"  # noqa: PLR2004  digits
    if cause is None:
        return f"{ratio} expected, everything cost {'more' if day.score > 0 else 'less'}"
    share = ">100%" if round(part, 2) > 1 else f"{max(part, 0.0):.0%}"
    value = "missing" if cause.value is None else str(cause.value)
    why = f"{ratio} expected, {share} from {cause.key} {value}"
    whole = len(why) <= _WHOLE and value.isprintable() and "$" not in value
    return why if whole else f"{ratio} expected, {share} from one {cause.key}"  # the value is in its column
