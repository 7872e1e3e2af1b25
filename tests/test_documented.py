"""Every published example says in the frame what the sheet says it says; no value here comes from our code."""

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

import flowroute_nb as fr

DOCUMENTED = Path(__file__).parent.parent / "cassettes" / "documented"


def answers(name):
    """Give the answers of a cassette, in order."""
    return [
        each["response"]["body"]["string"] for each in yaml.safe_load((DOCUMENTED / name).read_text())["interactions"]
    ]


def webhook(name):
    return (DOCUMENTED / "webhooks" / name).read_bytes()


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


RUG = {
    "timestamp": utc(2016, 6, 13, 20, 34, 29, 95045),
    "direction": "outbound",
    "number": "12064205780",
    "contact": "12066418000",
    "cost": "0.0040",
    "segments": 1,
    "delivery": "unknown",
    "body": "That rug really tied the room together.",
    "status": None,
    "message_type": "longcode",
    "is_mms": False,
    "message_encoding": 0,
    "from": "12064205780",
    "to": "12066418000",
    "amount_nanodollars": 4000000,
    "price_details": None,
    "delivery_receipts": None,
    "media": None,
    "other": {"callback_url": None},
    "id": "mdr1-d858379c1bee4dd3bfe5c556f7cef70f",
}
HELLO = {
    "timestamp": utc(2017, 12, 22, 1, 52, 39, 390000),
    "direction": "inbound",
    "number": "12012673227",
    "contact": "12061234567",
    "cost": "0.0040",
    "segments": 1,
    "delivery": "received",
    "body": "Hello are you there? ",
    "status": "delivered",
    "message_type": "longcode",
    "is_mms": False,
    "message_encoding": 0,
    "from": "12061234567",
    "to": "12012673227",
    "amount_nanodollars": 4000000,
    "price_details": None,
    "delivery_receipts": [],
    "media": None,
    "other": None,
    "id": "mdr2-ca82be46e6ba11e79d08862d092cf73d",
}
TEST_SMS = {
    "timestamp": utc(2017, 12, 21, 16, 44, 34, 930000),
    "direction": "outbound",
    "number": "12012673227",
    "contact": "12061232634",
    "cost": "0.0040",
    "segments": 1,
    "delivery": "pending",
    "body": "test sms on v2",
    "status": "message buffered",
    "message_type": "longcode",
    "is_mms": False,
    "message_encoding": 0,
    "from": "12012673227",
    "to": "12061232634",
    "amount_nanodollars": 4000000,
    "price_details": None,
    "delivery_receipts": [
        {
            "level": 2,
            "status": "message buffered",
            "status_code": 1003,
            "status_code_description": "Message accepted by Carrier",
            "timestamp": "2017-12-21T16:44:35.00Z",
        },
        {
            "level": 1,
            "status": "smsc submit",
            "status_code": None,
            "status_code_description": "Message has been sent",
            "timestamp": "2017-12-21T16:44:35.00Z",
        },
    ],
    "media": None,
    "other": None,
    "id": "mdr2-39cadeace66e11e7aff806cd7f24ba2d",
}
GREETINGS = {
    "timestamp": utc(2024, 10, 19, 1, 21, 21, 980000),
    "direction": "inbound",
    "number": "12065550101",
    "contact": "12065550100",
    "cost": "0.0070",
    "segments": 1,
    "delivery": "received",
    "body": "Greetings on Friday evening!",
    "status": "delivered",
    "message_type": "longcode",
    "is_mms": False,
    "message_encoding": 0,
    "from": "12065550100",
    "to": "12065550101",
    "amount_nanodollars": 7000000,
    "price_details": None,
    "delivery_receipts": None,
    "media": None,
    "other": {"message_callback_url": "https://my-lab-server/provider.php?provider=flowroute"},
    "id": "mdr2-4e5435f325d9431f9e64118b20895b08",
}
PICTURE = {
    "timestamp": utc(2022, 9, 3, 20, 40, 11),
    "direction": "inbound",
    "number": "12065550101",
    "contact": "12065550100",
    "cost": "0.0195",
    "segments": None,
    "delivery": "received",
    "body": None,
    "status": "",
    "message_type": "longcode",
    "is_mms": True,
    "message_encoding": 0,
    "from": "12065550100",
    "to": "12065550101",
    "amount_nanodollars": 19500000,
    "price_details": None,
    "delivery_receipts": [],
    "media": [
        {
            "id": "x-1",
            "type": "media",
            "attributes": {
                "file_name": "image000000.png",
                "file_size": 14832,
                "mime_type": "image/png",
                "url": "https://s3.us-west-2.amazonaws.com/flowroute-messaging-media/x",
            },
            "links": {"self": "https://api.flowroute.com/v2.2/media/x-1"},
        }
    ],
    "other": None,
    "id": "mdr2-x",
}
MISSING = dict.fromkeys(RUG)
FLAT = MISSING | {
    "direction": "inbound",
    "number": "12065550101",
    "contact": "12065550100",
    "segments": 1,
    "delivery": "received",
    "body": "Greetings on Friday evening!",
    "from": "12065550100",
    "to": "12065550101",
    "id": "mdr2-4e5435f325d9431f9e64118b20895b08",
}
BARE = FLAT | {"timestamp": utc(2024, 10, 19, 1, 21, 21, 980000), "is_mms": False}

RECORDS = {
    "v2/lookup.yaml": (answers("v2/lookup.yaml")[0], [RUG]),
    "v2/lookup-older.yaml": (
        answers("v2/lookup-older.yaml")[0],
        [RUG | {"other": {"type": "messages", "callback_url": None}}],
    ),
    "v2.1/lookup.yaml": (answers("v2.1/lookup.yaml")[0], [HELLO]),
    "v2.1/set.yaml": (
        answers("v2.1/set.yaml")[0],
        [HELLO | {"from": "12061231234", "contact": "12061231234"}, TEST_SMS],
    ),
    "v2.1/set.yaml, last page": (answers("v2.1/set.yaml")[1], []),
    "webhooks/sms.json": (webhook("sms.json"), [GREETINGS]),
    "webhooks/mms.json": (webhook("mms.json"), [PICTURE]),
    "webhooks/flat.json": (webhook("flat.json"), [FLAT]),
    "webhooks/bare.json": (webhook("bare.json"), [BARE]),
}


def plain(row):
    """Write a row with plain values: missing as None, cost as its exact text, JSON text as what it says."""
    found = {
        name: None if row[name] is None or row[name] is pd.NA or row[name] != row[name] else row[name]
        for name in row.index
    }
    found = {name: None if value is pd.NaT else value for name, value in found.items()}
    found["cost"] = found["cost"] and str(found["cost"])
    for name in ("price_details", "delivery_receipts", "media", "other"):
        found[name] = found[name] and json.loads(found[name])
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_every_value_of_a_published_record_stands_in_the_frame(name):
    payload, expected = RECORDS[name]
    frame = fr.read(payload)
    assert [plain(row) for _, row in frame.iterrows()] == expected


def test_every_published_record_is_among_those_tested():
    files = [*DOCUMENTED.glob("*/lookup*.yaml"), *DOCUMENTED.glob("*/set*.yaml"), *DOCUMENTED.glob("webhooks/*.json")]
    names = {str(path.relative_to(DOCUMENTED)) for path in files if not path.name.startswith("receipt")}
    assert names <= set(RECORDS)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            webhook("receipt.json"),
            [
                "mdr2-39cadeace66e11e7aff806cd7f24ba2d",
                2,
                "message buffered",
                1003,
                "Message accepted by Carrier",
                utc(2017, 12, 21, 16, 44, 35),
            ],
        ),
        (
            webhook("receipt-bare-buffered.json"),
            ["mdr2-04de8f38c6ee42c7bfd784850277d576", None, "message buffered", 1003, None, None],
        ),
        (
            webhook("receipt-bare-submit.json"),
            ["mdr2-d616911548734333b3359d8a9b7eef0c", None, "smsc submit", None, None, None],
        ),
    ],
)
def test_every_value_of_a_published_receipt_stands_in_its_own_frame(payload, expected):
    row = fr.expand(payload, "delivery_receipts").iloc[0]
    assert [None if pd.isna(value) else value for value in row] == expected


def test_the_receipts_of_a_record_become_rows_of_their_own():
    receipts = fr.expand(fr.read(answers("v2.1/set.yaml")[0]), "delivery_receipts")
    assert receipts.id.tolist() == ["mdr2-39cadeace66e11e7aff806cd7f24ba2d"] * 2
    assert receipts.level.tolist() == [2, 1]
    assert receipts.status.tolist() == ["message buffered", "smsc submit"]
    assert receipts.status_code.fillna(0).tolist() == [1003, 0]
    assert receipts.timestamp.tolist() == [utc(2017, 12, 21, 16, 44, 35)] * 2


@pytest.mark.parametrize("name", ["receipt.json", "receipt-bare-buffered.json", "receipt-bare-submit.json"])
def test_a_receipt_given_to_read_names_what_reads_it(name):
    with pytest.raises(fr.InputError, match=r'fr\.expand\(receipt, "delivery_receipts"\)'):
        fr.read(webhook(name))


@pytest.mark.parametrize("name", ["v2/send.yaml", "v2.1/send-sms.yaml"])
def test_the_answer_to_a_send_is_no_record(name):
    with pytest.raises(fr.InputError, match=r"has no attributes \(the answer to a send looks like this"):
        fr.read(answers(name)[0])


@pytest.mark.parametrize("name", ["v2.1/error-404.yaml", "v2/error-plain.yaml"])
def test_an_error_is_no_record(name):
    with pytest.raises(fr.InputError, match="is an error that the service gave"):
        fr.read(answers(name)[0])


@pytest.mark.parametrize("name", ["v2/numbers.yaml", "v2/message-stats.yaml"])
def test_other_things_of_the_api_are_no_records(name):
    with pytest.raises(fr.InputError, match="is of type '(number|message-stats)', not a message"):
        fr.read(answers(name)[0])


# ------------------------------------------------------------------ the exchanges, played through the library


def account(api, **more):
    return fr.Account(access_key="AK", secret_key="SK", api=api, **more)


def test_a_v2_send_is_asked_and_answered_as_published(documented):
    with documented("v2/send.yaml"):
        sent = account("v2").send(to="12061231234", from_="12065551234", body="hello world")
    assert sent.id == "mdr1-fab29a740129404a8ca794efc1359e12"
    assert sent.cost is None


def test_a_v2_1_send_is_asked_and_answered_as_published(documented):
    with documented("v2.1/send-sms.yaml"):
        sent = account("v2.1").send(to="+1 206 555 1234", from_="12065550101", body="hello there")
    assert sent.id == "mdr2-39cadeace66e11e7aff806cd7f24ba2d"
    assert sent.cost is None


def test_a_v2_1_mms_is_asked_and_answered_as_published(documented):
    with documented("v2.1/send-mms.yaml"):
        sent = account("v2.1").send(
            to="12065551234",
            from_="12065550101",
            body="hello there",
            media_urls=["https://example.com/37.gif"],
            dlr_callback="https://example.com/dlr",
        )
    assert sent.id == "mdr2-39cadeace66e11e7aff806cd7f24ba2d"


@pytest.mark.parametrize("name", ["v2.2/send-sms.yaml", "v2.2/send-sms-price-under-data.yaml"])
def test_a_v2_2_send_says_its_price_wherever_it_stands(documented, name):
    with documented(name):
        sent = account("v2.2").send(to="12065551234", from_="12065550101", body="hello there")
    assert sent.id == "mdr2-39cadeace66e11e7aff806cd7f24ba2d"
    assert str(sent.cost) == "0.0070"


@pytest.mark.parametrize(
    ("name", "api", "expected"),
    [
        ("v2/lookup.yaml", "v2", RUG),
        ("v2/lookup-older.yaml", "v2", RUG | {"other": {"type": "messages", "callback_url": None}}),
        ("v2.1/lookup.yaml", "v2.1", HELLO),
    ],
)
def test_a_look_up_is_asked_and_answered_as_published(documented, name, api, expected):
    with documented(name):
        row = account(api).lookup(expected["id"])
    assert row.name == expected["id"]
    assert plain(row) == expected


@pytest.mark.parametrize(
    ("name", "kind", "status", "request_id", "said"),
    [
        ("error-400.yaml", "Refused", 400, "7fcfd1cd-486b-4159-8484-b710bd4bbab4", "Client Error: Could not geocode"),
        ("error-400-opted-out.yaml", "OptedOut", 400, "7fcfd1cd-486b-4159-8484-b710bd4bbab4", "user opted out (STOP)"),
        ("error-403.yaml", "Forbidden", 403, "7fcfd1cd-486b-4159-8484-b710bd4bbab4", "no permission"),
        ("error-405.yaml", "Refused", 405, "a72cab15-2511-43d3-92e2-d77bfbdc5776", "The method is not allowed"),
        (
            "error-422-media.yaml",
            "Unprocessable",
            422,
            "8f20a349-ebc0-4246-81ae-b4e7caef324c",
            "over 767840 byte limit",
        ),
        (
            "error-422-nested.yaml",
            "Unprocessable",
            422,
            "15eb464e-d717-49e2-a6cc-e97af67c1930",
            "data.attributes.zip: ZIP code must be at least 4 and at most 7 digits long",
        ),
    ],
)
def test_a_send_refused_as_published_says_so(documented, name, kind, status, request_id, said):
    media = {"media_urls": ["https://example.com/37.gif"]} if "media" in name else {"body": "hello there"}
    with documented(f"v2.1/{name}"), pytest.raises(fr.FlowrouteError) as refused:
        account("v2.1").send(to="12065551234", from_="12065550101", **media)
    assert type(refused.value).__name__ == kind
    assert (refused.value.status, refused.value.request_id) == (status, request_id)
    assert refused.value.errors[0]["status"] == status
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("error-401.yaml", fr.errors.Unauthorized, "credentials wrong"),
        ("error-404.yaml", fr.errors.NotFound, "no such"),
    ],
)
def test_a_look_up_refused_as_published_says_so(documented, name, kind, said):
    with documented(f"v2.1/{name}"), pytest.raises(kind, match=said):
        account("v2.1").lookup("mdr2-ca82be46e6ba11e79d08862d092cf73d")


def test_a_plain_error_of_v2_says_so(documented):
    with documented("v2/error-plain.yaml"), pytest.raises(fr.errors.Forbidden, match="from number is not authorized"):
        account("v2").send(to="12061231234", from_="12065551234", body="hello world")
