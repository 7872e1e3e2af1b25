"""Each fault does to a plain client what its sentence says, as often and where it was told, and takes what it says."""

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

import flowroute_nb as fr
from flowroute_nb.sandbox import faults
from flowroute_nb.sandbox.faults import KINDS

GOOD = {"to": "15305557784", "from": "12065550100", "body": "Gee, nice marmot!"}
LIST = "/v2.1/messages?start_date=2026-10-05&end_date=2026-10-20&limit=2"
README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.fixture(scope="module")
def sandbox():
    with fr.Sandbox(today="2026-10-31", messages=200, rate=0) as running:
        yield running


def asked(sandbox, method="POST", path="/v2.1/messages", timeout=5):
    """Ask once on a connection of its own; give the answer, or the exception a plain client gets."""
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=timeout)
    with contextlib.closing(line):
        head = requests.auth._basic_auth_str(sandbox.access_key, sandbox.secret_key)
        body = json.dumps(GOOD) if method == "POST" else None
        try:
            line.request(method, path, body, {"Authorization": head, "Content-Type": "application/json"})
            answer = line.getresponse()
            answer.text = answer.read().decode()
        except (OSError, http.client.HTTPException) as failed:
            return type(failed)
        return answer


def seen(answer):
    """Say what came, in a word."""
    return answer if isinstance(answer, type) else answer.status


# kind: what the sender sees, and how many messages were taken
SEEN = {
    "refuse": (ConnectionRefusedError, 0),
    "drop_before": (http.client.RemoteDisconnected, 0),
    "drop_answer": (http.client.RemoteDisconnected, 1),
    "timeout": (TimeoutError, 1),
    "slow": (TimeoutError, 1),
    "cut_body": (http.client.IncompleteRead, 1),
    "html_502": (502, 0),
    "429": (429, 0),
    "500": (500, 1),
    "503_retry_after": (503, 0),
    "redirect": (307, 0),
    "foreign_next": (202, 1),
    "looping_next": (202, 1),
}


def patience(kind):
    return 0.3 if SEEN[kind][0] is TimeoutError else 5


def test_every_kind_is_in_the_table():
    assert set(SEEN) == set(KINDS)


@pytest.mark.parametrize("kind", SEEN)
def test_a_fault_does_what_its_sentence_says_and_then_is_over(sandbox, kind):
    expected, taken = SEEN[kind]
    before = len(sandbox.taken)
    with sandbox.fault(kind):
        assert seen(asked(sandbox, timeout=patience(kind))) == expected
        assert len(sandbox.taken) == before + taken
        if "is taken" in KINDS[kind]:
            assert ("the request is taken" in KINDS[kind]) == bool(taken)
        if kind != "refuse":
            assert seen(asked(sandbox)) == 202
    assert seen(asked(sandbox)) == 202
    assert len(sandbox.taken) == before + taken + (1 if kind == "refuse" else 2)


@pytest.mark.parametrize("kind", sorted(set(SEEN) - {"foreign_next", "looping_next"}))
def test_a_fault_does_the_same_to_who_reads(sandbox, kind):
    with sandbox.fault(kind):
        assert seen(asked(sandbox, "GET", LIST, patience(kind))) == SEEN[kind][0]
    assert seen(asked(sandbox, "GET", LIST)) == 200


# ------------------------------------------------------------------ what came, looked at closely


def test_who_is_refused_has_no_connection_and_a_kept_one_is_gone(sandbox):
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=5)
    with contextlib.closing(line):
        line.request("GET", "/v2.1/messages")
        line.getresponse().read()
        with sandbox.fault("refuse"):
            assert line.sock.recv(1) == b""
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port))


def test_who_is_being_answered_when_the_port_is_shut_is_still_answered(sandbox):
    answers = []
    with sandbox.fault("slow", seconds=0.3):
        waiting = threading.Thread(target=lambda: answers.append(asked(sandbox, timeout=5)))
        waiting.start()
        time.sleep(0.1)
        with sandbox.fault("refuse"):
            waiting.join()
    assert (answers[0].status, answers[0].headers["Connection"]) == (202, "close")


def test_a_port_is_shut_for_as_long_as_told_and_stays_the_sandbox_s(sandbox):
    url, start = sandbox.url, time.monotonic()
    sandbox.fault("refuse", seconds=0.3)
    with pytest.raises(OSError, match=r"in use|Address"), socket.socket() as other:
        other.bind(("127.0.0.1", urlsplit(url).port))
    while seen(asked(sandbox)) is ConnectionRefusedError:
        time.sleep(0.01)
    assert 0.3 <= time.monotonic() - start < 1.3
    assert sandbox.url == url


def test_in_a_block_the_port_is_shut_until_its_end_unless_told_how_long(sandbox, monkeypatch):
    monkeypatch.setitem(faults._SECONDS, "refuse", 0.1)
    for seconds, expected in ((None, ConnectionRefusedError), (0.1, 202)):
        with sandbox.fault("refuse", seconds=seconds):
            time.sleep(0.3)
            assert seen(asked(sandbox)) == expected
        assert seen(asked(sandbox)) == 202


def test_a_sandbox_whose_port_is_shut_ends_at_once():
    with fr.Sandbox(messages=0) as sandbox:
        sandbox.fault("refuse", seconds=3600)
        start = time.monotonic()
    assert time.monotonic() - start < 1


def test_an_answer_that_is_cut_was_announced_whole(sandbox):
    whole = asked(sandbox, "GET", LIST).text.encode()
    sandbox.fault("cut_body")
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=5) as line:
        head = requests.auth._basic_auth_str(sandbox.access_key, sandbox.secret_key)
        line.sendall(
            f"GET {LIST} HTTP/1.1\r\nHost: {urlsplit(sandbox.url).netloc}\r\nAuthorization: {head}\r\n\r\n".encode()
        )
        said, _, body = b"".join(iter(lambda: line.recv(65_536), b"")).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(whole)}\r\n".encode() in said
    assert body == whole[: len(whole) // 2]


def test_a_gateway_s_page_is_html_and_so_says_its_head(sandbox):
    sandbox.fault("html_502")
    answer = asked(sandbox)
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("503_retry_after", 503)])
def test_a_refusal_has_the_shape_of_all_errors(sandbox, kind, status):
    sandbox.fault(kind)
    (error,) = json.loads(asked(sandbox).text)["errors"]
    assert error["status"] == status


@pytest.mark.parametrize(("seconds", "said"), [(None, "1"), (0, "0"), (7, "7"), (1.2, "2")])
def test_maintenance_says_when_to_come_again(sandbox, seconds, said):
    sandbox.fault("503_retry_after", seconds=seconds)
    assert asked(sandbox).headers["Retry-After"] == said


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_leads_to_the_same_path_on_a_host_that_can_t_be(sandbox, method):
    sandbox.fault("redirect")
    path = LIST if method == "GET" else "/v2.2/messages"
    assert asked(sandbox, method, path).headers["Location"] == f"https://elsewhere.example{path}"


def test_a_foreign_link_is_the_true_one_on_another_host(sandbox):
    true = json.loads(asked(sandbox, "GET", LIST).text)
    sandbox.fault("foreign_next")
    page = json.loads(asked(sandbox, "GET", LIST).text)
    assert page["data"] == true["data"]
    assert page["links"]["next"] == true["links"]["next"].replace(sandbox.url, "https://elsewhere.example")


def test_a_looping_link_leads_back_to_its_own_page_also_from_the_last_one(sandbox):
    for path in (LIST, LIST.replace("limit=2", "limit=1000")):
        true = json.loads(asked(sandbox, "GET", path).text)
        sandbox.fault("looping_next")
        page = json.loads(asked(sandbox, "GET", path).text)
        assert page["data"] == true["data"]
        assert page["links"]["next"] == sandbox.url + path


@pytest.mark.parametrize("kind", ["foreign_next", "looping_next"])
def test_a_link_goes_wrong_on_a_page_and_waits_for_one(sandbox, kind):
    fault = sandbox.fault(kind)
    assert seen(asked(sandbox)) == 202
    assert seen(asked(sandbox, "GET", "/v2.1/messages/none")) == 404
    assert fault.left == 1
    refused = asked(sandbox, "GET", "/v2.1/messages")  # a page that is refused has no link to spoil
    assert (refused.status, list(json.loads(refused.text)), fault.left) == (422, ["errors"], 0)


# ------------------------------------------------------------------ how long, how often, where


@pytest.mark.parametrize("kind", ["slow", "timeout"])
def test_who_hangs_up_is_not_waited_for_and_the_end_of_a_block_ends_the_waiting(kind):
    others = threading.enumerate()  # a sandbox of another test may not have been collected yet
    with fr.Sandbox(messages=0, rate=0) as sandbox:

        def talking():
            return [each for each in threading.enumerate() if "_talk" in each.name and each not in others]

        sandbox.fault(kind, seconds=60)
        assert seen(asked(sandbox, timeout=0.1)) is TimeoutError
        until = time.monotonic() + 5
        while talking() and time.monotonic() < until:
            time.sleep(0.01)
        assert not talking()
        found = []
        with sandbox.fault(kind, seconds=60):
            waiting = threading.Thread(target=lambda: found.append(seen(asked(sandbox, timeout=10))))
            waiting.start()
            time.sleep(0.1)
        waiting.join(5)
        assert found == [202 if kind == "slow" else http.client.RemoteDisconnected]
        assert len(sandbox.taken) == 2


def test_a_timeout_closes_the_connection_in_the_end(sandbox):
    sandbox.fault("timeout", seconds=0.2)
    start = time.monotonic()
    assert seen(asked(sandbox, timeout=5)) is http.client.RemoteDisconnected
    assert 0.2 <= time.monotonic() - start < 2


def test_a_fault_is_armed_without_a_block_and_says_what_is_left_of_it(sandbox):
    fault = sandbox.fault("429", 2, on="POST /messages")
    assert repr(fault) == "<Fault 429 on POST /messages, 2 left>"
    assert [seen(asked(sandbox)) for _ in range(3)] == [429, 429, 202]
    assert repr(fault) == "<Fault 429 on POST /messages, 0 left>"
    with sandbox.fault("refuse", seconds=0.5) as shut:
        assert repr(shut) == "<Fault refuse, for 0.5 seconds>"


def test_a_fault_ends_with_its_block_also_when_it_was_not_used_up_or_the_block_failed(sandbox):
    with contextlib.suppress(ZeroDivisionError), sandbox.fault("500", times=100) as fault:
        assert fault.left == 100
        assert seen(asked(sandbox)) == 500
        raise ZeroDivisionError
    assert fault.left == 99
    assert seen(asked(sandbox)) == 202


@pytest.mark.parametrize(
    ("on", "method", "path", "fits"),
    [
        ("POST /messages", "POST", "/v2.1/messages", True),
        ("POST /messages", "POST", "/v2/messages/", True),
        ("POST /messages", "GET", LIST, False),
        ("GET /messages", "GET", LIST, True),
        ("GET /messages", "GET", "/v2.2/messages/mdr2-1", True),
        ("GET /messages", "GET", "/v2.2/%6dessages/mdr2-1", True),
        ("GET /messages", "GET", "http://127.0.0.1/v2.2/messages", True),
        ("GET /messages", "HEAD", "/v2.1/messages", True),
        ("GET /messages", "GET", "/v2/message-stats", False),
        ("GET /messages/mdr2-1", "GET", "/v2.1/messages/mdr2-1", True),
        ("GET /messages/mdr2-1", "GET", "/v2.1/messages/mdr2-12", False),
        ("GET /messages/mdr2-1", "GET", LIST, False),
        ("GET /numbers", "GET", "/v2/numbers?limit=3", True),
        ("PUT /messages/sms_callback", "PUT", "/v2.1/messages/sms_callback", True),
        (None, "GET", "/", True),
    ],
)
def test_a_fault_happens_where_it_was_told(sandbox, on, method, path, fits):
    with sandbox.fault("429", on=on) as fault:
        assert (seen(asked(sandbox, method, path)) == 429) is fits
        assert fault.left == 1 - fits


def test_faults_happen_in_the_order_they_were_told(sandbox):
    for kind in ("html_502", "429", "500"):
        sandbox.fault(kind)
    assert [seen(asked(sandbox)) for _ in range(4)] == [502, 429, 500, 202]


# ------------------------------------------------------------------ told wrongly


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("explode", {}, "fault('explode') is no kind of fault. Give one of these: 'refuse'"),
        (429, {}, "fault(429) is no kind of fault"),
        (["429"], {}, "fault(['429']) is no kind of fault"),
        ("429", {"times": 0}, "times=0 is no number of requests"),
        ("429", {"times": True}, "times=True is no number"),
        ("429", {"on": "POST /v2.1/messages"}, "without the version. Give one of these"),
        ("429", {"on": "POST messages"}, "on='POST messages' is no method and path"),
        ("429", {"on": "post /messages"}, "on='post /messages' is no method and path"),
        ("429", {"on": "POST /mesages"}, "POST /messages, GET /messages, PUT /messages"),
        ("429", {"on": "PUT /numbers"}, "is no method and path of Flowroute's"),
        ("429", {"on": "GET /messages?limit=2"}, "is no method and path"),
        ("429", {"on": ""}, "on='' is no method and path"),
        ("429", {"on": 5}, "on=5 is no method and path"),
        ("slow", {"seconds": -1}, "seconds=-1 is no pause from 0 to 3600 seconds"),
        ("429", {"seconds": 1}, "fault('429') takes no time, and seconds=1 was given"),
        ("foreign_next", {"on": "POST /messages"}, "Give GET /messages or GET /numbers"),
        ("refuse", {"times": 2}, "who can't connect is not counted"),
        ("refuse", {"on": "POST /messages"}, "never says what it wanted. Leave times= and on= out"),
    ],
)
def test_a_fault_that_can_t_be_is_refused_in_a_sentence(sandbox, kind, options, said):
    with pytest.raises(fr.InputError) as wrong:
        sandbox.fault(kind, **options)
    assert said in str(wrong.value)
    assert seen(asked(sandbox)) == 202


def test_a_wrong_keyword_is_a_type_error(sandbox):
    with pytest.raises(TypeError, match="no keyword 'time'. Did you mean 'times'"):
        sandbox.fault("429", time=2)


def test_a_stopped_sandbox_has_no_faults():
    with fr.Sandbox(messages=0) as sandbox:
        pass
    with pytest.raises(fr.InputError, match="This sandbox was stopped"):
        sandbox.fault("429")


# ------------------------------------------------------------------ told in three places


def test_the_docstring_and_the_readme_say_of_each_kind_what_the_table_says():
    docstring = dict(re.findall(r"- ``(\w+)``: (.*?)(?= - ``| times :)", " ".join(fr.Sandbox.fault.__doc__.split())))
    assert docstring == KINDS
    rows = README[README.index("| fault | what happens |") :].split("\n\n")[0].splitlines()[2:]
    assert dict(re.fullmatch(r"\| `(\w+)` \| (.*) \|", row).groups() for row in rows) == KINDS
