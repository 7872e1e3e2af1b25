"""What stands inside a record, made rows of their own: receipts, prices, media and everything else."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from flowroute_nb import schema
from flowroute_nb.columns import Receipt, moments
from flowroute_nb.errors import InputError, keywords, lacks
from flowroute_nb.mending import whole
from flowroute_nb.reader import encode
from flowroute_nb.records import exact, framed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["expand"]


class _Price(msgspec.Struct):
    base_rate: Decimal | None = None
    surcharge_rate: Decimal | None = None
    segment_count: int | str | None = None
    charged_cost: Decimal | None = None


class _File(msgspec.Struct):
    file_name: str | None = None
    file_size: int | str | None = None
    mime_type: str | None = None
    url: str | None = None


class _Media(msgspec.Struct):
    id: str | None = None
    attributes: _File | None = None


class _ReceiptSaid(msgspec.Struct):
    id: str
    attributes: Receipt
    type: str | None = None


@keywords
def expand(records: pd.DataFrame | bytes | str | Mapping[str, Any] | Sequence[Any], column: str) -> pd.DataFrame:
    """Give what stands inside one JSON column of the records rows of its own.

    Parameters
    ----------
    records : pandas.DataFrame
        Records; or, for ``"delivery_receipts"``, the body of a receipt's webhook in any envelope (bytes, text, dict,
        or a list of these).
    column : str
        ``"delivery_receipts"``, ``"price_details"``, ``"media"`` or ``"other"``.

    Returns
    -------
    pandas.DataFrame
        The record's ``id`` first, then: for receipts ``level``, ``status``, ``status_code``,
        ``status_code_description``, ``timestamp``; for prices ``base_rate``, ``surcharge_rate``, ``segment_count``,
        ``charged_cost`` (Decimals, dollars); for media ``media_id``, ``file_name``, ``file_size`` (bytes),
        ``mime_type``, ``url``; for other ``name``, ``value`` (JSON text). In the order of the records.

    Raises
    ------
    InputError
        There is no such column, or its text can't be read: the message names the record.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.1/receive-a-dlr/

    Examples
    --------
    >>> receipt = {"id": "mdr2-1", "type": "delivery_receipt", "attributes": {"level": 2, "status_code": 1004}}
    >>> expand(receipt, "delivery_receipts")[["id", "level", "status_code"]].values.tolist()
    [['mdr2-1', 2, 1004]]

    """
    if column not in _TABLES:
        raise InputError(f"expand() has no column {column!r}. Give one of {', '.join(map(repr, _TABLES))}.")
    table, rows_of = _TABLES[column]
    if isinstance(records, pd.DataFrame):
        return framed(table, _rows(records, column, rows_of))
    if column != "delivery_receipts":
        raise InputError(f"expand(…, {column!r}) takes a frame of records, and was given a {type(records).__name__}.")
    if isinstance(records, str):
        records = records.encode("utf-8", "surrogatepass")
    said = records if isinstance(records, bytes) else encode(records)
    return framed(table, list(_receipts_said(said, "The receipt")))


def _rows(
    records: pd.DataFrame, column: str, rows_of: Callable[[bytes], Iterator[tuple[Any, ...]]]
) -> list[tuple[Any, ...]]:
    lacking = [name for name in ("id", column) if name not in records]
    if lacking:
        raise InputError(f"{lacks('The frame', lacking)}. Give records, as messages() or read() return.")
    found: list[tuple[Any, ...]] = []
    for name, said in zip(records["id"], records[column], strict=True):
        if isinstance(said, str):
            found.extend((name, *row) for row in _read(name, column, said, rows_of))
    return found


def _read(
    name: str, column: str, said: str, rows_of: Callable[[bytes], Iterator[tuple[Any, ...]]]
) -> list[tuple[Any, ...]]:
    try:
        return list(rows_of(said.encode()))
    except (msgspec.MsgspecError, ValueError) as broken:
        why = str(broken)
    raise InputError(f"{name}: {column} can't be read ({why}). Look at its text in the frame.", bad={name: why})


def _receipt_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    return map(_receipt, msgspec.json.decode(said, type=list[Receipt]))


def _receipt(said: Receipt) -> tuple[Any, ...]:
    moment = moments([said.timestamp], "timestamp")[0].as_py()
    return whole(said.level), said.status, whole(said.status_code), said.status_code_description, moment


def _receipts_said(said: bytes, place: str) -> Iterator[tuple[Any, ...]]:
    """Read the body of a receipt's webhook: with ``data`` as documented, or bare as it has been seen."""
    try:
        if said.lstrip()[:1] == b"[":
            for at, each in enumerate(msgspec.json.decode(said, type=list[msgspec.Raw])):
                yield from _receipts_said(bytes(each), f"{place}[{at}]")
            return
        top = msgspec.json.decode(said, type=dict[str, msgspec.Raw])
        found = msgspec.json.decode(top.get("data", said), type=_ReceiptSaid)
        if found.type in (None, "delivery_receipt"):
            yield found.id, *_receipt(found.attributes)
            return
        why = f"it is of type {found.type!r}; read messages with fr.read"
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as broken:
        if isinstance(broken, InputError):
            raise
        why = str(broken)
    raise InputError(
        f"{place} is no delivery receipt: {why}. Give the body of a receipt's webhook, or a frame of records."
    )


def _price_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    price = msgspec.json.decode(said, type=_Price)
    yield exact(price.base_rate), exact(price.surcharge_rate), whole(price.segment_count), exact(price.charged_cost)


def _media_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    for media in msgspec.json.decode(said, type=list[_Media]):
        file = media.attributes or _File()
        yield media.id, file.file_name, whole(file.file_size), file.mime_type, file.url


def _other_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    return ((name, bytes(raw).decode()) for name, raw in msgspec.json.decode(said, type=dict[str, msgspec.Raw]).items())


_TABLES: dict[str, tuple[tuple[schema.Column, ...], Callable[[bytes], Iterator[tuple[Any, ...]]]]] = {
    "delivery_receipts": (schema.RECEIPTS, _receipt_rows),
    "price_details": (schema.PRICES, _price_rows),
    "media": (schema.MEDIA, _media_rows),
    "other": (schema.OTHER, _other_rows),
}
