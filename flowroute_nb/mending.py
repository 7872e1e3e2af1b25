"""One record read with care: each attribute by itself, and what can't be read named."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from flowroute_nb.errors import InputError
from flowroute_nb.items import BROKEN, FIELDS, Attributes, Item, decoder

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SENT", "Resource", "called", "flag", "half", "mended", "number", "only_price", "text", "whole"]

SENT = "(the answer to a send looks like this: look the record up by its id)"
_DIGITS = re.compile(r"-?\d{1,20}")


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


class _BadValue(ValueError):
    """Why one record can't be read."""


def mended(raw: bytes, where: str, others: tuple[str, ...]) -> tuple[Item | None, str, str]:
    """Read one record: the item, or else how to name it and why it can't be read."""
    attributes, kind, _ = decoder(others)
    name = where
    try:
        loose = msgspec.json.decode(raw, type=Resource)
        _check_type(loose, where)
        name = _identity(loose)
        said = _attributes(loose)
        return kind(id=name, attributes=_values(said, attributes), media=loose.relationships), name, ""
    except BROKEN:
        return None, name, "is not a JSON object"
    except _BadValue as bad:
        return None, name, str(bad)


def _identity(loose: Resource) -> str:
    found = None if loose.id is UNSET else msgspec.json.decode(loose.id)
    if not isinstance(found, str) or not found:
        raise _BadValue("has no id" if found in (None, "") else "has an id that is not text")
    return found


def _check_type(loose: Resource, name: str) -> None:
    kind = None if loose.type is UNSET else msgspec.json.decode(loose.type)
    if kind == "delivery_receipt":
        raise InputError(
            f'{name} is a delivery receipt, not a message: read it with fr.expand(receipt, "delivery_receipts").'
        )
    if kind not in (None, "message"):
        raise InputError(
            f"{name} is of type {kind!r}, not a message. Give message records or the webhooks of messages."
        )


def _attributes(loose: Resource) -> dict[str, bytes]:
    if loose.attributes is UNSET:
        raise _BadValue(f"has no attributes {SENT}")
    try:
        found = {name: bytes(raw) for name, raw in msgspec.json.decode(loose.attributes, type=dict[str, Raw]).items()}
    except BROKEN:
        raise _BadValue("has attributes that are not an object") from None
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


def only_price(said: Attributes) -> bool:
    """Say whether these are the attributes of v2.2's answer to a send, which is no record."""
    nothing = said.direction is said.from_ is said.to is said.timestamp is said.amount_nanodollars is None
    return nothing and said.price_details is not UNSET


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


def half(said: object) -> str | None:
    """Say which attribute of a record has a surrogate without its other half."""
    attributes = said.get("attributes") if isinstance(said, dict) else None
    inside = attributes if isinstance(attributes, dict) else {}
    for name, value in (*inside.items(), ("it", said)):
        try:
            json.dumps([name, value], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return f"{name!r} has half a character (a lone surrogate)"
    return None


def called(said: dict[str, Any], otherwise: str) -> str:
    """Name a record by its id, or else by its place."""
    name = said.get("id")
    return name if isinstance(name, str) and name.isprintable() and name else otherwise
