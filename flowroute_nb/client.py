"""What may be repeated and when: reads as needed, sends only when provably not taken; pages one after another."""

from __future__ import annotations

import random
import threading
import time
import weakref
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import SplitResult, urlsplit

from flowroute_nb import wire
from flowroute_nb.connection import Exchange, Lost
from flowroute_nb.errors import FlowrouteError, Interrupted, OutcomeUnknown, ServiceBroken, Unreachable, is_ctrl_c
from flowroute_nb.forking import renew_after_fork
from flowroute_nb.line import Line, address, is_here
from flowroute_nb.wire import Answer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flowroute_nb.credentials import Credentials

__all__ = ["Client"]

_DEADLINE = 60.0  # seconds for one request with all its tries
_TRIES = 6
_LONGEST_WAIT = 10.0  # seconds between two tries, whatever Retry-After says
_TOO_MANY, _TIMEOUT, _NOT_FOUND = 429, 408, 404
_PASSING = (_TOO_MANY, _TIMEOUT)  # and everything from 500
_jitter = random.SystemRandom().random  # not random.random: what a program has seeded stays as it is
_PAGES_WITHOUT_NEWS = 5
# Whether an MMS has a record is undocumented, and clients have seen both; see the quirk mms_record of the sandbox.
_SETTLING = {
    False: "a record older than the send proves nothing. Send again only if there is no newer one.",
    True: "an MMS may have no record, so that it isn't there proves nothing.",
}
_DONE = (200, 204)  # the documentation says 204 of every change; the one client that removes takes 200 too


class Paged(Protocol):
    """What a page must say to be followed: whose it is, and where the next one is."""

    @property
    def ids(self) -> Iterable[str]:
        """What it has."""

    @property
    def next(self) -> str | None:
        """Where the next one is."""


P = TypeVar("P", bound=Paged)
S = TypeVar("S")


class Pacer:
    """Hands out moments that are at least so many seconds apart, to however many threads ask."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Replace the lock in a forked process: the parent may hold it, and nothing would release it there."""
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

    base_url = "an address that was refused"  # until it is checked: a traceback may show this object

    def __init__(
        self,
        keys: Credentials,
        base_url: str,
        timeout: tuple[float, float],
        *,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = _jitter,
    ) -> None:
        self.base_url = address(base_url)
        self.is_here = is_here(self.base_url)
        self._keys, self._timeout = keys, timeout
        self._over = threading.Event()
        self._sleep: Callable[[float], object] = sleep or self._over.wait  # ends early when all is over
        self._clock, self._chance = clock, chance
        self._threads = threading.local()
        self._lines: weakref.WeakSet[Line] = weakref.WeakSet()
        self._branches: weakref.WeakSet[Client] = weakref.WeakSet()
        self._quiet_until = 0.0  # one 429 to a read pauses all of them
        paces = _pacers.setdefault((self.base_url, keys.access_key), (Pacer(0.2), Pacer(1.0)))
        self._sms, self._mms = paces
        renew_after_fork(self)

    def renew(self) -> None:
        """Make new connections and locks in a forked process; its copies are still in use in the parent."""
        closed, waits = self._over.is_set(), self._sleep == self._over.wait
        self._over = threading.Event()
        if closed:
            self._over.set()
        if waits:
            self._sleep = self._over.wait
        self._threads, self._lines = threading.local(), weakref.WeakSet()

    def __repr__(self) -> str:
        return f"<Client of {self.base_url}>"

    def branch(self) -> Client:
        """Make a client of the same account, to be closed by itself when one piece of work is done or given up."""
        sleep = None if self._sleep == self._over.wait else self._sleep
        made = Client(self._keys, self.base_url, self._timeout, sleep=sleep, clock=self._clock, chance=self._chance)
        self._branches.add(made)
        if self._over.is_set():  # closed while it was branched
            made.close()
        return made

    def close(self) -> None:
        """End whatever is under way in any thread, in branches too, and let go of the connections."""
        self._over.set()
        for branch in list(self._branches):
            branch.close()
        for line in list(self._lines):
            line.hang_up()
            line.close()

    def read(self, request: wire.Request, doing: str, advice: Mapping[int, str] | None = None) -> Answer:
        """Ask for something, as often as it takes: reading twice costs nothing."""
        got = self._tried(request, _passes)
        if isinstance(got, Lost):
            raise Unreachable(f"{doing} failed: {got.why}. {got.advice}, then try again.")
        if not 200 <= got.status < 300:  # noqa: PLR2004
            raise wire.refusal(got, doing, advice=advice)
        return got

    def change(self, request: wire.Request, doing: str, secret: str | None, advice: Mapping[int, str]) -> None:
        """Set or remove something, as often as it takes: what is done twice stands as what is done once.

        That is what PUT and DELETE promise, https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2; the one POST puts one
        address in the one place of a number, which a second time finds there what it brings. Nothing of it costs money.
        """
        unsure = False  # whether a try may have been taken though its answer was lost

        def again(got: Answer | Lost) -> bool:
            nonlocal unsure
            unsure |= got.taken if isinstance(got, Lost) else _passes(got) and got.status != _TOO_MANY
            return _passes(got)

        try:
            got = self._tried(request, again)
        except KeyboardInterrupt as error:
            if not is_ctrl_c(error):
                raise
            got = None
        if got is None:
            raise Interrupted(f"{doing} was interrupted. It may or may not be done; doing it again does no harm.")
        if isinstance(got, Lost):
            unsure |= got.taken
            told = "It may be done all the same; doing it again does no harm" if unsure else "Nothing was changed"
            raise Unreachable(f"{doing} failed: {got.why}. {told}. {got.advice}, then try again.")
        removed = request.method == "DELETE" and got.status == _NOT_FOUND and unsure  # by a try whose answer was lost
        if got.status not in _DONE and not removed:
            raise wire.refusal(got, doing, secret, advice)

    def pages(
        self,
        request: wire.Request,
        read: Callable[[bytes, str], P],
        doing: str,
        advice: Mapping[int, str] | None = None,
    ) -> Iterator[P]:
        """Follow a list page by page, by its ``links.next`` only, on our own host only."""
        asked, seen, stale = {request.path}, set[str](), 0
        while True:
            page = read(self.read(request, doing, advice).body, f"{doing}, page {len(asked)}")
            yield page
            if page.next is None:
                return
            request = wire.Request("GET", self._followed(page.next, doing))
            if request.path in asked:
                raise ServiceBroken(
                    f"{doing} stopped: the service's link to the next page leads back to one already read."
                )
            asked.add(request.path)
            news = set(page.ids) - seen
            seen |= news
            stale = 0 if news else stale + 1
            if stale == _PAGES_WITHOUT_NEWS:
                raise ServiceBroken(f"{doing} stopped: {stale} pages in a row brought no record that is new.")

    def send(
        self,
        message: wire.Message,
        api: str,
        now: Callable[[], dt.datetime],
        accepted: Callable[[wire.Taken, dt.datetime], S],
    ) -> S:
        """Send one message at most once: only what was provably not accepted is tried again.

        ``accepted`` makes what is returned, of the response and of when the request left. Whatever ends a send early,
        Ctrl-C or the exception of a signal handler, says what is known of its outcome.
        """
        doing, left, tries = f"The send to …{message.to[-4:]}", [now()], list[Exchange]()
        try:
            result = self._judged(self._sent(message, api, now, left, tries), message, doing, left[0])
            if isinstance(result, wire.Taken):
                return accepted(result, left[0])
        except FlowrouteError:
            raise
        except BaseException as error:
            last = tries[-1] if tries else Exchange()
            known = self._judged(
                last.result or Lost("it was interrupted", taken=last.departed), message, doing, left[0]
            )
            sent = accepted(known, left[0]) if isinstance(known, wire.Taken) else None
            outcome = known if isinstance(known, OutcomeUnknown) else None
            told = _told(doing, known)
            if not is_ctrl_c(error):
                error.add_note(told)
                raise
        else:
            raise result
        raise Interrupted(told, sent=sent, outcome=outcome)

    def _sent(
        self,
        message: wire.Message,
        api: str,
        now: Callable[[], dt.datetime],
        left: list[dt.datetime],
        tries: list[Exchange],
    ) -> Answer | Lost:
        def turn() -> None:
            self._sms.wait(self._clock, self._sleep)
            if message.mms:
                self._mms.wait(self._clock, self._sleep)
            left[0] = now()

        def again(got: Answer | Lost) -> bool:
            return not got.taken if isinstance(got, Lost) else got.status == _TOO_MANY

        got = self._tried(wire.send(api, message), again, turn, tries)
        if api == "v2" and isinstance(got, Answer) and wire.wants_content(got):
            got = self._tried(wire.send(api, message, "content"), again, turn, tries)
        return got

    def _judged(
        self, got: Answer | Lost, message: wire.Message, doing: str, left: dt.datetime
    ) -> wire.Taken | FlowrouteError:
        """Say what came of a send: what the service accepted, or the error to raise."""
        if isinstance(got, Lost) and not got.taken:
            return Unreachable(f"{doing} failed: {got.why}. It was not taken. {got.advice}, then send again.")
        if isinstance(got, Lost):
            why = got.why
        elif 400 <= got.status < 500 and got.status != _TIMEOUT:  # noqa: PLR2004
            return wire.refusal(got, doing, message.body)
        elif not 200 <= got.status < 300:  # noqa: PLR2004
            why = f"the service answered {got.status}"
        elif (taken := wire.taken(got)) is not None:
            return taken
        else:
            why = f"it was answered with {got.status} and something that can't be read"
        return OutcomeUnknown(
            f"{doing} at {left:%H:%M:%S} UTC may or may not have been taken: {why}. It was not sent again. "
            f"To settle it, look for it in {wire.look_up_call(left)} in a minute; {_SETTLING[message.mms]}",
            to=message.to,
            from_=message.from_,
            body=message.body,
            media_urls=list(message.media_urls),
            at=left,
            status=None if isinstance(got, Lost) else got.status,
        )

    def _tried(
        self,
        request: wire.Request,
        again: Callable[[Answer | Lost], bool],
        turn: Callable[[], None] | None = None,
        exchanges: list[Exchange] | None = None,
    ) -> Answer | Lost:
        """Try until there is an answer that need not be asked for again, or until time is up.

        Each try is added to ``exchanges`` before it begins, so that what is known of it is known after an interrupt.
        """
        deadline, tries = None, 0
        while True:
            (turn or self._pause_for_all)()
            deadline = deadline or self._clock() + _DEADLINE  # waiting for the first turn doesn't count
            exchange, tries = Exchange(), tries + 1
            if exchanges is not None:
                exchanges.append(exchange)
            got = self._line().once(request, max(1.0, deadline - self._clock()), exchange)
            pause = self._pause(got, tries)
            hopeless = self._over.is_set() or (isinstance(got, Lost) and got.hopeless)
            if hopeless or not again(got) or tries == _TRIES or self._clock() + pause >= deadline:
                return got
            if isinstance(got, Answer) and got.status == _TOO_MANY and turn is None:
                self._quiet_until = self._clock() + pause
            self._sleep(pause)
            if self._over.is_set():  # closed meanwhile: nothing more is sent or asked
                return got

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
        if mine is None or mine.abandoned:
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


def _told(doing: str, known: wire.Taken | FlowrouteError) -> str:
    """Say what is known of a send that was interrupted."""
    if isinstance(known, wire.Taken):
        return f"{doing} ended after the service accepted it as {known.id}. Do not send it again."
    if isinstance(known, OutcomeUnknown):
        return str(known)
    return f"{doing} ended before the service accepted it. Nothing was sent."


def _passes(got: Answer | Lost) -> bool:
    """Say whether what came is worth asking again for."""
    return isinstance(got, Lost) or got.status in _PASSING or got.status >= 500  # noqa: PLR2004


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
