"""What was sent and received and what it cost, by year, month and day and in all."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from flowroute_nb.sandbox import prices
from flowroute_nb.sandbox.clock import micros
from flowroute_nb.sandbox.exchange import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.state import State

__all__ = ["Stats"]

_EPOCH = dt.date(1970, 1, 1)
_GROUPS = {"year": 4, "month": 7, "day": 10, "lifetime": 0}  # in the documented order; how much of a date names one


class Stats:
    """Answers who asks for message stats."""

    def __init__(self, state: State, clock: Clock, quirks: Mapping[str, str]) -> None:
        self._state, self._clock, self._quirks = state, clock, quirks

    def all(self, request: Request, version: str) -> Reply:  # noqa: ARG002  all answer alike
        """https://developer.flowroute.com/api/messages/v2.0/look-up-message-stats-for-account."""
        groups: dict[str, dict[str, list[int]]] = {each: defaultdict(lambda: [0, 0, 0]) for each in _GROUPS}
        for day, inbound, count, amount in self._state.days(micros(self._clock.now())):
            date = str(_EPOCH + dt.timedelta(days=day))
            for name, cut in _GROUPS.items():
                sums = groups[name][date[:cut] if cut else name]
                sums[0 if inbound else 1] += count
                sums[2] += amount
        groups["lifetime"].setdefault("lifetime", [0, 0, 0])  # also when there was nothing
        said = [self._resource(date, *sums) for group in groups.values() for date, sums in sorted(group.items())]
        return Reply(200, json.dumps({"data": said}).encode())

    def _resource(self, date: str, inbound: int, outbound: int, amount: int) -> dict[str, Any]:
        total, shown = inbound + outbound, prices.display(amount)
        attributes = {
            "date": date,
            "amount_display": shown if self._quirks["amount_display"] == "text" else float(shown[1:]),
            "amount_nanodollars": str(amount) if self._quirks["amount"] == "text" else amount,
            "message_inbound": inbound,
            "message_outbound": outbound,
            "message_total": str(total) if self._quirks["message_total"] == "text" else total,
        }
        return {"type": "message-stats", "id": date, "attributes": attributes}
