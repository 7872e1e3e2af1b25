"""How each version of the API writes a record, the answer to a send, and an error."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Any, NamedTuple

from flowroute_nb.sandbox import prices

__all__ = ["CODES", "Message", "error", "record", "sent"]

# https://support.flowroute.com/681766-Delivery-Receipt-Response-Codes
CODES = {
    1003: ("message buffered", "Message accepted by Carrier"),
    1004: ("delivery success", "Message delivered to handset"),
    1006: ("delivery failure", "Message expired"),
    1007: ("delivery failure", "Message failed"),
    1102: ("delivery failure", "Destination carrier invalid"),
    1111: ("delivery failure", "Temporary resolution failure"),
    1116: ("delivery failure", "Destination not text enabled"),
}
_TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Message(NamedTuple):
    """One message as the sandbox keeps it; ``at`` is microseconds of UTC."""

    id: str
    at: int
    direction: str
    sender: str
    recipient: str
    body: str | None
    mms: bool
    amount: int
    code: int | None  # the last receipt's, of what was sent as an SMS
    media: str | None  # JSON text of relationships.media.data


@lru_cache(maxsize=100_000)
def _minute(minute: int) -> str:
    return f"{_EPOCH + dt.timedelta(minutes=minute):%Y-%m-%dT%H:%M:}"


def _moment(at: int, digits: int, zone: str) -> str:
    """Write a moment with so many digits behind the point; the others are cut off, as Flowroute does."""
    minute, micro = divmod(at, 60_000_000)
    rest = f"{micro:08d}"
    return f"{_minute(minute)}{rest[:2]}.{rest[2 : 2 + digits]}{zone}"


def record(message: Message, version: str, now: int) -> str:
    """Write a record as a version does, with the receipts that have come by now.

    The texts are written out by hand, in the alphabetical order that was seen: it is done for every record of the past.
    """
    return _v2(message) if version == "v2" else _v21(message, now)


def _v2(message: Message) -> str:
    """https://developer.flowroute.com/api/messages/v2.0/look-up-a-message-detail-record/."""
    body, kind = message.body, _kind(message)
    return (
        f'{{"attributes": {{"amount_display": "{prices.display(message.amount)}", '
        f'"amount_nanodollars": {message.amount}, "body": {"null" if body is None else _quoted(body)}, '
        f'"callback_url": null, "direction": "{message.direction}", "from": "{message.sender}", '
        f'"has_mms": {"true" if message.mms else "false"}, "message_encoding": {_encoding(body)}, '
        f'"message_type": "{"long-code" if kind == "longcode" else kind}", '
        f'"timestamp": "{_moment(message.at, 6, "+00:00")}", "to": "{message.recipient}"}}, '
        f'"id": "{message.id}", "type": "message"}}'
    )


def _v21(message: Message, now: int) -> str:
    """https://developer.flowroute.com/api/messages/v2.1/look-up-a-message-detail-record/."""
    body, (receipts, status) = message.body, _progress(message, now)
    media = f', "relationships": {{"media": {{"data": {message.media}}}}}' if message.media else ""
    return (
        f'{{"attributes": {{"amount_display": "{prices.display(message.amount)}", '
        f'"amount_nanodollars": {message.amount}, "body": {"null" if body is None else _quoted(body)}, '
        f'"delivery_receipts": [{receipts}], "direction": "{message.direction}", "from": "{message.sender}", '
        f'"is_mms": {"true" if message.mms else "false"}, "message_encoding": {_encoding(body)}, '
        f'"message_type": "{_kind(message)}", "status": "{status}", '
        f'"timestamp": "{_moment(message.at, 2, "Z")}", "to": "{message.recipient}"}}, '
        f'"id": "{message.id}"{media}, "type": "message"}}'
    )


def _encoding(body: str | None) -> int:
    return 0 if body is None or body.isascii() else 8


def _kind(message: Message) -> str:
    """Say what our number is: long code or toll-free."""
    ours = message.sender if message.direction == "outbound" else message.recipient
    return "toll-free" if ours[1:4] in _TOLL_FREE else "longcode"


def _progress(message: Message, now: int) -> tuple[str, str]:
    """Give the receipts, the second level first, and the status: accepted after two seconds, final after four."""
    if message.direction == "inbound":
        return "", "" if message.mms else "delivered"
    if message.code is None:  # https://developer.flowroute.com/api/messages/v2.1/: no receipts for an MMS
        return "", "mmsc submit"
    first, second, last = (message.at + seconds * 10**6 for seconds in (1, 2, 4))
    if now < first:
        return "", "smsc submit"
    sent_ = _receipt(1, "smsc submit", "null", "Message has been sent", first)
    if now < second:
        return sent_, "smsc submit"
    code, at = (message.code, last) if now >= last else (1003, second)
    status, description = CODES[code]
    return f"{_receipt(2, status, code, description, at)}, {sent_}", status


def _receipt(level: int, status: str, code: int | str, description: str, at: int) -> str:
    return (
        f'{{"level": {level}, "status": "{status}", "status_code": {code}, '
        f'"status_code_description": "{description}", "timestamp": "{_moment(at, 2, "Z")}"}}'
    )


def sent(message_id: str, version: str, url: str, price: prices.Price) -> tuple[int, str]:
    """Write the answer to a send: its status and its body."""
    if version == "v2":
        return 200, json.dumps({"data": {"id": message_id}})
    data: dict[str, Any] = {"id": message_id, "type": "message"}
    if version == "v2.2":  # https://developer.flowroute.com/api/messages/v2.2/send-an-sms/
        data["attributes"] = {
            "price_details": {
                "base_rate": _rate(price.rate),
                "surcharge_rate": _rate(0),
                "segment_count": price.segments,
                "charged_cost": _rate(price.amount),
            }
        }
    data["links"] = {"self": f"{url}/{version}/messages/{message_id}"}
    return 202, json.dumps({"data": data})


def _rate(nanodollars: int) -> str:
    return prices.display(nanodollars)[1:]


def error(status: int, error_id: str, title: str, detail: object, **more: Any) -> str:  # noqa: ANN401  JSON of any kind
    """Write an error: https://developer.flowroute.com/api/errors."""
    said = {"detail": detail, "id": error_id, "status": status, "title": title, **more}
    return json.dumps({"errors": [said]})
