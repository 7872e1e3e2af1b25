"""The one table of columns: what each is called, what type it has, where it comes from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = [
    "AGREEING",
    "AUDIT",
    "CALLBACKS",
    "FITS",
    "MEDIA",
    "NUMBERS",
    "OTHER",
    "PRICES",
    "RATES",
    "RECEIPTS",
    "RECORD",
    "STATS",
    "TEXT",
    "Column",
]

#: pandas' default dtype of text, which is the same under every pandas option.
TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


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

#: What ``costs.rates`` reads off records: one row for each price that held.
RATES = (
    Column("direction", "str", "direction"),
    Column("number", "str", "number: ours"),
    Column("message_type", "str", "message_type"),
    Column("is_mms", "boolean", "is_mms"),
    Column("rate", "decimal", "amount_nanodollars / segments x 10^-9; of an MMS without the division"),
    Column("since", "datetime64[us, UTC]", "timestamp of the first record that cost it"),
    Column("until", "datetime64[us, UTC]", "timestamp of the first record that cost the next; missing if none did"),
    Column("records", "Int64", "how many cost just that"),
    Column("of", "Int64", "how many there were in this time"),
    Column("base_rate", "decimal", "base_rate of their price_details"),
    Column("surcharge_rate", "decimal", "surcharge_rate of their price_details"),
)

#: What ``costs.audit`` says of records that one of the rules does not explain.
AUDIT = (
    Column("timestamp", "datetime64[us, UTC]", "timestamp"),
    Column("direction", "str", "direction"),
    Column("number", "str", "number: ours"),
    Column("contact", "str", "contact: theirs"),
    Column("cost", "decimal", "cost"),
    Column("rate", "decimal", "the price of a segment at that time, of an MMS of the whole"),
    Column("implied", "Int64", "cost / rate, where that is a whole number"),
    Column("published", "Int64", "segments by Flowroute's published rule"),
    Column("standard", "Int64", "segments by the 3GPP standard"),
    Column("segments", "Int64", "segments: as the service counted, where it says"),
    Column("fits", "str", "which of the rules the cost agrees with"),
    Column("is_mms", "boolean", "is_mms"),
    Column("body", "str", "body"),
    Column("id", "str", "id"),
)

#: How many records agree with which of the rules.
FITS = (
    Column("fits", "str", "both, published, standard, neither, free or unknown"),
    Column("messages", "Int64", "how many"),
    Column("cost", "decimal", "the sum of their amounts"),
)

#: What ``costs.reconcile`` puts side by side: one row for each day and month, or for an invoice.
AGREEING = (
    Column("date", "str", "the day, the month, or from when to when"),
    Column("period", "str", "day, month or invoice"),
    Column("messages", "Int64", "records we have"),
    Column("counted", "Int64", "total of the stats"),
    Column("cost", "decimal", "the sum of our amounts"),
    Column("charged", "decimal", "cost of the stats, or the invoice's total"),
    Column("difference", "decimal", "cost - charged"),
    Column("agrees", "boolean", "whether nothing but rounding differs"),
    Column("reason", "str", "how it was rounded, or why it differs, as far as can be told; else empty"),
)
