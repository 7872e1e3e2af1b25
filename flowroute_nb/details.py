"""What stands inside a record, made rows of their own: receipts, prices, media and everything else."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from flowroute_nb import schema
from flowroute_nb.columns import Receipt, moments
from flowroute_nb.errors import InputError, keywords, lacks
from flowroute_nb.mending import is_record, nested, whole
from flowroute_nb.reader import elements, encode
from flowroute_nb.records import exact, framed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["expand"]


_Raw = msgspec.Raw | msgspec.UnsetType
_LARGEST = 10**18
_DECIMAL = re.compile(r"-?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")


class _Price(msgspec.Struct):
    base_rate: _Raw = msgspec.UNSET
    surcharge_rate: _Raw = msgspec.UNSET
    segment_count: int | str | None = None
    charged_cost: _Raw = msgspec.UNSET


class _File(msgspec.Struct):
    file_name: str | None = None
    file_size: int | str | None = None
    mime_type: str | None = None
    url: str | None = None


class _Media(msgspec.Struct):
    id: str | None = None
    attributes: _File | None = None


class _Named(msgspec.Struct):
    attributes: dict[str, msgspec.Raw]


class _ReceiptSaid(msgspec.Struct):
    id: str
    attributes: Receipt
    type: str | None = None


# Prepared while the module is loaded: msgspec crashes the process if two threads prepare a type at once.
msgspec.json.Decoder(_Price)
msgspec.json.Decoder(_Media)
msgspec.json.Decoder(_Named)
msgspec.json.Decoder(_ReceiptSaid)


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
        There is no such column, or some of its texts can't be read: ``.bad`` says which and why, ``.partial`` has
        the rest.

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
        rows, bad = _rows(records, column, rows_of)
        what, advice = f"{column} can't be read", "Look at its text in the frame."
    elif column == "delivery_receipts":
        bad = {}
        rows = _webhooks(records, "The receipt", bad)
        what, advice = "is no delivery receipt", "Give the body of a receipt's webhook, or a frame of records."
    else:
        raise InputError(f"expand(…, {column!r}) takes a frame of records, and was given a {type(records).__name__}.")
    made = framed(table, rows)
    if bad:
        name, why = next(iter(bad.items()))
        more = f" (and {len(bad) - 1} more, in .bad)" if len(bad) > 1 else ""
        raise InputError(
            f"{name}{':' * isinstance(records, pd.DataFrame)} {what}: {why}{more}. {advice} "
            f"What could be read is in .partial.",
            bad=bad,
            partial=made,
        )
    return made


def _rows(
    records: pd.DataFrame, column: str, rows_of: Callable[[bytes], Iterator[tuple[Any, ...]]]
) -> tuple[list[tuple[Any, ...]], dict[str, str]]:
    lacking = [name for name in ("id", column) if name not in records]
    if lacking:
        raise InputError(f"{lacks('The frame', lacking)}. Give records, as messages() or read() return.")
    rows: list[tuple[Any, ...]] = []
    bad: dict[str, str] = {}
    for record_id, text in zip(records["id"], records[column], strict=True):
        if isinstance(text, str):
            try:
                rows.extend([(record_id, *row) for row in rows_of(text.encode())])
            except (msgspec.MsgspecError, ValueError) as broken:
                bad[record_id] = str(broken)
    return rows, bad


def _receipt_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    return map(_receipt, msgspec.json.decode(said, type=list[Receipt]))


def _receipt(receipt: Receipt) -> tuple[Any, ...]:
    timestamp = moments([receipt.timestamp], "timestamp")[0].as_py()
    level, code = _whole(receipt.level, "level"), _whole(receipt.status_code, "status_code")
    return level, receipt.status, code, receipt.status_code_description, timestamp


def _webhooks(payload: object, place: str, bad: dict[str, str]) -> list[tuple[Any, ...]]:
    """Read the bodies of receipts' webhooks, in lists or by themselves; why one can't be read goes into ``bad``."""
    try:
        if not isinstance(payload, (list, tuple)):
            body = encode(payload)
            if body.lstrip()[:1] != b"[":
                return [_webhook(body)]
            payload = elements(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as broken:
        bad[place] = str(broken)
        return []
    return [row for n, each in enumerate(payload) for row in _webhooks(each, f"{place}[{n}]", bad)]


def _webhook(body: bytes) -> tuple[Any, ...]:
    """Read the body of a receipt's webhook: with ``data`` as documented, bare as it has been seen, or flat."""
    top = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    resource = nested(bytes(top.get("data", body)))
    found = msgspec.json.decode(resource, type=_ReceiptSaid)
    if found.type not in (None, "delivery_receipt"):
        raise ValueError(f"it is of type {found.type!r}; read messages with fr.read")
    names = msgspec.json.decode(resource, type=_Named).attributes.keys()
    if found.type is None and (not names & {"level", "status", "status_code"} or is_record(names)):
        raise ValueError("it has no type, and not the attributes of a receipt; read messages with fr.read")
    try:
        return found.id, *_receipt(found.attributes)
    except ValueError as broken:
        why = f"{found.id}: {broken}"
    raise ValueError(why)


def _whole(value: int | str | None, name: str) -> int | None:
    try:
        number = whole(value)
    except ValueError:
        raise ValueError(f"{name} is not a whole number") from None
    if number is not None and abs(number) > _LARGEST:
        raise ValueError(f"{name} is larger than any that can be true")
    return number


def _amount(raw: _Raw, name: str) -> Decimal | None:
    """Read dollars from text or a JSON number, but not "NaN", "1_000" or digits of other scripts, as Decimal would."""
    text = "null" if raw is msgspec.UNSET else bytes(raw).decode()
    if text.startswith('"'):
        text = msgspec.json.decode(text, type=str)
    elif text == "null":
        return None
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{name} is not an amount of dollars")
    return exact(Decimal(text))


def _price_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    price = msgspec.json.decode(said, type=_Price)
    base, surcharge, charged = (
        _amount(getattr(price, name), name) for name in ("base_rate", "surcharge_rate", "charged_cost")
    )
    yield base, surcharge, _whole(price.segment_count, "segment_count"), charged


def _media_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    for media in msgspec.json.decode(said, type=list[_Media]):
        file = media.attributes or _File()
        yield media.id, file.file_name, _whole(file.file_size, "file_size"), file.mime_type, file.url


def _other_rows(said: bytes) -> Iterator[tuple[Any, ...]]:
    return ((name, bytes(raw).decode()) for name, raw in msgspec.json.decode(said, type=dict[str, msgspec.Raw]).items())


_TABLES: dict[str, tuple[tuple[schema.Column, ...], Callable[[bytes], Iterator[tuple[Any, ...]]]]] = {
    "delivery_receipts": (schema.RECEIPTS, _receipt_rows),
    "price_details": (schema.PRICES, _price_rows),
    "media": (schema.MEDIA, _media_rows),
    "other": (schema.OTHER, _other_rows),
}
