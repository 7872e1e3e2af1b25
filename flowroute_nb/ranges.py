"""Any spelling of a range of time becomes two moments, and the midnights to ask the service for."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pandas as pd

from flowroute_nb.errors import InputError, nearest
from flowroute_nb.validation import number

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WAYS", "Moment", "Span", "between", "days_of", "slices", "span", "zone"]

Moment = str | dt.date | dt.datetime | pd.Period

_DAY, _SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
_SLICES = 8  # pieces of a range: two for each of four workers, few enough that half-filled last pages cost little
_YEAR, _MONTH, _DATE = (re.compile(each, re.ASCII) for each in (r"\d{4}", r"\d{4}-\d\d", r"\d{4}-\d\d-\d\d"))
#: What to give account.messages, which other ways to ask it say in their own spelling.
WAYS = 'Give a month, account.messages("2026-10"), two dates, account.messages("2026-10-01", "2026-10-31"), or days=30'

_PAIR = 'Give a month, range="2026-10", or two dates, range=("2026-10-01", "2026-10-31")'


class Span(NamedTuple):
    """From one moment, included, to another, excluded; both aware, in UTC."""

    start: dt.datetime
    end: dt.datetime


def zone(name: object) -> dt.tzinfo:
    """Find a time zone by its name."""
    if isinstance(name, dt.tzinfo):
        return name
    try:
        if isinstance(name, str) and name:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise InputError(f"tz={name!r} is no time zone.{_near(name)} Give a name such as 'UTC' or 'America/Los_Angeles'.")


def _near(name: object) -> str:
    """Ask whether the nearest zone was meant, also where a city is written as people do: New York."""
    if not isinstance(name, str):
        return ""
    spelled, known = name.strip().replace(" ", "_"), sorted(available_timezones())
    cities = {each.rpartition("/")[2].lower(): each for each in known}
    city = difflib.get_close_matches(spelled.lower(), cities, n=1, cutoff=0.85)
    return f" Did you mean {cities[city[0]]!r}?" if city else nearest(spelled, known)


def span(start: Moment | None, end: Moment | None, days: float | None, tz: dt.tzinfo, now: dt.datetime) -> Span:
    """Say from when to when, in UTC.

    A year, month, day or period means all of it, as a start and as an end; a datetime as an end is exclusive, and one
    as a start without an end runs until now. Without a zone they are in ``tz``.
    """
    if days is not None:
        return _last(days, start, end, now)
    if start is None:
        raise InputError(f"A range of time is missing. {WAYS}, the last 30 x 24 hours.")
    try:
        begin = _parsed(start.strip(), WAYS) if isinstance(start, str) else start
        first, after = _whole(begin, tz)
        if end is not None:
            after = _whole(end, tz)[1]
        _ = first - 2 * _DAY, after + 2 * _DAY  # what is asked for is wider
    except InputError:
        raise
    except (OverflowError, ValueError):  # the one of datetime, the other of pandas
        raise InputError(f"The range reaches the end of the calendar. {WAYS}.") from None
    found = Span(first, now if end is None and isinstance(begin, dt.datetime) else after)
    if found.start >= now + _DAY:  # a day's grace for a clock that is wrong
        raise InputError(f"The range begins at {_said(first)}, and now is {_said(now)}. Give a range that has begun.")
    if found.start >= found.end:
        ends = end or (_said(now) if isinstance(begin, dt.datetime) else start)
        raise InputError(
            f"The range begins at {start} and ends at {ends}: it is empty{_clocks(found, tz)}. "
            "Give the earlier one first; a date as end includes its day, a datetime as end is excluded."
        )
    return found


def between(given: object, tz: dt.tzinfo) -> Span | None:
    """Say from when to when a range is that was given as one: a pair, or what names all of a year, month or day."""
    if given is None:
        return None
    pair = given if isinstance(given, (tuple, list)) else (given, given)
    if len(pair) != 2 or (given is not pair and isinstance(given, dt.datetime)):  # noqa: PLR2004  a start and an end
        raise InputError(f"range={given!r} is no range. {_PAIR}.")
    try:
        (first, _), (_, after) = (_whole(each, tz, _PAIR) for each in pair)
    except InputError:
        raise
    except (OverflowError, ValueError):
        raise InputError(f"The range reaches the end of the calendar. {_PAIR}.") from None
    if first >= after:
        clocks = _clocks(Span(first, after), tz)
        raise InputError(f"The range begins at {pair[0]} and ends at {pair[1]}: it is empty{clocks}. {_PAIR}.")
    return Span(first, after)


def _said(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _last(days: float, start: object, end: object, now: dt.datetime) -> Span:
    if start is not None or end is not None:
        raise InputError(f"days={days!r} is a range by itself, and a start or an end was given too. Give one of them.")
    count = number(days)
    if count is None or not 0 < count <= 36_600:  # noqa: PLR2004
        raise InputError(f"days={days!r} is no number of days. Give one above 0, as in days=30.")
    return Span(now - dt.timedelta(days=count), now)


def _whole(given: Moment, tz: dt.tzinfo, ways: str = WAYS) -> tuple[dt.datetime, dt.datetime]:
    """Give the first moment of what was named and the first after it; of a datetime, itself twice."""
    if pd.api.types.is_scalar(given) and pd.isna(given):  # type: ignore[arg-type]  # the stubs don't know that a Period can be
        raise InputError(f"A moment of the range is missing (NaT). {ways}.")
    if isinstance(given, pd.Period):
        first, after = (period.start_time.to_pydatetime(warn=False) for period in (given, given + 1))
        return _begin(first, tz), _begin(after, tz)
    if isinstance(given, dt.datetime):  # a pandas Timestamp is one too
        moment = _utc(given.to_pydatetime(warn=False) if isinstance(given, pd.Timestamp) else given, tz)
        return moment, moment
    if isinstance(given, dt.date):
        return _midnight(given, tz), _midnight(given + _DAY, tz)
    if isinstance(given, str):
        return _whole(_parsed(given.strip(), ways), tz)
    raise InputError(f"A moment of the range is of type {type(given).__name__}. {ways}, a pandas Period or datetimes.")


def _parsed(given: str, ways: str) -> Moment:
    try:
        if _YEAR.fullmatch(given):
            return pd.Period(year=int(given), freq="Y")
        if _MONTH.fullmatch(given):
            return pd.Period(given, freq="M")
        return dt.date.fromisoformat(given) if _DATE.fullmatch(given) else dt.datetime.fromisoformat(given)
    except ValueError:
        pass
    raise InputError(f"{given[:40]!r} is no year, month, date or ISO datetime that exists. {ways}.")


def _utc(moment: dt.datetime, tz: dt.tzinfo) -> dt.datetime:
    if moment.tzinfo is None and (gap := _gap(moment, tz)) and moment != gap[0]:
        raise InputError(
            f"{moment:%Y-%m-%d %H:%M} does not exist in {tz}, where {_forward(gap)}. Give a time before or after."
        )
    return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).astimezone(dt.UTC)


def _begin(moment: dt.datetime, tz: dt.tzinfo) -> dt.datetime:
    """Return when a day or another period begins, which is later than its time says where the clocks skip that."""
    gap = _gap(moment, tz)
    return (gap[1] if gap else moment).replace(tzinfo=tz).astimezone(dt.UTC)


def _midnight(day: dt.date, tz: dt.tzinfo) -> dt.datetime:
    return _begin(dt.datetime.combine(day, dt.time()), tz)


def _gap(moment: dt.datetime, tz: dt.tzinfo) -> tuple[dt.datetime, dt.datetime] | None:
    """Return from and to which time the clocks of a zone are put forward over this local time, if they are."""
    before, after = (moment.replace(tzinfo=tz, fold=fold).utcoffset() or dt.timedelta() for fold in (0, 1))
    if before >= after:  # https://peps.python.org/pep-0495/: only in a gap is the first offset the smaller one
        return None
    early, late = (moment.replace(microsecond=0, tzinfo=dt.UTC) - offset for offset in (after, before))
    while late - early > _SECOND:  # the change is after the first and not after the second
        middle = early + (late - early) // 2 // _SECOND * _SECOND
        early, late = (middle, late) if middle.astimezone(tz).utcoffset() == before else (early, middle)
    change = late.replace(tzinfo=None)
    return change + before, change + after


def _forward(gap: tuple[dt.datetime, dt.datetime]) -> str:
    clock = "%H:%M" if gap[0].date() == gap[1].date() else "%Y-%m-%d %H:%M"
    return f"the clocks go from {gap[0]:{clock}} to {gap[1]:{clock}}"


def _clocks(empty: Span, tz: dt.tzinfo) -> str:
    """Name the change of the clocks in which an empty range is, as the rest of a sentence."""
    if empty.start != empty.end or empty.start - dt.datetime.min.replace(tzinfo=dt.UTC) < 2 * _DAY:
        return ""
    before = (empty.start - _SECOND).astimezone(tz).replace(tzinfo=None) + _SECOND
    gap = _gap(before, tz)
    return f", because {_forward(gap)} on {before:%Y-%m-%d} in {tz}" if gap else ""


def _floor(moment: dt.datetime) -> dt.datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def slices(whole: Span, days: int | None = None) -> Iterator[Span]:
    """Cut what has to be asked for into pieces that touch at midnight UTC.

    The service rewrites dates to midnight, and nobody documents whether an end is included: the whole is asked a day
    wider at both ends and cut to the moment afterwards. Pieces are of so many days, or about an eighth of the whole.
    """
    start, end = _floor(whole.start) - _DAY, _floor(whole.end - dt.timedelta(microseconds=1)) + 2 * _DAY
    step = dt.timedelta(days=days or max(1, round((end - start) / _DAY / _SLICES)))
    while start < end:
        yield Span(start, min(start + step, end))
        start += step


def days_of(whole: Span, tz: dt.tzinfo) -> Iterator[Span]:
    """Cut a range at the midnights of a zone."""
    start = whole.start
    while start < whole.end:
        end = min(_midnight(start.astimezone(tz).date() + _DAY, tz), whole.end)
        yield Span(start, end)
        start = end
