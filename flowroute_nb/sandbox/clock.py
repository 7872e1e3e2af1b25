"""The sandbox's own time: it runs on at real speed, from the moment it was set to."""

from __future__ import annotations

import datetime as dt
import time

__all__ = ["Clock"]


class Clock:
    """Starts at a moment and runs on; it can be moved forward.

    Parameters
    ----------
    start : datetime.datetime, optional
        What time it is when the clock is made, aware; really now, unless given.

    """

    def __init__(self, start: dt.datetime | None = None) -> None:
        self.start = dt.datetime.now(dt.UTC) if start is None else start
        self._since = time.monotonic()

    def now(self) -> dt.datetime:
        """Say what time it is here, in UTC."""
        return self.start + dt.timedelta(seconds=time.monotonic() - self._since)

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds at once."""
        self.start += dt.timedelta(seconds=seconds)
