"""Where the sandbox's behaviour changes: at a moment, at a count, under one quirk and one kind of message."""

import datetime as dt
import time

import pytest
import requests
from conftest import TODAY
from receiver import posts, receive, seconds, send, set_callback, told

import flowroute_nb as fr

THEIRS, TEXT = "15305550199", "Gee, nice marmot!"
VERSIONS = ["v2", "v2.1", "v2.2"]


def get(sandbox, path):
    return requests.get(sandbox.url + path, auth=(sandbox.access_key, sandbox.secret_key), timeout=10)


def attributes(sandbox, version, record_id):
    return get(sandbox, f"/{version}/messages/{record_id}").json()["data"]["attributes"]


class Time:
    """A clock that is set by hand."""

    def __init__(self, now=TODAY):
        self.now = now

    def __call__(self):
        return self.now


# ------------------------------------------------------------------ when receipts come


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """Give the file of a sandbox, and of its past a text that was delivered: its id and its moment."""
    path = tmp_path_factory.mktemp("past") / "sandbox.db"
    with fr.Sandbox(today="2026-10-31", messages=300, path=path) as sandbox:
        df = sandbox.account().messages("2026-10", progress=False)
    row = df[(df.delivery == "delivered") & ~df.is_mms & (df.direction == "outbound")].iloc[-1]
    return path, row.id, row.timestamp.to_pydatetime()


@pytest.mark.parametrize(
    ("after", "levels", "status"),
    [
        (0.99, [], "smsc submit"),
        (1.0, [1], "smsc submit"),
        (1.99, [1], "smsc submit"),
        (2.0, [2, 1], "message buffered"),
        (3.99, [2, 1], "message buffered"),
        (4.0, [2, 1], "delivery success"),
    ],
)
def test_a_fresh_record_of_the_past_on_v2_2_has_the_receipts_of_its_age_and_all_after_a_tick(
    past, after, levels, status
):
    path, record_id, moment = past
    clock, quirks = Time(moment + dt.timedelta(seconds=after)), {"record_price": "present"}
    with fr.Sandbox(path=path, clock=clock, quirks=quirks) as sandbox:
        fresh = attributes(sandbox, "v2.2", record_id)
        assert [receipt["level"] for receipt in fresh["delivery_receipts"]] == levels
        assert fresh["status"] == status
        sandbox.tick(seconds=4)
        settled = attributes(sandbox, "v2.2", record_id)
        assert [receipt["level"] for receipt in settled["delivery_receipts"]] == [2, 1]
        assert settled["status"] == "delivery success"


@pytest.mark.parametrize("version", ["v2.1", "v2.2"])
def test_a_sent_message_has_the_receipts_of_its_age(version):
    clock = Time()
    with fr.Sandbox(messages=0, rate=0, clock=clock, quirks={"lag": "none"}) as sandbox:
        record_id = send(sandbox, version)
        for after, count in ((0.99, 0), (1.0, 1), (1.99, 1), (2.0, 2), (30.0, 2)):
            clock.now = TODAY + dt.timedelta(seconds=after)
            receipts = attributes(sandbox, version, record_id)["delivery_receipts"]
            assert (after, len(receipts)) == (after, count)
            assert all(receipt["timestamp"][:19] <= f"{clock.now:%Y-%m-%dT%H:%M:%S}" for receipt in receipts)


def test_a_record_is_readable_from_the_moment_of_its_lag_on():
    clock = Time()
    with fr.Sandbox(messages=0, rate=0, clock=clock) as sandbox:
        record_ids, lags = [send(sandbox) for _ in range(6)], set()
        for tenths in range(60):
            clock.now = TODAY + dt.timedelta(seconds=tenths / 10)
            for record_id in record_ids:
                if get(sandbox, f"/v2.1/messages/{record_id}").status_code == 200:
                    lags.add(tenths)
                    record_ids.remove(record_id)
        assert record_ids == []
        assert min(lags) > 0


# ------------------------------------------------------------------ prices


@pytest.mark.parametrize("quirk", ["present", "absent"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_answer_to_an_sms_says_its_price_on_v2_2_whatever_that_to_an_mms_says(quirk, version):
    with fr.Sandbox(today="2026-10-31", messages=0, rate=0, quirks={"mms_price": quirk}) as sandbox:
        url, auth = f"{sandbox.url}/{version}/messages", (sandbox.access_key, sandbox.secret_key)
        body = {"to": THEIRS, "from": sandbox.numbers[0], "body": TEXT}
        files = {"media_urls": ["https://example.com/37.gif"]} if version != "v2" else {}
        sms, mms = (requests.post(url, json=body | more, auth=auth, timeout=10).json()["data"] for more in ({}, files))
        said = "attributes" in sms, "attributes" in mms
        assert said == ((True, quirk == "present") if version == "v2.2" else (False, False))
        if version == "v2.2":
            assert sms["attributes"]["price_details"]["charged_cost"] == "0.0040"


def test_a_segment_costs_the_new_price_from_the_midnight_of_the_step_on(tmp_path):
    path = tmp_path / "sandbox.db"
    with fr.Sandbox(today="2026-10-31", messages=300, path=path) as sandbox:
        story = sandbox.story
    step = dt.datetime.combine(story.price_step, dt.time(), dt.UTC)
    clock, costs = Time(), []
    with fr.Sandbox(path=path, rate=0, clock=clock, quirks={"lag": "none"}) as sandbox:
        for microseconds in (-1, 0):
            clock.now = step + dt.timedelta(microseconds=microseconds)
            costs.append(attributes(sandbox, "v2.1", send(sandbox))["amount_nanodollars"])
    assert costs == [story.price_before, story.price_after]
    assert costs[0] < costs[1]


# ------------------------------------------------------------------ webhooks


def test_a_webhook_delivered_late_is_retried_thirty_seconds_after_that_attempt():
    clock = Time()
    with fr.Sandbox(messages=0, rate=0, clock=clock) as sandbox, told(sandbox, 500) as receiver:
        receive(sandbox)  # due after a tenth of a second
        clock.now += dt.timedelta(seconds=10)
        assert receiver.waits_for(1) == 1
        sandbox.tick(minutes=5)
    assert seconds(sandbox) == [10, 40, 70, 100]


def test_a_webhook_is_due_from_its_moment_on_and_the_tick_includes_its_end():
    clock = Time()
    with fr.Sandbox(messages=0, rate=0, clock=clock) as sandbox, told(sandbox, 500) as receiver:
        receive(sandbox)
        sandbox.tick(seconds=0.1)
        assert len(receiver.got) == 1
        sandbox.tick(seconds=29.999_999)
        assert len(receiver.got) == 1
        sandbox.tick(seconds=0.000_001)
        assert len(receiver.got) == 2


def test_a_tick_that_brings_what_is_late_does_not_turn_time_back():
    clock = Time()
    with fr.Sandbox(messages=0, rate=0, clock=clock) as sandbox, told(sandbox) as receiver:
        receive(sandbox)  # due after a tenth of a second
        time.sleep(0.02)  # the sandbox's thread has looked, and looks again after a tenth of a second
        clock.now += dt.timedelta(seconds=10)
        assert sandbox.tick(seconds=1) == TODAY + dt.timedelta(seconds=11)
        assert len(receiver.got) == 1
    assert seconds(sandbox) == [10]


@pytest.mark.parametrize(("status", "tries"), [(200, 1), (201, 4), (204, 4), (299, 4), (300, 4), (500, 4)])
@pytest.mark.parametrize("quirk", ["200", "any_2xx"])
def test_which_answers_to_a_webhook_end_it(status, tries, quirk):
    quirks = {"callback_answer": quirk}
    with fr.Sandbox(messages=0, rate=0, clock=Time(), quirks=quirks) as sandbox, told(sandbox, status) as receiver:
        receive(sandbox)
        sandbox.tick(minutes=5)
    is_ended = quirk == "any_2xx" and 200 <= status < 300
    assert len(receiver.got) == (1 if is_ended else tries)


def test_a_receipt_goes_to_the_callback_that_is_set_when_it_is_due():
    with fr.Sandbox(messages=0, rate=0, clock=Time()) as sandbox:
        with told(sandbox, kinds=("sms_dlr_callback",)) as first:
            send(sandbox)
            sandbox.tick(seconds=1.5)
            assert len(first.got) == 1
        with told(sandbox, kinds=("sms_dlr_callback",)) as second:
            sandbox.tick(seconds=10)
            assert len(second.got) >= 1
        assert len(first.got) == 1


def test_a_retry_goes_where_the_first_attempt_went():
    with fr.Sandbox(messages=0, rate=0, clock=Time()) as sandbox, told(sandbox, 500) as first:
        receive(sandbox)
        sandbox.tick(seconds=1)
        set_callback(sandbox, "sms_callback", "http://127.0.0.1:9/")
        sandbox.tick(minutes=5)
        assert len(first.got) == 4
    assert posts(sandbox).attempt.tolist() == [1, 2, 3, 4]


# ------------------------------------------------------------------ time


def test_a_tick_of_nothing_brings_what_is_due_now_and_the_clock_never_goes_back():
    clock = Time()
    with fr.Sandbox(messages=0, clock=clock) as sandbox:
        assert sandbox.tick() == TODAY
        assert sandbox.tick(hours=1) == TODAY + dt.timedelta(hours=1)
        assert sandbox.tick(seconds=0.000_001) == TODAY + dt.timedelta(hours=1, microseconds=1)
        clock.now += dt.timedelta(minutes=1)
        assert sandbox.now() == TODAY + dt.timedelta(hours=1, minutes=1, microseconds=1)


# ------------------------------------------------------------------ faults


@pytest.mark.parametrize("pause", [0, 3600])
def test_the_shortest_and_the_longest_pause_can_be_asked_for(pause):
    with fr.Sandbox(messages=0) as sandbox:
        assert sandbox.fault("slow", seconds=pause).seconds == pause


@pytest.mark.parametrize(
    ("on", "paths"),
    [
        (
            "GET /messages",
            {"/v2.1/messages/x": 429, "/v2.1/messages": 429, "/v2/numbers": 200, "/v2/message-stats": 200},
        ),
        ("GET /message-stats", {"/v2/message-stats": 429, "/v2.1/messages/x": 404}),
        ("GET /messages/x", {"/v2.1/messages/x": 429, "/v2.1/messages/xy": 404, "/v2.2/messages/x/": 429}),
    ],
)
def test_a_fault_hits_its_path_and_what_is_below_it_and_no_path_that_only_begins_alike(on, paths):
    for path, status in paths.items():
        with fr.Sandbox(messages=0) as sandbox, sandbox.fault("429", on=on):
            assert (path, get(sandbox, path).status_code) == (path, status)


# ------------------------------------------------------------------ the log


def test_the_log_keeps_a_text_of_exactly_a_thousand_characters_whole():
    with fr.Sandbox(messages=0, rate=0) as sandbox:
        with requests.Session() as session:
            session.auth = (sandbox.access_key, sandbox.secret_key)
            for count in (999, 1_000, 1_001):
                session.post(f"{sandbox.url}/v2.1/messages", data=b"x" * count, timeout=10)
        assert sandbox.log.request.str.len().tolist() == [999, 1_000, 1_001]
        assert sandbox.log.request.str[-1].tolist() == ["x", "x", "…"]


# ------------------------------------------------------------------ what is read


def test_a_list_without_an_end_and_the_stats_hold_what_happened_just_now():
    with fr.Sandbox(messages=0, rate=0, clock=Time(), quirks={"lag": "none"}) as sandbox:
        ids = {receive(sandbox), send(sandbox), send(sandbox)}
        for version in ("v2.1", "v2.2"):
            page = get(sandbox, f"/{version}/messages?start_date=2026-10-31").json()
            assert {record["id"] for record in page["data"]} == ids
        for period in get(sandbox, "/v2/message-stats").json()["data"]:
            counts = period["attributes"]
            names = ("message_inbound", "message_outbound", "message_total")
            assert [int(counts[name]) for name in names] == [1, 2, 3]


@pytest.mark.parametrize(("limit", "pages"), [(1, 4), (2, 2), (3, 2), (4, 1), (5, 1)])
def test_the_last_page_of_numbers_has_no_next_however_full_it_is(limit, pages):
    with fr.Sandbox(messages=0) as sandbox:
        path, found, count = f"/v2/numbers?limit={limit}", [], 0
        while path:
            page = get(sandbox, path).json()
            found += [number["id"] for number in page["data"]]
            path = page["links"].get("next", "").removeprefix(sandbox.url)
            count += 1
        assert (found, count) == (sandbox.numbers, pages)


def test_ten_dollars_can_be_spent_to_the_last_cent_and_no_more():
    with fr.Sandbox(messages=0, rate=0, clock=Time(), quirks={"balance": "ten_dollars"}) as sandbox:
        url, auth = f"{sandbox.url}/v2.1/messages", (sandbox.access_key, sandbox.secret_key)
        dollar = {"to": THEIRS, "from": sandbox.numbers[0], "body": "é" * 70 * 250}  # 250 segments of $0.0040
        statuses = [requests.post(url, json=dollar, auth=auth, timeout=10).status_code for _ in range(11)]
        assert statuses == [202] * 10 + [402]
        assert sandbox.charged() == 10
