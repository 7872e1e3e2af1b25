"""What is POSTed has the shape of what was published, under every choice, and is read by the library."""

import json

import pytest
from conftest import CASSETTES
from receiver import OURS, STANDING, THEIRS, receive, send, told

import flowroute_nb as fr

TOLL_FREE = "18005550102"


@pytest.fixture
def standing():
    """Give a sandbox whose time goes on by ticks alone."""
    with fr.Sandbox(**STANDING) as running:
        yield running


def shape(said):
    """Give the keys and the types of some JSON."""
    if isinstance(said, dict):
        return {key: shape(value) for key, value in said.items()}
    return [shape(each) for each in said] if isinstance(said, list) else type(said)


def published(name):
    return json.loads((CASSETTES / "documented" / "webhooks" / name).read_text())


def posted(quirks, act, ticked=2):
    """Give what the account is told of what somebody does."""
    kinds = ("sms_callback", "mms_callback", "sms_dlr_callback", "mms_dlr_callback")
    with fr.Sandbox(**STANDING, quirks=quirks) as sandbox, told(sandbox, kinds=kinds) as receiver:
        act(sandbox)
        sandbox.tick(seconds=ticked)
        return receiver.said()


def picture(sandbox):
    return receive(sandbox, body=None, media_urls=["https://example.com/image000000.png"])


@pytest.mark.parametrize(
    ("name", "quirks", "act", "which"),
    [
        ("sms.json", {}, receive, 0),
        ("sms.json", {"callback_version": "v2.2"}, receive, 0),
        ("mms.json", {"callback_version": "v2.2"}, picture, 0),
        ("mms.json", {"webhook_amount": "number"}, picture, 0),
        ("flat.json", {"callback_version": "v2"}, receive, 0),
        ("flat.json", {"envelope": "flat"}, receive, 0),
        ("receipt.json", {}, send, 1),
        ("receipt.json", {"status_code": "absent"}, send, 1),
        ("receipt-text-code.json", {"status_code": "text"}, send, 1),
        ("receipt-bare-submit.json", {"receipt_envelope": "bare"}, send, 0),
        ("receipt-bare-buffered.json", {"receipt_envelope": "bare"}, send, 1),
    ],
)
def test_what_is_posted_has_the_keys_and_types_of_what_was_published(name, quirks, act, which):
    assert shape(posted(quirks, act)[which]) == shape(published(name))


def test_a_bare_message_has_what_was_seen_of_one_and_nothing_beside():
    (said,) = posted({"envelope": "bare"}, receive)
    seen = published("bare.json")
    assert said.keys() == seen.keys()
    assert {key: type(said["attributes"][key]) for key in seen["attributes"]} == shape(seen["attributes"])
    (said,) = posted({"envelope": "bare"}, picture)
    assert set(said) == {"attributes", "id", "type", "relationships"}


def test_the_published_values_are_the_posted_ones():
    """The text of October 2024, told again: all but what is this sandbox's own is the same."""
    (said,) = posted(
        {}, lambda sandbox: sandbox.receive(from_="12065550100", to="12065550101", body="Greetings on Friday evening!")
    )
    seen = published("sms.json")["data"]
    own = {"amount_display", "amount_nanodollars", "message_callback_url", "timestamp"}
    told_, was = said["data"]["attributes"], seen["attributes"]
    assert {key: told_[key] for key in told_.keys() - own} == {key: was[key] for key in was.keys() - own}
    assert told_["timestamp"] == "2026-10-31T12:00:00.000000Z"
    assert (told_["amount_nanodollars"], told_["amount_display"]) == ("4000000", "$0.0040")
    assert told_["message_callback_url"].endswith("/hook")


def test_a_toll_free_number_is_one(standing):
    with told(standing) as receiver:
        receive(standing, to=TOLL_FREE)
        standing.tick(seconds=1)
    assert receiver.said()[0]["data"]["attributes"]["message_type"] == "toll-free"


def test_an_amount_may_be_a_number():
    (said,) = posted({"webhook_amount": "number"}, receive)
    assert said["data"]["attributes"]["amount_nanodollars"] == 4_000_000


@pytest.mark.parametrize(
    ("quirk", "first"), [("number", {"status_code": None}), ("text", {"status_code": None}), ("absent", {})]
)
def test_the_first_stage_has_no_code(quirk, first):
    attributes = posted({"status_code": quirk}, send)[0]["data"]["attributes"]
    assert {key: value for key, value in attributes.items() if key == "status_code"} == first


@pytest.mark.parametrize("version", ["v2", "v2.1", "v2.2"])
def test_links_lead_to_the_sandbox_in_the_account_s_version(version):
    said = posted({"callback_version": version}, send)[0]
    assert f"/{version}/messages/mdr2-" in said["data"]["links"]["related"]
    assert said["data"]["links"]["related"].startswith("http://127.0.0.1:")


def test_the_account_s_version_decides_the_kind_of_id_of_what_arrives():
    assert posted({"callback_version": "v2"}, receive)[0]["id"].startswith("mdr1-")
    assert posted({"envelope": "flat"}, receive)[0]["id"].startswith("mdr2-")


ENVELOPES = [
    *(
        {"callback_version": version, "envelope": how}
        for version in ("v2", "v2.1", "v2.2")
        for how in ("versions", "bare")
    ),
    {"envelope": "flat"},
    {"webhook_amount": "number"},
]


@pytest.mark.parametrize("quirks", ENVELOPES, ids=str)
@pytest.mark.parametrize("act", [receive, picture], ids=["text", "picture"])
def test_every_message_that_is_posted_is_read(quirks, act):
    found = []
    (said,) = posted(quirks, lambda sandbox: found.append(act(sandbox)))
    row = fr.read(said).iloc[0]
    assert row[["id", "from", "to", "direction", "delivery"]].tolist() == [
        found[0],
        THEIRS,
        OURS,
        "inbound",
        "received",
    ]


@pytest.mark.parametrize("envelope", ["documented", "bare"])
@pytest.mark.parametrize("code", ["number", "text", "absent"])
def test_every_receipt_that_is_posted_is_read(envelope, code):
    said = posted({"receipt_envelope": envelope, "status_code": code}, send)
    receipts = fr.expand(said, "delivery_receipts")
    assert receipts.status.tolist() == ["smsc submit", "message buffered"]
    assert receipts.status_code.isna().tolist() == [True, False]
    assert receipts.status_code[1] == 1003
