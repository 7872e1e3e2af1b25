"""The sandbox's own time: it runs on at real speed, or as a clock says that was given, and can be moved forward."""

from __future__ import annotations

import datetime as dt
import math
import time
from numbers import Real
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "micros", "moment", "span"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def micros(moment: dt.datetime) -> int:
    """Write a moment as microseconds of UTC, as messages have it."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def moment(at: int) -> dt.datetime:
    """Read microseconds of UTC."""
    return _EPOCH + dt.timedelta(microseconds=at)


class Clock:
    """Starts at a moment and runs on; it can be moved forward.

    Parameters
    ----------
    start : datetime.datetime, optional
        What time it is when the clock is made, aware; really now, unless given.
    given : callable, optional
        Says what time it is, as an aware datetime. Then this clock runs, or stands still, as that one does; where it
        was moved forward, it stays so far ahead of it.

    Attributes
    ----------
    start : datetime.datetime
        What time it was when the clock was made, UTC.
    is_own : bool
        Whether it runs by itself, at real speed.

    """

    def __init__(self, start: dt.datetime | None = None, given: Callable[[], dt.datetime] | None = None) -> None:
        if given is not None and (start is not None or not callable(given)):
            raise InputError(
                f"clock={given!r} "
                + ("and today= both say what time it is. Give one." if start else "can't be asked what time it is.")
                + " A clock is a function that returns an aware datetime, such as clock=lambda: noon."
            )
        self.is_own, self._given = given is None, given or self._running
        self._ahead, self._since = dt.timedelta(), time.monotonic()
        self._began = start or dt.datetime.now(dt.UTC)
        self.start = self._began if given is None else self.now()

    def now(self) -> dt.datetime:
        """Say what time it is here, in UTC."""
        try:
            moment = self._given()
        except Exception as broken:
            raise InputError(
                f"The sandbox's clock= failed ({type(broken).__name__}: {broken}). Let it return an aware datetime."
            ) from broken
        if not isinstance(moment, dt.datetime) or moment.utcoffset() is None:
            raise InputError(
                f"The sandbox's clock= said {moment!r}, which is no moment: let it return an aware datetime, such as "
                "datetime(2026, 10, 31, 12, tzinfo=UTC)."
            )
        return moment.astimezone(dt.UTC) + self._ahead

    def ahead(self) -> dt.timedelta:
        """Say how far it is ahead of this machine's time."""
        return self.now() - dt.datetime.now(dt.UTC)

    def reach(self, moment: dt.datetime) -> None:
        """Move on to a moment, if it has not come yet."""
        self._ahead += max(moment - self.now(), dt.timedelta())

    def _running(self) -> dt.datetime:
        return self._began + dt.timedelta(seconds=time.monotonic() - self._since)


def span(**parts: float) -> dt.timedelta:
    """Add up how far the time is to be moved on.

    Examples
    --------
    >>> span(days=1, seconds=0.5)
    datetime.timedelta(days=1, microseconds=500000)

    """
    for name, value in parts.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < math.inf:
            raise InputError(f"{name}={value!r}: time can only be moved forward. Give a number from 0 on.")
    try:
        return dt.timedelta(**{name: float(value) for name, value in parts.items()})
    except OverflowError:
        raise InputError(f"{parts} is past the end of the calendar. Give less.") from None
