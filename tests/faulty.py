"""A server on raw sockets that takes each request to its end, counts it, and then does what it was told to."""

import contextlib
import socket
import struct
import threading
import time

SENT = b'{"data":{"id":"mdr2-1","type":"message"}}'
RECORD = (
    b'{"data":{"id":"mdr2-1","type":"message","attributes":{"direction":"outbound","from":"12065550100",'
    b'"to":"12065550101","amount_nanodollars":4000000,"body":"hi","timestamp":"2026-10-05T10:00:00Z"}}}'
)
PAGE = b'{"data":[' + RECORD[8:-1] + b'],"links":{}}'


def answer(status="200 OK", body=b"", **heads):
    """Write a whole answer."""
    said = {"Content-Length": len(body), "Content-Type": "application/vnd.api+json", **heads}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


class Faulty:
    """Does to each request what the next step says; the last step is done for ever.

    A step is bytes to answer with (the connection is closed after), or a function of the socket.
    """

    def __init__(self, *steps):
        self.steps, self.taken, self.heads, self.times, self.connections = list(steps), [], [], [], 0
        self.bodies = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._lock, self._open, self._threads = threading.Lock(), set(), []
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self):
        self._main = threading.Thread(target=self._accept, daemon=True)
        self._main.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._main.join(5)
        for thread in self._threads:
            thread.join(5)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._open.add(connection)
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            while request := self._request(connection):
                with self._lock:
                    self.taken.append(request[0])
                    self.heads.append(request[1])
                    self.bodies.append(request[2])
                    self.times.append(time.monotonic())
                    step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
                if callable(step):
                    if step(connection) != "keep":
                        break
                else:
                    connection.sendall(step)
                    if b"Connection: close" in step or not step:
                        break
        connection.close()
        self._open.discard(connection)

    @staticmethod
    def _request(connection):
        said = b""
        while b"\r\n\r\n" not in said:
            piece = connection.recv(65536)
            if not piece:
                return None
            said += piece
        head, _, body = said.partition(b"\r\n\r\n")
        length = next(
            (int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head.split(b"\r\n")[0].decode().rsplit(" ", 1)[0], head, body


def close(connection):
    """Close without a word."""


def reset(connection):
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(seconds):
    """Say nothing for a while."""

    def step(connection):
        connection.settimeout(seconds)
        with contextlib.suppress(OSError):  # until then, or until the client hangs up
            connection.recv(1)

    return step


def drip(said, pause, start=0):
    """Say it byte by byte."""

    def step(connection):
        connection.sendall(said[:start])
        for at in range(start, len(said)):
            connection.sendall(said[at : at + 1])
            time.sleep(pause)

    return step


def cut(said, keep):
    """Say only the beginning."""

    def step(connection):
        connection.sendall(said[:keep])

    return step
