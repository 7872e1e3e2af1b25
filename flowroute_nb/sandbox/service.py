"""The service behind the address, put together: who answers which path, who tells others, what is written down."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.arriving import Arriving
from flowroute_nb.sandbox.callbacks import Callbacks
from flowroute_nb.sandbox.exchange import NEWER, VERSIONS
from flowroute_nb.sandbox.faults import Faults
from flowroute_nb.sandbox.log import Log
from flowroute_nb.sandbox.numbers import Numbers
from flowroute_nb.sandbox.postman import Postman
from flowroute_nb.sandbox.reading import Reading
from flowroute_nb.sandbox.routes import Route, Routes
from flowroute_nb.sandbox.sending import Sending
from flowroute_nb.sandbox.server import Server
from flowroute_nb.sandbox.stats import Stats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flowroute_nb.sandbox.clock import Clock
    from flowroute_nb.sandbox.state import State

__all__ = ["Service", "end"]


class Service:
    """Everything of one account's service but its address.

    Parameters
    ----------
    state, clock
        What is remembered, and what time it is.
    numbers : list of str
        The account's numbers, digits.
    keys : tuple of str
        The access key and the secret key.
    rates : tuple of int
        SMS and MMS a second; 0 for no limit.
    seed : int
        Makes ids the same for the same story.
    quirks : dict
        Name to value.

    """

    def __init__(
        self,
        state: State,
        clock: Clock,
        numbers: list[str],
        keys: tuple[str, str],
        rates: tuple[int, int],
        seed: int,
        quirks: Mapping[str, str],
    ) -> None:
        self._clock = clock
        self.log, self.faults = Log(clock, keys), Faults()
        callbacks = Callbacks(state, numbers, quirks)
        self.postman = Postman(state, callbacks, clock, self.log, quirks)
        self.arriving = Arriving(state, clock, self.postman, numbers, quirks, seed)
        sending = Sending(state, clock, self.postman, numbers, rates, seed, quirks)
        reading = Reading(state, clock, quirks)
        owned, stats = Numbers(numbers, quirks), Stats(state, clock, quirks)
        of_stats = ("v2",) if quirks["stats_versions"] == "v2" else VERSIONS
        # https://developer.flowroute.com/api/messages/v2.1/ and the pages beside it
        table = (
            *callbacks.table(),  # before the records, since their names could be ids
            Route("POST", VERSIONS, "messages", sending.send),
            Route("GET", VERSIONS, "messages", reading.some),
            Route("GET", VERSIONS, "messages/…", reading.one),
            Route("GET", NEWER, "media/…", reading.media),
            Route("GET", of_stats, "message-stats", stats.all),
            Route("GET", ("v2",), "numbers", owned.some),
            Route("GET", ("v2",), "numbers/…", owned.one),
        )
        self._routes = Routes(table, keys, seed, quirks)

    def listen(self, host: str, port: int, allowed: Iterable[str]) -> Server:
        """Answer at an address, to requests that name it or one of the allowed hosts."""
        try:
            return Server(self._routes, self.faults, self.log, host, port, allowed, self._clock)
        except (OSError, OverflowError) as wrong:
            why = getattr(wrong, "strerror", None) or str(wrong)
        raise InputError(
            f"The sandbox can't listen on host={host!r}, port={port} ({why}). Leave them out for a free port."
        )


def end(state: State, workers: list[Server | Postman]) -> None:
    """Stop telling and listening, and let go of the file."""
    if any(each.is_here() for each in workers):  # any thread may collect the garbage; its own would wait for themselves
        threading.Thread(target=end, args=(state, workers)).start()
        return
    for each in workers:
        each.stop()
    state.close()
