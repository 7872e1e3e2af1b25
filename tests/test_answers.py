"""Answers nobody promised: any JSON in any place, cut anywhere. Our errors only, and never a silent row."""

import copy
import json

import pandas as pd
import pytest
from faulty import Faulty, answer
from hypothesis import example, given, settings
from hypothesis import strategies as st

import flowroute_nb as fr

OUTBOUND = {
    "type": "message",
    "id": "mdr2-1",
    "attributes": {
        "body": "hi",
        "direction": "outbound",
        "timestamp": "2026-10-05T10:00:00.12Z",
        "amount_nanodollars": 4000000,
        "amount_display": "$0.0040",
        "from": "12065550100",
        "to": "12065550101",
        "message_encoding": 0,
        "is_mms": False,
        "message_type": "longcode",
        "status": "message buffered",
        "delivery_receipts": [
            {"level": 2, "status": "message buffered", "status_code": 1003, "timestamp": "2026-10-05T10:00:02Z"},
            {"level": 1, "status": "smsc submit", "status_code": None, "timestamp": "2026-10-05T10:00:01Z"},
        ],
        "price_details": {"base_rate": "0.0040", "segment_count": 1},
        "carrier": {"name": "Example"},
    },
    "relationships": {"media": {"data": [{"id": "x-1", "type": "media"}]}},
    "links": {"self": "https://api.flowroute.com/v2.1/messages/mdr2-1"},
}
PAGE = {
    "data": [OUTBOUND, {**OUTBOUND, "id": "mdr2-2"}],
    "included": [{"id": "x-1", "type": "media", "attributes": {"file_size": 5}}],
    "links": {},
}
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["delivery_receipt", "1110", "now", "2026-10-05", "-0", "1e3", "\x00", 'q"\\']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(value, path=()):
    """Name every place in a JSON value."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from places(inner, (*path, key))


def changed(value, path, new):
    if not path:
        return new
    made = copy.deepcopy(value)
    spot = made
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = new
    return made


def checked(payload):
    """Read it, and account for every record there was."""
    wrong = None
    try:
        frame, bad = fr.read(payload), {}
    except fr.InputError as error:
        wrong, frame, bad = str(error), error.partial, error.bad
    assert wrong is None or wrong.endswith(".")
    if frame is None:
        return None
    assert all(name in wrong for name in list(bad)[:3])
    assert list(frame.dtypes.astype(str))[:4] == ["datetime64[us, UTC]", "str", "str", "str"]
    assert frame.id.notna().all()
    return len(frame) + len(bad)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(places(PAGE))), ANY)
def test_any_json_in_any_place_is_a_row_or_named(path, new):
    payload = changed(PAGE, path, new)
    count = checked(json.dumps(payload).encode())
    if count is not None and isinstance(payload, dict) and isinstance(payload.get("data"), list):
        said = {
            each["id"] if isinstance(each, dict) and isinstance(each.get("id"), str) else n
            for n, each in enumerate(payload["data"])
        }
        assert count == len(said)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=6), ANY, max_size=4), st.sampled_from(["top", "record", "attributes"]))
def test_more_keys_than_known_lose_nothing(more, where):
    payload = copy.deepcopy(PAGE)
    spot = {"top": payload, "record": payload["data"][0], "attributes": payload["data"][0]["attributes"]}[where]
    more = {
        name: value for name, value in more.items() if name not in spot and name not in ("errors", "error", "has_mms")
    }
    spot.update(more)
    frame = fr.read(json.dumps(payload).encode())
    assert frame.id.tolist() == ["mdr2-1", "mdr2-2"]
    if where == "attributes":
        assert json.loads(frame.other[0]) == {"carrier": {"name": "Example"}, **more}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(json.dumps(PAGE)) - 1))
def test_an_answer_cut_anywhere_is_an_error(length):
    with pytest.raises(fr.InputError, match="this is not the JSON that Flowroute says"):
        fr.read(json.dumps(PAGE).encode()[:length])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
@example(b"\xff")
@example(b'{"data": [{"id": "a", "attributes": {"body": "\xff"}}]}')
@example(b'{"data": [' + b"[" * 5_000)
@example(b'{"data": "' + b"x" * 100 + b'"}')
def test_rubbish_is_an_error_or_nothing(said):
    checked(said)


HALF = {"id": "mdr2-half", "attributes": {"body": "cut \ud83d off"}}


def test_half_a_character_spoils_its_own_record_only():
    page = json.dumps({"data": [OUTBOUND, HALF], "links": {"next": None}}).encode()
    with pytest.raises(fr.InputError) as wrong:
        fr.read(page)
    assert list(wrong.value.bad) == ["mdr2-half"]
    assert "body" in wrong.value.bad["mdr2-half"]
    assert wrong.value.partial.id.tolist() == ["mdr2-1"]


def test_a_byte_that_is_no_utf_8_spoils_its_own_record_only():
    page = json.dumps({"data": [OUTBOUND, {**OUTBOUND, "id": "mdr2-2"}]}).encode().replace(b'"hi"', b'"\xff"', 1)
    with pytest.raises(fr.InputError) as wrong:
        fr.read(page)
    assert list(wrong.value.bad) == ["mdr2-1"]
    assert wrong.value.partial.id.tolist() == ["mdr2-2"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(places(PAGE))), ANY)
def test_over_the_wire_too_only_our_errors_come_out(path, new):
    payload = changed(PAGE, path, new)
    with Faulty(answer(body=json.dumps(payload).encode())) as server:
        account = fr.Account(access_key="AK", secret_key="SK", base_url=server.url)
        for call in (
            lambda: account.messages("2026-10-05", progress=False, workers=1),
            lambda: account.lookup("mdr2-1"),
        ):
            try:
                call()
            except fr.FlowrouteError as error:
                assert error.partial is None or isinstance(error.partial, pd.DataFrame)  # noqa: PT017


@settings(max_examples=100, deadline=None)
@given(ANY)
def test_any_json_in_answer_to_a_send_is_an_id_or_unknown(said):
    with Faulty(answer("202 Accepted", json.dumps(said).encode())) as server:
        account = fr.Account(access_key="AK", secret_key="SK", base_url=server.url, from_="12065550100")
        account._client._sms._seconds = 0
        with pytest.raises(fr.OutcomeUnknown):
            account.send(to="12065550101", body="x")
        assert len(server.taken) == 1
