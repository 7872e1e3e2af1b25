"""Pictures of what messages cost: one call each, good without options."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowroute_nb.bands import forecast
    from flowroute_nb.bridges import bridge
    from flowroute_nb.dearness import dear_characters
    from flowroute_nb.ranks import top
    from flowroute_nb.stacks import over_time
    from flowroute_nb.trends import price
    from flowroute_nb.weekly import heat_map

__all__ = ["bridge", "dear_characters", "forecast", "heat_map", "over_time", "price", "top"]

# Each picture and the room that draws it. Drawing loads matplotlib, so that a room is opened when its picture is first
# asked for.
_ROOMS = {
    "bridge": "bridges",
    "dear_characters": "dearness",
    "forecast": "bands",
    "heat_map": "weekly",
    "over_time": "stacks",
    "price": "trends",
    "top": "ranks",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  a function
    if name in _ROOMS:
        return getattr(importlib.import_module(f"flowroute_nb.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return list(__all__)
