"""The numbers of the account, listed and shown one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flowroute_nb.sandbox.exchange import No, Reply
from flowroute_nb.sandbox.reading import asked, number
from flowroute_nb.sandbox.shapes import kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flowroute_nb.sandbox.exchange import Request

__all__ = ["Numbers"]

_PLACES = {"206": ("seattle", "wa"), "425": ("bellevue", "wa")}  # rate center and state, by area code
_TYPES = {"longcode": "standard", "toll-free": "tollfree"}  # as the SDK v3's sample and specification say
_DEFAULT, _MOST, _LONGEST_ALIAS = (
    "10",
    200,
    64,
)  # https://developer.flowroute.com/api/numbers/v2.0/list-account-phone-numbers/
_ROUTE = {"route_type": "sip-reg", "alias": "sip-reg", "value": None}


class Numbers:
    """Answers who asks for the account's numbers.

    Parameters
    ----------
    numbers : list of str
        Digits.
    quirks : dict
        Name to value.

    """

    def __init__(self, numbers: list[str], quirks: Mapping[str, str]) -> None:
        self._numbers, self._quirks = numbers, quirks

    def some(self, request: Request, version: str) -> Reply:
        """https://developer.flowroute.com/api/numbers/v2.0/list-account-phone-numbers/."""
        said = asked(request)
        limit = number("limit", said.get("limit", _DEFAULT), least=1, most=_MOST)
        offset = number("offset", said.get("offset", "0"), least=0)
        if len(said.get("alias", "")) > _LONGEST_ALIAS:
            raise No(422, {"alias": [f"Longer than maximum length {_LONGEST_ALIAS}."]})
        found = [each for each in self._numbers if _fits(each, said)]
        place = f"{request.base}/{version}/numbers"
        filters = [(name, said[name]) for name in ("starts_with", "contains", "ends_with", "alias") if name in said]
        links = {"self": _page(place, filters, limit, offset)}
        if offset + limit < len(found):
            links["next"] = _page(place, filters, limit, offset + limit)
        data = [self._resource(each, place) for each in found[offset : offset + limit]]
        return Reply(200, json.dumps({"data": data, "links": links}).encode())

    def one(self, request: Request, version: str, asked_for: str) -> Reply:
        """https://developer.flowroute.com/api/numbers/v2.0/list-phone-number-details."""
        if asked_for not in self._numbers:
            raise No(404, "The requested number was not found.")
        data = self._resource(asked_for, f"{request.base}/{version}/numbers")
        nothing: dict[str, Any] = {name: {"data": None} for name in ("cnam_preset", "e911_address", "failover_route")}
        data["relationships"] = {**nothing, "primary_route": {"data": {"type": "route", "id": "0"}}}
        links = {"self": f"{request.base}/{version}/routes/0"}
        route = {"type": "route", "id": "0", "attributes": _ROUTE, "links": links}
        return Reply(200, json.dumps({"data": data, "included": [route]}).encode())

    def _resource(self, said: str, place: str) -> dict[str, Any]:
        of_type = kind(said)
        center, state = _PLACES.get(said[1:4], (None, None))
        attributes = {
            "rate_center": center,
            "value": said,
            "alias": None,
            "state": state,
            "number_type": _TYPES[of_type] if self._quirks["number_type"] == "standard" else of_type,
            "cnam_lookups_enabled": True,
        }
        if self._quirks["number_attributes"] == "newer":
            enabled = self._quirks["provisioned"] == "all" or of_type == "longcode"
            attributes |= {"messaging_enabled": enabled, "status": "active", "iso_country": "US"}
        return {"type": "number", "id": said, "links": {"self": f"{place}/{said}"}, "attributes": attributes}


def _page(place: str, filters: Sequence[tuple[str, str]], limit: int, offset: int) -> str:
    return f"{place}?{urlencode([*filters, ('limit', limit), ('offset', offset)])}"


def _fits(digits: str, asked_for: Mapping[str, str]) -> bool:
    """Say whether a number is among those asked for; a start without a country's code is taken to be in 1.

    A "+" that was not escaped is a space.
    """
    start = asked_for.get("starts_with", "")
    return (
        f"+{digits}".startswith(f"+{start[1:]}" if start[:1] in ("+", " ") else (f"+{start}", f"+1{start}"))
        and asked_for.get("contains", "") in digits
        and digits.endswith(asked_for.get("ends_with", ""))
        and "alias" not in asked_for  # none has one
    )
