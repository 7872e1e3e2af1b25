"""What comes over HTTP, what goes back, and a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TITLES", "No", "Reply", "Request"]

TITLES = {  # the first column of https://developer.flowroute.com/api/errors, and what HTTP itself needs
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


class Request(NamedTuple):
    """What came: heads have names in lower case; ``base`` is where it was asked, without a slash at the end."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    base: str


class Reply(NamedTuple):
    """What goes back."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


class No(Exception):
    """A refusal, with what is wrong: a text, or an object that mirrors the request."""

    def __init__(self, status: int, detail: object, **more: Any) -> None:  # noqa: ANN401  JSON of any kind
        super().__init__(status)
        self.status, self.detail, self.more = status, detail, more
