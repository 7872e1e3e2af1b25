"""Flowroute messaging in a notebook: send texts, look records up and see what they cost, in pandas, with exact money.

>>> import flowroute_nb as fr
>>> with fr.Sandbox(messages=100) as sandbox:
...     df = sandbox.account().messages(days=30)
>>> len(df), list(df.columns[:5])
(100, ['timestamp', 'direction', 'number', 'contact', 'cost'])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowroute_nb.account import Account
    from flowroute_nb.details import expand
    from flowroute_nb.errors import CredentialsError, FlowrouteError, InputError, OutcomeUnknown
    from flowroute_nb.files import write
    from flowroute_nb.phone import normalize_number
    from flowroute_nb.records import dollars, read
    from flowroute_nb.sandbox import Sandbox
    from flowroute_nb.text import segments

__version__ = "0.1.0"

__all__ = [
    "Account",
    "CredentialsError",
    "FlowrouteError",
    "InputError",
    "OutcomeUnknown",
    "Sandbox",
    "charts",
    "costs",
    "dollars",
    "errors",
    "expand",
    "normalize_number",
    "read",
    "segments",
    "widgets",
    "write",
]

# Each name and the room behind it. A room is opened when its name is first used, so that importing this costs nothing.
_ROOMS = {
    "Account": "account",
    "CredentialsError": "errors",
    "FlowrouteError": "errors",
    "InputError": "errors",
    "OutcomeUnknown": "errors",
    "Sandbox": "sandbox",
    "dollars": "records",
    "expand": "details",
    "normalize_number": "phone",
    "read": "records",
    "segments": "text",
    "write": "files",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  a class, a function or a module
    if name in _ROOMS:
        return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
    if name in ("charts", "costs", "errors", "widgets"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
