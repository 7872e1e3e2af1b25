"""Where somebody can be reached: what can be a phone number, what an address in the web, and which is this machine."""

from __future__ import annotations

import ipaddress
import re
from typing import TypeGuard
from urllib.parse import urlsplit

__all__ = ["homes", "is_here", "is_url", "phone_number", "short_code"]

# https://www.itu.int/rec/T-REC-E.164 : at most 15 digits; those of the smallest countries have 7
_PLUS = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_BARE = re.compile(r"[1-9]\d{10,14}", re.ASCII)
_SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
_URL = re.compile(r"https?://[!-~]+")


def phone_number(text: object) -> str | None:
    """Return a full number as the sandbox keeps it: with country code 1 the digits, else + and the digits.

    Examples
    --------
    >>> phone_number("+12065550100"), phone_number("+6592345678"), phone_number("442079460958"), phone_number("40404")
    ('12065550100', '+6592345678', '+442079460958', None)

    """
    if not isinstance(text, str) or not (_PLUS.fullmatch(text) or _BARE.fullmatch(text)):
        return None
    number = text.removeprefix("+")
    return number if number[0] == "1" and len(number) == 11 else f"+{number}"  # noqa: PLR2004  1, area code, seven digits


def short_code(text: object) -> str | None:
    """Return a short code, which has 3 to 8 digits; None for anything else."""
    return text if isinstance(text, str) and _SHORT_CODE.fullmatch(text) else None


def is_url(said: object) -> TypeGuard[str]:
    """Say whether something is an http or https address in ASCII, with a host, and a port that can be.

    Examples
    --------
    >>> is_url("https://example.com/1.png"), is_url("http://a:99999/"), is_url("example.com")
    (True, False, False)

    """
    try:
        parts = urlsplit(said) if isinstance(said, str) and _URL.fullmatch(said) else None
        return parts is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:  # as at "http://[" and ":99999"
        return False


def homes(url: str) -> tuple[str, ...]:
    """Give the numeric addresses of this machine that a URL means: none, if it leads anywhere else.

    Examples
    --------
    >>> homes("http://localhost:8000/hook"), homes("http://127.0.0.2/"), homes("https://example.com/")
    (('127.0.0.1', '::1'), ('127.0.0.2',), ())

    """
    return _here(urlsplit(url).hostname or "") if is_url(url.lower()) else ()


def is_here(host: str) -> bool:
    """Say whether a host is this machine itself, which nobody else can reach."""
    return bool(_here(host))


def _here(host: str) -> tuple[str, ...]:
    if host == "localhost":  # what it stands for is not asked: a file of names could send it elsewhere
        return ("127.0.0.1", "::1")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ()
    here = address == ipaddress.ip_address("::1") or (address.version == 4 and address.is_loopback)  # noqa: PLR2004
    return (str(address),) if here else ()
