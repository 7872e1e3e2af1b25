"""Where the account wants to be told what happens: set, read and removed, for the account or for one of its numbers."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from flowroute_nb.sandbox import fields
from flowroute_nb.sandbox.addresses import is_url, phone_number
from flowroute_nb.sandbox.exchange import No, Reply
from flowroute_nb.sandbox.routes import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flowroute_nb.sandbox.exchange import Request
    from flowroute_nb.sandbox.message import Message
    from flowroute_nb.sandbox.state import State

__all__ = ["TYPES", "Callbacks"]

TYPES = ("sms_callback", "mms_callback", "sms_dlr_callback", "mms_dlr_callback")
_OLD = {"dlr_callback": "sms_dlr_callback"}  # "deprecated", and still honoured for SMS receipts: one setting, two names
_PRODUCTS = {"sms_callback": "sms", "mms_callback": "mms", "sms_dlr_callback": "dlr", "mms_dlr_callback": "dlr"}
_DOCUMENTED = {
    ("PUT", "v2.1"): ("sms_dlr_callback", "mms_dlr_callback", "dlr_callback"),
    ("GET", "v2.1"): ("sms_callback", "mms_callback", "dlr_callback"),
}


class Callbacks:
    """Answers who sets, reads or removes a callback, and says which one is meant for a message.

    Parameters
    ----------
    state : State
        Remembers them.
    numbers : list of str
        The account's numbers, digits.
    quirks : dict
        Name to value.

    """

    def __init__(self, state: State, numbers: list[str], quirks: Mapping[str, str]) -> None:
        self._state, self._numbers, self._quirks = state, numbers, quirks

    def table(self) -> Iterator[Route]:
        """Give the endpoints."""
        for method, version, answer in (
            ("PUT", "v2.1", self.set),
            ("PUT", "v2.2", self.set),
            ("GET", "v2.1", self.read),
            ("GET", "v2.2", self.read),
            ("DELETE", "v2.2", self.remove),
        ):
            for kind in self._types(method, version):
                yield Route(method, (version,), f"messages/{kind}", partial(answer, kind))
        for kind in self._types("POST", "v2"):
            yield Route("POST", ("v2",), f"numbers/…/relationships/{kind}", partial(self.set_for_number, kind))

    def _types(self, method: str, version: str) -> tuple[str, ...]:
        if self._quirks["callback_types"] == "documented":
            return _DOCUMENTED.get((method, version), TYPES)
        return (*TYPES, *_OLD)

    def set(self, kind: str, request: Request, version: str) -> Reply:  # noqa: ARG002  all versions alike
        """https://developer.flowroute.com/api/messages/v2.2/set-a-callback-url-for-account/."""
        self._state.change(_place("account", kind), _url_in(request))
        return Reply(204, b"")

    def set_for_number(self, kind: str, request: Request, version: str, number: str) -> Reply:  # noqa: ARG002
        """https://developer.flowroute.com/api/numbers/v2.0/set-a-messaging-callback-url-for-phone-number/."""
        found = phone_number(number)
        if not found or found not in self._numbers:
            raise No(404, "The requested number was not found.")
        self._state.change(_place(found, kind), _url_in(request))
        return Reply(204, b"")

    def read(self, kind: str, request: Request, version: str) -> Reply:  # noqa: ARG002
        """https://developer.flowroute.com/api/messages/v2.1/look-up-callback-details-for-account."""
        url = self._known(kind)
        said = {
            "api_version": self._quirks["callback_version"],
            "callback_url": url,
            "product": _PRODUCTS[_OLD.get(kind, kind)],
        }
        return Reply(200, json.dumps({"data": {"type": "callback", "attributes": said}}).encode())

    def remove(self, kind: str, request: Request, version: str) -> Reply:  # noqa: ARG002
        """Forget one: only a third party's client knows of this endpoint."""
        self._known(kind)
        self._state.change(_place("account", kind), None)
        return Reply(204, b"") if self._quirks["callback_removed"] == "204" else Reply(200, b"{}")

    def _known(self, kind: str) -> str | None:
        url = self._state.known(_place("account", kind))
        if url is None and self._quirks["callback_unset"] == "404":
            raise No(404, "The requested callback is not set.")
        return url

    def url(self, message: Message, *, receipt: bool) -> str | None:
        """Find who is told of a message that arrived, or of a receipt: what a number says goes before the account."""
        ours = message.sender if message.direction == "outbound" else message.recipient
        kind = f"{'mms' if message.mms else 'sms'}{'_dlr' if receipt else ''}_callback"
        return self._state.known(_place(ours, kind)) or self._state.known(_place("account", kind))


def _place(whose: str, kind: str) -> str:
    return f"{_OLD.get(kind, kind)} of {whose}"


def _url_in(request: Request) -> str:
    """Check in this order: 415, 400, 422; what is wrong is told in an object that mirrors the request."""
    said = fields.in_json(request)
    wanted = fields.attributes(said)
    if wanted is None:
        raise No(422, {"data": ["Not a valid callback."]})
    url = wanted.get("callback_url")
    if is_url(url):
        return url
    why = "Not a valid URL." if "callback_url" in wanted else "Missing data for required field."
    wrong = {"callback_url": [why]}
    raise No(422, wrong if wanted is said else {"data": {"attributes": wrong}})
