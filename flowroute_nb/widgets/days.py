"""Ranges of days as people name them: today, this month, last month, the last 30 days."""

from __future__ import annotations

import datetime as dt

__all__ = ["OWN", "QUICK", "day", "days_of", "named", "worded"]

OWN = "own"
QUICK = [
    ("today", "Today"),
    ("month", "This month"),
    ("last", "Last month"),
    ("30", "Last 30 days"),
    (OWN, "Other days"),
]
_DAY = dt.timedelta(days=1)


def day(given: str) -> dt.date | None:
    """Give the day that is written so, or None.

    Examples
    --------
    >>> day("2026-10-31"), day("2026-10-32"), day("20261031")  # the last is a moment to account.messages
    (datetime.date(2026, 10, 31), None, None)

    """
    try:
        found = dt.date.fromisoformat(given)
    except ValueError:
        return None
    return found if found.isoformat() == given else None


def days_of(name: str, today: dt.date) -> tuple[str, str]:
    """Give the first and the last day of a range, both included.

    Examples
    --------
    >>> days_of("last", dt.date(2026, 3, 15)), days_of("30", dt.date(2026, 3, 15))
    (('2026-02-01', '2026-02-28'), ('2026-02-14', '2026-03-15'))

    """
    first = today.replace(day=1)
    start, end = {
        "today": (today, today),
        "month": (first, today),
        "last": ((first - _DAY).replace(day=1), first - _DAY),
        "30": (today - 29 * _DAY, today),
    }[name]
    return start.isoformat(), end.isoformat()


def named(days: tuple[str, str], today: dt.date) -> str:
    """Say which of the quick ranges these days are.

    Examples
    --------
    >>> named(("2026-03-01", "2026-03-15"), dt.date(2026, 3, 15)), named(("2026-03-01", ""), dt.date(2026, 3, 15))
    ('month', 'own')

    """
    return next((name for name, _ in QUICK if name != OWN and days_of(name, today) == days), OWN)


def worded(first: dt.date, last: dt.date) -> str:
    """Write a range of days.

    Examples
    --------
    >>> worded(dt.date(2026, 3, 1), dt.date(2026, 3, 15)), worded(dt.date(2025, 12, 31), dt.date(2026, 1, 1))
    ('1 to 15 March 2026', '31 December 2025 to 1 January 2026')

    """
    end = f"{last.day} {last:%B %Y}"
    if first == last:
        return end
    year = "" if first.year == last.year else f" {first.year}"
    month = "" if (first.year, first.month) == (last.year, last.month) else f" {first:%B}"
    return f"{first.day}{month}{year} to {end}"
