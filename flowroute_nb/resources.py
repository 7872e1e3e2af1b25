"""What an account has besides messages, in Flowroute's bytes: how to ask for it, and each answer as rows. No socket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, Raw

from flowroute_nb import schema
from flowroute_nb.errors import ServiceBroken
from flowroute_nb.items import BROKEN, Links
from flowroute_nb.mending import Resource, flag, number, text, whole
from flowroute_nb.phone import from_record
from flowroute_nb.records import money
from flowroute_nb.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "Said",
    "ask_callback",
    "ask_numbers",
    "ask_stats",
    "callback",
    "numbers",
    "put_callback",
    "remove_callback",
    "stats",
]

T = TypeVar("T")
_LARGEST = 10**18  # messages or nanodollars: more can't be true
_PERIODS = {
    "year": re.compile(r"\d{4}", re.ASCII),
    "month": re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII),
    "day": re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII),
    "lifetime": re.compile("lifetime"),
}


# ------------------------------------------------------------------------------------------------ requests


def ask_stats() -> Request:
    """Make the request for the totals, which version v2 alone has.

    https://developer.flowroute.com/api/messages/v2.0/look-up-message-stats-for-account
    """
    return Request("GET", "/v2/message-stats")


def ask_numbers(wanted: Mapping[str, str], limit: int) -> Request:
    """Make the request for the first page of the numbers, which stay on version v2.

    https://developer.flowroute.com/api/numbers/v2.0/list-account-phone-numbers/
    """
    return Request("GET", f"/v2/numbers?{urlencode({**wanted, 'limit': limit, 'offset': 0})}")


def ask_callback(api: str, kind: str) -> Request:
    """Make the request for one callback of the account.

    https://developer.flowroute.com/api/messages/v2.1/look-up-callback-details-for-account
    """
    return Request("GET", f"/{api}/messages/{kind}")


def put_callback(api: str, kind: str, url: str, of: str | None) -> Request:
    """Make the request that sets a callback: of the account, or of one number.

    https://developer.flowroute.com/api/messages/v2.2/set-a-callback-url-for-account/ and
    https://developer.flowroute.com/api/numbers/v2.0/set-a-messaging-callback-url-for-phone-number/
    """
    body = msgspec.json.encode({"callback_url": url})
    if of is None:
        return Request("PUT", f"/{api}/messages/{kind}", body)
    return Request("POST", f"/v2/numbers/{of.removeprefix('+')}/relationships/{kind}", body)


def remove_callback(kind: str) -> Request:
    """Make the request that removes a callback of the account.

    No page has it. Its one client, https://github.com/cjcox17/flowroute-client-go, asks v2.2, and a callback belongs to
    the account, not to the version that set it: so v2.2 is asked whatever the account speaks.
    """
    return Request("DELETE", f"/v2.2/messages/{kind}")


# ------------------------------------------------------------------------------------------------ answers


class Said(NamedTuple):
    """What one answer held: a row for each id, what could not be read and why, and where the next page is."""

    rows: dict[str, tuple[Any, ...]]
    bad: dict[str, str]
    next: str | None = None

    @property
    def ids(self) -> list[str]:
        """Whose page it is."""
        return [*self.rows, *self.bad]

    def __repr__(self) -> str:
        """Say how much there is, not what."""
        return f"<Said of {len(self.rows)} rows, {len(self.bad)} bad>"


class _Unreadable(ValueError):
    """Why one thing can't be read."""


def stats(body: bytes, place: str) -> Said:
    """Read the totals, a row for each group."""
    return _listed(body, place, _group_row)


def numbers(body: bytes, place: str) -> Said:
    """Read a page of the account's numbers."""
    return _listed(body, place, _number_row)


def callback(kind: str, body: bytes, place: str) -> Said:
    """Read one callback: a row, or none where none is set."""
    said: dict[str, Raw] = _decode(body, dict[str, Raw], place)
    for envelope in ("data", "attributes"):  # the example of the page was not to be seen: with both, or without
        if envelope in said:
            inside = _decode(said[envelope], dict[str, Raw] | None, f"{place}.{envelope}")
            if inside is None:
                return Said({}, {})
            said = inside
    if "callback_url" not in said:
        return Said({}, {kind: "has no callback_url"})
    try:
        url, version, product = (
            _taken(said, name, how)
            for name, how in (("callback_url", text), ("api_version", _version), ("product", text))
        )
    except _Unreadable as wrong:
        return Said({}, {kind: str(wrong)})
    return Said({kind: (kind, url, version, product)} if url else {}, {})


def _listed(body: bytes, place: str, row: Callable[[str, dict[str, Raw]], tuple[Any, ...]]) -> Said:
    """Read a list of resources, each by itself, so that one that can't be read spoils no other."""
    top = _decode(body, Resource, place)
    rows, bad = dict[str, tuple[Any, ...]](), dict[str, str]()
    for n, raw in enumerate(_decode(Raw(b"null") if top.data is UNSET else top.data, list[Raw], f"{place}.data")):
        name = f"{place}.data[{n}]"
        try:
            resource = _opened(raw)
            name = _identity(resource)
            rows[name] = row(name, _attributes(resource))
        except _Unreadable as wrong:
            bad[name] = str(wrong)
    links = None if top.links is UNSET else _decode(top.links, Links | None, f"{place}.links")
    return Said(rows, bad, links.next if links else None)


def _decode(said: bytes | Raw, kind: Any, place: str) -> Any:  # noqa: ANN401  as msgspec's own signature
    try:
        return msgspec.json.decode(said, type=kind)
    except BROKEN as broken:
        why = str(broken)
    raise ServiceBroken(f"{place}: this is not the JSON that Flowroute says ({why}). Try again later.")


def _opened(raw: Raw) -> Resource:
    try:
        return msgspec.json.decode(raw, type=Resource)
    except BROKEN:
        raise _Unreadable("is not a JSON object") from None


def _identity(resource: Resource) -> str:
    try:
        found = None if resource.id is UNSET else number(bytes(resource.id))
    except BROKEN:
        raise _Unreadable("has an id that is neither text nor a number") from None
    if not found:
        raise _Unreadable("has no id")
    return found


def _attributes(resource: Resource) -> dict[str, Raw]:
    if resource.attributes is UNSET:
        raise _Unreadable("has no attributes")
    try:
        found: dict[str, Raw] = msgspec.json.decode(resource.attributes, type=dict[str, Raw])
    except BROKEN:
        raise _Unreadable("has attributes that are not an object") from None
    return found


def _taken(said: dict[str, Raw], name: str, how: Callable[[bytes], T]) -> T:
    """Take one attribute out of those that were said; one that is absent is missing, as null is."""
    try:
        return how(bytes(said.pop(name, b"null")))
    except (*BROKEN, ValueError) as wrong:
        raise _Unreadable(f"{name} can't be read ({wrong})") from None


def _group_row(name: str, said: dict[str, Raw]) -> tuple[Any, ...]:
    """Make the row of one group of the totals, whose id is its date."""
    date = _taken(said, "date", text) or name
    period = next((period for period, shape in _PERIODS.items() if shape.fullmatch(date)), None)
    if period is None:
        raise _Unreadable("date is no year, month, day or lifetime")
    inbound, outbound, total = (_taken(said, f"message_{each}", _count) for each in ("inbound", "outbound", "total"))
    amount = _taken(said, "amount_nanodollars", _amount)
    return date, period, inbound, outbound, total, None if amount is None else money(amount), amount


def _count(raw: bytes) -> int | None:
    found = _amount(raw)
    if found is not None and found < 0:
        raise ValueError("fewer than none")
    return found


def _amount(raw: bytes) -> int | None:
    found = whole(msgspec.json.decode(raw, type=int | str | None))  # message_total is documented as text
    if found is not None and abs(found) > _LARGEST:
        raise ValueError("larger than any that can be true")
    return found


def _number_row(name: str, said: dict[str, Raw]) -> tuple[Any, ...]:
    """Make the row of one number: itself, what else has a column, and all that has none as JSON text."""
    written = from_record(_taken(said, "value", number) or name)
    if not re.fullmatch(r"\+?\d+", written, re.ASCII):
        raise _Unreadable("value is no phone number")
    named = [_taken(said, column.name, _HOW[column.dtype]) for column in schema.NUMBERS[1:-1]]
    return written, *named, _rest(said)


def _rest(said: dict[str, Raw]) -> str | None:
    """Give what nobody took as one JSON text."""
    try:
        return msgspec.json.format(msgspec.json.encode(said), indent=-1).decode() if said else None
    except UnicodeDecodeError as wrong:
        raise _Unreadable(f"{', '.join(said)} can't be read ({wrong})") from None


def _version(raw: bytes) -> str | None:
    found = msgspec.json.decode(raw, type=str | int | float | None)  # no sample is known: v2.1, or 2.1
    return found if found is None or isinstance(found, str) else raw.decode()


_HOW: dict[str, Callable[[bytes], Any]] = {"str": text, "boolean": flag}
