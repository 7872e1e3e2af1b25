"""Files of records: a value that a spreadsheet damaged is an error that names column and row, and so is a lost end."""

import csv
import decimal
import gzip
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import flowroute_nb as fr

ENDINGS = ["csv", "json", "parquet"]


def record(number, **attributes):
    usual = {
        "timestamp": "2026-10-07T12:00:00Z",
        "direction": "outbound",
        "from": "12065550100",
        "to": "12065550157",
        "amount_nanodollars": 4_000_000,
        "body": "Gee, nice marmot!",
        "is_mms": False,
        "message_encoding": 0,
        "price_details": {"base_rate": "0.0040", "segment_count": 1},
        "delivery_receipts": [{"level": 1, "status": "message buffered", "status_code": 1003}],
        "carrier": "made up",
    }
    return {"type": "message", "id": f"mdr2-{number}", "attributes": usual | attributes}


def frame(*records):
    return fr.read({"data": list(records) or [record(n) for n in range(3)]})


def rewrite(path, column, value, row=1):
    """Replace one value of a file, as somebody's program would write it there."""
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        rows[row][column] = str(value)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".json":
        rows = json.loads(path.read_text())
        rows[row][column] = value
        path.write_text(json.dumps(rows))
    else:
        table = pq.read_table(path)
        values = table[column].to_pylist()
        values[row] = value
        kind = table.schema.field(column).type
        pq.write_table(table.set_column(table.column_names.index(column), column, pa.array(values, kind)), path)
    return path


DAMAGED_NUMBERS = [
    "1.20656E+10",
    "1,20656E+10",
    "1.2065550157e10",
    "1E+10",
    "12065550157.0",
    "12065550157.",
    "12,065,550,157",
    "12.065.550.157",
    "12 065 550 157",
    "12\u00a0065\u00a0550\u00a0157",
    "12'065'550'157",
    "2026-10-07",
    "12/06/2065",
    "-12065550157",
    "'12065550157",
    '="12065550157"',
    "=12065550157",
    "@12065550157",
    " 12065550157",
    "12065550157 ",
    "12065550157\t",
    "########",
    "#NUM!",
    "#NAME?",
    "nan",
    "NaN",
    "None",
    "<NA>",
    "TRUE",
    "+",
    "1206555015712345",
    "١٢٠٦٥٥٥٠١٥٧",
    "Acme\x00",
    "Acme ",
]


@pytest.mark.parametrize(
    ("ending", "column", "value"),
    [
        (ENDINGS[n % 3], column, value)
        for n, value in enumerate(DAMAGED_NUMBERS)
        for column in (("number", "contact", "from", "to") if n < 3 else ("contact", "from"))
    ],
)
def test_a_number_that_a_spreadsheet_damaged_is_an_error(tmp_path, ending, column, value):
    path = rewrite(fr.write(frame(), tmp_path / f"a.{ending}"), column, value)
    with pytest.raises(fr.InputError) as refused:
        fr.read(path)
    assert f"{path.name}: column {column!r}, row 2 (mdr2-1)" in str(refused.value)
    assert list(refused.value.bad) == ["mdr2-1"]
    assert "2065550157" not in str(refused.value)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "number",
    [
        *["12065550157", "+6592345678", "6592345678", "+442079460958", "+15305557784", "2065550157"],
        *["311", "50409", "12345678", "Acme", "ACME Corp", "7-Eleven", "4E10", "e10", "Zoë", "Nano", "Infobip", ""],
        *["(206) 555-0157", "206.555.0157", "1-206-555-0157", "+44 20 7946 0958"],  # where the service spells one so
    ],
)
def test_every_number_that_a_record_can_hold_is_read_back(tmp_path, ending, number):
    records = frame(record(0, to=number), record(1, direction="inbound", **{"from": number}))
    pd.testing.assert_frame_equal(fr.read(fr.write(records, tmp_path / f"a.{ending}")), records)


DAMAGED_VALUES = [
    ("direction", ["Outbound", "OUTBOUND", "outbound ", "", "1", "TRUE", "nan", "out bound"]),
    ("delivery", ["Delivered", "ok", "", "1", "nan", "delivered "]),
    ("segments", [-5, -1]),
    ("message_encoding", [-1, -128]),
    ("amount_nanodollars", [10**18 + 1, -(10**18) - 1, 2**63 - 1]),
    ("id", ["", " ", "mdr2-1 ", " mdr2-1", "mdr2 1", "1.2E+10", "12065550157.0", "#NAME?", "nan", "mdr2-0", "=1"]),
    ("price_details", ['{"base_rate": "0.0040"', "[]", "1", "", "nan", "null", "{'base_rate': 1}"]),
    ("delivery_receipts", ['[{"level": 1}', "{}", "x", "", "null", '[{"level": NaN}]']),
    ("media", ["[", "", "nan", "[object Object]"]),
    ("other", ['{"carrier": "made', "[]", "", "null", "1.5"]),
]


@pytest.mark.parametrize(
    ("ending", "column", "value"),
    [
        (ending, name, value)
        for name, values in DAMAGED_VALUES
        for n, value in enumerate(values)
        for ending in (ENDINGS if n == 0 else [ENDINGS[n % 3]])
        if ending != "csv" or value != "" or name == "id"  # Python's csv writes an empty text as a missing one
    ],
)
def test_a_value_that_no_record_has_is_an_error(tmp_path, ending, column, value):
    path = rewrite(fr.write(frame(), tmp_path / f"a.{ending}"), column, value)
    with pytest.raises(fr.InputError, match=rf"^{path.name}: column '{column}', row 2\b"):
        fr.read(path)


NOT_SPELLED_SO = [
    ("segments", ["1.0", "1.5", "1E+0", "1,000", " 1", "one", "TRUE", "+1", "0x1", "99999999999999999999"]),
    ("message_encoding", ["0.0", "8.0", "300", "٨"]),
    ("amount_nanodollars", ["4000000.0", "4E+06", "4,000,000", "4.000.000", "4 000 000", "$4000000", "1e400"]),
    ("is_mms", ["yes", "0", "1", "FALSCH", "f", " true"]),
    ("timestamp", ["10/7/2026 12:00", "2026-10-07", "46302.5", "2026-10-07 12:00", "2026-10-07T12:00:00", "2026"]),
    ("timestamp", ["2026-13-07T12:00:00Z", "2026-02-30T12:00:00Z", "2026-10-07T25:00:00Z", "2026-10-07T12:00:00Z "]),
]


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in NOT_SPELLED_SO for value in values])
def test_a_value_of_a_csv_that_is_spelled_another_way_is_an_error(tmp_path, column, value):
    path = rewrite(fr.write(frame(), tmp_path / "a.csv"), column, value)
    with pytest.raises(fr.InputError, match=rf"^a.csv: column '{column}', row 2 \(mdr2-1\)"):
        fr.read(path)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *[(name, 12065550157) for name in ("number", "contact", "from", "to")],
        *[("contact", 1.20656e10), ("id", 5), ("body", 5), ("status", True), ("other", {"a": 1})],
        *[("segments", 1.0), ("segments", 1.5), ("segments", True), ("segments", "1"), ("segments", 2**64)],
        *[("message_encoding", 8.0), ("message_encoding", 300), ("amount_nanodollars", 4e6)],
        *[("is_mms", 0), ("is_mms", "false"), ("timestamp", 1791374400), ("timestamp", 1.5), ("cost", 0.004)],
    ],
)
def test_a_value_of_another_json_type_is_an_error(tmp_path, column, value):
    path = rewrite(fr.write(frame(), tmp_path / "a.json"), column, value)
    with pytest.raises(fr.InputError, match=rf"^a.json: column '{column}', row 2 "):
        fr.read(path)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        *[(name, kind) for name in ("number", "contact", "from", "to") for kind in ("float64", "int64")],
        *[("segments", "float64"), ("amount_nanodollars", "float64"), ("message_encoding", "float32")],
        *[("is_mms", "int64"), ("is_mms", "float64"), ("cost", "float64"), ("timestamp", "datetime64[us]")],
    ],
)
def test_a_parquet_column_of_another_type_is_an_error(tmp_path, column, kind):
    records = frame().drop(columns=["timestamp"] if column == "timestamp" else [])
    records[column] = pd.Series([pd.Timestamp("2026-10-07")] * 3 if column == "timestamp" else [1] * 3, dtype=kind)
    records[frame().columns].to_parquet(tmp_path / "a.parquet")
    with pytest.raises(fr.InputError, match=f"^a.parquet: column '{column}' holds "):
        fr.read(tmp_path / "a.parquet")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_pandas_itself_writes_of_a_frame_is_read_back(tmp_path, ending):
    records, path = frame(), tmp_path / f"a.{ending}"
    records.to_csv(path, index=False) if ending == "csv" else records.to_parquet(path)
    pd.testing.assert_frame_equal(fr.read(path), records)


def test_a_contact_that_is_not_its_records_own_is_an_error(tmp_path):
    for column in ("number", "contact", "direction"):
        value = "inbound" if column == "direction" else "12065560000"
        path = rewrite(fr.write(frame(), tmp_path / "a.csv"), column, value)
        with pytest.raises(fr.InputError, match=r"^a.csv: column '(number|contact)', row 2 \(mdr2-1\)"):
            fr.read(path)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("direction", None, "number"),
        ("direction", "internal", "number"),
        ("delivery", "received", "delivery"),
    ],
)
def test_a_value_that_contradicts_the_direction_is_an_error(tmp_path, ending, column, value, named):
    value = "" if value is None and ending == "csv" else value
    path = rewrite(fr.write(frame(), tmp_path / f"a.{ending}"), column, value)
    with pytest.raises(fr.InputError, match=rf"column '{named}', row 2 \(mdr2-1\)"):
        fr.read(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_received_message_whose_delivery_was_changed_is_an_error(tmp_path, ending):
    inbound = [record(n, direction="inbound", delivery_receipts=[]) for n in range(3)]
    path = rewrite(fr.write(frame(*inbound), tmp_path / f"a.{ending}"), "delivery", "delivered")
    with pytest.raises(fr.InputError, match=r"column 'delivery', row 2 \(mdr2-1\)"):
        fr.read(path)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("direction", [None, "internal"])
def test_a_record_of_no_known_direction_reads_back(tmp_path, ending, direction):
    records = frame(record(0), record(1, direction=direction))
    pd.testing.assert_frame_equal(fr.read(fr.write(records, tmp_path / f"a.{ending}")), records)


def test_a_column_that_is_there_twice_is_an_error(tmp_path):
    path = fr.write(frame(), tmp_path / "a.csv")
    path.write_bytes(path.read_bytes().replace(b'"status"', b'"contact"'))
    with pytest.raises(fr.InputError, match="lacks the column 'status'"):
        fr.read(path)
    table = pq.read_table(fr.write(frame(), tmp_path / "a.parquet"))
    pq.write_table(table.append_column("contact", table["contact"]), tmp_path / "a.parquet")
    with pytest.raises(fr.InputError, match="(?i)more than once|multiple matches"):
        fr.read(tmp_path / "a.parquet")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_cut_anywhere_is_an_error_or_holds_only_whole_records(tmp_path, ending):
    records = frame(record(1, body='a "quote",\r\nand a line'), record(2, body=None, carrier='"'), record(3))
    whole = fr.write(records, tmp_path / f"a.{ending}").read_bytes()
    path = tmp_path / f"cut.{ending}"
    accepted = 0
    end = len(whole) - 1
    for length in sorted({*range(0, end, 1 + end // 150), *range(end - 60, end)}):
        path.write_bytes(whole[:length])
        try:
            rows = fr.read(path)
        except fr.InputError:
            continue
        accepted += 1
        pd.testing.assert_frame_equal(rows, records.head(len(rows)))
    assert accepted <= (3 if ending == "csv" else 1)  # after the header and after each row; JSON lacks its last newline


def test_an_id_without_quotation_marks_that_was_cut_is_an_error(tmp_path):
    path = tmp_path / "a.csv"
    frame().to_csv(path, index=False)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(fr.InputError, match="ends in the middle of a row"):
        fr.read(path)


@pytest.mark.parametrize(
    ("separator", "encoding", "reason"),
    [
        (",", "utf-16", "a.csv is UTF-16 text"),
        ("\t", "utf-16", "a.csv is UTF-16 text"),
        (";", "utf-8", "a.csv has columns separated by ';' instead of ','"),
        (";", "utf-8-sig", "a.csv has columns separated by ';' instead of ','"),
        ("\t", "utf-8", "a.csv has columns separated by a tab instead of ','"),
    ],
)
def test_a_csv_that_a_spreadsheet_saved_its_own_way_is_named_as_such(tmp_path, separator, encoding, reason):
    path = tmp_path / "a.csv"
    frame().to_csv(path, index=False, sep=separator, encoding=encoding)
    with pytest.raises(fr.InputError) as refused:
        fr.read(path)
    assert str(refused.value).startswith(reason)


def test_a_dict_of_sheets_for_another_file_than_excel_s_is_an_error_that_says_so(tmp_path):
    with pytest.raises(fr.InputError, match=r"given a dict\. A dict of sheets is for \.xlsx\."):
        fr.write({"records": frame()}, tmp_path / "a.csv")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_compressed_file_whole_or_cut_is_an_error(tmp_path, ending):
    packed = gzip.compress(fr.write(frame(), tmp_path / f"a.{ending}").read_bytes())
    for name in (f"a.{ending}", f"a.{ending}.gz"):
        for content in (packed, packed[:-20]):
            (tmp_path / name).write_bytes(content)
            with pytest.raises(fr.InputError):
                fr.read(tmp_path / name)


def test_rows_without_one_of_the_columns_are_not_taken_for_webhooks(tmp_path):
    rows = json.loads(fr.write(frame(), tmp_path / "a.json").read_text())
    for name in ("media", "direction", "message_type"):
        lacking = [{key: value for key, value in row.items() if key != name} for row in rows]
        (tmp_path / "a.json").write_text(json.dumps(lacking))
        with pytest.raises(fr.InputError, match="row 1 has other columns than a record"):
            fr.read(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("column", "value"),
    [("contact", "1.20656E+10"), ("to", "12065550157.0"), ("segments", -5), ("id", "mdr2 1"), ("other", "[]")],
)
def test_a_frame_that_could_not_be_read_back_is_not_written(tmp_path, column, value):
    records = frame()
    records.loc[1, column] = value
    with pytest.raises(fr.InputError, match=rf"^The frame: column '{column}', row 2"):
        fr.write(records, tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("precision", [1, 2, 28])
@pytest.mark.parametrize("ending", ENDINGS)
def test_files_are_exact_under_any_decimal_context(tmp_path, ending, precision):
    records = frame(*[record(n, amount_nanodollars=a) for n, a in enumerate([123_456_789, 10**18, -1, 50_000_000])])
    with decimal.localcontext(decimal.Context(prec=precision, Emax=2, Emin=-2, traps=[decimal.Inexact])):
        again = fr.read(fr.write(records, tmp_path / f"a.{ending}"))
    assert [f"{cost:f}" for cost in again.cost] == ["0.123456789", "1000000000.0000", "-0.000000001", "0.0500"]


@pytest.mark.parametrize("cost", ["0.0040000000000000000000000000000000000000000000000000000000000000001", "1E9999999"])
def test_a_cost_that_only_nearly_agrees_is_an_error(tmp_path, cost):
    path = rewrite(fr.write(frame(), tmp_path / "a.csv"), "cost", cost)
    with pytest.raises(fr.InputError, match="row 2"):
        fr.read(path)
    records = frame()
    records["cost"] = [decimal.Decimal(cost)] * 3
    with pytest.raises(fr.InputError, match="cost"):
        fr.write(records, tmp_path / "b.csv")


def test_a_csv_record_longer_than_a_megabyte_with_line_breaks_reads_back(tmp_path):
    records = frame(record(1), record(2, body='line\r\n"' * 600_000), record(3))
    pd.testing.assert_frame_equal(fr.read(fr.write(records, tmp_path / "a.csv")), records)
