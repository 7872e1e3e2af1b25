"""The media of a message, each link replaced by what was included for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from flowroute_nb.items import BROKEN

if TYPE_CHECKING:
    from flowroute_nb.items import Item

__all__ = ["fill"]


class _Media(Struct):
    data: Raw | UnsetType = UNSET


class _Relationships(Struct):
    media: _Media | None = None


class _Key(Struct):
    id: str
    type: str | None = None


# Prepared while the module is loaded: msgspec crashes the process if two threads prepare a type at once.
msgspec.json.Decoder(_Relationships)
msgspec.json.Decoder(_Key)


def fill(items: list[Item], included: Raw | UnsetType) -> None:
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
    except BROKEN:
        return {}  # what can't be matched stays a link


def _media(relationships: Raw, found: dict[tuple[str, str | None], bytes]) -> Raw | UnsetType:
    try:
        linked = msgspec.json.decode(relationships, type=_Relationships | None)
    except BROKEN:
        return UNSET
    if linked is None or linked.media is None or linked.media.data is UNSET:
        return UNSET
    data = bytes(linked.media.data)
    try:
        keys = [(msgspec.json.decode(raw, type=_Key), bytes(raw)) for raw in msgspec.json.decode(data, type=list[Raw])]
    except BROKEN:
        return linked.media.data
    if not any((key.id, key.type) in found for key, _ in keys):
        return linked.media.data
    filled = b",".join(found.get((key.id, key.type), raw) for key, raw in keys)
    return Raw(msgspec.json.format(b"[" + filled + b"]", indent=-1))
