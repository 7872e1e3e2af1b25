"""What a forked process must not share with the process it was forked from: connections, locks and pauses."""

from __future__ import annotations

import os
import weakref
from typing import Protocol

__all__ = ["Renewable", "renewed_in_a_fork", "this_process"]

this_process = os.getpid


class Renewable(Protocol):
    """Something with state that belongs to one process."""

    def renew(self) -> None:
        """Begin again in a new process: take no lock, and close no socket, that the other process may be using."""


_things: weakref.WeakSet[Renewable] = weakref.WeakSet()


def renewed_in_a_fork(thing: Renewable) -> None:
    """Have :meth:`Renewable.renew` called in every process that is forked from this one, before anything else runs."""
    _things.add(thing)


def _renew_all() -> None:
    for thing in list(_things):
        thing.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing is forked
    os.register_at_fork(after_in_child=_renew_all)
