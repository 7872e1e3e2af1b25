"""What is said of a message to send: in two styles, checked field by field."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from flowroute_nb.sandbox.addresses import is_url, phone_number
from flowroute_nb.sandbox.exchange import No

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flowroute_nb.sandbox.exchange import Request

__all__ = ["Wanted", "asks_for_mms", "attributes", "checked", "in_json"]

_NANP = re.compile(r"\+?1\d{10}", re.ASCII)
_CURLY = "‘’“”"  # noqa: RUF001  "known to cause errors": https://developer.flowroute.com/api/messages/v2.1/send-an-sms/
_CONTENT_TYPES = ("application/vnd.api+json", "application/json")
_MISSING = "Missing data for required field."


class Wanted(NamedTuple):
    """A message that is asked to be sent, checked; numbers as :func:`phone_number` writes them."""

    recipient: str
    sender: str
    body: str | None
    mms: bool
    media_urls: list[str]
    dlr_callback: str | None


def in_json(request: Request) -> Any:  # noqa: ANN401  JSON of any kind
    """Read a body of one of the two content types, also where these have parameters."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in _CONTENT_TYPES:
        raise No(415, f"Content type {kind!r} is not supported.")
    try:
        return json.loads(request.body.decode(), parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise No(400, "The request body is not valid JSON.") from None


def _no_json(said: str) -> None:
    """Refuse NaN and Infinity, which Python would read: https://www.rfc-editor.org/rfc/rfc8259#section-6."""
    raise ValueError(said)


def attributes(said: Any) -> dict[str, Any] | None:  # noqa: ANN401  JSON of any kind
    """Find what is said of the message in either of the two styles: flat, or data.attributes."""
    if not isinstance(said, dict):
        return None
    if "data" not in said:
        return said
    data = said["data"]
    found = data.get("attributes") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None


def asks_for_mms(request: Request) -> bool:
    """Say whether a request that nobody has checked yet means an MMS."""
    try:
        return is_mms(attributes(in_json(request)))
    except No:
        return False


def is_mms(wanted: dict[str, Any] | None) -> bool:
    """Say whether it is an MMS: by its media, or because it says so, as a boolean or as text."""
    flag = (wanted or {}).get("is_mms")
    return flag is True or (isinstance(flag, str) and flag.lower() == "true") or bool((wanted or {}).get("media_urls"))


def checked(said: Any, version: str, quirks: Mapping[str, str]) -> Wanted:  # noqa: ANN401  JSON of any kind
    """Check each field; what is wrong is told in an object that mirrors the request."""
    wanted = attributes(said)
    if wanted is None:
        raise No(422, {"data": ["Not a valid message."]})
    flat = wanted is said
    if version == "v2":
        wanted = _of_v2(wanted, quirks)
    wrong = {name: [why] for name, check in _CHECKS.items() if (why := check(wanted))}
    if version == "v2" and quirks["v2_text"] == "content" and "body" in wrong:
        wrong["content"] = wrong.pop("body")
    wrong |= {name: [why] for name, why in _stricter(wanted, version, quirks).items() if name not in wrong}
    if version == "v2" and list(wrong) == ["to"] and isinstance(wanted.get("to"), str) and quirks["v2_bad_to"] != "422":
        # https://developer.flowroute.com/api/messages/v2.0/send-a-message/
        raise No(int(quirks["v2_bad_to"]), "The to number is not a valid 11-digit number.")
    if wrong:
        raise No(422, wrong if flat else {"data": {"attributes": wrong}})
    to, sender = phone_number(wanted["to"]) or "", phone_number(wanted["from"]) or ""  # checked above
    urls = wanted.get("media_urls") or []
    callback = None if version == "v2" else wanted.get("dlr_callback")  # v2 has no such field
    return Wanted(to, sender, wanted.get("body"), is_mms(wanted), urls, callback)


def _of_v2(wanted: dict[str, Any], quirks: Mapping[str, str]) -> dict[str, Any]:
    """Find the text: the documentation says body, the SDKs content."""
    rest = {name: value for name, value in wanted.items() if name not in ("body", "content")}
    names = ("body", "content") if quirks["v2_text"] == "both" else (quirks["v2_text"],)
    return {**rest, "body": next((wanted[name] for name in names if wanted.get(name) is not None), None)}


def _stricter(wanted: dict[str, Any], version: str, quirks: Mapping[str, str]) -> dict[str, str]:
    """Find what only some sources call wrong."""
    wrong = {}
    numbers = {name: wanted[name] for name in ("to", "from") if isinstance(wanted.get(name), str)}
    if version == "v2.2" and quirks["plus"] == "required":
        wrong = {name: "Not a valid E.164 number: it has no +." for name, said in numbers.items() if said[:1] != "+"}
    if quirks["international"] == "refused" and "to" in numbers and not _NANP.fullmatch(numbers["to"]):
        wrong["to"] = "Not a number of the US or Canada."
    if quirks["is_mms"] == "boolean" and isinstance(wanted.get("is_mms"), str):
        wrong["is_mms"] = "Not a valid boolean."
    if version == "v2" and is_mms(wanted):
        wrong["is_mms"] = "MMS is not supported by this version."
    return wrong


def _wrong_number(name: str, wanted: dict[str, Any]) -> str | None:
    if name not in wanted:
        return _MISSING
    return None if phone_number(wanted[name]) else "Not a valid E.164 number."


def _wrong_body(wanted: dict[str, Any]) -> str | None:
    body = wanted.get("body")
    if not isinstance(body, str | None) or any("\ud800" <= c <= "\udfff" for c in body or ""):
        return "Not a valid string."  # half a character is none, and could not be written into any answer
    if not body and not wanted.get("media_urls"):
        return _MISSING
    return "Smart quotes are not supported." if any(c in _CURLY for c in body or "") else None


def _wrong_media(wanted: dict[str, Any]) -> str | None:
    urls = [] if wanted.get("media_urls") is None else wanted["media_urls"]
    fine = isinstance(urls, list) and all(map(is_url, urls))
    return None if fine else "Not a valid list of URLs."


def _wrong_flag(wanted: dict[str, Any]) -> str | None:
    flag = wanted.get("is_mms")
    fine = isinstance(flag, bool | None) or (isinstance(flag, str) and flag.lower() in ("true", "false"))
    return None if fine else "Not a valid boolean."


def _wrong_callback(wanted: dict[str, Any]) -> str | None:
    callback = wanted.get("dlr_callback")
    return None if callback is None or is_url(callback) else "Not a valid URL."


_CHECKS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "to": partial(_wrong_number, "to"),
    "from": partial(_wrong_number, "from"),
    "body": _wrong_body,
    "media_urls": _wrong_media,
    "is_mms": _wrong_flag,
    "dlr_callback": _wrong_callback,
}
