"""The transport: one thread's connection to the service, which makes a request once and returns the outcome."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from flowroute_nb.connection import Adapter, Lost, Monitor
from flowroute_nb.errors import InputError
from flowroute_nb.unsent import causes, unsent
from flowroute_nb.wire import Answer, masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from flowroute_nb.connection import Exchange
    from flowroute_nb.credentials import Credentials
    from flowroute_nb.wire import Request

__all__ = ["Line", "address", "is_here"]

_STALE = 15.0  # seconds after which a connection is not trusted with a send
_GRACE = 0.5  # seconds that an interrupted send waits for its response
_STEP = 0.2  # seconds of one wait; on some systems a waiting thread handles signals only between two waits
# What a network, a proxy, a server or an address can cause. Their meaning depends on whether the request was sent.
_FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError, OverflowError)
_MEGABYTE = 1_000_000  # bytes
_LARGEST = {"GET": 64 * _MEGABYTE}  # a page of 1,000 records has about 2 MB
_LARGEST_OTHER = _MEGABYTE  # the response to a send has under 1 kB


class Line:
    """One thread's connection, kept alive between requests; another thread can end what is under way.

    Parameters
    ----------
    keys : Credentials
        The two keys.
    base_url : str
        Checked by :func:`address`.
    timeout : tuple of float
        Seconds to connect and to wait for a response.
    clock : callable
        Monotonic seconds.
    closed : threading.Event
        Set before the last :meth:`hang_up`, so that no new connection is made after it.

    Attributes
    ----------
    abandoned : bool
        Whether a request was interrupted: its connection may be in any state, so the line must not be used again.

    """

    def __init__(
        self,
        keys: Credentials,
        base_url: str,
        timeout: tuple[float, float],
        clock: Callable[[], float],
        closed: threading.Event,
    ) -> None:
        self._base_url, self._timeout, self._clock = base_url, timeout, clock
        self._used = clock()
        self._monitor = Monitor(closed)
        self.abandoned = False
        self._session = _Session()
        self._session.auth = _Auth(keys)  # set, so that .netrc is never asked
        # a proxy of the environment would capture this machine's own addresses
        self._session.trust_env = not _is_loopback(urlsplit(base_url).hostname or "")
        self._session.headers["User-Agent"] = "flowroute_nb"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Adapter(self._monitor))

    def __repr__(self) -> str:
        return f"<Line to {self._base_url}>"

    def hang_up(self) -> None:
        """End whatever is under way, from any thread."""
        for each in list(self._monitor.sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def once(self, request: Request, seconds: float, exchange: Exchange) -> Answer | Lost:
        """Make a request once, within so many seconds, and keep ``exchange`` up to date while it runs.

        Failures of the network are returned as a value. Other exceptions, such as an interrupt or the exception of a
        signal handler, keep their type, but lose the frames of requests, urllib3 and http.client, which hold the keys
        and the request. Python runs signal handlers only in the main thread, so a request of the main thread runs in a
        thread of its own, where no handler can interrupt the use of a connection, a lock or a response.
        """
        if self._monitor.closed.is_set():
            exchange.result = Lost("this account was closed", taken=False, hopeless=True, advice="Make a new account")
            return exchange.result
        exchange.deadline = time.monotonic() + seconds
        self._monitor.exchange = exchange
        work = partial(self._perform, request, seconds, exchange)
        if threading.current_thread() is threading.main_thread():
            self._in_a_thread(work, exchange, _GRACE if request.method == "POST" else 0.0)
        else:
            work()
        if exchange.error is not None:
            self.abandoned = True
            raise _bare(exchange)
        return exchange.result or Lost("it was given up", taken=exchange.departed)

    def _in_a_thread(self, work: Callable[[], None], exchange: Exchange, grace: float) -> None:
        done = threading.Event()

        def run() -> None:
            try:
                work()
            finally:
                if self.abandoned:
                    self._session.close()
                done.set()

        thread = threading.Thread(target=run, name="request to Flowroute", daemon=True)
        try:
            try:
                thread.start()
            except RuntimeError:  # Python is shutting down, or cannot start more threads
                run()
            while not done.wait(_STEP):
                pass
        except BaseException:
            self._abandon(exchange, done, grace)
            raise

    def _abandon(self, exchange: Exchange, done: threading.Event, grace: float) -> None:
        """Give up a request; one that was sent gets a moment for its response, which tells whether it was accepted."""
        self.abandoned = True
        if exchange.cancel():
            done.wait(grace)
            self.hang_up()
            done.wait(_GRACE)
        if done.is_set():
            self._session.close()

    def _perform(self, request: Request, seconds: float, exchange: Exchange) -> None:
        """Set the result or the error of an exchange; raise nothing."""
        try:
            if request.method == "POST" and self._clock() - self._used > _STALE:
                self._session.close()  # closed meanwhile, it would lose the answer and leave the outcome unknown
            result = self._asked(request, seconds)
            if isinstance(result, Lost) or exchange.in_doubt:
                self._session.close()
            self._used = self._clock()
            exchange.result = result
        except BaseException as error:  # noqa: BLE001  raised later without its frames, unless the network caused it
            self._used = self._clock()
            self._session.close()
            early = isinstance(error, Exception) and not exchange.departed  # some libraries fail with a TypeError
            if isinstance(error, _FAILURES) or (early and not isinstance(error, RecursionError | MemoryError)):
                exchange.result = self._lost(error, exchange, seconds)
            else:
                exchange.error = error

    def _asked(self, request: Request, seconds: float) -> Answer | Lost:
        with self._session.request(
            request.method,
            self._base_url + request.path,
            data=request.body,
            headers=request.headers,
            timeout=(min(self._timeout[0], seconds), min(self._timeout[1], seconds)),
            allow_redirects=False,  # a redirect would take the keys elsewhere
            stream=True,  # so that the size of the body can be limited
        ) as answer:
            body, limit = bytearray(), _LARGEST.get(request.method, _LARGEST_OTHER)
            for chunk in answer.iter_content(65_536):
                body += chunk
                if len(body) > limit:  # the connection is closed, not reused, as the rest was not read
                    return Lost(f"the response is larger than {limit // _MEGABYTE} MB", taken=True, hopeless=True)
            got = Answer(answer.status_code, dict(answer.headers.lower_items()), bytes(body))
        if request.method == "GET" and not got.body and got.status < 300:  # noqa: PLR2004
            return Lost("the answer broke off before its body", taken=True)
        return got

    def _lost(self, error: BaseException, exchange: Exchange, seconds: float) -> Lost:
        """Explain what went wrong; the service can have accepted only a request that was sent."""
        host = urlsplit(self._base_url).netloc
        departed = exchange.departed or _is_from_a_mock(error)
        if self._monitor.closed.is_set() and not departed:
            return Lost("this account was closed", taken=False, hopeless=True, advice="Make a new account")
        if not departed:
            return unsent(error, host)
        if time.monotonic() >= exchange.deadline:
            return Lost(f"the answer was still coming after {seconds:.0f} seconds", taken=True)
        if isinstance(error, requests.Timeout):
            return Lost(f"{host} gave no answer within {self._timeout[1]:g} seconds", taken=True)
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return Lost(f"the answer of {host} broke off", taken=True)
        return Lost(f"{host} closed the connection without a whole answer", taken=True)


def _is_from_a_mock(error: BaseException) -> bool:
    """Tell whether an error says that the request was sent, but comes from what a test put in place of connections.

    The responses and requests-mock packages do that. What requests itself raises holds the error of urllib3.
    """
    late = isinstance(error, requests.ReadTimeout | requests.exceptions.ChunkedEncodingError)
    return late and len(list(causes(error))) == 1


def _bare(exchange: Exchange) -> BaseException:
    """Take the error from an exchange, and remove its frames and its context, which hold secrets."""
    error, exchange.error = exchange.error, None
    raised = error
    while raised is not None:
        raised.__traceback__ = raised.__context__ = None
        raised = raised.__cause__
    return error or RuntimeError("no error")


class _Discreet(logging.Filter):
    """Leaves of a number that stands in the path of a request its last four digits, in what urllib3 logs of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            masked_args = tuple(_discreet(each) for each in record.args)
            if masked_args != record.args:
                record.args, record.exc_info = masked_args, None  # whose frames hold the path: some formatters show it
        return True


for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_Discreet())


def _discreet(value: object) -> object:
    ours = isinstance(value, str) and "/v2/numbers" in value
    return masked(str(value).partition("?")[0]) if ours else value


class _Session(requests.Session):
    """Reads no response by itself: requests reads the whole body of a redirect, also of one that is not followed."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002  as the method it replaces
        """Return None: no redirect is followed."""
        return None


class _Auth(requests.auth.AuthBase):
    """Puts the keys on each request; nothing of it shows them."""

    def __init__(self, keys: Credentials) -> None:
        self._keys = keys

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._keys.header()
        return request


def address(base_url: str) -> str:
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
    if url.scheme == "http" and not _is_loopback(host):
        raise InputError(f"base_url={base_url!r} would send the keys unencrypted; http is for this machine only. {ask}")
    return f"{url.scheme}://{url.netloc}"


def is_here(base_url: str) -> bool:
    """Say whether what answers at an address, which :func:`address` has checked, is on this machine."""
    return _is_loopback(urlsplit(base_url).hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
