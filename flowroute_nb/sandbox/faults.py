"""Faults on demand: the next requests go wrong as they were told to."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flowroute_nb.errors import InputError

__all__ = ["KINDS", "Fault", "Faults"]

#: Each kind and what happens.
KINDS = {
    "drop_answer": "the request is taken, then the connection is closed without an answer",
    "slow": "the answer comes some seconds late",
    "429": "nothing is taken: too many requests",
    "503": "nothing is taken: under maintenance",
}


@dataclass
class Fault:
    """One thing to go wrong: what, how often, with which requests, as in ``"POST /messages"``, and for how long."""

    kind: str
    times: int
    on: str | None
    seconds: float

    def fits(self, method: str, path: str) -> bool:
        """Say whether a request is meant."""
        _, _, place = path.lstrip("/").partition("/")  # without the version
        return self.on is None or f"{method} /{place}".startswith(self.on)


class Faults:
    """Those to come, first told first done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let requests go wrong."""
        if fault.kind not in KINDS:
            said = "; ".join(f"{name!r}: {what}" for name, what in KINDS.items())
            raise InputError(f"fault({fault.kind!r}) is no kind of fault. Give one of these: {said}.")
        times, seconds = fault.times, fault.seconds
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise InputError(f"times={times!r} is no number of requests. Give 1 or more.")
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= 3600:  # noqa: PLR2004  an hour
            raise InputError(f"seconds={seconds!r} is no pause from 0 to 3600 seconds. Give one such as seconds=2.")
        with self._lock:
            self._waiting.append(fault)

    def next(self, method: str, path: str) -> Fault | None:
        """Take the fault that is meant for this request, if there is one."""
        with self._lock:
            for fault in self._waiting:
                if fault.fits(method, path):
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                    return fault
        return None
