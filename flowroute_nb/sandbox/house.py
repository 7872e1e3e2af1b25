"""The sandbox as its owner sees it: start it, use it, look at what it took, let things go wrong, stop it."""

from __future__ import annotations

import hashlib
import json
import threading
import weakref
from html import escape
from typing import TYPE_CHECKING, Any, Self

from flowroute_nb.errors import InputError, keywords
from flowroute_nb.sandbox import given
from flowroute_nb.sandbox.clock import Clock
from flowroute_nb.sandbox.faults import Fault, Faults
from flowroute_nb.sandbox.past import NUMBERS
from flowroute_nb.sandbox.routes import Routes
from flowroute_nb.sandbox.server import Server
from flowroute_nb.sandbox.state import State

if TYPE_CHECKING:
    import datetime as dt
    from os import PathLike
    from types import TracebackType

    import pandas as pd

    from flowroute_nb.account import Account

__all__ = ["Sandbox"]

_DOCUMENTED = (5, 1)  # SMS and MMS a second


class Sandbox:
    """A Flowroute on this machine, over real HTTP: it has a past, takes messages, and charges nothing.

    It starts when its address is first asked for, and ends with :meth:`stop`, with its ``with`` block, or when nobody
    holds it or an account of it any more.

    Parameters
    ----------
    seed : int
        Another number makes another past; the same seed and the same ``today`` make the same bytes.
    days : int
        How many days of past.
    messages : int
        Exactly how many records the past has.
    today : date or str, optional
        The past ends on this day at noon UTC, and the sandbox's clock runs on from there; else it is now.
    rate : int, optional
        SMS a second for each key and path; by default the documented 5, and 1 MMS; 0 for no limit.
    path : str or path, optional
        A file in which it remembers its past and what it took.
    host, port
        Where to listen; a free port of this machine unless told.

    Attributes
    ----------
    access_key, secret_key : str
        Its keys, which are good for nothing else.
    numbers : list of str
        Its numbers, 11 digits each.

    Raises
    ------
    InputError
        An argument can't be right.

    Notes
    -----
    It follows https://developer.flowroute.com/api/messages/v2.1/ and the pages of the other versions.

    Examples
    --------
    >>> with Sandbox(messages=100) as sandbox:
    ...     account = sandbox.account()
    ...     sent = account.send(to="15305557784", body="Gee, nice marmot!")
    ...     sandbox.taken.body.tolist()
    ['Gee, nice marmot!']

    """

    @keywords
    def __init__(
        self,
        *,
        seed: int = 1,
        days: int = 30,
        messages: int = 5_000,
        today: dt.date | str | None = None,
        rate: int | None = None,
        path: str | PathLike[str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        for name, value, least in (("seed", seed, 0), ("days", days, 1), ("messages", messages, 0), ("port", port, 0)):
            given.whole(name, value, least)
        rates = _DOCUMENTED if rate is None else (given.whole("rate", rate, 0), min(rate, _DOCUMENTED[1]))
        self._clock = Clock(given.noon(today))
        self._messages, self._listen = messages, (host, port)
        self._state = State(given.place(path), given.past(seed, self._clock.start, days, messages))
        self._taken: list[tuple[Any, ...]] | None = None  # what is left of them when it has ended
        self._end = weakref.finalize(self, _end, self._state)
        token = hashlib.sha256(f"sandbox {seed}".encode()).hexdigest()
        self.access_key = self._state.fact("access_key", f"sandbox{token[:8]}")
        self.secret_key = self._state.fact("secret_key", f"not-a-secret-{token[8:32]}")
        self.numbers = list(NUMBERS)
        self._faults = Faults()
        self._routes = Routes(self._state, self._clock, (self.access_key, self.secret_key), self.numbers, rates, seed)
        self._server: Server | None = None
        self._starting = threading.Lock()

    def start(self) -> Self:
        """Start listening; what is started already stays as it is."""
        with self._starting:
            if not self._end.alive:
                raise InputError("This sandbox was stopped. Make a new one; with path= it remembers.")
            if self._server is None:
                self._server = _listening(self._routes, self._faults, *self._listen)
                self._end.detach()
                self._end = weakref.finalize(self, _end, self._state, self._server)
        return self

    def stop(self) -> None:
        """Stop listening, and leave no thread, socket or open file behind; ``.taken`` can still be looked at."""
        with self._starting:
            if self._end.alive:
                self._taken = self._state.taken()
            self._server = None
            self._end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is, without a version: ``http://127.0.0.1:PORT``."""
        self.start()
        return self._server.url if self._server else ""

    def now(self) -> dt.datetime:
        """Say what time it is in the sandbox, UTC."""
        return self._clock.now()

    @property
    def taken(self) -> pd.DataFrame:
        """The sends it took from clients: at, version, id, to, from, body, media_urls (a list)."""
        import pandas as pd  # noqa: PLC0415  the server needs none of it

        names = ["at", "version", "id", "to", "from", "body", "media_urls"]
        taken = self._state.taken() if self._taken is None else self._taken
        rows = [(*row[:6], json.loads(row[6])) for row in taken]
        frame = pd.DataFrame({name: pd.Series([row[n] for row in rows], dtype=object) for n, name in enumerate(names)})
        frame["at"] = pd.to_datetime(frame["at"].astype("int64"), unit="us", utc=True).dt.as_unit("us")
        return frame.astype(dict.fromkeys(names[1:6], "str"))

    @keywords
    def fault(self, kind: str, times: int = 1, *, seconds: float = 2.0, on: str | None = None) -> None:
        """Let the next requests go wrong.

        Parameters
        ----------
        kind : {"drop_answer", "slow", "429", "503"}
            ``drop_answer`` takes the request and closes the connection without an answer; ``slow`` answers late; the
            other two answer so and take nothing.
        times : int
            How many requests.
        seconds : float
            How late ``slow`` is.
        on : str, optional
            Only such requests, as in ``"POST /messages"``.

        Raises
        ------
        InputError
            There is no such kind; the message names those there are.

        Examples
        --------
        >>> with Sandbox(messages=0) as sandbox:
        ...     sandbox.fault("503")
        ...     sandbox.account().messages(days=1, progress=False).shape  # a read is tried again
        (0, 20)

        """
        self._faults.add(Fault(kind, times, on, seconds))

    def account(self, **options: Any) -> Account:  # noqa: ANN401  as Account takes them
        """Make an account of this sandbox, which sends from its first number; options are those of ``Account``."""
        from flowroute_nb.account import Account  # noqa: PLC0415  only here does the sandbox know the rest

        ours = {"access_key": self.access_key, "secret_key": self.secret_key, "base_url": self.url}
        account = Account(**{**ours, "from_": self.numbers[0], "clock": self.now, **options})
        account.sandbox = self
        return account

    def _rows(self) -> dict[str, str]:
        at = self._server.url if self._server else "not started" if self._end.alive else "stopped"
        past_ = f"{self._messages:,} messages"
        key = {"key": f"…{self.access_key[-4:]}", "secret": "…"}
        return {"at": at, **key, "numbers": ", ".join(self.numbers), "past": past_}

    def __repr__(self) -> str:
        return f"<Sandbox {' '.join(f'{name}={value}' for name, value in self._rows().items())}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            '<tr style="background:none">'
            f'<th scope="row" style="text-align:left;padding:2px 16px 2px 0;font-weight:normal;opacity:.75">{name}</th>'
            f'<td style="text-align:left;padding:2px 0">{escape(value)}</td></tr>'
            for name, value in self._rows().items()
        )
        frame = "display:inline-block;border:1px solid var(--jp-border-color2,#ccc);border-radius:4px;padding:8px 16px"
        return f'<div style="{frame}"><strong>Flowroute sandbox</strong><table style="border:0">{rows}</table></div>'


def _end(state: State, server: Server | None = None) -> None:
    """Stop listening and let go of the file."""
    if server and server.is_here():  # any thread may collect the garbage; one of its own would wait for itself
        threading.Thread(target=_end, args=(state, server)).start()
        return
    if server:
        server.stop()
    state.close()


def _listening(routes: Routes, faults: Faults, host: str, port: int) -> Server:
    try:
        return Server(routes, faults, host, port)
    except (OSError, OverflowError) as wrong:
        why = getattr(wrong, "strerror", None) or str(wrong)
    raise InputError(f"The sandbox can't listen on host={host!r}, port={port} ({why}). Leave them out for a free port.")
