"""What arrives and what becomes of what was sent is told: to the right one, and as it is."""

import json
import threading
from decimal import Decimal

import pandas as pd
import pytest
import requests
from conftest import TODAY
from receiver import OURS, STANDING, THEIRS, Receiver, posts, receive, seconds, send, set_callback, told

import flowroute_nb as fr


@pytest.fixture
def standing():
    """Give a sandbox whose time goes on by ticks alone."""
    with fr.Sandbox(**STANDING) as running:
        yield running


# ------------------------------------------------------------------ a text arrives


def test_a_text_that_arrives_is_posted_and_can_be_read(standing):
    with told(standing) as receiver:
        record_id = receive(standing)
        assert receiver.got == []
        standing.tick(seconds=1)
    ((path, heads, body),) = receiver.got
    assert path == "/hook"
    assert heads["Content-Type"] == "application/json"
    assert heads["Host"] == receiver.url.split("/")[2]
    row = fr.read(body).iloc[0]
    assert row[["id", "from", "to", "body", "direction", "delivery"]].tolist() == [
        *(record_id, THEIRS, OURS, "Where's the rug?", "inbound", "received"),
    ]
    assert (row.cost, row.timestamp) == (Decimal("0.0040"), pd.Timestamp(TODAY))
    looked_up = standing.account().lookup(record_id)
    same = ["timestamp", "direction", "cost", "segments", "delivery", "body", "status", "message_type", "from", "to"]
    assert row[same].equals(looked_up[same])


def test_nobody_is_told_who_did_not_want_to_be_when_it_happened(standing):
    receive(standing)
    send(standing)
    with told(standing, kinds=("sms_callback", "sms_dlr_callback")) as receiver:
        standing.tick(days=1)
    assert receiver.got == []
    assert posts(standing).empty


def test_where_to_is_looked_up_when_it_goes(standing):
    with told(standing) as first, Receiver() as second:
        receive(standing)
        set_callback(standing, "sms_callback", second.url)
        standing.tick(seconds=1)
        assert (len(first.got), len(second.got)) == (0, 1)
        receive(standing)
        auth = (standing.access_key, standing.secret_key)
        requests.delete(f"{standing.url}/v2.2/messages/sms_callback", auth=auth, timeout=10)
        standing.tick(seconds=1)
        assert (len(first.got), len(second.got)) == (0, 1)


def test_what_a_number_says_goes_before_the_account(standing):
    with told(standing) as account, Receiver() as number:
        set_callback(standing, "sms_callback", number.url, OURS)
        for ours in (OURS, "12065550101"):
            receive(standing, to=ours)
        standing.tick(seconds=1)
    assert [fr.read(body)["to"].item() for body in number.bodies] == [OURS]
    assert [fr.read(body)["to"].item() for body in account.bodies] == ["12065550101"]


def test_a_picture_goes_to_the_callback_of_pictures(standing):
    url = "https://example.com/rugs/persian.png"
    with told(standing) as texts, told(standing, kinds=("mms_callback",)) as pictures:
        record_id = receive(standing, media_urls=[url, "https://example.com/"])
        standing.tick(seconds=1)
    assert texts.got == []
    frame = fr.read(pictures.bodies[0])
    assert frame[["id", "is_mms"]].values.tolist() == [[record_id, True]]
    media = fr.expand(frame, "media")
    assert media.url.tolist() == [url, "https://example.com/"]
    assert media.file_name.tolist() == ["persian.png", "file"]
    assert media.mime_type.tolist() == ["image/png", "application/octet-stream"]
    in_record = json.loads(standing.account().lookup(record_id).media)
    assert media.media_id.tolist() == [each["id"] for each in in_record]


def test_a_text_that_arrives_costs_what_any_other_does(standing):
    receive(standing, body="x" * 161)  # two segments, by the published rule
    receive(standing, body="é" * 71)
    receive(standing, body="")
    receive(standing, body=None, media_urls=["https://example.com/1.png"])
    standing.tick(seconds=1)
    frame = standing.account().messages(days=1, progress=False)
    assert sorted(frame.cost) == [Decimal(each) for each in ("0.0040", "0.0080", "0.0080", "0.0095")]


def test_stop_and_unstop_count(standing):
    account = standing.account()
    receive(standing, body="Stop")
    standing.tick(seconds=1)
    with pytest.raises(fr.errors.OptedOut):
        account.send(to=THEIRS, body="Still there?")
    account.send(to=THEIRS, body="Still there?", from_=standing.numbers[1])
    receive(standing, body=" UNSTOP ")
    standing.tick(seconds=1)
    account.send(to=THEIRS, body="Still there?")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "12065550199"}, "to (str, …0199) is no number of this sandbox. Give one of 12065550100, "),
        ({"to": "Walter"}, "to (str, …lter) is no phone number"),
        ({"from_": "555777784"}, "from_ (str, …7784) is no phone number"),
        ({"from_": "55"}, "from_ (str, …55) is no phone number"),
        ({"from_": "+157012"}, "from_ (str, …7012) is no phone number"),
        ({"from_": "+1570123456789012"}, "from_ (str, …9012) is no phone number"),
        ({"to": "40404"}, "to (str, …0404) is no phone number"),
        ({"from_": None}, "from_ (NoneType, …None) is no phone number"),
        ({"from_": True}, "from_ (bool, …True) is no phone number"),
        ({"from_": "१२०६५५५०१०१"}, "is no phone number"),
        ({"body": None}, "has a body= or media_urls=, or both"),
        ({"body": b"Hello"}, "body is a bytes, and a message is text"),
        ({"body": "Half \ud83d"}, "body has half a character at 5"),
        ({"media_urls": "https://example.com/1.png"}, "is no list of addresses"),
        ({"media_urls": ["1.png"]}, "is no list of addresses"),
        ({"media_urls": ["http://["]}, "is no list of addresses"),
    ],
)
def test_what_can_t_arrive_does_not(standing, wrong, said):
    with pytest.raises(fr.InputError) as refused:
        receive(standing, **wrong)
    assert said in str(refused.value)
    assert standing.account().messages(days=1, progress=False).empty


def test_numbers_may_have_a_plus_or_be_numbers(standing):
    found = [
        receive(standing, from_=each, to=to) for each, to in ((f"+{THEIRS}", f"+{OURS}"), (int(THEIRS), int(OURS)))
    ]
    records = standing.account().lookup(found)
    assert records[["from", "to"]].values.tolist() == [[THEIRS, OURS]] * 2


def test_a_wrong_keyword_is_a_type_error(standing):
    with pytest.raises(TypeError, match="receive.. has no keyword 'text'"):
        standing.receive(from_=THEIRS, to=OURS, text="Hello")
    with pytest.raises(TypeError, match="tick.. has no keyword 'day'. Did you mean 'days'"):
        standing.tick(day=1)


def test_the_same_story_has_the_same_ids():
    found = []
    for _ in range(2):
        with fr.Sandbox(**STANDING) as sandbox:
            found.append([receive(sandbox), send(sandbox), receive(sandbox)])
    assert found[0] == found[1]
    assert len(set(found[0])) == 3


# ------------------------------------------------------------------ receipts


def test_the_receipts_of_a_message_come_one_after_the_other_and_are_those_of_its_record(standing):
    with told(standing, kinds=("sms_dlr_callback",)) as receiver:
        sent = [send(standing) for _ in range(120)]
        for until, posted in ((0.9, 0), (1.1, 120), (1.9, 120), (2.1, 240), (3.9, 240)):
            standing.tick(seconds=until - (standing.now() - TODAY).total_seconds())
            assert len(receiver.got) == posted
        standing.tick(seconds=1)
    assert sorted(set(seconds(standing))) == [1, 2, 4]
    receipts = fr.expand(receiver.said(), "delivery_receipts")
    records = standing.account().lookup(sent)
    final = fr.expand(records, "delivery_receipts").set_index(["id", "level"])
    assert set(final.status_code.dropna()) == {1003, 1004, 1007}  # of so many some are only accepted, and some fail
    for (record_id, level), of_one in receipts.groupby(["id", "level"]):
        last, in_record = of_one.iloc[-1], final.loc[(record_id, level)]
        for column in ("status", "status_code", "status_code_description"):
            assert pd.isna(last[column]) == pd.isna(in_record[column])
            assert pd.isna(last[column]) or last[column] == in_record[column]
    by_id = receipts.groupby("id").status_code.apply(lambda codes: [None if pd.isna(c) else int(c) for c in codes])
    fates = records.set_index("id").delivery
    endings = {"delivered": [1004], "failed": [1007], "pending": []}
    assert by_id.to_dict() == {each: [None, 1003, *endings[fates[each]]] for each in sent}


def test_a_receipt_says_the_moment_and_where_its_record_is(standing):
    with told(standing, kinds=("sms_dlr_callback",)) as receiver:
        sent = send(standing)
        standing.tick(seconds=3)
    first, second = receiver.said()
    assert first["data"]["attributes"] == {
        "body": "Gee, nice marmot!",
        "level": 1,
        "status": "smsc submit",
        "status_code": None,
        "status_code_description": "Message has been sent",
        "timestamp": "2026-10-31T12:00:01+00:00",
    }
    assert second["data"]["attributes"] == {
        "body": "Gee, nice marmot!",
        "level": 2,
        "status": "message buffered",
        "status_code": 1003,
        "status_code_description": "Message accepted by Carrier",
        "timestamp": "2026-10-31T12:00:02+00:00",
    }
    related = second["data"]["links"]["related"]
    answer = requests.get(related, auth=(standing.access_key, standing.secret_key), timeout=10)
    assert answer.json()["data"]["id"] == sent


def test_a_receipt_given_to_read_names_what_reads_it(standing):
    with told(standing, kinds=("sms_dlr_callback",)) as receiver:
        send(standing)
        standing.tick(seconds=1)
    with pytest.raises(fr.InputError, match=r'fr\.expand\(receipt, "delivery_receipts"\)'):
        fr.read(receiver.bodies[0])


def test_a_message_s_own_callback_goes_before_the_number_s_and_that_before_the_account_s(standing):
    with told(standing, kinds=("sms_dlr_callback",)) as account, Receiver() as number, Receiver() as own:
        set_callback(standing, "sms_dlr_callback", number.url, OURS)
        sent = [
            send(standing, dlr_callback=own.url),
            send(standing),
            send(standing, **{"from": "12065550101"}),
        ]
        standing.tick(seconds=2)
    for record_id, receiver in zip(sent, (own, number, account), strict=True):
        assert fr.expand(receiver.said(), "delivery_receipts").id.tolist() == [record_id] * 2


def test_a_message_has_its_own_callback_where_nobody_else_has_one(standing):
    with Receiver() as own:
        sent = standing.account().send(to=THEIRS, body="Gee, nice marmot!", dlr_callback=own.url)
        standing.tick(seconds=1)
    assert fr.expand(own.bodies[0], "delivery_receipts").id.tolist() == [sent.id]


def test_v2_has_no_callbacks_of_a_message(standing):
    with told(standing, kinds=("sms_dlr_callback",)) as account, Receiver() as own:
        sent = send(standing, "v2", dlr_callback=own.url)
        standing.tick(seconds=1)
    assert own.got == []
    assert fr.expand(account.bodies[0], "delivery_receipts").id.tolist() == [sent]


def test_the_old_name_is_honoured_for_texts(standing):
    with told(standing, kinds=("dlr_callback",)) as receiver:
        sent = send(standing)
        send(standing, media_urls=["https://example.com/37.gif"])
        standing.tick(seconds=2)
    assert set(fr.expand(receiver.said(), "delivery_receipts").id) == {sent}


def test_the_receipts_of_a_picture_have_a_callback_of_their_own_and_never_a_body(standing):
    with told(standing, kinds=("sms_dlr_callback",)) as texts, told(standing, kinds=("mms_dlr_callback",)) as pictures:
        sent = send(standing, media_urls=["https://example.com/37.gif"])
        standing.tick(minutes=1)
    assert texts.got == []
    assert [each["data"]["attributes"]["body"] for each in pictures.said()] == ["", "", ""]
    receipts = fr.expand(pictures.said(), "delivery_receipts")
    assert receipts[["id", "level", "status"]].values.tolist() == [
        [sent, 1, "mmsc submit"],
        [sent, 2, "message buffered"],
        [sent, 2, "delivery success"],
    ]


def test_many_clients_at_once_are_told_of_each_stage_once_and_in_order():
    with fr.Sandbox(messages=0, rate=0) as sandbox, told(sandbox, kinds=("sms_dlr_callback",)) as receiver:
        sent = []
        threads = [threading.Thread(target=lambda: sent.extend(send(sandbox) for _ in range(20))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sandbox.tick(minutes=1)
        records = sandbox.account().lookup(sent)
        times = seconds(sandbox)
    stages = sum(2 if each == "pending" else 3 for each in records.delivery)
    assert len(receiver.got) == len(set(receiver.bodies)) == stages
    assert set(fr.expand(receiver.said(), "delivery_receipts").id) == set(sent)
    assert times == sorted(times)
