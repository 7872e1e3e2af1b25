"""The port at which clients come in: open, shut for a while, or closed for good."""

from __future__ import annotations

import contextlib
import math
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Port", "bound"]

_QUEUE = 128  # clients who wait to come in
_BREATH = 0.05  # seconds to wait when this process can open no file for one who comes in


class Port:
    """A port of this machine; one thread takes in who comes, and it alone touches the socket on which they come.

    Parameters
    ----------
    host, port
        Where; port 0 for a free one.

    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = bound((host, port))
        try:
            self._socket.listen(_QUEUE)
        except OSError:
            self._socket.close()
            raise
        name = self._socket.getsockname()
        self.host, self.number = str(name[0]), int(name[1])
        self._bell, self._rope = socket.socketpair()
        self._lock = threading.Lock()
        self._orders: deque[tuple[Callable[[], None], threading.Event]] = deque()
        self._listens, self._opens = True, -math.inf  # when it opens again, on the clock of time.monotonic

    @property
    def is_open(self) -> bool:
        """Whether clients can connect."""
        return self._listens

    def shut(self, seconds: float) -> None:
        """Let nobody in for so long: who connects is refused by the system, as where no server is."""
        self._order(lambda: self._shut(time.monotonic() + seconds))

    def open(self) -> None:
        """Let clients in again."""
        self._order(self._listen)

    def close(self) -> None:
        """Let nobody in any more, and give the port back."""
        self._order(self._close, last=True)

    def let_go(self) -> None:
        """Close the copies of the sockets that a forked process has: they would keep the port open."""
        for each in (self._socket, self._bell, self._rope):
            each.close()

    def visitors(self) -> Iterator[socket.socket]:
        """Wait for clients and give the connection of each, until the port is closed."""
        while self._socket.fileno() >= 0:
            ready = self._ready()
            if self._bell in ready:
                self._bell.recv(1)
                order, done = self._orders.popleft()
                order()
                done.set()
            elif self._socket in ready:
                yield from self._one()
            elif not self._listens and time.monotonic() >= self._opens:
                self._listen()
        self._bell.close()

    def _ready(self) -> list[object]:
        left = self._opens - time.monotonic()
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._bell, selectors.EVENT_READ)
            if self._listens:
                waiting.register(self._socket, selectors.EVENT_READ)
            return [key.fileobj for key, _ in waiting.select(None if self._listens or left == math.inf else left)]

    def _one(self) -> Iterator[socket.socket]:
        try:
            connection, _ = self._socket.accept()
        except BlockingIOError:  # who came has gone again
            return
        except OSError:
            time.sleep(_BREATH)
            return
        connection.settimeout(None)
        yield connection

    def _shut(self, until: float) -> None:
        if self._listens:
            self._socket.close()
            self._socket = bound((self.host, self.number))  # the port stays ours, and nobody listens
        self._listens, self._opens = False, until

    def _close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.listen(_QUEUE)
        self._listens, self._opens = True, -math.inf

    def _order(self, what: Callable[[], None], *, last: bool = False) -> None:
        """Have something done by the thread that waits at the port, and wait until it is."""
        done = threading.Event()
        with self._lock:
            if self._rope.fileno() < 0:  # it was closed for good
                return
            self._orders.append((what, done))
            self._rope.send(b".")
            if last:
                self._rope.close()
        done.wait(5)


def bound(address: tuple[str, int]) -> socket.socket:
    """Take a port without listening yet; nobody is asked for this machine's name, which can take long."""
    mine = socket.socket()
    try:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mine.settimeout(0)
        mine.bind(address)
    except BaseException:
        mine.close()
        raise
    return mine
