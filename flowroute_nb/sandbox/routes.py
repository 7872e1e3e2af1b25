"""A request becomes an answer: who asks, what for, and whether it may be."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
import threading
import uuid
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from flowroute_nb.sandbox import prices, shapes
from flowroute_nb.sandbox.state import micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.state import State

__all__ = ["Reply", "Request", "Routes"]

VERSIONS = ("v2", "v2.1", "v2.2")
CONTENT_TYPES = ("application/vnd.api+json", "application/json")
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
DEFAULT_LIMIT = 10  # nobody documents one
LARGEST = 2**63 - 1
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+ ]00:?00)?)?")
_NUMBER = re.compile(r"\+?\d{11,15}")
_URL = re.compile(r"https?://[^\s/]+\S*")
_CURLY = "‘’“”"  # noqa: RUF001  "known to cause errors"


class Request(NamedTuple):
    """What came over HTTP."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """What goes back; whether a message was taken is for the faults to know."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


class _No(Exception):
    """An error to answer with."""

    def __init__(self, status: int, detail: object, **more: Any) -> None:  # noqa: ANN401  JSON of any kind
        super().__init__(status)
        self.status, self.detail, self.more = status, detail, more


class Routes:
    """Answers requests for one account.

    Parameters
    ----------
    state, clock
        What is remembered, and what time it is.
    keys : tuple of str
        The access key and the secret key.
    numbers : list of str
        The account's numbers, digits.
    rates : tuple of int
        SMS and MMS a second; 0 for no limit.
    seed : int
        Makes ids the same for the same story.

    """

    def __init__(
        self, state: State, clock: Clock, keys: tuple[str, str], numbers: list[str], rates: tuple[int, int], seed: int
    ) -> None:
        self._state, self._clock, self._numbers, self._rates = state, clock, numbers, rates
        self._authorization = base64.b64encode(":".join(keys).encode()).decode()
        self._lock = threading.Lock()
        self._attempts: Counter[tuple[int, str, str]] = Counter()
        self._seed, self._made = seed, 0
        self.url = ""  # known once the server listens

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        try:
            return self._routed(request)
        except _No as no:
            return self.no(no.status, no.detail, **no.more)

    def no(self, status: int, detail: object, **more: Any) -> Reply:  # noqa: ANN401  JSON of any kind
        """Answer with an error."""
        heads = (("WWW-Authenticate", 'Basic realm="Flowroute"'),) if status == 401 else ()  # noqa: PLR2004
        return Reply(status, shapes.error(status, self._new_id("error"), TITLES[status], detail, **more), heads)

    def _new_id(self, what: str) -> str:
        with self._lock:
            self._made += 1
            return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._seed} {what} {self._made} {micros(self._clock.now())}"))

    def _routed(self, request: Request) -> Reply:
        url = urlsplit(request.target)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        self._authorize(request.headers.get("Authorization", ""))
        if parts[0] not in VERSIONS or parts[1:2] != ["messages"] or len(parts) > 3:  # noqa: PLR2004
            raise _No(404, "The requested URL was not found on the server.")
        version, alone = parts[0], len(parts) == 2  # noqa: PLR2004  /version/messages
        if request.method == "POST" and alone:
            return self._send(request, version)
        if request.method != "GET":
            raise _No(405, "The method is not allowed for the requested URL.")
        return self._set(version, url.query) if alone else self._one(version, parts[2])

    def _authorize(self, said: str) -> None:
        scheme, _, token = said.partition(" ")
        try:
            given = base64.b64decode(token.strip(), validate=True)
        except binascii.Error:
            given = b""
        if scheme.lower() != "basic" or given != base64.b64decode(self._authorization):
            raise _No(401, "Your credentials could not be verified.")

    def _one(self, version: str, message_id: str) -> Reply:
        found = self._state.one(message_id, version, micros(self._clock.now()))
        if found is None:
            raise _No(404, "The requested message was not found.")
        return Reply(200, f'{{"data": {found}}}')

    # ------------------------------------------------------------------ a set of records

    def _set(self, version: str, query: str) -> Reply:
        """https://developer.flowroute.com/api/messages/v2.1/look-up-set-of-messages/."""
        asked = dict(parse_qsl(query, keep_blank_values=True))
        if "start_date" not in asked:
            raise _No(422, {"start_date": ["Missing data for required field."]})
        start = _midnight("start_date", asked["start_date"])
        end = _midnight("end_date", asked["end_date"]) if "end_date" in asked else None
        limit = _whole("limit", asked.get("limit", str(DEFAULT_LIMIT)), least=1)
        offset = _whole("offset", asked.get("offset", "0"), least=0)
        now = micros(self._clock.now())
        found = self._state.some(
            version, now, micros(start), now + 1 if end is None else micros(end), min(limit + 1, LARGEST), offset
        )
        more = len(found) > limit
        links = {"next": self._next(version, start, end, limit, offset + limit)} if more else {}
        return Reply(200, f'{{"data": [{", ".join(found[:limit])}], "links": {json.dumps(links)}}}')

    def _next(self, version: str, start: dt.datetime, end: dt.datetime | None, limit: int, offset: int) -> str:
        """Make the link to the next page, its dates rewritten to midnight as in the published sample."""
        until = {} if end is None else {"end_date": end.isoformat()}
        query = urlencode({"limit": limit, "start_date": start.isoformat(), **until, "offset": offset})
        return f"{self.url}/{version}/messages?{query}"

    # ------------------------------------------------------------------ a send

    def _send(self, request: Request, version: str) -> Reply:
        said = _json(request)
        self._count(request, mms=_is_mms(_attributes(said)))
        kind = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind not in CONTENT_TYPES:
            raise _No(415, f"Content type {kind!r} is not supported.")
        if said is None:
            raise _No(400, "The request body is not valid JSON.")
        wanted = _attributes(said)
        if wanted is None:
            raise _No(422, {"data": ["Not a valid message."]})
        return self._taken(version, _checked(wanted, version, flat=wanted is said))

    def _count(self, request: Request, *, mms: bool) -> None:
        """Count attempts in each clock second: https://developer.flowroute.com/docs/flowroute-messaging-rate-limits/."""
        second = int(self._clock.now().timestamp())
        path = urlsplit(request.target).path.rstrip("/")
        with self._lock:
            self._attempts = Counter({key: n for key, n in self._attempts.items() if key[0] >= second})
            over = False
            for what, rate in (("any", self._rates[0]), *((("mms", self._rates[1]),) if mms else ())):
                self._attempts[second, path, what] += 1
                over = over or (bool(rate) and self._attempts[second, path, what] > rate)
        if over:
            raise _No(429, "Too many requests. Limits are counted for each second.")

    def _taken(self, version: str, wanted: _Wanted) -> Reply:
        if wanted.sender not in self._numbers:
            raise _No(403, "The from number is not on this account.")
        if self._state.last_word(wanted.recipient, wanted.sender) == "STOP":
            raise _No(400, "The recipient has opted out of messages from this number.", code=1110)
        at = micros(self._clock.now())
        price = prices.price(wanted.body, mms=wanted.mms)
        family = "mdr1" if version == "v2" else "mdr2"
        unique = self._new_id(f"{wanted.recipient} {wanted.body}").replace("-", "")
        message_id = f"{family}-{unique}"
        media = [{"id": f"{unique}-{n}", "type": "media"} for n, _ in enumerate(wanted.media_urls, 1)]
        message = shapes.Message(
            id=message_id,
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
        lag = 10**6 + int(unique[:4], 16) * 30  # readable one to three seconds later
        self._state.take(message, at + lag, version, json.dumps(wanted.media_urls))
        return Reply(*shapes.sent(message_id, version, self.url, price))


class _Wanted(NamedTuple):
    """A message that is asked to be sent, checked."""

    recipient: str
    sender: str
    body: str | None
    mms: bool
    media_urls: list[str]


def _json(request: Request) -> Any:  # noqa: ANN401  JSON of any kind
    try:
        return json.loads(request.body.decode())
    except (ValueError, RecursionError):
        return None


def _attributes(said: Any) -> dict[str, Any] | None:  # noqa: ANN401  JSON of any kind
    """Find what is said of the message in either of the two styles: flat, or data.attributes."""
    if not isinstance(said, dict):
        return None
    if "data" not in said:
        return said
    data = said["data"]
    found = data.get("attributes") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None


def _is_mms(wanted: dict[str, Any] | None) -> bool:
    flag = (wanted or {}).get("is_mms")
    return flag is True or (isinstance(flag, str) and flag.lower() == "true") or bool((wanted or {}).get("media_urls"))


def _fate(unique: str) -> int:
    """Choose the code of a message's last receipt: delivered as a rule, accepted at the least, failed now and then."""
    throw = int(unique[-4:], 16) / 0xFFFF
    return 1007 if throw < 0.03 else 1003 if throw < 0.3 else 1004  # noqa: PLR2004  shares of each


def _checked(wanted: dict[str, Any], version: str, *, flat: bool) -> _Wanted:
    """Check each field; what is wrong is told in an object that mirrors the request."""
    if version == "v2" and wanted.get("body") is None:  # the documentation says body, the SDKs content
        wanted = {**wanted, "body": wanted.get("content")}
    wrong = {name: [why] for name, check in _CHECKS.items() if (why := check(wanted))}
    if version == "v2" and _is_mms(wanted):
        wrong["is_mms"] = ["MMS is not supported by this version."]
    if wrong:
        raise _No(422, wrong if flat else {"data": {"attributes": wrong}})
    to, sender, urls = wanted["to"].lstrip("+"), wanted["from"].lstrip("+"), wanted.get("media_urls") or []
    return _Wanted(to, sender, wanted.get("body"), _is_mms(wanted), urls)


def _wrong_number(name: str, wanted: dict[str, Any]) -> str | None:
    if name not in wanted:
        return "Missing data for required field."
    fine = isinstance(wanted[name], str) and _NUMBER.fullmatch(wanted[name])
    return None if fine else "Not a valid E.164 number."


def _wrong_body(wanted: dict[str, Any]) -> str | None:
    body = wanted.get("body")
    if not isinstance(body, str | None):
        return "Not a valid string."
    if not body and not wanted.get("media_urls"):
        return "Missing data for required field."
    return "Smart quotes are not supported." if any(c in _CURLY for c in body or "") else None


def _wrong_media(wanted: dict[str, Any]) -> str | None:
    urls = wanted.get("media_urls") or []
    fine = isinstance(urls, list) and all(isinstance(url, str) and _URL.fullmatch(url) for url in urls)
    return None if fine else "Not a valid list of URLs."


def _wrong_flag(wanted: dict[str, Any]) -> str | None:
    return None if str(wanted.get("is_mms", False)).lower() in ("true", "false", "none") else "Not a valid boolean."


def _wrong_callback(wanted: dict[str, Any]) -> str | None:
    callback = wanted.get("dlr_callback")
    fine = callback is None or (isinstance(callback, str) and _URL.fullmatch(callback))
    return None if fine else "Not a valid URL."


_CHECKS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "to": partial(_wrong_number, "to"),
    "from": partial(_wrong_number, "from"),
    "body": _wrong_body,
    "media_urls": _wrong_media,
    "is_mms": _wrong_flag,
    "dlr_callback": _wrong_callback,
}


def _midnight(name: str, said: str) -> dt.datetime:
    """Read a date; the service rewrites any time of day to the midnight before it."""
    found = _DATE.fullmatch(said)
    try:
        return dt.datetime.combine(dt.date.fromisoformat(found[1] if found else said), dt.time(), dt.UTC)
    except ValueError:
        raise _No(422, {name: ["Not a valid datetime."]}) from None


def _whole(name: str, said: str, *, least: int) -> int:
    if not re.fullmatch(r"-?\d{1,18}", said) or int(said) < least:
        raise _No(422, {name: [f"Must be an integer of at least {least}."]})
    return int(said)
