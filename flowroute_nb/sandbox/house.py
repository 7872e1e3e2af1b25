"""The sandbox as its owner sees it: start it, use it, look at what it took, let things go wrong, stop it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from flowroute_nb.errors import InputError, keywords
from flowroute_nb.sandbox import card, given
from flowroute_nb.sandbox.clock import Clock, span
from flowroute_nb.sandbox.hosts import check_hosts
from flowroute_nb.sandbox.keys import check_keys, remembered_keys
from flowroute_nb.sandbox.lifetime import Lifetime
from flowroute_nb.sandbox.log import sends_frame
from flowroute_nb.sandbox.past import NUMBERS
from flowroute_nb.sandbox.prices import dollars
from flowroute_nb.sandbox.quirks import chosen
from flowroute_nb.sandbox.service import Service
from flowroute_nb.sandbox.state import State

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from os import PathLike
    from types import TracebackType

    import pandas as pd

    from flowroute_nb.account import Account
    from flowroute_nb.sandbox.faults import Fault
    from flowroute_nb.sandbox.postman import Postman
    from flowroute_nb.sandbox.server import Server
    from flowroute_nb.sandbox.story import Story

__all__ = ["Sandbox"]


class Sandbox:
    """A Flowroute on this machine, over real HTTP: it has a past, takes messages, and charges nothing.

    It starts when its address is first asked for, and ends with :meth:`stop`, with its ``with`` block, or when nobody
    holds it or an account of it any more.

    Parameters
    ----------
    seed : int
        Another number makes another past; the same seed and the same ``today`` make the same bytes. Not the keys.
    days, messages : int
        How many days of past, and exactly how many records it has.
    today : date or str, optional
        The past ends on this day at noon UTC, and the sandbox's clock runs on from there; else it is now.
    clock : callable, optional
        Says what time it is in the sandbox, as an aware datetime; :meth:`tick` goes on top of it. With one that stands
        still nothing is ever due until then, and all sends fall into one second: give ``rate=0`` for more than five.
    rate : int, optional
        SMS a second for each key and path; by default the documented 5, and 1 MMS; 0 for no limit.
    prices : tuple of str or decimal.Decimal, optional
        Dollars a segment of an SMS before and after the planted price step, as in ``("0.0050", "0.0100")``.
    quirks : mapping of str to str, optional
        What it does where Flowroute's sources disagree or are silent; the README has a table.
    path : str or path, optional
        A file in which it remembers its past, what it took and its keys; readable by its owner only.
    host, port
        Where to listen; a free port of this machine unless told.
    allowed_hosts : list of str
        Host names under which it answers besides ``localhost``, loopback addresses and the address it listens on. A
        request that names another host is refused (421), so that no web page can reach it under a name of its own.
    access_key, secret_key : str, optional
        Its keys, which are then not written to ``path``; random ones by default. The access key begins with "sandbox".

    Attributes
    ----------
    access_key, secret_key : str
        Its keys, which are good for nothing else.
    numbers : list of str
        Its numbers, 11 digits each.
    quirks : mapping
        Each quirk and what was chosen; it can't be changed.

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
        clock: Callable[[], dt.datetime] | None = None,
        rate: int | None = None,
        prices: tuple[str | Decimal, str | Decimal] | None = None,
        quirks: Mapping[str, str] | None = None,
        path: str | PathLike[str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Sequence[str] = (),
        access_key: str | None = None,
        secret_key: str | None = None,
    ) -> None:
        seed, days = given.whole("seed", seed, 0), given.whole("days", days, 1)
        messages, port = given.whole("messages", messages, 0), given.whole("port", port, 0)
        rates = given.rates(rate)
        self._clock = Clock(given.noon(today), clock)
        self._listen = given.host(host), port, check_hosts(allowed_hosts)
        keys = check_keys(access_key, secret_key)
        self.quirks = MappingProxyType(chosen(quirks))
        past = given.past(seed, self._clock.start, days, messages, prices)
        self._state = State(given.place(path), past, self.quirks)
        self._workers: list[Server | Postman] = []
        self._end = Lifetime(self, self._state, self._workers)
        self.access_key, self.secret_key = keys = keys or remembered_keys(self._state)
        self.numbers = list(NUMBERS)
        self._service = Service(self._state, self._clock, self.numbers, keys, rates, seed, self.quirks)
        self._workers.append(self._service.postman)
        self._server: Server | None = None

    def start(self) -> Self:
        """Start listening; what is started already stays as it is."""
        with self._end.lock:
            self._end.check()
            if self._server is None:
                self._server = self._service.listen(*self._listen)
                self._workers.append(self._server)
        return self

    def stop(self) -> None:
        """Stop listening, and leave no thread, socket or open file behind; ``.taken`` and ``.log`` can be looked at.

        What was still to be POSTed is not. In a forked process nothing happens: the sandbox belongs to its parent.
        """
        with self._end.lock:
            if not self._end.is_inherited:
                self._server = None
                self._end.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is, without a version: ``http://127.0.0.1:PORT``."""
        if self._server is None or not self._end.is_inherited:
            self.start()
        return self._server.url if self._server else ""

    def now(self) -> dt.datetime:
        """Say what time it is in the sandbox, UTC."""
        return self._clock.now()

    def ahead(self) -> dt.timedelta:
        """Say how far its time is ahead of this machine's; below zero, how far behind."""
        return self._clock.ahead()

    @keywords
    def tick(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> dt.datetime:
        """Move the time on at once, and let happen what is due by then: records, receipts, and what is POSTed.

        POSTs go out one after the other at the times at which they are due, those that come again too, and have been
        answered when this returns.

        Parameters
        ----------
        days, hours, minutes, seconds : float
            How far, all together; never back.

        Returns
        -------
        datetime.datetime
            What time it is then, UTC.

        Raises
        ------
        InputError
            Time can't be moved so, or is being moved already.

        Examples
        --------
        >>> with Sandbox(messages=0) as sandbox:
        ...     account = sandbox.account()
        ...     sent = account.send(to="15305557784", body="Gee, nice marmot!")
        ...     now = sandbox.tick(seconds=10)  # its record can be read at once, with its receipts
        ...     len(account.lookup(sent.id).delivery_receipts) > 100
        True

        """
        self._end.check()
        self._service.postman.tick(span(days=days, hours=hours, minutes=minutes, seconds=seconds))
        return self.now()

    @keywords
    def receive(
        self,
        *,
        from_: str | int,
        to: str | int,
        body: str | None = None,
        media_urls: Sequence[str] | None = None,
    ) -> str:
        """Let a message arrive from outside, as if somebody had sent it to one of the sandbox's numbers.

        It is charged as any other, its record can be read at once, and a tenth of a second later it is POSTed to the
        ``sms_callback`` or ``mms_callback`` of the number or of the account. One that is not on this machine is left
        alone: ``.log`` says so. What is not answered 200 is POSTed four times in all, 30 seconds apart. STOP and UNSTOP
        count.

        Parameters
        ----------
        from_ : str
            Anybody: ``+`` and 7 to 15 digits, 11 to 15 digits, or a short code of 3 to 8.
        to : str
            One of ``.numbers``.
        body : str, optional
            The text; needed unless there are ``media_urls``.
        media_urls : list of str, optional
            Addresses of pictures and the like; makes it an MMS. They are not fetched.

        Returns
        -------
        str
            The id of its record.

        Raises
        ------
        InputError
            It can't arrive; nothing did.

        Notes
        -----
        Source: https://developer.flowroute.com/docs/receive-an-inbound-message

        Examples
        --------
        >>> with Sandbox(messages=0) as sandbox:
        ...     record_id = sandbox.receive(from_="15305557784", to=sandbox.numbers[0], body="Where's the rug?")
        ...     sandbox.account().lookup(record_id).delivery
        'received'

        """
        self._end.check_process()
        return self._service.arriving.take(from_, to, body, media_urls, self.url)

    @property
    def log(self) -> pd.DataFrame:
        """The newest 10,000 requests and what came of them, oldest first: those of clients, and the sandbox's POSTs.

        Columns: at (the sandbox's time), who (``client`` or ``sandbox``), method, path (an address, where the sandbox
        asked), status (missing where there was no answer), request and answer (bodies: their first 1,000 characters;
        without a status, why there was none), seconds (really passed), attempt (of the sandbox: the how-many-th time).
        Phone numbers show their last four digits, ids stay, and keys are never kept.

        Examples
        --------
        >>> with Sandbox(messages=0) as sandbox:
        ...     sent = sandbox.account().send(
        ...         to="15305557784", body="Gee, nice marmot!", dlr_callback="https://example.com/dlr"
        ...     )
        ...     now = sandbox.tick(seconds=1)
        ...     sandbox.log[["who", "method", "path", "answer"]].tail(1).values.tolist()
        [['sandbox', 'POST', 'https://example.com/dlr', 'not sent: not on this machine']]

        """
        self._end.check_process()
        return self._service.log.frame()

    @property
    def taken(self) -> pd.DataFrame:
        """The sends it took from clients: at, version, id, to, from, body, media_urls (a list)."""
        self._end.check_process()
        return sends_frame(self._state.taken())

    @property
    def story(self) -> Story:
        """What was planted in its past, by its plan and without making it: the answers to compare an analysis with.

        Nothing else in this package looks at it. A ``path`` that has a past already tells that one's story.

        Examples
        --------
        >>> Sandbox(today="2026-10-31").story
        <Story of seed 1
          past      5,000 messages from 2026-10-01 13:00 to 2026-10-31 12:00 UTC
          noise     10% from day to day
          campaign  "Rug sale" from 18005550102 on 2026-10-06, 2026-10-13, 2026-10-20, 2026-10-27: 2.3 times its weekday
          dear      3% of what is said, and the campaign of 2026-10-27: a second segment for one character
          odd day   Fri 2026-10-23, 2.96 times its weekday, "website"
          price     $0.0034 a segment, from 2026-10-20 on $0.0040: +17.6%; segments: documented
          failed    3.5% of the texts sent>

        """
        return replace(self._state.past.story, segments=self.quirks["segments"])

    def charged(self, start: dt.date | str | None = None, end: dt.date | str | None = None) -> Decimal:
        """Add up what its ledger says was charged: exact dollars.

        The ledger is apart from the records: each message is written into it once, when it is taken or comes in, at the
        rates in force; nothing in it is ever changed.

        Parameters
        ----------
        start, end : date, datetime or str, optional
            As in ``Account.messages``: a year, month or date means all of it, as a start, as an end and alone; a
            datetime as ``end`` is excluded. UTC unless they say otherwise. From the first charge, or to the last,
            where one is left out.

        Returns
        -------
        decimal.Decimal

        Raises
        ------
        InputError
            There is no such moment, the range is empty, or the sandbox was stopped.

        Examples
        --------
        >>> with Sandbox(today="2026-10-31") as sandbox:
        ...     october = sandbox.account().messages("2026-10", progress=False)
        ...     sandbox.charged("2026-10") == october.cost.sum()
        True

        """
        between = given.span(start, end)
        self._end.check_process()
        if not self._end.alive:
            raise InputError("This sandbox was stopped, and its ledger is closed. Ask before, or open its path= again.")
        return dollars(self._state.charged(*between))

    @keywords
    def fault(self, kind: str, times: int = 1, *, seconds: float | None = None, on: str | None = None) -> Fault:
        """Let the next requests go wrong; as a ``with`` block, at the most until its end.

        Parameters
        ----------
        kind : str
            What happens, and whether the message is taken; what was taken stands in ``.taken``.

            - ``refuse``: nothing is taken: nobody can connect for 2 seconds, or `seconds`, or until its `with`
              block ends
            - ``drop_before``: nothing is taken: the request is read, then the connection is closed without an answer
            - ``drop_answer``: the request is taken, then the connection is closed without an answer
            - ``timeout``: the request is taken, and no answer comes: the connection is closed after 60 seconds, or
              `seconds`
            - ``slow``: the request is taken, and the answer comes 2 seconds late, or `seconds`
            - ``cut_body``: the request is taken, and the answer breaks off halfway through its body
            - ``html_502``: nothing is taken: a gateway answers 502 with a page of HTML
            - ``429``: nothing is taken: too many requests
            - ``500``: the request is taken, and the answer is 500, as if the service had broken just after
            - ``503_retry_after``: nothing is taken: under maintenance, with `Retry-After: 1`, or `seconds`
            - ``redirect``: nothing is taken: the answer is 307, to the same path on another host
            - ``foreign_next``: a page of a list names another host as its `links.next`
            - ``looping_next``: a page of a list names itself as its `links.next`
        times : int
            How many requests.
        seconds : float, optional
            How long it takes, where it takes time.
        on : str, optional
            Only such requests, and what lies below them: a method and a path without version, as in
            ``"POST /messages"``. Not with ``refuse``: who can't connect never says what it wanted.

        Raises
        ------
        InputError
            There is no such kind or place; the message names those there are.

        Examples
        --------
        >>> with Sandbox(messages=0) as sandbox:
        ...     account = sandbox.account()
        ...     with sandbox.fault("html_502", on="GET /messages"):
        ...         account.messages(days=1, progress=False).shape  # a read is tried again
        (0, 20)

        """
        self.start()
        return self._service.faults.add(kind, times, on, seconds)

    def account(self, **options: Any) -> Account:  # noqa: ANN401  as Account takes them
        """Make an account of this sandbox, which sends from its first number; options are those of ``Account``."""
        from flowroute_nb.account import Account  # noqa: PLC0415  only here does the sandbox know the rest

        ours = {"base_url": self.url, "from_": self.numbers[0], "clock": self.now}  # no keys: tracebacks show it
        account = Account(**{"access_key": self.access_key, "secret_key": self.secret_key, **ours, **options})
        account.sandbox = self
        return account

    def _rows(self) -> dict[str, str]:
        at = self._server.url if self._server else "not started" if self._end.alive else "stopped"
        key = {"key": f"…{self.access_key[-4:]}", "secret": "…"}
        return {"at": at, **key, "numbers": ", ".join(self.numbers), "past": f"{self.story.messages:,} messages"}

    def __repr__(self) -> str:
        return f"<Sandbox {' '.join(f'{name}={value}' for name, value in self._rows().items())}>"

    def _repr_html_(self) -> str:
        return card.html(self._rows())
