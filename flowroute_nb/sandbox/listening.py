"""What a client says, listened to for so long and no longer."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

__all__ = ["Listening", "TooSlow"]


class TooSlow(Exception):
    """A client began to say something and did not come to its end."""


class Listening(io.RawIOBase):
    """The bytes of a connection; each request must be said within some seconds of its first byte.

    Parameters
    ----------
    connection : socket.socket
        Where the bytes come from.
    patience : float
        Seconds a request may take to arrive, however slowly it drips; and seconds a client may say nothing.
    clock : callable
        Counts seconds.

    """

    def __init__(self, connection: socket.socket, patience: float, clock: Callable[[], float]) -> None:
        self._connection, self._patience, self._clock = connection, patience, clock
        self._until: float | None = None

    def readable(self) -> bool:
        """Say that it can be read from."""
        return True

    def next_request(self) -> None:
        """Be patient again."""
        self._until = None

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  as the base class
        """Wait for more bytes, for as long as patience lasts."""
        left = self._patience if self._until is None else self._until - self._clock()
        self._connection.settimeout(max(left, 0.001))
        try:
            count = self._connection.recv_into(buffer)
        except TimeoutError:
            if self._until is None:
                raise  # nobody said anything: an idle connection may be closed
            raise TooSlow from None
        if self._until is None:
            self._until = self._clock() + self._patience
        return count
