"""What may be repeated and when: reads as needed, sends only when provably not taken; pages one after another."""

from __future__ import annotations

import random
import threading
import time
import weakref
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from flowroute_nb import wire
from flowroute_nb.errors import OutcomeUnknown, ServiceBroken, Unreachable
from flowroute_nb.line import Line, Lost, address
from flowroute_nb.wire import Answer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from flowroute_nb.credentials import Credentials
    from flowroute_nb.items import Page
    from flowroute_nb.reader import Reader

__all__ = ["Client"]

_DEADLINE = 60.0  # seconds for one request with all its tries
_TRIES = 6
_LONGEST_WAIT = 10.0  # seconds between two tries, whatever Retry-After says
_TOO_MANY, _TIMEOUT = 429, 408
_PASSING = (_TOO_MANY, _TIMEOUT)  # and everything from 500
_PAGES_WITHOUT_NEWS = 5


class Pacer:
    """Hands out moments that are at least so many seconds apart, to however many threads ask."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        """Sleep until the next moment is ours."""
        with self._lock:
            mine = max(clock(), self._next)
            self._next = mine + self._seconds
        if (pause := mine - clock()) > 0:
            sleep(pause)


# 5 SMS and 1 MMS a second for each access key: https://developer.flowroute.com/docs/flowroute-messaging-rate-limits/
_pacers: dict[tuple[str, str], tuple[Pacer, Pacer]] = {}
_pacers_lock = threading.Lock()


class Client:
    """Talks to one service with one pair of keys, from any number of threads.

    Parameters
    ----------
    keys : Credentials
        Who we are.
    base_url : str
        ``https://…``, or ``http://…`` on this machine; no version.
    timeout : tuple of float
        Seconds to connect and to wait for an answer.
    sleep, clock, chance
        Passed in so that nothing here reads time or luck behind a test's back.

    """

    def __init__(
        self,
        keys: Credentials,
        base_url: str,
        timeout: tuple[float, float],
        *,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.base_url = address(base_url)
        self._keys, self._timeout = keys, timeout
        self._over = threading.Event()
        self._sleep: Callable[[float], object] = sleep or self._over.wait  # ends early when all is over
        self._clock, self._chance = clock, chance
        self._threads = threading.local()
        self._lines: weakref.WeakSet[Line] = weakref.WeakSet()
        self._quiet_until = 0.0  # one 429 to a read pauses all of them
        with _pacers_lock:
            paces = _pacers.setdefault((self.base_url, keys.access_key), (Pacer(0.2), Pacer(1.0)))
        self._sms, self._mms = paces

    def __repr__(self) -> str:
        return f"<Client of {self.base_url}>"

    def branch(self) -> Client:
        """Make a client of the same account, to be closed by itself when one piece of work is done or given up."""
        sleep = None if self._sleep == self._over.wait else self._sleep
        return Client(self._keys, self.base_url, self._timeout, sleep=sleep, clock=self._clock, chance=self._chance)

    def close(self) -> None:
        """End whatever is under way in any thread, and let go of the connections."""
        self._over.set()
        for line in list(self._lines):
            line.hang_up()
            line.close()

    def read(self, request: wire.Request, doing: str) -> Answer:
        """Ask for something, as often as it takes: reading twice costs nothing."""
        got = self._tried(request, lambda got: isinstance(got, Lost) or got.status in _PASSING or got.status >= 500)  # noqa: PLR2004
        if isinstance(got, Lost):
            raise Unreachable(f"{doing} failed: {got.why}. Check the connection and the service, then try again.")
        if not 200 <= got.status < 300:  # noqa: PLR2004
            raise wire.refusal(got, doing)
        return got

    def pages(self, request: wire.Request, reader: Reader, doing: str) -> Iterator[Page]:
        """Follow a list page by page, by its ``links.next`` only, on our own host only."""
        asked, seen, stale = {request.path}, set[str](), 0
        while True:
            page = reader.read(self.read(request, doing).body, f"{doing}, page {len(asked)}")
            yield page
            if page.next is None:
                return
            request = wire.Request("GET", self._followed(page.next, doing))
            if request.path in asked:
                raise ServiceBroken(
                    f"{doing} stopped: the service's link to the next page leads back to one already read."
                )
            asked.add(request.path)
            news = {item.id for item in page.items} - seen
            seen |= news
            stale = 0 if news else stale + 1
            if stale == _PAGES_WITHOUT_NEWS:
                raise ServiceBroken(f"{doing} stopped: {stale} pages in a row brought no record that is new.")

    def send(self, message: wire.Message, api: str, now: Callable[[], dt.datetime]) -> tuple[wire.Taken, dt.datetime]:
        """Send one message at most once: only what was provably not taken is tried again."""
        doing, request, left = f"The send to …{message.to[-4:]}", wire.send(api, message), [now()]

        def turn() -> None:
            self._sms.wait(self._clock, self._sleep)
            if message.mms:
                self._mms.wait(self._clock, self._sleep)
            left[0] = now()

        got = self._tried(
            request, lambda got: not got.taken if isinstance(got, Lost) else got.status == _TOO_MANY, turn
        )
        if isinstance(got, Lost) and not got.taken:
            raise Unreachable(f"{doing} failed: {got.why}. It was not taken. Check the connection, then send again.")
        if isinstance(got, Lost):
            why = got.why
        elif 400 <= got.status < 500 and got.status != _TIMEOUT:  # noqa: PLR2004
            raise wire.refusal(got, doing, message.body)
        elif not 200 <= got.status < 300:  # noqa: PLR2004
            why = f"the service answered {got.status}"
        elif (taken := wire.taken(got)) is not None:
            return taken, left[0]
        else:
            why = f"it was answered with {got.status} and something that can't be read"
        raise OutcomeUnknown(
            f"{doing} at {left[0]:%H:%M:%S} UTC may or may not have been taken: {why}. It was not sent again. "
            "To settle it, look for it in account.messages(days=1) in a minute; send again only if it isn't there.",
            to=message.to,
            from_=message.from_,
            body=message.body,
            media_urls=list(message.media_urls),
            at=left[0],
            status=None if isinstance(got, Lost) else got.status,
        )

    def _tried(
        self,
        request: wire.Request,
        again: Callable[[Answer | Lost], bool],
        turn: Callable[[], None] | None = None,
    ) -> Answer | Lost:
        """Try until there is an answer that need not be asked for again, or until time is up."""
        deadline, tries = None, 0
        while True:
            (turn or self._pause_for_all)()
            deadline = deadline or self._clock() + _DEADLINE  # waiting for the first turn doesn't count
            got, tries = self._line().once(request, max(1.0, deadline - self._clock())), tries + 1
            pause = self._pause(got, tries)
            hopeless = self._over.is_set() or (isinstance(got, Lost) and got.hopeless)
            if hopeless or not again(got) or tries == _TRIES or self._clock() + pause >= deadline:
                return got
            if isinstance(got, Answer) and got.status == _TOO_MANY and turn is None:
                self._quiet_until = self._clock() + pause
            self._sleep(pause)

    def _pause_for_all(self) -> None:
        if (pause := self._quiet_until - self._clock()) > 0:
            self._sleep(pause)

    def _pause(self, got: Answer | Lost, tries: int) -> float:
        """Say how long to wait before the next try: as the service asks, else longer each time, with full jitter."""
        asked = _retry_after(got.headers.get("retry-after")) if isinstance(got, Answer) else None
        if asked is not None:
            return min(asked, _LONGEST_WAIT) + self._chance() / 2
        spread: float = self._chance() * min(_LONGEST_WAIT, 0.5 * 2**tries)
        return spread + 1.0 if isinstance(got, Answer) and got.status == _TOO_MANY else spread  # past this second

    def _line(self) -> Line:
        """Give this thread its own line."""
        mine: Line | None = getattr(self._threads, "line", None)
        if mine is None:
            mine = self._threads.line = Line(self._keys, self.base_url, self._timeout, self._clock, self._over)
            self._lines.add(mine)
        return mine

    def _followed(self, link: str, doing: str) -> str:
        """Take the path of a link to the next page, which must be on the account's own host."""
        try:
            there, here = urlsplit(link), urlsplit(self.base_url)
            ours = not there.netloc or (there.hostname, _port(there)) == (here.hostname, _port(here))
        except ValueError:
            ours = False
        if not ours or "@" in there.netloc or not there.path.startswith("/"):
            raise ServiceBroken(
                f"{doing} stopped: the service's link to the next page leads to another host, so it was not followed. "
                "Check base_url; tell Flowroute's support if it is right."
            )
        return f"{there.path}?{there.query}" if there.query else there.path


def _port(url: SplitResult) -> int | None:
    return None if url.port in (80, 443) else url.port


def _retry_after(said: str | None) -> float | None:
    """Read ``Retry-After``: seconds or a date; None for anything else."""
    if said is None:
        return None
    try:
        return max(0.0, float(said)) if said.strip().isdecimal() else _until(said)
    except (ValueError, TypeError):
        return None


def _until(date: str) -> float:
    return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
