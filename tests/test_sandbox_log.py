"""The sandbox's log: every request and answer, typed, bounded, and without a key or a whole phone number."""

import base64
import http.client
import json
import re
from urllib.parse import urlsplit

import pandas as pd
import pytest
import requests
from conftest import TODAY
from receiver import Receiver

import flowroute_nb as fr
from flowroute_nb.sandbox import log as room
from flowroute_nb.sandbox.clock import Clock
from flowroute_nb.sandbox.log import Log

OURS, THEIRS = "12065550100", "15305557784"
COLUMNS = ["at", "who", "method", "path", "status", "request", "answer", "seconds", "attempt"]
DTYPES = ["datetime64[us, UTC]", "str", "str", "str", "Int64", "str", "str", "float64", "Int64"]


@pytest.fixture
def own():
    with fr.Sandbox(clock=lambda: TODAY, messages=0, rate=0) as running:
        yield running


def ask(sandbox, method, path, **options):
    auth = (sandbox.access_key, sandbox.secret_key)
    return requests.request(method, sandbox.url + path, auth=auth, timeout=10, **options)


def send(sandbox, **more):
    return ask(sandbox, "POST", "/v2.1/messages", json={"to": THEIRS, "from": OURS, "body": "Hello"} | more)


def last(sandbox):
    return sandbox.log.iloc[-1]


def test_it_is_typed_also_when_it_is_empty(own):
    empty = own.log
    send(own)
    full = own.log
    for frame, rows in ((empty, 0), (full, 1)):
        assert list(frame) == COLUMNS
        assert [str(each) for each in frame.dtypes] == DTYPES
        assert len(frame) == rows
    assert pd.concat([empty, full]).dtypes.equals(full.dtypes)


def test_each_request_of_a_client_and_its_answer_stand_in_it(own):
    sent = send(own).json()["data"]["id"]
    own.tick(seconds=5)
    ask(own, "GET", f"/v2.1/messages/{sent}?a=b")
    ask(own, "GET", "/v3/")
    requests.get(f"{own.url}/v2.1/messages", timeout=5)
    log = own.log
    assert log.who.tolist() == ["client"] * 4
    assert log[["method", "path", "status"]].values.tolist() == [
        ["POST", "/v2.1/messages", 202],
        ["GET", f"/v2.1/messages/{sent}?a=b", 200],
        ["GET", "/v3/", 404],
        ["GET", "/v2.1/messages", 401],
    ]
    assert [(at - TODAY).total_seconds() for at in log["at"]] == [0, 5, 5, 5]
    assert json.loads(log.request[0])["body"] == "Hello"
    assert json.loads(log.answer[0])["data"]["id"] == sent  # ids stay
    assert json.loads(log.answer[1])["data"]["attributes"]["amount_nanodollars"] == 4_000_000
    assert ((log.seconds > 0) & (log.seconds < 5)).all()
    assert log.attempt.isna().all()


def test_what_the_sandbox_says_itself_stands_in_it_too(own):
    with Receiver(500) as receiver:
        send(own, dlr_callback=receiver.url)
        own.tick(seconds=32)
    log = own.log
    assert log.who.tolist()[:2] == ["client", "sandbox"]
    posts = log[log.who == "sandbox"]
    assert set(posts.path) == {receiver.url}
    assert posts.attempt.tolist().count(1) >= 2
    assert posts.attempt.tolist().count(2) == 2
    assert set(posts.answer) == {"ok"}
    assert [json.loads(said)["data"]["type"] for said in posts.request] == ["delivery_receipt"] * len(posts)


@pytest.mark.parametrize("kind", ["429", "503_retry_after"])
def test_a_refusal_on_demand_stands_in_it(own, kind):
    own.fault(kind)
    send(own)
    assert last(own).status == int(kind[:3])


def test_a_dropped_answer_is_a_row_without_a_status(own):
    own.fault("drop_answer")
    with pytest.raises(requests.ConnectionError):
        send(own)
    row = last(own)
    assert pd.isna(row.status)
    assert (row.method, row.answer) == ("POST", "no answer: drop_answer")


def test_a_request_stands_in_it_before_its_client_hears_the_answer(own):
    for n in range(1, 50):
        send(own)
        assert len(own.log) == n
        assert last(own).status == 202


def test_what_is_hardly_http_stands_in_it_and_nothing_of_the_request_before(own):
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(own.url).port, timeout=5)
    line.request("GET", "/before")
    line.getresponse().read()
    line.sock.sendall(b"what?\r\n\r\n")
    assert b"400" in line.sock.recv(1000)
    line.close()
    assert own.log[["method", "path", "status"]].values.tolist() == [["GET", "/before", 401], ["", "", 400]]


def test_it_can_be_looked_at_after_the_end(own):
    send(own)
    own.stop()
    assert own.log.status.tolist() == [202]


# ------------------------------------------------------------------ bounded


def test_it_keeps_the_newest_and_of_each_the_beginning(monkeypatch):
    monkeypatch.setattr(room, "KEPT", 3)
    with fr.Sandbox(messages=1_000, today="2026-10-31") as sandbox:
        for n in range(1, 6):
            ask(sandbox, "GET", f"/v2.1/messages?start_date=2026-09-01&limit=1000&n={n}")
        log = sandbox.log
        assert [path[-1] for path in log.path] == ["3", "4", "5"]
        assert all(len(answer) <= 1_001 for answer in log.answer)
        assert log.answer.str.endswith("…").all()
        send(sandbox, body="é" * 5_000)
        ask(sandbox, "GET", f"/v2.1/{'x' * 5_000}")
        assert len(sandbox.log.request[1]) <= 1_001
        assert len(sandbox.log.path[2]) <= 1_001


def test_a_request_that_was_cut_shows_no_half_of_a_number(own):
    for length in range(940, 1_010):
        body = ("x" * length + f" {THEIRS} ").encode()
        ask(own, "POST", "/v2.1/messages", data=body)
    assert not re.search(r"\d{5}", "".join(own.log.request))


# ------------------------------------------------------------------ private


def test_no_key_stands_in_it_in_any_spelling(own):
    pair = f"{own.access_key}:{own.secret_key}"
    token = base64.b64encode(pair.encode()).decode()
    for said in (own.access_key, own.secret_key, token, pair):
        ask(own, "GET", f"/v2.1/{said}", data=said)
        send(own, body=said, dlr_callback=f"https://example.com/{said}")
    own.tick(minutes=1)
    shown = own.log.to_csv()
    for secret in (own.access_key, own.secret_key, token):
        assert secret not in shown
        assert secret not in repr(vars(own._service.log)["_entries"])
    assert "Authorization" not in shown
    assert f"…{own.access_key[-4:]}" in shown


NUMBERS = [
    THEIRS,
    f"+{THEIRS}",
    f"%2B{THEIRS}",
    f'"to": "{THEIRS}"',
    f"\\n{THEIRS}",
    f"\\u00e9{THEIRS}",
    f"call{THEIRS}now",
    "5305557784",
    "(530) 555-7784",
    "530-555-7784",
    "530.555.7784",
    "+1 530 555 7784",
    "1-530-555-7784",
    "/v2/numbers/15305557784/relationships/sms_callback",
    "447700900123457784",
]


@pytest.mark.parametrize("said", NUMBERS)
def test_a_number_in_any_spelling_shows_its_last_four_digits(said):
    log = Log(Clock(), ("access", "secret"))
    log.begin("client", "GET", said, said.encode()).end(200, said)
    for shown in log.frame().loc[0, ["path", "request", "answer"]]:
        assert "…7784" in shown
        assert not re.search(r"\d{5}|555", shown)


@pytest.mark.parametrize(
    "said",
    [
        "mdr2-39cadeace66e11e7aff806cd7f24ba2d",
        "mdr2-12345678901234567890123456789012",
        "12345678901234567890123456789012-1",
        "a72cab15-2511-43d3-92e2-123456789012",
        '"amount_nanodollars": 1200000000',
        '"amount_nanodollars": "1200000000"',
        "2026-10-31T12:00:00.000000Z",
        "start_date=2017-12-01T00%3A00%3A00%2B00%3A00&limit=1000&offset=99",
        "http://127.0.0.1:41234/hook",
    ],
)
def test_what_is_no_number_stays(said):
    log = Log(Clock(), ("access", "secret"))
    log.begin("client", "GET", said, b"").end(200, "")
    assert log.frame().path[0] == said


def test_numbers_of_a_whole_conversation_are_masked(own):
    with Receiver() as receiver:
        ask(own, "POST", f"/v2/numbers/%2B{OURS}/relationships/sms_callback", json={"callback_url": receiver.url})
        own.receive(from_=THEIRS, to=OURS, body=f"My other number is +{THEIRS} or (530) 555-7784\n{THEIRS}")
        sent = send(own, dlr_callback=receiver.url).json()["data"]["id"]
        own.tick(seconds=10)
        ask(own, "GET", "/v2.1/messages?start_date=2026-10-31")
    shown = own.log.to_csv()
    assert sent in shown
    for number in (OURS, THEIRS, "5557784"):
        assert number not in shown.replace("-", "").replace(" ", "")
    assert "…7784" in shown
