"""Write frames as sheets of an Excel workbook, and read records out of one."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
import math
import numbers
import re
import zipfile
from decimal import Decimal
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from flowroute_nb.errors import InputError, lacks
from flowroute_nb.schema import RECORD, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["is_records", "load_rows", "require_openpyxl", "save", "sheets"]

# https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
_MAX_ROWS, _MAX_COLUMNS, _MAX_CHARACTERS, _MAX_DIGITS = 1_048_576, 16_384, 32_767, 15
_MAX_BYTES, _MAX_RATIO = 2**28, 300  # unpacked bytes, and per packed byte; records have about 20
_EARLIEST = dt.datetime(1900, 3, 1)  # noqa: DTZ001  before it, spreadsheets disagree on the day
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: A workbook writes a carriage return as _x000D_, and escapes text that looks like it by _x005F_: ECMA-376, 22.9.2.19.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
#: Texts that a cell does not preserve: empty, with a carriage return, or with something that looks like an escape.
_NOT_PRESERVED = re.compile("^$|\r|_x[0-9A-Fa-f]{4}_|x005F_")
_TEXT, _DATETIME, _DATE = "@", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"

_NAMES = [column.name for column in RECORD]
_EXACT_TIME, _EXACT_TEXTS = "timestamp_utc", "exact_texts"
#: What can be added up over all rows of a sheet; prices, means and shares cannot.
_ADDITIVE = {
    *("messages", "segments", "unpriced", "cost", "messages_before", "messages_after", "cost_before", "cost_after"),
    *("change", "volume", "mix", "price", "counted", "charged", "difference"),
}


class _Column(NamedTuple):
    header: str
    cells: list[Any]
    number_format: str


class _Total(NamedTuple):
    """A sum below a column: the constant of its formula (amounts kept as text), the exact sum, the decimals to show."""

    position: int
    constant: Decimal
    exact: Decimal
    places: int


class _Sheet(NamedTuple):
    name: str
    columns: list[_Column]
    totals: list[_Total]


def require_openpyxl() -> Any:  # noqa: ANN401  a module
    """Return openpyxl, or say how to install it."""
    try:
        return import_module("openpyxl")
    except ImportError:
        raise InputError(
            "Excel files need openpyxl, which is not installed. Run: pip install 'flowroute-nb[excel]'"
        ) from None


def is_records(frame: pd.DataFrame) -> bool:
    """Return whether a frame has the columns of records."""
    return list(frame.columns) == _NAMES


def sheets(frames: object, zone: dt.tzinfo | None) -> list[_Sheet]:
    """Return the sheets of a workbook; anything that Excel cannot hold is an error, before a file is written."""
    if isinstance(frames, pd.DataFrame):
        frames = {"records" if is_records(frames) else "costs": frames}
    if not isinstance(frames, dict):
        raise _not_a_frame("An Excel file", "a DataFrame, or a dict of sheet names to DataFrames", frames)
    for name, frame in frames.items():
        if not isinstance(frame, pd.DataFrame):
            raise _not_a_frame(f"Sheet {str(name)[:40]!r}", "a DataFrame", frame)
    _check_names(list(frames))
    return [_sheet(name, frame, zone) for name, frame in frames.items()]


def _not_a_frame(what: str, expected: str, value: object) -> InputError:
    return InputError(
        f"{what} takes {expected}; got {type(value).__name__}. "
        "The frames of an audit are .frame and .counts, that of a forecast is .path."
    )


def _check_names(names: Sequence[object]) -> None:
    if not names:
        raise InputError("An Excel file needs at least one sheet, and the dict is empty.")
    lower = [str(name).lower() for name in names]
    for name in names:
        wrong = (
            not isinstance(name, str)
            or not 1 <= len(name.encode("utf-16-le", "surrogatepass")) // 2 <= 31  # noqa: PLR2004  Excel's limit
            or _INVALID.search(name)
            or re.search(r"[\[\]:*?/\\\t\r\n]|^'|'$|^\s*$", name)
            or name.lower() == "history"  # reserved by Excel
        )
        if wrong or lower.count(str(name).lower()) > 1:
            why = "cannot be the name of a sheet" if wrong else "is the name of two sheets, as Excel ignores case"
            raise InputError(
                f"{str(name)[:40]!r} {why}. Give names of 1 to 31 characters without [ ] : * ? / \\ , each once."
            )


def _sheet(name: str, frame: pd.DataFrame, zone: dt.tzinfo | None) -> _Sheet:
    records = is_records(frame)
    plain_index = frame.index.nlevels == 1 and frame.index.name is None and frame.index.dtype.kind in "iu"
    frame = frame.reset_index(drop=records or plain_index)
    if not frame.columns.is_unique or not all(isinstance(column, str) for column in frame):
        raise InputError(f"Sheet {name!r}: every column needs a name of its own that is text. Rename them first.")
    if len(frame) + len(_ADDITIVE) + 2 > _MAX_ROWS or len(frame.columns) + 2 > _MAX_COLUMNS:
        raise InputError(
            f"Sheet {name!r} has {len(frame):,} rows and {len(frame.columns):,} columns, and Excel holds "
            f"{_MAX_ROWS:,} and {_MAX_COLUMNS:,}. Split the frame, or write it to .parquet."
        )
    totals = _totals(frame)
    exact = _exact_columns(frame) if records else []
    if records:
        frame = frame.assign(amount_nanodollars=frame["amount_nanodollars"].astype(TEXT))
    return _Sheet(name, [*(_column(name, frame[column], zone) for column in frame), *exact], totals)


def _column(sheet: str, series: pd.Series, zone: dt.tzinfo | None) -> _Column:
    """Return a column of a sheet with the values of its cells."""
    name = str(series.name)
    header = _escaped(name, f"Sheet {sheet!r}: the name of a column")
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        local = series.dt.tz_convert(zone or series.dt.tz)
        series, header = local.dt.tz_localize(None), f"{header} ({local.dt.tz})"
    where = f"Sheet {sheet!r}: column {name!r}, row {{}}"
    values = [_cell(value, where.format(row)) for row, value in enumerate(series, 1)]
    return _Column(header, values, _number_format(values))


def _exact_columns(records: pd.DataFrame) -> list[_Column]:
    """Return the extra columns of a sheet of records, with which reading it gives exactly the same frame."""
    moments = records["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    names = [column.name for column in RECORD if column.dtype == "str"]
    rows = zip(*(records[name] for name in names), strict=True)
    texts = [_exact_texts(dict(zip(names, row, strict=True)), n) for n, row in enumerate(rows, 1)]
    return [
        _Column(_EXACT_TIME, [None if pd.isna(moment) else moment for moment in moments], _TEXT),
        _Column(_EXACT_TEXTS, texts, _TEXT),
    ]


def _exact_texts(row: dict[str, Any], n: int) -> str | None:
    """Return as JSON the texts of a row that cells do not preserve, such as empty ones."""
    texts = {name: text for name, text in row.items() if isinstance(text, str) and _NOT_PRESERVED.search(text)}
    if not texts:
        return None
    # Without underscores, nothing in the JSON itself looks like an escape.
    return _escaped(json.dumps(texts).replace("_", "\\u005f"), f"Column {_EXACT_TEXTS!r}, row {n}")


def _cell(value: Any, where: str) -> Any:  # noqa: ANN401, PLR0911  one return per kind of cell
    """Return the value of a cell: None, a bool, a number, a date, a datetime or text."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return _escaped(str(value), where)
    if isinstance(value, (dt.datetime, dt.date)):
        return _date_or_datetime(value, where)
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return bool(value)
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _MAX_CHARACTERS:
        return value if _digits(value) <= _MAX_DIGITS else _escaped(f"{value:f}", where)
    if hasattr(value, "__index__"):
        return int(value) if _digits(Decimal(int(value))) <= _MAX_DIGITS else str(int(value))
    if isinstance(value, numbers.Real):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, (pd.Period, pd.Timedelta, dt.timedelta)):
        return str(value)
    raise InputError(f"{where}: a cell cannot hold a {type(value).__name__}. Convert the column to text first.")


def _date_or_datetime(value: dt.date, where: str) -> dt.date | str:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.isoformat()  # in a column of several zones, which no header can name
    moment = value.to_pydatetime(warn=False) if isinstance(value, pd.Timestamp) else value
    if moment < (_EARLIEST if isinstance(moment, dt.datetime) else _EARLIEST.date()):
        raise InputError(f"{where}: Excel has no dates before 1900-03-01. Convert the column to text first.")
    return moment


def _digits(amount: Decimal) -> int:
    return len("".join(map(str, amount.as_tuple().digits)).strip("0"))


def _escaped(text: str, where: str) -> str:
    """Escape a text for a workbook; raise an error if no cell can hold it."""
    invalid = _INVALID.search(text)
    if invalid:
        raise InputError(
            f"{where}: Excel cannot hold the character U+{ord(invalid[0]):04X} at position {invalid.start()}. "
            "Remove it, or write to .parquet, .csv or .json."
        )
    escaped = _LOOKS_ESCAPED.sub("_x005F_", text).replace("\r", "_x000D_")
    length = max(len(escaped), len(text.encode("utf-16-le")) // 2)
    if length > _MAX_CHARACTERS:
        raise InputError(
            f"{where}: a cell holds {_MAX_CHARACTERS:,} characters, and this text has {length:,}. "
            "Shorten it, or write to .parquet, .csv or .json."
        )
    return escaped


def _number_format(values: Sequence[Any]) -> str:
    """Return the number format of a column: all amounts have as many decimals as the longest needs."""
    kinds = {type(value) for value in values if value is not None}
    if Decimal in kinds:
        return "0." + "0" * max(4, *(_places(value) for value in values if isinstance(value, Decimal)))
    if dt.date in kinds:
        return _DATE
    return _DATETIME if dt.datetime in kinds else _TEXT if kinds == {str} else "General"


def _places(amount: Decimal) -> int:
    """Return how many decimals an amount needs."""
    digits = "".join(map(str, amount.as_tuple().digits))
    return max(0, -int(amount.as_tuple().exponent) - len(digits) + len(digits.rstrip("0"))) if amount else 0


def _totals(frame: pd.DataFrame) -> list[_Total]:
    """Return the sums of the columns that can be added up, unless rows contain each other, such as days and months."""
    if "expected" in frame or ("period" in frame and frame["period"].dtype.kind not in "mM"):
        return []
    totals = []
    for position, name in enumerate(frame):
        values = [value for value in frame[name] if not (value is None or value is pd.NA)]
        if name not in _ADDITIVE or not all(isinstance(v, Decimal) or hasattr(v, "__index__") for v in values):
            continue
        with decimal.localcontext(decimal.Context(prec=200)):
            amounts = [value if isinstance(value, Decimal) else Decimal(int(value)) for value in values]
            exact = sum(amounts, Decimal(0))
            as_text = sum((amount for amount in amounts if _digits(amount) > _MAX_DIGITS), Decimal(0))
            if exact.adjusted() >= _MAX_DIGITS:
                continue  # more than a spreadsheet can add up
            size = sum(map(abs, amounts), Decimal(0))
            wanted = max([4 * any(isinstance(value, Decimal) for value in values), *map(_places, amounts)])
            totals.append(_Total(position, as_text, exact, _shown_places(exact, size, len(values), wanted)))
    return totals


def _shown_places(exact: Decimal, size: Decimal, count: int, wanted: int) -> int:
    """Return how many decimals of a sum are certain in floating point, in whatever order a spreadsheet adds."""
    error = size * (count + 16) * Decimal(2) ** -52
    whole = max(exact.adjusted() + 1, 1)
    for places in range(max(0, min(wanted, _MAX_DIGITS - whole)), 0, -1):
        unit = Decimal(1).scaleb(-places)
        if len({amount.quantize(unit, decimal.ROUND_HALF_UP) for amount in (exact - error, exact, exact + error)}) == 1:
            return places
    return 0


def save(content: Sequence[_Sheet], file: IO[bytes]) -> None:
    """Write sheets as a workbook."""
    workbook = require_openpyxl().Workbook(write_only=True)
    workbook.calculation.fullCalcOnLoad = True  # the sums have no stored result until a spreadsheet computes them
    for sheet in content:
        _fill(workbook.create_sheet(sheet.name), sheet)
    buffer = io.BytesIO()
    workbook.save(buffer)
    file.write(buffer.getbuffer())


def _fill(worksheet: Any, sheet: _Sheet) -> None:  # noqa: ANN401  openpyxl's types are another package
    letter = import_module("openpyxl.utils").get_column_letter
    rows = len(sheet.columns[0].cells) if sheet.columns else 0
    worksheet.freeze_panes = "A2"
    for n, column in enumerate(sheet.columns, 1):
        longest = max([len(column.header), *(len(str(value)) for value in column.cells[:100])])
        worksheet.column_dimensions[letter(n)].width = min(max(12, longest + 2), 40)
    if sheet.columns:
        worksheet.auto_filter.ref = f"A1:{letter(len(sheet.columns))}{rows + 1}"
    worksheet.append([_styled(worksheet, column.header, _TEXT, bold=True) for column in sheet.columns])
    for values in zip(*(column.cells for column in sheet.columns), strict=True):
        worksheet.append(
            [
                None if value is None else _styled(worksheet, value, column.number_format)
                for value, column in zip(values, sheet.columns, strict=True)
            ]
        )
    if sheet.totals:
        worksheet.append([])
    for total in sheet.totals:
        name, column = sheet.columns[total.position].header, letter(total.position + 1)
        constant = f"{total.constant:+.15g}" if total.constant else ""  # text, which SUM ignores
        formula = _styled(worksheet, 0, "0." + "0" * total.places if total.places else "0", bold=True)
        formula.value = f"=SUM({column}2:{column}{max(rows, 1) + 1}){constant}"
        exact = _styled(worksheet, f"{total.exact:f}", _TEXT)
        worksheet.append([_styled(worksheet, f"Total {name}", _TEXT, bold=True), formula, exact])


def _styled(worksheet: Any, value: Any, number_format: str, *, bold: bool = False) -> Any:  # noqa: ANN401
    cell = import_module("openpyxl.cell").WriteOnlyCell(worksheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula or an error, whatever it begins with
        number_format = _TEXT
    cell.number_format = number_format
    if bold:
        cell.font = import_module("openpyxl.styles").Font(bold=True)
    return cell


def load_rows(path: Path) -> list[dict[str, Any]]:
    """Return the records of a workbook that ``write`` made, as rows of JSON values."""
    openpyxl = require_openpyxl()
    try:
        with path.open("rb") as file:
            _check_archive(file)
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            record_sheets = {sheet.title: rows for sheet in workbook.worksheets if (rows := list(_rows(sheet)))}
    except Exception as error:  # openpyxl raises all kinds of exceptions on a damaged file
        if isinstance(error, OSError) and error.errno:
            raise
        why = next(iter(str(error).splitlines()), type(error).__name__)[:200]
        raise InputError(f"{path.name} can't be read as xlsx: {why}. Give a file that fr.write made.") from None
    if len(record_sheets) != 1:
        names = ", ".join(map(repr, record_sheets)) or "none"
        raise InputError(
            f"{path.name} must have one sheet of records that fr.write made, and has {len(record_sheets)} ({names}). "
            "Summaries of costs are for people: read the records, and sum them up again."
        )
    return _records(next(iter(record_sheets.values())), path.name)


def _check_archive(file: IO[bytes]) -> None:
    """Raise an error for two workbooks in one file, of which only the last would be read, and for a ZIP bomb."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    if entries and all(entry.header_offset for entry in entries):
        raise ValueError("something precedes the workbook, perhaps another one")
    size, packed_size = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if size > _MAX_BYTES and size > _MAX_RATIO * packed_size:
        raise ValueError(f"its {packed_size:,} bytes would become {size:,}")
    file.seek(0)


def _rows(worksheet: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Yield the header and the rows of a sheet of records, and nothing of any other sheet."""
    worksheet.reset_dimensions()  # those that another program wrote may be wrong, and rows would be lost
    rows = worksheet.iter_rows(values_only=True)
    header = next(rows, ())
    if _EXACT_TIME in header and "amount_nanodollars" in header:
        yield header
        for number, row in enumerate(rows, 2):
            if number > _MAX_ROWS:
                raise ValueError(f"it has more than {_MAX_ROWS:,} rows")
            yield row


def _records(rows: Sequence[tuple[Any, ...]], name: str) -> list[dict[str, Any]]:
    header, needed = list(rows[0]), [*_NAMES[1:], _EXACT_TIME, _EXACT_TEXTS]
    missing = [column for column in needed if column not in header]
    if missing:
        raise InputError(f"{lacks(name, missing)}. Give a file that fr.write made.")
    repeated = [column for column in needed if header.count(column) > 1]
    if repeated:
        raise InputError(f"{name} has the column {repeated[0]!r} more than once. Give a file that fr.write made.")
    positions = {column: header.index(column) for column in needed}
    padded = [(*row, *[None] * (len(header) - len(row))) for row in rows[1:]]
    end = next((n for n, row in enumerate(padded) if all(value is None for value in row)), len(padded))
    if any(row[positions["id"]] is not None for row in padded[end:]):
        raise InputError(f"{name}: row {end + 1} is empty, and records follow. Remove the row, then read it again.")
    cells = [{column: row[position] for column, position in positions.items()} for row in padded[:end]]
    return [_record(row, f"{name}: column {_EXACT_TEXTS!r}, row {n}") for n, row in enumerate(cells, 1)]


def _record(cells: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the cells of a row as JSON values; the exact columns have what a cell does not preserve."""
    exact, amount, cost = cells.pop(_EXACT_TEXTS), cells["amount_nanodollars"], cells["cost"]
    segments = cells["segments"]
    try:
        texts = {} if exact is None else json.loads(exact)
        intact = all(column in cells and _NOT_PRESERVED.search(text) for column, text in texts.items())
    except (AttributeError, TypeError, ValueError, RecursionError):
        intact = False
    if not intact:
        raise InputError(f"{where}: the cell was changed. Give a file that fr.write made.")
    cells |= texts
    if isinstance(amount, str) and re.fullmatch(r"-?[0-9]{1,19}", amount):
        cells["amount_nanodollars"] = int(amount)
    if isinstance(segments, str) and re.fullmatch(r"[0-9]{16,19}", segments):  # more than a cell holds as a number
        cells["segments"] = int(segments)
    if isinstance(cost, (int, float)) and not isinstance(cost, bool):
        cells["cost"] = f"{Decimal(repr(cost)):f}"
    return {"timestamp": cells.pop(_EXACT_TIME), **cells}
