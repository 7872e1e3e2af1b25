"""Records are read: one by its id, or a set of them page by page."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from flowroute_nb.sandbox.exchange import No, Reply
from flowroute_nb.sandbox.state import micros

if TYPE_CHECKING:
    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.state import State

__all__ = ["Reading"]

DEFAULT_LIMIT = 10  # no default and no maximum is documented

# A date alone, or with a time in UTC; the space is a "+" that was not escaped.
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+ ]00:?00)?)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


class Reading:
    """Answers who asks for records."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state, self._clock = state, clock

    def one(self, request: Request, version: str, record_id: str) -> Reply:  # noqa: ARG002  all answer alike
        """https://developer.flowroute.com/api/messages/v2.1/look-up-a-message-detail-record/."""
        found = self._state.one(record_id, version, micros(self._clock.now()))
        if found is None:
            raise No(404, "The requested message was not found.")
        return Reply(200, f'{{"data": {found}}}')

    def some(self, request: Request, version: str) -> Reply:
        """https://developer.flowroute.com/api/messages/v2.1/look-up-set-of-messages/."""
        asked = dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
        if "start_date" not in asked:
            raise No(422, {"start_date": ["Missing data for required field."]})
        start = _midnight("start_date", asked["start_date"])
        end = _midnight("end_date", asked["end_date"]) if "end_date" in asked else None
        limit = _whole("limit", asked.get("limit", str(DEFAULT_LIMIT)), least=1)
        offset = _whole("offset", asked.get("offset", "0"), least=0)
        now = micros(self._clock.now())
        until = now + 1 if end is None else micros(end)
        found = self._state.some(version, now, (micros(start), until), limit + 1, offset)
        links = {}
        if len(found) > limit:
            place = f"{request.base}/{version}/messages"
            links = {"next": f"{place}?{_following(start, end, limit, offset + limit)}"}
        return Reply(200, f'{{"data": [{", ".join(found[:limit])}], "links": {json.dumps(links)}}}')


def _following(start: dt.datetime, end: dt.datetime | None, limit: int, offset: int) -> str:
    """Write the query of the next page, its dates rewritten to midnight as in the published sample."""
    until = {} if end is None else {"end_date": end.isoformat()}
    return urlencode({"limit": limit, "start_date": start.isoformat(), **until, "offset": offset})


def _midnight(name: str, said: str) -> dt.datetime:
    """Read a date; the service rewrites any time of day to the midnight before it."""
    found = _DATE.fullmatch(said)
    try:
        return dt.datetime.combine(dt.date.fromisoformat(found[1] if found else ""), dt.time(), dt.UTC)
    except ValueError:
        raise No(422, {name: ["Not a valid datetime."]}) from None


def _whole(name: str, said: str, *, least: int) -> int:
    if not _WHOLE.fullmatch(said) or int(said) < least:
        raise No(422, {name: [f"Must be an integer of at least {least}."]})
    return int(said)
