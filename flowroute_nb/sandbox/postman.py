"""Whoever wants to be told what happens is told: in order, when it is due, and again until it was heard."""

from __future__ import annotations

import datetime as dt
import heapq
import re
import threading
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox import letters
from flowroute_nb.sandbox.clock import moment
from flowroute_nb.sandbox.delivery import NOT_HERE, Delivery, Heard
from flowroute_nb.sandbox.message import every_receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowroute_nb.sandbox.callbacks import Callbacks
    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.log import Log
    from flowroute_nb.sandbox.message import Message, Receipt
    from flowroute_nb.sandbox.state import State

__all__ = ["Postman"]

TRIES, APART = 4, dt.timedelta(seconds=30)  # https://developer.flowroute.com/docs/receive-an-inbound-message
ARRIVAL = 100_000  # microseconds after a message arrived it is told
_USER = re.compile(r"^(https?://)[^/?#]*@")  # who an address says is asking: not for a log
_GLANCE = 0.1  # seconds between two looks at a clock that was given: nobody knows how fast it runs


@dataclass(order=True)
class Letter:
    """One thing to tell, and when; ``stage`` is None for a message that arrived."""

    due: dt.datetime
    number: int
    message: Message = field(compare=False)
    stage: Receipt | None = field(compare=False)
    base: str = field(compare=False)
    media_urls: list[str] = field(compare=False, default_factory=list)
    url: str | None = field(compare=False, default=None)  # its own, or the one found at the first try
    body: str = field(compare=False, default="")
    tries: int = field(compare=False, default=0)


class Postman:
    """Brings one letter after the other, in a thread that is there as long as there are any, or within a tick.

    Parameters
    ----------
    state : State
        Knows how a record is written.
    callbacks : Callbacks
        Say whom.
    clock : Clock
        Says when.
    log : Log
        Is told of each try and what became of it.
    quirks : dict
        Name to value.

    """

    def __init__(self, state: State, callbacks: Callbacks, clock: Clock, log: Log, quirks: Mapping[str, str]) -> None:
        self._state, self._callbacks, self._clock, self._log, self._quirks = state, callbacks, clock, log, quirks
        self.delivery = Delivery()
        self._letters: list[Letter] = []
        self._numbers = count()
        self._changed, self._turn, self._ticking = threading.Condition(), threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._busy = self._over = False

    def arrived(self, message: Message, media_urls: list[str], base: str) -> None:
        """Tell of a message that arrived, if anybody wants to know."""
        if self._callbacks.url(message, receipt=False):
            due = moment(message.at + ARRIVAL)
            self._put(Letter(due, next(self._numbers), message, None, base, media_urls))

    def sent(self, message: Message, url: str | None, base: str) -> None:
        """Tell how far a message comes, if anybody wants to know by now; ``url`` is its own ``dlr_callback``.

        https://developer.flowroute.com/docs/delivery-receipts: there are none until a callback is set.
        """
        if url or self._callbacks.url(message, receipt=True):
            for stage in self._stages(message):
                self._put(Letter(moment(stage.at), next(self._numbers), message, stage, base, url=url))

    def _stages(self, message: Message) -> list[Receipt]:
        return [] if message.mms and self._quirks["mms_receipts"] == "none" else every_receipt(message)

    def tick(self, span: dt.timedelta) -> None:
        """Move the clock on, and bring on the way what is due, each letter at its own time."""
        if not self._ticking.acquire(blocking=False):
            raise InputError("Another tick() is still under way. Wait for it: nothing can happen in two times at once.")
        try:
            with self._turn:
                until = self._end_of(span)
                while letter := self._next(until):
                    self._clock.reach(letter.due)
                    self._bring(letter)
                self._clock.reach(until)
        finally:
            self._ticking.release()
            with self._changed:
                self._changed.notify_all()

    def _end_of(self, span: dt.timedelta) -> dt.datetime:
        try:
            return self._clock.now() + span
        except OverflowError:
            raise InputError(f"tick() by {span} is past the end of the calendar. Give less.") from None

    def is_here(self) -> bool:
        """Say whether this is its own thread."""
        return threading.current_thread() is self._thread

    def stop(self) -> None:
        """Drop everything, and wait until its thread, or a tick, has come to its end."""
        with self._changed:
            self._over = True
            self._letters.clear()
            self._changed.notify_all()
        self.delivery.interrupt()
        with self._turn:
            pass
        if self._thread:
            self._thread.join(5)

    def _put(self, letter: Letter) -> None:
        with self._changed:
            if self._over:
                return
            heapq.heappush(self._letters, letter)
            if self._busy:
                self._changed.notify_all()
                return
            self._busy = True
            self._thread = threading.Thread(target=self._work, name="flowroute sandbox's postman", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            self._bring_what_is_due()
        except InputError:  # a clock that was given has no answer: the letters wait until there is another
            with self._changed:
                self._busy = False

    def _bring_what_is_due(self) -> None:
        while True:
            with self._turn:
                if letter := self._next(self._clock.now()):
                    self._bring(letter)
                    continue
            with self._changed:
                if not self._letters:
                    self._busy = False
                    return
                self._changed.wait(self._pause())

    def _pause(self) -> float:
        """Say how many seconds there are until the next is due."""
        left = (self._letters[0].due - self._clock.now()).total_seconds()
        return max(0.0, min(left, 60.0 if self._clock.is_own else _GLANCE))

    def _next(self, until: dt.datetime) -> Letter | None:
        with self._changed:
            return heapq.heappop(self._letters) if self._letters and self._letters[0].due <= until else None

    def _bring(self, letter: Letter) -> None:
        """Bring it once, and see to it that it is brought again, unless it was heard or can't be."""
        if not letter.tries:
            self._write(letter)
        if not letter.url:
            return
        letter.tries += 1
        place = _USER.sub(r"\1", letter.url)
        entry = self._log.begin("sandbox", "POST", place, letter.body.encode(), letter.tries)
        heard = self.delivery.post(letter.url, letter.body)
        entry.end(*heard)
        if self._is_to_come_again(letter, heard):
            letter.due = max(letter.due, entry.at) + APART
            self._put(letter)

    def _write(self, letter: Letter) -> None:
        """Find out to whom and what, which may have changed since it was put on the way."""
        message, stage = letter.message, letter.stage
        letter.url = letter.url or self._callbacks.url(message, receipt=stage is not None)
        writer = self._state.writer("v2.1")
        if stage is not None:
            letter.body = letters.receipt(message, stage, letter.base, writer, self._quirks)
        elif letter.url:
            letter.body = letters.inbound(message, letter.url, letter.media_urls, letter.base, writer, self._quirks)

    def _is_to_come_again(self, letter: Letter, heard: Heard) -> bool:
        once = letter.stage is not None and self._quirks["receipt_retries"] == "once"
        if heard.answer == NOT_HERE or letter.tries >= (1 if once else TRIES):
            return False
        fine = heard.status is not None and heard.status // 100 == 2  # noqa: PLR2004
        return heard.status != 200 and not (fine and self._quirks["callback_answer"] == "any_2xx")  # noqa: PLR2004
