"""What stands before a body: the head of a request is read, the head of an answer is written."""

from __future__ import annotations

import re
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from flowroute_nb.sandbox.hosts import is_authority

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

__all__ = ["Bad", "Head", "authorities", "length", "path", "read", "written"]

LARGEST_BODY = 2 * 1024 * 1024
_MOST_HEADS, _LONGEST_TARGET = 200, 65_500
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  a method or a name: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
_LINE = re.compile(rf"({_TOKEN}) ([^\x00-\x20\x7f]+) HTTP/1\.(\d)", re.ASCII)
_NAME = re.compile(_TOKEN, re.ASCII)
_ABSOLUTE = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)  # how a client asks a proxy
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ENDS = re.compile(r"\r?\n")


class Bad(Exception):
    """What came is no request: with the status to answer and the reason."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status, self.why = status, why


class Head(NamedTuple):
    """The head of a request: names in lower case, the values of a name said twice joined with a comma."""

    method: str
    target: str
    old: bool  # HTTP/1.0
    headers: dict[str, str]

    @property
    def stays(self) -> bool:
        """Whether the connection is to be kept: https://www.rfc-editor.org/rfc/rfc9112#section-9.3."""
        said = {each.strip() for each in self.headers.get("connection", "").lower().split(",")}
        return "keep-alive" in said if self.old else "close" not in said

    @property
    def waits(self) -> bool:
        """Whether the body is said only after a word of ours, as curl does with one over 1 MB."""
        return not self.old and "100-continue" in self.headers.get("expect", "").lower()


def read(said: bytes) -> Head:
    r"""Read the head of a request, strictly: who guesses reads what another did not say.

    Examples
    --------
    >>> read(b"GET /v2.1/messages HTTP/1.1\r\nHost: x\r\n\r\n")
    Head(method='GET', target='/v2.1/messages', old=False, headers={'host': 'x'})

    """
    first, *lines = _ENDS.split(said.decode("latin-1").rstrip("\r\n"))
    found = _LINE.fullmatch(first)
    if not found:
        raise Bad(400, "The request line is not HTTP/1.1.")
    if len(found[2]) > _LONGEST_TARGET or len(lines) > _MOST_HEADS:
        raise Bad(400, "The head of the request is too long.")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise Bad(400, "A line of the request's head is not a name, a colon and a value.")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Head(found[1], found[2], found[3] == "0", headers)


def authorities(head: Head) -> list[str]:
    """Return the hosts that a request names: the one of an absolute target, then the one of its Host header.

    https://www.rfc-editor.org/rfc/rfc9112#section-3.2 wants exactly one Host header, of HTTP/1.1 at least.
    """
    host, absolute = head.headers.get("host"), _ABSOLUTE.match(head.target)
    if not host and not head.old:
        raise Bad(400, "The request has no Host header.")
    hosts = [*([absolute[1]] if absolute else []), *([host] if host else [])]
    if not all(map(is_authority, hosts)):
        raise Bad(400, "The request names a malformed host, or more than one.")
    return hosts


def path(target: str) -> str:
    """Return the target of a request without scheme and host."""
    return _ABSOLUTE.sub("", target, count=1) if target[:1] != "/" else target


def length(head: Head) -> int | None:
    """Say how many bytes of body follow; None when it comes in chunks: https://www.rfc-editor.org/rfc/rfc9112#section-6."""
    coding, said = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked" or head.old:
            raise Bad(400, f"Transfer-Encoding {coding!r} is not supported: say chunked, or a Content-Length.")
        if said is not None:
            raise Bad(400, "The request has both a Transfer-Encoding and a Content-Length.")
        return None
    lengths = {each.strip() for each in (said or "0").split(",")}
    one = lengths.pop()
    if lengths or not (one.isascii() and one.isdecimal()):
        raise Bad(400, "Content-Length is not a number.")
    one = one.lstrip("0") or "0"
    if len(one) > 18 or int(one) > LARGEST_BODY:  # noqa: PLR2004  digits that are too many for sure
        raise too_large()
    return int(one)


def too_large() -> Bad:
    """Say that a body is too large."""
    return Bad(413, f"A body is {LARGEST_BODY} bytes at the most.")


def written(status: int, headers: Iterable[tuple[str, str]], now: dt.datetime) -> bytes:
    """Write the head of an answer; ``now`` is the time in the sandbox."""
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Server: flowroute_nb-sandbox",
        f"Date: {format_datetime(now, usegmt=True)}",
        *(f"{name}: {_CONTROL.sub(' ', value)}" for name, value in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
