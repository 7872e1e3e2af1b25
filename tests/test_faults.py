"""Every fault against every verb, on raw sockets and by the sandbox; the table it prints is the promise: class, requests
taken, seconds.
"""

import socket
import time

import pytest
from faulty import PAGE, RECORD, SENT, Faulty, answer, close, cut, drip, reset, silence

import flowroute_nb as fr
from flowroute_nb.sandbox.faults import KINDS

OK = {
    "send": answer("202 Accepted", SENT),
    "lookup": answer(body=RECORD),
    "messages": answer(body=PAGE),
    "pages": answer(body=PAGE),
}
DO = {
    "send": lambda account: account.send(to="12065550101", body="Are you there?"),
    "lookup": lambda account: account.lookup("mdr2-1"),
    "messages": lambda account: account.messages("2026-10-05", progress=False, workers=1),
    "pages": lambda account: list(account.pages("2026-10-05", workers=1)),
}
DEADLINE, TRIES = 2.0, 2


def later(line):
    """Answer nothing and keep the connection open, until the client hangs up."""
    silence(5)(line)


def moved(status, where):
    return answer(f"{status} Moved", Location=where)


# fault -> what the server does for ever, the class for a send, and for a read
FAULTS = {
    "closed after taking": (close, "OutcomeUnknown", "Unreachable"),
    "reset": (reset, "OutcomeUnknown", "Unreachable"),
    "read timeout": (later, "OutcomeUnknown", "Unreachable"),
    "half a head": (lambda line: line.sendall(b"HTTP/1.1 20"), "OutcomeUnknown", "Unreachable"),
    "half a head, later": (
        lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Le"),
        "OutcomeUnknown",
        "Unreachable",
    ),
    "cut body": (cut(answer(body=PAGE), -9), "OutcomeUnknown", "Unreachable"),
    "slow drip": (drip(answer(body=PAGE), 0.1), "OutcomeUnknown", "Unreachable"),
    "rubbish with 202": (answer("202 Accepted", b"<html>"), "OutcomeUnknown", "ServiceBroken"),
    "202 without an id": (answer("202 Accepted", b'{"data":{}}'), "OutcomeUnknown", "BadRecords"),
    "429": (answer("429 Slow down"), "RateLimited", "RateLimited"),
    "429, Retry-After: 1": (answer("429 Slow down", Retry_After=1), "RateLimited", "RateLimited"),
    "429, Retry-After: a date": (
        answer("429 Slow down", Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"),
        "RateLimited",
        "RateLimited",
    ),
    "429, Retry-After: 86400": (answer("429 Slow down", Retry_After=86400), "RateLimited", "RateLimited"),
    "429, Retry-After: rubbish": (answer("429 Slow down", Retry_After="soon"), "RateLimited", "RateLimited"),
    "500": (answer("500 Broken"), "OutcomeUnknown", "ServiceBroken"),
    "503, Retry-After: 1": (answer("503 Busy", Retry_After=1), "OutcomeUnknown", "ServiceBroken"),
    "HTML 502": (answer("502 Bad Gateway", b"<html>oops</html>"), "OutcomeUnknown", "ServiceBroken"),
    "301, same host": (moved(301, "/v2.1/elsewhere"), "OutcomeUnknown", "ServiceBroken"),
    "302, other host": (moved(302, "https://elsewhere.example/"), "OutcomeUnknown", "ServiceBroken"),
    "307, http": (moved(307, "http://elsewhere.example/"), "OutcomeUnknown", "ServiceBroken"),
    "308, other host": (moved(308, "https://elsewhere.example/"), "OutcomeUnknown", "ServiceBroken"),
}
TABLE = []


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("flowroute_nb.client._DEADLINE", DEADLINE)
    monkeypatch.setattr("flowroute_nb.client._TRIES", TRIES)
    monkeypatch.setattr("flowroute_nb.client._LONGEST_WAIT", 0.1)


def shortly(seconds):
    """Sleep a tenth as long: that a pause is as long as asked is seen in tests/test_client.py and tests/test_broken.py."""
    time.sleep(seconds / 10)


def attempt(verb, url, timeout=(0.3, 5)):
    """Do it, and give the error's class and how long it took."""
    account = fr.Account(access_key="AK", secret_key="SK", base_url=url, from_="12065550100", timeout=timeout)
    account._client._chance, account._client._sleep = (lambda: 0.1), shortly
    began = time.monotonic()
    with pytest.raises(fr.FlowrouteError) as failed:
        DO[verb](account)
    return failed.value, time.monotonic() - began


@pytest.mark.parametrize("verb", DO)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_class_and_a_send_is_taken_once(fault, verb, monkeypatch):
    step, sent, read = FAULTS[fault]
    if fault == "slow drip":
        monkeypatch.setattr("flowroute_nb.client._DEADLINE", 1.0)
    with Faulty(step) as server:
        error, seconds = attempt(verb, server.url, (0.3, {"slow drip": 30, "read timeout": 0.2}.get(fault, 5)))
        taken = len(server.taken)
    TABLE.append((fault, verb, type(error).__name__, taken, seconds))
    assert type(error).__name__ == (sent if verb == "send" else read)
    if verb == "send":
        assert taken == (TRIES if "429" in fault else 1)  # a 429 was not taken: each is another attempt
    if type(error) is fr.OutcomeUnknown:
        assert (error.to, error.body) == ("12065550101", "Are you there?")
        assert "account.messages(" in str(error)
    assert seconds < 3 * (DEADLINE + 1)


@pytest.mark.parametrize("verb", DO)
def test_what_never_was_a_connection_was_not_taken(verb, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"http://127.0.0.1:{listener.getsockname()[1]}"
    error, seconds = attempt(verb, closed)
    TABLE.append(("refused", verb, type(error).__name__, 0, seconds))
    assert type(error) is fr.errors.Unreachable

    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error, seconds = attempt(verb, "https://nowhere.invalid")
    TABLE.append(("DNS", verb, type(error).__name__, 0, seconds))
    assert type(error) is fr.errors.Unreachable


@pytest.mark.parametrize("verb", DO)
def test_closed_before_taking_is_unknown_for_a_send(verb):
    with Faulty(close) as server:
        server._request = lambda _: None  # hang up on whoever connects
        error, seconds = attempt(verb, server.url)
        TABLE.append(("closed before taking", verb, type(error).__name__, len(server.taken), seconds))
    assert type(error).__name__ == ("OutcomeUnknown" if verb == "send" else "Unreachable")


# the sandbox's own faults: the class for a send, how many messages it took, the class for a look-up and for a list
BY_THE_SANDBOX = {
    "refuse": ("Unreachable", 0, "Unreachable", "Unreachable"),
    "drop_before": ("OutcomeUnknown", 0, "Unreachable", "Unreachable"),
    "drop_answer": ("OutcomeUnknown", 1, "Unreachable", "Unreachable"),
    "timeout": ("OutcomeUnknown", 1, "Unreachable", "Unreachable"),
    "slow": ("OutcomeUnknown", 1, "Unreachable", "Unreachable"),
    "cut_body": ("OutcomeUnknown", 1, "Unreachable", "Unreachable"),
    "html_502": ("OutcomeUnknown", 0, "ServiceBroken", "ServiceBroken"),
    "429": ("RateLimited", 0, "RateLimited", "RateLimited"),
    "500": ("OutcomeUnknown", 1, "ServiceBroken", "ServiceBroken"),
    "503_retry_after": ("OutcomeUnknown", 0, "ServiceBroken", "ServiceBroken"),
    "redirect": ("OutcomeUnknown", 0, "ServiceBroken", "ServiceBroken"),
    "foreign_next": ("Sent", 1, "Series", "ServiceBroken"),
    "looping_next": ("Sent", 1, "Series", "ServiceBroken"),
}


def test_every_fault_of_the_sandbox_is_in_the_table():
    assert set(BY_THE_SANDBOX) == set(KINDS)


@pytest.mark.parametrize("verb", DO)
@pytest.mark.parametrize("fault", BY_THE_SANDBOX)
def test_a_fault_of_the_sandbox_has_its_class_and_a_send_is_taken_at_most_once(sandbox, fault, verb):
    sent, taken, *read = BY_THE_SANDBOX[fault]
    kind = {"send": sent, "lookup": read[0]}.get(verb, read[1])
    before, began = len(sandbox.taken), time.monotonic()
    account = sandbox.account(timeout=(0.3, 0.2 if fault in ("slow", "timeout") else 5))
    account._client._chance, account._client._sleep = (lambda: 0.1), shortly
    record = sandbox.account().messages("2026-10-05", progress=False).id[0]
    with sandbox.fault(fault) if fault == "refuse" else sandbox.fault(fault, times=1_000):
        try:
            got = account.lookup(record) if verb == "lookup" else DO[verb](account)
        except fr.FlowrouteError as failed:
            got = failed
    TABLE.append((f"sandbox: {fault}", verb, type(got).__name__, len(sandbox.taken) - before, time.monotonic() - began))
    assert type(got).__name__ == kind
    assert len(sandbox.taken) - before == (taken if verb == "send" else 0)
    if verb == "send":  # and when the fault is over a send is one message more
        account.send(to="12065550101", body="And now?")
        assert sandbox.taken.body.iloc[before:].tolist() == ["Are you there?"] * taken + ["And now?"]


def test_who_was_refused_tries_again_and_the_message_is_taken_once(sandbox, monkeypatch):
    monkeypatch.setattr("flowroute_nb.client._TRIES", 20)
    before = len(sandbox.taken)
    account = sandbox.account()
    account._client._chance = lambda: 1.0
    sandbox.fault("refuse", seconds=0.3)
    account.send(to="12065550101", body="Are you there?")
    assert len(sandbox.taken) == before + 1


def test_the_table_of_faults_is_printed(capsys):
    if len(TABLE) < len(DO) * (len(FAULTS) + len(BY_THE_SANDBOX)):
        return  # only a part of the tests was chosen
    with capsys.disabled():
        print(f"\n{'fault':28}{'verb':10}{'error':16}{'taken':>6}{'seconds':>9}")
        for fault, verb, kind, taken, seconds in TABLE:
            print(f"{fault:28}{verb:10}{kind:16}{taken:6}{seconds:9.2f}")
    assert all(taken <= 1 for fault, verb, _, taken, _ in TABLE if verb == "send" and "429" not in fault)
