"""The only socket: a thread's connection to the service. It asks once, and says what came of it."""

from __future__ import annotations

import io
import ipaddress
import logging
import socket
import ssl
import time
import weakref
from contextlib import suppress
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ProxyError

from flowroute_nb.errors import InputError
from flowroute_nb.wire import Answer, masked

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from urllib3.connection import HTTPConnection

    from flowroute_nb.credentials import Credentials
    from flowroute_nb.wire import Request

__all__ = ["Line", "Lost", "address", "is_here"]

_STALE = 15.0  # seconds after which a connection is not trusted with a send
_MEGABYTE = 1_000_000  # bytes
_LARGEST = {"GET": 64 * _MEGABYTE}  # a page of 1,000 records has about 2 MB
_LARGEST_OTHER = _MEGABYTE  # the response to a send has under 1 kB


class Lost(NamedTuple):
    """What became of a request that got no answer."""

    why: str
    taken: bool  # whether the service may have taken it
    hopeless: bool = False  # whether trying again can't help


class Line:
    """One thread's connection, kept alive between requests; another thread can hang it up.

    Parameters
    ----------
    keys : Credentials
        Who we are.
    base_url : str
        Checked by :func:`address`.
    timeout : tuple of float
        Seconds to connect and to wait for an answer.
    clock : callable
        Seconds, going on.
    over : threading.Event
        Set before the last :meth:`hang_up`: then no new connection is made either.

    """

    def __init__(
        self,
        keys: Credentials,
        base_url: str,
        timeout: tuple[float, float],
        clock: Callable[[], float],
        over: threading.Event,
    ) -> None:
        self._base_url, self._timeout, self._clock = base_url, timeout, clock
        self._used = clock()
        self._watch = _Watch(over)
        self._session = requests.Session()
        self._session.auth = _Auth(keys)  # set, so that .netrc is never asked
        # a proxy of the environment would capture this machine's own addresses
        self._session.trust_env = not _is_loopback(urlsplit(base_url).hostname or "")
        self._session.headers["User-Agent"] = "flowroute_nb"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._watch))

    def __repr__(self) -> str:
        return f"<Line to {self._base_url}>"

    def hang_up(self) -> None:
        """End whatever is under way, from any thread."""
        for each in list(self._watch.sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def once(self, request: Request, seconds: float) -> Answer | Lost:
        """Ask once, in so many seconds in all. Whatever happens comes back as a value: tracebacks show headers."""
        if request.method == "POST" and self._clock() - self._used > _STALE:
            self._session.close()  # closed meanwhile, it would lose the answer and leave the outcome unknown
        self._watch.until = time.monotonic() + seconds
        try:
            got = self._asked(request, seconds)
        except (
            requests.RequestException,
            HTTPError,
            OSError,
            ValueError,
        ) as failed:  # ValueError: a Location that is none
            if time.monotonic() >= self._watch.until:
                return Lost(f"the answer was still coming after {seconds:.0f} seconds", taken=True)
            got = self._lost(failed)
        finally:
            self._used = self._clock()
        if isinstance(got, Answer) and request.method == "GET" and not got.body and got.status < 300:  # noqa: PLR2004
            return Lost("the answer broke off before its body", taken=True)
        return got

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
            return Answer(answer.status_code, dict(answer.headers.lower_items()), bytes(body))

    def _lost(self, failed: Exception) -> Lost:
        """Say in words what went wrong, and whether the service can have taken the request."""
        host = urlsplit(self._base_url).netloc
        causes = list(_causes(failed))
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return Lost(f"the certificate of {host} can't be trusted", taken=False, hopeless=True)
        if any(isinstance(cause, ConnectTimeoutError) for cause in causes):
            through = " through the proxy" if any(isinstance(cause, ProxyError) for cause in causes) else ""
            return Lost(f"no connection to {host} could be made{through}", taken=False)
        if isinstance(failed, requests.Timeout):
            return Lost(f"{host} gave no answer within {self._timeout[1]:g} seconds", taken=True)
        if isinstance(failed, requests.exceptions.ChunkedEncodingError):
            return Lost(f"the answer of {host} broke off", taken=True)
        return Lost(f"{host} closed the connection without a whole answer", taken=True)


class _Watch:
    """What a line and its connections share: open sockets, by when the answer must be whole, whether all is over."""

    def __init__(self, over: threading.Event) -> None:
        self.sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.until = 0.0  # on the clock of the sockets, time.monotonic
        self.over = over


class _Adapter(HTTPAdapter):
    """Makes connections that are watched; never repeats anything itself."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch
        super().__init__(max_retries=Retry(0, read=False))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as the base class
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if pool.ConnectionCls.__name__ != "Watched":
            pool.ConnectionCls = _watched(pool.ConnectionCls, self._watch)  # of this pool alone
        return pool


def _watched(kind: type[HTTPConnection], watch: _Watch) -> type[HTTPConnection]:
    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as the base class
            super().__init__(sock, *args, **kwargs)
            self.fp = io.BufferedReader(_Punctual(self.fp, sock, watch))

    class Watched(kind):  # type: ignore[misc,valid-type]  # plain or TLS
        response_class = Response

        def connect(self) -> None:
            super().connect()
            if self.sock is not None:  # a recorder's connection (vcrpy) has none
                watch.sockets.add(self.sock)
            if watch.over.is_set():
                raise ConnectionAbortedError("hung up")

    return Watched


class _Punctual(io.RawIOBase):
    """Reads from a socket until a moment: a socket's own timeout is for each byte alone, and a slow drip never ends."""

    def __init__(self, file: Any, sock: socket.socket, watch: _Watch) -> None:  # noqa: ANN401  a buffered reader
        self._file, self._sock, self._watch, self._patience = file, sock, watch, sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  as the base class
        left = self._watch.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer is late")
        self._sock.settimeout(left if self._patience is None else min(left, self._patience))
        found: int | None = self._file.raw.readinto(buffer)
        return found

    def close(self) -> None:
        self._file.close()
        super().close()


class _Discreet(logging.Filter):
    """Leaves of a number that stands in the path of a request its last four digits, in what urllib3 logs of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_discreet(each) for each in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_Discreet())


def _discreet(said: object) -> object:
    ours = isinstance(said, str) and said.startswith("/v2/numbers")
    return masked(str(said).partition("?")[0]) if ours else said


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


def _causes(failed: BaseException) -> Iterator[BaseException]:
    """Walk from an exception of requests down to what lies under it."""
    cause: object = failed
    for _ in range(8):
        if not isinstance(cause, BaseException):
            return
        yield cause
        inner = getattr(cause, "reason", None) or getattr(cause, "original_error", None)
        cause = inner or next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
