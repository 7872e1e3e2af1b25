"""Tag rules as one writes them by hand: one a line, a name and what a message has to have for it."""

from __future__ import annotations

from typing import Any

from flowroute_nb.errors import InputError
from flowroute_nb.tags import checked

__all__ = ["HINT", "rules"]

HINT = (
    "One a line; the first that fits wins. Sale: text half price · Support: number 12065550101 · Seattle: prefix 1206"
)
_KINDS = {"text": "body_contains", "number": "number", "prefix": "contact_prefix"}


def rules(written: str) -> dict[str, dict[str, Any]]:
    r"""Read rules, as :func:`flowroute_nb.costs.by` takes them for ``tags``.

    Examples
    --------
    >>> rules("Sale: text half price\nSeattle: prefix 1206")
    {'Sale': {'body_contains': 'half price', 'ignore_case': True}, 'Seattle': {'contact_prefix': '1206'}}

    """
    found: dict[str, dict[str, Any]] = {}
    for line in filter(None, map(str.strip, written.splitlines())):
        name, colon, rest = map(str.strip, line.partition(":"))
        kind, _, value = rest.partition(" ")
        if not (name and colon and value.strip() and kind.lower() in _KINDS):
            raise InputError(
                f"{line!r} is no rule. Write a name, a colon, then text, number or prefix and what to look for."
            )
        if name in found:
            raise InputError(f"There are two rules for {name!r}. Give each a name of its own.")
        key = _KINDS[kind.lower()]
        found[name] = {key: value.strip()} | ({"ignore_case": True} if key == "body_contains" else {})
    if found:
        checked(found)
    return found
