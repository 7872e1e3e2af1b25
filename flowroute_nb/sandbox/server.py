"""Whoever connects is talked to, in a thread each, until the sandbox ends."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from flowroute_nb.sandbox.hosts import Hosts
from flowroute_nb.sandbox.port import Port
from flowroute_nb.sandbox.talking import Talk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.faults import Faults
    from flowroute_nb.sandbox.log import Log
    from flowroute_nb.sandbox.routes import Routes

__all__ = ["Server"]


class Server:
    """Listens on a port of this machine, in threads of its own, until it is stopped.

    Parameters
    ----------
    routes : Routes
        Answers requests.
    faults : Faults
        What is to go wrong.
    log : Log
        Is told of each request and its answer.
    host, port
        Where to listen; port 0 for a free one.
    allowed : iterable of str
        Host names under which it answers besides loopback and its own address.
    clock : Clock
        The time in the ``Date`` of responses, which is also that of records.

    """

    patience = 30.0  # seconds for a client to say what it has to say

    def __init__(
        self, routes: Routes, faults: Faults, log: Log, host: str, port: int, allowed: Iterable[str], clock: Clock
    ) -> None:
        self.routes, self.faults, self.log, self.clock = routes, faults, log, clock
        self.stopping = threading.Event()
        self.port = Port(host, port)
        self.hosts = Hosts(host, allowed)
        here = "127.0.0.1" if self.port.host == "0.0.0.0" else self.port.host  # noqa: S104  every address, this too
        self.url = f"http://{here}:{self.port.number}"
        self._talks: dict[threading.Thread, Talk] = {}
        self._main = threading.Thread(target=self._receive, name="flowroute sandbox", daemon=True)
        self._main.start()
        faults.refuse = self.refuse

    def refuse(self, seconds: float) -> None:
        """Let nobody connect for so long, and end the connections on which nobody is saying anything; 0 ends it."""
        if not seconds:
            self.port.open()
            return
        self.port.shut(seconds)
        for talk in list(self._talks.values()):
            talk.leave()

    def is_here(self) -> bool:
        """Say whether this is one of its own threads."""
        return threading.current_thread() in (*self._talks, self._main)

    def stop(self) -> None:
        """Close the port and every connection, and wait until the threads have ended."""
        self.stopping.set()
        self.port.close()
        self._main.join(5)
        for thread, talk in list(self._talks.items()):
            talk.hang_up()
            thread.join(5)

    def let_go(self) -> None:
        """Close a forked process's copies of the sockets, without closing the connections of the parent."""
        self.port.let_go()
        for talk in self._talks.values():
            talk.let_go()

    def _receive(self) -> None:
        for connection in self.port.visitors():
            talk = Talk(connection, self)
            thread = threading.Thread(target=self._talk, args=(talk,), daemon=True)
            # Registered before it starts: a thread that collects the garbage must be known as one of these, or it
            # would wait for its own end. One that is ending stays until it has ended, and only it knows when.
            self._talks = {each: talk for each, talk in self._talks.items() if each.is_alive()} | {thread: talk}
            try:
                thread.start()
            except RuntimeError:  # this process can have no more threads
                del self._talks[thread]
                connection.close()

    def _talk(self, talk: Talk) -> None:
        try:
            with contextlib.suppress(OSError):  # the client has gone
                talk.run()
        finally:
            talk.close()
