"""What a sandbox is asked to be, checked before it is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.past import Past

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["noon", "past", "place", "whole"]


def past(seed: int, end: dt.datetime, days: int, messages: int) -> Past:
    """Make the past; it must not reach back before the calendar."""
    try:
        return Past(seed, end, days, messages)
    except OverflowError:
        raise InputError(f"days={days} before {end:%Y-%m-%d} is before the calendar began. Give fewer days.") from None


def place(path: str | PathLike[str] | None) -> str:
    """Name the database: a file, or memory."""
    if path is None:
        return ":memory:"
    try:
        file = str(Path(path)) if str(path) else ""
    except TypeError:
        file = ""
    if not file or "\0" in file:
        raise InputError(f"path={path!r} is no name of a file. Give one, or leave it out to forget in the end.")
    return file


def whole(name: str, given: int, least: int) -> int:
    """Check a whole number."""
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise InputError(f"{name}={given!r} is no whole number from {least} on. Give one.")
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
