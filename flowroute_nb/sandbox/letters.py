"""What is POSTed: a message that arrived, or how far one that was sent has come, in the envelope of a version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowroute_nb.sandbox import media
from flowroute_nb.sandbox.clock import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowroute_nb.sandbox.message import Message, Receipt
    from flowroute_nb.sandbox.shapes import Writer

__all__ = ["inbound", "receipt"]


def receipt(message: Message, stage: Receipt, base: str, writer: Writer, quirks: Mapping[str, str]) -> str:
    """Write a receipt: https://developer.flowroute.com/api/messages/v2.2/receive-a-dlr."""
    code = str(stage.code) if quirks["status_code"] == "text" and stage.code is not None else stage.code
    said: dict[str, Any] = {
        "body": "" if message.mms else message.body,
        "status": writer.status(stage.status),
        "status_code": code,
    }
    resource: dict[str, Any] = {"type": "delivery_receipt", "id": message.id, "attributes": said}
    bare = quirks["receipt_envelope"] == "bare"
    if stage.code is None and (bare or quirks["status_code"] == "absent"):
        del said["status_code"]
    if bare:
        said |= {"to": writer.number(message.recipient), "from": writer.number(message.sender)}
        return json.dumps(resource)
    said |= {
        "level": stage.level,
        "status_code_description": stage.description,
        "timestamp": moment(stage.at).isoformat(timespec="seconds"),
    }
    resource["links"] = {"related": f"{base}/{quirks['callback_version']}/messages/{message.id}"}
    return json.dumps({"data": resource})


def inbound(
    message: Message, url: str, media_urls: list[str], base: str, writer: Writer, quirks: Mapping[str, str]
) -> str:
    """Write a message that arrived: https://developer.flowroute.com/api/messages/v2.1/receive-an-sms and -an-mms."""
    if quirks["envelope"] == "flat" or (quirks["envelope"] == "versions" and quirks["callback_version"] == "v2"):
        # https://developer.flowroute.com/docs/receive-an-inbound-message
        to, sender = writer.number(message.recipient), writer.number(message.sender)
        return json.dumps({"to": to, "from": sender, "body": message.body, "id": message.id})
    resource = json.loads(writer.record(message, message.at))
    if not message.mms:
        _as_an_sms_is_told(resource["attributes"], message, url, quirks)
    if quirks["envelope"] == "bare":
        return json.dumps(resource)
    if not message.mms:
        return json.dumps({"data": resource})
    files = media.included(message.media or "[]", f"{base}/{quirks['callback_version']}", media_urls)
    return json.dumps({"data": resource, "included": files})


def _as_an_sms_is_told(attributes: dict[str, Any], message: Message, url: str, quirks: Mapping[str, str]) -> None:
    """Change what a record says to what was seen in October 2024: simontelephonics/smsconnector#59."""
    del attributes["delivery_receipts"]
    attributes["amount_nanodollars"] = str(message.amount) if quirks["webhook_amount"] == "text" else message.amount
    attributes["message_callback_url"] = url
    attributes["timestamp"] = f"{moment(message.at):%Y-%m-%dT%H:%M:%S.%fZ}"
