"""Items become columns: the twenty of the schema, each made in one go."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET, Raw, Struct, UnsetType

from flowroute_nb import phone, text
from flowroute_nb.mending import whole
from flowroute_nb.schema import RECORD, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flowroute_nb.items import Item
    from flowroute_nb.ranges import Span

__all__ = [
    "ARROW",
    "STORED",
    "Receipt",
    "blank",
    "count",
    "joined",
    "moments",
    "numbers",
    "since",
    "table",
    "with_numbers",
    "within",
]

#: How each dtype of the schema is held on its way to pandas.
ARROW = {
    "str": pa.large_string(),
    "Int64": pa.int64(),
    "Int8": pa.int8(),
    "boolean": pa.bool_(),
    "datetime64[us, UTC]": pa.timestamp("us", tz="UTC"),
}
#: The columns as they are held: all but cost, which says what amount_nanodollars says.
STORED = pa.schema([(column.name, ARROW[column.dtype]) for column in RECORD if column.dtype != "decimal"])

_YES, _NO = pa.scalar(value=True), pa.scalar(value=False)
_COUNTRY_CODE_1 = r"^\+?1[0-9]{10}$"
_LARGEST = 10**18  # nanodollars: a billion dollars a message is a mistake, and sums of such amounts would wrap
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)? ?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
# The years of Python's datetime, and so of nearly every program.
_FIRST_MOMENT, _LAST_MOMENT = (
    pa.scalar(moment, ARROW["datetime64[us, UTC]"])
    for moment in (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))
)
_DEFAULT, _DELIVERED, _FAILED = 1000, 1004, 1005  # https://support.flowroute.com/681766-Delivery-Receipt-Response-Codes


# What a receipt says in words: as seen, the names of Kannel, which Flowroute's resemble, and the meanings of the codes.
# https://support.flowroute.com/681766-Delivery-Receipt-Response-Codes https://www.kannel.org/userguide.shtml
_WORDS = {
    **dict.fromkeys(("delivered", "delivery success", "delivered to handset"), "delivered"),
    **dict.fromkeys(("smsc submit", "mmsc submit", "message buffered", "message sent"), "pending"),
    **dict.fromkeys(("default state", "queued", "queued for delivery", "sent", "accepted by carrier"), "pending"),
    **dict.fromkeys(("failed", "delivery failure", "smsc reject", "mmsc reject", "rejected", "expired"), "failed"),
    **dict.fromkeys(("undelivered", "permanent send error", "partial send failure", "user opted out"), "failed"),
}


class Receipt(Struct, gc=False):
    """One delivery receipt as it stands in a record."""

    level: int | str | None = None
    status: str | None = None
    status_code: int | str | None = None
    status_code_description: str | None = None
    timestamp: str | None = None


class _Price(Struct, gc=False):
    segment_count: int | str | None = None


# Prepared while the module is loaded: msgspec crashes the process if two threads prepare a type at once.
msgspec.json.Decoder(Receipt)
msgspec.json.Decoder(_Price)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables one under the other."""
    return pa.concat_tables([STORED.empty_table(), *tables])


def blank(record_id: str) -> pa.Table:
    """Make the row of a record of which only the id is known."""
    return pa.table([[record_id] if field.name == "id" else pa.nulls(1, field.type) for field in STORED], schema=STORED)


def within(said: pa.Table, span: Span) -> pa.Table:
    """Keep what lies in a range; what has no time stays, because nobody can say that it lies outside."""
    moments, (start, end) = said["timestamp"], (pa.scalar(each, ARROW["datetime64[us, UTC]"]) for each in span)
    return said.filter(pc.fill_null(pc.and_(pc.greater_equal(moments, start), pc.less(moments, end)), _YES))


def count(table: pa.Table, span: Span) -> int:
    """Count the records of a range, each once."""
    return int(pc.count_distinct(within(table, span)["id"]).as_py())


def since(said: pa.Table, moment: dt.datetime) -> pa.Table:
    """Keep the rows from a moment on."""
    return said.filter(pc.greater_equal(said["timestamp"], pa.scalar(moment, ARROW["datetime64[us, UTC]"])))


class _Unreadable(ValueError):
    """One value of one item: its place and why."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at


def table(items: list[Item]) -> tuple[pa.Table, dict[str, str]]:
    """Make the stored columns of these items, and say which items could not be read, and why."""
    bad: dict[str, str] = {}
    while True:
        try:
            return _columns(items), bad
        except _Unreadable as found:
            bad[items[found.at].id] = str(found)
            items = items[: found.at] + items[found.at + 1 :]


def _columns(items: list[Item]) -> pa.Table:
    said = [item.attributes for item in items]
    made: dict[str, pa.Array] = {
        "timestamp": moments([a.timestamp for a in said], "timestamp"),
        "direction": _strings([a.direction for a in said]),
        "body": _strings([a.body for a in said]),
        "status": _strings([a.status for a in said]),
        "message_type": _strings([a.message_type for a in said]),
        "is_mms": pa.array([a.has_mms if a.is_mms is None else a.is_mms for a in said], pa.bool_()),
        "message_encoding": _integers([a.message_encoding for a in said], "message_encoding", 127),
        "from": numbers(_strings([a.from_ for a in said])),
        "to": numbers(_strings([a.to for a in said])),
        "amount_nanodollars": _integers([a.amount_nanodollars for a in said], "amount_nanodollars", _LARGEST),
        "media": _texts(_json([item.media for item in items]), "media"),
        "other": _texts(_others(items), "other"),
        "id": _strings([item.id for item in items]),
    }
    prices = _json([a.price_details for a in said])
    receipts = _json([a.delivery_receipts for a in said])
    made["price_details"] = _texts(prices, "price_details")
    made["delivery_receipts"] = _texts(receipts, "delivery_receipts")
    made["message_type"] = pc.if_else(  # v2's spelling
        pc.equal(made["message_type"], "long-code"), pa.scalar("longcode", pa.large_string()), made["message_type"]
    )
    outbound, inbound = pc.equal(made["direction"], "outbound"), pc.equal(made["direction"], "inbound")
    made["number"] = pc.case_when(pc.make_struct(outbound, inbound), made["from"], made["to"])
    made["contact"] = pc.case_when(pc.make_struct(outbound, inbound), made["to"], made["from"])
    made["segments"] = _segments(made["body"], made["is_mms"], prices)
    made["delivery"] = _delivery(inbound, receipts)
    return pa.table([made[name] for name in STORED.names], schema=STORED)


def numbers(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Convert a column of phone numbers to the format of this package, each distinct number once."""
    if pc.all(pc.match_substring_regex(column, _COUNTRY_CODE_1)).as_py() is not False:  # null: none is known
        return pc.utf8_ltrim(column, characters="+")
    chunk = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = chunk.dictionary_encode()
    written = _strings([phone.from_record(number) for number in encoded.dictionary.to_pylist()])
    return written.take(encoded.indices)


def with_numbers(said: pa.Table) -> pa.Table:
    """Write the phone numbers of a table that comes from a file, as :func:`numbers` does."""
    for name in ("number", "contact", "from", "to"):
        said = said.set_column(said.schema.get_field_index(name), STORED.field(name), numbers(said[name]))
    return said


def _strings(values: Sequence[str | bytes | None]) -> pa.Array:
    return pa.array(values, pa.large_string())


def _json(raws: list[Raw | UnsetType]) -> list[bytes | None]:
    """Give JSON values as they came; one that is absent or null is missing."""
    if all(raw is UNSET for raw in raws):
        return [None] * len(raws)
    said = [None if raw is UNSET else bytes(raw) for raw in raws]
    return [None if each == b"null" else each for each in said] if b"null" in said else said


def _texts(values: list[bytes | None], name: str) -> pa.Array:
    """Take JSON values as they came: no decoder has looked into them, so they may hold bytes that are not UTF-8."""
    try:
        return _strings(values)
    except pa.ArrowInvalid:
        pass
    for at, value in enumerate(values):
        try:
            (value or b"").decode()
        except UnicodeDecodeError as broken:
            raise _Unreadable(at, f"{name} can't be read ({broken})") from None
    raise AssertionError(name)  # pragma: no cover  one of them was refused above


def _integers(values: list[int | str | None], name: str, largest: int) -> pa.Array:
    """Take integers, or digits as text, that are no larger than can be true."""
    try:
        column = pa.array([v if v is None or type(v) is int else whole(v) for v in values], pa.int64())
        if len(column) == column.null_count or pc.max(pc.abs_checked(column)).as_py() <= largest:
            return column.cast(ARROW[next(c.dtype for c in RECORD if c.name == name)])
    except (ValueError, OverflowError):
        pass
    for at, value in enumerate(values):
        try:
            found = whole(value)
        except ValueError:
            raise _Unreadable(at, f"{name} is not a whole number") from None
        if found is not None and abs(found) > largest:
            raise _Unreadable(at, f"{name} is larger than any that can be true")
    raise AssertionError(name)  # pragma: no cover  one of them was refused above


def moments(values: Sequence[str | None], name: str) -> pa.Array:
    """Take timestamps in any of the sheet's spellings; without a zone they are UTC, as documented."""
    kind = ARROW["datetime64[us, UTC]"]
    try:
        column = pa.array(values, pa.large_string()).cast(kind)
    except pa.ArrowInvalid:  # one without a zone, with nine digits, or that is no timestamp
        for at, value in enumerate(values):
            if value is not None and not _MOMENT.fullmatch(value):
                raise _Unreadable(at, f"{name} is no timestamp") from None
        parsed = pd.to_datetime(pd.Series(list(values), dtype=TEXT), format="ISO8601", utc=True, errors="coerce")
        column = pa.Array.from_pandas(parsed.dt.as_unit("us")).cast(kind)
    valid = pc.and_(pc.greater_equal(column, _FIRST_MOMENT), pc.less_equal(column, _LAST_MOMENT))
    if (pc.sum(valid).as_py() or 0) == sum(value is not None for value in values):
        return column
    at = next(n for n, value in enumerate(values) if value is not None and not valid[n].as_py())
    raise _Unreadable(at, f"{name} is no moment that exists")


def _others(items: list[Item]) -> list[bytes | None]:
    """Gather the attributes that have no column, as one JSON text a record."""
    found: list[bytes | None] = [None] * len(items)
    for kind in dict.fromkeys(type(item.attributes) for item in items):  # payloads of a list may differ in theirs
        mine = [(at, item.attributes) for at, item in enumerate(items) if type(item.attributes) is kind]
        for field, name in kind.others.items():
            key = msgspec.json.encode(name) + b":"
            for at, raw in [(at, getattr(attributes, field)) for at, attributes in mine]:
                if raw is not UNSET:
                    before = found[at]
                    found[at] = (b"{" if before is None else before + b",") + key + bytes(raw)
    return [said and msgspec.json.format(said + b"}", indent=-1) for said in found]


def _segments(body: pa.Array, is_mms: pa.Array, prices: list[bytes | None]) -> pa.Array:
    """Take what the service counted, else count by its published rule; an MMS has no segments of its own."""
    characters = pc.utf8_length(body)
    ascii_only = pc.equal(pc.binary_length(body), characters)
    parts = text.parts(np.asarray(characters.fill_null(0)), np.asarray(pc.fill_null(ascii_only, _YES)))
    counts = pc.and_(pc.is_valid(body), pc.invert(pc.fill_null(is_mms, _NO)))
    counted = pc.if_else(counts, pa.array(parts, pa.int64()), pa.scalar(None, pa.int64()))
    if not any(prices):
        return counted
    said = pa.array([_segment_count(price, at) for at, price in enumerate(prices)], pa.int64())
    return pc.coalesce(said, counted)


def _segment_count(price: bytes | None, at: int) -> int | None:
    if price is None:
        return None
    try:
        found = whole(msgspec.json.decode(price, type=_Price).segment_count)
    except (msgspec.MsgspecError, ValueError):
        raise _Unreadable(at, "price_details can't be read") from None
    if found is not None and not 0 <= found <= _LARGEST:
        raise _Unreadable(at, "price_details has a segment_count that can't be true")
    return found


def _delivery(inbound: pa.Array, receipts: list[bytes | None]) -> pa.Array:
    """Say what became of each message, by its receipt of the highest level, then the latest."""
    outcomes = [_outcome(each, at, receipts) if each else "unknown" for at, each in enumerate(_stages(receipts))]
    return pc.if_else(pc.fill_null(inbound, _NO), pa.scalar("received", pa.large_string()), _strings(outcomes))


class _Stage(Struct, gc=False):
    """As much of a receipt as says what became of the message."""

    level: int | str | None = None
    status: str | None = None
    status_code: int | str | None = None


_LOWEST = 0  # the level of a receipt that says none
_STAGES = msgspec.json.Decoder(list[list[_Stage] | None])
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def _stages(texts: list[bytes | None]) -> list[list[_Stage] | None]:
    try:
        return _STAGES.decode(b"[" + b",".join([t or b"null" for t in texts]) + b"]")
    except msgspec.MsgspecError:
        pass
    for at, each in enumerate(texts):
        try:
            msgspec.json.decode(each or b"null", type=list[_Stage] | None)
        except msgspec.MsgspecError as broken:
            raise _Unreadable(at, f"delivery_receipts can't be read ({broken})") from None
    raise AssertionError("delivery_receipts")  # pragma: no cover  one of them was refused above


def _outcome(stages: list[_Stage], at: int, texts: list[bytes | None]) -> str:
    try:
        return _delivery_of(_last(stages, texts[at] or b""))
    except (ValueError, msgspec.MsgspecError) as broken:
        raise _Unreadable(at, f"delivery_receipts can't be read ({broken})") from None


def _delivery_of(receipt: _Stage) -> str:
    """Return what a receipt says of its message: by its code, or by its word where it has no code that is known."""
    code = receipt.status_code if type(receipt.status_code) is int else whole(receipt.status_code)
    if code is None or code < _DEFAULT:
        word = " ".join((receipt.status or "").lower().replace("_", " ").split())
        return _WORDS.get(word) or ("pending" if word.endswith(" submit") else "unknown")
    if code >= _FAILED:
        return "failed"
    return "delivered" if code == _DELIVERED else "pending"


def _last(stages: list[_Stage], text: bytes) -> _Stage:
    """Find the receipt of the highest level; where it has several, the latest in time, not in the order of texts.

    Of several at the same time, and of those without a time, one that says how it ended is the later one.
    """
    last, highest, among = stages[0], -math.inf, 0
    for stage in stages:
        level = stage.level if type(stage.level) is int else whole(stage.level) or _LOWEST
        if level > highest:
            last, highest, among = stage, level, 1
        elif level == highest:
            among += 1
    if among == 1:
        return last
    moments_ = [_moment(receipt.timestamp) for receipt in msgspec.json.decode(text, type=list[Receipt])]
    tied = [n for n, stage in enumerate(stages) if (whole(stage.level) or _LOWEST) == highest]
    return stages[max(tied, key=lambda n: (moments_[n], _delivery_of(stages[n]) in ("delivered", "failed")))]


def _moment(said: str | None) -> dt.datetime:
    moment = _NEVER if said is None else dt.datetime.fromisoformat(said)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
