"""A request finds its way: who asks, and who answers what is asked."""

from __future__ import annotations

import base64
import threading
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from flowroute_nb.sandbox import shapes
from flowroute_nb.sandbox.exchange import TITLES, No, Reply
from flowroute_nb.sandbox.reading import Reading
from flowroute_nb.sandbox.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Callable

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.state import State

__all__ = ["Routes"]

VERSIONS = ("v2", "v2.1", "v2.2")


class Route(NamedTuple):
    """One row of the sheet's table of endpoints: ``…`` in a path is anything, and is handed over."""

    method: str
    versions: tuple[str, ...]
    path: tuple[str, ...]
    answer: Callable[..., Reply]

    def leads(self, version: str, path: list[str]) -> bool:
        """Say whether a path is this one."""
        same = len(path) == len(self.path) and all(a in ("…", b) for a, b in zip(self.path, path, strict=True))
        return same and version in self.versions


class Routes:
    """Answers requests for one account.

    Parameters
    ----------
    state, clock
        What is remembered, and what time it is.
    keys : tuple of str
        The access key and the secret key.
    numbers : list of str
        The account's numbers, digits.
    rates : tuple of int
        SMS and MMS a second; 0 for no limit.
    seed : int
        Makes ids the same for the same story.

    """

    def __init__(
        self, state: State, clock: Clock, keys: tuple[str, str], numbers: list[str], rates: tuple[int, int], seed: int
    ) -> None:
        self._keys, self._seed = ":".join(keys).encode(), seed
        self._lock, self._errors = threading.Lock(), 0
        reading, sending = Reading(state, clock), Sending(state, clock, numbers, rates, seed)
        self._table = (
            Route("POST", VERSIONS, ("messages",), sending.send),
            Route("GET", VERSIONS, ("messages",), reading.some),
            Route("GET", VERSIONS, ("messages", "…"), reading.one),
        )

    def answer(self, request: Request) -> Reply:
        """Answer one request, whatever it is."""
        try:
            return self._asked(request)
        except No as no:
            return self.no(no.status, no.detail, **no.more)
        except Exception as broken:  # noqa: BLE001  a client gets an answer even when the sandbox has a fault of its own
            return self.no(500, f"The sandbox itself is broken here: {type(broken).__name__}.")

    def no(self, status: int, detail: object, **more: Any) -> Reply:  # noqa: ANN401  JSON of any kind
        """Answer with an error."""
        with self._lock:
            self._errors += 1
            error_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._seed} error {self._errors}"))
        heads = (("WWW-Authenticate", 'Basic realm="Flowroute"'),) if status == 401 else ()  # noqa: PLR2004
        return Reply(status, shapes.error(status, error_id, TITLES[status], detail, **more), heads)

    def _asked(self, request: Request) -> Reply:
        """Check in this order: 401, then 404 and 405; the rest is for those who answer."""
        self._authorize(request.headers.get("authorization", ""))
        try:
            path = [unquote(part) for part in urlsplit(request.target).path.strip("/").split("/")]
        except ValueError:  # no address at all, as "http://["
            path = [""]
        version, *rest = path
        leading = [route for route in self._table if route.leads(version, rest)]
        if not leading:
            raise No(404, "The requested URL was not found on the server.")
        for route in leading:
            if route.method == request.method:
                return route.answer(request, version, *rest[1:])
        raise No(405, "The method is not allowed for the requested URL.")

    def _authorize(self, said: str) -> None:
        scheme, _, token = said.partition(" ")
        try:
            given = base64.b64decode(token.strip(), validate=True)
        except ValueError:
            given = b""
        if scheme.lower() != "basic" or given != self._keys:
            raise No(401, "Your credentials could not be verified.")
