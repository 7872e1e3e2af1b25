"""One POST to an address on this machine; nothing is ever said to any other."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from flowroute_nb.sandbox.addresses import homes

__all__ = ["NOT_HERE", "Delivery", "Heard"]

NOT_HERE = "not sent: not on this machine"
_HEARD = 4_000  # bytes of an answer's body, of which the log keeps the beginning
_HEADS = {
    "Content-Type": "application/json",  # https://developer.flowroute.com/docs/receive-an-inbound-message
    "User-Agent": "flowroute_nb-sandbox",
    "Connection": "close",
}


Line = TypeVar("Line", bound=socket.socket)


class Heard(NamedTuple):
    """What came back: a status and the beginning of a body; or no status, and in words why."""

    status: int | None
    answer: str


class Delivery:
    """Brings one thing after the other; another thread can put an end to it.

    It follows no redirect, knows of no proxy, and does not wait for ever.

    Attributes
    ----------
    patience : float
        Seconds to wait for an answer to begin, and then for it to be whole.

    """

    def __init__(self) -> None:
        self.patience = 10.0
        self._lock, self._over = threading.Lock(), False
        self._line: socket.socket | None = None

    def post(self, url: str, body: str) -> Heard:
        """POST some JSON, and say what came of it."""
        refused = Heard(None, NOT_HERE)
        for place in homes(url):
            try:
                return self._posted(place, urlsplit(url), body.encode())
            except ConnectionRefusedError as nobody:  # where localhost is meant, somebody may listen at the next
                refused = refused if refused.answer != NOT_HERE else _failed(nobody)
            except TimeoutError:
                return Heard(None, f"no answer within {self.patience:g} seconds")
            except (OSError, HTTPException) as wrong:
                return _failed(wrong)
        return refused

    def interrupt(self) -> None:
        """Put an end to what is under way, and begin nothing any more."""
        with self._lock:
            self._over = True
            if self._line:
                with contextlib.suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)

    def _posted(self, place: str, url: SplitResult, body: bytes) -> Heard:
        with contextlib.ExitStack() as stack:
            line = stack.enter_context(self._held(socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET)))
            line.settimeout(self.patience)
            line.connect((place, url.port or (443 if url.scheme == "https" else 80)))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme == "https":
                secured = ssl.create_default_context()
                line = stack.enter_context(
                    self._held(secured.wrap_socket(line, server_hostname=url.hostname, do_handshake_on_connect=False))
                )
                line.do_handshake()
            return self._asked(line, url, body)

    def _asked(self, line: socket.socket, url: SplitResult, body: bytes) -> Heard:
        asking = HTTPConnection(url.hostname or "")
        asking.sock = line
        target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        asking.request("POST", target, body, {**_HEADS, "Host": url.netloc.rpartition("@")[2]})
        answer = HTTPResponse(cast("socket.socket", _Ear(line, self.patience)), method="POST")
        answer.begin()
        said = b""
        with contextlib.suppress(OSError, HTTPException):  # the status is what counts
            said = answer.read(_HEARD)
        return Heard(answer.status, said.decode(errors="replace"))

    def _held(self, line: Line) -> Line:
        """Remember a connection, so that it can be interrupted."""
        with self._lock:
            if self._over:
                line.close()
                raise ConnectionAbortedError("the sandbox has ended")
            self._line = line
        return line


class _Ear(io.RawIOBase):
    """What of a socket is needed to hear an answer: its bytes, for so long until it begins and until it is whole."""

    def __init__(self, line: socket.socket, patience: float) -> None:
        self._line, self._patience = line, patience
        self._until: float | None = None

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002  it is for reading
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  as the base class
        left = self._patience if self._until is None else self._until - time.monotonic()
        self._line.settimeout(max(left, 0.001))
        count = self._line.recv_into(buffer)
        self._until = self._until or time.monotonic() + self._patience
        return count


def _failed(wrong: Exception) -> Heard:
    return Heard(None, f"no answer: {getattr(wrong, 'strerror', None) or wrong or type(wrong).__name__}")
