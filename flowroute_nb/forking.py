"""Renew state that a forked process must not share with its parent: connections, locks and rate limits."""

from __future__ import annotations

import os
import weakref
from typing import Protocol

__all__ = ["Renewable", "renew_after_fork", "this_process"]

this_process = os.getpid


class Renewable(Protocol):
    """An object with state that belongs to one process."""

    def renew(self) -> None:
        """Replace that state in a forked process, without using a lock or closing a socket of the parent."""


_renewables: weakref.WeakSet[Renewable] = weakref.WeakSet()


def renew_after_fork(renewable: Renewable) -> None:
    """Call :meth:`Renewable.renew` in every process that is forked from this one, before other code runs there."""
    _renewables.add(renewable)


def _renew_all() -> None:
    for renewable in list(_renewables):
        renewable.renew()


if hasattr(os, "register_at_fork"):  # absent on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew_all)
