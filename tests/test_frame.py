"""The frame is the design's, whatever it came from."""

import datetime as dt
import json
import resource
import signal
from decimal import Decimal
from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowroute_nb as fr
from flowroute_nb.records import money

DTYPES = {
    "timestamp": "datetime64[us, UTC]",
    "direction": "str",
    "number": "str",
    "contact": "str",
    "cost": "object",
    "segments": "Int64",
    "delivery": "str",
    "body": "str",
    "status": "str",
    "message_type": "str",
    "is_mms": "boolean",
    "message_encoding": "Int8",
    "from": "str",
    "to": "str",
    "amount_nanodollars": "Int64",
    "price_details": "str",
    "delivery_receipts": "str",
    "media": "str",
    "other": "str",
    "id": "str",
}


def record(name="mdr2-1", **attributes):
    return {"type": "message", "id": name, "attributes": attributes}


def page(*records, **more):
    return json.dumps({"data": list(records), "links": {}, **more}).encode()


def one(**attributes):
    return fr.read(page(record(**attributes))).iloc[0]


V2 = record(
    "mdr1-1",
    body="hi",
    direction="outbound",
    timestamp="2016-06-13T20:34:29.095045+00:00",
    amount_nanodollars=4000000,
    amount_display="$0.0040",
    to="12066418000",
    message_encoding=0,
    has_mms=False,
    callback_url=None,
    message_type="long-code",
    **{"from": "12064205780"},
)
V21 = record("mdr2-1", body="hi", direction="inbound", status="delivered", is_mms=False, delivery_receipts=[])
V22 = record("mdr2-2", price_details={"base_rate": "0.0040", "segment_count": 1}, direction="outbound")
FRAMES = {
    "v2": page(V2),
    "v2.1": page(V21),
    "v2.2": page(V22),
    "all three": page(V2, V21, V22),
    "empty": page(),
    "all missing": page(record()),
    "flat webhook": json.dumps({"to": "12065550100", "from": "12065550101", "body": "x", "id": "mdr2-9"}).encode(),
}


@pytest.mark.parametrize("name", FRAMES)
def test_columns_and_dtypes_are_the_same_whatever_came(name):
    frame = fr.read(FRAMES[name])
    assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == DTYPES
    assert list(frame.columns) == list(DTYPES)
    assert isinstance(frame.index, pd.RangeIndex)


def test_a_record_of_which_nothing_is_known_misses_all_but_its_id_and_its_delivery():
    row = fr.read(FRAMES["all missing"]).iloc[0]
    assert row[row.notna()].to_dict() == {"delivery": "unknown", "id": "mdr2-1"}
    assert row.cost is None


@pytest.mark.parametrize(
    ("nanodollars", "cost"),
    [
        (4000000, "0.0040"),
        ("7000000", "0.0070"),
        (0, "0.0000"),
        (1, "1E-9"),
        (123456789, "0.123456789"),
        (-4000000, "-0.0040"),
        (10**18, "1000000000.0000"),
        (2**53 + 1, "9007199.254740993"),
    ],
)
def test_cost_is_exact_with_at_least_four_decimals(nanodollars, cost):
    row = one(amount_nanodollars=nanodollars)
    assert str(row.cost) == cost
    assert row.amount_nanodollars == int(nanodollars)


@given(st.integers(-(10**18), 10**18))
def test_dollars_are_the_nanodollars_to_the_last_digit(nanodollars):
    assert Fraction(money(nanodollars)) == Fraction(nanodollars, 10**9)
    assert money(nanodollars).as_tuple().exponent <= -4


@given(st.lists(st.integers(-(10**18), 10**18) | st.none(), max_size=20))
def test_a_column_of_costs_adds_up_exactly(amounts):
    frame = fr.read(page(*(record(f"r{n}", amount_nanodollars=a) for n, a in enumerate(amounts))))
    known = [a for a in amounts if a is not None]
    assert sum(map(Fraction, frame.cost.dropna()), Fraction()) == Fraction(sum(known), 10**9)
    assert [c is None for c in frame.cost] == [a is None for a in amounts]


def test_each_distinct_amount_is_one_shared_decimal():
    frame = fr.read(page(*(record(f"r{n}", amount_nanodollars=4000000) for n in range(3))))
    assert len({id(c) for c in frame.cost}) == 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2016-05-03T17:41:00.478893+00:00", (2016, 5, 3, 17, 41, 0, 478893)),
        ("2017-12-22T01:52:39.39Z", (2017, 12, 22, 1, 52, 39, 390000)),
        ("2017-12-21T16:44:35.00Z", (2017, 12, 21, 16, 44, 35)),
        ("2024-10-19T01:21:21.980000Z", (2024, 10, 19, 1, 21, 21, 980000)),
        ("2017-12-21T16:44:35+00:00", (2017, 12, 21, 16, 44, 35)),
        ("2019-03-19T22:49:48.060Z", (2019, 3, 19, 22, 49, 48, 60000)),
        ("2019-03-19T22:49:48+0000", (2019, 3, 19, 22, 49, 48)),
        ("2019-03-19T22:49:48", (2019, 3, 19, 22, 49, 48)),
        ("2019-03-19T22:49:48.123456789Z", (2019, 3, 19, 22, 49, 48, 123456)),
        ("2019-03-19T15:49:48-07:00", (2019, 3, 19, 22, 49, 48)),
        ("2019-03-19", (2019, 3, 19)),
    ],
)
def test_every_spelling_of_a_timestamp_is_the_moment_it_means(said, meant):
    assert one(timestamp=said).timestamp == dt.datetime(*meant, tzinfo=dt.UTC)


def test_spellings_may_be_mixed_and_missing_in_one_page():
    said = ["2017-12-22T01:52:39.39Z", None, "2017-12-22T01:52:39", "2016-05-03T17:41:00.478893+00:00"]
    frame = fr.read(page(*(record(f"r{n}", timestamp=each) for n, each in enumerate(said))))
    assert frame.timestamp.isna().tolist() == [False, True, False, False]
    assert frame.timestamp[0] - frame.timestamp[2] == pd.Timedelta("390ms")


@pytest.mark.parametrize(
    ("attributes", "number", "contact"),
    [
        ({"direction": "outbound", "from": "1", "to": "2"}, "1", "2"),
        ({"direction": "inbound", "from": "1", "to": "2"}, "2", "1"),
        ({"direction": "sideways", "from": "1", "to": "2"}, None, None),
        ({"from": "1", "to": "2"}, None, None),
        ({"direction": "outbound", "from": "+12065550100", "to": 12065550101}, "12065550100", "12065550101"),
    ],
)
def test_number_is_ours_and_contact_theirs(attributes, number, contact):
    row = one(**attributes)
    assert [None if pd.isna(row[name]) else row[name] for name in ("number", "contact")] == [number, contact]


def receipt(level, status, code, timestamp="2017-12-21T16:44:35.00Z"):
    return {"level": level, "status": status, "status_code": code, "timestamp": timestamp}


@pytest.mark.parametrize(
    ("attributes", "delivery"),
    [
        ({"direction": "inbound", "status": "delivered"}, "received"),
        ({"direction": "outbound"}, "unknown"),
        ({"direction": "outbound", "delivery_receipts": []}, "unknown"),
        ({"direction": "outbound", "delivery_receipts": None}, "unknown"),
        ({"delivery_receipts": [receipt(2, "delivered", 1004)]}, "delivered"),
        ({"delivery_receipts": [receipt(2, "message buffered", 1003), receipt(1, "smsc submit", None)]}, "pending"),
        ({"delivery_receipts": [receipt(1, "x", 1005), receipt(2, "delivered", 1004)]}, "delivered"),
        ({"delivery_receipts": [receipt(2, "x", 1000)]}, "pending"),
        ({"delivery_receipts": [receipt(2, "x", 1005)]}, "failed"),
        ({"delivery_receipts": [receipt(2, "x", "1110")]}, "failed"),
        ({"delivery_receipts": [receipt("2", "x", 1009), receipt("1", "x", 1004)]}, "failed"),
        ({"delivery_receipts": [{"status": "smsc submit"}]}, "pending"),
        ({"delivery_receipts": [{"status": "mmsc submit"}]}, "pending"),
        ({"delivery_receipts": [{"status": "something"}]}, "unknown"),
        ({"delivery_receipts": [receipt(2, "x", 999)]}, "unknown"),
        (  # the later one in time, though its text comes first
            {
                "delivery_receipts": [
                    receipt(2, "x", 1003, "2017-12-21T16:44:35.00Z"),
                    receipt(2, "x", 1004, "2017-12-21T09:44:36-07:00"),
                ]
            },
            "delivered",
        ),
    ],
)
def test_delivery_is_what_the_highest_then_latest_receipt_says(attributes, delivery):
    assert one(**attributes).delivery == delivery


@pytest.mark.parametrize(
    ("attributes", "segments"),
    [
        ({"body": "x" * 161}, 2),
        ({"body": "é" * 71}, 2),
        ({"body": ""}, 1),
        ({"body": None}, None),
        ({}, None),
        ({"body": "x", "is_mms": True}, None),
        ({"body": "x", "has_mms": True}, None),
        ({"body": "x" * 161, "is_mms": False}, 2),
        ({"body": "x", "price_details": {"segment_count": 3}}, 3),
        ({"body": "x", "price_details": {"segment_count": "3"}}, 3),
        ({"body": "x" * 161, "price_details": {"base_rate": "0.0040"}}, 2),
    ],
)
def test_segments_are_the_service_s_or_counted_by_its_rule(attributes, segments):
    found = one(**attributes).segments
    assert (None if pd.isna(found) else found) == segments


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=600))
def test_a_text_has_as_many_segments_in_a_frame_as_by_itself(body):
    assert one(body=body).segments == fr.segments(body).count


def test_v2_s_names_and_spellings_are_folded_in():
    row = fr.read(FRAMES["v2"]).iloc[0]
    assert row.message_type == "longcode"
    assert row.is_mms is np.False_ or row.is_mms is False
    assert json.loads(row.other) == {"callback_url": None}


def test_is_mms_may_be_text_and_wins_over_has_mms():
    assert one(is_mms="true").is_mms
    assert not one(is_mms="False", has_mms=True).is_mms


def test_attributes_without_a_column_are_kept_as_json_text():
    row = one(body="x", id="not the record's", nested={"a": [1, {"b": None}]}, **{'qu"ote': 1.5}, amount_display="$1")
    assert row.id == "mdr2-1"
    assert row.other == '{"id":"not the record\'s","nested":{"a":[1,{"b":null}]},"qu\\"ote":1.5}'


def test_records_with_different_unknown_attributes_share_a_page():
    frame = fr.read(page(record("a", x=1), record("b"), record("c", y=None, x=2)))
    assert frame.other.fillna("").tolist() == ['{"x":1}', "", '{"x":2,"y":null}']


def test_hundreds_of_unknown_attributes_are_kept_too():
    frame = fr.read(page(*(record(f"r{n}", **{f"name{n}": n}) for n in range(600))))
    assert frame.other.tolist() == [f'{{"name{n}":{n}}}' for n in range(600)]


def test_media_are_what_was_included_for_them():
    linked = {
        **record(is_mms=True),
        "relationships": {"media": {"data": [{"id": "x-1", "type": "media"}, {"id": "x-2"}]}},
    }
    included = {"id": "x-1", "type": "media", "attributes": {"file_name": "a.png", "file_size": 14832}}
    frame = fr.read(page(linked, included=[included]))
    assert json.loads(frame.media[0]) == [included, {"id": "x-2"}]
    files = fr.expand(frame, "media")
    assert files[["id", "media_id", "file_name"]].values.tolist()[0] == ["mdr2-1", "x-1", "a.png"]
    assert files.file_size[0] == 14832
    assert files.media_id[1] == "x-2"


def test_media_without_what_was_included_stay_links():
    linked = {**record(is_mms=True), "relationships": {"media": {"data": [{"id": "x-1", "type": "media"}]}}}
    assert json.loads(fr.read(page(linked)).media[0]) == [{"id": "x-1", "type": "media"}]


def test_a_record_said_twice_is_one_row_with_the_last_word():
    frame = fr.read(page(record("a", status="smsc submit"), record("b"), record("a", status="message buffered")))
    assert frame[["id", "status"]].fillna("").values.tolist() == [["a", "message buffered"], ["b", ""]]


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"amount_nanodollars": "4e6"}, "amount_nanodollars is not a whole number"),
        ({"amount_nanodollars": 1.5}, "amount_nanodollars can't be read"),
        ({"amount_nanodollars": True}, "amount_nanodollars can't be read"),
        ({"amount_nanodollars": 10**18 + 1}, "amount_nanodollars is larger than any that can be true"),
        ({"amount_nanodollars": 10**30}, "amount_nanodollars is larger than any that can be true"),
        ({"timestamp": "now"}, "timestamp is no timestamp"),
        ({"timestamp": ""}, "timestamp is no timestamp"),
        ({"timestamp": "2017-02-30T00:00:00Z"}, "timestamp is no moment that exists"),
        ({"timestamp": 1500000000}, "timestamp can't be read"),
        ({"body": 5}, "body can't be read"),
        ({"is_mms": "maybe"}, "is_mms can't be read"),
        ({"message_encoding": 300}, "message_encoding is larger than any that can be true"),
        ({"delivery_receipts": "x"}, "delivery_receipts can't be read"),
        ({"delivery_receipts": [{"level": "two"}]}, "delivery_receipts can't be read"),
        ({"delivery_receipts": [{"status_code": 1.5}]}, "delivery_receipts can't be read"),
        ({"price_details": {"segment_count": "many"}}, "price_details can't be read"),
        ({"price_details": [1]}, "price_details can't be read"),
    ],
)
def test_a_value_that_can_t_be_read_is_named_and_the_rest_is_kept(attributes, said):
    with pytest.raises(fr.InputError) as wrong:
        fr.read(page(record("good"), record("wrong", **attributes), record("fine")))
    assert "wrong" in str(wrong.value)
    assert said in wrong.value.bad["wrong"]
    assert wrong.value.partial.id.tolist() == ["good", "fine"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"type": "message", "attributes": {}}, "has no id"),
        ({"id": "", "attributes": {}}, "has no id"),
        ({"id": 5, "attributes": {}}, "has an id that is not text"),
        ({"id": "a"}, "has no attributes"),
        ({"id": "a", "attributes": [1]}, "has attributes that are not an object"),
        (5, "is not a JSON object"),
        (None, "is not a JSON object"),
    ],
)
def test_a_record_that_is_none_is_never_a_silent_row(wrong, said):
    with pytest.raises(fr.InputError) as refused:
        fr.read(page(record("good"), wrong))
    assert said in str(refused.value)
    assert refused.value.partial.id.tolist() == ["good"]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "Expected a record"),
        (b"{", "Expected a record"),
        (b"<html>", "Expected a record"),
        (b"5", "Expected a record"),
        (b"[5]", "The payload[0]"),
        (b"{}", "is no message record"),
        (b'{"errors":[{"status":404}]}', "is an error that the service gave"),
        (b'{"error":"x"}', "is an error that the service gave"),
        (b'{"data":{"type":"delivery_receipt","id":"a","attributes":{}}}', 'fr.expand(receipt, "delivery_receipts")'),
        (b'{"data":{"type":"number","id":"12065550100","attributes":{}}}', "is of type 'number'"),
        ({"a": object()}, "can't be read as JSON"),
        ("records.ods", "ends in .json, .csv, .parquet or .xlsx"),
        ("no such text", "ends in .json, .csv, .parquet or .xlsx"),
    ],
)
def test_what_is_no_record_is_refused_in_a_sentence(payload, said):
    with pytest.raises(fr.InputError) as refused:
        fr.read(payload)
    assert said in str(refused.value)


def test_bytes_text_dict_and_list_say_the_same():
    payload = {"data": V2}
    said = json.dumps(payload)
    expected = fr.read(said.encode())
    for same in (said, payload, [payload], [V2], "\n" + said, [payload, payload]):
        pd.testing.assert_frame_equal(fr.read(same), expected)


def test_a_single_record_is_the_same_row_as_in_a_frame():
    several, alone = fr.read(FRAMES["all three"]), fr.read(FRAMES["v2.1"])
    pd.testing.assert_series_equal(several.iloc[1], alone.iloc[0], check_names=False)


EVERYTHING = page(
    V2,
    V21,
    V22,
    record("r3", body="", amount_nanodollars=2**53 + 1),
    record("r4", body='=1+1, "q"\r\n\x00 😀', message_encoding=8, timestamp="2017-12-22T01:52:39.123456Z"),
    record("r5"),
)


@pytest.mark.parametrize("name", [*FRAMES, "everything"])
def test_a_frame_goes_through_concat_merge_duckdb_and_polars_with_the_same_values(name):
    frame = fr.read(EVERYTHING if name == "everything" else FRAMES[name])
    empty = fr.read(FRAMES["empty"])
    pd.testing.assert_frame_equal(pd.concat([frame, empty]), frame)
    merged = frame.merge(frame[["id"]], on="id")
    assert merged.dtypes.astype(str).to_dict() == DTYPES
    pd.testing.assert_frame_equal(merged, frame)
    assert len(frame.drop_duplicates()) == len(frame)
    amounts = frame.amount_nanodollars.dropna().tolist()
    through_duckdb = duckdb.sql("select id, amount_nanodollars, timestamp from frame").arrow().read_all().to_pylist()
    assert [row["id"] for row in through_duckdb] == frame.id.tolist()
    assert [row["amount_nanodollars"] for row in through_duckdb if row["amount_nanodollars"] is not None] == amounts
    through_polars = pl.from_pandas(frame.drop(columns="cost"))
    assert through_polars["id"].to_list() == frame.id.tolist()
    assert through_polars["amount_nanodollars"].drop_nulls().to_list() == amounts
    assert through_polars["body"].to_list() == [None if pd.isna(b) else b for b in frame.body]


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
@pytest.mark.parametrize("name", [*FRAMES, "everything"])
def test_what_is_written_is_read_back_exactly(tmp_path, ending, name):
    frame = fr.read(EVERYTHING if name == "everything" else FRAMES[name])
    path = fr.write(frame, tmp_path / f"records.{ending}")
    again = fr.read(str(path))
    pd.testing.assert_frame_equal(again, frame)
    assert [str(c) for c in again.cost] == [str(c) for c in frame.cost]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_filtered_frame_is_written_and_numbered_anew(tmp_path):
    frame = fr.read(EVERYTHING)
    kept = frame[frame.id.str.startswith("r")]
    again = fr.read(fr.write(kept, tmp_path / "kept.csv"))
    pd.testing.assert_frame_equal(again, kept.reset_index(drop=True))


def test_pandas_reads_the_parquet_and_the_csv_too(tmp_path):
    frame = fr.read(EVERYTHING)
    parquet = pd.read_parquet(fr.write(frame, tmp_path / "a.parquet"))
    assert parquet.amount_nanodollars.dropna().tolist() == frame.amount_nanodollars.dropna().tolist()
    assert parquet.cost.dropna().tolist() == frame.cost.dropna().tolist()
    assert pd.read_csv(fr.write(frame, tmp_path / "a.csv")).shape == frame.shape


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda df: df.drop(columns="cost"), "lacks cost"),
        (lambda df: df.assign(tag="x"), "also has tag"),
        (lambda df: df[df.columns[::-1]], "has its columns in another order"),
        (lambda df: df.cost, "was given a Series"),
        (lambda df: df.assign(cost=fr.dollars(df.cost)), "cost has a float, not a Decimal"),
        (lambda df: df.assign(cost=None), "cost is None and its amount_nanodollars 4000000"),
        (lambda df: df.assign(amount_nanodollars="x"), "a value that no record can have"),
    ],
)
def test_a_frame_that_is_no_record_s_is_not_written(tmp_path, change, said):
    with pytest.raises(fr.InputError, match=said):
        fr.write(change(fr.read(EVERYTHING)), tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.ods", "a", "no/such/folder/a.csv", "no/such/folder/a.xlsx"])
def test_a_place_that_can_t_be_written_is_refused_first(tmp_path, name):
    with pytest.raises(fr.InputError, match="[Gg]ive"):
        fr.write(fr.read(EVERYTHING), tmp_path / name)


def test_a_write_that_fails_leaves_what_stood_there(tmp_path):
    path = fr.write(fr.read(FRAMES["v2"]), tmp_path / "a.csv")
    before = path.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))  # a disk that is full after 100 bytes
    try:
        with pytest.raises(OSError, match="File too large"):
            fr.write(fr.read(EVERYTHING), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_whoever_reads_the_old_file_meanwhile_reads_all_of_it(tmp_path):
    path = fr.write(fr.read(FRAMES["v2"]), tmp_path / "a.csv")
    before = path.read_bytes()
    with path.open("rb") as reader:
        fr.write(fr.read(EVERYTHING), path)
        assert reader.read() == before
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("ending", "edit", "said"),
    [
        ("csv", lambda b: b.replace(b'"0.0040"', b'"0.0050"'), "cost is 0.0050 and its amount_nanodollars 4000000"),
        (
            "csv",
            lambda b: b.replace(b"4000000", b"4e6"),
            "column 'amount_nanodollars', row 1 (mdr1-1): '4e6' is not a whole number",
        ),
        ("csv", lambda b: b.replace(b'"contact"', b'"contract"'), "lacks the column 'contact'"),
        ("csv", lambda b: b.replace(b'"mdr1-1"', b""), "column 'id', row 1: the id is missing"),
        ("csv", lambda _: b"", "can't be read as csv"),
        ("parquet", lambda b: b[:-9], "can't be read as parquet"),
        ("json", lambda b: b.replace(b"4000000", b"4.5"), "column 'amount_nanodollars', row 1"),
        ("json", lambda b: b[:-20], "Expected a record"),
    ],
)
def test_a_file_that_was_spoilt_is_refused_in_a_sentence(tmp_path, ending, edit, said):
    path = fr.write(fr.read(FRAMES["v2"]), tmp_path / f"a.{ending}")
    path.write_bytes(edit(path.read_bytes()))
    with pytest.raises(fr.InputError) as refused:
        fr.read(path)
    assert said in str(refused.value)


def test_a_file_that_isn_t_there_is_python_s_own_error(tmp_path):
    for ending in ("csv", "json", "parquet"):
        with pytest.raises(FileNotFoundError):
            fr.read(tmp_path / f"none.{ending}")


EXPANDED = {
    "delivery_receipts": {
        "id": "str",
        "level": "Int64",
        "status": "str",
        "status_code": "Int64",
        "status_code_description": "str",
        "timestamp": "datetime64[us, UTC]",
    },
    "price_details": {
        "id": "str",
        "base_rate": "object",
        "surcharge_rate": "object",
        "segment_count": "Int64",
        "charged_cost": "object",
    },
    "media": {
        "id": "str",
        "media_id": "str",
        "file_name": "str",
        "file_size": "Int64",
        "mime_type": "str",
        "url": "str",
    },
    "other": {"id": "str", "name": "str", "value": "str"},
}


@pytest.mark.parametrize("column", EXPANDED)
@pytest.mark.parametrize("name", FRAMES)
def test_an_expanded_column_has_its_own_types_even_when_empty(column, name):
    found = fr.expand(fr.read(FRAMES[name]), column)
    assert {c: str(d) for c, d in found.dtypes.items()} == EXPANDED[column]


def test_prices_are_decimals_from_text_or_numbers():
    frame = fr.read(
        page(
            record("a", price_details={"base_rate": "0.0040", "surcharge_rate": 0.003, "charged_cost": 0.007}),
            record("b", price_details={"charged_cost": "0.00395"}),
        )
    )
    prices = fr.expand(frame, "price_details")
    assert prices.base_rate.tolist() == [Decimal("0.0040"), None]
    assert [str(p) for p in prices.surcharge_rate] == ["0.0030", "None"]
    assert [str(p) for p in prices.charged_cost] == ["0.0070", "0.00395"]


def test_other_attributes_become_a_row_each():
    frame = fr.read(page(record("a", x={"y": 1}, z=None)))
    assert fr.expand(frame, "other").values.tolist() == [["a", "x", '{"y":1}'], ["a", "z", "null"]]


@pytest.mark.parametrize(
    ("records", "column", "said"),
    [
        (fr.read(EVERYTHING), "receipts", "no column 'receipts'. Give one of 'delivery_receipts'"),
        (fr.read(EVERYTHING)[["id"]], "media", "lacks the column 'media'"),
        (b"{}", "media", "takes a frame of records"),
        (b"{}", "delivery_receipts", "is no delivery receipt"),
        (b"x", "delivery_receipts", "is no delivery receipt"),
        ({"data": V2}, "delivery_receipts", "it is of type 'message'; read messages with fr.read"),
        ({"id": "a", "attributes": {"level": "x"}}, "delivery_receipts", "is no delivery receipt"),
    ],
)
def test_what_can_t_be_expanded_is_refused_in_a_sentence(records, column, said):
    with pytest.raises(fr.InputError) as refused:
        fr.expand(records, column)
    assert said in str(refused.value)


def test_dollars_makes_floats_on_purpose():
    floats = fr.dollars(fr.read(EVERYTHING).cost)
    assert floats.dtype == "float64"
    assert floats[0] == 0.004
    assert np.isnan(floats[1])
    assert fr.dollars(Decimal("1.5")) == 1.5
    with pytest.raises(fr.InputError, match="was given str"):
        fr.dollars("1.5")


def test_numbers_in_a_frame_are_made_with_a_context_that_can_t_round_them():
    import decimal  # noqa: PLC0415

    with decimal.localcontext(prec=3):
        assert str(one(amount_nanodollars=123456789).cost) == "0.123456789"
