"""HTTP connections with a deadline, which know whether a request has left and whether they may be used again."""

from __future__ import annotations

import io
import socket
import threading
import time
import weakref
from http.client import HTTPResponse, parse_headers
from typing import TYPE_CHECKING, Any, NamedTuple

from requests.adapters import HTTPAdapter
from urllib3 import Retry

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

    from flowroute_nb.wire import Answer

__all__ = ["Adapter", "Exchange", "Lost", "Monitor"]


class Lost(NamedTuple):
    """What is known about a request that got no response."""

    why: str  # part of a sentence
    taken: bool  # whether the service may have accepted it
    hopeless: bool = False  # whether trying again cannot help
    advice: str = "Check the connection and the service"  # a sentence goes on with ", then"


class Exchange:
    """One request and its response.

    Attributes
    ----------
    deadline : float
        When the response must be complete, on the clock of ``time.monotonic``.
    departed : bool
        Whether bytes of the request can have left: connection, tunnel and TLS handshake were complete.
    in_doubt : bool
        Whether bytes arrived that belong to no response; then the connection must not be used again.
    result : Answer, Lost or None
        What came of it; None until that is known.
    error : BaseException or None
        What was raised instead, until it is raised again.

    """

    def __init__(self) -> None:
        self.deadline = 0.0
        self.departed = self.cancelled = self.in_doubt = False
        self.result: Answer | Lost | None = None
        self.error: BaseException | None = None
        self._lock = threading.Lock()

    def depart(self) -> None:
        """Note that the request leaves now, unless it was cancelled."""
        with self._lock:
            if self.cancelled:
                raise ConnectionAbortedError("cancelled")
            self.departed = True

    def cancel(self) -> bool:
        """Keep the request from leaving; return whether it has left already."""
        with self._lock:
            self.cancelled = True
            return self.departed


class Monitor:
    """What a line shares with its connections: their sockets, the exchange under way, whether the account is closed."""

    def __init__(self, closed: threading.Event) -> None:
        self.sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.exchange = Exchange()
        self.closed = closed


class Adapter(HTTPAdapter):
    """Makes connections that report to a monitor; never repeats a request."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        super().__init__(max_retries=Retry(0, read=False))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as the base class
        """Return the pool of a host, whose connections report to the monitor."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        kind = type(pool).ConnectionCls  # which a recorder (vcrpy) replaces for as long as it records
        if kind not in pool.ConnectionCls.__mro__[:2]:  # its connections are those of before: real, or a recorder's
            self.close()
            pool = super().get_connection_with_tls_context(*args, **kwargs)
        if pool.ConnectionCls is kind:
            pool.ConnectionCls = _monitored(kind, self._monitor)  # of this pool alone
        return pool


def _monitored(kind: type[HTTPConnection], monitor: Monitor) -> type[HTTPConnection]:
    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as the base class
            super().__init__(sock, *args, **kwargs)
            self.fp = _Reader(_Punctual(self.fp, sock, monitor.exchange), monitor.exchange)

        def _read_status(self) -> tuple[str, int, str]:
            """Skip every informational response: http.client skips 100 alone.

            https://www.rfc-editor.org/rfc/rfc9110#section-15.2
            """
            while True:
                version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed leaves it out
                if not 100 <= status < 200:  # noqa: PLR2004
                    return version, status, reason
                parse_headers(self.fp)

    class Monitored(kind):  # type: ignore[misc,valid-type]  # plain or TLS
        response_class = Response

        def connect(self) -> None:
            super().connect()
            if self.sock is not None:  # a recorder's connection (vcrpy) has none
                monitor.sockets.add(self.sock)
            if monitor.closed.is_set() or monitor.exchange.cancelled:
                raise ConnectionAbortedError("closed while it was made")

        def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as the base class
            if self.sock is None:  # plain HTTP would connect only while it sends
                self.connect()
            monitor.exchange.depart()
            super().request(*args, **kwargs)

    return Monitored


class _Punctual(io.RawIOBase):
    """Reads from a socket until a deadline: a socket's own timeout starts again with each byte."""

    def __init__(self, file: Any, sock: socket.socket, exchange: Exchange) -> None:  # noqa: ANN401  a buffered reader
        self._file, self._sock, self._exchange, self._timeout = file, sock, exchange, sock.gettimeout()
        self._finished = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  as the base class
        if self._finished:
            return None  # as if nothing had arrived yet
        left = self._exchange.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the response is late")
        self._sock.settimeout(left if self._timeout is None else min(left, self._timeout))
        size: int | None = self._file.raw.readinto(buffer)
        return size

    def finish(self) -> bool:
        """Read no more; return whether the TLS layer holds bytes that no select() on the socket would show."""
        self._finished = True
        pending = getattr(self._sock, "pending", None)
        if pending is None:
            return not isinstance(self._sock, socket.socket)  # TLS within TLS, which doesn't tell
        return bool(pending())

    def close(self) -> None:
        self._file.close()
        super().close()


class _Reader(io.BufferedReader):
    """Notes when it is closed with bytes unread: they belong to no response, so the next would be out of step."""

    def __init__(self, raw: _Punctual, exchange: Exchange) -> None:
        super().__init__(raw)
        self._punctual, self._exchange = raw, exchange

    def close(self) -> None:
        if not self.closed:
            held_back = self._punctual.finish()
            self._exchange.in_doubt |= held_back or bool(self.peek(1))
        super().close()
