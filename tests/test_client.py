"""The only socket: what it puts on the wire when the other side fails. Each fault against each verb, in a table."""

import os
import signal
import socket
import threading
import time as clock

import pytest
from faulty import PAGE, RECORD, SENT, Faulty, answer, close, cut, drip, reset, silence

import flowroute_nb as fr
from flowroute_nb.client import Pacer

OK = {"send": answer("202 Accepted", SENT), "lookup": answer(body=RECORD), "messages": answer(body=PAGE)}
OK["pages"] = OK["messages"]
DO = {
    "send": lambda account: account.send(to="12065550101", body="Are you there?"),
    "lookup": lambda account: account.lookup("mdr2-1"),
    "messages": lambda account: account.messages("2026-10-05", progress=False, workers=1),
    "pages": lambda account: list(account.pages("2026-10-05", workers=1)),
}


class Time:
    """A clock that moves only by being slept on, so that waiting is counted and costs nothing."""

    def __init__(self):
        self.now, self.slept = 1_000.0, []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def of(server, **options):
    keys = {"access_key": "AK1234567", "secret_key": "planted-secret", "from_": "12065550100"}
    account = fr.Account(**{**keys, "base_url": server.url, "timeout": (1, 0.3), **options})
    time = Time()
    account._client._clock, account._client._sleep, account._client._chance = time.clock, time.sleep, lambda: 0.5
    account._client._sms = account._client._mms = Pacer(0)
    return account, time


def outcome(verb, *steps):
    """Do it against a server that fails so; give the class of the error (or ok), and how often the server took it."""
    with Faulty(*steps) as server:
        try:
            DO[verb](of(server)[0])
        except fr.FlowrouteError as error:
            return type(error).__name__, len(server.taken)
        return "ok", len(server.taken)


LOST = {  # the service took the request; what it said is lost
    "closed": close,
    "reset": reset,
    "read timeout": silence(0.5),
    "half a head": lambda line: line.sendall(b"HTTP/1.1 20"),
    "500": answer("500 Broken"),
    "503 with Retry-After": answer("503 Busy", Retry_After=1),
    "HTML 502": answer("502 Bad Gateway", b"<html>oops</html>"),
    "408": answer("408 Request Timeout"),
}


@pytest.mark.parametrize("fault", LOST)
def test_a_send_whose_answer_is_lost_is_taken_once_and_unknown(fault):
    assert outcome("send", LOST[fault], OK["send"]) == ("OutcomeUnknown", 1)


@pytest.mark.parametrize("verb", ["lookup", "messages", "pages"])
@pytest.mark.parametrize("fault", LOST)
def test_a_read_whose_answer_is_lost_is_asked_again(fault, verb):
    kind, taken = outcome(verb, LOST[fault], LOST[fault], OK[verb])
    assert kind == "ok"
    assert taken == {"lookup": 3, "messages": 5, "pages": 5}[verb]


@pytest.mark.parametrize("verb", DO)
def test_a_body_that_is_cut_is_a_lost_answer(verb):
    kind, taken = outcome(verb, cut(OK[verb], -3), OK[verb])
    assert (kind, taken > 1) == (("OutcomeUnknown", False) if verb == "send" else ("ok", True))


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"data":{}}', b'{"data":{"id":""}}', b'{"data":{"id":5}}', b""])
def test_an_answer_to_a_send_that_says_no_id_is_unknown(body):
    assert outcome("send", answer("202 Accepted", body), OK["send"]) == ("OutcomeUnknown", 1)


@pytest.mark.parametrize("verb", DO)
@pytest.mark.parametrize("head", [{}, {"Retry_After": 0}, {"Retry_After": "rubbish"}, {"Retry_After": 86400}])
def test_a_429_is_tried_again_also_for_a_send(verb, head):
    kind, taken = outcome(verb, answer("429 Slow down", **head), answer("429 Slow down", **head), OK[verb])
    assert (kind, taken) == ("ok", {"send": 3, "lookup": 3, "messages": 5, "pages": 5}[verb])


@pytest.mark.parametrize(
    ("head", "longest"),
    [
        ({"Retry_After": 3}, 3.5),
        ({"Retry_After": 86400}, 10.5),
        ({"Retry_After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.5),
        ({"Retry_After": "Fri, 31 Dec 2100 23:59:59 GMT"}, 10.5),
        ({"Retry_After": "-5"}, 10),
        ({}, 10),
    ],
)
def test_a_wait_is_what_the_service_asks_for_but_never_hours(head, longest):
    with Faulty(answer("503 Busy", **head), OK["lookup"]) as server:
        account, time = of(server)
        DO["lookup"](account)
    assert max(time.slept) <= longest


@pytest.mark.parametrize(("status", "kind"), [("429 Slow down", "RateLimited"), ("503 Busy", "ServiceBroken")])
def test_a_read_is_tried_at_least_five_times_and_ends_within_its_deadline(status, kind):
    with Faulty(answer(status)) as server:
        account, time = of(server)
        with pytest.raises(fr.FlowrouteError) as stopped:
            DO["lookup"](account)
        assert type(stopped.value).__name__ == kind
        assert len(server.taken) >= 5
    assert time.now - 1_000 <= 60


def test_a_read_that_is_never_answered_ends_within_its_deadline():
    with Faulty(silence(5)) as server:
        account, time = of(server, timeout=(1, 0.05))
        with pytest.raises(fr.errors.Unreachable, match="gave no answer within"):
            DO["lookup"](account)
        assert len(server.taken) >= 5
    assert time.now - 1_000 <= 60


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("verb", DO)
def test_a_redirect_is_never_followed(status, verb):
    with Faulty(OK[verb]) as elsewhere, Faulty(answer(f"{status} Moved", Location=f"{elsewhere.url}/x")) as server:
        with pytest.raises(fr.FlowrouteError) as stopped:
            DO[verb](of(server)[0])
        assert elsewhere.taken == []
        assert len(server.taken) <= 3
    assert type(stopped.value).__name__ == ("OutcomeUnknown" if verb == "send" else "ServiceBroken")


@pytest.mark.parametrize("verb", DO)
def test_a_refused_connection_says_that_nothing_was_taken(verb):
    with Faulty(close) as server:
        pass
    account, time = of(server)
    with pytest.raises(fr.errors.Unreachable, match=r"no connection to 127\.0\.0\.1:\d+ could be made"):
        DO[verb](account)
    assert len(time.slept) >= 5


def test_a_certificate_that_can_t_be_trusted_is_not_tried_again_and_nothing_was_taken(tmp_path):
    import ssl  # noqa: PLC0415
    import subprocess  # noqa: PLC0415

    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
    subprocess.run([*made, "-keyout", tmp_path / "key", "-out", tmp_path / "cert"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    server = Faulty(OK["send"])
    server._server = context.wrap_socket(server._server, server_side=True, do_handshake_on_connect=True)
    server.url = server.url.replace("http:", "https:")
    with server:
        account, time = of(server)
        with pytest.raises(fr.errors.Unreachable, match="certificate of .* can't be trusted. It was not taken"):
            DO["send"](account)
        assert (server.taken, time.slept) == ([], [])


def test_a_connection_that_went_stale_is_not_trusted_with_a_send():
    with Faulty(OK["send"]) as server:
        account, time = of(server)
        DO["send"](account)
        for line in list(server._open):  # the server hangs up while nobody looks
            line.close()
        time.now += 3_600
        DO["send"](account)
        assert len(server.taken) == 2


def test_an_unknown_outcome_has_what_was_sent_and_when():
    with Faulty(close) as server, pytest.raises(fr.OutcomeUnknown) as lost:
        DO["send"](of(server)[0])
    error = lost.value
    assert (error.to, error.from_, error.body, error.media_urls) == ("12065550101", "12065550100", "Are you there?", [])
    assert error.at.tzinfo is not None
    assert "account.messages(" in str(error)
    assert "Are you" not in str(error)
    assert error.__context__ is None  # nothing of requests, whose tracebacks show headers


def test_a_pacer_lets_nobody_go_early_and_never_bursts():
    time, pacer = Time(), Pacer(0.2)
    moments = []
    for _ in range(5):
        pacer.wait(time.clock, time.sleep)
        moments.append(round(time.now - 1_000, 3))
    time.now += 100
    for _ in range(2):
        pacer.wait(time.clock, time.sleep)
        moments.append(round(time.now - 1_000, 3))
    assert moments == [0.0, 0.2, 0.4, 0.6, 0.8, 100.8, 101.0]


def test_one_429_pauses_every_reader():
    def late(connection):
        if clock.monotonic() < server.times[0] + 1.5:
            clock.sleep(1.5)  # by then everybody knows that there is a pause
        connection.sendall(OK["messages"])
        return "keep"

    with Faulty(answer("429 Slow down", Retry_After=2), late) as server:
        account = fr.Account(access_key="AK", secret_key="SK", base_url=server.url)
        account.messages("2026-10", workers=4, progress=False)
        asked = sorted(server.times)
    assert len(asked) > 8
    assert [at for at in asked[4:] if at < asked[0] + 1.9] == []  # the first four were on their way


def test_a_thread_keeps_its_connection_alive():
    with Faulty(OK["lookup"]) as server:
        account, _ = of(server)
        for _ in range(5):
            DO["lookup"](account)
        assert (len(server.taken), server.connections) == (5, 1)


@pytest.mark.parametrize("verb", ["lookup", "messages"])
def test_an_error_page_still_gives_the_status(verb):
    server = Faulty(answer("502 Bad Gateway", b"<html>oops</html>"))
    with server, pytest.raises(fr.errors.ServiceBroken, match=r"\(502, without a reason\)") as broken:
        DO[verb](of(server)[0])
    assert broken.value.status == 502


@pytest.mark.parametrize("verb", DO)
@pytest.mark.parametrize("start", [0, 60])
def test_a_slow_drip_ends_at_the_deadline_also_within_the_head(verb, start, monkeypatch):
    monkeypatch.setattr("flowroute_nb.client._DEADLINE", 1.0)
    monkeypatch.setattr("flowroute_nb.client._TRIES", 1)
    with Faulty(drip(OK[verb], 0.05, start)) as server:
        account = fr.Account(
            access_key="AK", secret_key="SK", base_url=server.url, from_="12065550100", timeout=(1, 30)
        )
        began = clock.monotonic()
        with pytest.raises(fr.FlowrouteError, match="still coming after 1 seconds") as late:
            DO[verb](account)
        assert clock.monotonic() - began < 6
    assert type(late.value).__name__ == ("OutcomeUnknown" if verb == "send" else "Unreachable")


@pytest.mark.parametrize("verb", DO)
def test_a_name_that_nobody_knows_was_not_taken(verb, monkeypatch):
    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    account = fr.Account(access_key="AK", secret_key="SK", base_url="https://nowhere.invalid", from_="12065550100")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr("flowroute_nb.client._TRIES", 1)
    with pytest.raises(fr.errors.Unreachable, match=r"no connection to nowhere\.invalid could be made"):
        DO[verb](account)


def full_backlog():
    """Listen with a full queue, so that a further connection is never answered."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for each in waiting:
        each.settimeout(0)
        each.connect_ex(server.getsockname())
    return server, waiting


@pytest.mark.parametrize("verb", DO)
def test_a_connection_that_takes_too_long_was_not_taken(verb, monkeypatch):
    monkeypatch.setattr("flowroute_nb.client._TRIES", 1)
    server, waiting = full_backlog()
    url = f"http://127.0.0.1:{server.getsockname()[1]}"
    account = fr.Account(access_key="AK", secret_key="SK", base_url=url, from_="12065550100", timeout=(0.2, 1))
    with pytest.raises(fr.errors.Unreachable, match="could be made"):
        DO[verb](account)
    for each in (server, *waiting):
        each.close()


@pytest.mark.parametrize("workers", [1, 4])
def test_an_interrupt_ends_within_a_second_with_what_was_read_and_leaves_no_thread(workers):
    before = threading.active_count()
    with Faulty(answer(body=PAGE), answer(body=PAGE), silence(20)) as server:
        account = fr.Account(access_key="AK", secret_key="SK", base_url=server.url)
        pressed = []

        def press():
            while len(server.taken) < 3:
                clock.sleep(0.01)
            clock.sleep(0.2)
            pressed.append(clock.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        presser = threading.Thread(target=press)
        presser.start()
        with pytest.raises(KeyboardInterrupt) as interrupted:
            account.messages("2026-10", workers=workers, progress=False)
        assert clock.monotonic() - pressed[0] < 1
        presser.join()
        assert not [each for each in threading.enumerate() if each.name.startswith("flowroute_nb")]
        assert interrupted.value.partial.id.tolist() == ["mdr2-1"]
        assert "2026-10-31" in interrupted.value.missing
        assert "is in .partial" in str(interrupted.value)
        server.steps[:] = [close]
        server.__exit__()
    assert threading.active_count() <= before + 1


def test_pages_that_are_left_early_leave_no_thread():
    with Faulty(answer(body=PAGE)) as server:
        days = of(server)[0].pages("2026-10")
        next(days)
        days.close()
        assert not [each for each in threading.enumerate() if each.name.startswith("flowroute_nb")]
