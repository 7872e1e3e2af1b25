"""How the service says no: https://developer.flowroute.com/api/errors."""

from __future__ import annotations

import json
import threading
import uuid
from typing import TYPE_CHECKING, Any

from flowroute_nb.sandbox.exchange import TITLES, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowroute_nb.sandbox.exchange import No

__all__ = ["Refusals"]

_UNSEEN = (401, 404, 429)  # and everything from 500: nobody has seen a body of these on a message endpoint


class Refusals:
    """Writes refusals, each with an id of its own.

    Parameters
    ----------
    seed : int
        Makes the ids the same for the same story.
    quirks : dict
        Name to value.

    """

    def __init__(self, seed: int, quirks: Mapping[str, str]) -> None:
        self._seed, self._quirks = seed, quirks
        self._lock, self._count = threading.Lock(), 0

    def reply(self, no: No, version: str) -> Reply:
        """Answer with a refusal, as a version does."""
        heads = no.heads
        if no.status == 401:  # noqa: PLR2004
            heads = (*heads, ("WWW-Authenticate", 'Basic realm="Flowroute"'))
        if no.status == 429 and self._quirks["retry_after"] == "one_second":  # noqa: PLR2004
            heads = (*heads, ("Retry-After", "1"))
        shape = self._quirks["error_body"]
        if shape != "json" and (no.status in _UNSEEN or no.status >= 500):  # noqa: PLR2004
            title = TITLES[no.status]
            page = f"<html><head><title>{no.status} {title}</title></head><body><h1>{title}</h1></body></html>"
            return Reply(no.status, page.encode() if shape == "html" else b"", heads, "text/html")
        return Reply(no.status, json.dumps(self._said(no, version)).encode(), heads)

    def _said(self, no: No, version: str) -> dict[str, Any]:
        detail = no.detail
        if self._quirks["error_detail"] == "text" and not isinstance(detail, str):
            detail = "; ".join(_flat(detail))
        said = {"detail": detail, "id": self._next_id(), "status": no.status, "title": TITLES[no.status], **no.more}
        if self._quirks["error_title"] == "absent":
            del said["title"]
        shape = self._quirks["v2_errors"] if version == "v2" else "array"
        if shape == "plain":
            return {"error": detail if isinstance(detail, str) else "; ".join(_flat(detail)), **no.more}
        return {"errors": said if shape == "object" else [said]}

    def _next_id(self) -> str:
        with self._lock:
            self._count += 1
            return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._seed} error {self._count}"))


def _flat(detail: object, place: str = "") -> list[str]:
    """Write an object that mirrors the request as texts."""
    if isinstance(detail, dict):
        return [text for name, each in detail.items() for text in _flat(each, f"{place}.{name}".lstrip("."))]
    if isinstance(detail, list):
        return [text for each in detail for text in _flat(each, place)]
    return [f"{place}: {detail}" if place else str(detail)]
