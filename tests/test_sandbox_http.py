"""HTTP as other people's clients speak it, and as nobody should: each request gets an answer, and the next is found."""

import base64
import contextlib
import datetime as dt
import http.client
import json
import random
import shutil
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
import requests

import flowroute_nb as fr
from flowroute_nb.sandbox import heads
from flowroute_nb.sandbox.listening import Listening

GOOD = json.dumps({"to": "15305557784", "from": "12065550100", "body": "Gee, nice marmot!"}).encode()
LARGE = json.dumps({"to": "15305557784", "from": "12065550100", "body": "x" * 1_500_000}).encode()
KIND = "Content-Type: application/json"


def keys(sandbox):
    return "Basic " + base64.b64encode(f"{sandbox.access_key}:{sandbox.secret_key}".encode()).decode()


def post(sandbox, *heads_, path="/v2.1/messages", version="1.1"):
    """Write the head of a send."""
    lines = [f"POST {path} HTTP/{version}", "Host: localhost", f"Authorization: {keys(sandbox)}", KIND, *heads_]
    return "\r\n".join([*lines, "", ""]).encode()


def dialled(sandbox):
    return socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=10)


def answers(line):
    """Read every answer until the connection is closed."""
    said = b"".join(iter(lambda: line.recv(65_536), b""))
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        named = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
        length = int(named.get("content-length", 0))
        assert len(rest) >= length
        yield int(status.split()[1]), named, json.loads(rest[:length] or "null")
        said = rest[length:]


def statuses(sandbox, said):
    """Say something, be silent, and give the statuses of all answers."""
    with dialled(sandbox) as line:
        with contextlib.suppress(OSError):  # it may be answered before it has said everything
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
        return [status for status, _, _ in answers(line)]


# ------------------------------------------------------------------ bodies in chunks


def chunked(body, *sizes, extension=b"", trailer=b""):
    """Write a body in chunks of these sizes, and one of what is left."""
    parts, at = [], 0
    for size in (*sizes, len(body) - sum(sizes)):
        parts.append(b"%x%s\r\n%s\r\n" % (size, extension, body[at : at + size]))
        at += size
    return b"".join(parts) + b"0\r\n" + trailer + b"\r\n"


@pytest.mark.parametrize(
    "body",
    [
        chunked(GOOD),
        chunked(GOOD, 1, 2, 30),
        chunked(GOOD, extension=b'; name="value"', trailer=b"Checksum: 1\r\nMore: 2\r\n"),
        chunked(GOOD).replace(b"\r\n", b"\n"),
        chunked(GOOD).replace(b"%x" % len(GOOD), b"000%X" % len(GOOD)),
    ],
)
def test_a_body_in_chunks_is_taken_and_the_next_request_is_found_behind_it(sandbox, body):
    before = len(sandbox.taken)
    said = post(sandbox, "Transfer-Encoding: Chunked") + body
    assert statuses(sandbox, said + said + post(sandbox, "Content-Length: 2") + b"{}") == [202, 202, 422]
    assert sandbox.taken.body.iloc[before:].tolist() == ["Gee, nice marmot!"] * 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"zz\r\n{}\r\n0\r\n\r\n", 400),
        (b"-1\r\n{}\r\n0\r\n\r\n", 400),
        (b"\r\n{}\r\n0\r\n\r\n", 400),
        (b"2 2\r\n{}\r\n0\r\n\r\n", 400),
        (b"1\r\n{}\r\n0\r\n\r\n", 400),
        (b"2\r\n{}x\r\n0\r\n\r\n", 400),
        (b"2\r\n{}", 400),
        (b"2\r\n{}\r\n", 400),
        (b"2\r\n{}\r\n0\r\n", 400),
        (b"fffffff\r\n{}", 413),
        (b"fffffffffffffffffffffff\r\n{}", 400),
        (b"x" * 70_000, 400),
        (chunked(b"x" * 3_000_000, *[1_000_000] * 2), 413),
    ],
)
def test_chunks_that_can_t_be_are_refused(sandbox, body, status):
    before = len(sandbox.taken)
    assert statuses(sandbox, post(sandbox, "Transfer-Encoding: chunked") + body) == [status]
    assert len(sandbox.taken) == before


def test_requests_may_come_in_pieces_of_any_size(sandbox):
    said = post(sandbox, "Transfer-Encoding: chunked") + chunked(GOOD, 7, trailer=b"a: b\r\n")
    said += b"\r\n" + post(sandbox, f"Content-Length: {len(GOOD)}") + GOOD

    class Pieces:
        """A connection on which bytes come few at a time."""

        def __init__(self, size):
            self.left, self.size = said, size

        def settimeout(self, seconds):
            assert seconds > 0

        def recv(self, _):
            piece, self.left = self.left[: self.size], self.left[self.size :]
            return piece

    for size in (1, 2, 3, 5, 100, 1_000):
        listening = Listening(Pieces(size), 5, time.monotonic)
        found = []
        while head := listening.head():
            found.append(listening.body(heads.length(heads.read(head))))
            listening.rest()
        assert found == [GOOD, GOOD]


# ------------------------------------------------------------------ other people's clients


@pytest.fixture
def curl(sandbox):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")

    def run(*said, body=GOOD, show="%{http_code} %{size_upload}"):
        command = ["curl", "-sS", "--noproxy", "*", "-u", f"{sandbox.access_key}:{sandbox.secret_key}", "-H", KIND]
        command += ["-o", "-", "-w", f"\n{show}", "--data-binary", "@-", *said, f"{sandbox.url}/v2.1/messages"]
        said = subprocess.run(command, input=body, capture_output=True, check=True, timeout=20).stdout.decode()
        answer, _, shown = said.rpartition("\n")
        return json.loads(answer), shown.split()

    return run


def test_curl_with_a_large_body_is_told_at_once_to_go_on(curl):
    """It asks first when a body is over 1 MB, and waits for the word: a second, or as long as here."""
    answer, (status, seconds) = curl("--expect100-timeout", "15", body=LARGE, show="%{http_code} %{time_total}")
    assert (status, answer["data"]["type"]) == ("202", "message")
    assert float(seconds) < 10


def test_curl_with_a_body_that_is_too_large_is_told_so_before_it_sends_it(curl):
    answer, (status, size) = curl(body=b"x" * 10_000_000)
    assert (status, answer["errors"][0]["status"]) == ("413", 413)
    assert int(size) < 10_000_000


def test_curl_may_send_chunks_and_speak_http_1_0(curl):
    assert curl("-H", "Transfer-Encoding: chunked")[1][0] == "202"
    assert curl("--http1.0")[1][0] == "202"


def test_requests_may_send_a_stream(sandbox):
    url, auth = f"{sandbox.url}/v2.1/messages", (sandbox.access_key, sandbox.secret_key)
    head = {"Content-Type": "application/json"}
    answer = requests.post(url, data=iter([GOOD[:9], GOOD[9:]]), auth=auth, headers=head, timeout=5)
    assert answer.status_code == 202


NODE = """
const [url, authorization, body] = process.argv.slice(1);
const headers = {authorization, "content-type": "application/json"};
const stream = new ReadableStream({start(c) { for (const part of [body.slice(0, 9), body.slice(9)])
  c.enqueue(new TextEncoder().encode(part)); c.close(); }});
const said = await Promise.all([
  fetch(url, {method: "POST", headers, body}),
  fetch(url, {method: "POST", headers, body: stream, duplex: "half"}),
  fetch(url + "?start_date=2026-10-05&limit=3", {headers}),
  fetch(url, {method: "HEAD", headers}),
  fetch(url, {method: "POST", headers, body: "x".repeat(10_000_000)}),
]);
console.log(JSON.stringify(said.map((each) => each.status)));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_fetches_sends_streams_and_reads(sandbox):
    command = ["node", "--input-type=module", "-e", NODE, "--", f"{sandbox.url}/v2.1/messages", keys(sandbox), GOOD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.stdout == "[202,202,200,422,413]\n", done.stderr


# ------------------------------------------------------------------ one connection, many requests


def test_requests_that_are_sent_without_waiting_are_answered_in_their_order(sandbox):
    paths = [f"/v2.1/messages?start_date=2026-10-05&limit={n}" for n in range(1, 21)]
    said = "".join(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {keys(sandbox)}\r\n\r\n" for path in paths
    )
    with dialled(sandbox) as line:
        line.sendall(said.encode())
        line.shutdown(socket.SHUT_WR)
        assert [len(body["data"]) for _, _, body in answers(line)] == list(range(1, 21))


def test_a_client_that_says_it_leaves_gets_its_answer_and_no_other(sandbox):
    said = post(sandbox, "Content-Length: 2", "Connection: Close") + b"{}"
    with dialled(sandbox) as line:
        line.sendall(said)
        ((status, named, _),) = answers(line)
        assert (status, named["connection"]) == (422, "close")


@pytest.mark.parametrize(("head", "stays"), [((), False), (("Connection: keep-alive",), True)])
def test_http_1_0_is_spoken_too(sandbox, head, stays):
    with dialled(sandbox) as line:
        line.sendall(post(sandbox, f"Content-Length: {len(GOOD)}", *head, version="1.0") + GOOD)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert (answer.status, answer.headers["Connection"]) == (202, "keep-alive" if stays else "close")
        answer.read()
        if stays:
            line.sendall(post(sandbox, "Content-Length: 2", version="1.0") + b"{}")
        assert [status for status, _, _ in answers(line)] == ([422] if stays else [])


def test_behind_the_head_that_answers_head_nothing_comes(sandbox):
    """http.client would not notice."""
    rest = f"Host: localhost\r\nAuthorization: {keys(sandbox)}\r\n\r\n"
    head = f"HEAD /v2.1/messages?start_date=2026-10-05 HTTP/1.1\r\n{rest}"
    with dialled(sandbox) as line:
        line.sendall(head.encode() * 2)
        line.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: line.recv(65_536), b""))
    assert [each[:15] for each in said.split(b"\r\n\r\n")] == [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK", b""]


def test_a_client_that_asks_first_is_answered_first(sandbox):
    with dialled(sandbox) as line:
        line.sendall(post(sandbox, f"Content-Length: {len(GOOD)}", "Expect: 100-continue"))
        assert line.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(GOOD)
        line.shutdown(socket.SHUT_WR)
        assert [status for status, _, _ in answers(line)] == [202]


@pytest.mark.parametrize("line", ["Content-Length : 2", "Content-Length", " folded: 2", "a\x00b: 2", "name: a\rb"])
def test_a_head_that_others_might_read_otherwise_is_refused(sandbox, line):
    """Else what one takes for a body another takes for a request."""
    assert statuses(sandbox, post(sandbox, line, "Content-Length: 2") + b"{}") == [400]


# ------------------------------------------------------------------ whatever comes


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"\0", b" GET / HTTP/1.1"]
)
def test_what_is_no_http_is_told_so_without_waiting_for_its_end(sandbox, said):
    """As who says https:// to it."""
    with dialled(sandbox) as line:
        line.sendall(said)
        start = time.monotonic()
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert "without TLS" in json.loads(answer.read())["errors"][0]["detail"]
        assert (answer.status, time.monotonic() - start < 1) == (400, True)


def broken(chance, said):
    """Break a request somewhere: a byte changed, some left out, some twice, some that are none."""
    said = bytearray(said)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at, to = chance.randrange(len(said)), chance.randrange(1, 40)
        kind = chance.randrange(5)
        if kind == 0:
            said[at] = chance.randrange(256)
        elif kind == 1:
            del said[at : at + to]
        elif kind == 2:
            said[at:at] = said[at : at + to]
        elif kind == 3:
            said[at:at] = chance.choice([b"\r\n", b"\0", b"\r\n\r\n", b"%00", b" ", b":", b"\xff\xfe", b"0\r\n\r\n"])
        else:
            del said[max(1, at) :]
    return bytes(said)


def test_a_broken_request_is_answered_and_breaks_nothing(sandbox, capfd):
    chance = random.Random(8)  # noqa: S311  the same breaks each time
    rest = f"Host: localhost\r\nAuthorization: {keys(sandbox)}\r\n\r\n"
    whole = [
        post(sandbox, f"Content-Length: {len(GOOD)}") + GOOD,
        post(sandbox, "Transfer-Encoding: chunked") + chunked(GOOD, 11),
        f"GET /v2.1/messages?start_date=2026-10-05&limit=2 HTTP/1.1\r\n{rest}".encode(),
    ]
    said = [broken(chance, chance.choice(whole)) for _ in range(600)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda each: statuses(sandbox, each), said))
    assert [said[n] for n, each in enumerate(found) if not each and said[n].strip(b"\r\n")] == []
    assert {status for each in found for status in each} <= {200, 202, 400, 401, 403, 404, 405, 413, 415, 421, 422}
    assert statuses(sandbox, whole[0]) == [202]
    assert capfd.readouterr() == ("", "")


def test_fifty_clients_at_once_lose_no_answer():
    """Half of them connect anew each time; after two seconds nothing is left of any."""
    with fr.Sandbox(today="2026-10-31", messages=100, rate=0) as sandbox:
        until, port, done = time.monotonic() + 2, urlsplit(sandbox.url).port, []

        def client(n):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            while time.monotonic() < until:
                if n % 2:
                    line.close()
                line.request(
                    "POST", "/v2.1/messages", GOOD, {"Authorization": keys(sandbox), "Content-Type": KIND[14:]}
                )
                answer = line.getresponse()
                done.append((answer.status, json.loads(answer.read())["data"]["id"]))
            line.close()

        with ThreadPoolExecutor(50) as threads:
            list(threads.map(client, range(50)))
        assert {status for status, _ in done} == {202}
        assert {each for _, each in done} == set(sandbox.taken.id)
        assert len(sandbox.taken) == len(done) > 50
        while [each for each in threading.enumerate() if "_talk" in each.name] and time.monotonic() < until + 5:
            time.sleep(0.01)
        assert not [each for each in threading.enumerate() if "_talk" in each.name]


@pytest.mark.parametrize("path", ["/v2.1/messages?start_date=2026-10-30", "/nowhere"])
@pytest.mark.parametrize("hours", [-3, 0, 100])
def test_the_date_of_a_response_is_the_time_in_the_sandbox_as_in_its_records(path, hours):
    now = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(hours=hours)
    with fr.Sandbox(messages=0, clock=lambda: now) as running:
        keys_ = running.access_key, running.secret_key
        assert parsedate_to_datetime(requests.get(running.url + path, auth=keys_, timeout=9).headers["date"]) == now
        running.tick(days=2, seconds=5)
        later = requests.get(running.url + path, auth=keys_, timeout=9).headers["date"]
    assert parsedate_to_datetime(later) == now + dt.timedelta(days=2, seconds=5)
