"""What the service speaks of, as typed structs: one item for each message, nothing lost."""

from __future__ import annotations

import re
from functools import lru_cache
from secrets import token_hex
from typing import Any, ClassVar, NamedTuple, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

__all__ = ["BROKEN", "FIELDS", "Attributes", "Item", "Links", "Page", "decoder"]

#: What the decoder raises on anything it can't read.
BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


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
    """What one answer held: its items, the records that could not be read and why, and where the next page is.

    ``unfollowed`` is True where several pages were read as one and at least one of them has a next page.
    """

    items: list[Item]
    bad: dict[str, str]
    next: str | None = None
    unfollowed: bool = False

    @property
    def ids(self) -> list[str]:
        """Whose page it is."""
        return [item.id for item in self.items]

    def __repr__(self) -> str:
        """Say how much there is, not what."""
        return f"<Page of {len(self.items)}, {len(self.bad)} bad>"


class Links(Struct):
    """Where a page says the next one is."""

    next: str | None = None


# Prepared while the module is loaded: msgspec crashes the process if two threads prepare a type at once.
msgspec.json.Decoder(Links)


#: JSON name -> field, of the attributes that have a column.
FIELDS = {f.encode_name: f.name for f in msgspec.structs.fields(Attributes)}
_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')


@lru_cache(maxsize=64)
def decoder(others: tuple[str, ...]) -> tuple[type[Attributes], type[Item], msgspec.json.Decoder[Any]]:
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
        [
            ("data", list[item] | item),  # type: ignore[valid-type]
            ("links", Links | None, None),
            *((name, Raw | UnsetType, UNSET) for name in ("included", "errors", "error")),
        ],
    )
    return cast("type[Attributes]", attributes), cast("type[Item]", item), msgspec.json.Decoder(document)
