"""The one table of columns: what each is called, what type it has, where it comes from."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CALLBACKS", "MEDIA", "NUMBERS", "OTHER", "PRICES", "RECEIPTS", "RECORD", "STATS", "Column"]


class Column(NamedTuple):
    """One column: its name, its pandas dtype, and where its values come from."""

    name: str
    dtype: str
    source: str


#: One row a message. What is long comes after what is short, and pandas shows 20 columns in a notebook.
RECORD = (
    Column("timestamp", "datetime64[us, UTC]", "timestamp"),
    Column("direction", "str", "direction"),
    Column("number", "str", "from when outbound, to when inbound: ours"),
    Column("contact", "str", "to when outbound, from when inbound: theirs"),
    Column("cost", "decimal", "amount_nanodollars x 10^-9"),
    Column("segments", "Int64", "price_details.segment_count, else counted from body"),
    Column("delivery", "str", "direction and delivery_receipts"),
    Column("body", "str", "body"),
    Column("status", "str", "status"),
    Column("message_type", "str", "message_type"),
    Column("is_mms", "boolean", "is_mms, or has_mms of v2"),
    Column("message_encoding", "Int8", "message_encoding"),
    Column("from", "str", "from"),
    Column("to", "str", "to"),
    Column("amount_nanodollars", "Int64", "amount_nanodollars"),
    Column("price_details", "str", "price_details, as JSON text"),
    Column("delivery_receipts", "str", "delivery_receipts, as JSON text"),
    Column("media", "str", "relationships.media.data and included, as JSON text"),
    Column("other", "str", "every other attribute, as JSON text"),
    Column("id", "str", "id"),
)

#: What ``expand`` makes of ``delivery_receipts``: one row a receipt.
RECEIPTS = (
    Column("id", "str", "id of the record"),
    Column("level", "Int64", "level"),
    Column("status", "str", "status"),
    Column("status_code", "Int64", "status_code"),
    Column("status_code_description", "str", "status_code_description"),
    Column("timestamp", "datetime64[us, UTC]", "timestamp"),
)

#: What ``expand`` makes of ``price_details``: one row a record that has them.
PRICES = (
    Column("id", "str", "id of the record"),
    Column("base_rate", "decimal", "base_rate"),
    Column("surcharge_rate", "decimal", "surcharge_rate"),
    Column("segment_count", "Int64", "segment_count"),
    Column("charged_cost", "decimal", "charged_cost"),
)

#: What ``expand`` makes of ``media``: one row a file.
MEDIA = (
    Column("id", "str", "id of the record"),
    Column("media_id", "str", "id"),
    Column("file_name", "str", "attributes.file_name"),
    Column("file_size", "Int64", "attributes.file_size"),
    Column("mime_type", "str", "attributes.mime_type"),
    Column("url", "str", "attributes.url"),
)

#: What ``expand`` makes of ``other``: one row an attribute.
OTHER = (
    Column("id", "str", "id of the record"),
    Column("name", "str", "the attribute's name"),
    Column("value", "str", "the attribute's value, as JSON text"),
)

#: What ``stats`` makes of the totals: one row a group, in the service's order.
STATS = (
    Column("date", "str", "date"),
    Column("period", "str", "the shape of date: year, month, day or lifetime"),
    Column("inbound", "Int64", "message_inbound"),
    Column("outbound", "Int64", "message_outbound"),
    Column("total", "Int64", "message_total"),
    Column("cost", "decimal", "amount_nanodollars x 10^-9"),
    Column("amount_nanodollars", "Int64", "amount_nanodollars"),
)

#: What ``numbers`` makes of the account's numbers: first which one it is, then whether it can text, then what and where
#: it is, and last what has no column. ``number`` is called like the record's, so that the two frames merge on it.
NUMBERS = (
    Column("number", "str", "value, else id"),
    Column("alias", "str", "alias"),
    Column("messaging_enabled", "boolean", "messaging_enabled"),
    Column("status", "str", "status"),
    Column("number_type", "str", "number_type"),
    Column("rate_center", "str", "rate_center"),
    Column("state", "str", "state"),
    Column("iso_country", "str", "iso_country"),
    Column("cnam_lookups_enabled", "boolean", "cnam_lookups_enabled"),
    Column("other", "str", "every other attribute, as JSON text"),
)

#: What ``callbacks`` makes of the account's callbacks: one row a type that is set.
CALLBACKS = (
    Column("callback_type", "str", "the type that was asked for"),
    Column("callback_url", "str", "callback_url"),
    Column("api_version", "str", "api_version"),
    Column("product", "str", "product"),
)
