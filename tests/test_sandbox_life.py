"""A sandbox begins, remembers, lets things go wrong and ends, and nothing is left of it that should not be."""

import contextlib
import datetime as dt
import gc
import http.client
import json
import os
import socket
import sqlite3
import threading
import time
from urllib.parse import urlsplit

import pandas as pd
import pytest
import requests

import flowroute_nb as fr

GOOD = {"to": "15305557784", "from": "12065550100", "body": "Gee, nice marmot!"}


def get(sandbox, path, **options):
    return requests.get(sandbox.url + path, auth=(sandbox.access_key, sandbox.secret_key), timeout=10, **options)


def post(sandbox, **said):
    url, auth = f"{sandbox.url}/v2.1/messages", (sandbox.access_key, sandbox.secret_key)
    return requests.post(url, json=GOOD | said, auth=auth, timeout=10)


def open_files():
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH112, PTH208


def goes_away(url):
    """Wait until nobody listens any more."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=1).close()
        except OSError:
            return True
        time.sleep(0.02)
    return False


def whatever_comes(sandbox):
    with contextlib.suppress(requests.ConnectionError):
        get(sandbox, "/")


# ------------------------------------------------------------------ the end


def test_it_ends_at_once_with_clients_still_connected_and_answers_still_slow():
    threads, files = threading.active_count(), open_files()
    sandbox = fr.Sandbox(messages=0).start()
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=5)
    line.request("GET", "/v2.1/messages/none")
    line.getresponse().read()
    sandbox.fault("slow", seconds=60)
    waiting = threading.Thread(target=whatever_comes, args=(sandbox,))
    waiting.start()
    time.sleep(0.1)
    start = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - start < 1
    waiting.join()
    assert line.sock.recv(10) == b""
    line.close()
    assert threading.active_count() <= threads
    assert not files or open_files() <= files


def test_it_ends_when_nobody_holds_it_any_more():
    others = threading.enumerate()  # some of them may end meanwhile
    sandbox = fr.Sandbox(messages=0)
    url = sandbox.url
    get(sandbox, "/")
    del sandbox
    gc.collect()
    assert goes_away(url)
    assert [each for each in threading.enumerate() if each not in others] == []


def test_it_lives_as_long_as_an_account_of_it():
    account = fr.Sandbox(messages=0).account()
    url = account.sandbox.url
    gc.collect()
    assert account.send(to="15305557784", body="Still there?").id
    del account
    gc.collect()
    assert goes_away(url)


@pytest.mark.parametrize("pause", [0.0, 0.2])
def test_the_garbage_may_be_collected_by_one_of_its_own_threads(monkeypatch, pause):
    """Any thread can be the one that finds it abandoned; waiting for itself it would never end.

    With the pause a new thread runs long before the one that started it goes on, as on a busy machine.
    """
    threads, start = threading.active_count(), threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (start(thread), time.sleep(pause)))

    def collecting_clock():  # asked by the thread that answers a request
        gc.collect()
        return dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)

    def abandoned():
        sandbox = fr.Sandbox(messages=0, clock=collecting_clock)
        sandbox.itself = sandbox
        return sandbox.url

    gc.disable()
    try:
        url = abandoned()
        with contextlib.suppress(requests.ConnectionError):
            requests.get(url, timeout=5)
        assert goes_away(url)
    finally:
        gc.enable()
    until = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < until:
        time.sleep(0.02)
    assert threading.active_count() <= threads


def test_what_it_took_can_be_looked_at_after_the_end():
    with fr.Sandbox(messages=0) as sandbox:
        sent = post(sandbox).json()["data"]["id"]
    assert sandbox.taken.id.tolist() == [sent]
    assert "at=stopped" in repr(sandbox)
    for use in (lambda: sandbox.url, sandbox.account, sandbox.start):
        with pytest.raises(fr.InputError, match="This sandbox was stopped"):
            use()


def test_one_that_was_never_started_can_be_stopped():
    sandbox = fr.Sandbox(messages=0)
    assert "at=not started" in repr(sandbox)
    sandbox.stop()
    assert sandbox.taken.empty


def test_starting_it_from_many_threads_starts_it_once():
    with fr.Sandbox(messages=0) as sandbox:
        found = []
        threads = [threading.Thread(target=lambda: found.append(sandbox.start().url)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(found) == {sandbox.url}


# ------------------------------------------------------------------ what it shows of itself


@pytest.mark.parametrize("count", [0, 1])
def test_what_it_took_is_typed_also_when_it_is_nothing(count):
    with fr.Sandbox(messages=0) as sandbox:
        for _ in range(count):
            post(sandbox, media_urls=["https://example.com/37.gif"])
        taken = sandbox.taken
    assert list(taken) == ["at", "version", "id", "to", "from", "body", "media_urls"]
    assert taken["at"].dtype == "datetime64[us, UTC]"
    assert {str(taken[name].dtype) for name in ("version", "id", "to", "from", "body")} == {"str"}
    assert len(taken) == count
    assert taken.media_urls.tolist() == [["https://example.com/37.gif"]] * count
    assert pd.concat([taken, taken]).dtypes.equals(taken.dtypes)


def test_its_card_shows_where_it_is_and_no_secret():
    with fr.Sandbox(messages=1_234) as sandbox:
        for card in (repr(sandbox), sandbox._repr_html_()):
            assert sandbox.url in card
            assert sandbox.secret_key not in card
            assert sandbox.secret_key[-4:] not in card
            assert sandbox.access_key not in card
            assert "1,234 messages" in card
            assert all(number in card for number in sandbox.numbers)


def test_its_keys_look_made_up_and_its_numbers_are_those_of_fiction():
    with fr.Sandbox(messages=0) as sandbox:
        assert sandbox.secret_key.startswith("sandbox-secret-")
        assert sandbox.access_key.startswith("sandbox")
        assert all(len(number) == 11 and number[4:9] == "55501" for number in sandbox.numbers)
        assert {number[1:4] for number in sandbox.numbers} >= {"206", "800"}


# ------------------------------------------------------------------ its file


def test_a_database_of_something_else_is_left_as_it_is(tmp_path):
    path = tmp_path / "cellar.db"
    with contextlib.closing(sqlite3.connect(path)) as cellar:
        cellar.execute("create table wine (name text)")
        cellar.commit()
    before = path.read_bytes()
    with pytest.raises(fr.InputError, match="it belongs to something else.*Give a new name"):
        fr.Sandbox(path=path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("path", ["", 5, "a\0b", b"bytes"])
def test_what_is_no_name_of_a_file_is_refused(path):
    with pytest.raises(fr.InputError, match="is no name of a file"):
        fr.Sandbox(path=path)


def test_a_file_in_a_folder_that_isn_t_there_is_refused(tmp_path):
    with pytest.raises(fr.InputError, match="a folder that is there"):
        fr.Sandbox(path=tmp_path / "none" / "sandbox.db")


def test_a_file_goes_on_where_it_was(tmp_path):
    path, sent = tmp_path / "sandbox.db", []
    for _ in range(2):
        with fr.Sandbox(today="2026-10-31", messages=20, path=str(path)) as sandbox:
            sent.append(post(sandbox).json()["data"]["id"])
            sandbox.tick(seconds=4)
            assert get(sandbox, f"/v2.1/messages/{sent[0]}").status_code == 200
            assert len(get(sandbox, "/v2/messages?start_date=2026-09-01&limit=99").json()["data"]) == 20 + len(sent)
    assert len(set(sent)) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["sandbox.db"]


def test_two_sandboxes_may_use_one_file_at_once(tmp_path):
    path = tmp_path / "sandbox.db"
    with (
        fr.Sandbox(today="2026-10-31", messages=300, path=path, rate=0) as one,
        fr.Sandbox(today="2026-10-31", messages=300, path=path, rate=0) as two,
    ):
        assert one.secret_key == two.secret_key
        threads = [threading.Thread(target=lambda s=s: [post(s) for _ in range(10)]) for s in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(one.taken) == len(two.taken) == one.taken.id.nunique() == 20
        pages = [get(each, "/v2.1/messages?start_date=2026-09-01&end_date=2026-10-31&limit=999") for each in (one, two)]
        assert pages[0].content == pages[1].content


# ------------------------------------------------------------------ faults


def test_a_fault_happens_as_often_as_told_and_where_told():
    with fr.Sandbox(messages=0) as sandbox:
        sandbox.fault("503_retry_after", 2, on="GET /messages")
        sandbox.fault("429")
        assert post(sandbox).status_code == 429
        assert [get(sandbox, "/v2.1/messages/none").status_code for _ in range(3)] == [503, 503, 404]


def test_a_dropped_answer_to_a_read_just_closes():
    with fr.Sandbox(messages=0) as sandbox:
        sandbox.fault("drop_answer")
        with pytest.raises(requests.ConnectionError):
            get(sandbox, "/v2.1/messages/none")
        assert get(sandbox, "/v2.1/messages/none").status_code == 404


def test_a_slow_answer_is_as_late_as_told_and_was_taken():
    with fr.Sandbox(messages=0) as sandbox:
        sandbox.fault("slow", seconds=0.4)
        start = time.monotonic()
        assert post(sandbox).status_code == 202
        assert 0.4 <= time.monotonic() - start < 1.4
        assert len(sandbox.taken) == 1


def test_a_million_faults_take_no_room():
    with fr.Sandbox(messages=0) as sandbox:
        sandbox.fault("503_retry_after", times=10**12)
        assert get(sandbox, "/").status_code == 503


@pytest.mark.parametrize("seconds", [-1, 3_601, "2", True, float("nan")])
def test_a_pause_that_can_t_be_is_refused(sandbox, seconds):
    with pytest.raises(fr.InputError, match="is no pause"):
        sandbox.fault("slow", seconds=seconds)


# ------------------------------------------------------------------ wrong arguments


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"days": 10**9}, "before the calendar began"),
        ({"today": "0001-01-01"}, "before the calendar began"),
        ({"today": "soon"}, "'soon' is no day that exists. Give a date"),
        ({"seed": "one"}, "seed='one' is no whole number"),
        ({"messages": True}, "messages=True is no whole number"),
        ({"rate": 2.5}, "rate=2.5 is no whole number"),
    ],
)
def test_an_argument_that_can_t_be_is_refused_before_anything_is_made(options, said):
    with pytest.raises(fr.InputError) as wrong:
        fr.Sandbox(**options)
    assert said in str(wrong.value)


def test_a_port_that_is_taken_or_none_is_a_sentence():
    with fr.Sandbox(messages=0) as sandbox:
        for port in (urlsplit(sandbox.url).port, 70_000):
            other = fr.Sandbox(messages=0, port=port)
            with pytest.raises(fr.InputError, match=f"port={port}.*Leave them out for a free port"):
                other.start()
            other.stop()


def test_a_moment_means_its_day():
    for today in (
        "2026-10-31",
        "2026-10-31T18:30",
        pd.Timestamp("2026-10-31 18:30"),
        pd.Timestamp("2026-10-31").date(),
    ):
        with fr.Sandbox(messages=0, today=today) as sandbox:
            assert f"{sandbox.now():%Y-%m-%d %H:%M}" == "2026-10-31 12:00"


def test_the_same_sends_get_the_same_ids():
    found = []
    for today in ("2026-10-31", "2026-10-31", "2026-11-01"):
        with fr.Sandbox(seed=3, today=today, messages=0) as sandbox:
            found.append([json.loads(post(sandbox).content)["data"]["id"] for _ in range(3)])
    assert found[0] == found[1] != found[2]


def test_one_that_everybody_can_reach_is_reached_from_here_by_this_machine_s_own_address():
    with fr.Sandbox(messages=0, host="0.0.0.0", rate=0) as sandbox:  # noqa: S104  the point
        assert sandbox.account().send(to="15305557784", body="Gee, nice marmot!").id == sandbox.taken.id[0]
