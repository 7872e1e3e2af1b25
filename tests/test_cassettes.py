"""Exchanges recorded once and played since: what is asked and understood stays the same, without any network."""

import contextlib
import json
from decimal import Decimal

import pytest
import yaml
from conftest import OUR_TEXT, RECORD, playing, scrubbed

import flowroute_nb as fr

VERSIONS = ["v2", "v2.1", "v2.2"]


@pytest.mark.parametrize("api", VERSIONS)
def test_a_text_is_sent_and_its_record_comes_back(cassette, api):
    account = cassette.account(api=api)
    sent = account.send(to=cassette.to, body=OUR_TEXT)
    assert sent.id.startswith("mdr1-" if api == "v2" else "mdr2-")
    assert (sent.cost is None) == (api != "v2.2")
    row = sent.wait()
    assert row.id == row.name == sent.id
    assert (row.direction, row.contact, row.segments) == ("outbound", cassette.to, 1)
    assert row.cost == Decimal(int(row.amount_nanodollars)).scaleb(-9)


@pytest.mark.parametrize("api", VERSIONS)
def test_a_day_of_records_becomes_a_frame(cassette, api):
    frame = cassette.account(api=api).messages("2026-10-27", workers=1, progress=False)
    assert set(frame.timestamp.dt.strftime("%Y-%m-%d")) <= {"2026-10-27"}
    assert len(frame) > 0 or RECORD == "live"
    assert frame.id.is_unique
    assert frame.timestamp.is_monotonic_increasing


@pytest.mark.parametrize("api", VERSIONS)
def test_an_id_without_a_record_is_not_found(cassette, api):
    with pytest.raises(fr.errors.NotFound) as nothing:
        cassette.account(api=api).lookup("mdr2-00000000000000000000000000000000")
    assert nothing.value.status == 404


def test_a_wrong_key_is_unauthorized(cassette):
    account = cassette.account(access_key="nobody", secret_key="nothing")
    with pytest.raises(fr.errors.Unauthorized):
        account.lookup("mdr2-00000000000000000000000000000000")


def test_a_number_that_isn_t_ours_is_forbidden(cassette):
    with pytest.raises(fr.errors.Forbidden):
        cassette.account().send(to=cassette.to, from_="12065550155", body=OUR_TEXT)


# ------------------------------------------------------------------ the guards of the cassettes themselves


def test_no_cassette_holds_credentials(request):
    found = sorted((request.config.rootpath / "cassettes").rglob("*.yaml"))
    assert found
    for path in found:
        said = path.read_text()
        assert "authorization" not in said.lower(), path
        assert "127.0.0.1" not in said, path


def test_a_request_that_is_not_on_the_cassette_fails_even_when_swallowed(tmp_path):
    empty = tmp_path / "empty.yaml"
    empty.write_text(yaml.safe_dump({"version": 1, "interactions": []}))
    account = fr.Account(access_key="a", secret_key="b")
    with pytest.raises(AssertionError, match="has no answer to"), playing(empty), contextlib.suppress(Exception):
        account.lookup("mdr2-1")


def test_an_exchange_that_nobody_asks_for_fails(tmp_path):
    exchange = {
        "request": {"method": "GET", "uri": "https://api.flowroute.com/v2.1/messages/a", "body": None, "headers": {}},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}},
    }
    unused = tmp_path / "unused.yaml"
    unused.write_text(yaml.safe_dump({"version": 1, "interactions": [exchange]}))
    with pytest.raises(AssertionError, match="nobody asked for"), playing(unused):
        pass


def test_what_a_real_account_says_is_scrubbed_before_it_is_kept():
    said = {"data": [{"id": "mdr2-1", "attributes": {"to": "14255551234", "body": "Call me at 5", "amount": 7}}]}
    kept = scrubbed(said)
    assert "14255551234" not in json.dumps(kept)
    assert "Call" not in json.dumps(kept)
    assert len(kept["data"][0]["attributes"]["body"]) == len("Call me at 5")
    assert scrubbed(kept) == kept
