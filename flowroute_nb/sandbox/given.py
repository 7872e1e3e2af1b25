"""What a sandbox is asked to be or to tell, checked before it is done."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.clock import micros
from flowroute_nb.sandbox.past import Past
from flowroute_nb.validation import whole_number

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["host", "noon", "past", "place", "rates", "span", "whole"]

_PRICES = ("0.0050", "0.0100")  # an example
_MOST = 1_000  # dollars a segment: amounts of long texts still fit in 64 bits
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


def past(seed: int, end: dt.datetime, days: int, messages: int, prices: object) -> Past:
    """Make the past; it must not reach back before the calendar."""
    try:
        return Past(seed, end, days, messages, _prices(prices))
    except OverflowError:
        raise InputError(f"days={days} before {end:%Y-%m-%d} is before the calendar began. Give fewer days.") from None


def _prices(value: object) -> tuple[int, int] | None:
    """Check the two prices of a segment, and convert them to nanodollars."""
    if value is None:
        return None
    pair = list(value) if isinstance(value, (tuple, list)) else []
    amounts = [nanodollars for nanodollars in map(_nanodollars, pair) if nanodollars is not None]
    if len(pair) != len(_PRICES) or len(amounts) != len(_PRICES):
        raise InputError(
            f"prices={value!r} must be two amounts of dollars from 0.000000001 to {_MOST}, before and after the price "
            f"step, as text or Decimal. Pass e.g. prices={_PRICES!r}."
        )
    return amounts[0], amounts[1]


def _nanodollars(price: object) -> int | None:
    """Convert a price to nanodollars; None if it is not an exact positive amount."""
    if isinstance(price, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", price, re.ASCII):
        price = Decimal(price)
    if not isinstance(price, Decimal) or not price.is_finite() or not 0 < price <= _MOST:
        return None
    amount = Fraction(price) * 10**9
    return int(amount) if amount.denominator == 1 else None


def place(path: str | PathLike[str] | None) -> str:
    """Name the database: a file, or one without a name."""
    if path is None:
        return ""
    try:
        file = str(Path(path)) if str(path) else ""
    except TypeError:
        file = ""
    if not file or "\0" in file or file == ":memory:":  # which SQLite would not take for a file
        raise InputError(f"path={path!r} is no name of a file. Give one, or leave it out to forget in the end.")
    return file


def whole(name: str, given: int, least: int) -> int:
    """Check a whole number."""
    number = whole_number(given)
    if number is None or number < least:
        raise InputError(f"{name}={given!r} is no whole number from {least} on. Give one.")
    return number


def rates(sms: int | None) -> tuple[int, int]:
    """Say how many SMS and MMS a second there may be: https://developer.flowroute.com/docs/flowroute-messaging-rate-limits/."""
    documented = (5, 1)
    if sms is None:
        return documented
    rate = whole("rate", sms, 0)
    return rate, min(rate, documented[1])


def host(given: str) -> str:
    """Check where to listen; an empty name would mean every network that this machine is in."""
    if not isinstance(given, str) or not given.strip() or "\0" in given:
        raise InputError(f"host={given!r} is no address of this machine. Leave it out, or give '127.0.0.1'.")
    return given


def noon(today: dt.date | str | None) -> dt.datetime | None:
    """Find the noon of a day."""
    if today is None:
        return None
    try:
        day = dt.datetime.fromisoformat(today) if isinstance(today, str) else today
        return dt.datetime.combine(day, dt.time(12), dt.UTC)
    except (ValueError, TypeError):
        raise InputError(f"today={today!r} is no day that exists. Give a date, or text such as '2026-10-31'.") from None


def span(start: dt.date | str | None, end: dt.date | str | None) -> tuple[int | None, int | None]:
    """Find the moments between which a range lies, the second excluded, in microseconds of UTC; None is open."""
    first, after = _moments("start", start)
    until = _moments("end", end)[1]
    if end is None and after != first:
        until = after  # a day, month or year alone is all of it
    if first is not None and until is not None and first >= until:
        raise InputError(f"start={start!r}, end={end!r} is an empty range. Give the earlier first; no datetime twice.")
    return first, until


def _moments(name: str, given: dt.date | str | None) -> tuple[int | None, int | None]:
    """Give the first moment of what was named and the first after it; of a datetime, itself twice."""
    try:
        if given is None:
            return None, None
        named = _DATE.fullmatch(given) if isinstance(given, str) else None
        if named:
            return _between(*(int(part) for part in named.groups() if part))
        if isinstance(given, str):
            given = dt.datetime.fromisoformat(given)
        if isinstance(given, dt.datetime):
            moment = micros(given if given.tzinfo else given.replace(tzinfo=dt.UTC))
            return moment, moment
        return _between(given.year, given.month, given.day)
    except (ValueError, AttributeError, TypeError, OverflowError):
        pass
    raise InputError(
        f"{name}={given!r} is no year, month, date or datetime that exists. Give one, as in sandbox.charged('2026-10')."
    )


def _between(year: int, month: int | None = None, day: int | None = None) -> tuple[int, int]:
    """Give the first moment of a year, month or day, and the first after it."""
    first = micros(dt.datetime(year, 1 if month is None else month, 1 if day is None else day, tzinfo=dt.UTC))
    days = 1 if day else calendar.monthrange(year, month)[1] if month else 365 + calendar.isleap(year)
    return first, first + days * 86_400 * 10**6
