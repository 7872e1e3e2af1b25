"""One message as the sandbox keeps it, and what becomes of it in the seconds after it was sent."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CODES", "SETTLED", "Message", "Receipt", "every_receipt", "receipts"]

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
_SECOND = 10**6
_FIRST, _BUFFERED, _LAST = 1 * _SECOND, 2 * _SECOND, 4 * _SECOND  # after the send
SETTLED = 10 * _SECOND  # after which a record changes no more


class Message(NamedTuple):
    """One message as the sandbox keeps it; ``at`` is microseconds of UTC."""

    id: str
    at: int
    direction: str
    sender: str
    recipient: str
    body: str | None
    mms: bool
    amount: int  # nanodollars; 0 until it is charged
    code: int | None  # the last receipt's, of what was sent
    media: str | None  # JSON text of relationships.media.data

    @property
    def failed(self) -> bool:
        """Whether it does not arrive."""
        return self.code not in (None, 1003, 1004)


class Receipt(NamedTuple):
    """One receipt: the first says that the message was handed on, the second what came of it."""

    level: int
    status: str
    code: int | None
    description: str
    at: int


def receipts(message: Message, now: int) -> list[Receipt]:
    """Give the receipts that stand in the record by now, the newest first.

    The second is first that the carrier took it, and is then replaced by the last word, where there is one.
    """
    told = [each for each in every_receipt(message) if each.at <= now]
    return [told[-1], told[0]] if len(told) > 1 else told


def every_receipt(message: Message) -> list[Receipt]:
    """Give every receipt that a message will ever have, in the order of their time."""
    if message.code is None:  # it came in
        return []
    first = "mmsc submit" if message.mms else "smsc submit"
    told = [
        Receipt(1, first, None, "Message has been sent", message.at + _FIRST),
        Receipt(2, *_said(1003), message.at + _BUFFERED),
    ]
    if message.code != 1003:  # noqa: PLR2004  accepted by the carrier is all that is ever said
        told.append(Receipt(2, *_said(message.code), message.at + _LAST))
    return told


def _said(code: int) -> tuple[str, int, str]:
    status, description = CODES[code]
    return status, code, description
