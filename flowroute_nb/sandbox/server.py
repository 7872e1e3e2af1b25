"""HTTP and nothing else: bytes come in on this machine's own address, bytes go out."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from flowroute_nb.sandbox.exchange import Reply, Request
from flowroute_nb.sandbox.listening import Listening, TooSlow

if TYPE_CHECKING:
    from flowroute_nb.sandbox.faults import Faults
    from flowroute_nb.sandbox.routes import Routes

__all__ = ["Server"]

_LARGEST_BODY = 2 * 1024 * 1024
_LINGER = 2.0  # seconds to hear a client out who was answered before it had said everything


class Server(ThreadingHTTPServer):
    """Listens on a port of this machine, in threads of its own, until it is stopped."""

    request_queue_size = 128
    patience = 30.0  # seconds for a client to say what it has to say

    def __init__(self, routes: Routes, faults: Faults, host: str, port: int) -> None:
        self.routes, self.faults = routes, faults
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._serving: list[threading.Thread] = []
        super().__init__((host, port), _Handler)
        self.url = f"http://{self.server_name}:{self.server_port}"
        self._main = threading.Thread(target=self.serve_forever, args=(0.05,), name="flowroute sandbox", daemon=True)
        self._main.start()

    def server_bind(self) -> None:
        """Bind without asking anybody for this machine's name, which can take long."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as socketserver's own
        """Serve each connection in a thread of its own, and remember both, to end them in the end."""
        self._connections.add(request)
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._serving = [*(each for each in self._serving if each.is_alive()), thread]
        thread.start()

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  as socketserver's own
        """Forget a connection that ended."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing on the screen when a client goes away."""

    def is_here(self) -> bool:
        """Say whether this is one of its own threads."""
        return threading.current_thread() in (*self._serving, self._main)

    def stop(self) -> None:
        """Close the port and every connection, and wait until the threads have ended."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (*self._serving, self._main):
            thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, has it answered, and writes the answer."""

    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: otherwise each waits 40 ms for the client's acknowledgement
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Listen with patience, but not for ever."""
        super().setup()
        self.rfile.close()
        self._listening = Listening(self.connection, self.server.patience, time.monotonic)
        self.rfile = io.BufferedReader(self._listening)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401  as the base class
        """Stay quiet."""

    def version_string(self) -> str:
        """Give the Server head."""
        return "flowroute_nb-sandbox"

    def handle_one_request(self) -> None:
        """Answer one request, also one that never comes to its end."""
        self._listening.next_request()
        self.command, self.requestline, self.request_version = "", "", self.protocol_version
        try:
            super().handle_one_request()
        except TooSlow:
            self.send_error(408, "The request did not arrive in time.")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Answer what is not even HTTP with JSON too."""
        self.close_connection, self.request_version = True, self.protocol_version
        status = {408: 408, 413: 413, 501: 405}.get(code, 400)  # 501: a method nobody has heard of
        self._reply(self.server.routes.no(status, message or "Bad request."))
        self._hear_out()

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        fault = self.server.faults.next(self.command, self.path)
        if fault and fault.kind in ("429", "503"):
            self._reply(self.server.routes.no(int(fault.kind), "As asked for by a fault."))
            return
        heads = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.routes.answer(Request(self.command, self.path, heads, body, self.server.url))
        if fault and fault.kind == "drop_answer":
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault:  # slow
            self.server.stopping.wait(fault.seconds)
        self._reply(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _serve  # noqa: N815  the base class's names

    def _body(self) -> bytes | None:
        said = {each.strip() for each in self.headers.get_all("Content-Length", ["0"])}
        length = said.pop()
        if "Transfer-Encoding" in self.headers:
            self.send_error(400, "A body in chunks is not supported: say its Content-Length.")
        elif said or not (length.isascii() and length.isdecimal()):
            self.send_error(400, "Content-Length is not a number.")
        elif len(length) > 18 or int(length) > _LARGEST_BODY:  # noqa: PLR2004  digits that are too many for sure
            self.send_error(413, f"A body is {_LARGEST_BODY} bytes at the most.")
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.send_error(400, "The body ended before its Content-Length.")
        return None

    def _reply(self, reply: Reply) -> None:
        body = reply.body.encode()
        try:
            self.connection.settimeout(self.server.patience)
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Type", "application/vnd.api+json")
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()
        except OSError:  # the client has gone
            self.close_connection = True

    def _hear_out(self) -> None:
        """Read on for a while what nobody needs: a client that is still talking would not read its answer."""
        until = time.monotonic() + _LINGER
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while (left := until - time.monotonic()) > 0:
                self.connection.settimeout(left)
                if not self.connection.recv(1 << 16):
                    break
