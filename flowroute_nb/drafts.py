"""What somebody wants to send, set or find is checked here, before anything leaves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd

from flowroute_nb import phone, text
from flowroute_nb.errors import InputError
from flowroute_nb.validation import flag, plain
from flowroute_nb.wire import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["address", "callback", "content", "draft", "mms", "number", "wanted"]

_SMART = ("refuse", "replace", "keep")


def draft(
    *,
    to: str | int,
    from_: str | int | None,
    body: str | None,
    media_urls: Sequence[str] | None,
    is_mms: bool | None,
    dlr_callback: str | None,
    smart_quotes: str,
) -> Message:
    """Check every part of a message, and give it as it can be sent."""
    if isinstance(to, (list, tuple, set, dict, pd.Series)):
        raise TypeError("send(to=…) was given several recipients, and one request has one. Send to each in a loop.")
    if from_ is None:
        raise InputError(
            "The number to send from is missing. Give from_= to send() or to Account(): one of your numbers."
        )
    as_mms = mms(is_mms)
    said, media = content(body, media_urls, smart_quotes, as_mms=as_mms)
    return Message(
        to=number(to, "to"),
        from_=number(from_, "from_"),
        body=said,
        media_urls=media,
        is_mms=as_mms if as_mms is not None or not media else True,
        dlr_callback=None if dlr_callback is None else _url(dlr_callback, "dlr_callback"),
    )


def number(given: str | int, name: str) -> str:
    """Return a full phone number, or raise an error that names the argument."""
    try:
        given = plain(given) if isinstance(given, str) else given
        return phone.check_recipient(given) if name == "to" else phone.check_number(given)
    except InputError as wrong:
        why = str(wrong)
    raise InputError(f"{name}: {why}")


def content(
    body: str | None, media_urls: Sequence[str] | None, smart_quotes: str = "keep", *, as_mms: bool | None = None
) -> tuple[str | None, tuple[str, ...]]:
    """Check the text and the media of a message."""
    media = _media(media_urls)
    mms = bool(media or as_mms)
    if isinstance(body, str):
        body = plain(body)
        # first, because all other checks look at each character
        text.check_length(body, mms=mms)
    checked = _body(body, smart_quotes, bool(media))
    if checked is not None and len(checked) > len(body or ""):  # an ellipsis became three full stops
        text.check_length(checked, mms=mms)
    return checked, media


def mms(given: bool | None) -> bool | None:  # noqa: FBT001  private, of one argument
    """Check whether somebody wants an MMS."""
    as_mms = flag(given)
    if given is None or as_mms is not None:
        return as_mms
    raise InputError(f"is_mms={given!r} is neither True nor False. Leave it out unless a text should go as an MMS.")


def _media(given: Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise InputError(
            f"media_urls is of type {type(given).__name__}. Give a list of URLs, as in ['https://example.com/a.gif']."
        )
    return tuple(_url(each, "media_urls") for each in given)


def _url(given: object, name: str) -> str:
    url = plain(given) if isinstance(given, str) else repr(given)
    try:
        read = urlsplit(url) if isinstance(given, str) else None
        fine = read is not None and read.scheme in ("http", "https") and bool(read.hostname) and read.port != 0
    except ValueError:  # a host or a port that can't be
        fine = False
    if not fine or any(c.isspace() or not c.isprintable() for c in url):
        shown = "not shown, as a password may stand in it" if "@" in url else repr(url[:80])
        raise InputError(f"{name} has something that is no http or https URL: {shown}. Give a whole public URL.")
    return url


def _body(given: str | None, smart_quotes: str, has_media: bool) -> str | None:  # noqa: FBT001  private, one caller
    if smart_quotes not in _SMART:
        raise InputError(f"smart_quotes={smart_quotes!r} is none of {', '.join(map(repr, _SMART))}. Give one of these.")
    if given is None or (isinstance(given, str) and not given):
        if has_media:
            return given
        raise InputError("The body is empty and there are no media_urls. Give a text, or media_urls= for an MMS.")
    if not isinstance(given, str):
        raise InputError(f"The body is of type {type(given).__name__}, not text. Give it as text.")
    broken = [at for at, c in enumerate(given) if "\ud800" <= c <= "\udfff"]
    if broken:
        raise InputError(
            f"The body has half a character (a lone surrogate) at position {_places(broken)}, which can't be sent. "
            "It comes from text that was cut or decoded wrongly: mend it where it is read."
        )
    found = text.curly(given)
    if not found or smart_quotes == "keep":
        return given
    if smart_quotes == "replace":
        return text.straight(given)
    shown = ", ".join(f"{c} at {at}" for at, c in list(found.items())[:5])
    raise InputError(
        f"The body has {len(found)} curly quote{'s' * (len(found) > 1)}: {shown}. Flowroute is known to "
        "refuse them. Send with smart_quotes='replace' (the error's .cleaned shows it), or 'keep' to try all the same.",
        cleaned=text.straight(given),
    )


def _places(found: list[int]) -> str:
    return ", ".join(map(str, found[:5])) + (", …" if len(found) > 5 else "")  # noqa: PLR2004  five are shown


# ------------------------------------------------------------------ what is set, and what is asked for


_STRANGE = {  # in what a number is to match
    "starts_with": re.compile(r"[^\d+]|(?<=.)\+", re.ASCII),
    "contains": re.compile(r"\D", re.ASCII),
    "ends_with": re.compile(r"\D", re.ASCII),
    "alias": re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]"),
}
_ALIAS = 64  # characters


def wanted(**given: str | None) -> dict[str, str]:
    """Check what numbers are to match, and leave out what was not given.

    https://developer.flowroute.com/api/numbers/v2.0/list-account-phone-numbers/
    """
    asked = {name: value for name, value in given.items() if value is not None}
    for name, value in asked.items():
        of = f"the alias of a number in full, up to {_ALIAS} characters" if name == "alias" else "digits as text"
        strange = _STRANGE[name].search(value) if isinstance(value, str) else None
        if not isinstance(value, str) or not value:
            what = f"is of type {type(value).__name__}" if value else "is an empty text"
        elif strange:
            what = f"has {strange[0]!r} at position {strange.start()}"
        elif name == "alias" and len(value) > _ALIAS:
            what = f"has {len(value)} characters"
        else:
            continue
        raise InputError(f"{name} {what}. Give {of}, or leave it out.")
    return {name: plain(value) for name, value in asked.items()}


def callback(given: object, names: Sequence[str], whose: str) -> str:
    """Check the type of a callback."""
    if not isinstance(given, str) or given not in names:
        shown = f"={given!r}" if isinstance(given, str) and given.isidentifier() else ""  # no address: it may be secret
        raise InputError(f"type{shown} is no callback {whose}. Give one of {', '.join(map(repr, names))}.")
    return plain(given)


def address(given: object) -> str:
    """Check where a callback goes; a password in it would stand in frames and in other people's logs."""
    if given is None or given == "":
        raise InputError(
            "url is missing. Give a whole public URL, as in 'https://example.com/sms'; account.remove_callback(type) "
            "removes a callback."
        )
    found = _url(given, "url")
    if "@" in urlsplit(found).netloc:
        raise InputError("url has a user or password in it, which would be written into logs. Give it without.")
    return found
