"""What comes over HTTP, what goes back, and a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NEWER", "TITLES", "VERSIONS", "No", "Reply", "Request"]

NEWER = ("v2.1", "v2.2")
VERSIONS = ("v2", *NEWER)

TITLES = {  # the first column of https://developer.flowroute.com/api/errors, and what HTTP itself needs
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    421: "Misdirected Request",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Request(NamedTuple):
    """What came: heads have names in lower case; ``base`` is where it was asked, without a slash at the end."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    base: str


class Reply(NamedTuple):
    """What goes back; without a body it has no kind either."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "application/vnd.api+json"


class No(Exception):
    """A refusal, with what is wrong: a text, or an object that mirrors the request; and heads of its own."""

    def __init__(self, status: int, detail: object, *heads: tuple[str, str], **more: Any) -> None:  # noqa: ANN401  JSON of any kind
        super().__init__(status)
        self.status, self.detail, self.heads, self.more = status, detail, heads, more
