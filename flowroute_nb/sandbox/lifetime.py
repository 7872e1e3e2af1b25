"""How long a sandbox runs: until it is stopped or nobody holds it, and only in the process that made it."""

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
    """Ends a sandbox once: when it is stopped, collected, or its process exits.

    Parameters
    ----------
    owner : Sandbox
        Held weakly.
    state, workers
        What is to be closed and stopped; ``workers`` may grow.

    Attributes
    ----------
    is_inherited : bool
        Whether this is the copy in a forked process. Its sockets and its database are those of the other process, in
        which the sandbox runs on.
    lock : threading.Lock
        Held while it is started or stopped.

    """

    def __init__(self, owner: object, state: State, workers: list[Server | Postman]) -> None:
        self._workers = workers
        self._finalizer = weakref.finalize(owner, end, state, workers)
        self.is_inherited, self.lock = False, threading.Lock()
        _lifetimes.add(self)

    @property
    def alive(self) -> bool:
        """Whether it can be used here."""
        return self._finalizer.alive

    def check(self) -> None:
        """Refuse what needs a sandbox that runs here."""
        self.check_process()
        if not self.alive:
            raise InputError("This sandbox was stopped. Make a new one; with path= it remembers.")

    def check_process(self) -> None:
        """Refuse what only the process that made it can do."""
        if self.is_inherited:
            raise InputError(
                "This sandbox runs in the process that this one was forked from. Use sandbox.account() here, or ask "
                "the sandbox there."
            )

    def stop(self) -> None:
        """End it; a second time nothing happens."""
        self._finalizer()

    def inherit(self) -> None:
        """Leave the sandbox to the process that made it, and let go of what would keep its port open."""
        _inherited.append(self._finalizer.detach())
        self.is_inherited, self.lock = True, threading.Lock()  # nobody here may ever release the other
        for worker in self._workers:
            if isinstance(worker, Server):
                worker.let_go()


def _inherit_all() -> None:
    for lifetime in list(_lifetimes):
        lifetime.inherit()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing is forked
    os.register_at_fork(after_in_child=_inherit_all)
