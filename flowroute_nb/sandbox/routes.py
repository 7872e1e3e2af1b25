"""A request finds its way: who asks, and who answers what is asked."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.description import described
from flowroute_nb.sandbox.exchange import No, Reply
from flowroute_nb.sandbox.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flowroute_nb.sandbox.exchange import Request

__all__ = ["Route", "Routes"]


class Route(NamedTuple):
    """One row of the sheet's table of endpoints: ``…`` in a path is anything, and is handed over."""

    method: str
    versions: tuple[str, ...]
    path: str
    answer: Callable[..., Reply]

    def leads(self, version: str, path: list[str]) -> bool:
        """Say whether a path is this one."""
        mine = self.path.split("/")
        same = len(path) == len(mine) and all(a in ("…", b) for a, b in zip(mine, path, strict=True))
        return same and version in self.versions

    def rest(self, path: list[str]) -> list[str]:
        """Give what stands where this one has ``…``."""
        return [said for mine, said in zip(self.path.split("/"), path, strict=True) if mine == "…"]


class Routes:
    """Answers requests for one account.

    Parameters
    ----------
    table : iterable of Route
        Where each path leads.
    keys : tuple of str
        The access key and the secret key.
    seed : int
        Makes the ids of refusals the same for the same story.
    quirks : dict
        Name to value.

    """

    def __init__(self, table: Iterable[Route], keys: tuple[str, str], seed: int, quirks: Mapping[str, str]) -> None:
        self._table, self._keys = tuple(table), ":".join(keys).encode()
        self._refusals = Refusals(seed, quirks)
        self._json = quirks["content_type"] == "json"

    def answer(self, request: Request) -> Reply:
        """Answer one request, whatever it is."""
        if (description := described(request)) is not None:
            return description
        version, path = _parts(request.target)
        try:
            reply = self._asked(request, version, path)
        except No as no:
            reply = self._refusals.reply(no, version)
        except InputError as told:  # a clock that was given has no answer
            reply = self.no(500, str(told))
        except Exception as broken:  # noqa: BLE001  a client gets an answer even when the sandbox has a fault of its own
            reply = self.no(500, f"The sandbox itself is broken here: {type(broken).__name__}.")
        if self._json and reply.kind == "application/vnd.api+json":
            return reply._replace(kind="application/json; charset=utf-8")
        return reply

    def no(self, status: int, detail: object, **more: Any) -> Reply:  # noqa: ANN401  JSON of any kind
        """Answer with a refusal of what hardly is a request."""
        return self._refusals.reply(No(status, detail, **more), "")

    def _asked(self, request: Request, version: str, path: list[str]) -> Reply:
        """Check in this order: 401, then 404 and 405; the rest is for those who answer."""
        self._authorize(request.headers.get("authorization", ""))
        leading = [route for route in self._table if route.leads(version, path)]
        if not leading:
            raise No(404, "The requested URL was not found on the server.")
        for route in leading:
            if route.method == request.method:
                return route.answer(request, version, *route.rest(path))
        allowed = ", ".join(sorted({route.method for route in leading}))
        raise No(405, "The method is not allowed for the requested URL.", ("Allow", allowed))

    def _authorize(self, said: str) -> None:
        scheme, _, token = said.partition(" ")
        try:
            given = base64.b64decode(token.strip(), validate=True)
        except ValueError:
            given = b""
        if scheme.lower() != "basic" or given != self._keys:
            raise No(401, "Your credentials could not be verified.")


def _parts(target: str) -> tuple[str, list[str]]:
    """Take a path apart: the version, and what comes after it."""
    try:
        version, *path = [unquote(part) for part in urlsplit(target).path.strip("/").split("/")]
    except ValueError:  # no address at all, as "http://["
        return "", []
    return version, path
