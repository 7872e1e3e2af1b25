"""What can be asked of the sandbox, described for programs and people: openapi.json, shown to whoever asks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flowroute_nb.sandbox.exchange import Reply

if TYPE_CHECKING:
    from flowroute_nb.sandbox.exchange import Request

__all__ = ["described"]


def described(request: Request) -> Reply | None:
    """Answer who asks for the description, without asking for keys; None to anybody else."""
    if request.method != "GET" or request.target.partition("?")[0] != "/openapi.json":
        return None
    return Reply(200, _written(), kind="application/json")


@lru_cache(maxsize=1)
def _written() -> bytes:
    return Path(__file__).with_name("openapi.json").read_bytes()
