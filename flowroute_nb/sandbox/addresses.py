"""Where somebody can be reached: what can be a phone number, what an address in the web, and which is this machine."""

from __future__ import annotations

import ipaddress
import re
from typing import TypeGuard
from urllib.parse import urlsplit

__all__ = ["digits", "homes", "is_here", "is_url"]

_NUMBER = re.compile(r"\+?(\d{11,15})", re.ASCII)
_URL = re.compile(r"https?://[!-~]+")


def digits(said: object) -> str | None:
    """Give the digits of a full phone number, with or without a plus; None for anything else."""
    found = _NUMBER.fullmatch(said) if isinstance(said, str) else None
    return found[1] if found else None


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
