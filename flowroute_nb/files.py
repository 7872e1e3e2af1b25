"""A frame goes into a file and comes back the same; a file is written beside and moved, never half-written."""

from __future__ import annotations

import codecs
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from flowroute_nb import excel, integrity, ranges
from flowroute_nb.atomic_files import atomic_write, check_readable, check_writable
from flowroute_nb.columns import ARROW, STORED
from flowroute_nb.errors import InputError, keywords, lacks
from flowroute_nb.schema import RECORD

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

__all__ = ["check", "is_rows", "load", "rows", "write"]

_MAX_EXPONENT = 30  # no record costs as much; such a Decimal would be written with as many zeros
_NAMES = [column.name for column in RECORD]


@keywords
def write(
    frame: pd.DataFrame | Mapping[str, pd.DataFrame], path: str | os.PathLike[str], *, tz: str | None = None
) -> Path:
    """Write records to a file that :func:`read` reads back as exactly the same frame.

    The rows are numbered anew; an empty text and a missing one stay different (in CSV the empty one is quoted).
    What stood at ``path`` is replaced in one move, once everything is written.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records, with the 20 columns of the README; rows may have been filtered or sorted. An ``.xlsx`` file also
        takes any other DataFrame, such as a summary of ``fr.costs``, or a dict of sheet names to DataFrames.
    path : str or path
        Ends in ``.parquet``, ``.csv``, ``.json`` (a list of objects, one a record) or ``.xlsx``.
    tz : str, optional
        The time zone in which an Excel file shows times, such as ``"America/New_York"``; without it, the one they
        are in. The header of the column names it.

    Returns
    -------
    pathlib.Path
        Where it was written.

    Raises
    ------
    InputError
        The ending is none of these, the frame's columns are not those of records, or a value can't be held.
    OSError
        The place can't be written to.

    Notes
    -----
    In an Excel file, numbers, ids and ``amount_nanodollars`` are text, and amounts are numbers (of more than 15
    digits text, because Excel keeps 15). Sums are formulas below the rows, each with the exact sum beside it. Records
    also have their UTC timestamps as text, from which :func:`read` makes the same frame. Needs
    ``pip install 'flowroute-nb[excel]'``.

    Examples
    --------
    >>> import tempfile, flowroute_nb as fr
    >>> df = fr.read({"id": "mdr2-1", "to": "12065550100", "from": "12065550101", "body": "Hello"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fr.read(write(df, f"{folder}/hello.csv")).equals(df)
    True

    """
    target = check(path)
    zone = None if tz is None else ranges.zone(tz)
    if target.suffix == _EXCEL:
        for records in frame.values() if isinstance(frame, dict) else [frame]:
            if isinstance(records, pd.DataFrame) and excel.is_records(records):
                _stored(records)  # refuses what could not be read back
        sheets = excel.sheets(frame, zone)
        with atomic_write(target) as file:
            excel.save(sheets, file)
        return target
    if zone is not None:
        raise InputError(f"tz= is for Excel files; a {target.suffix} file holds UTC. Leave it out.")
    table = _stored(frame)
    with atomic_write(target) as file:
        _WRITERS[target.suffix](table, file)
    return target


def check(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file to write; raise an error, before any work, if it cannot be written."""
    target = Path(path)
    endings = [*_WRITERS, _EXCEL]
    if target.suffix not in endings:
        raise InputError(f"{target.name!r} ends in none of {', '.join(endings)}. Give the file one of these endings.")
    if target.suffix == _EXCEL:
        excel.require_openpyxl()
    check_writable(target)
    return target


def _stored(frame: object) -> pa.Table:
    """Take a frame back to its stored columns, with its cost as exact text beside."""
    if not isinstance(frame, pd.DataFrame):
        sheets = " A dict of sheets is for .xlsx." if isinstance(frame, dict) else ""
        raise InputError(f"write() takes a frame of records, and was given a {type(frame).__name__}.{sheets}")
    if list(frame.columns) != _NAMES:
        missing, more = [n for n in _NAMES if n not in frame], [str(n) for n in frame if n not in _NAMES]
        said = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"also has {', '.join(more)}"] * bool(more)
        raise InputError(
            f"The frame {' and '.join(said) or 'has its columns in another order'}. write() keeps records as they are, "
            "with their 20 columns in order; write any other frame to .xlsx, or with pandas' own to_parquet or to_csv."
        )
    attrs = _provenance(frame)
    try:
        table = pa.Table.from_pandas(frame[STORED.names], schema=STORED, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError) as broken:
        why = str(broken).splitlines()[0][:200]
        raise InputError(f"The frame has a value that no record can have ({why}). Write a frame of records.") from None
    twice = int(frame["id"].duplicated().sum())
    if twice:
        raise InputError(
            f"The frame has {twice} rows whose id stands in it before, and a file has each record once. "
            "Drop them first: df.drop_duplicates('id', keep='last')."
        )
    integrity.check_values(table, "The frame")
    cost = pa.array([_text_of(amount) for amount in frame["cost"]], pa.large_string())
    integrity.check_cost(cost, table, "The frame")
    with_cost = table.add_column(_NAMES.index("cost"), "cost", cost)
    return with_cost.replace_schema_metadata({**table.schema.metadata, b"flowroute": attrs})


def _provenance(frame: pd.DataFrame) -> bytes:
    """Return the metadata that says where a frame came from, as JSON to store in the file."""
    try:
        return msgspec.json.encode(dict(frame.attrs.get("flowroute", {})))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"df.attrs['flowroute'] must be a dict that JSON can hold ({error}). Remove it: df.attrs = {{}}."
        ) from None


def _text_of(amount: object) -> str | None:
    if amount is None or amount is pd.NA or (isinstance(amount, float) and amount != amount):  # noqa: PLR0124  nan
        return None
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount.adjusted() > _MAX_EXPONENT:
        what = amount if isinstance(amount, Decimal) else f"a {type(amount).__name__}, not a Decimal"
        raise InputError(f"The column cost has {what}. Write the cost as it was read.")
    return f"{amount:f}"


def _write_parquet(table: pa.Table, file: Any) -> None:  # noqa: ANN401  any binary file
    exact = pc.cast(table["cost"], pa.decimal128(28, 9))
    pa.parquet.write_table(
        table.set_column(_NAMES.index("cost"), "cost", exact), file, compression="zstd", write_page_checksum=True
    )


def _write_csv(table: pa.Table, file: Any) -> None:  # noqa: ANN401
    pa.csv.write_csv(_with_text_moments(table), file, pa.csv.WriteOptions(quoting_style="needed"))


def _with_text_moments(table: pa.Table) -> pa.Table:
    moments = pc.strftime(table["timestamp"], format="%Y-%m-%dT%H:%M:%SZ").cast(pa.large_string())
    return table.set_column(_NAMES.index("timestamp"), "timestamp", moments)


def _write_json(table: pa.Table, file: Any) -> None:  # noqa: ANN401
    file.write(b"[")
    for at, row in enumerate(_with_text_moments(table).to_pylist()):
        file.write((b",\n" if at else b"\n") + msgspec.json.encode(row))
    file.write(b"\n]\n")


_WRITERS: dict[str, Callable[[pa.Table, Any], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".json": _write_json,
}
_EXCEL = ".xlsx"
_ASK = "Give a file that fr.write made."
_JSON = pa.schema(
    [(c.name, pa.large_string() if c.dtype in ("decimal", "datetime64[us, UTC]") else ARROW[c.dtype]) for c in RECORD]
)
#: The columns that are computed: a record as the service sends it has none of them.
_DERIVED = {"number", "contact", "cost", "segments", "delivery"}
_AS_TEXT = pa.schema([(name, pa.large_string()) for name in _NAMES])


def load(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """Return the stored columns of a ``.csv``, ``.parquet`` or ``.xlsx`` file, and where its records came from."""
    if path.suffix not in (".csv", ".parquet", _EXCEL):
        raise InputError(
            f"{path.name[:40]!r} is neither JSON text nor a path that ends in .json, .csv, .parquet or .xlsx. "
            "Give one of these, or bytes, a dict or a list."
        )
    check_readable(path)
    if path.suffix == _EXCEL:
        rows = integrity.table_from_rows(excel.load_rows(path), RECORD, _JSON, path.name)
        return _checked(rows, path.name), {"file": path.name}
    try:
        table = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
        table.validate(full=True)  # damaged text that is not UTF-8 would fail later, anywhere
        metadata = (table.schema.metadata or {}).get(b"flowroute", b"{}")
        provenance = msgspec.json.decode(metadata, type=dict[str, Any])
    except (pa.ArrowException, msgspec.MsgspecError, OSError, ValueError, RecursionError) as broken:
        if isinstance(broken, InputError) or getattr(broken, "errno", None):
            raise  # the system's own error, such as a missing permission; pyarrow's have no number
        why = next(iter(str(broken).splitlines()), type(broken).__name__)[:200]
        raise InputError(f"{path.name} can't be read as {path.suffix[1:]}: {why}. {_ASK}") from None
    return _checked(table, path.name), {**provenance, "file": path.name}


def _read_parquet(path: Path) -> pa.Table:
    with path.open("rb") as file:
        return pa.parquet.read_table(file, page_checksum_verification=True)


def _read_csv(path: Path) -> pa.Table:
    content = path.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path.name} is UTF-16 text, as another program saved it. {_ASK}")
    # A text in quotation marks may itself hold line breaks, hence both conditions.
    if content and (content.count(b'"') % 2 or content[-1:] not in (b"\n", b"\r")):
        raise InputError(f"{path.name} ends in the middle of a row: it was cut off. Get the whole file, then read it.")
    header = content[: content.find(b"\n")]
    others = {b";": "';'", b"\t": "a tab"}
    other = next((name for mark, name in others.items() if header.count(mark) >= len(_NAMES) - 1), None)
    if other:
        raise InputError(
            f"{path.name} has columns separated by {other} instead of ',': another program saved it. {_ASK}"
        )
    return pa.csv.read_csv(
        pa.BufferReader(content),
        # One block: a text with line breaks that lies across two blocks would be cut or refused.
        read_options=pa.csv.ReadOptions(block_size=min(max(1 << 20, len(content) + 1), 2**31 - 1)),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=_AS_TEXT, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )


def is_rows(said: bytes) -> bool:
    """Return whether JSON text comes from ``write``: a list of flat rows with columns that only frames have."""
    return said.lstrip()[:1] == b"[" and b'"amount_nanodollars"' in said and _first(said).keys() >= _DERIVED


def _first(said: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(said, type=list[msgspec.Raw])
        first = msgspec.json.decode(found[0]) if found else {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return first if isinstance(first, dict) else {}


def rows(said: bytes, name: str) -> pa.Table:
    """Read the stored columns out of JSON text that ``write`` made."""
    try:
        records = msgspec.json.decode(said, type=list[dict[str, Any]])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
        raise InputError(f"{name} can't be read as rows of records: {broken}. {_ASK}") from None
    uneven = next((n for n, record in enumerate(records, 1) if record.keys() != set(_NAMES)), None)
    if uneven is not None:
        raise InputError(
            f"{name} can't be read as rows of records: row {uneven} has other columns than a record. {_ASK}"
        )
    return _checked(integrity.table_from_rows(records, RECORD, _JSON, name), name)


def _checked(table: pa.Table, name: str) -> pa.Table:
    """Return the columns of a file in the types in which they are stored; raise an error that names a wrong value."""
    missing = [column for column in _NAMES if column not in table.column_names]
    if missing:
        raise InputError(f"{lacks(name, missing)}. {_ASK}")
    repeated = [column for column in _NAMES if table.column_names.count(column) > 1]
    if repeated:
        raise InputError(f"{name} has the column {repeated[0]!r} more than once. {_ASK}")
    stored = integrity.typed(table, name)
    integrity.check_values(stored, name)
    integrity.check_cost(table["cost"], stored, name)
    return stored
