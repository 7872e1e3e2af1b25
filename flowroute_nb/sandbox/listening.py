"""What a client says, listened to for so long and no longer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flowroute_nb.sandbox.heads import LARGEST_BODY, Bad, too_large

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

__all__ = ["Listening", "TooSlow"]

_AT_ONCE = 1 << 16
_LONGEST_HEAD = 1 << 17
_BEGINS = re.compile(rb"[!-~]")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
# what comes after a semicolon means nothing to anybody
_CHUNK = re.compile(rb"0*([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?\r?\n")


class TooSlow(Exception):
    """A client began to say something and did not come to its end."""


class Listening:
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
        self._said = bytearray()  # what came and was not used yet
        self._until: float | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing has been said of a next request."""
        return self._until is None

    def rest(self) -> None:
        """Be patient again: a request was answered."""
        self._skip_blank_lines()
        # the next request may have come before the last one was answered
        self._until = self._clock() + self._patience if self._said else None

    def head(self) -> bytes | None:
        """Wait for the next request and give its head; None when there is none."""
        seen = 0
        while not (end := _BLANK_LINE.search(self._said, max(0, seen - 3))):
            seen = len(self._said)
            if seen > _LONGEST_HEAD:
                raise Bad(400, "The head of the request is too long.")
            if not self._more():
                if not seen:
                    return None
                raise Bad(400, "The request ended in its head.")
            if not seen:
                self._skip_blank_lines()
                # a greeting of TLS has no end that could be waited for
                if self._said and not _BEGINS.match(self._said):
                    raise Bad(400, "This is not HTTP. The sandbox speaks http://, without TLS.")
        return self._take(end.end())

    def body(self, length: int | None) -> bytes:
        """Give the body of the request: so many bytes, or chunk by chunk."""
        return self._chunks() if length is None else self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        while len(self._said) < count:
            if not self._more():
                raise Bad(400, "The body ended before its Content-Length.")
        return self._take(count)

    def _chunks(self) -> bytes:
        """https://www.rfc-editor.org/rfc/rfc9112#section-7.1."""
        body = bytearray()
        while size := self._size():
            if len(body) + size > LARGEST_BODY:
                raise too_large()
            body += self._exactly(size)
            if self._line() not in (b"\r\n", b"\n"):
                raise Bad(400, "A chunk of the body is longer than it said.")
        while self._line() not in (b"\r\n", b"\n"):
            pass  # heads that come after the body, which nobody needs
        return bytes(body)

    def _size(self) -> int:
        found = _CHUNK.fullmatch(self._line())
        if not found:
            raise Bad(400, "A chunk of the body does not begin with its size.")
        return int(found[1], 16)

    def _line(self) -> bytes:
        while (end := self._said.find(b"\n")) < 0:
            if len(self._said) > _AT_ONCE:
                raise Bad(400, "A line between the chunks of the body is too long.")
            if not self._more():
                raise Bad(400, "The body ended before its last chunk.")
        return self._take(end + 1)

    def _skip_blank_lines(self) -> None:
        """Pass over what some clients leave behind a body: https://www.rfc-editor.org/rfc/rfc9112#section-2.2."""
        del self._said[: len(self._said) - len(self._said.lstrip(b"\r\n"))]

    def _take(self, count: int) -> bytes:
        taken = bytes(self._said[:count])
        del self._said[:count]
        return taken

    def _more(self) -> bool:
        """Wait for more bytes, for as long as patience lasts; say whether any came."""
        left = self._patience if self._until is None else self._until - self._clock()
        self._connection.settimeout(max(left, 0.001))
        try:
            came = self._connection.recv(_AT_ONCE)
        except TimeoutError:
            if self._until is None:
                return False  # nobody said anything: an idle connection may be closed
            raise TooSlow from None
        if self._until is None and came:
            self._until = self._clock() + self._patience
        self._said += came
        return bool(came)
