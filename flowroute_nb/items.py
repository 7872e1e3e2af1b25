"""Bytes become items: one typed struct for each message the service spoke of, nothing lost."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from flowroute_nb.errors import FlowrouteError, InputError, ServiceBroken

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Attributes", "Item", "Page", "Reader", "encode", "whole"]

_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_DIGITS = re.compile(r"-?\d{1,20}")
_MANY = 256  # attributes without a column that are kept in mind at once


class Attributes(Struct, gc=False, forbid_unknown_fields=True):
    """The attributes of a message record that have a column; a subclass adds those that have none."""

    timestamp: str | None = None
    direction: str | None = None
    from_: str | None = field(default=None, name="from")
    to: str | None = None
    amount_nanodollars: int | str | None = None  # an integer in records, text in the webhook of an SMS
    amount_display: str | None = None  # documented as a float, always text; the nanodollars say it better
    body: str | None = None
    status: str | None = None
    message_type: str | None = None
    is_mms: bool | None = None
    has_mms: bool | None = None  # is_mms in v2
    message_encoding: int | None = None
    price_details: Raw | UnsetType = UNSET
    delivery_receipts: Raw | UnsetType = UNSET

    others: ClassVar[dict[str, str]] = {}  # field -> JSON name, of the attributes that have no column


class Item(Struct, gc=False):
    """One message as the service said it."""

    id: str
    attributes: Attributes
    type: str | None = None
    media: Raw | UnsetType = field(default=UNSET, name="relationships")  # becomes relationships.media.data, filled in


class Page(NamedTuple):
    """What one answer held: its items, the records that could not be read and why, and where the next page is."""

    items: list[Item]
    bad: dict[str, str]
    next: str | None = None

    def __repr__(self) -> str:
        """Say how much there is, not what."""
        return f"<Page of {len(self.items)}, {len(self.bad)} bad>"


class _Links(Struct):
    next: str | None = None


class _Resource(Struct):
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


class _Media(Struct):
    data: Raw | UnsetType = UNSET


class _Relationships(Struct):
    media: _Media | None = None


class _Key(Struct):
    id: str
    type: str | None = None


_FIELDS = {f.encode_name: f.name for f in msgspec.structs.fields(Attributes)}
_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')


@lru_cache(maxsize=64)
def _decoder(others: tuple[str, ...]) -> tuple[type[Attributes], type[Item], msgspec.json.Decoder[Any]]:
    """Make the strict decoder of documents whose records may have these attributes besides the known ones."""
    # A name that msgspec can't rename to gets one nobody can say: its records are read carefully, one by one.
    said = [name if _PLAIN.fullmatch(name) else token_hex(16) for name in others]
    extra = [(f"other_{n}", Raw | UnsetType, field(default=UNSET, name=name)) for n, name in enumerate(said)]
    names = {f"other_{n}": name for n, name in enumerate(others)}
    attributes = msgspec.defstruct(
        "Attributes", extra, bases=(Attributes,), namespace={"others": names}, gc=False, forbid_unknown_fields=True
    )
    item = msgspec.defstruct("Item", [("attributes", attributes)], bases=(Item,), gc=False)
    document = msgspec.defstruct(
        "Document",
        [("data", list[item] | item), ("links", _Links | None, None), ("included", Raw | UnsetType, UNSET)],  # type: ignore[valid-type]
    )
    return cast("type[Attributes]", attributes), cast("type[Item]", item), msgspec.json.Decoder(document)


class Reader:
    """Reads answers, and learns the attributes it has not met before, so that a page is decoded in one go.

    Parameters
    ----------
    blame : type of FlowrouteError
        What is raised when a whole answer is no answer: the service's fault, or the caller's.

    """

    def __init__(self, blame: type[FlowrouteError] = ServiceBroken) -> None:
        self._blame = blame
        self._others: tuple[str, ...] = ()

    def read(self, body: bytes, place: str = "the answer") -> Page:
        """Read a page, one record, a webhook in any of its envelopes, or a list of these."""
        if body.lstrip()[:1] == b"[":
            return self._several(body, place)
        try:
            said = _decoder(self._others)[2].decode(body)
        except _BROKEN:
            return self._carefully(body, place)
        items = said.data if isinstance(said.data, list) else [said.data]
        strange = [item for item in items if item.type not in (None, "message") or not item.id]
        if strange:
            return self._carefully(body, place)
        _fill_media(items, said.included)
        return Page(items, {}, said.links.next if said.links else None)

    def _several(self, body: bytes, place: str) -> Page:
        pages = [self.read(bytes(raw), f"{place}[{n}]") for n, raw in enumerate(self._decode(body, list[Raw], place))]
        bad = {key: why for page in pages for key, why in page.bad.items()}
        return Page([item for page in pages for item in page.items], bad)

    def _carefully(self, body: bytes, place: str) -> Page:
        """Read what is not a document of nothing but known attributes in their usual types."""
        try:
            top = msgspec.json.decode(body, type=_Resource)
        except _BROKEN:
            return self._without_halves(body, place)
        if top.data is UNSET:
            raws = [self._bare(top, body, place)]
        elif bytes(top.data).lstrip()[:1] == b"[":
            raws = [bytes(raw) for raw in self._decode(bytes(top.data), list[Raw], place)]
        else:
            raws = [bytes(top.data)]
        if self._learn(raws):
            return self.read(body, place)
        items, bad = [], {}
        for n, raw in enumerate(raws):
            where = f"{place}.data[{n}]"
            item, name, why = self._record(raw, where)
            if item is None:
                bad[name] = why
            else:
                items.append(item)
        _fill_media(items, top.included)
        links = None if top.links is UNSET else self._decode(bytes(top.links), _Links | None, f"{place}.links")
        return Page(items, bad, links.next if links else None)

    def _without_halves(self, body: bytes, place: str) -> Page:
        """Read a page in which a record has half a character, which spoils the whole for a strict decoder."""
        try:
            said = json.loads(body)
            records = [(n, each, _half(each)) for n, each in enumerate(said["data"])]
        except (ValueError, TypeError, KeyError, RecursionError):
            records = []
        if not any(half for _, _, half in records):
            self._decode(body, _Resource, place)  # says what is wrong with it
        rest = {**said, "data": [each for _, each, half in records if not half]}
        page = self.read(json.dumps(rest).encode(), place)
        spoilt = {_called(each, f"{place}.data[{n}]"): half for n, each, half in records if half}
        return Page(page.items, page.bad | spoilt, page.next)

    def _bare(self, top: _Resource, body: bytes, place: str) -> bytes:
        """Bring the envelopes without ``data`` into the shape of a record."""
        if top.errors is not UNSET or top.error is not UNSET:
            raise self._blame(
                f"{place} is an error that the service gave, not a record: look at its status and reason."
            )
        if top.attributes is not UNSET:
            return body  # {"attributes": …, "id": …, "type": …}
        if UNSET in (top.id, top.to, top.from_):
            raise self._blame(
                f"{place} is no message record: it has neither data nor attributes, nor the id, to and from of the "
                "flat webhook. Give an answer of the API, or the body of a webhook."
            )
        # https://developer.flowroute.com/docs/receive-an-inbound-message: the flat webhook is always inbound
        flat = {**self._decode(body, dict[str, Raw], place), "direction": "inbound"}
        return msgspec.json.encode({"id": flat.pop("id"), "type": flat.pop("type", "message"), "attributes": flat})

    def _learn(self, raws: list[bytes]) -> bool:
        """Take the names of all attributes of these records, so that one decoder serves them all; say if any is new."""
        met: dict[str, None] = {}
        for raw in raws:
            try:
                top = msgspec.json.decode(raw, type=_Named)
            except _BROKEN:
                continue
            met.update(dict.fromkeys(top.attributes))
        new = tuple(name for name in met if name not in _FIELDS and name not in self._others)
        if new:
            both = self._others + new
            self._others = both if len(both) <= _MANY else tuple(name for name in met if name not in _FIELDS)
        return bool(new)

    def _record(self, raw: bytes, where: str) -> tuple[Item | None, str, str]:
        """Read one record: the item, or else how to name it and why it can't be read."""
        attributes, kind, _ = _decoder(self._others)
        name = where
        try:
            loose = msgspec.json.decode(raw, type=_Resource)
            name = _identity(loose)
            _check_type(loose, name)
            named = _attributes(loose)
            return kind(id=name, attributes=_mended(named, attributes), media=loose.relationships), name, ""
        except _BROKEN:
            return None, name, "is not a JSON object"
        except _BadValue as bad:
            return None, name, str(bad)
        except InputError as wrong:
            raise self._blame(str(wrong)) from None

    def _decode(self, body: bytes, kind: Any, place: str) -> Any:  # noqa: ANN401  as msgspec's own signature
        try:
            return msgspec.json.decode(body, type=kind)
        except _BROKEN as broken:
            why = f"{place} is not what Flowroute says: {broken}."
        raise self._blame(f"{why} Expected JSON: a record, a page of records, or the body of a webhook.")


class _Named(Struct):
    attributes: dict[str, Raw] = {}


class _BadValue(ValueError):
    """Why one record can't be read."""


def _half(said: object) -> str | None:
    """Say which attribute of a record has a surrogate without its other half."""
    attributes = said.get("attributes") if isinstance(said, dict) else None
    inside = attributes if isinstance(attributes, dict) else {}
    for name, value in (*inside.items(), ("it", said)):
        try:
            json.dumps([name, value], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return f"{name!r} has half a character (a lone surrogate)"
    return None


def _called(said: dict[str, Any], otherwise: str) -> str:
    name = said.get("id")
    return name if isinstance(name, str) and name.isprintable() and name else otherwise


def _identity(loose: _Resource) -> str:
    found = None if loose.id is UNSET else msgspec.json.decode(loose.id)
    if not isinstance(found, str) or not found:
        raise _BadValue("has no id" if found in (None, "") else "has an id that is not text")
    return found


def _check_type(loose: _Resource, name: str) -> None:
    kind = None if loose.type is UNSET else msgspec.json.decode(loose.type)
    if kind == "delivery_receipt":
        raise InputError(
            f'{name} is a delivery receipt, not a message: read it with fr.expand(receipt, "delivery_receipts").'
        )
    if kind not in (None, "message"):
        raise InputError(
            f"{name} is of type {kind!r}, not a message. Give message records or the webhooks of messages."
        )


def _attributes(loose: _Resource) -> dict[str, bytes]:
    if loose.attributes is UNSET:
        raise _BadValue("has no attributes (the answer to a send looks like this: look the record up by its id)")
    try:
        return {name: bytes(raw) for name, raw in msgspec.json.decode(loose.attributes, type=dict[str, Raw]).items()}
    except _BROKEN:
        raise _BadValue("has attributes that are not an object") from None


def _mended(named: dict[str, bytes], kind: type[Attributes]) -> Attributes:
    """Read each attribute by itself: the usual type, or a spelling that means the same."""
    fields = _FIELDS | {name: field for field, name in kind.others.items()}
    values: dict[str, Any] = {}
    for name, raw in named.items():
        try:
            values[fields[name]] = _MEND.get(name, Raw)(raw)
        except (*_BROKEN, ValueError) as broken:
            raise _BadValue(f"{name} can't be read ({broken})") from None
    return kind(**values)


def _text(raw: bytes) -> str | None:
    return cast("str | None", msgspec.json.decode(raw, type=str | None))


def _number(raw: bytes) -> str | None:
    found = msgspec.json.decode(raw, type=str | int | None)  # the swagger file says integer, every sample is text
    return None if found is None else str(found)


def _whole(raw: bytes) -> int | None:
    found = msgspec.json.decode(raw, type=int | str | None)
    return whole(found)


def _flag(raw: bytes) -> bool | None:
    found = msgspec.json.decode(raw, type=bool | str | None)
    if isinstance(found, str):  # Flowroute's own samples send "true"
        return {"true": True, "false": False}[found.lower()] if found.lower() in ("true", "false") else _no(found)
    return cast("bool | None", found)


def _no(found: object) -> bool:
    raise ValueError(f"neither true nor false but {type(found).__name__}")


def _any(raw: bytes) -> str:
    return raw.decode()


_MEND: dict[str, Callable[[bytes], Any]] = {
    **dict.fromkeys(("timestamp", "direction", "body", "status", "message_type"), _text),
    **dict.fromkeys(("from", "to"), _number),
    **dict.fromkeys(("amount_nanodollars", "message_encoding"), _whole),
    **dict.fromkeys(("is_mms", "has_mms"), _flag),
    "amount_display": _any,
}


def whole(found: str | int | None) -> int | None:
    """Take a whole number that may be written as text; anything else is a ValueError."""
    if isinstance(found, str):
        if not _DIGITS.fullmatch(found):
            raise ValueError("not a whole number")
        return int(found)
    return found


def _fill_media(items: list[Item], included: Raw | UnsetType) -> None:
    """Give each item its media, every entry replaced by what was included for it.

    https://developer.flowroute.com/api/messages/v2.2/receive-an-mms
    """
    linked = [item for item in items if item.media is not UNSET]
    if not linked:
        return
    found = _included(included)
    for item in linked:
        item.media = _media(cast("Raw", item.media), found)


def _included(included: Raw | UnsetType) -> dict[tuple[str, str | None], bytes]:
    if included is UNSET:
        return {}
    try:
        return {
            (key.id, key.type): bytes(raw)
            for raw in msgspec.json.decode(included, type=list[Raw] | None) or []
            for key in [msgspec.json.decode(raw, type=_Key)]
        }
    except _BROKEN:
        return {}  # what can't be matched stays a link


def _media(relationships: Raw, found: dict[tuple[str, str | None], bytes]) -> Raw | UnsetType:
    try:
        linked = msgspec.json.decode(relationships, type=_Relationships | None)
    except _BROKEN:
        return UNSET
    if linked is None or linked.media is None or linked.media.data is UNSET:
        return UNSET
    data = bytes(linked.media.data)
    try:
        keys = [(msgspec.json.decode(raw, type=_Key), bytes(raw)) for raw in msgspec.json.decode(data, type=list[Raw])]
    except _BROKEN:
        return linked.media.data
    if not any((key.id, key.type) in found for key, _ in keys):
        return linked.media.data
    filled = b",".join(found.get((key.id, key.type), raw) for key, raw in keys)
    return Raw(msgspec.json.format(b"[" + filled + b"]", indent=-1))


def encode(payload: object) -> bytes:
    """Write a payload that is already decoded as the bytes it came in."""
    try:
        return msgspec.json.encode(payload)
    except (TypeError, ValueError, OverflowError, RecursionError) as broken:
        why = str(broken)
    raise InputError(f"The payload can't be read as JSON: {why}. Give bytes, text, a path, a dict or a list of these.")
