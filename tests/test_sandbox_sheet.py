"""The sandbox says what the sheet says, value by value: the order of checks, links, times, receipts, amounts."""

import itertools
import json
import re

import pytest
import requests

import flowroute_nb as fr
from flowroute_nb.sandbox import prices
from flowroute_nb.sandbox.message import Message
from flowroute_nb.sandbox.quirks import DEFAULTS
from flowroute_nb.sandbox.shapes import Writer

VERSIONS = ["v2", "v2.1", "v2.2"]
GOOD = {"to": "15305557784", "from": "12065550100", "body": "Gee, nice marmot!"}
JSON_API = "application/vnd.api+json"
AT = 1_513_874_674_939_999  # 2017-12-21T16:44:34.939999Z


def message(**other):
    made = {
        "id": "mdr2-39cadeace66e11e7aff806cd7f24ba2d",
        "at": AT,
        "direction": "outbound",
        "sender": "12012673227",
        "recipient": "12061232634",
        "body": "test sms on v2",
        "mms": False,
        "amount": 4_000_000,
        "code": 1003,
        "media": None,
    }
    return Message(**(made | other))


def said(version, seconds=60, **other):
    writer = Writer(version, DEFAULTS, prices.Tariff(prices.Rates(0, 3_400_000), DEFAULTS))
    return json.loads(writer.record(message(**other), AT + int(seconds * 10**6)))


# ------------------------------------------------------------------ a record


def test_a_record_of_v21_is_the_published_one():
    assert said("v2.1") == {
        "type": "message",
        "id": "mdr2-39cadeace66e11e7aff806cd7f24ba2d",
        "attributes": {
            "body": "test sms on v2",
            "status": "message buffered",
            "direction": "outbound",
            "amount_nanodollars": 4000000,
            "amount_display": "$0.0040",
            "from": "12012673227",
            "to": "12061232634",
            "message_encoding": 0,
            "timestamp": "2017-12-21T16:44:34.93Z",
            "delivery_receipts": [
                {
                    "level": 2,
                    "status": "message buffered",
                    "status_code": 1003,
                    "status_code_description": "Message accepted by Carrier",
                    "timestamp": "2017-12-21T16:44:36.93Z",
                },
                {
                    "level": 1,
                    "status": "smsc submit",
                    "status_code": None,
                    "status_code_description": "Message has been sent",
                    "timestamp": "2017-12-21T16:44:35.93Z",
                },
            ],
            "is_mms": False,
            "message_type": "longcode",
        },
    }
    assert said("v2.2") == said("v2.1")


def test_a_record_of_v2_is_the_published_one():
    body = "That rug really tied the room together."
    made = said("v2", id="mdr1-d8", at=1_465_850_069_095_045, body=body, sender="12064205780", recipient="12066418000")
    assert made == {
        "type": "message",
        "id": "mdr1-d8",
        "attributes": {
            "body": body,
            "direction": "outbound",
            "timestamp": "2016-06-13T20:34:29.095045+00:00",
            "amount_nanodollars": 4000000,
            "amount_display": "$0.0040",
            "from": "12064205780",
            "to": "12066418000",
            "message_encoding": 0,
            "has_mms": False,
            "callback_url": None,
            "message_type": "long-code",
        },
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_attributes_come_in_alphabetical_order(version):
    assert list(said(version)["attributes"]) == sorted(said(version)["attributes"])


def test_an_mms_has_media_beside_it_and_no_receipts():
    made = said("v2.1", mms=True, code=None, body=None, direction="inbound", media='[{"id": "x-1", "type": "media"}]')
    assert made["relationships"] == {"media": {"data": [{"id": "x-1", "type": "media"}]}}
    assert (made["attributes"]["is_mms"], made["attributes"]["body"]) == (True, None)
    assert (made["attributes"]["status"], made["attributes"]["delivery_receipts"]) == ("", [])
    assert said("v2.1", mms=True, code=None)["attributes"]["status"] == "mmsc submit"


@pytest.mark.parametrize(
    ("seconds", "codes", "status"),
    [
        (0, [], "smsc submit"),
        (1, [None], "smsc submit"),
        (2, [1003, None], "message buffered"),
        (4, [1007, None], "delivery failure"),
    ],
)
def test_receipts_and_status_develop_over_seconds(seconds, codes, status):
    found = said("v2.1", seconds, code=1007)["attributes"]
    assert ([each["status_code"] for each in found["delivery_receipts"]], found["status"]) == (codes, status)


@pytest.mark.parametrize(
    ("ours", "kinds"), [("18005550102", ["toll-free"] * 3), ("12065550100", ["long-code", "longcode", "longcode"])]
)
def test_the_type_is_that_of_our_number_in_each_version_s_spelling(ours, kinds):
    assert [said(version, sender=ours)["attributes"]["message_type"] for version in VERSIONS] == kinds
    inbound = {"direction": "inbound", "recipient": ours, "sender": "18885550100"}
    assert [said(version, **inbound)["attributes"]["message_type"] for version in VERSIONS] == kinds


@pytest.mark.parametrize("body", ['"quotes" \\ and \n lines', "\u2028 😀", "</script>", "", None, "a\0b"])
@pytest.mark.parametrize("version", VERSIONS)
def test_any_text_is_written_so_that_it_can_be_read(version, body):
    assert said(version, body=body)["attributes"]["body"] == body


# ------------------------------------------------------------------ money


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 280, 2),
        ("x" * 281, 3),
        ("x" * 420, 3),
        ("x" * 421, 4),
        ("x" * 561, 5),
        ("é", 1),
        ("é" * 70, 1),
        ("é" * 71, 2),
        ("é" * 140, 2),
        ("é" * 141, 3),
        ("😀" * 70, 1),
        ("x" * 70 + "é", 2),
    ],
)
def test_segments_are_those_of_the_sheet_s_table(body, count):
    assert prices.documented(body) == count


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (4_000_000, "$0.0040"),
        (9_500_000, "$0.0095"),
        (19_500_000, "$0.0195"),
        (0, "$0.0000"),
        (1_234_567_891_000, "$1234.5678"),
    ],
)
def test_an_amount_is_shown_in_dollars_with_four_decimals(amount, shown):
    assert prices.display(amount) == shown


# ------------------------------------------------------------------ the order of checks


@pytest.fixture
def opted_out():
    """A sandbox with somebody who answered STOP, and no attempts left in this second on one of its paths."""
    with fr.Sandbox(today="2026-10-31", messages=3_000) as sandbox:
        yield sandbox


def somebody_gone(sandbox):
    url, auth = (
        f"{sandbox.url}/v2.1/messages?start_date=2026-09-01&limit=5000",
        (sandbox.access_key, sandbox.secret_key),
    )
    for each in requests.get(url, auth=auth, timeout=10).json()["data"]:
        if each["attributes"]["body"] == "STOP":
            return each["attributes"]["from"], each["attributes"]["to"]
    raise AssertionError("nobody has had enough")


def test_checks_come_in_the_order_of_the_sheet(opted_out):
    """A request with every fault at once is told of one; with that one mended, of the next."""
    sandbox = opted_out
    theirs, ours = somebody_gone(sandbox)

    def answer(path, *, auth=(sandbox.access_key, sandbox.secret_key), method="POST", kind="text/plain", body=b"{"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        heads = {"Content-Type": kind}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, sandbox.url + path, auth=auth, data=data, headers=heads, timeout=10)

    def next_second():
        sandbox.tick(seconds=1 - sandbox.now().microsecond / 10**6)

    next_second()
    assert answer("/v9/messages", auth=("x", "y"), method="DELETE").status_code == 401
    assert answer("/v9/messages", method="DELETE").status_code == 404
    assert answer("/v2.1/messages", method="DELETE").status_code == 405
    first = [answer("/v2.1/messages").status_code for _ in range(6)]
    assert first == [415] * 5 + [429]  # attempts are counted, not successes
    next_second()
    assert answer("/v2.1/messages").status_code == 415
    assert answer("/v2.1/messages", kind=JSON_API).status_code == 400
    everything = {"to": 5, "from": "12065550155", "body": ""}
    assert answer("/v2.1/messages", kind=JSON_API, body=everything).status_code == 422
    assert answer("/v2.1/messages", kind=JSON_API, body=GOOD | {"to": theirs, "from": "12065550155"}).status_code == 403
    last = answer("/v2.1/messages", kind=JSON_API, body=GOOD | {"to": theirs, "from": ours})
    assert (last.status_code, last.json()["errors"][0]["code"]) == (400, 1110)
    next_second()
    assert (
        answer("/v2.1/messages", kind=JSON_API, body=GOOD | {"to": theirs}).status_code == 202
    )  # STOP was to one number
    assert len(sandbox.taken) == 1


def test_unstop_opens_the_way_again_and_no_other_word_does(opted_out):
    sandbox = opted_out
    theirs, ours = somebody_gone(sandbox)

    def send():
        sandbox.tick(seconds=2)
        url, auth = f"{sandbox.url}/v2.1/messages", (sandbox.access_key, sandbox.secret_key)
        return requests.post(url, json=GOOD | {"to": theirs, "from": ours}, auth=auth, timeout=10).status_code

    def hear(body):
        at = int(sandbox.now().timestamp() * 10**6)
        heard = message(id=f"mdr2-{body}", at=at, direction="inbound", sender=theirs, recipient=ours, body=body)
        sandbox._state.take(heard, at, "v2.1", "[]")

    assert send() == 400
    hear("Stop it, please")
    hear("START")
    assert send() == 400
    hear(" unstop ")
    assert send() == 202
    hear("stop")
    assert send() == 400


# ------------------------------------------------------------------ errors and links


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("messages/none", 404, "Not Found"),
        ("nothing", 404, "Not Found"),
        ("messages", 422, "Unprocessable Entity"),
    ],
)
def test_an_error_has_the_documented_fields_on_every_version(sandbox, version, path, status, title):
    answer = requests.get(f"{sandbox.url}/{version}/{path}", auth=(sandbox.access_key, sandbox.secret_key), timeout=10)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, JSON_API)
    assert set(error) == {"detail", "id", "status", "title"}
    assert (error["status"], error["title"]) == (status, title)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", error["id"])


@pytest.mark.parametrize("version", VERSIONS)
def test_next_is_written_as_in_the_published_sample(sandbox, version):
    auth = (sandbox.access_key, sandbox.secret_key)
    query = "start_date=2026-10-01T13:14:15Z&end_date=2026-10-20&limit=2"
    found = requests.get(f"{sandbox.url}/{version}/messages?{query}", auth=auth, timeout=10).json()
    assert found["links"] == {
        "next": f"{sandbox.url}/{version}/messages?limit=2&start_date=2026-10-01T00%3A00%3A00%2B00%3A00"
        "&end_date=2026-10-20T00%3A00%3A00%2B00%3A00&offset=2"
    }
    assert requests.get(found["links"]["next"], auth=auth, timeout=10).json()["links"]["next"].endswith("offset=4")


def test_a_page_has_ten_records_unless_told_and_the_last_one_no_next(sandbox):
    auth, url = (
        (sandbox.access_key, sandbox.secret_key),
        f"{sandbox.url}/v2.1/messages?start_date=2026-09-01&end_date=2026-10-31",
    )
    assert len(requests.get(url, auth=auth, timeout=10).json()["data"]) == 10
    whole = requests.get(f"{url}&limit=100000", auth=auth, timeout=10).json()
    exact = requests.get(f"{url}&limit={len(whole['data'])}", auth=auth, timeout=10).json()
    assert whole["links"] == exact["links"] == {}
    assert exact["data"] == whole["data"]


def test_pages_of_any_size_say_the_same_records_in_the_same_order(sandbox):
    auth, url = (
        (sandbox.access_key, sandbox.secret_key),
        f"{sandbox.url}/v2.1/messages?start_date=2026-09-01&end_date=2026-10-31",
    )
    whole = requests.get(f"{url}&limit=100000", auth=auth, timeout=10).json()["data"]
    for size in (1, 7, 1_000):
        pages = (requests.get(f"{url}&limit={size}&offset={n * size}", auth=auth, timeout=10) for n in range(8))
        assert list(itertools.chain.from_iterable(page.json()["data"] for page in pages)) == whole[: 8 * size]


def test_one_record_is_the_same_looked_up_and_listed_on_every_version(sandbox):
    auth = (sandbox.access_key, sandbox.secret_key)
    for version in VERSIONS:
        url = f"{sandbox.url}/{version}/messages"
        for each in requests.get(f"{url}?start_date=2026-10-05&limit=25", auth=auth, timeout=10).json()["data"]:
            assert requests.get(f"{url}/{each['id']}", auth=auth, timeout=10).json() == {"data": each}


def test_v2_takes_body_and_content_together_and_no_mms(sandbox):
    auth, url = (sandbox.access_key, sandbox.secret_key), f"{sandbox.url}/v2/messages"
    assert requests.post(url, json=GOOD | {"content": "other"}, auth=auth, timeout=10).status_code == 200
    assert sandbox.taken.body.iloc[-1] == GOOD["body"]
    refused = requests.post(url, json=GOOD | {"media_urls": ["https://example.com/37.gif"]}, auth=auth, timeout=10)
    assert (refused.status_code, list(refused.json()["errors"][0]["detail"])) == (422, ["is_mms"])


@pytest.mark.parametrize(
    ("flag", "mms"), [(True, True), ("true", True), ("True", True), (False, False), ("false", False)]
)
def test_is_mms_forces_a_text_to_be_one(flag, mms):
    with fr.Sandbox(today="2026-10-31", messages=0) as sandbox:
        auth, url = (sandbox.access_key, sandbox.secret_key), f"{sandbox.url}/v2.1/messages"
        sent = requests.post(url, json=GOOD | {"is_mms": flag}, auth=auth, timeout=10).json()["data"]["links"]["self"]
        sandbox.tick(seconds=4)
        found = requests.get(sent, auth=auth, timeout=10).json()["data"]["attributes"]
        assert (found["is_mms"], found["amount_nanodollars"]) == (mms, 9_500_000 if mms else 4_000_000)


def test_every_send_can_be_read_after_one_to_three_seconds_and_at_moments_of_its_own(sandbox):
    auth, lags = (sandbox.access_key, sandbox.secret_key), set()
    for _ in range(12):
        sent = requests.post(f"{sandbox.url}/v2.1/messages", json=GOOD, auth=auth, timeout=10).json()["data"]
        row = sandbox._state._db.execute("select at, readable from messages where id = ?", (sent["id"],)).fetchone()
        lags.add((row[1] - row[0]) / 10**6)
    assert len(lags) == 12
    assert 1 <= min(lags) <= max(lags) <= 3


def test_a_stop_of_the_past_counts_also_when_a_send_comes_before_any_look(opted_out):
    theirs, ours = somebody_gone(opted_out)
    with fr.Sandbox(today="2026-10-31", messages=3_000) as fresh:
        auth, said = (fresh.access_key, fresh.secret_key), GOOD | {"to": theirs, "from": ours}
        answer = requests.post(f"{fresh.url}/v2.1/messages", json=said, auth=auth, timeout=10)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 1110)


@pytest.mark.parametrize(
    ("rate", "sms", "mms"),
    [
        (None, [202, 202, 202, 202, 202, 429], [202, 429]),
        (2, [202, 202, 429, 429, 429, 429], [202, 429]),
        (0, [202] * 6, [202] * 2),
    ],
)
def test_the_rate_is_that_of_sms_and_one_mms_a_second_unless_it_is_none(rate, sms, mms):
    with fr.Sandbox(today="2026-10-31", messages=0, rate=rate) as sandbox, requests.Session() as session:
        session.trust_env, session.auth = False, (sandbox.access_key, sandbox.secret_key)
        for body, statuses in ((GOOD, sms), (GOOD | {"media_urls": ["https://example.com/37.gif"]}, mms)):
            sandbox.tick(seconds=1 - sandbox.now().microsecond / 10**6)  # a second of its own
            found = [session.post(f"{sandbox.url}/v2.2/messages", json=body).status_code for _ in statuses]
            assert found == statuses
