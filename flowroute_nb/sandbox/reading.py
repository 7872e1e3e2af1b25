"""Records are read: one by its id, or a set of them page by page."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flowroute_nb.sandbox import media
from flowroute_nb.sandbox.clock import micros
from flowroute_nb.sandbox.exchange import No, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.state import Found, State

__all__ = ["Reading", "asked", "number"]

# A date alone, or with a time in UTC; the space is a "+" that was not escaped.
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+ ]00:?00)?)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DAY = dt.timedelta(days=1)
_LARGEST = 10**18


class Reading:
    """Answers who asks for records."""

    def __init__(self, state: State, clock: Clock, quirks: Mapping[str, str]) -> None:
        self._state, self._clock, self._quirks = state, clock, quirks

    def one(self, request: Request, version: str, record_id: str) -> Reply:
        """https://developer.flowroute.com/api/messages/v2.1/look-up-a-message-detail-record/."""
        found = self._state.one(record_id, version, micros(self._clock.now()))
        if found is None:
            raise No(404, "The requested message was not found.")
        beside = ""
        if found.media and self._quirks["included"] == "present":
            beside = f', "included": {json.dumps(media.included(found.media, f"{request.base}/{version}"))}'
        return Reply(200, b'{"data": %b%b}' % (found.said, beside.encode()))

    def media(self, request: Request, version: str, media_id: str) -> Reply:
        """No page documents it; links to it were seen in https://developer.flowroute.com/api/messages/v2.2/receive-an-mms."""
        found = None
        if self._quirks["media"] == "served":
            owner = f"mdr2-{media_id.rpartition('-')[0]}"
            found = self._state.one(owner, version, micros(self._clock.now()))
        for each in media.included(found.media, f"{request.base}/{version}") if found and found.media else []:
            if each["id"] == media_id:
                return Reply(200, json.dumps({"data": each}).encode())
        raise No(404, "The requested media was not found.")

    def some(self, request: Request, version: str) -> Reply:
        """https://developer.flowroute.com/api/messages/v2.1/look-up-set-of-messages/."""
        said = asked(request)
        start, end = self._range(said)
        limit = number("limit", said.get("limit", self._quirks["default_limit"]), least=1)
        if self._quirks["max_limit"] != "none":
            limit = min(limit, int(self._quirks["max_limit"]))
        offset = number("offset", said.get("offset", "0"), least=0)
        now = self._clock.now()
        until = micros(now) + 1 if end is None else micros(self._last(end))
        found = self._state.some(version, micros(now), (micros(start), until), limit + 1, offset)
        if not found and offset and self._quirks["large_offset"] == "refused":
            raise No(422, {"offset": ["Is behind the last record."]})
        following, place = None, f"{request.base}/{version}/messages"
        if len(found) > limit:
            following = f"{place}?{_following(start, end, limit, offset + limit)}"
        written = b'{"data": [%b]%b}' % (self._listed(found[:limit], place), self._links(following).encode())
        return Reply(200, written)

    def _range(self, said: Mapping[str, str]) -> tuple[dt.datetime, dt.datetime | None]:
        """Read the two dates; the service rewrites any time of day to the midnight before it."""
        if "start_date" not in said:
            raise No(422, {"start_date": ["Missing data for required field."]})
        start = self._date("start_date", said["start_date"])
        end = self._date("end_date", said["end_date"]) if "end_date" in said else None
        if end is None and self._quirks["no_end_date"] == "one_day":
            return start, min(start, dt.datetime.max.replace(tzinfo=dt.UTC) - _DAY) + _DAY
        return start, end

    def _last(self, end: dt.datetime) -> dt.datetime:
        """Say before which moment records lie that an end means."""
        if self._quirks["end_date"] == "midnight" or end.year == dt.MAXYEAR:
            return end
        return end.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY

    def _date(self, name: str, said: str) -> dt.datetime:
        try:
            fine = _DATE.fullmatch(said) and dt.datetime.fromisoformat(said.replace(" ", "+"))
        except ValueError:
            fine = None
        if not fine:
            raise No(422, {name: ["Not a valid datetime."]})
        found = fine.replace(tzinfo=dt.UTC)
        if self._quirks["next_dates"] == "midnight":
            return found.replace(hour=0, minute=0, second=0, microsecond=0)
        return found

    def _listed(self, found: list[Found], place: str) -> bytes:
        """Write records as they stand in a list; of a thousand each byte is copied as seldom as can be."""
        if self._quirks["record_links"] == "absent":
            return b", ".join([each.said for each in found])
        links = f', "links": {{"self": "{place}/%s"}}}}'
        return b", ".join([each.said[:-1] + (links % each.id).encode() for each in found])

    def _links(self, following: str | None) -> str:
        if following is None and self._quirks["last_page"] == "no_links":
            return ""
        links: dict[str, Any] = {"next": following}
        if following is None and self._quirks["last_page"] == "empty_links":
            links = {}
        return f', "links": {json.dumps(links)}'


def _following(start: dt.datetime, end: dt.datetime | None, limit: int, offset: int) -> str:
    """Write the query of the next page, its dates as in the published sample."""
    until = {} if end is None else {"end_date": end.isoformat()}
    return urlencode({"limit": limit, "start_date": start.isoformat(), **until, "offset": min(offset, _LARGEST)})


def asked(request: Request) -> dict[str, str]:
    """Read the query of a request."""
    return dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))


def number(name: str, said: str, *, least: int, most: int = _LARGEST) -> int:
    """Read a whole number of a query."""
    if not _WHOLE.fullmatch(said) or not least <= int(said) <= most:
        upto = "" if most == _LARGEST else f" and at most {most}"
        raise No(422, {name: [f"Must be an integer of at least {least}{upto}."]})
    return int(said)
