"""HTTP connections with a deadline, which record whether a request was sent and whether they can be reused."""

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

    why: str  # as a clause for an error message, such as "the response broke off"
    taken: bool  # whether the service may have accepted it
    hopeless: bool = False  # whether trying again cannot help
    advice: str = "Check the connection and the service"  # the error message continues with ", then"


class Exchange:
    """One request and its response.

    Attributes
    ----------
    deadline : float
        When the response must be complete, on the clock of ``time.monotonic``.
    departed : bool
        Whether bytes of the request can have left: connection, tunnel and TLS handshake were complete.
    in_doubt : bool
        Whether bytes arrived that belong to no response. The connection must then not be reused.
    result : Answer, Lost or None
        The outcome; None until it is known.
    error : BaseException or None
        The exception that ended the exchange, until the caller takes it to raise it.

    """

    def __init__(self) -> None:
        self.deadline = 0.0
        self.departed = self.cancelled = self.in_doubt = False
        self.result: Answer | Lost | None = None
        self.error: BaseException | None = None
        self._lock = threading.Lock()

    def depart(self) -> None:
        """Record that the request is about to be sent; raise an error if it was cancelled."""
        with self._lock:
            if self.cancelled:
                raise ConnectionAbortedError("cancelled")
            self.departed = True

    def cancel(self) -> bool:
        """Prevent the request from being sent; return whether it was sent already."""
        with self._lock:
            self.cancelled = True
            return self.departed


class Monitor:
    """State that a line shares with its connections: sockets, the current exchange, whether the account is closed."""

    def __init__(self, closed: threading.Event) -> None:
        self.sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.exchange = Exchange()
        self.closed = closed


class Adapter(HTTPAdapter):
    """An adapter of requests whose connections report to a monitor, and which never retries."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        super().__init__(max_retries=Retry(0, read=False))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as the base class
        """Return the pool of a host, whose connections report to the monitor."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        connection_class = type(pool).ConnectionCls  # a recorder such as vcrpy replaces it while it records
        # a pool from before a recorder was switched on or off has connections of the wrong class
        if connection_class not in pool.ConnectionCls.__mro__[:2]:
            self.close()
            pool = super().get_connection_with_tls_context(*args, **kwargs)
        if pool.ConnectionCls is connection_class:
            pool.ConnectionCls = _monitored(connection_class, self._monitor)  # on this pool only, not on the class
        return pool


def _monitored(connection_class: type[HTTPConnection], monitor: Monitor) -> type[HTTPConnection]:
    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as the base class
            super().__init__(sock, *args, **kwargs)
            self.fp = _ResponseReader(_DeadlineReader(self.fp, sock, monitor.exchange), monitor.exchange)

        def _read_status(self) -> tuple[str, int, str]:
            """Skip every informational (1xx) response; http.client skips only 100.

            https://www.rfc-editor.org/rfc/rfc9110#section-15.2
            """
            while True:
                version, status, reason = super()._read_status()  # type: ignore[misc]  # not in typeshed
                if not 100 <= status < 200:  # noqa: PLR2004
                    return version, status, reason
                parse_headers(self.fp)

    class Monitored(connection_class):  # type: ignore[misc,valid-type]  # plain or TLS
        response_class = Response

        def connect(self) -> None:
            super().connect()
            if self.sock is not None:  # a recorder's connection (vcrpy) has no socket
                monitor.sockets.add(self.sock)
            if monitor.closed.is_set() or monitor.exchange.cancelled:
                raise ConnectionAbortedError("closed while connecting")

        def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  as the base class
            if self.sock is None:  # connect before depart(): http.client would connect while sending
                self.connect()
            monitor.exchange.depart()
            super().request(*args, **kwargs)

    return Monitored


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket until a deadline; the timeout of a socket starts again with every read."""

    def __init__(self, file: Any, sock: socket.socket, exchange: Exchange) -> None:  # noqa: ANN401  a buffered reader
        self._file, self._sock, self._exchange, self._timeout = file, sock, exchange, sock.gettimeout()
        self._finished = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  as the base class
        if self._finished:
            return None  # means "no data available now" to a buffered reader
        remaining = self._exchange.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the response is late")
        self._sock.settimeout(remaining if self._timeout is None else min(remaining, self._timeout))
        size: int | None = self._file.raw.readinto(buffer)
        return size

    def finish(self) -> bool:
        """Stop reading; return whether the TLS layer may hold unread bytes, which select() on the socket cannot see."""
        self._finished = True
        pending = getattr(self._sock, "pending", None)
        if pending is None:
            return not isinstance(self._sock, socket.socket)  # urllib3's TLS in TLS cannot tell: assume it does
        return bool(pending())

    def close(self) -> None:
        self._file.close()
        super().close()


class _ResponseReader(io.BufferedReader):
    """Marks the exchange as in doubt if unread bytes are left on close: the next response would begin with them."""

    def __init__(self, raw: _DeadlineReader, exchange: Exchange) -> None:
        super().__init__(raw)
        self._deadline_reader, self._exchange = raw, exchange

    def close(self) -> None:
        if not self.closed:
            pending = self._deadline_reader.finish()
            self._exchange.in_doubt |= pending or bool(self.peek(1))
        super().close()
