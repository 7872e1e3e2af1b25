"""One record read with care: each attribute by itself, and what can't be read named."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from flowroute_nb.items import BROKEN, FIELDS, Attributes, Item, decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = [
    "SENT",
    "Resource",
    "called",
    "flag",
    "invalid",
    "is_receipt",
    "is_record",
    "mended",
    "nested",
    "number",
    "only_price",
    "split",
    "text",
    "whole",
]

RECEIPT = 'is a delivery receipt, not a message: read it with fr.expand(receipt, "delivery_receipts")'
SENT = "(the answer to a send looks like this: look the record up by its id)"
_DIGITS = re.compile(r"-?[0-9]{1,20}")
# A receipt may come without a type. It has one of the first, and none of the others, which every record has.
# https://developer.flowroute.com/api/messages/v2.1/receive-a-dlr/
_OF_RECEIPTS = {"level", "status_code", "status_code_description"}
_OF_RECORDS = {
    *("direction", "amount_nanodollars", "message_type", "is_mms", "has_mms", "message_encoding"),
    *("price_details", "delivery_receipts"),
}


class Resource(Struct):
    """One object of JSON:API of which nothing is known yet; the flat webhook and error bodies fit too."""

    id: Raw | UnsetType = UNSET
    type: Raw | UnsetType = UNSET
    attributes: Raw | UnsetType = UNSET
    relationships: Raw | UnsetType = UNSET
    data: Raw | UnsetType = UNSET
    links: Raw | UnsetType = UNSET
    included: Raw | UnsetType = UNSET
    errors: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    to: Raw | UnsetType = UNSET
    from_: Raw | UnsetType = field(default=UNSET, name="from")
    body: Raw | UnsetType = UNSET


# Prepared while the module is loaded: msgspec crashes the process if two threads prepare a type at once.
msgspec.json.Decoder(Resource)


class _BadValue(ValueError):
    """Why one record can't be read."""


def mended(raw: bytes, where: str, others: tuple[str, ...]) -> tuple[Item | None, str, str]:
    """Read one record: the item, or else how to name it and why it can't be read."""
    attributes, kind, _ = decoder(others)
    name = where
    try:
        loose = msgspec.json.decode(raw, type=Resource)
        type_ = _type(loose)
        name = _identity(loose)
        said = _attributes(loose, type_)
        return kind(id=name, attributes=_values(said, attributes), media=loose.relationships), name, ""
    except BROKEN:
        return None, name, "is not a JSON object"
    except _BadValue as bad:
        return None, name, str(bad)


def _type(loose: Resource) -> str | None:
    type_: str | None = None if loose.type is UNSET else msgspec.json.decode(loose.type)
    if type_ not in (None, "message", "delivery_receipt"):
        raise _BadValue(f"is of type {type_!r}, not a message. Give message records or the webhooks of messages")
    return type_


def _identity(loose: Resource) -> str:
    found = None if loose.id is UNSET else msgspec.json.decode(loose.id)
    if not isinstance(found, str) or not found:
        raise _BadValue("has no id" if found in (None, "") else "has an id that is not text")
    return found


def is_receipt(names: Collection[str]) -> bool:
    """Return whether attributes with these names are those of a delivery receipt, not of a record."""
    return not _OF_RECEIPTS.isdisjoint(names) and not is_record(names)


def is_record(names: Collection[str]) -> bool:
    """Return whether attributes with these names are those of a message record."""
    return not _OF_RECORDS.isdisjoint(names)


def nested(raw: bytes) -> bytes:
    """Return a flat record as a resource with ``attributes``; anything else as it came.

    The documented flat webhook has no direction and is always inbound; a record that was flattened keeps its own.
    https://developer.flowroute.com/docs/receive-an-inbound-message
    """
    try:
        members = msgspec.json.decode(raw, type=dict[str, Raw])
    except BROKEN:
        return raw
    receipt = is_receipt(members) and bytes(members.get("type", b"")) != b'"message"'
    if "attributes" in members or not ({"id", "to", "from"} <= members.keys() or receipt):
        return raw
    resource: dict[str, Any] = {name: members.pop(name) for name in ("id", "type", "relationships") if name in members}
    if not receipt:
        members.setdefault("direction", Raw(b'"inbound"'))
    return msgspec.json.encode({**resource, "attributes": members})


def _attributes(loose: Resource, type_: str | None) -> dict[str, bytes]:
    if loose.attributes is UNSET:
        raise _BadValue(f"has no attributes {SENT}")
    try:
        found = {name: bytes(raw) for name, raw in msgspec.json.decode(loose.attributes, type=dict[str, Raw]).items()}
    except BROKEN:
        raise _BadValue("has attributes that are not an object") from None
    if type_ == "delivery_receipt" or (type_ is None and is_receipt(found)):
        raise _BadValue(RECEIPT)
    return found


def _values(named: dict[str, bytes], kind: type[Attributes]) -> Attributes:
    """Read each attribute by itself: the usual type, or a spelling that means the same."""
    fields = FIELDS | {name: field for field, name in kind.others.items()}
    values: dict[str, Any] = {}
    for name, raw in named.items():
        try:
            values[fields[name]] = _MEND.get(name, Raw)(raw)
        except (*BROKEN, ValueError) as broken:
            raise _BadValue(f"{name} can't be read ({broken})") from None
    return kind(**values)


def only_price(record: Attributes) -> bool:
    """Return whether these are the attributes of v2.2's answer to a send, which is no record."""
    others = [getattr(record, field) for name, field in FIELDS.items() if name != "price_details"]
    return record.price_details is not UNSET and all(value in (None, UNSET) for value in others)


def text(raw: bytes) -> str | None:
    """Read JSON that is a text, or null."""
    return cast("str | None", msgspec.json.decode(raw, type=str | None))


def number(raw: bytes) -> str | None:
    """Read JSON that is a phone number, or null."""
    found = msgspec.json.decode(raw, type=str | int | None)  # the swagger file says integer, every sample is text
    return None if found is None else str(found)


def _whole(raw: bytes) -> int | None:
    found = msgspec.json.decode(raw, type=int | str | None)
    return whole(found)


def flag(raw: bytes) -> bool | None:
    """Read JSON that is true or false, also as text, or null."""
    found = msgspec.json.decode(raw, type=bool | str | None)
    if isinstance(found, str):  # Flowroute's own samples send "true"
        return {"true": True, "false": False}[found.lower()] if found.lower() in ("true", "false") else _no(found)
    return cast("bool | None", found)


def _no(found: object) -> bool:
    raise ValueError(f"neither true nor false but {type(found).__name__}")


def _any(raw: bytes) -> str:
    return raw.decode()


_MEND: dict[str, Callable[[bytes], Any]] = {
    **dict.fromkeys(("timestamp", "direction", "body", "status", "message_type"), text),
    **dict.fromkeys(("from", "to"), number),
    **dict.fromkeys(("amount_nanodollars", "message_encoding"), _whole),
    **dict.fromkeys(("is_mms", "has_mms"), flag),
    "amount_display": _any,
}


def whole(found: str | int | None) -> int | None:
    """Take a whole number that may be written as text; anything else is a ValueError."""
    if isinstance(found, str):
        if not _DIGITS.fullmatch(found):
            raise ValueError("not a whole number")
        return int(found)
    return found


def invalid(record: object) -> str | None:
    """Return which attribute of a decoded record no valid JSON can have, and why, or None."""
    if (why := _invalid(record)) is None:
        return None
    attributes = record.get("attributes", record) if isinstance(record, dict) else None
    inside = attributes if isinstance(attributes, dict) else {}
    reasons = ((name, _invalid([name, value])) for name, value in inside.items())
    name, why = next(((name, reason) for name, reason in reasons if reason), ("it", why))
    return f"{name!r} {why}" if "surrogate" in why else f"{name} {why}"


def _invalid(value: object) -> str | None:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return "has half a character (a lone surrogate)"
    except ValueError:
        return "can't be read (it has NaN or Infinity, which are not numbers in JSON)"
    return None


def called(record: object, otherwise: str) -> str:
    """Return the id of a decoded record, or else its place."""
    name = record.get("id") if isinstance(record, dict) else None
    return name if isinstance(name, str) and name.isprintable() and name else otherwise


def split(text: str) -> list[tuple[str, str]]:
    """Split valid JSON text of an object or an array into (name, text of the value); an array's names are empty."""
    decoder, first = json.JSONDecoder(), _skip(text, 0)
    found, position = [], _skip(text, first + 1)
    while text[position] not in "]}":
        name = ""
        if text[first] == "{":
            name, position = decoder.raw_decode(text, position)
            position = _skip(text, position)
        _, end = decoder.raw_decode(text, position)
        found.append((name, text[position:end]))
        position = _skip(text, end)
    return found


def _skip(text: str, position: int) -> int:
    """Return where the next value begins, after white space and separators."""
    while text[position] in " \t\r\n,:":
        position += 1
    return position
