"""A message is taken, or refused: not too many a second, in a form that can be read, from a number of ours."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING

from flowroute_nb.sandbox import fields, media, shapes
from flowroute_nb.sandbox.clock import micros
from flowroute_nb.sandbox.exchange import No, Reply
from flowroute_nb.sandbox.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.postman import Postman
    from flowroute_nb.sandbox.state import State

__all__ = ["Sending"]

_BALANCE = 10 * 10**9  # nanodollars
_FAILED, _ACCEPTED = 0.03, 0.3  # of the sends so many fail, and so many more are never said to have been delivered


class Sending:
    """Answers who sends: https://developer.flowroute.com/api/messages/v2.1/send-an-sms/."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        postman: Postman,
        numbers: list[str],
        rates: tuple[int, int],
        seed: int,
        quirks: Mapping[str, str],
    ) -> None:
        self._state, self._clock, self._postman, self._numbers, self._rates = state, clock, postman, numbers, rates
        self._quirks = quirks
        self._story = f"{seed} {clock.start.isoformat()}"
        self._lock = threading.Lock()
        self._attempts: Counter[tuple[int, str, str]] = Counter()

    def send(self, request: Request, version: str) -> Reply:
        """Check in this order: 429, 415, 400, 422, 403, and the recipient's own word; then take it."""
        self._count(version, mms=fields.asks_for_mms(request))
        wanted = fields.checked(fields.in_json(request), version, self._quirks)
        media.check(wanted.media_urls, wanted.body, self._quirks)
        self._allowed(wanted)
        return self._taken(request, version, wanted)

    def _allowed(self, wanted: fields.Wanted) -> None:
        if wanted.sender not in self._numbers:
            raise No(403, "The from number is not on this account.")
        if self._quirks["provisioned"] != "all" and shapes.kind(wanted.sender) == "toll-free":
            raise No(403, "The from number is not enabled for messaging.")
        if self._state.last_word(wanted.recipient, wanted.sender) == "STOP":
            # https://support.flowroute.com/717413: one word, to one of the numbers, until UNSTOP
            raise _opted_out(self._quirks["opted_out"])
        if self._quirks["balance"] != "endless" and self._state.spent() >= _BALANCE:
            raise No(402, "The account's balance is used up.")

    def _count(self, version: str, *, mms: bool) -> None:
        """Count attempts in each clock second: https://developer.flowroute.com/docs/flowroute-messaging-rate-limits/."""
        second = int(self._clock.now().timestamp())
        with self._lock:
            self._attempts = Counter({key: n for key, n in self._attempts.items() if key[0] >= second})
            over = False
            for what, rate in (("any", self._rates[0]), *((("mms", self._rates[1]),) if mms else ())):
                self._attempts[second, version, what] += 1
                over = over or (bool(rate) and self._attempts[second, version, what] > rate)
        if over:
            raise No(429, "Too many requests. Limits are counted for each second.")

    def _taken(self, request: Request, version: str, wanted: fields.Wanted) -> Reply:
        at = micros(self._clock.now())
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._story} message {self._state.next_number()}").hex
        message = Message(
            id=f"{'mdr1' if version == 'v2' else 'mdr2'}-{unique}",
            at=at,
            direction="outbound",
            sender=wanted.sender,
            recipient=wanted.recipient,
            body=wanted.body,
            mms=wanted.mms,
            amount=0,
            code=_fate(unique),
            media=media.named(unique, len(wanted.media_urls)),
        )
        readable = at if self._quirks["lag"] == "none" else at + _lag(unique)
        price = self._state.take(message, readable, version, json.dumps(wanted.media_urls))
        self._postman.sent(message, wanted.dlr_callback, request.base)
        return Reply(*shapes.sent(message, version, request.base, price, self._quirks))


def _opted_out(where: str) -> No:
    """Say 1110 in one of the places where it may stand."""
    if where == "detail":
        return No(400, "1110: user opted out (STOP)")
    if where == "nested":
        return No(400, {"code": 1110, "message": "user opted out (STOP)"})
    return No(400, "The recipient has opted out of messages from this number.", code=1110)


def _lag(unique: str) -> int:
    """Let one to three seconds pass until a record can be read: the official demo waits three."""
    return 10**6 + int(unique[:4], 16) * 2 * 10**6 // 0xFFFF


def _fate(unique: str) -> int:
    """Choose the code of a message's last receipt: delivered as a rule, accepted at the least, failed now and then."""
    throw = int(unique[-4:], 16) / 0xFFFF
    return 1007 if throw < _FAILED else 1003 if throw < _FAILED + _ACCEPTED else 1004
