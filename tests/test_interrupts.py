"""An interrupted call says what is known by then: whether a message was accepted, and what was read."""

import os
import signal
import socket
import threading
import time
import traceback

import pytest
from faulty import PAGE, RECORD, SENT, Faulty, answer
from test_not_sent import HOST, Listener, certificates, head, no_settings, service, tls

import flowroute_nb as fr

__all__ = ["certificates", "no_settings"]  # fixtures

KEYS = {"access_key": "AK1234567", "secret_key": "planted-secret", "from_": "12065550100"}
TEXT = {"to": "12065550101", "body": "Are you there?"}
ACCEPTED = answer("202 Accepted", SENT)


class OwnInterrupt(KeyboardInterrupt):
    """What a program of its own may raise at Ctrl-C."""


def of(server, **options):
    return fr.Account(**{**KEYS, "base_url": server.url, **options})


def interrupting(reply=b"", pause=0.0, number=signal.SIGINT):
    """Send this process a signal when a request arrives, and answer after a pause."""

    def step(connection):
        os.kill(os.getpid(), number)
        time.sleep(pause)
        if reply:
            connection.sendall(reply)
        else:
            connection.settimeout(20)
            connection.recv(1)  # until the client hangs up
        return "keep"

    return step


@pytest.fixture
def alarm():
    """Let SIGALRM raise what a test chooses."""
    chosen = []

    def handler(_number, _frame):
        raise chosen[0]

    before = signal.signal(signal.SIGALRM, handler)
    yield chosen.append
    signal.signal(signal.SIGALRM, before)


# ------------------------------------------------------------------ a send


def test_an_interrupted_send_without_a_response_has_an_unknown_outcome():
    with Faulty(interrupting()) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).send(**TEXT)
    outcome = stopped.value.outcome
    assert isinstance(outcome, fr.OutcomeUnknown)
    assert (outcome.to, outcome.from_, outcome.body, outcome.status) == (
        "12065550101",
        "12065550100",
        TEXT["body"],
        None,
    )
    assert outcome.at.tzinfo is not None
    assert stopped.value.sent is None
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert (stopped.value.__context__, stopped.value.__cause__) == (None, None)
    assert "12065550101" not in str(stopped.value)


def test_an_interrupted_send_whose_response_comes_at_once_is_known_as_accepted():
    with Faulty(interrupting(ACCEPTED, 0.05)) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).send(**TEXT)
    assert stopped.value.sent.id == "mdr2-1"
    assert stopped.value.outcome is None
    assert "Do not send it again" in str(stopped.value)


def interrupting_often(reply, times=5):
    """Send this process SIGINT several times in a moment, as ``timeout -s INT`` and impatient people do."""

    def step(connection):
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.02)
        connection.sendall(reply)
        return "keep"

    return step


def test_a_repeated_ctrl_c_does_not_replace_what_is_known_of_a_send():
    with Faulty(interrupting_often(ACCEPTED)) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).send(**TEXT)
    assert (stopped.value.sent.id, stopped.value.outcome) == ("mdr2-1", None)
    assert stopped.value.__context__ is None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.fixture
def pressed_at_the_end(monkeypatch):
    """Let Ctrl-C come when a method gives SIGINT back to Python."""
    set_handler = signal.signal

    def press_after(number, handler):
        previous = set_handler(number, handler)
        if handler is signal.default_int_handler:
            signal.raise_signal(signal.SIGINT)
        return previous

    def begin():
        monkeypatch.setattr(signal, "signal", press_after)

    return begin


def test_a_ctrl_c_as_a_send_ends_has_what_was_sent(pressed_at_the_end):
    with Faulty(ACCEPTED) as server:
        account = of(server)
        pressed_at_the_end()
        with pytest.raises(fr.errors.Interrupted, match="as it ended") as stopped:
            account.send(**TEXT)
    assert stopped.value.sent.id == "mdr2-1"


def test_a_ctrl_c_as_a_look_up_ends_shows_nothing_of_the_record(pressed_at_the_end):
    with Faulty(answer(body=RECORD)) as server:
        account = of(server)
        pressed_at_the_end()
        with pytest.raises(fr.errors.Interrupted, match="as it ended") as stopped:
            account.lookup("mdr2-1")
    shown = "".join(traceback.TracebackException.from_exception(stopped.value, capture_locals=True).format())
    assert "12065550101" not in shown


def test_a_ctrl_c_after_a_call_that_was_interrupted_is_heard():
    with Faulty(interrupting()) as server:
        account = of(server)
        with pytest.raises(fr.errors.Interrupted):
            account.remove_callback("sms_callback")
        with pytest.raises(fr.errors.Interrupted):
            account.remove_callback("sms_callback")
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_program_s_own_handler_hears_each_ctrl_c_and_the_send_goes_on():
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        with Faulty(interrupting_often(ACCEPTED, 3)) as server:
            assert of(server).send(**TEXT).id == "mdr2-1"
        assert heard == [signal.SIGINT] * 3
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupted_send_that_is_refused_was_not_accepted():
    refused = answer("403 Forbidden", b'{"errors":[{"detail":"not your number"}]}')
    with Faulty(interrupting(refused, 0.05)) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).send(**TEXT)
    assert (stopped.value.sent, stopped.value.outcome) == (None, None)
    assert "Nothing was sent" in str(stopped.value)


@pytest.mark.parametrize("reply", [answer("202 Accepted", b"<html>"), answer("502 Bad Gateway"), ACCEPTED[:-3]])
def test_an_interrupted_send_with_a_response_that_says_nothing_has_an_unknown_outcome(reply):
    with Faulty(interrupting(reply, 0.05)) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).send(**TEXT)
    assert isinstance(stopped.value.outcome, fr.OutcomeUnknown)


def pressed(seconds):
    """Press Ctrl-C in a while."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_a_send_that_is_interrupted_while_it_connects_left_nothing_and_ends_at_once():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]  # they fill the queue, so that no further connection is made
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        account = fr.Account(**KEYS, base_url=url, timeout=(5, 5))
        timer, began = pressed(0.3), time.monotonic()
        with pytest.raises(fr.errors.Interrupted, match="Nothing was sent") as stopped:
            account.send(**TEXT)
        timer.join()
        assert time.monotonic() - began < 2
        for each in waiting:
            each.close()
    assert (stopped.value.sent, stopped.value.outcome) == (None, None)


@pytest.mark.usefixtures("no_settings")
def test_a_send_that_was_interrupted_while_it_connected_never_leaves_later(certificates, monkeypatch):
    go_on, reached = threading.Event(), threading.Event()

    def stalled(connection, listener):
        head(connection)
        reached.set()
        go_on.wait(10)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        tls((certificates, "good"), service)(connection, listener)

    def press():
        reached.wait(10)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    with Listener(stalled) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        account = fr.Account(**KEYS, base_url=f"https://{HOST}")
        presser = threading.Thread(target=press)
        presser.start()
        with pytest.raises(fr.errors.Interrupted, match="Nothing was sent"):
            account.send(to="12065550101", body="the first")
        presser.join()
        releaser = threading.Timer(0.5, go_on.set)  # by then the second has begun
        releaser.start()
        assert account.send(to="12065550101", body="the second").id == "mdr2-1"
        releaser.join()
        bodies = [request[2] for request in proxy.requests if request]  # None: connected, and nothing was said
        assert [b"the first" in body for body in bodies] == [False]
        account.close()


@pytest.mark.parametrize("reply", [answer("429 Slow down", Retry_After=30), ACCEPTED])
def test_a_send_that_is_interrupted_while_it_waits_for_its_turn_left_nothing(reply):
    with Faulty(reply) as server:
        account = of(server)
        if reply == ACCEPTED:  # the next MMS has to wait for a second
            account.send(**TEXT, is_mms=True)
        timer = pressed(0.4)
        with pytest.raises(fr.errors.Interrupted, match="Nothing was sent") as stopped:
            account.send(**TEXT, is_mms=reply == ACCEPTED)
        timer.join()
        assert (stopped.value.sent, stopped.value.outcome, len(server.taken)) == (None, None, 1)


RAISED = [
    TimeoutError("mine"),
    OSError("mine"),
    ValueError("mine"),
    SystemExit(7),
    OwnInterrupt("mine"),
    Exception("mine"),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_what_a_signal_handler_raises_keeps_its_type_and_says_what_became_of_the_send(error, alarm):
    alarm(error)
    with Faulty(interrupting(number=signal.SIGALRM)) as server, pytest.raises(type(error)) as stopped:
        of(server).send(**TEXT)
    assert stopped.value is error
    assert len(server.taken) == 1  # not sent again
    assert "may or may not have been" in "".join(error.__notes__)
    assert error.__context__ is None


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("call", [lambda account: account.lookup("mdr2-1"), lambda account: account.numbers()])
def test_what_a_signal_handler_raises_ends_a_reading_with_its_own_type(call, error, alarm):
    alarm(error)
    with Faulty(interrupting(number=signal.SIGALRM)) as server, pytest.raises(type(error)) as stopped:
        call(of(server))
    assert stopped.value is error
    assert len(server.taken) == 1  # not taken for a fault of the network, and not tried again


def test_what_led_to_the_call_stays_the_context_of_its_error():
    with Faulty(interrupting()) as server:
        account = of(server)
        try:
            raise LookupError("the program's own")  # noqa: TRY301
        except LookupError as own:
            error = own
            with pytest.raises(fr.errors.Interrupted) as stopped:
                account.send(**TEXT)
    assert stopped.value.__context__ is error
    assert error.__traceback__.tb_frame.f_locals["server"] is server


def test_an_account_goes_on_after_an_interrupt_with_the_right_responses():
    late = answer("202 Accepted", SENT.replace(b"mdr2-1", b"mdr2-2"))
    with Faulty(interrupting(), late) as server:
        account = of(server)
        with pytest.raises(fr.errors.Interrupted):
            account.send(**TEXT)
        assert account.send(**TEXT).id == "mdr2-2"


def test_waiting_for_a_record_that_is_interrupted_says_that_the_message_was_accepted():
    with Faulty(ACCEPTED, interrupting()) as server:
        sent = of(server).send(**TEXT)
        with pytest.raises(fr.errors.Interrupted, match="accepted the message") as stopped:
            sent.wait()
    assert stopped.value.sent is sent


# ------------------------------------------------------------------ what was read before


def page_of_numbers(name):
    number = b'{"id":"%s","type":"number","attributes":{}}' % name
    return answer(body=b'{"data":[%s],"links":{"next":"/v2/numbers?offset=%s"}}' % (number, name))


def test_an_interrupted_look_up_has_what_was_read_and_names_the_rest():
    with Faulty(answer(body=RECORD), interrupting()) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).lookup(["mdr2-1", "mdr2-2", "mdr2-3"], workers=1)
    assert stopped.value.partial.id.tolist() == ["mdr2-1"]
    assert stopped.value.missing == ["mdr2-2", "mdr2-3"]


def test_interrupted_numbers_have_those_that_were_read():
    steps = page_of_numbers(b"12065550111"), page_of_numbers(b"12065550122"), interrupting()
    with Faulty(*steps) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).numbers()
    assert stopped.value.partial.number.tolist() == ["12065550111", "12065550122"]


def test_pages_that_are_interrupted_end_and_leave_no_thread():
    with Faulty(interrupting()) as server, pytest.raises(fr.errors.Interrupted):
        list(of(server).pages("2026-10", workers=1))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("flowroute_nb")]


@pytest.mark.parametrize("call", ["set_callback", "remove_callback"])
def test_an_interrupted_change_says_that_it_may_be_done(call):
    arguments = ["sms_callback", "https://example.com/sms"][: 2 if call == "set_callback" else 1]
    with Faulty(interrupting()) as server, pytest.raises(fr.errors.Interrupted, match="may or may not be done"):
        getattr(of(server), call)(*arguments)


@pytest.mark.parametrize("body", [RECORD, PAGE])
def test_an_interrupt_has_every_attribute_whatever_was_interrupted(body):
    with Faulty(interrupting(answer(body=body), 0.05)) as server, pytest.raises(fr.errors.Interrupted) as stopped:
        of(server).lookup("mdr2-1")
    error = stopped.value
    assert (error.partial, error.missing, error.outcome, error.sent) == (None, [], None, None)


def test_a_send_while_python_shuts_down_is_accepted(tmp_path):
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    program = (
        "import atexit, sys, flowroute_nb as fr\n"
        "account = fr.Account(access_key='AK1234567', secret_key='SK', from_='12065550100', base_url=sys.argv[1])\n"
        "atexit.register(lambda: print(account.send(to='12065550101', body='The job is done').id))\n"
    )
    with Faulty(ACCEPTED) as server:
        command = [sys.executable, "-c", program, server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.stdout, done.returncode) == ("mdr2-1\n", 0)
