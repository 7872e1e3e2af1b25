"""A message is taken, or refused: not too many a second, in a form that can be read, from a number of ours."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flowroute_nb.sandbox import fields, prices, shapes
from flowroute_nb.sandbox.exchange import No, Reply
from flowroute_nb.sandbox.state import micros

if TYPE_CHECKING:
    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.state import State

__all__ = ["Sending"]

CONTENT_TYPES = ("application/vnd.api+json", "application/json")
FAILED, ACCEPTED = 0.03, 0.3  # of the sends so many fail, and so many more are never said to have been delivered


class Sending:
    """Answers who sends: https://developer.flowroute.com/api/messages/v2.1/send-an-sms/."""

    def __init__(self, state: State, clock: Clock, numbers: list[str], rates: tuple[int, int], seed: int) -> None:
        self._state, self._clock, self._numbers, self._rates = state, clock, numbers, rates
        self._story = f"{seed} {clock.start.isoformat()}"
        self._lock = threading.Lock()
        self._attempts: Counter[tuple[int, str, str]] = Counter()

    def send(self, request: Request, version: str) -> Reply:
        """Check in this order: 429, 415, 400, 422, 403, and the recipient's own word; then take it."""
        said = fields.parsed(request.body)
        self._count(urlsplit(request.target).path.rstrip("/"), mms=fields.is_mms(fields.attributes(said)))
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in CONTENT_TYPES:
            raise No(415, f"Content type {kind!r} is not supported.")
        if said is None:
            raise No(400, "The request body is not valid JSON.")
        wanted = fields.checked(said, version)
        if wanted.sender not in self._numbers:
            raise No(403, "The from number is not on this account.")
        if self._state.last_word(wanted.recipient, wanted.sender) == "STOP":
            # https://support.flowroute.com/717413: one word, to one of the numbers, until UNSTOP
            raise No(400, "The recipient has opted out of messages from this number.", code=1110)
        return self._taken(request, version, wanted)

    def _count(self, path: str, *, mms: bool) -> None:
        """Count attempts in each clock second: https://developer.flowroute.com/docs/flowroute-messaging-rate-limits/."""
        second = int(self._clock.now().timestamp())
        with self._lock:
            self._attempts = Counter({key: n for key, n in self._attempts.items() if key[0] >= second})
            over = False
            for what, rate in (("any", self._rates[0]), *((("mms", self._rates[1]),) if mms else ())):
                self._attempts[second, path, what] += 1
                over = over or (bool(rate) and self._attempts[second, path, what] > rate)
        if over:
            raise No(429, "Too many requests. Limits are counted for each second.")

    def _taken(self, request: Request, version: str, wanted: fields.Wanted) -> Reply:
        at = micros(self._clock.now())
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._story} message {self._state.next_number()}").hex
        price = prices.price(wanted.body, mms=wanted.mms)
        media = [{"id": f"{unique}-{n}", "type": "media"} for n, _ in enumerate(wanted.media_urls, 1)]
        message = shapes.Message(
            id=f"{'mdr1' if version == 'v2' else 'mdr2'}-{unique}",
            at=at,
            direction="outbound",
            sender=wanted.sender,
            recipient=wanted.recipient,
            body=wanted.body,
            mms=wanted.mms,
            amount=price.amount,
            code=None if wanted.mms else _fate(unique),
            media=json.dumps(media) if media else None,
        )
        self._state.take(message, at + _lag(unique), version, json.dumps(wanted.media_urls))
        return Reply(*shapes.sent(message.id, version, request.base, price))


def _lag(unique: str) -> int:
    """Let one to three seconds pass until a record can be read: the official demo waits three."""
    return 10**6 + int(unique[:4], 16) * 2 * 10**6 // 0xFFFF


def _fate(unique: str) -> int:
    """Choose the code of a message's last receipt: delivered as a rule, accepted at the least, failed now and then."""
    throw = int(unique[-4:], 16) / 0xFFFF
    return 1007 if throw < FAILED else 1003 if throw < FAILED + ACCEPTED else 1004
