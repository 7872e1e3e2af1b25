"""A receiver of webhooks on this machine, which answers as it is told to, and what is done so that it gets some."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from conftest import TODAY

OURS, THEIRS = "12065550100", "15305557784"
STANDING = {"clock": lambda: TODAY, "messages": 0, "rate": 0}  # a sandbox whose time goes on by ticks alone


class Receiver(ThreadingHTTPServer):
    """Keeps what it is given; answers with these statuses, one after the other, then always with the last.

    A function among them is called with the handler, and answers itself or not at all.
    """

    daemon_threads = True

    def __init__(self, *answers):
        self.answers, self.got = list(answers) or [200], []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"
        self.going = threading.Event()  # set when it ends: a handler that hangs may wait for it
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def __exit__(self, *_):
        self.going.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass

    @property
    def bodies(self):
        return [body for _, _, body in self.got]

    def said(self):
        return [json.loads(body) for body in self.bodies]

    def waits_for(self, count, seconds=5):
        """Wait until so many have come, and say how many there are."""
        until = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < until:
            time.sleep(0.01)
        return len(self.got)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer(self)
            return
        self.answer(answer)

    def answer(self, status, **heads):
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in heads.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class _File(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever has heard enough hangs up
            self.wfile.write(b"x" * self.server.size)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def file_server(size):
    """Give the address of a picture of so many bytes."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _File) as server:
        server.size = size
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/37.gif"
        server.shutdown()


@contextlib.contextmanager
def told(sandbox, *answers, kinds=("sms_callback",)):
    """Give a receiver, and have the account's callbacks lead to it."""
    with Receiver(*answers) as receiver:
        for kind in kinds:
            set_callback(sandbox, kind, receiver.url)
        yield receiver


def set_callback(sandbox, kind, url, number=None):
    place = f"/v2.2/messages/{kind}" if number is None else f"/v2/numbers/{number}/relationships/{kind}"
    auth = (sandbox.access_key, sandbox.secret_key)
    method = requests.put if number is None else requests.post
    answer = method(sandbox.url + place, json={"callback_url": url}, auth=auth, timeout=10)
    assert answer.status_code == 204


def receive(sandbox, body="Where's the rug?", **more):
    return sandbox.receive(**{"from_": THEIRS, "to": OURS, "body": body} | more)


def send(sandbox, version="v2.1", **more):
    said = {"to": THEIRS, "from": OURS, "body": "Gee, nice marmot!"} | more
    auth = (sandbox.access_key, sandbox.secret_key)
    answer = requests.post(f"{sandbox.url}/{version}/messages", json=said, auth=auth, timeout=10)
    return answer.json()["data"]["id"]


def posts(sandbox):
    """Give what the log says of what the sandbox said itself."""
    log = sandbox.log
    return log[log.who == "sandbox"]


def seconds(sandbox):
    """Give when each POST was made, in seconds since noon of the sandbox's time."""
    return [(at - TODAY).total_seconds() for at in posts(sandbox)["at"]]
