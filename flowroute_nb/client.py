"""The only socket: says who we are, waits no longer than told, and repeats what may be repeated."""

from __future__ import annotations

import ipaddress
import random
import ssl
import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import ConnectTimeoutError, ProxyError

from flowroute_nb import wire
from flowroute_nb.errors import InputError, OutcomeUnknown, ServiceBroken, Unreachable
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
_STALE = 15.0  # seconds after which a connection is not trusted with a send
_TOO_MANY, _TIMEOUT = 429, 408
_PASSING = (_TOO_MANY, _TIMEOUT)  # and everything from 500
_PAGES_WITHOUT_NEWS = 5


class _Lost(NamedTuple):
    """What became of a request that got no answer."""

    why: str
    taken: bool  # whether the service may have taken it
    hopeless: bool = False  # whether trying again can't help


class Pacer:
    """Hands out moments that are at least so many seconds apart, to however many threads ask."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
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
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.base_url, self._loopback = _address(base_url)
        self._keys, self._timeout = keys, timeout
        self._sleep, self._clock, self._chance = sleep, clock, chance
        self._threads = threading.local()
        self._quiet_until = 0.0  # one 429 to a read pauses all of them
        with _pacers_lock:
            paces = _pacers.setdefault((self.base_url, keys.access_key), (Pacer(0.2), Pacer(1.0)))
        self._sms, self._mms = paces

    def __repr__(self) -> str:
        return f"<Client of {self.base_url}>"

    def read(self, request: wire.Request, doing: str) -> Answer:
        """Ask for something, as often as it takes: reading twice costs nothing."""
        got = self._tried(request, lambda got: isinstance(got, _Lost) or got.status in _PASSING or got.status >= 500)  # noqa: PLR2004
        if isinstance(got, _Lost):
            raise Unreachable(f"{doing} failed: {got.why}. Check the connection and the service, then try again.")
        if not 200 <= got.status < 300:  # noqa: PLR2004
            raise wire.refusal(got, doing)
        return got

    def pages(self, request: wire.Request, reader: Reader, doing: str) -> Iterator[Page]:
        """Follow a list page by page, by its ``links.next`` only, on our own host only."""
        asked, seen, stale = {request.path}, set[str](), 0
        while True:
            page = reader.read(self.read(request, doing).body, doing)
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
            request, lambda got: not got.taken if isinstance(got, _Lost) else got.status == _TOO_MANY, turn
        )
        if isinstance(got, _Lost) and not got.taken:
            raise Unreachable(f"{doing} failed: {got.why}. It was not taken. Check the connection, then send again.")
        if isinstance(got, _Lost):
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
            status=None if isinstance(got, _Lost) else got.status,
        )

    def _tried(
        self,
        request: wire.Request,
        again: Callable[[Answer | _Lost], bool],
        turn: Callable[[], None] | None = None,
    ) -> Answer | _Lost:
        """Try until there is an answer that need not be asked for again, or until time is up."""
        deadline, tries = self._clock() + _DEADLINE, 0
        while True:
            (turn or self._pause_for_all)()
            got, tries = self._once(request, deadline - self._clock()), tries + 1
            pause = self._pause(got, tries)
            hopeless = isinstance(got, _Lost) and got.hopeless
            if hopeless or not again(got) or tries == _TRIES or self._clock() + pause >= deadline:
                return got
            if isinstance(got, Answer) and got.status == _TOO_MANY and turn is None:
                self._quiet_until = self._clock() + pause
            self._sleep(pause)

    def _pause_for_all(self) -> None:
        if (pause := self._quiet_until - self._clock()) > 0:
            self._sleep(pause)

    def _pause(self, got: Answer | _Lost, tries: int) -> float:
        """Say how long to wait before the next try: as the service asks, else longer each time, with full jitter."""
        asked = _retry_after(got.headers.get("Retry-After")) if isinstance(got, Answer) else None
        if asked is not None:
            return min(asked, _LONGEST_WAIT) + self._chance() / 2
        spread: float = self._chance() * min(_LONGEST_WAIT, 0.5 * 2**tries)
        return spread + 1.0 if isinstance(got, Answer) and got.status == _TOO_MANY else spread  # past this second

    def _once(self, request: wire.Request, seconds: float) -> Answer | _Lost:
        """Put the request on the wire once. Whatever happens comes back as a value: tracebacks show headers."""
        deadline = self._clock() + seconds
        try:
            with self._session(request).request(
                request.method,
                self.base_url + request.path,
                data=request.body,
                headers=request.headers,
                timeout=(min(self._timeout[0], seconds), min(self._timeout[1], seconds)),
                allow_redirects=False,  # a redirect would take the keys elsewhere
                stream=True,
            ) as answer:
                body = bytearray()
                for piece in answer.iter_content(1 << 16):
                    body += piece
                    if self._clock() > deadline:
                        return _Lost(f"the answer was still coming after {seconds:.0f} seconds", taken=True)
                return Answer(answer.status_code, dict(answer.headers.lower_items()), bytes(body))
        except requests.RequestException as failed:
            return self._lost(failed)

    def _session(self, request: wire.Request) -> requests.Session:
        """Give this thread its session; a send gets a fresh connection where the last one has long been idle."""
        mine: requests.Session | None = getattr(self._threads, "session", None)
        if mine is None:
            mine = self._threads.session = requests.Session()
            mine.auth = _Auth(self._keys)  # set, so that .netrc is never asked
            mine.trust_env = not self._loopback  # a proxy would capture this machine's own addresses
            mine.headers["User-Agent"] = "flowroute_nb"
            for scheme in ("http://", "https://"):
                mine.mount(scheme, HTTPAdapter(max_retries=Retry(0, read=False)))
        elif request.method == "POST" and self._clock() - self._threads.used > _STALE:
            mine.close()  # a connection closed meanwhile would lose the answer and leave the outcome unknown
        self._threads.used = self._clock()
        return mine

    def _lost(self, failed: requests.RequestException) -> _Lost:
        """Say in words what went wrong, and whether the service can have taken the request."""
        host = urlsplit(self.base_url).netloc
        causes = list(_causes(failed))
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return _Lost(f"the certificate of {host} can't be trusted", taken=False, hopeless=True)
        if any(isinstance(cause, ConnectTimeoutError) for cause in causes):
            through = " through the proxy" if any(isinstance(cause, ProxyError) for cause in causes) else ""
            return _Lost(f"no connection to {host} could be made{through}", taken=False)
        if isinstance(failed, requests.Timeout):
            return _Lost(f"{host} gave no answer within {self._timeout[1]:g} seconds", taken=True)
        if isinstance(failed, requests.exceptions.ChunkedEncodingError):
            return _Lost(f"the answer of {host} broke off", taken=True)
        return _Lost(f"{host} closed the connection without a whole answer", taken=True)

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


class _Auth(requests.auth.AuthBase):
    """Puts the keys on each request; nothing of it shows them."""

    def __init__(self, keys: Credentials) -> None:
        self._keys = keys

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._keys.header()
        return request


def _address(base_url: str) -> tuple[str, bool]:
    """Check where to talk to: over TLS, or on this machine."""
    ask = "Give https://api.flowroute.com, or http://127.0.0.1:PORT of a sandbox."
    try:
        url = urlsplit(base_url)
        host, _ = url.hostname, url.port
    except (ValueError, AttributeError, TypeError):
        raise InputError(f"base_url can't be read as an address. {ask}") from None
    if url.username is not None or url.password is not None:
        raise InputError(f"base_url has a user or password in it, which would be written into logs. {ask}")
    if url.scheme not in ("http", "https") or not host:
        raise InputError(f"base_url={base_url!r} does not begin with https:// and a host. {ask}")
    if url.path.strip("/") or url.query or url.fragment:
        raise InputError(f"base_url={base_url!r} has more than a host; the version is given as api=. {ask}")
    loopback = _is_loopback(host)
    if url.scheme == "http" and not loopback:
        raise InputError(f"base_url={base_url!r} would send the keys unencrypted; http is for this machine only. {ask}")
    return f"{url.scheme}://{url.netloc}", loopback


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(url: SplitResult) -> int | None:
    return None if url.port in (80, 443) else url.port


def _causes(failed: BaseException) -> Iterator[BaseException]:
    """Walk from an exception of requests down to what lies under it."""
    cause: object = failed
    for _ in range(8):
        if not isinstance(cause, BaseException):
            return
        yield cause
        inner = getattr(cause, "reason", None) or getattr(cause, "original_error", None)
        cause = inner or next((arg for arg in cause.args if isinstance(arg, BaseException)), None)


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
