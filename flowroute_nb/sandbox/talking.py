"""One client's connection: its requests are read and answered one after another, well or as a fault has it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox import heads
from flowroute_nb.sandbox.exchange import Reply, Request
from flowroute_nb.sandbox.listening import Listening, TooSlow
from flowroute_nb.sandbox.log import beginning

if TYPE_CHECKING:
    import datetime as dt

    from flowroute_nb.sandbox.faults import Fault
    from flowroute_nb.sandbox.log import Entry
    from flowroute_nb.sandbox.server import Server

__all__ = ["Talk"]

_A_MOMENT = 0.2  # seconds to send an answer to a client that reads it
_LINGER = 2.0  # seconds to hear a client out who was answered before it had said everything
_BODILESS = (204, 304)  # https://www.rfc-editor.org/rfc/rfc9110#section-8.6: not even a length


class Talk:
    """A connection, from the first request to the last answer."""

    def __init__(self, connection: socket.socket, server: Server) -> None:
        self._connection, self._server = connection, server
        self._listening = Listening(connection, server.patience, time.monotonic)
        self._sending = threading.Lock()  # held from the moment it is known whether the connection stays until it rests

    def leave(self) -> None:
        """End it, from any thread, if the client is saying nothing and waiting for nothing."""
        if self._sending.acquire(timeout=_A_MOMENT):
            idle = self._listening.is_idle
            self._sending.release()
            if idle:
                self.hang_up()

    def hang_up(self) -> None:
        """End it, from any thread."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Close a forked process's copy of the connection, which stays open in the parent."""
        self._connection.close()

    def close(self) -> None:
        """Let go of the connection."""
        self.hang_up()
        self._connection.close()

    def run(self) -> None:
        """Talk until either side has had enough."""
        # otherwise each answer would wait 40 ms for the client's acknowledgement of the one before
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while self._server.port.is_open and self._once():
            pass

    def _once(self) -> bool:
        """Answer one request; say whether another may follow."""
        try:
            said = self._listening.head()
            if said is None:
                return False
            head = heads.read(said)
            hosts = heads.authorities(head)
            body = self._body(head)
        except heads.Bad as bad:
            return self._refused(bad.status, bad.why)
        except TooSlow:
            return self._refused(408, "The request did not arrive in time.")
        target = heads.path(head.target)
        if foreign := next((host for host in hosts if not self._server.hosts.allows(host, self._address())), None):
            entry = self._server.log.begin("client", head.method, target, body)
            return self._said(head, self._server.routes.no(421, self._advice(foreign)), entry)
        method = "GET" if head.method == "HEAD" else head.method  # answered alike, but for the body
        base = f"http://{hosts[0]}" if hosts else self._server.url
        return self._answered(head, Request(method, target, head.headers, body, base))

    def _address(self) -> str:
        """Return the address to which the client connected; a server on 0.0.0.0 has several."""
        return str(self._connection.getsockname()[0])

    def _advice(self, host: str) -> str:
        return (
            f"This sandbox does not answer as {host!r}. Ask it at {self._server.url}, or allow the name where it is "
            "made: allowed_hosts=[...], or --allowed-host."
        )

    def _body(self, head: heads.Head) -> bytes:
        length = heads.length(head)
        if head.waits and length != 0:
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._listening.body(length)

    def _answered(self, head: heads.Head, request: Request) -> bool:
        entry = self._server.log.begin("client", head.method, request.target, request.body)
        fault = self._server.faults.next(request)
        if fault is None:
            return self._said(head, self._server.routes.answer(request), entry)
        reply = fault.reply(request, self._server.routes)
        gone = fault.is_late and not self._waited(fault)
        if reply is None or gone:
            entry.end(None, "the client went away before its answer" if gone else f"no answer: {fault.kind}")
            return False
        return self._said(head, reply, entry, cut=fault.cuts)

    def _waited(self, fault: Fault) -> bool:
        """Wait as long as a fault says, or until it is over; say whether the client is still there."""
        until = time.monotonic() + fault.seconds
        while time.monotonic() < until and not (self._server.stopping.is_set() or fault.over.wait(0.02)):
            if self._has_gone():
                return False
        return True

    def _has_gone(self) -> bool:
        self._connection.settimeout(0.0)
        try:
            return not self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False

    def _refused(self, status: int, why: str) -> bool:
        """Answer what is not even a request with JSON too."""
        head = heads.Head("", "", old=True, headers={})
        self._said(head, self._server.routes.no(status, why), self._server.log.begin("client", "", "", b""))
        self._hear_out()
        return False

    def _said(self, head: heads.Head, reply: Reply, entry: Entry, *, cut: bool = False) -> bool:
        """Send an answer; say whether the connection stays."""
        # before the client has it: who then looks at the log finds it there
        entry.end(reply.status, beginning(reply.body))
        try:
            now = self._server.clock.now()
        except InputError:  # a clock that was given has no answer: the log knows the last one
            now = entry.at
        with self._sending:
            stays = head.stays and self._server.port.is_open and not cut
            self._send(_written(head, reply, now, stays=stays, cut=cut))
            self._listening.rest()
        return stays

    def _send(self, said: bytes) -> None:
        self._connection.settimeout(self._server.patience)
        left = memoryview(said)
        while left:
            left = left[self._connection.send(left) :]

    def _hear_out(self) -> None:
        """Read on for a while what nobody needs: a client that is still talking would not read its answer."""
        until = time.monotonic() + _LINGER
        self._connection.shutdown(socket.SHUT_WR)
        while (left := until - time.monotonic()) > 0:
            self._connection.settimeout(left)
            if not self._connection.recv(1 << 16):
                break


def _written(head: heads.Head, reply: Reply, now: dt.datetime, *, stays: bool, cut: bool) -> bytes:
    """Write an answer, or as much of it as is to be sent."""
    body, said = reply.body, [*reply.headers]
    if body:
        said.append(("Content-Type", reply.kind))
    if reply.status not in _BODILESS:
        said.append(("Content-Length", str(len(body))))
    if head.old or not stays:
        said.append(("Connection", "keep-alive" if stays else "close"))
    first = heads.written(reply.status, said, now)
    if head.method == "HEAD" or reply.status in _BODILESS:
        body = b""
    if not cut:
        return first + body
    return first + body[: len(body) // 2] if body else first[: len(first) // 2]
