"""Faults on demand: the next requests go wrong as they were told to."""

from __future__ import annotations

import threading
from typing import NamedTuple

from flowroute_nb.errors import InputError

__all__ = ["KINDS", "Fault", "Faults"]

#: Each kind and what happens.
KINDS = {
    "drop_answer": "the request is taken, then the connection is closed without an answer",
    "slow": "the answer comes two seconds late",
    "429": "nothing is taken: too many requests",
    "503": "nothing is taken: under maintenance",
}


class Fault(NamedTuple):
    """One thing to go wrong: what, and with which requests, as in ``"POST /messages"``."""

    kind: str
    on: str | None

    def fits(self, method: str, path: str) -> bool:
        """Say whether a request is meant."""
        _, _, place = path.lstrip("/").partition("/")  # without the version
        return self.on is None or f"{method} /{place}".startswith(self.on)


class Faults:
    """Those to come, first told first done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, kind: str, times: int, on: str | None) -> None:
        """Let the next so many requests go wrong."""
        if kind not in KINDS:
            said = "; ".join(f"{name!r}: {what}" for name, what in KINDS.items())
            raise InputError(f"fault({kind!r}) is no kind of fault. Give one of these: {said}.")
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise InputError(f"times={times!r} is no number of requests. Give 1 or more.")
        with self._lock:
            self._waiting += [Fault(kind, on)] * times

    def next(self, method: str, path: str) -> str | None:
        """Take the fault that is meant for this request, if there is one."""
        with self._lock:
            for fault in self._waiting:
                if fault.fits(method, path):
                    self._waiting.remove(fault)
                    return fault.kind
        return None
