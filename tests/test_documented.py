"""Every published example says in the frame what the sheet says it says; no value here comes from our code."""

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import yaml
from fidelity import cells as proving

import flowroute_nb as fr
from flowroute_nb import wire
from flowroute_nb.line import Line

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
    found = {name: None if pd.isna(value) else value for name, value in row.items()}
    if found["cost"] is not None:
        assert type(found["cost"]) is Decimal
        found["cost"] = str(found["cost"])
    for name in ("price_details", "delivery_receipts", "media", "other"):
        found[name] = None if found[name] is None else json.loads(found[name])
    return found


def files(pattern):
    return sorted(str(path.relative_to(DOCUMENTED)) for path in DOCUMENTED.glob(pattern))


@pytest.mark.fidelity("a set of records", "v2.1", "library", "published")
@pytest.mark.parametrize("name", RECORDS)
def test_every_value_of_a_published_record_stands_in_the_frame(name):
    payload, expected = RECORDS[name]
    frame = fr.read(payload)
    assert [plain(row) for _, row in frame.iterrows()] == expected


def test_every_published_record_is_among_those_tested():
    names = {*files("*/lookup*.yaml"), *files("*/set*.yaml"), *files("webhooks/*.json")}
    assert {name for name in names if "/receipt" not in name} <= set(RECORDS)


def test_the_published_page_names_the_next_and_the_last_page_does_not():
    first, last = map(json.loads, answers("v2.1/set.yaml"))
    asked = yaml.safe_load((DOCUMENTED / "v2.1/set.yaml").read_text())["interactions"][1]["request"]["uri"]
    assert first["links"]["next"] == asked
    assert last["links"] == {}


# ------------------------------------------------------------------ what stands inside a record, and receipts

RECEIPT = [
    "mdr2-39cadeace66e11e7aff806cd7f24ba2d",
    2,
    "message buffered",
    1003,
    "Message accepted by Carrier",
    utc(2017, 12, 21, 16, 44, 35),
]
RECEIPTS = {
    "receipt.json": RECEIPT,
    "receipt-text-code.json": RECEIPT,
    "receipt-bare-buffered.json": [
        "mdr2-04de8f38c6ee42c7bfd784850277d576",
        None,
        "message buffered",
        1003,
        None,
        None,
    ],
    "receipt-bare-submit.json": ["mdr2-d616911548734333b3359d8a9b7eef0c", None, "smsc submit", None, None, None],
}


def cells(frame):
    """Give the cells of a frame row by row, missing as None."""
    return [[None if pd.isna(value) else value for value in row] for row in frame.itertuples(index=False)]


@pytest.mark.parametrize("name", RECEIPTS)
def test_every_value_of_a_published_receipt_stands_in_its_own_frame(name):
    found = fr.expand(webhook(name), "delivery_receipts")
    assert list(found) == ["id", "level", "status", "status_code", "status_code_description", "timestamp"]
    assert cells(found) == [RECEIPTS[name]]


FORMS = {
    "bytes": lambda said: said,
    "text": bytes.decode,
    "decoded": json.loads,
    "a list of decoded": lambda said: [json.loads(said)] * 2,
    "a list of bytes": lambda said: [said] * 2,
    "a list of texts": lambda said: [said.decode()] * 2,
    "a list as text": lambda said: f"[{said.decode()},{said.decode()}]",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_is_taken_in_any_form_and_several_in_their_order(name, form):
    found = cells(fr.expand(FORMS[form](webhook(name)), "delivery_receipts"))
    assert found == [RECEIPTS[name]] * (2 if form.startswith("a list") else 1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_given_to_read_names_what_reads_it(name, form):
    with pytest.raises(fr.InputError, match=r'fr\.expand\(receipt, "delivery_receipts"\)'):
        fr.read(FORMS[form](webhook(name)))


def test_a_list_may_mix_what_came_in_whatever_form():
    several = [webhook("sms.json"), webhook("flat.json").decode(), json.loads(webhook("mms.json"))]
    found = fr.read(several[::2])
    assert found.id.tolist() == [GREETINGS["id"], PICTURE["id"]]
    assert fr.read(several[1:]).id.tolist() == [FLAT["id"], PICTURE["id"]]


@pytest.mark.parametrize("spoilt", ["", "x", b"\xff", "{", '"x"', 5, None, '{"id": "\ud83d"}'])
def test_what_is_no_receipt_is_named_by_its_place_in_the_list(spoilt):
    with pytest.raises(fr.InputError, match=r"The receipt\[1\] is no delivery receipt"):
        fr.expand([webhook("receipt.json"), spoilt], "delivery_receipts")
    with pytest.raises(fr.InputError, match=r"no delivery receipt|can't be read"):
        fr.expand(spoilt, "delivery_receipts")


def test_every_published_receipt_is_among_those_tested():
    assert {Path(name).name for name in files("webhooks/receipt*.json")} == set(RECEIPTS)


def test_the_receipts_of_a_record_become_rows_of_their_own():
    submitted = [RECEIPT[0], 1, "smsc submit", None, "Message has been sent", utc(2017, 12, 21, 16, 44, 35)]
    assert cells(fr.expand(fr.read(answers("v2.1/set.yaml")[0]), "delivery_receipts")) == [RECEIPT, submitted]


def test_the_picture_of_a_record_becomes_a_row_of_its_own():
    url = "https://s3.us-west-2.amazonaws.com/flowroute-messaging-media/x"
    found = fr.expand(fr.read(webhook("mms.json")), "media")
    assert list(found) == ["id", "media_id", "file_name", "file_size", "mime_type", "url"]
    assert cells(found) == [["mdr2-x", "x-1", "image000000.png", 14832, "image/png", url]]


def test_what_has_no_column_becomes_a_row_of_its_own():
    url = '"https://my-lab-server/provider.php?provider=flowroute"'
    assert cells(fr.expand(fr.read(webhook("sms.json")), "other")) == [[GREETINGS["id"], "message_callback_url", url]]
    older = fr.expand(fr.read(answers("v2/lookup-older.yaml")[0]), "other")
    assert cells(older) == [[RUG["id"], "type", '"messages"'], [RUG["id"], "callback_url", "null"]]


# ------------------------------------------------------------------ what is no record


@pytest.mark.parametrize("name", files("*/send*.yaml"))
def test_the_answer_to_a_send_is_no_record(name):
    with pytest.raises(fr.InputError, match=r"\(the answer to a send looks like this"):
        fr.read(answers(name)[0])


@pytest.mark.parametrize("name", files("*/error*.yaml"))
def test_an_error_is_no_record(name):
    with pytest.raises(fr.InputError, match="is an error that the service gave"):
        fr.read(answers(name)[0])


@pytest.mark.parametrize("name", ["v2/numbers.yaml", "v2/message-stats.yaml", "v2.1/callback-read.yaml"])
def test_other_things_of_the_api_are_no_records(name):
    with pytest.raises(fr.InputError, match="is of type '(number|message-stats|callback)', not a message"):
        fr.read(answers(name)[0])


@pytest.mark.parametrize("name", files("*/callback-read.yaml"))
def test_a_callback_is_no_record(name):
    with pytest.raises(fr.InputError):
        fr.read(answers(name)[0])


# ------------------------------------------------------------------ the exchanges, played through the library


def account(api):
    return fr.Account(access_key="AK", secret_key="SK", api=api)


TEXT = {"to": "12065551234", "from_": "12065550101", "body": "hello there"}
V2_TEXT = {"to": "12061231234", "from_": "12065551234", "body": "hello world"}
MMS = TEXT | {"media_urls": ["https://example.com/37.gif"], "dlr_callback": "https://example.com/dlr"}
SENDS = {
    "v2/send.yaml": (V2_TEXT, "mdr1-fab29a740129404a8ca794efc1359e12", None),
    "v2.1/send-sms.yaml": (TEXT, "mdr2-39cadeace66e11e7aff806cd7f24ba2d", None),
    "v2.1/send-mms.yaml": (MMS, "mdr2-39cadeace66e11e7aff806cd7f24ba2d", None),
    "v2.2/send-sms.yaml": (TEXT, "mdr2-39cadeace66e11e7aff806cd7f24ba2d", "0.0070"),
    "v2.2/send-sms-price-under-data.yaml": (TEXT, "mdr2-39cadeace66e11e7aff806cd7f24ba2d", "0.0070"),
    "v2.2/send-mms.yaml": (MMS, "mdr2-39cadeace66e11e7aff806cd7f24ba2d", None),
}
LOOKUPS = {
    "v2/lookup.yaml": RUG,
    "v2/lookup-older.yaml": RUG | {"other": {"type": "messages", "callback_url": None}},
    "v2.1/lookup.yaml": HELLO,
}


@pytest.mark.parametrize("name", proving(SENDS, "library"))
def test_a_send_is_asked_and_answered_as_published(documented, name):
    message, record_id, cost = SENDS[name]
    with documented(name):
        sent = account(name.partition("/")[0]).send(**message)
    assert sent.id == record_id
    assert (None if sent.cost is None else str(sent.cost)) == cost
    assert (sent.to, sent.from_, sent.body) == (message["to"], message["from_"], message["body"])


@pytest.mark.parametrize("name", proving(LOOKUPS, "library"))
def test_a_look_up_is_asked_and_answered_as_published(documented, name):
    expected = LOOKUPS[name]
    with documented(name):
        row = account(name.partition("/")[0]).lookup(expected["id"])
    assert row.name == expected["id"]
    assert plain(row) == expected


GEOCODE = "Could not geocode this address. Please check the validity of your address."
TOO_BIG = 'Error fetching media: File at "https://example.com/37.gif" is over 767840 byte limit.'
ZIP = "ZIP code must be at least 4 and at most 7 digits long"
METHOD = "The method is not allowed for the requested URL."
FIRST = (
    "7fcfd1cd-486b-4159-8484-b710bd4bbab4"  # the id of the published 400, borrowed by those without a published body
)
REFUSALS = {  # file: the class, the status, the service's errors, what of them the message says
    "v2/error-plain.yaml": (
        fr.errors.Forbidden,
        403,
        [{"detail": "The from number is not authorized"}],
        "403: The from number is not authorized",
    ),
    "v2.1/error-400.yaml": (
        fr.errors.Refused,
        400,
        [{"detail": GEOCODE, "id": FIRST, "status": 400, "title": "Client Error"}],
        f"400: Client Error: {GEOCODE}",
    ),
    "v2.1/error-400-opted-out.yaml": (
        fr.errors.OptedOut,
        400,
        [{"code": 1110, "detail": "user opted out (STOP)", "id": FIRST, "status": 400}],
        "400: user opted out (STOP)",
    ),
    "v2.1/error-401.yaml": (
        fr.errors.Unauthorized,
        401,
        [{"detail": "credentials wrong", "id": FIRST, "status": 401}],
        "401: credentials wrong",
    ),
    "v2.1/error-403.yaml": (
        fr.errors.Forbidden,
        403,
        [{"detail": "no permission", "id": FIRST, "status": 403}],
        "403: no permission",
    ),
    "v2.1/error-404.yaml": (
        fr.errors.NotFound,
        404,
        [{"detail": "no such resource", "id": FIRST, "status": 404}],
        "404: no such resource",
    ),
    "v2.1/error-405.yaml": (
        fr.errors.Refused,
        405,
        [
            {
                "detail": METHOD,
                "id": "a72cab15-2511-43d3-92e2-d77bfbdc5776",
                "status": 405,
                "title": "Method Not Allowed",
            }
        ],
        f"405: Method Not Allowed: {METHOD}",
    ),
    "v2.1/error-422-media.yaml": (
        fr.errors.Unprocessable,
        422,
        [{"detail": TOO_BIG, "id": "8f20a349-ebc0-4246-81ae-b4e7caef324c", "status": 422}],
        f"422: {TOO_BIG}",
    ),
    "v2.1/error-422-nested.yaml": (
        fr.errors.Unprocessable,
        422,
        [
            {
                "detail": {"data": {"attributes": {"zip": [ZIP]}}},
                "id": "15eb464e-d717-49e2-a6cc-e97af67c1930",
                "status": 422,
            }
        ],
        f"422: data.attributes.zip: {ZIP}",
    ),
    "v2.1/error-429.yaml": (
        fr.errors.RateLimited,
        429,
        [{"detail": "too many requests", "id": FIRST, "status": 429}],
        "429: too many requests",
    ),
}
MESSAGES = {  # what is sent where it isn't TEXT
    "v2/error-plain.yaml": V2_TEXT,
    "v2.1/error-422-media.yaml": {name: MMS[name] for name in ("to", "from_", "media_urls")},
}


@pytest.mark.parametrize("name", proving(REFUSALS, "library"))
def test_what_is_refused_as_published_says_so(documented, monkeypatch, name):
    monkeypatch.setattr("flowroute_nb.client._TRIES", 1)  # a 429 is tried again, and the file answers once
    kind, status, said, message = REFUSALS[name]
    ours = account(name.partition("/")[0])
    call, asked = (ours.lookup, {"ids": HELLO["id"]}) if status in (401, 404) else (ours.send, MESSAGES.get(name, TEXT))
    with documented(name), pytest.raises(kind) as refused:
        call(**asked)
    assert type(refused.value) is kind
    assert (refused.value.status, refused.value.errors) == (status, said)
    assert refused.value.request_id == said[0].get("id")
    assert message.rstrip(".") in str(refused.value)


# ------------------------------------------------------------------ what an account has besides messages


@pytest.fixture
def asked(monkeypatch):
    """Keep each request as it goes out, so that all of it can be held against the file, its head too."""
    found, once = [], Line.once

    def kept(line, request, *args):
        found.append(request)
        return once(line, request, *args)

    monkeypatch.setattr(Line, "once", kept)
    return found


def same(name, asked):
    """Hold what was asked against the request of a file: method, address, head and body."""
    (expected,) = [each["request"] for each in yaml.safe_load((DOCUMENTED / name).read_text())["interactions"]]
    (request,) = asked
    assert (request.method, f"https://api.flowroute.com{request.path}") == (expected["method"], expected["uri"])
    assert {head: [value] for head, value in request.headers.items() if head != "Accept"} == expected["headers"]
    assert json.loads(request.body or b"null") == json.loads(expected["body"] or "null")
    return True


def each_version(row, proof):
    """Give the versions as parameters, each a proof of its own cell."""
    marks = {api: pytest.mark.fidelity(row, api, "library", proof) for api in ("v2", "v2.1", "v2.2")}
    return [pytest.param(api, marks=mark) for api, mark in marks.items()]


STATS = "v2/message-stats.yaml"
NUMBERS = "v2/numbers.yaml"
CALLBACKS = {"v2.1/callback-read.yaml": "v2.1", "v2.2/callback-read.yaml": "v2.2"}
SET = "https://example.com/sms"
CHANGES = {
    "v2/number-callback-set.yaml": lambda a: a.set_callback("sms_callback", SET, number="12012673227"),
    "v2.1/callback-set.yaml": lambda a: a.set_callback("sms_dlr_callback", SET),
    "v2.2/callback-set.yaml": lambda a: a.set_callback("sms_callback", SET),
    "v2.2/callback-remove.yaml": lambda a: a.remove_callback("sms_callback"),
}


@pytest.mark.parametrize("api", each_version("message stats", "sheet"))
def test_the_stats_are_asked_and_answered_as_published(documented, asked, api):
    with documented(STATS):
        stats = account(api).stats()
    assert same(STATS, asked)
    assert list(stats) == ["date", "period", "inbound", "outbound", "total", "cost", "amount_nanodollars"]
    dates = {"2017": "year", "2017-12": "month", "2017-12-21": "day", "lifetime": "lifetime"}
    assert [[str(each) for each in row] for row in cells(stats)] == [
        [date, period, "100", "200", "300", "1.2000", "1200000000"] for date, period in dates.items()
    ]
    assert {type(each) for each in stats.cost} == {Decimal}


@pytest.mark.parametrize("api", each_version("list the numbers", "published"))
def test_the_numbers_are_asked_and_answered_as_published(documented, asked, monkeypatch, api):
    monkeypatch.setattr("flowroute_nb.belongings._PAGE", 3)  # as the file asks
    with documented(NUMBERS):
        numbers = account(api).numbers(starts_with="1201")
    assert same(NUMBERS, asked)
    assert dict(zip(numbers, cells(numbers)[0], strict=True)) == {
        "number": "12012673227",
        "alias": None,
        "messaging_enabled": None,
        "status": None,
        "number_type": "standard",
        "rate_center": "oradell",
        "state": "nj",
        "iso_country": None,
        "cnam_lookups_enabled": True,
        "other": None,
    }


@pytest.mark.parametrize("name", proving(CALLBACKS, "library"))
def test_a_callback_is_asked_and_answered_as_published(documented, asked, monkeypatch, name):
    api = CALLBACKS[name]
    monkeypatch.setitem(wire.CALLBACKS, api, ("sms_callback",))  # the file answers for one of the types
    with documented(name):
        callbacks = account(api).callbacks()
    assert same(name, asked)
    assert list(callbacks) == ["callback_type", "callback_url", "api_version", "product"]
    assert cells(callbacks) == [["sms_callback", SET, api, "dlr"]]


@pytest.mark.parametrize(
    ("name", "api"),
    [
        pytest.param(name, api, marks=pytest.mark.fidelity(row, api, "library", proof))
        for name, api, row, proof in [
            ("v2/number-callback-set.yaml", "v2.1", "set a number's callback", "published"),
            ("v2/number-callback-set.yaml", "v2.2", "set a number's callback", "published"),
            ("v2.1/callback-set.yaml", "v2.1", "set a callback", "published"),
            ("v2.2/callback-set.yaml", "v2.2", "set a callback", "published"),
            ("v2.2/callback-remove.yaml", "v2.1", "remove a callback", "reading"),
            ("v2.2/callback-remove.yaml", "v2.2", "remove a callback", "sheet"),
        ]
    ],
)
def test_a_callback_is_set_and_removed_as_published(documented, asked, name, api):
    with documented(name):
        assert CHANGES[name](account(api)) is None
    assert same(name, asked)


# ------------------------------------------------------------------ the files themselves


def listed():
    """Give the files of the README's tables, and what each says it is used for."""
    rows = re.findall(r"^\| `([^`]+)` \|.*\| ([^|]+) \|$", (DOCUMENTED / "README.md").read_text(), re.MULTILINE)
    return dict(rows)


def test_the_readme_lists_every_file_and_what_is_played_and_read():
    use = listed()
    assert sorted(use) == sorted([*files("*/*.yaml"), *files("*/*.json")])
    assert {name for name in use if use[name] == "played"} == {
        *(*SENDS, *LOOKUPS, *REFUSALS),
        *(STATS, NUMBERS, *CALLBACKS, *CHANGES),
    }
    assert {name for name in use if use[name] == "read"} == {"v2.1/set.yaml", *files("webhooks/*.json")}


@pytest.mark.parametrize("name", files("*/*.yaml"))
def test_a_file_names_its_source_and_its_shape_and_holds_no_key(name):
    said = (DOCUMENTED / name).read_text()
    comment = " ".join(line.removeprefix("# ") for line in said.splitlines() if line.startswith("#"))
    assert re.search(r"\[(DOC|SDK|WILD)\]", comment)
    assert re.search(r"[Pp]ublished|[Cc]onstructed", comment)
    assert "authorization" not in said.lower().replace("not authorized", "")
