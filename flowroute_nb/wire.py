"""How to say things in Flowroute's bytes, and what its short answers mean. No socket, no clock."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from flowroute_nb import errors
from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CALLBACKS",
    "VERSIONS",
    "Answer",
    "Message",
    "Request",
    "Taken",
    "look_up_call",
    "masked",
    "record",
    "records",
    "refusal",
    "send",
    "taken",
    "version",
    "wants_content",
]

VERSIONS = ("v2", "v2.1", "v2.2")
_CALLBACKS = ("sms_callback", "mms_callback", "sms_dlr_callback", "mms_dlr_callback")
#: The callbacks of an account, by version. The two pages of v2.1, set-a-callback-url-for-account and
#: look-up-callback-details-for-account, name different ones; dlr_callback is the old name of sms_dlr_callback.
CALLBACKS = {"v2.1": (*_CALLBACKS, "dlr_callback"), "v2.2": _CALLBACKS}
_JSON_API = "application/vnd.api+json"
_ID = re.compile(r"[^\s/?#%\\\x00-\x1f\x7f\ud800-\udfff]+")


# ------------------------------------------------------------------------------------------------ requests


class Request(Struct, frozen=True):
    """One request as it will stand on the wire, without host or credentials."""

    method: str
    path: str  # with its query
    body: bytes | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The head that belongs to the body."""
        sent = {"Content-Type": _JSON_API} if self.body is not None else {}
        return {"Accept": f"{_JSON_API}, application/json", **sent}

    def __repr__(self) -> str:
        """Show where it goes, not what it says."""
        return f"<Request {self.method} {masked(self.path.partition('?')[0])}>"


class Answer(NamedTuple):
    """One answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Show how it went, not what it says."""
        return f"<Answer {self.status}, {len(self.body)} bytes>"


class Message(Struct, frozen=True):
    """One message to send: checked, numbers as :func:`flowroute_nb.normalize_number` writes them."""

    to: str
    from_: str
    body: str | None
    media_urls: tuple[str, ...] = ()
    is_mms: bool | None = None
    dlr_callback: str | None = None

    @property
    def mms(self) -> bool:
        """Whether it goes as an MMS."""
        return bool(self.is_mms or self.media_urls)

    def __repr__(self) -> str:
        """Show neither the text nor a whole number."""
        return f"<Message to …{self.to[-4:]} from …{self.from_[-4:]}>"


def version(api: object) -> str:
    """Check the name of a version of the API."""
    if api not in VERSIONS:
        raise InputError(
            f"api={api!r} is not a version of Flowroute's API. Give one of {', '.join(map(repr, VERSIONS))}."
        )
    return str(api)


def send(api: str, message: Message, text: str = "body") -> Request:
    """Make the request that sends a message; v2 may want its text by another name.

    https://developer.flowroute.com/api/messages/v2.1/send-an-sms/, .../send-an-mms
    """
    if api == "v2":
        if message.mms or message.dlr_callback:
            what = "MMS (media_urls=, is_mms=True)" if message.mms else "dlr_callback="
            raise InputError(f"Version v2 of the API has no {what}. Use an account with api='v2.1' or 'v2.2'.")
        # body is what https://developer.flowroute.com/api/messages/v2.0/send-a-message/ says; the SDKs send content.
        flat = {"to": message.to, "from": message.from_, text: message.body}
        return Request("POST", "/v2/messages", msgspec.json.encode(flat))
    to, from_ = message.to, message.from_
    if api == "v2.2":  # https://developer.flowroute.com/api/messages/v2.2/send-an-sms/
        to, from_ = f"+{to.removeprefix('+')}", f"+{from_.removeprefix('+')}"
    said: dict[str, Any] = {"to": to, "from": from_}
    if message.body is not None:
        said["body"] = message.body
    if message.is_mms is not None:
        said["is_mms"] = message.is_mms
    if message.media_urls:
        said["media_urls"] = message.media_urls
    if message.dlr_callback is not None:
        said["dlr_callback"] = message.dlr_callback
    return Request("POST", f"/{api}/messages", msgspec.json.encode({"data": {"type": "message", "attributes": said}}))


def record(api: str, record_id: object) -> Request:
    """Make the request for one record."""
    if not isinstance(record_id, str) or not record_id:
        what = "an empty text" if record_id == "" else f"of type {type(record_id).__name__}"
        raise InputError(
            f"A record's id is text such as 'mdr2-39cadeace66e11e7aff806cd7f24ba2d', and this is {what}. Give one."
        )
    if record_id in CALLBACKS["v2.1"]:  # GET /messages/sms_callback and GET /messages/mdr2-… share one shape of path
        raise InputError(
            f"{record_id!r} is the name of a callback, not a record's id. Give an id that a send returned."
        )
    if not _ID.fullmatch(record_id) or record_id in {".", ".."}:
        raise InputError(
            f"{record_id!r} can't be a record's id: one has no spaces, slashes or any of ? # %. "
            "Give one id as text, or a list of ids."
        )
    return Request("GET", f"/{api}/messages/{quote(record_id, safe='')}")


def records(api: str, start: dt.datetime, end: dt.datetime, limit: int) -> Request:
    """Make the request for the first page of the records between two midnights, UTC.

    https://developer.flowroute.com/api/messages/v2.1/look-up-set-of-messages/
    """
    query = {"start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{end:%Y-%m-%dT%H:%M:%SZ}", "limit": limit}
    return Request("GET", f"/{api}/messages?{urlencode(query)}")


def look_up_call(sent_at: dt.datetime) -> str:
    """Return the Python call that reads the records around a send, whatever the service's clock and the zone are.

    >>> look_up_call(dt.datetime(2026, 10, 31, 23, 59, tzinfo=dt.UTC))
    'account.messages("2026-10-30", "2026-11-01")'
    """
    day = dt.timedelta(days=1)
    return f'account.messages("{sent_at - day:%Y-%m-%d}", "{sent_at + day:%Y-%m-%d}")'


# ------------------------------------------------------------------------------------------------ answers


class Taken(NamedTuple):
    """What the service said when it took a message."""

    id: str
    charged: Decimal | None  # dollars, from v2.2 only; whatever number came, also one that cannot be true


_AMOUNT = re.compile(rb'"?(-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,9})?)"?')  # bytes: \d is ASCII alone


class _Price(Struct):
    charged_cost: msgspec.Raw = msgspec.Raw(b"null")  # a number or text, nobody knows

    def amount(self) -> Decimal | None:
        """Return the amount; None where it is missing or not one, e.g. has digits of another alphabet."""
        match = _AMOUNT.fullmatch(self.charged_cost)
        return Decimal(match[1].decode()) if match else None


class _Priced(Struct):
    price_details: _Price | None = None


class _Sent(Struct):
    id: str
    attributes: _Priced | None = None
    price_details: _Price | None = None


class _SentAnswer(Struct):
    data: _Sent


class _SentId(Struct):
    id: str


class _SentIdAnswer(Struct):
    data: _SentId


# Prepared while the module is loaded: msgspec crashes the process if two threads prepare a type at once.
msgspec.json.Decoder(_SentAnswer)
msgspec.json.Decoder(_SentIdAnswer)


def taken(answer: Answer) -> Taken | None:
    """Read the answer to a send; None when it is not one, so that nobody knows what became of the message."""
    try:
        said: _Sent | None = msgspec.json.decode(answer.body, type=_SentAnswer).data
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = _only_id(answer)
    if said is None or not said.id:
        return None
    # v2.2's page nests price_details under data, its one client reads data.attributes: take either
    price = said.price_details or (said.attributes and said.attributes.price_details)
    return Taken(said.id, price.amount() if price else None)


def _only_id(answer: Answer) -> _Sent | None:
    """Take the id where the price can't be read: the message was taken, and its record will say what it cost."""
    try:
        return _Sent(msgspec.json.decode(answer.body, type=_SentIdAnswer).data.id)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def wants_content(answer: Answer) -> bool:
    """Say whether v2 took nothing because it misses the text under the name that the SDKs gave it."""
    return answer.status == 422 and any("content" in _sentence(each) for each in _errors(answer.body))  # noqa: PLR2004


_COMMON = 8  # characters: a word as short as this may be one of the service's own, and tells nobody anything
_NOTHING = "Check the id; a record can be read a few seconds after its send (sent.wait() waits for it)."
_REFUSED: dict[int, tuple[type[errors.Refused], str]] = {
    400: (errors.Refused, "Check what was sent against the reason."),
    401: (
        errors.Unauthorized,
        "Check that the two keys are the pair shown in manage.flowroute.com under Preferences > API Control.",
    ),
    403: (
        errors.Forbidden,
        "Send from a number that is on the account and enabled for messaging, to a full number with its country code.",
    ),
    422: (errors.Unprocessable, "Correct the value and try again."),
    429: (errors.RateLimited, "Flowroute takes 5 SMS and 1 MMS a second for each key: wait, then try again."),
}


def refusal(
    answer: Answer, doing: str, secret: str | None = None, advice: Mapping[int, str] | None = None
) -> errors.FlowrouteError:
    """Turn an answer that is no success into the error it stands for.

    https://developer.flowroute.com/api/errors. A body that is empty, HTML or of any other shape still gives the status.
    What to do about a status is said for messages; ``advice`` has what to do about it where something else was asked.
    """
    advised = advice or {}
    said = _errors(answer.body)
    try:
        reason = "; ".join(filter(None, map(_sentence, said)))
    except RecursionError:
        reason = "a reason nested too deeply to be shown"
    if secret and (len(secret) > _COMMON or re.search(r"[\d\s]", secret)):
        reason = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "(the text)", reason)
    facts = {"status": answer.status, "errors": said, "request_id": next((e["id"] for e in said if "id" in e), None)}
    status = f"{answer.status}: {masked(reason.rstrip('.'))}" if reason else f"{answer.status}, without a reason"
    if 300 <= answer.status < 400:  # noqa: PLR2004  redirects
        told = "Flowroute's API never redirects, so the keys were not sent on. Check base_url and any proxy."
        return errors.ServiceBroken(f"{doing} was answered with a redirect ({status}). {told}", **facts)
    if answer.status >= 500 or answer.status < 400:  # noqa: PLR2004  the service's own trouble
        return errors.ServiceBroken(f"{doing} failed in the service ({status}). Try again later.", **facts)
    if answer.status == 400 and any(_code(e) == "1110" for e in said):  # noqa: PLR2004
        # https://support.flowroute.com/717413 : STOP blocks the one sending number, UNSTOP opens it again
        told = "The recipient answered STOP to this number and gets nothing from it until they answer UNSTOP."
        return errors.OptedOut(f"{doing} was refused ({status}). {told}", **facts)
    if answer.status == 404:  # noqa: PLR2004
        return errors.NotFound(f"{doing} found nothing ({status}). {advised.get(404, _NOTHING)}", **facts)
    kind, usual = _REFUSED.get(answer.status, (errors.Refused, "Check what was asked against the reason."))
    return kind(f"{doing} was refused ({status}). {advised.get(answer.status, usual)}", **facts)


def _errors(body: bytes) -> list[dict[str, Any]]:
    """Find the error objects of a body: ``errors`` as list or object, or the plain ``error`` of some v2 clients."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    if not isinstance(said, dict):
        return []
    found = said.get("errors", said.get("error"))
    if isinstance(found, str):
        found = {"detail": found, **{name: value for name, value in said.items() if name != "error"}}  # a code, maybe
    return [e for e in (found if isinstance(found, list) else [found]) if isinstance(e, dict)]


def _code(error: dict[str, Any]) -> str | None:
    """Find the code of an error: number or text, at its top or in its detail."""
    detail = error.get("detail")
    nested = detail if isinstance(detail, dict) else {}
    code = error.get("code", nested.get("code"))
    if code is None and isinstance(detail, str) and re.search(r"\b1110\b", detail):
        return "1110"
    return None if code is None else str(code)


def _sentence(error: dict[str, Any]) -> str:
    """Write one error object as text; its detail may be a text or mirror the request with lists of texts."""
    title, detail = error.get("title"), error.get("detail")
    said = detail if isinstance(detail, str) else "; ".join(_flat(detail))
    return ": ".join(str(part) for part in (title, said) if part)


def _flat(detail: object, place: str = "") -> list[str]:
    if isinstance(detail, dict):
        return [text for key, value in detail.items() for text in _flat(value, f"{place}.{key}" if place else str(key))]
    if isinstance(detail, list):
        return [text for value in detail for text in _flat(value, place)]
    return [] if detail is None else [f"{place}: {detail}" if place else str(detail)]


def masked(reason: str) -> str:
    """Leave of each phone number in a sentence, of the service or about it, the last four digits."""
    # the shortest numbers with a country code have seven digits
    return re.sub(r"(?<![\w.-])(?:\+\d{3,11}|\d{6,11})(\d{4})(?![\w-])", r"…\1", reason)
