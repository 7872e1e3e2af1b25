"""What is told is told in its order, again until it was heard, and nothing is left of it in the end."""

import contextlib
import datetime as dt
import gc
import os
import socket
import threading
import time

import pandas as pd
import pytest
from conftest import TODAY
from receiver import STANDING, Receiver, posts, receive, seconds, send, set_callback, told

import flowroute_nb as fr
from flowroute_nb.sandbox.delivery import Heard

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def standing():
    """Give a sandbox whose time goes on by ticks alone."""
    with fr.Sandbox(**STANDING) as running:
        yield running


# ------------------------------------------------------------------ again, until it was heard


def test_what_is_not_answered_200_comes_four_times_thirty_seconds_apart(standing):
    with told(standing, 500) as receiver:
        receive(standing)
        standing.tick(minutes=2)
        assert len(receiver.got) == 4
        standing.tick(days=1)
    assert len(set(receiver.bodies)) == 1
    assert len(receiver.got) == 4
    assert seconds(standing) == [0.1, 30.1, 60.1, 90.1]
    log = posts(standing)
    assert log.attempt.tolist() == [1, 2, 3, 4]
    assert log.status.tolist() == [500] * 4
    assert log.answer.tolist() == ["ok"] * 4


def test_it_comes_no_more_once_it_was_heard(standing):
    with told(standing, 500, 404, 200) as receiver:
        receive(standing)
        standing.tick(hours=1)
    assert len(receiver.got) == 3
    assert posts(standing).status.tolist() == [500, 404, 200]


def test_ticks_may_be_small(standing):
    with told(standing, 500) as receiver:
        receive(standing)
        for second in range(100):
            standing.tick(seconds=1)
            assert len(receiver.got) == min(4, 1 + second // 30)


def test_whatever_is_due_goes_in_the_order_of_its_time(standing):
    with told(standing, 500, 200, kinds=("sms_callback", "sms_dlr_callback")) as receiver:
        receive(standing)  # told at 0.1, in vain, and again at 30.1
        standing.tick(seconds=28.05)
        send(standing)  # told at 29.05, 30.05 and perhaps 32.05
        receive(standing)  # told at 28.15
        standing.tick(seconds=60)
    times = seconds(standing)
    assert times == sorted(times)
    assert times[:5] == [0.1, 28.15, 29.05, 30.05, 30.1]
    kinds = [each["data"]["type"] for each in receiver.said()]
    assert kinds[:5] == ["message", "message", "delivery_receipt", "delivery_receipt", "message"]


@pytest.mark.parametrize(("quirk", "times"), [("200", 4), ("any_2xx", 1)])
def test_another_answer_than_200_may_do(quirk, times):
    with fr.Sandbox(**STANDING, quirks={"callback_answer": quirk}) as sandbox, told(sandbox, 202) as receiver:
        receive(sandbox)
        sandbox.tick(minutes=5)
    assert len(receiver.got) == times


@pytest.mark.parametrize(("quirk", "times"), [("four", 4), ("once", 1)])
def test_receipts_may_come_only_once(quirk, times):
    kinds = ("sms_callback", "sms_dlr_callback")
    with fr.Sandbox(**STANDING, quirks={"receipt_retries": quirk}) as sandbox:
        with told(sandbox, 503, kinds=kinds) as receiver:
            send(sandbox)
            receive(sandbox)
            sandbox.tick(minutes=5)
        said = pd.Series([(each["data"]["type"], each["data"]["attributes"].get("level")) for each in receiver.said()])
    counts = said.value_counts()
    assert counts["message", None] == 4
    assert counts["delivery_receipt", 1] == times


def test_a_redirect_is_not_followed(standing):
    with Receiver() as elsewhere:
        with told(standing, lambda handler: handler.answer(307, Location=elsewhere.url)) as receiver:
            receive(standing)
            standing.tick(minutes=5)
        assert (len(receiver.got), len(elsewhere.got)) == (4, 0)
    assert posts(standing).status.tolist() == [307] * 4


def hang(handler):
    handler.server.going.wait(20)


def drip(handler):
    with contextlib.suppress(OSError):
        while not handler.server.going.wait(0.02):
            handler.wfile.write(b"H")


def close(handler):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def babble(handler):
    handler.wfile.write(b"What?\r\n\r\n")


def boast(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok")
    hang(handler)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (hang, "no answer within 0.2 seconds"),
        (drip, "no answer"),
        (close, "no answer: Remote end closed connection without response"),
        (babble, "no answer: What?"),
    ],
)
def test_a_receiver_that_gives_no_answer_is_asked_again_and_the_log_says_why(standing, answer, said):
    standing._service.postman.delivery.patience = 0.2
    with told(standing, answer) as receiver:
        receive(standing)
        start = time.monotonic()
        standing.tick(minutes=5)
        assert time.monotonic() - start < 4
    assert len(receiver.got) == 4
    log = posts(standing)
    assert log.status.isna().all()
    assert log.answer.str.startswith(said).all(), log.answer.tolist()


def test_a_status_is_an_answer_also_where_the_rest_of_it_never_comes(standing):
    standing._service.postman.delivery.patience = 0.2
    with told(standing, boast) as receiver:
        receive(standing)
        standing.tick(minutes=5)
    assert len(receiver.got) == 1
    assert posts(standing).status.tolist() == [200]


def test_a_place_where_nobody_listens_is_tried_four_times(standing):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        set_callback(standing, "sms_callback", f"http://127.0.0.1:{nobody.getsockname()[1]}/")
        receive(standing)
        standing.tick(minutes=5)
    assert posts(standing).answer.tolist() == ["no answer: Connection refused"] * 4


def test_a_receiver_that_never_takes_a_connection_up_does_not_hold_a_tick_for_ever(standing):
    standing._service.postman.delivery.patience = 0.2
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        set_callback(standing, "sms_callback", f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        for _ in range(3):
            receive(standing)
        standing.tick(minutes=5)
    assert posts(standing).answer.tolist() == ["no answer within 0.2 seconds"] * 12


def test_one_who_hangs_does_not_keep_clients_waiting(standing):
    with told(standing, hang) as receiver:
        receive(standing)
        ticking = threading.Thread(target=standing.tick, kwargs={"seconds": 1})
        ticking.start()
        receiver.waits_for(1)
        start = time.monotonic()
        send(standing)
        receive(standing)
        assert time.monotonic() - start < 1
        receiver.going.set()
        ticking.join()


# ------------------------------------------------------------------ time


def test_a_standing_clock_lets_nothing_be_posted_until_it_is_moved(standing):
    with told(standing, kinds=("sms_callback", "sms_dlr_callback")) as receiver:
        receive(standing)
        send(standing)
        assert receiver.waits_for(1, seconds=0.5) == 0
        standing.tick(seconds=0.05)
        assert receiver.got == []
        standing.tick(seconds=0.05)
        assert len(receiver.got) == 1


def test_real_time_brings_what_is_due_without_a_tick_and_leaves_no_thread_behind():
    with fr.Sandbox(messages=0) as sandbox, told(sandbox, kinds=("sms_callback", "sms_dlr_callback")) as receiver:
        threads = len(postmen())
        send(sandbox)
        receive(sandbox)
        assert receiver.waits_for(3) >= 3
        kinds = [each["data"]["type"] for each in receiver.said()[:3]]
        assert kinds == ["message", "delivery_receipt", "delivery_receipt"]
        sandbox.tick(minutes=1)
        until = time.monotonic() + 5
        while len(postmen()) > threads and time.monotonic() < until:
            time.sleep(0.01)
        assert len(postmen()) == threads


def test_a_clock_that_runs_brings_what_is_due_too():
    start = time.monotonic()
    times = {"clock": lambda: TODAY + (time.monotonic() - start) * 60 * SECOND}  # a minute a second
    with fr.Sandbox(messages=0, **times) as sandbox, told(sandbox, 500) as receiver:
        receive(sandbox)
        assert receiver.waits_for(4) == 4
        gaps = posts(sandbox)["at"].diff().dropna().dt.total_seconds()
        assert all(30 <= gap < 60 for gap in gaps), gaps.tolist()


def test_a_tick_and_the_thread_don_t_bring_anything_twice():
    with fr.Sandbox(messages=0, rate=0) as sandbox, told(sandbox) as receiver:
        sent = []
        for _ in range(50):
            sent.append(receive(sandbox))
            sandbox.tick(seconds=0.2)
        assert [fr.read(body).id.item() for body in receiver.bodies] == sent


def test_what_a_receiver_does_about_it_happens_at_the_same_time(standing):
    """An auto-reply is sent while time stands at the moment of the text, and its receipts come within the same tick."""
    replies = []

    def reply(handler):
        if not replies:
            replies.append(send(standing, body="Where is it?"))
        handler.answer(200)

    with told(standing, reply, kinds=("sms_callback", "sms_dlr_callback")) as receiver:
        receive(standing)
        standing.tick(seconds=10)
    assert [each["data"]["type"] for each in receiver.said()[:3]] == ["message", "delivery_receipt", "delivery_receipt"]
    assert seconds(standing)[:3] == [0.1, 1.1, 2.1]
    assert standing.taken["at"].item() == TODAY + 0.1 * SECOND


def test_time_can_t_be_moved_twice_at_once(standing):
    found = []

    def tick(handler):
        try:
            standing.tick(seconds=1)
        except fr.InputError as refused:
            found.append(str(refused))
        handler.answer(200)

    with told(standing, tick):
        receive(standing)
        standing.tick(seconds=1)
    assert found == ["Another tick() is still under way. Wait for it: nothing can happen in two times at once."]
    assert standing.tick(seconds=1) == TODAY + 2 * SECOND


# ------------------------------------------------------------------ the end


def postmen():
    return [each for each in threading.enumerate() if "postman" in each.name]


def open_files():
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH112, PTH208


def all_are_gone(threads):
    until = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < until:
        time.sleep(0.01)
    return threading.active_count() <= threads


def test_nothing_is_left_of_many_sandboxes_that_had_something_to_tell():
    with Receiver() as receiver:
        threads, files = threading.active_count(), open_files()
        for _ in range(50):
            with fr.Sandbox(messages=0) as sandbox:
                set_callback(sandbox, "sms_callback", receiver.url)
                receive(sandbox)
                assert postmen()
        assert not postmen()
        assert all_are_gone(threads)
        assert not files or open_files() <= files


@pytest.mark.parametrize("moves", [True, False], ids=["a tick", "its thread"])
def test_it_ends_at_once_while_a_receiver_hangs(moves):
    threads = threading.active_count()
    with fr.Sandbox(messages=0) as sandbox, told(sandbox, hang) as receiver:
        receive(sandbox)
        ticking = threading.Thread(target=sandbox.tick, kwargs={"minutes": 5})
        if moves:
            ticking.start()
        assert receiver.waits_for(1) == 1
        start = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - start < 1
        if moves:
            ticking.join(5)
            assert not ticking.is_alive()
        assert not postmen()
        assert len(receiver.got) == 1
    assert all_are_gone(threads)
    assert posts(sandbox).status.isna().tolist() == [True]


def test_it_ends_at_once_while_a_receiver_does_not_take_up_its_connection():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, contextlib.ExitStack() as stack:
        place = deaf.getsockname()
        for _ in range(3):  # nobody else gets through
            line = stack.enter_context(socket.socket())
            line.setblocking(False)  # noqa: FBT003
            line.connect_ex(place)
        with fr.Sandbox(messages=0) as sandbox:
            set_callback(sandbox, "sms_callback", f"http://127.0.0.1:{place[1]}/")
            receive(sandbox)
            until = time.monotonic() + 5
            while posts(sandbox).empty and time.monotonic() < until:
                time.sleep(0.01)
            start = time.monotonic()
            sandbox.stop()
            assert time.monotonic() - start < 1
        assert not postmen()


def test_a_receiver_may_end_it():
    with fr.Sandbox(messages=0) as sandbox:

        def end(handler):
            sandbox.stop()
            handler.answer(200)

        with told(sandbox, end) as receiver:
            receive(sandbox)
            sandbox.tick(minutes=5)
            assert len(receiver.got) == 1
    assert not postmen()


def test_it_ends_when_nobody_holds_it_any_more_also_with_something_to_tell():
    threads = threading.active_count()
    sandbox = fr.Sandbox(messages=0)
    set_callback(sandbox, "sms_callback", "http://127.0.0.1:9/")
    receive(sandbox)
    assert postmen()
    del sandbox
    gc.collect()
    assert all_are_gone(threads)


def test_the_garbage_may_be_collected_by_the_thread_that_tells():
    threads = threading.active_count()
    by = []

    def abandoned():
        sandbox = fr.Sandbox(messages=0)
        sandbox.itself = sandbox
        set_callback(sandbox, "sms_callback", "http://127.0.0.1:9/")
        sandbox._service.postman.delivery.post = lambda *_: (
            (by.append(threading.current_thread().name), gc.collect()) and Heard(200, "")
        )
        receive(sandbox)

    gc.disable()
    try:
        abandoned()
        assert all_are_gone(threads)
    finally:
        gc.enable()
    assert by == ["flowroute sandbox's postman"]


def test_one_that_was_stopped_receives_nothing_and_its_time_stands():
    sandbox = fr.Sandbox(messages=0)
    sandbox.stop()
    for use in (lambda: sandbox.tick(days=1), lambda: receive(sandbox)):
        with pytest.raises(fr.InputError, match="This sandbox was stopped"):
            use()
