"""What becomes of one request when a fault is told: taken or not, and answered wrongly or not at all."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flowroute_nb.sandbox.exchange import Reply

if TYPE_CHECKING:
    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.routes import Routes

__all__ = ["reply"]

_ELSEWHERE = "https://elsewhere.example"  # a host that can't be: https://www.rfc-editor.org/rfc/rfc2606
_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
_AS_ASKED = "As asked for by a fault."


def reply(kind: str, seconds: float, request: Request, routes: Routes) -> Reply | None:
    """Have a request go wrong; None when it gets no answer."""
    if kind == "drop_before":
        return None
    if kind in ("429", "503_retry_after", "html_502", "redirect"):
        return _untaken(kind, seconds, request, routes)
    taken = routes.answer(request)
    if kind in ("drop_answer", "timeout"):
        return None
    if kind == "500":
        return routes.no(500, _AS_ASKED)
    if kind in ("foreign_next", "looping_next"):
        return _led_astray(taken, request, foreign=kind == "foreign_next")
    return taken


def _untaken(kind: str, seconds: float, request: Request, routes: Routes) -> Reply:
    if kind == "html_502":
        return Reply(502, _PAGE, kind="text/html")
    if kind == "redirect":
        return Reply(307, b"", (("Location", _ELSEWHERE + request.target),))
    if kind == "429":
        return routes.no(429, _AS_ASKED)
    busy = routes.no(503, _AS_ASKED)
    return busy._replace(headers=(*busy.headers, ("Retry-After", str(math.ceil(seconds)))))


def _led_astray(taken: Reply, request: Request, *, foreign: bool) -> Reply:
    """Change a page's link to the next one; what is no page stays as it is."""
    if taken.status != 200:  # noqa: PLR2004
        return taken
    page: dict[str, Any] = json.loads(taken.body)
    links = page["links"] = dict(page.get("links") or {})
    here = f"{request.base}{request.target}"
    links["next"] = _ELSEWHERE + _path(links.get("next") or here) if foreign else here
    return taken._replace(body=json.dumps(page).encode())


def _path(url: str) -> str:
    there = urlsplit(url)
    return f"{there.path}?{there.query}" if there.query else there.path
