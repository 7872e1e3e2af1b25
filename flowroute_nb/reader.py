"""Bytes become items: out of a page, one record, or a webhook in any of its envelopes."""

from __future__ import annotations

import codecs
import json
import math
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from flowroute_nb.errors import FlowrouteError, ServiceBroken
from flowroute_nb.items import BROKEN, FIELDS, Links, Page, decoder
from flowroute_nb.media import fill
from flowroute_nb.mending import SENT, Resource, called, invalid, is_receipt, mended, nested, only_price, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flowroute_nb.items import Item

__all__ = ["Reader", "Unreadable", "elements", "encode"]

_MANY = 256  # attributes without a column that are kept in mind at once
_NOT_JSON = "this is not the JSON that Flowroute says"
_ERROR = "is an error that the service gave, not a record: look at its status and reason"
_NO_RECORD = (
    "is no message record: it has neither data nor attributes, nor the id, to and from of the flat webhook. "
    "Give an answer of the API, or the body of a webhook"
)


class Unreadable(ValueError):
    """Why a payload holds no records, as the rest of a sentence that begins with what the payload is called."""


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

    def read(self, payload: object, place: str = "The answer") -> Page:
        """Read a page, one record, a webhook in any of its envelopes, or a list of these."""
        try:
            return self._page(encode(payload), place)
        except Unreadable as wrong:
            why = f"{place}{':' * str(wrong).startswith(_NOT_JSON)} {wrong}."
        raise self._blame(why)

    def several(self, payloads: Iterable[object], place: str) -> Iterator[Page]:
        """Read payloads one after another; of one that can't be read there is a page that says why."""
        for n, payload in enumerate(payloads):
            where = f"{place}[{n}]"
            try:
                if isinstance(payload, (list, tuple)):
                    yield self._merged(payload, where)
                else:
                    yield self._page(encode(payload), where)
            except Unreadable as wrong:
                why = str(wrong)
                yield Page([], {where: f"can't be read: {why}" if why.startswith(_NOT_JSON) else why})

    def _page(self, body: bytes, place: str) -> Page:
        if body.lstrip()[:1] == b"[":
            return self._merged(elements(body), place)
        try:
            document = decoder(self._others)[2].decode(body)
        except BROKEN:
            return self._carefully(body, place)
        alone = not isinstance(document.data, list)
        items = [document.data] if alone else document.data
        unusual = [item for item in items if item.type != "message" or not item.id]
        unusual = [item for item in unusual if item.type or not item.id or is_receipt(_names(item))]
        if unusual or _any(document.errors, document.error) or (alone and only_price(items[0].attributes)):
            return self._carefully(body, place)
        fill(items, document.included)
        return Page(items, {}, document.links.next if document.links else None)

    def _merged(self, payloads: Iterable[object], place: str) -> Page:
        pages = list(self.several(payloads, place))
        bad = {name: why for page in pages for name, why in page.bad.items()}
        unfollowed = any(page.next or page.unfollowed for page in pages)
        return Page([item for page in pages for item in page.items], bad, unfollowed=unfollowed)

    def _carefully(self, body: bytes, place: str) -> Page:
        """Read what is not a document of nothing but known attributes in their usual types."""
        try:
            top = msgspec.json.decode(body, type=Resource)
        except BROKEN as broken:
            return self._without_invalid(body, place, f"{_NOT_JSON} ({broken})")
        errors = _any(top.errors, top.error)
        data = body if top.data is UNSET else bytes(top.data)
        alone = data.lstrip()[:1] != b"["
        raws = [nested(raw) for raw in ([data] if alone else elements(data))]
        if (top.data is UNSET and raws[0] is body and top.attributes is UNSET) or (errors and data == b"null"):
            raise Unreadable(_NO_RECORD if top.errors is top.error is UNSET else _ERROR)
        if self._learn(raws):
            return self._page(body, place)
        items: list[Item] = []
        bad = {place: "has errors beside its records, which may not be all: look at its errors"} if errors else {}
        for n, raw in enumerate(raws):
            item, name, why = mended(raw, place if alone else f"{place}.data[{n}]", self._others)
            if item is None:
                bad[name] = why
            elif alone and only_price(item.attributes):
                bad[name] = f"has no attributes but price_details {SENT}"
            else:
                items.append(item)
        fill(items, top.included)
        links = None if top.links is UNSET else _decoded(bytes(top.links), Links | None)
        return Page(items, bad, links.next if links else None)

    def _without_invalid(self, body: bytes, place: str, why: str) -> Page:
        """Read a page in which a record has what no JSON may have, which spoils the whole for a strict decoder."""
        try:
            text = body.decode("utf-8", "surrogatepass")
            members = dict(split(text)) if isinstance(json.loads(text), dict) else {}
            data = members.get("data", text)
            alone = not data.startswith("[")
            records = [data] if alone else [value for _, value in split(data)]
            decoded = [json.loads(record) for record in records]
            reasons = [(record, invalid(record)) for record in decoded]
        except (ValueError, RecursionError):
            raise Unreadable(f"{why}. Expected a record, a page of records, or the body of a webhook") from None
        bad = {
            called(record, place if alone else f"{place}.data[{n}]"): reason
            for n, (record, reason) in enumerate(reasons)
            if reason
        }
        if not bad:  # it is something else, outside the records
            raise Unreadable(f"{why}. Expected a record, a page of records, or the body of a webhook")
        if alone:
            return Page([], bad)
        valid = [record for record, (_, reason) in zip(records, reasons, strict=True) if not reason]
        rest = members | {"data": f"[{','.join(valid)}]"}
        document = ",".join(f"{json.dumps(name)}:{value}" for name, value in rest.items())
        page = self._page(f"{{{document}}}".encode("utf-8", "surrogatepass"), place)
        return page._replace(bad=page.bad | bad)

    def _learn(self, raws: list[bytes]) -> bool:
        """Take the names of all attributes of these records, so that one decoder serves them all; say if any is new."""
        met: dict[str, None] = {}
        for raw in raws:
            try:
                top = msgspec.json.decode(raw, type=_Named)
            except BROKEN:
                continue
            met.update(dict.fromkeys(top.attributes))
        new = tuple(name for name in met if name not in FIELDS and name not in self._others)
        if new:
            both = self._others + new
            self._others = both if len(both) <= _MANY else tuple(name for name in met if name not in FIELDS)
        return bool(new)


class _Named(Struct):
    attributes: dict[str, Raw] = {}


# Prepared while the module is loaded: msgspec crashes the process if two threads prepare a type at once.
msgspec.json.Decoder(_Named)


def _names(item: Item) -> set[str]:
    """Return the names of the attributes that a record has."""
    record = item.attributes
    others = {name for field, name in record.others.items() if getattr(record, field) is not UNSET}
    return others | {name for name, field in FIELDS.items() if getattr(record, field) not in (None, UNSET)}


def _any(*errors: Raw | UnsetType) -> bool:
    """Return whether a document says that something went wrong; an empty list or null says nothing."""
    return any(error is not UNSET and msgspec.json.decode(error) for error in errors)


def _decoded(body: bytes, kind: Any) -> Any:  # noqa: ANN401  as msgspec's own signature
    try:
        return msgspec.json.decode(body, type=kind)
    except BROKEN as broken:
        why = f"has a part that can't be read ({broken})"
    raise Unreadable(f"{why}. Expected a record, a page of records, or the body of a webhook")


def elements(body: bytes) -> list[bytes]:
    """Return the elements of a JSON array as they came."""
    try:
        return [bytes(raw) for raw in msgspec.json.decode(body, type=list[Raw])]
    except BROKEN as broken:
        why = f"{_NOT_JSON} ({broken})"
    try:  # a lone surrogate or NaN in one of them does not spoil the others
        text = body.decode("utf-8", "surrogatepass")
        if isinstance(json.loads(text), list):
            return [value.encode("utf-8", "surrogatepass") for _, value in split(text)]
    except (ValueError, RecursionError):
        pass
    raise Unreadable(f"{why}. Expected a record, a page of records, or the body of a webhook")


def encode(payload: object) -> bytes:
    """Return a payload as JSON in UTF-8, without a byte order mark; bytes and text are taken as JSON already."""
    if isinstance(payload, str):
        payload = payload.encode("utf-8", "surrogatepass")
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return _utf8(bytes(payload))
    try:
        try:
            body = msgspec.json.encode(payload)
            exact = b"null" not in body or _finite(payload)  # msgspec writes NaN as null
        except (OverflowError, UnicodeEncodeError):  # in one of the records, which the reader will name
            exact = False
        return body if exact else json.dumps(payload, default=msgspec.to_builtins).encode()
    except (TypeError, ValueError, OverflowError, RecursionError) as broken:
        why = str(broken)
    raise Unreadable(f"can't be read as JSON: {why}. Give bytes, text, a path, a dict or a list of these")


def _finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _utf8(body: bytes) -> bytes:
    """Decode UTF-16 and UTF-32, which Windows programs write, and drop the byte order mark: RFC 8259 section 8.1."""
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return body
    if body.startswith(codecs.BOM_UTF8):
        return body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return body  # the decoder says what is wrong with it
