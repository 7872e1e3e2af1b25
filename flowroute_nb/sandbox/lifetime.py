"""The lifetime of a sandbox: until it is stopped or garbage-collected, and only in the process that created it."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.server import Server
from flowroute_nb.sandbox.service import end

if TYPE_CHECKING:
    from flowroute_nb.sandbox.postman import Postman
    from flowroute_nb.sandbox.state import State

__all__ = ["Lifetime"]

_lifetimes: weakref.WeakSet[Lifetime] = weakref.WeakSet()
_inherited: list[object] = []  # never closed: https://www.sqlite.org/howtocorrupt.html, section 2.6


class Lifetime:
    """Ends a sandbox once: when it is stopped or garbage-collected, or when its process exits.

    Parameters
    ----------
    owner : Sandbox
        The sandbox; only a weak reference is kept.
    state, workers
        What the end closes and stops; ``workers`` may grow until then.

    Attributes
    ----------
    is_inherited : bool
        Whether this is the copy in a forked process. Its sockets and its database belong to the parent, where the
        sandbox still runs.
    lock : threading.Lock
        Held while the sandbox is started or stopped.

    """

    def __init__(self, owner: object, state: State, workers: list[Server | Postman]) -> None:
        self._workers = workers
        self._finalizer = weakref.finalize(owner, end, state, workers)
        self.is_inherited, self.lock = False, threading.Lock()
        _lifetimes.add(self)

    @property
    def alive(self) -> bool:
        """Whether the sandbox runs, in this process."""
        return self._finalizer.alive

    def check(self) -> None:
        """Raise an error if the sandbox was stopped, or runs in another process."""
        self.check_process()
        if not self.alive:
            raise InputError("This sandbox was stopped. Make a new one; with path= it remembers.")

    def check_process(self) -> None:
        """Raise an error in a forked process."""
        if self.is_inherited:
            raise InputError(
                "This sandbox runs in the process that this one was forked from. Use sandbox.account() here, or ask "
                "the sandbox there."
            )

    def stop(self) -> None:
        """End the sandbox; a second call does nothing."""
        self._finalizer()

    def inherit(self) -> None:
        """Leave the sandbox to the parent process, and close the copies of sockets that would keep its port open."""
        _inherited.append(self._finalizer.detach())
        self.is_inherited, self.lock = (
            True,
            threading.Lock(),
        )  # the parent may hold the old one, and nothing releases it here
        for worker in self._workers:
            if isinstance(worker, Server):
                worker.let_go()


def _inherit_all() -> None:
    for lifetime in list(_lifetimes):
        lifetime.inherit()


if hasattr(os, "register_at_fork"):  # absent on Windows, which has no fork
    os.register_at_fork(after_in_child=_inherit_all)
