"""Items become a frame, a frame becomes a longer one: records as pandas rows."""

from __future__ import annotations

import os
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flowroute_nb import columns, files
from flowroute_nb.atomic_files import check_readable
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.reader import Reader, Unreadable, elements, encode
from flowroute_nb.schema import RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flowroute_nb.items import Item, Page
    from flowroute_nb.ranges import Span
    from flowroute_nb.schema import Column

__all__ = ["counted", "dollars", "exact", "frame", "framed", "money", "nanodollars", "read"]

_DTYPES = {
    pa.large_string(): pd.StringDtype("pyarrow", na_value=np.nan),  # the default str, whatever the options say
    pa.int64(): pd.Int64Dtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
_BEFORE_JSON = "\ufeff \t\r\n"  # a byte order mark and what JSON calls white space
_AT_ONCE = 1_000  # records that become a table together
_PLACES = -9, -4  # nanodollars; and as many decimals as the service shows at the least
_FINEST, _ABSURD = -30, 9  # powers of ten that no price has: its last digit's, and its first one's


def money(nanodollars: int) -> Decimal:
    """Make dollars of nanodollars, exactly, with at least four decimals.

    Examples
    --------
    >>> money(4_000_000), money(0), money(123_456_789)
    (Decimal('0.0040'), Decimal('0.0000'), Decimal('0.123456789'))

    """
    sign, exponent, amount = int(nanodollars < 0), _PLACES[0], abs(nanodollars)
    while exponent < _PLACES[1] and amount % 10 == 0:
        amount, exponent = amount // 10, exponent + 1
    return Decimal((sign, tuple(map(int, str(amount))), exponent))  # built of its digits: no context rounds it


def nanodollars(amount: Decimal) -> int:
    """Make nanodollars of dollars, exactly; what is finer than one is cut off.

    Examples
    --------
    >>> nanodollars(Decimal("0.0040")), nanodollars(Decimal("-0.123456789"))
    (4000000, -123456789)

    """
    return int(Fraction(amount) * 10**9)


def exact(amount: Decimal | None) -> Decimal | None:
    """Return an amount in dollars with at least four decimals, as all others have; no decimal context rounds it.

    Raises
    ------
    ValueError
        The amount cannot be true: not finite, a billion dollars or more, or of more than 30 decimals.

    """
    if amount is None:
        return None
    sign, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int) or exponent < _FINEST or amount.adjusted() >= _ABSURD:
        raise ValueError(f"{str(amount)[:40]} is not an amount in dollars")
    if exponent <= _PLACES[1]:
        return amount
    return Decimal((sign, digits + (0,) * (exponent - _PLACES[1]), _PLACES[1]))


def costs(nanodollars: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """Make a column of Decimals, each distinct amount one shared object, missing ones None."""
    encoded = nanodollars.combine_chunks().dictionary_encode()
    amounts = np.array([*(money(amount) for amount in encoded.dictionary.to_pylist()), None], dtype=object)
    column: np.ndarray[Any, Any] = np.take(
        amounts, encoded.indices.fill_null(len(amounts) - 1).to_numpy(zero_copy_only=False)
    )
    return column


def frame(tables: Iterable[pa.Table], *, ordered: bool = False, within: Span | None = None) -> pd.DataFrame:
    """Make the frame of these stored columns: what was last said of each id; by (timestamp, id) and cut if asked."""
    said = columns.joined(list(tables))
    if within is not None:
        said = columns.within(said, within)
    order = _order(said, ordered=ordered)
    if order is not None:
        said = said.take(order)
    made: pd.DataFrame = said.to_pandas(types_mapper=_DTYPES.get, split_blocks=True)
    made.insert([c.name for c in RECORD].index("cost"), "cost", costs(said["amount_nanodollars"]))
    return made


def framed(table: Sequence[Column], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Make the frame of a table of columns and its rows of plain values, typed also where there is none."""
    made = {}
    for at, column in enumerate(table):
        values = [row[at] for row in rows]
        if column.dtype == "decimal":
            made[column.name] = pd.Series(values, dtype=object)
        else:
            kind = columns.ARROW[column.dtype]
            made[column.name] = pa.chunked_array([pa.array(values, kind)]).to_pandas(types_mapper=_DTYPES.get)
    return pd.DataFrame(made)


def _order(said: pa.Table, *, ordered: bool) -> pa.Array | None:
    """Say which rows stay, and in what order: where an id came twice, the last word on it, at its first place."""
    by_time = pc.SortOptions([("timestamp", "ascending"), ("id", "ascending")])
    if pc.count_distinct(said["id"]).as_py() == len(said):
        return pc.sort_indices(said.select(["timestamp", "id"]), options=by_time) if ordered else None
    ids = pa.table({"id": said["id"], "at": pa.array(range(len(said)), pa.int64())})
    places = ids.group_by("id", use_threads=False).aggregate([("at", "min"), ("at", "max")])
    if ordered:
        order = pc.sort_indices(said.select(["timestamp", "id"]).take(places["at_max"]), options=by_time)
    else:
        order = pc.sort_indices(places["at_min"])
    return places["at_max"].take(order)


@keywords
def read(payload: bytes | str | os.PathLike[str] | Mapping[str, Any] | Sequence[Any]) -> pd.DataFrame:
    """Read message records out of whatever they came in.

    Parameters
    ----------
    payload : bytes, str, path, dict or list
        An answer of the API (one record or a page), the body of a webhook in any of its four envelopes, or a list of
        these; as bytes (UTF-8, UTF-16 or UTF-32, with or without a byte order mark), as text that starts with ``{`` or
        ``[``, or already decoded. Any other text is the path of a file: ``.json``, or ``.csv`` and ``.parquet`` as
        :func:`write` wrote them.

    Returns
    -------
    pandas.DataFrame
        The 20 columns of the README, one row a message, in the order they came. A flat record without a ``direction``
        is inbound, as the documented flat webhook is. ``.attrs["flowroute"]["complete"]`` is False where a page names
        a next page.

    Raises
    ------
    InputError
        It is no record, or no file; or some records or payloads of a list can't be understood, or a page has errors
        beside its records: ``.bad`` says which and why, ``.partial`` has the rest.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.1/receive-an-sms and the pages beside it.

    Examples
    --------
    >>> df = read({"id": "mdr2-1", "to": "12065550100", "from": "12065550101", "body": "Hello"})
    >>> df[["direction", "number", "contact", "segments"]].values.tolist()
    [['inbound', '12065550100', '12065550101', 1]]

    """
    if isinstance(payload, str) and payload.lstrip(_BEFORE_JSON)[:1] not in ("{", "["):
        return _read_file(Path(payload))
    if isinstance(payload, os.PathLike):
        return _read_file(Path(payload))
    if not isinstance(payload, (list, tuple)):
        return _read_json(payload)
    if payload and isinstance(payload[0], dict) and payload[0].keys() >= {column.name for column in RECORD}:
        return _read_json(payload)  # rows that write() made, already decoded
    return _collect(Reader(InputError).several(payload, "The payload"))


def _read_file(path: Path) -> pd.DataFrame:
    if path.suffix == ".json":
        check_readable(path)
        return _read_json(path.read_bytes(), path.name)
    table, provenance = files.load(path)
    made = frame([columns.with_numbers(table)])
    made.attrs["flowroute"] = provenance
    return made


def _read_json(payload: object, name: str = "The payload") -> pd.DataFrame:
    reader = Reader(InputError)
    with suppress(Unreadable):  # where it is not JSON, the reader says so
        body = encode(payload)
        if files.is_rows(body):
            return frame([columns.with_numbers(files.rows(body, name))])
        if body.lstrip()[:1] == b"[":
            return _collect(reader.several(elements(body), name))
    return _collect([reader.read(payload, name)])


def _collect(pages: Iterable[Page]) -> pd.DataFrame:
    """Make one frame of pages, a table for about a thousand records as a reading of the service does."""
    tables: list[pa.Table] = []
    items: list[Item] = []
    bad: dict[str, str] = {}
    complete = True

    def make_table() -> None:
        table, unread = columns.table(items)
        tables.append(table)
        bad.update(unread)
        items.clear()

    for page in pages:
        items.extend(page.items)
        bad.update(page.bad)
        complete = complete and not (page.next or page.unfollowed)
        if len(items) >= _AT_ONCE:
            make_table()
    make_table()
    made = frame(tables)
    if bad or not complete:
        made.attrs["flowroute"] = {"complete": False}
    if bad:
        raise InputError(f"{counted(bad)} What could be read is in .partial.", bad=bad, partial=made)
    return made


def counted(bad: dict[str, str], what: str = "record") -> str:
    """Say how many records, or what else it is, could not be read, and of the first few why."""
    shown = "; ".join(f"{name} {why}" for name, why in list(bad.items())[:3])
    more = f" (and {len(bad) - 3} more, in .bad)" if len(bad) > 3 else ""  # noqa: PLR2004  three are shown
    return f"{len(bad)} {what}{'s' * (len(bad) > 1)} can't be understood: {shown}{more}."


def dollars(amounts: pd.Series | Decimal | None) -> pd.Series | float:
    """Make floats of exact amounts, on purpose: for plotting and statistics, never for sums.

    Parameters
    ----------
    amounts : pandas.Series or Decimal
        Amounts in dollars, such as the column ``cost``.

    Returns
    -------
    pandas.Series or float
        The nearest floats, in dollars; missing ones are ``nan``.

    Raises
    ------
    InputError
        They are not Decimals.

    Examples
    --------
    >>> dollars(money(4_000_000))
    0.004

    """
    if isinstance(amounts, pd.Series):
        return pd.Series([dollars(each) for each in amounts], index=amounts.index, name=amounts.name, dtype="float64")
    if pd.api.types.is_scalar(amounts) and pd.isna(amounts):  # type: ignore[arg-type]  # the stubs lack Decimal
        return float("nan")
    if not isinstance(amounts, (Decimal, int)) or isinstance(amounts, bool):
        raise InputError(
            f"dollars() makes floats of Decimals, and was given {type(amounts).__name__}. Give df.cost, or sums of it."
        )
    return float(amounts)
