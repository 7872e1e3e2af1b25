"""What is said of a message to send: in two styles, checked field by field."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from flowroute_nb.sandbox.exchange import No

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Wanted", "attributes", "checked", "is_mms", "parsed"]

_NUMBER = re.compile(r"\+?\d{11,15}", re.ASCII)
_URL = re.compile(r"https?://[!-.0-~][!-~]*")
_CURLY = "‘’“”"  # noqa: RUF001  "known to cause errors": https://developer.flowroute.com/api/messages/v2.1/send-an-sms/
_MISSING = "Missing data for required field."


class Wanted(NamedTuple):
    """A message that is asked to be sent, checked; numbers are digits."""

    recipient: str
    sender: str
    body: str | None
    mms: bool
    media_urls: list[str]


def parsed(body: bytes) -> Any:  # noqa: ANN401  JSON of any kind
    """Read JSON; what is none is None."""
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return None


def attributes(said: Any) -> dict[str, Any] | None:  # noqa: ANN401  JSON of any kind
    """Find what is said of the message in either of the two styles: flat, or data.attributes."""
    if not isinstance(said, dict):
        return None
    if "data" not in said:
        return said
    data = said["data"]
    found = data.get("attributes") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None


def is_mms(wanted: dict[str, Any] | None) -> bool:
    """Say whether it is an MMS: by its media, or because it says so, as a boolean or as text."""
    flag = (wanted or {}).get("is_mms")
    return flag is True or (isinstance(flag, str) and flag.lower() == "true") or bool((wanted or {}).get("media_urls"))


def checked(said: Any, version: str) -> Wanted:  # noqa: ANN401  JSON of any kind
    """Check each field; what is wrong is told in an object that mirrors the request."""
    wanted = attributes(said)
    if wanted is None:
        raise No(422, {"data": ["Not a valid message."]})
    flat = wanted is said
    if version == "v2" and wanted.get("body") is None:  # the documentation says body, the SDKs content
        wanted = {**wanted, "body": wanted.get("content")}
    wrong = {name: [why] for name, check in _CHECKS.items() if (why := check(wanted))}
    if version == "v2" and is_mms(wanted):
        wrong["is_mms"] = ["MMS is not supported by this version."]
    if wrong:
        raise No(422, wrong if flat else {"data": {"attributes": wrong}})
    to, sender, urls = wanted["to"].lstrip("+"), wanted["from"].lstrip("+"), wanted.get("media_urls") or []
    return Wanted(to, sender, wanted.get("body"), is_mms(wanted), urls)


def _wrong_number(name: str, wanted: dict[str, Any]) -> str | None:
    if name not in wanted:
        return _MISSING
    fine = isinstance(wanted[name], str) and _NUMBER.fullmatch(wanted[name])
    return None if fine else "Not a valid E.164 number."


def _wrong_body(wanted: dict[str, Any]) -> str | None:
    body = wanted.get("body")
    if not isinstance(body, str | None) or any("\ud800" <= c <= "\udfff" for c in body or ""):
        return "Not a valid string."  # half a character is none, and could not be written into any answer
    if not body and not wanted.get("media_urls"):
        return _MISSING
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
