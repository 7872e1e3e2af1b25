"""Bytes become items: out of a page, one record, or a webhook in any of its envelopes."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct

from flowroute_nb.errors import FlowrouteError, InputError, ServiceBroken
from flowroute_nb.items import BROKEN, FIELDS, Item, Links, Page, decoder
from flowroute_nb.media import fill
from flowroute_nb.mending import SENT, Resource, called, half, mended, only_price

__all__ = ["Reader", "encode"]

_MANY = 256  # attributes without a column that are kept in mind at once


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

    def read(self, body: bytes, place: str = "The answer") -> Page:
        """Read a page, one record, a webhook in any of its envelopes, or a list of these."""
        if body.lstrip()[:1] == b"[":
            return self._several(body, place)
        try:
            said = decoder(self._others)[2].decode(body)
        except BROKEN:
            return self._carefully(body, place)
        alone = not isinstance(said.data, list)
        items = [said.data] if alone else said.data
        strange = [item for item in items if item.type not in (None, "message") or not item.id]
        if strange or (alone and only_price(items[0].attributes)):
            return self._carefully(body, place)
        fill(items, said.included)
        return Page(items, {}, said.links.next if said.links else None)

    def _several(self, body: bytes, place: str) -> Page:
        pages = [self.read(bytes(raw), f"{place}[{n}]") for n, raw in enumerate(self._decode(body, list[Raw], place))]
        bad = {key: why for page in pages for key, why in page.bad.items()}
        return Page([item for page in pages for item in page.items], bad)

    def _carefully(self, body: bytes, place: str) -> Page:
        """Read what is not a document of nothing but known attributes in their usual types."""
        try:
            top = msgspec.json.decode(body, type=Resource)
        except BROKEN:
            return self._without_halves(body, place)
        data = self._bare(top, body, place) if top.data is UNSET else bytes(top.data)
        alone = data.lstrip()[:1] != b"["
        raws = [data] if alone else [bytes(raw) for raw in self._decode(data, list[Raw], place)]
        if self._learn(raws):
            return self.read(body, place)
        items, bad = [], {}
        for n, raw in enumerate(raws):
            where = f"{place}.data[{n}]"
            item, name, why = self._mended(raw, where)
            if item is None:
                bad[name] = why
            elif alone and only_price(item.attributes):
                bad[name] = f"has no attributes but price_details {SENT}"
            else:
                items.append(item)
        fill(items, top.included)
        links = None if top.links is UNSET else self._decode(bytes(top.links), Links | None, f"{place}.links")
        return Page(items, bad, links.next if links else None)

    def _without_halves(self, body: bytes, place: str) -> Page:
        """Read a page in which a record has half a character, which spoils the whole for a strict decoder."""
        try:
            said = json.loads(body)
            records = [(n, each, half(each)) for n, each in enumerate(said["data"])]
        except (ValueError, TypeError, KeyError, RecursionError):
            records = []
        if not any(half for _, _, half in records):
            self._decode(body, Resource, place)  # says what is wrong with it
        rest = {**said, "data": [each for _, each, half in records if not half]}
        page = self.read(json.dumps(rest).encode(), place)
        spoilt = {called(each, f"{place}.data[{n}]"): half for n, each, half in records if half}
        return Page(page.items, page.bad | spoilt, page.next)

    def _bare(self, top: Resource, body: bytes, place: str) -> bytes:
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
            except BROKEN:
                continue
            met.update(dict.fromkeys(top.attributes))
        new = tuple(name for name in met if name not in FIELDS and name not in self._others)
        if new:
            both = self._others + new
            self._others = both if len(both) <= _MANY else tuple(name for name in met if name not in FIELDS)
        return bool(new)

    def _mended(self, raw: bytes, where: str) -> tuple[Item | None, str, str]:
        try:
            return mended(raw, where, self._others)
        except InputError as wrong:  # something else than a message
            raise self._blame(str(wrong)) from None

    def _decode(self, body: bytes, kind: Any, place: str) -> Any:  # noqa: ANN401  as msgspec's own signature
        try:
            return msgspec.json.decode(body, type=kind)
        except BROKEN as broken:
            why = f"this is not the JSON that Flowroute says ({broken})"
        raise self._blame(f"{place}: {why}. Expected a record, a page of records, or the body of a webhook.")


class _Named(Struct):
    attributes: dict[str, Raw] = {}


def encode(payload: object) -> bytes:
    """Write a payload that is already decoded as the bytes it came in; those of a list may still be bytes or text."""
    try:
        return msgspec.json.encode([_raw(each) for each in payload] if isinstance(payload, (list, tuple)) else payload)
    except (TypeError, ValueError, OverflowError, RecursionError) as broken:
        why = str(broken)
    raise InputError(f"The payload can't be read as JSON: {why}. Give bytes, text, a path, a dict or a list of these.")


def _raw(payload: object) -> object:
    """Take the body of a webhook in as it came; whatever else it is will be refused where it stands."""
    if not isinstance(payload, (bytes, str)):
        return payload
    said = payload if isinstance(payload, bytes) else payload.encode("utf-8", "surrogatepass")
    try:
        return msgspec.json.decode(said, type=Raw)
    except BROKEN:
        return payload
