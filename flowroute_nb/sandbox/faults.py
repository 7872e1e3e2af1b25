"""Faults on demand: the next requests go wrong as they were told to."""

from __future__ import annotations

import math
import re
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox import mishaps
from flowroute_nb.validation import number, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from flowroute_nb.sandbox.exchange import Reply, Request
    from flowroute_nb.sandbox.routes import Routes

__all__ = ["KINDS", "Fault", "Faults"]

#: Each kind and what happens: what is taken stands in ``Sandbox.taken``, whatever the client saw.
KINDS = {
    "refuse": "nothing is taken: nobody can connect for 2 seconds, or `seconds`, or until its `with` block ends",
    "drop_before": "nothing is taken: the request is read, then the connection is closed without an answer",
    "drop_answer": "the request is taken, then the connection is closed without an answer",
    "timeout": "the request is taken, and no answer comes: the connection is closed after 60 seconds, or `seconds`",
    "slow": "the request is taken, and the answer comes 2 seconds late, or `seconds`",
    "cut_body": "the request is taken, and the answer breaks off halfway through its body",
    "html_502": "nothing is taken: a gateway answers 502 with a page of HTML",
    "429": "nothing is taken: too many requests",
    "500": "the request is taken, and the answer is 500, as if the service had broken just after",
    "503_retry_after": "nothing is taken: under maintenance, with `Retry-After: 1`, or `seconds`",
    "redirect": "nothing is taken: the answer is 307, to the same path on another host",
    "foreign_next": "a page of a list names another host as its `links.next`",
    "looping_next": "a page of a list names itself as its `links.next`",
}
_SECONDS = {"refuse": 2.0, "timeout": 60.0, "slow": 2.0, "503_retry_after": 1.0}  # unless told
_NEXT = ("foreign_next", "looping_next")
_LISTS = ("GET /messages", "GET /numbers")
_PLACES = {"messages": ("POST", "GET", "PUT", "DELETE"), "message-stats": ("GET",), "numbers": ("GET", "POST")}
_ON = re.compile(r"([A-Z]+) /([a-z-]+)((?:/[\w.+-]+)*)", re.ASCII)


class Fault:
    """One thing to go wrong: it is armed at once, and ends when it is used up, or with its ``with`` block.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    left : int
        How many requests are still to go wrong.
    on : str or None
        Which ones: ``"POST /messages"``.
    seconds : float
        How long it takes, where it takes time.
    over : threading.Event
        Set when it ends early.

    """

    def __init__(self, faults: Faults, kind: str, times: int, on: str | None, seconds: float | None) -> None:
        _check(kind, times, on, seconds)
        self._faults, self._lasts = faults, kind == "refuse" and seconds is None
        self.kind, self.left, self.on = kind, times, on
        self.seconds = _SECONDS.get(kind, 0.0) if seconds is None else seconds
        self.over = threading.Event()
        self.cuts, self.is_late = kind == "cut_body", kind in ("slow", "timeout")

    def __enter__(self) -> Self:
        if self._lasts:
            self._faults.refuse(math.inf)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._faults.end(self)

    def __repr__(self) -> str:
        if self.kind == "refuse":
            return f"<Fault refuse, for {self.seconds:g} seconds>"
        where = f" on {self.on}" if self.on else ""
        return f"<Fault {self.kind}{where}, {self.left:,} left>"

    def fits(self, method: str, path: str) -> bool:
        """Say whether a request is meant: its path, without the version, is the one told or lies below it."""
        if self.kind in _NEXT and f"{method} /{path}" not in _LISTS:
            return False
        return self.on is None or f"{method} /{path}/".startswith(f"{self.on}/")

    def reply(self, request: Request, routes: Routes) -> Reply | None:
        """Have a request answered wrongly, after taking it or without; None when it gets no answer."""
        return mishaps.reply(self.kind, self.seconds, request, routes)


class Faults:
    """Those to come, first told first done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self.refuse: Callable[[float], None] = lambda _: None  # the server's, as soon as there is one

    def add(self, kind: str, times: int, on: str | None, seconds: float | None) -> Fault:
        """Let requests go wrong."""
        fault = Fault(self, kind, times, on, seconds)
        if kind == "refuse":
            self.refuse(fault.seconds)
        else:
            with self._lock:
                self._waiting.append(fault)
        return fault

    def next(self, request: Request) -> Fault | None:
        """Take the fault that is meant for this request, if there is one."""
        if not self._waiting:
            return None
        _, _, path = unquote(request.target.partition("?")[0]).strip("/").partition("/")  # without the version
        with self._lock:
            for fault in self._waiting:
                if fault.fits(request.method, path):
                    fault.left -= 1
                    if not fault.left:
                        self._waiting.remove(fault)
                    return fault
        return None

    def end(self, fault: Fault) -> None:
        """Let a fault be over, whether it is used up or not."""
        if fault.kind == "refuse":
            self.refuse(0)
        with self._lock:
            if fault in self._waiting:
                self._waiting.remove(fault)


def _check(kind: str, times: int, on: str | None, seconds: float | None) -> None:
    if not isinstance(kind, str) or kind not in KINDS:
        said = "; ".join(f"{name!r}: {what}" for name, what in KINDS.items())
        raise InputError(f"fault({kind!r}) is no kind of fault. Give one of these: {said}.")
    if (whole_number(times) or 0) < 1:
        raise InputError(f"times={times!r} is no number of requests. Give 1 or more.")
    _check_on(kind, on)
    if seconds is not None:
        _check_seconds(kind, seconds)
    if kind == "refuse" and (times != 1 or on is not None):
        raise InputError(
            "fault('refuse') shuts the port to everybody: who can't connect is not counted, and never says what it "
            "wanted. Leave times= and on= out, and give seconds= or a with block."
        )


def _check_seconds(kind: str, seconds: float) -> None:
    pause = number(seconds)
    if pause is None or not 0 <= pause <= 3600:  # noqa: PLR2004  an hour
        raise InputError(f"seconds={seconds!r} is no pause from 0 to 3600 seconds. Give one such as seconds=2.")
    if kind not in _SECONDS:
        raise InputError(f"fault({kind!r}) takes no time, and seconds={seconds!r} was given. Leave it out.")


def _check_on(kind: str, on: str | None) -> None:
    if on is None:
        return
    found = _ON.fullmatch(on) if isinstance(on, str) else None
    if not found or found[1] not in _PLACES.get(found[2], ()):
        there = ", ".join(f"{method} /{place}" for place, methods in _PLACES.items() for method in methods)
        raise InputError(
            f"on={on!r} is no method and path of Flowroute's, without the version. "
            f"Give one of these, or one below it: {there}."
        )
    if kind in _NEXT and on not in _LISTS:
        raise InputError(f"fault({kind!r}) is for pages of a list, and on={on!r} is none. Give {' or '.join(_LISTS)}.")
