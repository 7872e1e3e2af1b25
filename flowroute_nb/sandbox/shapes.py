"""How each version of the API writes what it says: a record, the answer to a send."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flowroute_nb.sandbox import clock, prices
from flowroute_nb.sandbox.message import receipts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowroute_nb.sandbox.message import Message, Receipt

__all__ = ["Writer", "kind", "moment", "sent"]

_TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_quoted = json.JSONEncoder(ensure_ascii=False).encode

# How many digits behind the point, and the zone: of v2, of the newer versions.
_MOMENTS = {
    "samples": ((6, "+00:00"), (2, "Z")),
    "seconds": ((0, "Z"), (0, "Z")),
    "micros": ((6, "Z"), (6, "Z")),
    "offset": ((0, "+00:00"), (0, "+00:00")),
}
_PLAIN = {"delivery success": "delivered", "delivery failure": "failed"}
_WORDLESS = {"null": "null", "empty": '""', "absent": None}
#: https://developer.flowroute.com/api/messages/v2.1/look-up-a-message-detail-record/
_NEWER = {
    "delivery_receipts": "[%(receipts)s]",
    "is_mms": "%(mms)s",
    "message_type": '"%(kind)s"',
    "status": "%(status)s",
}


@lru_cache(maxsize=100_000)
def _minute(minute: int) -> str:
    return f"{clock.moment(minute * 60_000_000):%Y-%m-%dT%H:%M:}"


def moment(at: int, digits: int, zone: str) -> str:
    """Write a moment with so many digits behind the point; the others are cut off, as Flowroute does."""
    minute, micro = divmod(at, 60_000_000)
    rest = f"{micro:08d}"
    return f"{_minute(minute)}{rest[:2]}{'.' if digits else ''}{rest[2 : 2 + digits]}{zone}"


def kind(number: str) -> str:
    """Say what a number of ours is: a long code or toll-free."""
    return "toll-free" if number[1:4] in _TOLL_FREE else "longcode"


class Writer:
    """Writes records as one version does, under the quirks that were chosen.

    Parameters
    ----------
    version : str
        v2, v2.1 or v2.2.
    quirks : dict
        Name to value.
    tariff : Tariff
        What things cost.

    Attributes
    ----------
    callback : str
        The account's callback for SMS as JSON, which v2 says in each record.
    spec : str
        Writers of the same spec write the same.

    """

    def __init__(self, version: str, quirks: Mapping[str, str], tariff: prices.Tariff) -> None:
        self._quirks, self._tariff = quirks, tariff
        self.callback = "null"
        self._is_old = version == "v2"
        self._says_price = version == "v2.2" and quirks["record_price"] == "present"
        self._digits, self._zone = _MOMENTS[quirks["timestamps"]][0 if self._is_old else 1]
        self._longcode = quirks["v2_message_type"] if self._is_old else "longcode"
        self._plus = "+" if version == "v2.2" and quirks["numbers_said"] == "plus" else ""
        attributes = self._common() | (self._older() if self._is_old else _NEWER)
        if self._says_price:
            attributes["price_details"] = "%(price)s"
        if quirks["new_fields"] == "some":
            attributes["zz_new"] = "[1, {}]"
        self._template = _whole(attributes)
        self.spec = json.dumps([sorted(attributes), self._is_old, self._plus, *(quirks[name] for name in _WRITTEN)])
        if quirks["wordless"] == "absent":
            del attributes["body"]
        self._wordless = _whole(attributes)  # where there is no body

    def record(self, message: Message, now: int) -> str:
        """Write a record, with the receipts that have come by now."""
        template = self._wordless if message.body is None else self._template
        return template % self._values(message, now)

    def moment(self, at: int) -> str:
        """Write a moment."""
        return moment(at, self._digits, self._zone)

    def status(self, said: str) -> str:
        """Write the status of a message or of a receipt."""
        return _PLAIN.get(said, said) if self._quirks["status_words"] == "plain" else said

    def number(self, kept: str) -> str:
        """Write a phone number."""
        if kept[0] == "+":
            return kept if self._plus or self._quirks["foreign_numbers"] == "plus" else kept[1:]
        return f"{self._plus}{kept}" if len(kept) == 11 else kept  # noqa: PLR2004  a short code has no +

    def _common(self) -> dict[str, str]:
        """Say what every version says, as JSON with holes: https://developer.flowroute.com/api/messages/v2.1/."""
        return {
            "amount_display": '"$%(dollars)s"' if self._quirks["amount_display"] == "text" else "%(dollars)s",
            "amount_nanodollars": '"%(amount)d"' if self._quirks["amount"] == "text" else "%(amount)d",
            "body": "%(body)s",
            "direction": '"%(direction)s"',
            "from": '"%(sender)s"',
            "message_encoding": "%(encoding)d",
            "timestamp": '"%(timestamp)s"',
            "to": '"%(recipient)s"',
        }

    def _older(self) -> dict[str, str]:
        """https://developer.flowroute.com/api/messages/v2.0/look-up-a-message-detail-record/."""
        inner = {"type": '"messages"'} if self._quirks["v2_inner_type"] == "present" else {}
        return {
            "callback_url": "%(callback_url)s",
            self._quirks["v2_mms_flag"]: "%(mms)s",
            "message_type": '"%(kind)s"',
            **inner,
        }

    def _values(self, message: Message, now: int) -> dict[str, object]:
        """Give what fills the holes; what this version does not say is not made."""
        body, ours = message.body, message.sender if message.direction == "outbound" else message.recipient
        said: dict[str, object] = {
            "id": message.id,
            "media": f', "relationships": {{"media": {{"data": {message.media}}}}}' if message.media else "",
            "dollars": _dollars(message.amount),
            "amount": message.amount,
            "body": _WORDLESS[self._quirks["wordless"]] if body is None else _quoted(body),
            "direction": message.direction,
            "sender": self.number(message.sender),
            "encoding": 0 if body is None or body.isascii() else 8,
            "timestamp": self.moment(message.at),
            "recipient": self.number(message.recipient),
            "mms": "true" if message.mms else "false",
            "kind": kind(ours).replace("longcode", self._longcode),
        }
        if self._says_price:
            said["price"] = json.dumps(price_details(self._tariff.price(message), self._quirks))
        if self._is_old:
            said["callback_url"] = self.callback
            return said
        came = [] if self._quirks["mms_receipts"] == "none" and message.mms else receipts(message, now)
        said |= {"receipts": self._receipts(came), "status": self._status(message, came)}
        return said

    def _status(self, message: Message, came: list[Receipt]) -> str:
        if message.direction == "inbound":
            return '""' if message.mms else '"delivered"'
        return f'"{self.status(came[0].status)}"' if came else '"mmsc submit"' if message.mms else '"smsc submit"'

    def _receipts(self, came: list[Receipt]) -> str:
        ordered = came if self._quirks["receipt_order"] == "newest" else came[::-1]
        return ", ".join([self._receipt(each) for each in ordered])

    def _receipt(self, said: Receipt) -> str:
        code = f'"status_code": {said.code}, '
        if said.code is None:
            code = "" if self._quirks["status_code"] == "absent" else '"status_code": null, '
        elif self._quirks["status_code"] == "text":
            code = f'"status_code": "{said.code}", '
        return (
            f'{{"level": {said.level}, "status": "{self.status(said.status)}", {code}'
            f'"status_code_description": "{said.description}", "timestamp": "{self.moment(said.at)}"}}'
        )


#: The quirks that show in a record.
_WRITTEN = (
    "amount",
    "amount_display",
    "foreign_numbers",
    "timestamps",
    "v2_message_type",
    "wordless",
    "mms_receipts",
    "status_words",
    "status_code",
    "receipt_order",
    "price_type",
)


def _whole(attributes: Mapping[str, str]) -> str:
    """Put the holes of a record into it; what is in it has the order in which it was seen."""
    said = ", ".join(f'"{name}": {attributes[name]}' for name in sorted(attributes))
    return f'{{"attributes": {{{said}}}, "id": "%(id)s"%(media)s, "type": "message"}}'


def sent(message: Message, version: str, url: str, price: prices.Price, quirks: Mapping[str, str]) -> tuple[int, bytes]:
    """Write the answer to a send: its status and its body."""
    new: dict[str, Any] = {"zz_new": True} if quirks["new_fields"] == "some" else {}
    if version == "v2":
        return 200, json.dumps({"data": {"id": message.id, **new}}).encode()
    data: dict[str, Any] = {"id": message.id, "type": "message", **new}
    if version == "v2.2" and not (message.mms and quirks["mms_price"] == "absent"):
        # https://developer.flowroute.com/api/messages/v2.2/send-an-sms/
        said = {"price_details": price_details(price, quirks)}
        data |= said if quirks["price_details"] == "data" else {"attributes": said}
    data["links"] = {"self": f"{url}/{version}/messages/{message.id}"}
    return int(quirks["send_status"]), json.dumps({"data": data}).encode()


def price_details(price: prices.Price, quirks: Mapping[str, str]) -> dict[str, Any]:
    """Write a price as v2.2 does."""
    # https://developer.flowroute.com/api/messages/v2.2/send-an-sms/: both rates are in it, whatever an amount has in it
    charged = (price.rate + price.surcharge) * price.segments if price.amount else 0
    amounts = {"base_rate": price.rate, "surcharge_rate": price.surcharge, "charged_cost": charged}
    as_text = quirks["price_type"] == "text"
    said = {name: text if as_text else float(text) for name, text in ((n, _dollars(a)) for n, a in amounts.items())}
    return {**said, "segment_count": price.segments}


def _dollars(nanodollars: int) -> str:
    return prices.display(nanodollars)[1:]
