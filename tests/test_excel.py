"""Excel files: records that read back exactly, sums that a spreadsheet computes, and text that stays text."""

import datetime as dt
import decimal
import re
import sys
import warnings
import zipfile
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import openpyxl
import pandas as pd
import pytest
from test_files import frame, record

import flowroute_nb as fr

NEW_YORK = "America/New_York"


def ignoring_text(*ranges):
    """Add up as Excel and LibreOffice do: SUM ignores text in a range, which the library takes for numbers."""
    cells = [cell for values in ranges for cell in np.ravel(values.value)]
    return sum(float(cell) for cell in cells if isinstance(cell, (int, float, np.number)))


with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)  # of a line of the library, when Python compiles it first
    import formulas

    formulas.get_functions()["SUM"] = ignoring_text


@pytest.fixture(scope="module")
def df(sandbox):
    return sandbox.account().messages("2026-10-01", "2026-10-30", progress=False)


def cells(path, sheet=0):
    """Return the rows of a sheet as openpyxl's cells, whose formulas are not computed."""
    return list(openpyxl.load_workbook(path).worksheets[sheet].iter_rows())


def evaluated(path):
    """Return the value of every cell as the formulas library computes it: sheet and cell, in capitals, to value."""
    solution = formulas.ExcelModel().loads(str(path)).finish().calculate()
    found = {}
    for name, ranges in solution.items():
        cell = re.fullmatch(r"'\[.*\](.*)'!([A-Z]+[0-9]+)", str(name))
        if cell and hasattr(ranges, "value"):
            found[cell[1], cell[2]] = ranges.value[0, 0]
    return found


def check_totals(path):
    """Check every formula of a workbook against the exact sum beside it, at the decimals it shows; name the columns."""
    values, named = evaluated(path), []
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            if len(row) > 1 and row[1].data_type == "f":
                label, formula, exact = row[:3]
                unit = Decimal(1).scaleb(-len(formula.number_format.partition(".")[2]))
                computed = Decimal(repr(float(values[sheet.title.upper(), formula.coordinate])))
                assert computed.quantize(unit, ROUND_HALF_UP) == Decimal(exact.value).quantize(unit, ROUND_HALF_UP)
                assert exact.data_type == "s"
                named.append((sheet.title, label.value, exact.value, formula.number_format))
    return named


@pytest.mark.parametrize("tz", [None, "UTC", NEW_YORK, "Australia/Lord_Howe"])
def test_records_of_a_month_read_back_exactly(tmp_path, df, tz):
    records = df.head(500 if tz is None else 50)
    again = fr.read(fr.write(records, tmp_path / "october.xlsx", tz=tz))
    pd.testing.assert_frame_equal(again, records)
    assert [repr(cost) for cost in again.cost] == [repr(cost) for cost in records.cost]
    assert [file.name for file in tmp_path.iterdir()] == ["october.xlsx"]


ODD_TEXTS = [
    "",
    " ",
    "a\r\nb\rc\n",
    "\t=1",
    "_x000D_",
    "_x005F_x000D_",
    "_x000D_x000D_",
    "x005F_",
    "é😀\u0085\u2028",
    None,
]
DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "=cmd|' /C calc'!A0",
    "#N/A",
    "#REF!",
    "TRUE",
]
LINKS = ["https://example.com", "mailto:a@example.com", "12065550100", "1e5", "2026-10-01", "1/2", '=HYPERLINK("x")']


def test_odd_records_read_back_exactly(tmp_path):
    texts = [*ODD_TEXTS, *DANGEROUS, *LINKS]
    records = frame(
        *[record(n, body=text, status=text, amount_nanodollars=n) for n, text in enumerate(texts)],
        {"id": "bare", "attributes": {"to": "", "from": "Acme"}},
        record("mms", is_mms=True, body=None, price_details=None, direction="inbound", message_encoding=8),
        record("precise", timestamp="2026-10-25T05:59:59.999999Z", amount_nanodollars=10**18),
        record("dear", amount_nanodollars=1_234_567_123_456_789, to="+6592345678"),
        record("credit", amount_nanodollars=-1, to="50409"),
    )
    path = fr.write(records, tmp_path / "a.xlsx", tz=NEW_YORK)
    pd.testing.assert_frame_equal(fr.read(path), records)
    check_totals(path)


@pytest.mark.parametrize("records", [frame().head(0), frame().tail(1), frame()[::2]])
def test_filtered_records_are_read_back_with_a_new_index(tmp_path, records):
    again = fr.read(fr.write(records, tmp_path / "a.xlsx"))
    pd.testing.assert_frame_equal(again, records.reset_index(drop=True))


@pytest.mark.parametrize("text", [*DANGEROUS, *LINKS])
def test_text_stays_text_in_every_kind_of_sheet(tmp_path, text):
    plain = pd.DataFrame({"tag": [text], text: [Decimal("0.5")]})
    path = fr.write({"records": frame(record(1, body=text)), "costs": plain}, tmp_path / "a.xlsx")
    for sheet in (0, 1):
        strings = [cell for row in cells(path, sheet)[:2] for cell in row if isinstance(cell.value, str)]
        assert {cell.data_type for cell in strings} == {"s"}
        assert {cell.number_format for cell in strings} == {"@"}
        assert not any(cell.hyperlink for cell in strings)
    (header, _), (shown, _) = cells(path, 1)[:2]
    assert (header.value, shown.value) == ("tag", text.replace("\r", "_x000D_"))
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet2.xml")


def test_numbers_and_ids_are_text_and_amounts_are_numbers(tmp_path):
    header, first, *_ = cells(fr.write(frame(), tmp_path / "a.xlsx", tz=NEW_YORK))
    row = dict(zip([cell.value for cell in header], first, strict=True))
    for name, text in {
        "number": "12065550100",
        "contact": "12065550157",
        "from": "12065550100",
        "to": "12065550157",
        "id": "mdr2-0",
        "amount_nanodollars": "4000000",
        "timestamp_utc": "2026-10-07T12:00:00.000000Z",
    }.items():
        assert (row[name].value, row[name].data_type) == (text, "s")
    assert (row["cost"].value, row["cost"].data_type, row["cost"].number_format) == (0.004, "n", "0.0000")
    moment = row["timestamp (America/New_York)"]
    assert (moment.value, moment.is_date) == (dt.datetime(2026, 10, 7, 8), True)
    assert row["is_mms"].value is False


def test_amounts_of_more_than_fifteen_digits_are_text_and_still_counted(tmp_path):
    amounts = ["123456.123456789", "1234567.123456789", "-9876543.123456789", "0.0040", "100000000000"]
    summary = pd.DataFrame({"key": list("abcde"), "cost": [Decimal(a) for a in amounts]})
    path = fr.write(summary, tmp_path / "a.xlsx")
    shown = [row[1] for row in cells(path)[1:6]]
    assert [cell.data_type for cell in shown] == ["n", "s", "s", "n", "n"]
    assert [cell.value for cell in shown[1:3]] == amounts[1:3]
    assert Decimal(repr(shown[0].value)) == Decimal(amounts[0])
    assert [total[2] for total in check_totals(path)] == ["99991481480.127456789"]
    whole = pd.DataFrame({"messages": [999_999_999_999_999, 1_000_000_000_000_001]})
    assert [row[0].data_type for row in cells(fr.write(whole, path))[1:3]] == ["n", "s"]
    assert check_totals(path) == []  # nor can a spreadsheet add these up


def test_a_total_that_floating_point_would_round_to_another_digit_is_shown_with_fewer_decimals(tmp_path):
    amounts = ["1234567.5", "0.000000005"]  # half a unit of the eighth decimal, and in floating point a little less
    assert f"{sum(map(float, amounts)):.8f}" == "1234567.50000000"
    path = fr.write(pd.DataFrame({"cost": [Decimal(amount) for amount in amounts]}), tmp_path / "a.xlsx")
    [(_, _, exact, shown)] = check_totals(path)
    assert (exact, shown) == ("1234567.500000005", "0.0000000")


@pytest.mark.parametrize("seed", range(3))
def test_totals_are_equal_at_the_shown_decimals(tmp_path, seed):
    chance = np.random.default_rng(seed)
    sheets = {
        f"{size} digits, {places} decimals": pd.DataFrame(
            {"cost": [Decimal(int(n)).scaleb(-places) for n in chance.integers(-(10**size), 10**size, 300)]}
        )
        for places, size in [(4, 5), (9, 10), (5, 14), (9, 15), (2, 12)]
    }
    totals = check_totals(fr.write(sheets, tmp_path / "a.xlsx"))
    assert len(totals) == 5
    assert [shown for _, _, _, shown in totals[:2]] == ["0.0000", "0.000000000"]  # as much as amounts have


def test_every_summary_is_a_sheet_with_its_sums(tmp_path, df):
    half = df.timestamp < "2026-10-16"
    account_zone = fr.costs.by(df, "number", "delivery", period="week", tz=NEW_YORK)
    sheets = {
        "by": fr.costs.by(df, "direction"),
        "weeks": account_zone,
        "hours": fr.costs.by(df, "weekday", "hour"),
        "top": fr.costs.top(df, "contact", n=3),
        "nothing": fr.costs.by(df.head(0), "direction", period="day"),
        "compare": fr.costs.compare(df[half], df[~half], by="direction"),
        "rates": fr.costs.rates(df),
        "reconcile": fr.costs.reconcile(df, "8.40"),
        "anomalies": fr.costs.anomalies(df),
        "counts": fr.costs.audit(df).counts,
        "audited": fr.costs.audit(df).frame.head(50),
        "records": df.head(20),
    }
    path = fr.write(sheets, tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(path).sheetnames == list(sheets)
    totals = {(sheet, label): exact for sheet, label, exact, _ in check_totals(path)}
    cost = f"{fr.costs.total(df):f}"
    for sheet in ("by", "weeks", "hours", "top", "counts"):
        assert Decimal(totals[sheet, "Total cost"]) == Decimal(cost)
    assert totals["nothing", "Total cost"] == "0"
    assert totals["by", "Total messages"] == str(len(df))
    change = sum(Decimal(totals["compare", f"Total {name}"]) for name in ("volume", "mix", "price"))
    assert Decimal(totals["compare", "Total change"]) == change
    assert not {label for sheet, label in totals if sheet in ("rates", "reconcile", "anomalies")}
    header, first, *_ = cells(path, 1)
    assert header[2].value == "period (America/New_York)"
    assert first[2].value == account_zone.period[0].tz_localize(None)
    assert first[header[-2].column - 1].value == account_zone.share[0]
    pd.testing.assert_frame_equal(fr.read(path), df.head(20))


def test_other_columns_and_indexes_are_written_as_people_read_them(tmp_path):
    summary = pd.DataFrame(
        {
            "month": pd.period_range("2026-09", periods=2, freq="M"),
            "day": [dt.date(2026, 9, 1), None],
            "naive": pd.to_datetime(["2026-09-01 10:00", None]),
            "mixed": [pd.Timestamp("2026-09-01 10:00", tz=NEW_YORK), "text"],
            "took": pd.to_timedelta(["1h", None]),
            "ratio": [np.float32(0.5), float("inf")],
            "flag": [np.True_, None],
            "kind": pd.Categorical(["a", None]),
        },
        index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["direction", "hour"]),
    )
    header, first, second, *more = [
        [c.value for c in r] for r in cells(fr.write(summary, tmp_path / "a.xlsx", tz="UTC"))
    ]
    assert header == ["direction", "hour", *summary.columns]
    ten = dt.datetime(2026, 9, 1, 10)
    expected = ["2026-09", dt.datetime(2026, 9, 1), ten, "2026-09-01T10:00:00-04:00", "0 days 01:00:00", 0.5, True, "a"]
    assert first == ["x", 1, *expected]
    assert second == ["y", 2, "2026-10", None, None, "text", None, "inf", None, None]
    assert more == []


UNHOLDABLE = [
    ({"a": pd.DataFrame({"x": ["a\x0b"]})}, r"Sheet 'a': column 'x', row 1: .* U\+000B at position 1"),
    ({"a": pd.DataFrame({"x": ["ok", "\x00"]})}, r"column 'x', row 2: .* U\+0000"),
    ({"a": pd.DataFrame({"x": ["\x1f"]})}, r"U\+001F"),
    ({"a": pd.DataFrame({"x": pd.Series(["\ud83d"], dtype=object)})}, r"U\+D83D"),
    ({"a": pd.DataFrame({"x": ["\ufffe"]})}, r"U\+FFFE"),
    ({"a": pd.DataFrame({"x\x01": [1]})}, "the name of a column"),
    ({"a": pd.DataFrame({"x": ["a" * 32_768]})}, "column 'x', row 1: a cell holds 32,767 characters.* 32,768"),
    ({"a": pd.DataFrame({"x": ["😀" * 16_384]})}, "32,768"),
    ({"a": pd.DataFrame({"x": ["\r" * 5_000]})}, "35,000"),
    ({"a": pd.DataFrame({"x": np.zeros(1_048_576)})}, "1,048,576 rows"),
    ({"a": pd.DataFrame(np.zeros((1, 16_384)), columns=[f"c{n}" for n in range(16_384)])}, "16,384 columns"),
    ({"a": pd.DataFrame([[1, 2]], columns=["x", "x"])}, "every column needs a name of its own"),
    ({"a": pd.DataFrame([[1, 2]])}, "every column needs a name of its own"),
    ({"a": pd.DataFrame({"x": [[1]]})}, "a cell cannot hold a list"),
    ({"a": pd.DataFrame({"x": [Decimal("NaN")]})}, "a cell cannot hold a Decimal"),
    ({"a": pd.DataFrame({"x": [Decimal("1E+999999")]})}, "a cell cannot hold a Decimal"),
    ({"a": pd.DataFrame({"x": [dt.date(1900, 2, 28)]})}, "no dates before 1900-03-01"),
    ({"a": pd.DataFrame({"x": pd.to_datetime(["1850-01-01"])})}, "no dates before 1900-03-01"),
    ({}, "at least one sheet"),
    (Decimal(1), "takes a DataFrame, or a dict of sheet names to DataFrames; got Decimal"),
    ({"a": pd.DataFrame({"x": [1]}), "total": Decimal(1)}, "Sheet 'total' takes a DataFrame; got Decimal"),
    ([frame()], "takes a DataFrame, or a dict of sheet names to DataFrames; got list"),
    *[
        ({name: pd.DataFrame({"x": [1]})}, "cannot be the name of a sheet")
        for name in [
            *["", "a" * 32, "😀" * 16, "'a", "a'", "History", "a\x01", "a\nb", " ", "\ud83d", 5, None],
            *[f"a{sign}b" for sign in "[]:*?/\\"],
        ]
    ],
    ({"Costs": pd.DataFrame({"x": [1]}), "costs": pd.DataFrame({"x": [1]})}, "is the name of two sheets"),
    ({"a": pd.DataFrame({"x": [1]}), "b": pd.DataFrame({"x": ["\x00"]})}, "Sheet 'b'"),
]


@pytest.mark.parametrize(("content", "message"), UNHOLDABLE)
def test_what_excel_cannot_hold_is_an_error_before_anything_is_written(tmp_path, content, message):
    with pytest.raises(fr.InputError, match=message):
        fr.write(content, tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_longest_text_and_the_longest_name_are_held(tmp_path):
    content = {"a" * 31: pd.DataFrame({"x": ["a" * 32_767, "😀" * 16_383]})}
    path = fr.write(content, tmp_path / "a.xlsx")
    assert [len(row[0].value) for row in cells(path)] == [1, 32_767, 16_383]
    records = frame(record(1, body="a" * 32_767))
    pd.testing.assert_frame_equal(fr.read(fr.write(records, path)), records)


def test_a_frame_that_could_not_be_read_back_is_not_written(tmp_path):
    for column, value in (("contact", "1.20656E+10"), ("segments", -5), ("id", "mdr2-0")):
        records = frame()
        records.loc[1, column] = value
        with pytest.raises(fr.InputError):
            fr.write({"records": records}, tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def change(path, column, value, row=2):
    """Write a value into a cell, as somebody does by hand, and save the workbook."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    place = [cell.value for cell in sheet[1]].index(column) + 1
    sheet.cell(row, place).value = value
    workbook.save(path)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("contact", 12065550157, "text"),
        ("body", dt.datetime(2026, 10, 7), "text"),
        ("is_mms", 1, "true or false"),
        ("segments", "1", "a whole number"),
    ],
)
def test_a_cell_of_another_type_is_named_in_words_of_a_spreadsheet(tmp_path, column, value, expected):
    path = fr.write(frame(), tmp_path / "a.xlsx")
    change(path, column, value)
    with pytest.raises(fr.InputError, match=rf"is not {expected}\."):
        fr.read(path)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *[("contact", 12065550157), ("contact", "1.20656E+10"), ("number", 1.2e10), ("id", None), ("id", " mdr2-0")],
        *[("segments", 1.5), ("segments", -1), ("segments", "1"), ("is_mms", 1), ("is_mms", "no"), ("cost", 0.005)],
        *[("amount_nanodollars", "4e6"), ("amount_nanodollars", 4e6 + 0.5), ("timestamp_utc", "2026-10-07 12:00")],
        *[("timestamp_utc", dt.datetime(2026, 10, 7)), ("delivery", "ok"), ("other", "[]"), ("direction", "Inbound")],
        *[("exact_texts", "x"), ("exact_texts", 5), ("exact_texts", "[1]"), ("exact_texts", '{"id": 5}')],
    ],
)
def test_a_cell_that_was_changed_is_an_error_that_names_column_and_row(tmp_path, column, value):
    path = fr.write(frame(), tmp_path / "a.xlsx")
    change(path, column, value)
    with pytest.raises(fr.InputError, match=r"^a.xlsx: (column '\w+', )?row 1\b") as refused:
        fr.read(path)
    assert column.removesuffix("_utc") in str(refused.value)


def test_a_workbook_that_another_program_saved_reads_back(tmp_path):
    texts = [*ODD_TEXTS, "=1", "a"]
    records = frame(*[record(n, body=text, status=text) for n, text in enumerate(texts)])
    path = fr.write(records, tmp_path / "a.xlsx")
    openpyxl.load_workbook(path).save(path)
    pd.testing.assert_frame_equal(fr.read(path), records)
    workbook = openpyxl.load_workbook(path)
    for row in workbook.worksheets[0].iter_rows(min_row=2):
        for cell in row:  # LibreOffice keeps neither carriage returns nor their escapes
            if isinstance(cell.value, str):
                cell.value = re.sub("_x[0-9A-F]{4}_|\r", "", cell.value)
                cell.data_type = "f" if cell.value.startswith("=SUM") else "s"
    workbook.save(path)
    pd.testing.assert_frame_equal(fr.read(path), records)
    change(path, "timestamp (UTC)", dt.datetime(2020, 1, 1))  # what people see; the exact time stands beside
    pd.testing.assert_frame_equal(fr.read(path), records)


@pytest.mark.parametrize("wrong", ["A1", "A1:B2", "A1:XFD2"])
def test_a_workbook_that_says_a_wrong_size_of_its_sheet_reads_back_whole(tmp_path, wrong):
    records = frame(*map(record, range(5)))
    path = fr.write(records, tmp_path / "a.xlsx")
    openpyxl.load_workbook(path).save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b"<dimension " in parts[sheet]
    parts[sheet] = re.sub(b'<dimension ref="[^"]*"', f'<dimension ref="{wrong}"'.encode(), parts[sheet])
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    pd.testing.assert_frame_equal(fr.read(path), records)


def test_a_workbook_without_one_sheet_of_records_is_an_error(tmp_path):
    path = tmp_path / "a.xlsx"
    for content, count in (
        ({"costs": fr.costs.by(frame(), "direction")}, "0 (none)"),
        ({"a": frame(), "b": frame()}, "2 ('a', 'b')"),
    ):
        fr.write(content, path)
        with pytest.raises(
            fr.InputError, match=re.escape(f"must have one sheet of records that fr.write made, and has {count}")
        ):
            fr.read(path)
    fr.write(frame(), path)
    change(path, "media", "media2", row=1)
    with pytest.raises(fr.InputError, match="lacks the column 'media'"):
        fr.read(path)
    fr.write(frame(), path)
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].insert_rows(3)
    workbook.save(path)
    with pytest.raises(fr.InputError, match="row 2 is empty, and records follow"):
        fr.read(path)


def rewrite(path, name, change):
    """Change a part of a workbook, and pack it again."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in parts.items():
            archive.writestr(entry, change(content) if entry == name else content)


def test_two_workbooks_in_one_file_are_an_error(tmp_path):
    path = fr.write(frame(), tmp_path / "a.xlsx")
    whole = path.read_bytes()
    for content in (whole + whole, b"\n" + whole):
        path.write_bytes(content)
        with pytest.raises(fr.InputError, match=r"a\.xlsx can't be read as xlsx: something precedes the workbook"):
            fr.read(path)


@pytest.mark.untraced
def test_a_workbook_that_would_fill_the_memory_is_an_error(tmp_path):
    sheet = "xl/worksheets/sheet1.xml"
    path = fr.write(frame(), tmp_path / "a.xlsx")
    rewrite(path, sheet, lambda content: content.replace(b"</sheetData>", b" " * 2**28 + b"</sheetData>"))
    with pytest.raises(fr.InputError, match=r"a\.xlsx can't be read as xlsx: its [\d,]+ bytes would become 268,"):
        fr.read(path)
    path = fr.write(frame(), tmp_path / "a.xlsx")
    last = b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData>'
    rewrite(path, sheet, lambda content: content.replace(b"</sheetData>", last))
    with pytest.raises(fr.InputError, match=r"it has more than 1,048,576 rows"):
        fr.read(path)


def test_a_count_of_more_than_fifteen_digits_reads_back(tmp_path):
    records = frame(record(0, price_details={"segment_count": 123456789012345678}))
    assert records.segments[0] == 123456789012345678
    pd.testing.assert_frame_equal(fr.read(fr.write(records, tmp_path / "a.xlsx")), records)


@pytest.mark.untraced
def test_a_damaged_workbook_raises_input_errors_only(tmp_path):
    records = frame()
    whole = fr.write(records, tmp_path / "a.xlsx").read_bytes()
    path, chance, accepted = tmp_path / "b.xlsx", np.random.default_rng(12), 0
    for n in range(60):
        damaged = bytearray(whole[: int(chance.integers(len(whole)))] if n % 2 else whole)
        if damaged:
            damaged[int(chance.integers(len(damaged)))] ^= int(chance.integers(1, 256))
        path.write_bytes(damaged)
        try:
            pd.testing.assert_frame_equal(fr.read(path), records)  # where the damage changes nothing
            accepted += 1
        except fr.InputError:
            pass
    assert accepted < 30


def test_without_openpyxl_the_error_says_what_to_install(tmp_path, monkeypatch):
    fr.write(frame(), tmp_path / "a.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    for act in (fr.read, lambda path: fr.write(frame(), path)):
        with pytest.raises(fr.InputError, match=re.escape("pip install 'flowroute-nb[excel]'")):
            act(tmp_path / "a.xlsx")


def test_a_zone_is_for_excel_files_and_must_exist(tmp_path):
    for name, tz in (("a.xlsx", "Mars/Base"), ("a.csv", "UTC")):
        with pytest.raises(fr.InputError, match="tz="):
            fr.write(frame(), tmp_path / name, tz=tz)
    assert not list(tmp_path.iterdir())


def test_a_workbook_replaces_a_file_as_the_other_formats_do(tmp_path):
    path = fr.write(frame(), tmp_path / "a.xlsx")
    path.chmod(0o600)
    fr.write(frame(record(7)), path)
    assert (path.stat().st_mode & 0o777, fr.read(path).id.tolist()) == (0o600, ["mdr2-7"])


def test_amounts_are_exact_under_any_decimal_context(tmp_path):
    records = frame(record(1, amount_nanodollars=123_456_789), record(2, amount_nanodollars=10**17 + 1))
    with decimal.localcontext(prec=2):
        path = fr.write(records, tmp_path / "a.xlsx")
        pd.testing.assert_frame_equal(fr.read(path), records)
    assert check_totals(path)[0][2] == "100000000.123456790"
