"""Clients of every kind meet the sandbox: other people's, slow, large and wrong ones; each gets an answer in JSON."""

import base64
import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

import flowroute_nb as fr
from flowroute_nb.sandbox import server as server_room

GOOD = {"to": "15305557784", "from": "12065550100", "body": "Gee, nice marmot!"}


def keys(sandbox):
    return "Basic " + base64.b64encode(f"{sandbox.access_key}:{sandbox.secret_key}".encode()).decode()


def asked(sandbox, head, body=b"", *, more=True):
    """Say something word for word, with the keys unless told otherwise, and give the status and the error."""
    if "\r\nHost:" not in head:
        head = head.replace(" HTTP/1.1", " HTTP/1.1\r\nHost: localhost", 1)
    said = head.encode("latin-1") + (f"\r\nAuthorization: {keys(sandbox)}\r\n\r\n".encode() if more else b"") + body
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=10) as line:
        with contextlib.suppress(OSError):  # a client that is still talking when it is answered
            line.sendall(said)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        found = json.loads(answer.read())
        return answer.status, found["errors"][0] if "errors" in found else found


def post(sandbox, body, kind="application/json"):
    head = f"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return asked(sandbox, head, body)


# ------------------------------------------------------------------ other people's clients


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_the_names_of_heads_may_be_spelled_in_any_case(sandbox, spell):
    """Node's fetch writes them all in lower case."""
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=5)
    with contextlib.closing(line):
        heads = {spell("authorization"): keys(sandbox), spell("content-type"): "application/json"}
        line.request("POST", "/v2.1/messages", json.dumps(GOOD), heads)
        answer = line.getresponse()
        assert (answer.status, json.loads(answer.read())["data"]["type"]) == (202, "message")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_sends_and_reads_as_the_documentation_shows(sandbox):
    def curl(*said):
        command = ["curl", "-sS", "--noproxy", "*", "-u", f"{sandbox.access_key}:{sandbox.secret_key}", *said]
        return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=20).stdout)

    kind = "Content-Type: application/vnd.api+json"
    sent = curl("-H", kind, "-d", json.dumps(GOOD), f"{sandbox.url}/v2.1/messages")["data"]
    sandbox.tick(seconds=4)
    assert curl(sent["links"]["self"])["data"]["attributes"]["body"] == GOOD["body"]
    page = curl(f"{sandbox.url}/v2.1/messages?start_date=2026-10-01T00%3A00%3A00.000Z&limit=3")
    assert len(page["data"]) == 3
    assert len(curl(page["links"]["next"])["data"]) == 3
    (refused,) = curl("-d", "@-", "-H", kind, "-H", "Expect: 100-continue", f"{sandbox.url}/v2.1/messages")["errors"]
    assert refused["status"] == 400  # stdin is empty, which is not JSON


def test_one_connection_serves_many_requests_without_waiting(sandbox):
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=5)
    with contextlib.closing(line):
        start = time.perf_counter()
        for _ in range(100):
            line.request("GET", "/v2.1/messages/none", headers={"Authorization": keys(sandbox)})
            answer = line.getresponse()
            assert (answer.status, answer.will_close) == (404, False)
            answer.read()
        assert time.perf_counter() - start < 2  # 4.4 with Nagle's algorithm and one packet a line


def test_head_is_answered_as_get_is_without_the_body(sandbox):
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=5)
    with contextlib.closing(line):
        for path, status in (("/v2.1/messages?start_date=2026-10-05", 200), ("/v2.1/messages", 422), ("/", 404)):
            said = []
            for method in ("HEAD", "GET"):
                line.request(method, path, headers={"Authorization": keys(sandbox)})
                answer = line.getresponse()
                said.append((answer.status, answer.headers["Content-Length"], answer.read()))
            assert said[0] == (status, said[1][1], b"")
            assert len(said[1][2]) == int(said[1][1]) > 0


def test_twenty_clients_at_once_all_get_an_answer_and_an_id_of_their_own():
    with fr.Sandbox(today="2026-10-31", messages=200, rate=0) as sandbox:

        def work(n):
            with requests.Session() as session:
                session.trust_env, session.auth = False, (sandbox.access_key, sandbox.secret_key)
                url = f"{sandbox.url}/v2.1/messages"
                sent = [session.post(url, json=GOOD | {"body": f"{n} {turn}"}) for turn in range(10)]
                read = [session.get(f"{url}?start_date=2026-09-01&end_date=2026-10-31&limit=500") for _ in range(5)]
                assert {answer.status_code for answer in sent} == {202}
                return [answer.json()["data"]["id"] for answer in sent], {answer.content for answer in read}

        with ThreadPoolExecutor(20) as threads:
            done = list(threads.map(work, range(20)))
        ids = [each for sent, _ in done for each in sent]
        assert len(set(ids)) == 200
        assert set(sandbox.taken.id) == set(ids)
        assert len({page for _, pages in done for page in pages}) == 1


# ------------------------------------------------------------------ slow ones


@pytest.fixture
def hasty(monkeypatch):
    """A sandbox that waits for nobody longer than half a second."""
    monkeypatch.setattr(server_room.Server, "patience", 0.5)
    with fr.Sandbox(today="2026-10-31", messages=0) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    "said",
    [
        "GET /v2.1/mess",
        "GET /v2.1/messages HTTP/1.1\r\n",
        "GET /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nAuthoriz",
        "POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{",
    ],
)
def test_a_request_that_stops_halfway_is_answered_408(hasty, said, capfd):
    assert asked(hasty, said, more=False)[0] == 408
    assert capfd.readouterr() == ("", "")


def test_a_request_that_drips_is_answered_408_however_often_it_drips(hasty):
    with socket.create_connection(("127.0.0.1", urlsplit(hasty.url).port), timeout=10) as line:
        start = time.monotonic()

        def drip():
            with contextlib.suppress(OSError):
                for letter in b"GET /v2.1/messages/" + b"x" * 1_000:
                    line.sendall(bytes([letter]))
                    time.sleep(0.05)

        dripping = threading.Thread(target=drip)
        dripping.start()
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 408
        assert time.monotonic() - start < 2
        answer.close()
        line.shutdown(socket.SHUT_RDWR)
        dripping.join()


def test_a_connection_on_which_nobody_says_anything_is_closed_in_silence(hasty):
    with socket.create_connection(("127.0.0.1", urlsplit(hasty.url).port), timeout=10) as line:
        assert line.recv(100) == b""


def test_a_client_that_never_reads_does_not_hold_the_others_up():
    with (
        fr.Sandbox(today="2026-10-31", messages=5_000) as sandbox,
        socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=10) as line,
    ):
        head = "GET /v2.1/messages?start_date=2026-09-01&limit=5000 HTTP/1.1\r\nHost: localhost\r\n"
        line.sendall(f"{head}Authorization: {keys(sandbox)}\r\n\r\n".encode() * 20)  # megabytes, and nobody reads them
        assert asked(sandbox, "GET /v2.1/messages/none HTTP/1.1")[0] == 404


# ------------------------------------------------------------------ large ones, and lies about how large


def test_a_body_of_ten_megabytes_is_refused_and_the_answer_can_be_read(sandbox):
    """A client that says all before it listens, as this one, would see a broken pipe if nobody heard it out."""
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=10)
    with contextlib.closing(line):
        line.request("POST", "/v2.1/messages", b"x" * 10_000_000, {"Authorization": keys(sandbox)})
        answer = line.getresponse()
        assert (answer.status, json.loads(answer.read())["errors"][0]["status"]) == (413, 413)


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("Content-Length: 99999999999", 413),
        ("Content-Length: " + "9" * 5_000, 413),
        ("Content-Length: +2", 400),
        ("Content-Length: -1", 400),
        ("Content-Length: ²", 400),
        ("Content-Length: 2\r\nContent-Length: 3", 400),
        ("Transfer-Encoding: gzip", 400),
        ("Transfer-Encoding: gzip, chunked", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 2", 400),
        ("Content-Length: 2\r\nContent-Length: 2", 415),  # said twice, but the same: the rest is looked at
    ],
)
def test_a_length_that_can_t_be_is_refused_at_once(sandbox, length, status):
    start = time.monotonic()
    assert asked(sandbox, f"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\n{length}", b"{}")[0] == status
    assert time.monotonic() - start < 1


def test_what_follows_a_body_that_is_longer_than_it_said_is_not_http(sandbox):
    said = asked(
        sandbox, "POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1", b"{}"
    )
    assert said[0] == 415
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=10) as line:
        line.sendall(b"POST /v2.1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n{}}}}\r\n")
        line.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: line.recv(65_536), b""))
    assert answers.count(b'"errors"') == 2
    assert b" 401 " in answers
    assert b" 400 " in answers


# ------------------------------------------------------------------ wrong ones


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET http://[ HTTP/1.1", 400),
        ("GET //[x HTTP/1.1", 404),
        ("GET /%ff%00/%ed%a0%80 HTTP/1.1", 404),
        ("GET /v2.1/messages/%ed%a0%80%00 HTTP/1.1", 404),
        ("GET /v2.1/messages/\xff\xfe HTTP/1.1", 404),
        ("GET /v2.1/messages/" + "x" * 60_000 + " HTTP/1.1", 404),
        ("GET /" + "x" * 70_000 + " HTTP/1.1", 400),
        ("GET /v2.1/messages HTTP/2.0", 400),
        ("GET /v2.1/messages HTTP/1.1\r\n" + "\r\n".join(f"X{n}: y" for n in range(300)), 400),
        ("GET /v2.1/messages?start_date=2026-10-01&limit=٣ HTTP/1.1".encode().decode("latin-1"), 422),
        ("GET /v2.1/messages?start_date=%D9%A2026-10-01 HTTP/1.1", 422),
        ("GET /v2.1/messages?start_date=2026-10-01&start_date= HTTP/1.1", 422),
        ("GET /v2.1/messages?start_date=20261001 HTTP/1.1", 422),
        ("GET /v2.1/messages?start_date=2026-10-01T10:00:00%2B02:00 HTTP/1.1", 422),
        ("GET /v2.1/messages?start_date=2026-10-01&offset=-9999999999999999999999 HTTP/1.1", 422),
        ("OPTIONS * HTTP/1.1", 404),
        ("PATCH /v2.1/messages HTTP/1.1", 405),
        ("TRACE /v2.1/messages HTTP/1.1", 405),
    ],
)
def test_an_address_that_can_t_be_is_answered_in_json(sandbox, head, status, capfd):
    found, error = asked(sandbox, head)
    assert (found, error["status"]) == (status, status)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("said", ["Basic \xe9\xe9", "Basic", "Basic !!!!", "Bearer abc", "Basic 0w==", "\xff"])
def test_keys_that_are_hardly_text_are_a_401(sandbox, said):
    found, _ = asked(sandbox, f"GET /v2.1/messages HTTP/1.1\r\nAuthorization: {said}\r\n\r\n", more=False)
    assert found == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (rb'{"to": "15305557784", "from": "12065550100", "body": "\ud800"}', 422),
        (rb'{"to": "15305557784", "from": "12065550100", "media_urls": ["http://x/\ud800"]}', 422),
        (b'{"to": "15305557784", "from": "12065550100", "media_urls": ["http://5H]=Z"]}', 422),
        (b'{"to": "15305557784", "from": "12065550100", "body": "x", "media_urls": {}}', 422),
        (b'{"to": "15305557784", "from": "12065550100", "body": "x", "dlr_callback": "http://[1]"}', 422),
        ('{"to": "1٣٣٣٣٣٣٣٣٣٣", "from": "12065550100", "body": "x"}'.encode(), 422),
        (b'{"to": 1e999, "from": NaN, "body": "x"}', 400),
        (b'{"to": ' + b"9" * 5_000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe{\x00}\x00", 400),
        (b"", 400),
        (b"null", 422),
        (b'"text"', 422),
        (b'{"data": null}', 422),
        (b'{"data": {"attributes": []}}', 422),
    ],
)
def test_a_body_that_can_t_be_is_refused_and_not_taken(sandbox, body, status, capfd):
    before = len(sandbox.taken)
    assert post(sandbox, body)[0] == status
    assert len(sandbox.taken) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("body", ["a\0b", "日本 😀", "x" * 100_000, '"\\\n\t\x1f</script>', "%s {0} ' or 1=1 --"])
def test_whatever_text_was_sent_comes_back_as_it_was(sandbox, body):
    sent = post(sandbox, json.dumps(GOOD | {"body": body}).encode(), "application/json; charset=utf-8")[1]["data"]["id"]
    sandbox.tick(seconds=4)
    for version in ("v2", "v2.1", "v2.2"):
        assert asked(sandbox, f"GET /{version}/messages/{sent} HTTP/1.1")[1]["data"]["attributes"]["body"] == body
    assert sandbox.taken.body.iloc[-1] == body


def test_a_fault_of_the_sandbox_s_own_is_a_500_in_json(capfd):
    with fr.Sandbox(messages=0) as sandbox:
        sandbox._state._db.execute("drop table messages")
        found, error = asked(sandbox, "GET /v2.1/messages/x HTTP/1.1")
    assert (found, error["status"], error["title"]) == (500, 500, "Internal Server Error")
    assert capfd.readouterr() == ("", "")
