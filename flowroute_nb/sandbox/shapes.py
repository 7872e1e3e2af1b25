"""How each version of the API writes a record, the answer to a send, and an error."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, NamedTuple

from flowroute_nb.sandbox import prices

__all__ = ["Message", "error", "record", "sent"]

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
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


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


def _moment(at: int, digits: int, zone: str) -> str:
    when = _EPOCH + dt.timedelta(microseconds=at)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond:06d}"[: 20 + digits] + zone


def kind(message: Message) -> str:
    """Say what our number is: long code or toll-free."""
    ours = message.sender if message.direction == "outbound" else message.recipient
    return "toll-free" if ours[1:4] in ("800", "833", "844", "855", "866", "877", "888") else "longcode"


def record(message: Message, version: str, now: int) -> str:
    """Write a record as a version does, with the receipts that have come by now."""
    said = _v2(message) if version == "v2" else _v21(message, now)
    whole: dict[str, Any] = {"attributes": said, "id": message.id, "type": "message"}
    if message.media and version != "v2":
        whole["relationships"] = {"media": {"data": json.loads(message.media)}}
    return json.dumps(whole, ensure_ascii=False, separators=(", ", ": "))


def _common(message: Message) -> dict[str, Any]:
    return {
        "amount_display": prices.display(message.amount),
        "amount_nanodollars": message.amount,
        "body": message.body,
        "direction": message.direction,
        "from": message.sender,
        "message_encoding": 0 if (message.body or "").isascii() else 8,
        "to": message.recipient,
    }


def _v2(message: Message) -> dict[str, Any]:
    """https://developer.flowroute.com/api/messages/v2.0/look-up-a-message-detail-record/."""
    said = _common(message) | {
        "callback_url": None,
        "has_mms": message.mms,
        "message_type": "long-code" if kind(message) == "longcode" else "toll-free",
        "timestamp": _moment(message.at, 6, "+00:00"),
    }
    return dict(sorted(said.items()))


def _v21(message: Message, now: int) -> dict[str, Any]:
    """https://developer.flowroute.com/api/messages/v2.1/look-up-a-message-detail-record/."""
    receipts = _receipts(message, now)
    said = _common(message) | {
        "delivery_receipts": receipts,
        "is_mms": message.mms,
        "message_type": kind(message),
        "status": _status(message, receipts),
        "timestamp": _moment(message.at, 2, "Z"),
    }
    return dict(sorted(said.items()))


def _status(message: Message, receipts: list[dict[str, Any]]) -> str:
    if message.direction == "inbound":
        return "" if message.mms else "delivered"
    if message.mms:
        return "mmsc submit"
    return str(receipts[0]["status"]) if receipts else "smsc submit"


def _receipts(message: Message, now: int) -> list[dict[str, Any]]:
    """Give two receipts, the second level first: it is accepted after two seconds and final after four."""
    if message.code is None:
        return []
    first, second, last = (message.at + seconds * 10**6 for seconds in (1, 2, 4))
    found = []
    if now >= second:
        code, at = (message.code, last) if now >= last else (1003, second)
        status, description = CODES[code]
        found.append(_receipt(2, status, code, description, at))
    if now >= first:
        found.append(_receipt(1, "smsc submit", None, "Message has been sent", first))
    return found


def _receipt(level: int, status: str, code: int | None, description: str, at: int) -> dict[str, Any]:
    return {
        "level": level,
        "status": status,
        "status_code": code,
        "status_code_description": description,
        "timestamp": _moment(at, 2, "Z"),
    }


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
