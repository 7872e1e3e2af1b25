"""What fr.read and fr.expand accept: every envelope and encoding, and values that are refused by id and attribute."""

import codecs
import json
import subprocess
import sys
from fractions import Fraction

import pandas as pd
import pytest
from faulty import Faulty, answer

import flowroute_nb as fr

OURS, THEIRS = "12065550100", "12065550199"
ATTRIBUTES = {
    "v2": {"body": "hi", "amount_nanodollars": 4000000, "message_encoding": 0, "has_mms": False, "callback_url": None},
    "v2.1": {"body": "hi", "status": "", "amount_nanodollars": "7000000", "is_mms": False, "delivery_receipts": []},
    "v2.2": {"body": "hi", "amount_nanodollars": 4000000, "is_mms": False, "price_details": {"segment_count": 1}},
    "webhook": {"body": "hi"},
}
ENVELOPES = {
    "page": lambda record: {"data": [record], "links": {}},
    "data": lambda record: {"data": record},
    "attributes only": lambda record: record,
    "flat": lambda record: {**record["attributes"], "id": record["id"], "type": record["type"]},
    "flat without a type": lambda record: {**record["attributes"], "id": record["id"]},
    "flat in data": lambda record: {"data": ENVELOPES["flat"](record)},
    "flat in a page": lambda record: {"data": [ENVELOPES["flat"](record)], "links": {}},
}


def record(record_id="mdr2-1", **attributes):
    return {"type": "message", "id": record_id, "attributes": attributes}


def page(*records, **more):
    return json.dumps({"data": list(records), "links": {}, **more}).encode()


def numbers(direction):
    return {"from": OURS, "to": THEIRS} if direction == "outbound" else {"from": THEIRS, "to": OURS}


# ------------------------------------------------------------------ direction


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
@pytest.mark.parametrize("version", ATTRIBUTES)
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_a_record_keeps_its_own_direction_in_every_envelope(envelope, version, direction):
    wrapped = ENVELOPES[envelope](record(direction=direction, **numbers(direction), **ATTRIBUTES[version]))
    row = fr.read(wrapped).iloc[0]
    assert (row.direction, row.number, row.contact, row.id) == (direction, OURS, THEIRS, "mdr2-1")
    assert row.delivery == ("received" if direction == "inbound" else "unknown")


@pytest.mark.parametrize("envelope", [name for name in ENVELOPES if "flat" in name])
def test_a_flat_record_without_a_direction_is_the_documented_webhook_and_inbound(envelope):
    row = fr.read(ENVELOPES[envelope](record(**numbers("inbound"), body="hi"))).iloc[0]
    assert (row.direction, row.number, row.contact, row.delivery) == ("inbound", OURS, THEIRS, "received")


@pytest.mark.parametrize("envelope", [name for name in ENVELOPES if "flat" not in name])
def test_a_resource_without_a_direction_gets_none(envelope):
    row = fr.read(ENVELOPES[envelope](record(**numbers("inbound"), body="hi"))).iloc[0]
    assert row[["direction", "number", "contact"]].isna().all()


def test_a_direction_of_null_is_no_direction_and_not_inbound():
    row = fr.read({"id": "mdr2-1", "from": OURS, "to": THEIRS, "direction": None}).iloc[0]
    assert row[["direction", "number", "contact"]].isna().all()


def test_the_costs_of_flattened_records_are_those_of_their_direction(tmp_path):
    directions = ["outbound", "inbound", "outbound", "outbound"]
    records = [
        record(f"mdr2-{n}", direction=direction, amount_nanodollars=10**n * 1000, **numbers(direction))
        for n, direction in enumerate(directions)
    ]
    flat = [ENVELOPES["flat"](each) for each in records]
    (tmp_path / "flat.json").write_text(json.dumps(flat))
    expected = fr.read(page(*records))
    for payload in (flat, json.dumps(flat), tmp_path / "flat.json", [page(*records[:2]), *flat[2:]]):
        frame = fr.read(payload)
        pd.testing.assert_frame_equal(frame, expected)
        costs = fr.costs.by(frame, "direction").set_index("direction").cost
        assert Fraction(costs["outbound"]) == Fraction(1000 + 100_000 + 1_000_000, 10**9)


def test_a_flat_mms_keeps_its_media():
    linked = {"media": {"data": [{"id": "x-1", "type": "media"}]}}
    flat = {
        "id": "mdr2-1",
        "from": OURS,
        "to": THEIRS,
        "is_mms": True,
        "direction": "outbound",
        "relationships": linked,
    }
    included = [{"id": "x-1", "type": "media", "attributes": {"file_name": "a.png"}}]
    row = fr.read({"data": flat, "included": included}).iloc[0]
    assert json.loads(row.media) == included


@pytest.mark.parametrize("missing", ["from", "to", "id"])
def test_a_flat_object_that_lacks_a_number_or_an_id_is_refused(missing):
    flat = {"id": "mdr2-1", "from": OURS, "to": THEIRS, "body": "hi"}
    del flat[missing]
    with pytest.raises(fr.InputError, match="is no message record"):
        fr.read(flat)


@pytest.mark.parametrize("more", [{}, {"price_details": {"segment_count": 1}}])
@pytest.mark.parametrize(
    "attributes",
    [
        {"body": "hi"},
        {"body": ""},
        {"status": "delivered"},
        {"message_type": "longcode"},
        {"direction": "outbound"},
        {"from": OURS},
        {"to": OURS},
        {"amount_nanodollars": 0},
        {"message_encoding": 0},
    ],
)
def test_a_single_record_that_has_only_one_attribute_is_read(attributes, more):
    row = fr.read({"data": record(**attributes, **more)}).iloc[0]
    assert {name: row[name] for name in attributes} == attributes


def test_the_answer_to_a_send_is_not_a_record():
    with pytest.raises(fr.InputError, match="look the record up by its id"):
        fr.read({"data": record(price_details={"segment_count": 1})})


# ------------------------------------------------------------------ byte order marks


def encoded(text):
    """Return a JSON text in the encodings that programs write it in."""
    return {
        "utf-8 with a mark": codecs.BOM_UTF8 + text.encode(),
        "utf-16": text.encode("utf-16"),
        "utf-16 big endian": codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        "utf-16 without a mark": text.encode("utf-16-le"),
        "utf-32": text.encode("utf-32"),
    }


ACCENTED = record(body="Žluťoučký kůň 😀", direction="outbound")


@pytest.mark.parametrize("payload", [{"data": ACCENTED}, [{"data": ACCENTED}], {"data": [ACCENTED], "links": {}}])
@pytest.mark.parametrize("encoding", encoded(""))
def test_json_in_any_unicode_encoding_is_read_from_bytes_and_files(tmp_path, payload, encoding):
    expected = fr.read(payload)
    body = encoded(json.dumps(payload, ensure_ascii=False))[encoding]
    path = tmp_path / "records.json"
    path.write_bytes(body)
    for same in (body, path, str(path), [body]):
        pd.testing.assert_frame_equal(fr.read(same), expected)


def test_text_that_starts_with_a_byte_order_mark_is_read():
    text = "\ufeff" + json.dumps({"data": ACCENTED})
    assert fr.read(text).body[0] == fr.read([text]).body[0] == ACCENTED["attributes"]["body"]


@pytest.mark.parametrize("encoding", encoded(""))
def test_rows_that_write_made_are_read_in_any_unicode_encoding(tmp_path, encoding):
    frame = fr.read({"data": ACCENTED})
    path = fr.write(frame, tmp_path / "rows.json")
    path.write_bytes(encoded(path.read_text())[encoding])
    pd.testing.assert_frame_equal(fr.read(path), frame)


@pytest.mark.parametrize("encoding", encoded(""))
def test_a_receipt_in_any_unicode_encoding_is_expanded(encoding):
    receipt = {"id": "mdr2-1", "type": "delivery_receipt", "attributes": {"status": "delivered", "level": 2}}
    body = encoded(json.dumps(receipt))[encoding]
    assert fr.expand(body, "delivery_receipts").status.tolist() == ["delivered"]


NOT_UTF_8 = {
    "other": {"attributes": {"carrier": "?"}},
    "other inside": {"attributes": {"carrier": [{"?": 1}], "region": "x"}},
    "price_details": {"attributes": {"price_details": {"note": "?"}}},
    "delivery_receipts": {"attributes": {"delivery_receipts": [{"level": 1, "note": "?"}]}},
    "media": {"attributes": {"is_mms": True}, "relationships": {"media": {"data": [{"id": "m", "note": "?"}]}}},
}


@pytest.mark.parametrize("wrong", [b"\xff", b"\xed\xa0\x80"])
@pytest.mark.parametrize("place", NOT_UTF_8)
def test_bytes_that_are_not_utf_8_inside_a_json_column_spoil_only_their_own_record(place, wrong):
    bad = {"type": "message", "id": "mdr2-bad", **NOT_UTF_8[place]}
    body = page(record("good"), bad, record("fine")).replace(b"?", wrong)
    for payload in (body, [body, page(record("last"))]):
        with pytest.raises(fr.InputError) as error:
            fr.read(payload)
        assert error.value.bad.keys() == {"mdr2-bad"}
        assert error.value.bad["mdr2-bad"].startswith(f"{place.split()[0]} can't be read")
        assert error.value.partial.id.tolist()[:2] == ["good", "fine"]


@pytest.mark.parametrize("bad", [5, {"data": {"type": "message", "attributes": {}}}, record("a", timestamp="now")])
def test_what_could_be_read_beside_a_bad_payload_is_not_called_complete(bad):
    with pytest.raises(fr.InputError) as error:
        fr.read([record("good"), bad])
    assert error.value.partial.attrs["flowroute"]["complete"] is False


def test_a_reading_of_the_service_keeps_the_records_beside_one_that_is_not_utf_8():
    times = {"timestamp": "2026-10-05T10:00:00Z"}
    body = page(record("good", **times), record("mdr2-bad", carrier="?", **times)).replace(b"?", b"\xff")
    with Faulty(answer(body=body)) as server:
        account = fr.Account(access_key="AK1234567", secret_key="planted-secret", base_url=server.url)
        with pytest.raises(fr.errors.BadRecords) as error:
            account.messages("2026-10-05", progress=False)
    assert (error.value.bad.keys(), error.value.partial.id.tolist()) == ({"mdr2-bad"}, ["good"])


def test_a_byte_that_is_not_utf_8_spoils_only_its_own_record_after_a_byte_order_mark():
    body = codecs.BOM_UTF8 + page(record("good"), record("mdr2-bad", body="?")).replace(b"?", b"\xff")
    with pytest.raises(fr.InputError) as refused:
        fr.read(body)
    assert list(refused.value.bad) == ["mdr2-bad"]
    assert refused.value.partial.id.tolist() == ["good"]


def test_a_damaged_encoding_is_refused():
    for body in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE + b"{", "{}".encode("utf-16")[:-1], b"\xef\xbb{}"):
        with pytest.raises(fr.InputError, match="Expected a record"):
            fr.read(body)


# ------------------------------------------------------------------ delivery


@pytest.mark.parametrize(
    ("word", "delivery"),
    [
        ("delivered", "delivered"),
        ("Delivered", "delivered"),
        ("delivery success", "delivered"),
        ("delivered to handset", "delivered"),
        ("failed", "failed"),
        ("delivery failure", "failed"),
        ("smsc reject", "failed"),
        ("rejected", "failed"),
        ("expired", "failed"),
        ("PARTIAL_SEND_FAILURE", "failed"),
        ("smsc submit", "pending"),
        ("mmsc submit", "pending"),
        ("message buffered", "pending"),
        ("message sent", "pending"),
        ("queued for delivery", "pending"),
        ("submit failed", "unknown"),
        ("not delivered", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
@pytest.mark.parametrize("code", [{}, {"status_code": None}, {"status_code": 0}])
def test_a_receipt_with_only_a_word_determines_the_delivery(word, delivery, code):
    receipts = [{"level": 1, "status": "smsc submit"}, {"level": 2, "status": word, **code}]
    assert fr.read({"data": record(direction="outbound", delivery_receipts=receipts)}).delivery[0] == delivery


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("end", ["delivered", "failed"])
def test_receipts_without_level_and_time_are_read_by_how_the_message_ended(end, order):
    receipts = [{"status": "smsc submit"}, {"status": end}][::order]
    assert fr.read({"data": record(direction="outbound", delivery_receipts=receipts)}).delivery[0] == end


def test_a_code_counts_more_than_the_word_beside_it():
    receipts = [{"level": 2, "status": "delivered", "status_code": 1007}]
    assert fr.read({"data": record(direction="outbound", delivery_receipts=receipts)}).delivery[0] == "failed"


# ------------------------------------------------------------------ receipts are not messages

RECEIPTS = {
    "with all": {"level": 2, "status": "message buffered", "status_code": 1003, "body": "hi"},
    "with a code": {"to": THEIRS, "from": OURS, "body": "hi", "status": "message buffered", "status_code": 1003},
    "with a level": {"level": 1, "status": "smsc submit"},
    "with a description": {"status": "x", "status_code_description": "Message accepted by Carrier"},
}


@pytest.mark.parametrize("kind", [{}, {"type": None}, {"type": "delivery_receipt"}])
@pytest.mark.parametrize("attributes", RECEIPTS)
@pytest.mark.parametrize("envelope", ["page", "data", "attributes only", "flat", "list"])
def test_a_receipt_is_not_read_as_a_message_but_expanded(envelope, attributes, kind):
    receipt = {"id": "mdr2-7", "attributes": RECEIPTS[attributes], **kind}
    wrapped = {
        "page": {"data": [receipt]},
        "data": {"data": receipt},
        "attributes only": receipt,
        "flat": {"id": "mdr2-7", **RECEIPTS[attributes], **kind},
        "list": [{"data": receipt}],
    }[envelope]
    with pytest.raises(fr.InputError, match=r"mdr2-7 is a delivery receipt.*fr\.expand") as refused:
        fr.read(wrapped)
    assert list(refused.value.bad) == ["mdr2-7"]
    assert refused.value.partial.empty
    if envelope != "page":
        row = fr.expand(wrapped, "delivery_receipts").iloc[0]
        assert (row.id, row.status) == ("mdr2-7", RECEIPTS[attributes]["status"])


def test_a_record_with_an_attribute_named_like_a_receipt_s_is_still_a_message():
    attributes = {"direction": "outbound", "status_code": 1003, "level": 1}
    for kind in ({}, {"type": "message"}):
        assert fr.read({"data": {"id": "mdr2-1", "attributes": attributes, **kind}}).direction[0] == "outbound"
    assert fr.read({"data": record(status_code=1003)}).id.tolist() == ["mdr2-1"]


@pytest.mark.parametrize(
    "message",
    [
        {"data": record(direction="outbound", status="delivered")},
        {"id": "mdr2-1", "attributes": {"direction": "outbound", "status": "delivered"}},
        {"id": "mdr2-1", "to": OURS, "from": THEIRS, "body": "hi", "status": "delivered"},
        {"id": "mdr2-1", "attributes": {}},
    ],
)
def test_a_message_is_not_expanded_as_a_nearly_empty_receipt(message):
    with pytest.raises(fr.InputError, match=r"read messages with fr\.read"):
        fr.expand(message, "delivery_receipts")


# ------------------------------------------------------------------ one bad payload

GOOD = [{"data": record("good")}, page(record("a"), record("b")), {"id": "flat", "to": OURS, "from": THEIRS}]
BAD = {
    "an error": {"errors": [{"status": 404}]},
    "half a page": page(record("lost"))[:-9],
    "a word": "no such text",
    "a number": 5,
    "null": None,
    "an empty object": {},
    "what is no JSON": object(),
    "bytes that are no text": b'{"data": "\xff"}',
    "a receipt": {"id": "r", "type": "delivery_receipt", "attributes": {"level": 1}},
    "a phone number": {"data": {"type": "number", "id": OURS, "attributes": {}}},
    "a record without an id": {"data": {"type": "message", "attributes": {}}},
    "a lone surrogate": {"data": record("s", body="\ud83d")},
    "NaN": {"data": record("n", amount_nanodollars=float("nan"))},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("place", range(4))
def test_one_bad_payload_in_a_list_does_not_lose_the_others(name, place):
    with pytest.raises(fr.InputError) as refused:
        fr.read([*GOOD[:place], BAD[name], *GOOD[place:]])
    assert refused.value.partial.id.tolist() == ["good", "a", "b", "flat"]
    assert len(refused.value.bad) == 1
    assert refused.value.partial.attrs["flowroute"]["complete"] is False
    assert OURS not in str(refused.value)


@pytest.mark.parametrize("spoilt", [BAD["an error"], BAD["null"], BAD["NaN"], BAD["a lone surrogate"], 5])
def test_one_bad_payload_in_a_list_of_a_file_does_not_lose_the_others(tmp_path, spoilt):
    payloads = [{"data": record("good")}, spoilt, {"data": record("fine")}]
    (tmp_path / "webhooks.json").write_text(json.dumps(payloads))
    with pytest.raises(fr.InputError) as refused:
        fr.read(tmp_path / "webhooks.json")
    assert refused.value.partial.id.tolist() == ["good", "fine"]
    assert len(refused.value.bad) == 1


def test_a_bad_payload_is_named_by_its_place():
    with pytest.raises(fr.InputError) as refused:
        fr.read([GOOD[0], {}, GOOD[1], [GOOD[2], b"x"]])
    assert list(refused.value.bad) == ["The payload[1]", "The payload[3][1]"]
    assert len(refused.value.partial) == 4


def test_one_bad_receipt_does_not_lose_the_others():
    good = [{"id": f"r{n}", "type": "delivery_receipt", "attributes": {"level": n}} for n in range(3)]
    for bad in (5, {}, b"x", object(), {"id": "r9", "attributes": {"level": "two"}}):
        for payload in ([good[0], bad, *good[1:]], [[good[0], bad], good[1:]]):
            with pytest.raises(fr.InputError) as refused:
                fr.expand(payload, "delivery_receipts")
            assert refused.value.partial.id.tolist() == ["r0", "r1", "r2"]
            assert len(refused.value.bad) == 1


def test_one_bad_row_does_not_lose_the_others_of_an_expanded_column():
    frame = fr.read(
        [{"data": record(f"r{n}", timestamp="2026-10-01", price_details={"base_rate": "0.0040"})} for n in range(3)]
    )
    frame.loc[1, "price_details"] = '{"base_rate":"NaN"}'
    with pytest.raises(fr.InputError, match="r1.*base_rate") as refused:
        fr.expand(frame, "price_details")
    assert refused.value.partial.id.tolist() == ["r0", "r2"]
    assert list(refused.value.bad) == ["r1"]


# ------------------------------------------------------------------ complete

NEXT = {"next": "https://api.flowroute.com/v2.1/messages?offset=2"}


@pytest.mark.parametrize(
    "payload",
    [
        page(record("a"), links=NEXT),
        [page(record("a"), links=NEXT)],
        [page(record("a")), page(record("b"), links=NEXT)],
        [page(record("a"), links=NEXT), page(record("b"))],
        [[page(record("a"), links=NEXT)]],
        b"[" + page(record("a"), links=NEXT) + b"]",
        page({"id": "a", "attributes": {"unheard of": 1}}, links=NEXT),
    ],
)
def test_pages_that_name_a_next_page_are_not_complete(payload):
    assert fr.read(payload).attrs["flowroute"]["complete"] is False


def test_what_names_no_next_page_is_not_called_incomplete():
    for payload in (page(record("a")), [page(record("a")), {"data": record("b")}], page(record("a"), links=None)):
        assert fr.read(payload).attrs.get("flowroute", {}).get("complete") is not False


@pytest.mark.parametrize("errors", [{"errors": [{"title": "Timeout"}]}, {"error": "timeout"}])
@pytest.mark.parametrize("data", [[], [record("a")], record("a")])
def test_a_page_with_data_and_errors_is_an_error_that_keeps_the_records(data, errors):
    for payload in ({"data": data, **errors}, [{"data": data, **errors}]):
        with pytest.raises(fr.InputError, match="errors beside its records") as refused:
            fr.read(payload)
        assert refused.value.partial.id.tolist() == (["a"] if data else [])
        assert refused.value.partial.attrs["flowroute"]["complete"] is False


@pytest.mark.parametrize("errors", [[], None])
def test_an_empty_list_of_errors_is_none(errors):
    assert fr.read({"data": [record("a")], "errors": errors}).id.tolist() == ["a"]


# ------------------------------------------------------------------ values

DIGITS = ["٤٠٠", "४००", "４０", "1_000", " 4000000", "4000000\n", "+4000000", "4e6", "4000000.0", "0x10", "NaN", ""]


@pytest.mark.parametrize("amount", [*DIGITS, 4000000.0, True, float("nan"), float("inf"), -float("inf")])
def test_an_amount_that_is_not_a_whole_number_is_an_error_of_its_record(amount):
    assert_named("amount_nanodollars", {"amount_nanodollars": amount})


@pytest.mark.parametrize("value", ["١", "1_0", " 1", "1 ", "1e1", 1.0, True, float("nan")])
@pytest.mark.parametrize(
    ("column", "wrapped"),
    [
        ("message_encoding", lambda value: value),
        ("price_details", lambda value: {"segment_count": value}),
        ("delivery_receipts", lambda value: [{"level": value, "status_code": 1004}]),
        ("delivery_receipts", lambda value: [{"level": 1, "status_code": value}]),
    ],
)
def test_other_whole_numbers_are_as_strict(column, wrapped, value):
    assert_named(column, {column: wrapped(value)})


@pytest.mark.parametrize(
    "timestamp",
    [
        "10000-01-01T00:00:00Z",
        "12017-12-21T16:44:35Z",
        "+12017-12-21T16:44:35Z",
        "9999-12-31T23:59:59-07:00",
        "9999-12-31T23:59:59.123456789-07:00",
        "0000-12-31T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "-001-01-01T00:00:00Z",
        "٢٠١٧-12-21T16:44:35Z",
        "2017-12-21T16:44:٣5Z",
        "2017-12-21T16:44:35.４Z",
        " 2017-12-21T16:44:35Z",
        "2017-12-21T16:44:35Z\n",
        "2017_12_21",
        "NaN",
        "NaT",
        "now",
    ],
)
def test_a_timestamp_that_no_calendar_has_is_an_error_of_its_record(timestamp):
    assert_named("timestamp", {"timestamp": timestamp})
    receipt = {"id": "mdr2-1", "type": "delivery_receipt", "attributes": {"timestamp": timestamp}}
    with pytest.raises(fr.InputError, match="mdr2-1: timestamp"):
        fr.expand(receipt, "delivery_receipts")


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31"])
def test_the_first_and_last_year_of_the_calendar_are_read(timestamp):
    assert fr.read({"data": record(timestamp=timestamp)}).timestamp[0].year in (1, 9999)


def assert_named(column, attributes):
    """Read a record with these attributes among good ones, from a dict and from bytes."""
    payload = {"data": [record("good"), record("mdr2-bad", **attributes), record("fine")]}
    for same in (payload, json.dumps(payload).encode(), [payload]):
        with pytest.raises(fr.InputError) as refused:
            fr.read(same)
        assert refused.value.partial.id.tolist() == ["good", "fine"]
        assert list(refused.value.bad) == ["mdr2-bad"]
        assert refused.value.bad["mdr2-bad"].startswith((column, repr(column)))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("amount_nanodollars", 10**30),
        ("amount_nanodollars", "9" * 20),
        ("message_encoding", -(10**30)),
        ("body", "half a pair: \ud83d"),
        ("carrier_name", "\udc00"),
        ("carrier_name", float("nan")),
        ("carrier_name", [{"deep": float("inf")}]),
        ("status", float("nan")),
    ],
)
def test_a_value_that_json_or_a_column_cannot_hold_is_an_error_of_its_record(attribute, value):
    assert_named(attribute, {attribute: value})


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_any_kind_are_read(kind):
    body = kind(page(record("a")))
    assert fr.read(body).id.tolist() == fr.read([body]).id.tolist() == ["a"]


def test_a_missing_value_of_a_dict_stays_missing():
    row = fr.read({"data": [record(body=None, amount_nanodollars=None, price_details={"base_rate": None})]}).iloc[0]
    assert row[["body", "amount_nanodollars"]].isna().all()
    assert row.price_details == '{"base_rate":null}'
    assert fr.read({"data": record(body="null", nested={"exact": 0.1, "at": [1.5, None]})}).other[0] == (
        '{"nested":{"exact":0.1,"at":[1.5,null]}}'
    )


def test_nan_outside_the_records_is_an_error_of_the_page():
    with pytest.raises(fr.InputError, match="Expected a record"):
        fr.read('{"data": [], "links": {"x": NaN}}')


def test_amounts_next_to_a_bad_record_keep_every_digit():
    precise = '{"rate":0.12345678901234567890123456789}'
    text = (
        f'{{"data":[{{"id":"a","type":"message","attributes":{{"x":{precise},"body":"a, b: [{{"}}}},'
        '{"id":"b","type":"message","attributes":{"amount_nanodollars":NaN}}], "links" : {} }'
    )
    with pytest.raises(fr.InputError) as refused:
        fr.read(text)
    assert refused.value.partial.other.tolist() == [f'{{"x":{precise}}}']


@pytest.mark.parametrize(
    "amount", ["NaN", "Infinity", "٣", "1_000", " 0.004", "0.004 ", "$0.0040", "", "1E9999999", True]
)
@pytest.mark.parametrize("name", ["base_rate", "surcharge_rate", "charged_cost"])
def test_a_price_that_is_not_an_amount_is_an_error_of_its_record(name, amount):
    frame = fr.read({"data": [record(price_details={name: amount})]})
    with pytest.raises(fr.InputError, match=f"mdr2-1.*{name} is not an amount"):
        fr.expand(frame, "price_details")


@pytest.mark.parametrize(
    ("column", "text", "name"),
    [
        ("price_details", '{"segment_count":"١"}', "segment_count"),
        ("price_details", '{"segment_count":99999999999999999999}', "segment_count"),
        ("delivery_receipts", '[{"level":99999999999999999999}]', "level"),
        ("delivery_receipts", '[{"status_code":"1_004"}]', "status_code"),
        ("media", '[{"id":"x","attributes":{"file_size":"٣"}}]', "file_size"),
        ("media", '[{"id":"x","attributes":{"file_size":99999999999999999999}}]', "file_size"),
    ],
)
def test_numbers_inside_a_column_are_as_strict_when_they_are_expanded(column, text, name):
    frame = fr.read({"data": record()})
    frame[column] = text
    with pytest.raises(fr.InputError, match=f"mdr2-1.*{name}"):
        fr.expand(frame, column)


def test_prices_do_not_depend_on_the_decimal_context():
    prices = {"base_rate": "12345.6", "charged_cost": "0.0123456789"}
    program = (
        "import decimal, sys, flowroute_nb as fr; decimal.getcontext().prec = 2; "
        "decimal.getcontext().traps[decimal.Inexact] = True; "
        "print(*fr.expand(fr.read(sys.argv[1]), 'price_details')[['base_rate', 'charged_cost']].values[0])"
    )
    payload = json.dumps({"data": [record(price_details=prices)]})
    printed = subprocess.run([sys.executable, "-c", program, payload], capture_output=True, text=True, check=True)
    assert printed.stdout.split() == ["12345.6000", "0.0123456789"]


# ------------------------------------------------------------------ what a service answers


PAGES = {
    "data and errors": page(record("mdr2-1", timestamp="2026-10-05T10:00:00Z"), errors=[{"title": "Timeout"}]),
    "a list of pages": b"[" + page(record("mdr2-1", timestamp="2026-10-05T10:00:00Z"), links=NEXT) + b"]",
    "a receipt among records": page(
        record("mdr2-1", timestamp="2026-10-05T10:00:00Z"),
        {"id": "mdr2-2", "type": "delivery_receipt", "attributes": {"status": "delivered"}},
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_reading_is_not_complete_after_a_page_that_is_not(name):
    with Faulty(answer(body=PAGES[name])) as server:
        account = fr.Account(access_key="AK1234567", secret_key="planted-secret", base_url=server.url)
        with pytest.raises(fr.errors.BadRecords) as stopped:
            account.messages("2026-10-05", progress=False)
        with pytest.raises(fr.errors.BadRecords):
            list(account.pages("2026-10-05"))
    assert stopped.value.partial.id.tolist() == ["mdr2-1"]
    assert stopped.value.partial.attrs["flowroute"]["complete"] is False
    assert stopped.value.bad


def test_answers_of_the_service_may_start_with_a_byte_order_mark():
    body = codecs.BOM_UTF8 + page(record("mdr2-1", timestamp="2026-10-05T10:00:00Z"))
    with Faulty(answer(body=body)) as server:
        account = fr.Account(access_key="AK1234567", secret_key="planted-secret", base_url=server.url)
        assert account.messages("2026-10-05", progress=False).id.tolist() == ["mdr2-1"]
        assert account.lookup(["mdr2-1"]).id.tolist() == ["mdr2-1"]
