"""A response is never taken for that of another request, whatever else comes over the connection."""

import threading
import time as clock
from types import SimpleNamespace

import pytest
from faulty import PAGE, RECORD, Faulty, answer
from test_client import of
from test_not_sent import HOST, Listener, certificates, no_settings, tls, tunnel

import flowroute_nb as fr

__all__ = ["certificates", "no_settings"]  # fixtures

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
UNKNOWN = b"HTTP/1.1 199 Whatever\r\nContent-Length: 5\r\n\r\n"
READ = {
    "lookup": (lambda account: account.lookup("mdr2-1").name, answer(body=RECORD), "mdr2-1"),
    "messages": (
        lambda account: account.messages("2026-10-05", workers=1, progress=False).id.tolist(),
        answer(body=PAGE),
        ["mdr2-1"],
    ),
}


def accepted(number, padding=0):
    return answer("202 Accepted", b'{"data":{"id":"mdr2-%d","type":"message"}%s}' % (number, b" " * padding))


STRANGER = accepted(666)


def send(account):
    return account.send(to="12065550101", body="Are you there?").id


def in_turn(*replies):
    """Give one reply after another to the requests, and keep the connection; the last one is given for ever."""
    left = list(replies)

    def step(connection):
        reply = left.pop(0) if len(left) > 1 else left[0]
        reply(connection) if callable(reply) else connection.sendall(reply)
        return "keep"

    return step


def called(where, call):
    """Call something here or in another thread, where requests run without one of their own."""
    if where == "here":
        return call()
    results = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    thread.join()
    return results[0]


@pytest.mark.parametrize("where", ["here", "another thread"])
@pytest.mark.parametrize(
    "interim",
    [HINTS, CONTINUE, PROCESSING, UNKNOWN, HINTS + HINTS, CONTINUE + HINTS + PROCESSING, CONTINUE * 3, HINTS * 200],
    ids=["103", "100", "102", "199", "103 twice", "100 103 102", "100 three times", "103 200 times"],
)
def test_informational_responses_are_skipped_before_every_send(interim, where):
    with Faulty(in_turn(*(interim + accepted(number) for number in (1, 2, 3)))) as server:
        account, _ = of(server)
        ids = called(where, lambda: [send(account) for _ in range(3)])
        assert ids == ["mdr2-1", "mdr2-2", "mdr2-3"]
        assert (len(server.taken), server.connections) == (3, 1)  # nothing about them is in doubt


@pytest.mark.parametrize("verb", READ)
def test_informational_responses_are_skipped_before_a_read(verb):
    read, reply, expected = READ[verb]
    with Faulty(in_turn(HINTS + reply)) as server:
        account, _ = of(server)
        assert [read(account), read(account)] == [expected, expected]


def test_an_informational_response_that_comes_in_pieces_is_skipped():
    def slowly(connection):
        for piece in (HINTS[:5], HINTS[5:40], HINTS[40:-1], HINTS[-1:] + accepted(1)):
            connection.sendall(piece)
            clock.sleep(0.01)

    with Faulty(in_turn(slowly, accepted(2))) as server:
        account, _ = of(server)
        assert [send(account), send(account)] == ["mdr2-1", "mdr2-2"]


@pytest.mark.parametrize("end", ["silence", "close"])
def test_informational_responses_without_a_final_one_leave_the_outcome_unknown(end):
    def hints_alone(connection):
        connection.sendall(HINTS * 3)
        if end == "silence":
            clock.sleep(0.5)

    with Faulty(hints_alone) as server, pytest.raises(fr.OutcomeUnknown):
        send(of(server)[0])
    assert len(server.taken) == 1


LEFT_OVER = {
    "a second response": STRANGER,
    "a second response after hints": HINTS + STRANGER,
    "one byte": b"H",
    "a line break": b"\r\n",
    "half a response": STRANGER[:30],
    "hints": HINTS,
}


@pytest.mark.parametrize("where", ["here", "another thread"])
@pytest.mark.parametrize("extra", LEFT_OVER)
def test_a_connection_with_bytes_left_over_is_not_used_again(extra, where):
    with Faulty(in_turn(accepted(1) + LEFT_OVER[extra], accepted(2))) as server:
        account, _ = of(server)
        ids = called(where, lambda: [send(account), send(account), send(account)])
        assert ids == ["mdr2-1", "mdr2-2", "mdr2-2"]
        assert server.connections == 2


def test_a_body_longer_than_it_says_is_not_read_as_the_next_response():
    short = accepted(1).replace(b"Content-Length: ", b"X-Length: ", 1)
    body = short.partition(b"\r\n\r\n")[2]
    short = short.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(body), 1) + STRANGER
    with Faulty(in_turn(short, accepted(2))) as server:
        account, _ = of(server)
        assert [send(account), send(account)] == ["mdr2-1", "mdr2-2"]


def test_a_body_where_there_may_be_none_is_not_read_as_the_next_response():
    with Faulty(in_turn(b"HTTP/1.1 204 No Content\r\n\r\n" + STRANGER, accepted(2))) as server:
        account, _ = of(server)
        account.remove_callback("sms_callback")
        assert send(account) == "mdr2-2"


def test_bytes_after_the_last_chunk_are_not_read_as_the_next_response():
    body = accepted(1).partition(b"\r\n\r\n")[2]
    chunked = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with Faulty(in_turn(chunked + STRANGER, accepted(2))) as server:
        account, _ = of(server)
        assert [send(account), send(account)] == ["mdr2-1", "mdr2-2"]
        assert server.connections == 2


def test_a_response_that_nobody_asked_for_ends_the_connection():
    arrived = threading.Event()

    def with_more_to_come(connection):
        connection.sendall(accepted(1))

        def later():
            clock.sleep(0.05)
            connection.sendall(answer("408 Request Timeout"))
            arrived.set()

        threading.Thread(target=later).start()

    with Faulty(in_turn(with_more_to_come, accepted(2))) as server:
        account, _ = of(server)
        first = send(account)
        assert arrived.wait(5)
        assert [first, send(account)] == ["mdr2-1", "mdr2-2"]
        assert server.connections == 2


@pytest.mark.parametrize("keep", [-1, -10, 60, 20])
def test_a_broken_off_response_ends_the_connection(keep):
    gave_up, sent_the_rest = threading.Event(), threading.Event()

    def broken(connection):
        connection.sendall(accepted(1)[:keep])
        gave_up.wait(10)
        try:
            connection.sendall(accepted(1)[keep:])
        finally:
            sent_the_rest.set()

    with Faulty(in_turn(broken, accepted(2))) as server:
        account, _ = of(server)
        with pytest.raises(fr.OutcomeUnknown):
            send(account)
        gave_up.set()
        assert sent_the_rest.wait(10)
        assert send(account) == "mdr2-2"


def padding_to(size):
    """Say how much must be added to a response so that it ends where a buffer ends."""
    return size - len(accepted(1, 1_000)) + 1_000


@pytest.mark.parametrize("padding", [0, 9_000, padding_to(8_192), padding_to(4_096)])
def test_bytes_left_over_within_tls_are_not_read_as_the_next_response(padding, certificates, monkeypatch):
    """One TLS record holds 16 kB: what is not read of it is in no socket, so that nothing shows it there."""
    replies = [accepted(1, padding) + STRANGER, accepted(2)]

    def serve(connection, _listener):
        while Faulty._request(connection):
            connection.sendall(replies.pop(0) if len(replies) > 1 else replies[0])

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    with Listener(tunnel(tls((certificates, "good"), serve))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        account, _ = of(SimpleNamespace(url=f"https://{HOST}"), timeout=(2, 2))
        assert [send(account), send(account), send(account)] == ["mdr2-1", "mdr2-2", "mdr2-2"]
        assert proxy.connections == 2
        account.close()
