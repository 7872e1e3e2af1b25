"""A Flowroute account: send a text, look records up, read a range of them. Each method is one sentence."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Literal, overload

from flowroute_nb import cards, credentials, gathering, ranges, wire
from flowroute_nb.client import Client
from flowroute_nb.drafts import draft, number
from flowroute_nb.errors import CredentialsError, InputError, NotFound, keywords
from flowroute_nb.phone import masked
from flowroute_nb.progress import bar as progress_bar
from flowroute_nb.sent import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

    from flowroute_nb.ranges import Moment, Span
    from flowroute_nb.sandbox import Sandbox

__all__ = ["Account"]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Account:
    """A Flowroute account, for sending texts and reading what was sent and received.

    The keys are what is given here, else ``FLOWROUTE_ACCESS_KEY`` and ``FLOWROUTE_SECRET_KEY`` of the environment, else
    the system's keyring. One account may be used from several threads.

    Parameters
    ----------
    access_key, secret_key : str, optional
        The two keys of manage.flowroute.com, Preferences > API Control.
    api : {"v2.1", "v2", "v2.2"}
        The version of Flowroute's API to speak; v2 has no MMS, only v2.2 says the price of a send.
    from_ : str or int, optional
        The number that :meth:`send` sends from unless told otherwise.
    tz : str
        The zone of dates and of datetimes without one.
    read_only : bool
        Refuse to send.
    base_url : str, optional
        Where the service is: https, or http on this machine, without a version; else ``FLOWROUTE_BASE_URL``, else
        Flowroute itself.
    timeout : tuple of float
        Seconds to connect, and seconds to wait for an answer.
    clock : callable
        Says what time it is, as an aware datetime.

    Attributes
    ----------
    sandbox : Sandbox or None
        The sandbox this account is of; it lives as long as the account.

    Raises
    ------
    CredentialsError
        A key is missing or empty; the message says where it was looked for.
    InputError
        One of the others can't be right.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.1/

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox().account()   # or fr.Account(), with your own keys
    >>> account.send(to="15305557784", body="Gee, nice marmot!").id[:5]
    'mdr2-'

    """

    sandbox: Sandbox | None = None

    @keywords
    def __init__(
        self,
        *,
        access_key: str | None = None,
        secret_key: str | None = None,
        api: Literal["v2.1", "v2", "v2.2"] = "v2.1",
        from_: str | int | None = None,
        tz: str | dt.tzinfo = "UTC",
        read_only: bool = False,
        base_url: str | None = None,
        timeout: tuple[float, float] = (5, 30),
        clock: Callable[[], dt.datetime] = _now,
    ) -> None:
        keys = credentials.find(access_key, secret_key)
        del secret_key  # a traceback shows what the arguments are now
        if isinstance(keys, CredentialsError):
            raise keys
        self.api = wire.version(api)
        self.from_ = None if from_ is None else number(from_, "from_")
        self.tz = ranges.zone(tz)
        self.read_only = bool(read_only)
        self._sleep = time.sleep
        self._clock, self._access_key = clock, credentials.masked(keys.access_key)
        self._client = Client(keys, credentials.base_url(base_url), _seconds(timeout))

    @keywords
    def send(
        self,
        *,
        to: str | int,
        from_: str | int | None = None,
        body: str | None = None,
        media_urls: Sequence[str] | None = None,
        is_mms: bool | None = None,
        dlr_callback: str | None = None,
        smart_quotes: Literal["refuse", "replace", "keep"] = "refuse",
    ) -> Sent:
        """Send one message to one recipient, at most once.

        A send is repeated only when it was provably not taken: no connection was made, or the service said 429. Sends
        are paced at 5 a second, MMS also at 1, for each access key over the whole process.

        Parameters
        ----------
        to, from_ : str or int
            Phone numbers in any spelling, see :func:`flowroute_nb.digits`; ``from_`` is one of the account's.
        body : str, optional
            The text; needed unless there are ``media_urls``.
        media_urls : list of str, optional
            Public URLs of what goes with it, at most 750 kB together with the text; makes it an MMS.
        is_mms : bool, optional
            True sends a text without media as an MMS.
        dlr_callback : str, optional
            Where the service should POST the delivery receipts of this message.
        smart_quotes : {"refuse", "replace", "keep"}
            What to do about curly quotes, which the service is known to refuse; ``replace`` also straightens long
            dashes and ellipses.

        Returns
        -------
        Sent
            ``.id``, ``.cost`` (v2.2's charged cost in dollars, else None), ``.wait()`` for the record.

        Raises
        ------
        InputError
            Something can't be sent; nothing was.
        Refused
            The service said no (Unauthorized, Forbidden, Unprocessable, RateLimited, OptedOut, …); nothing was sent.
        Unreachable
            No connection could be made; nothing was sent.
        OutcomeUnknown
            The answer was lost: the message may have been sent. The error says how to find out.

        Notes
        -----
        Source: https://developer.flowroute.com/api/messages/v2.1/send-an-sms/

        Examples
        --------
        >>> import flowroute_nb as fr
        >>> account = fr.Sandbox().account(api="v2.2")
        >>> account.send(to="(530) 555-7784", body="Gee, nice marmot!").cost
        Decimal('0.0040')

        """
        if self.read_only:
            raise InputError(
                "This account was made with read_only=True, so it does not send. Make one without it to send."
            )
        message = draft(
            to=to,
            from_=self.from_ if from_ is None else from_,
            body=body,
            media_urls=media_urls,
            is_mms=is_mms,
            dlr_callback=dlr_callback,
            smart_quotes=smart_quotes,
        )
        taken, left = self._client.send(message, self.api, self._clock)
        return Sent(taken, message, api=self.api, at=left, wait=self._wait)

    def _wait(self, record_id: str, timeout: float) -> pd.Series:
        until, pause = time.monotonic() + timeout, 0.25
        while True:
            try:
                return self.lookup(record_id)
            except NotFound as not_yet:
                if time.monotonic() + pause > until:
                    late = not_yet
                    break
            self._sleep(pause)
            pause = min(pause * 1.5, 2.0)
        raise NotFound(
            f"The record {record_id} could not be read within {timeout:g} seconds. The message was taken: don't send "
            "it again, look it up later with account.lookup(id).",
            status=late.status,
            errors=late.errors,
            request_id=late.request_id,
        )

    @overload
    def lookup(self, ids: str, *, errors: Literal["raise", "keep"] = ..., workers: int = ...) -> pd.Series: ...  # type: ignore[overload-overlap]  # a str is iterable too
    @overload
    def lookup(
        self, ids: Iterable[str], *, errors: Literal["raise", "keep"] = ..., workers: int = ...
    ) -> pd.DataFrame: ...
    @keywords
    def lookup(
        self, ids: str | Iterable[str], *, errors: Literal["raise", "keep"] = "raise", workers: int = 4
    ) -> pd.Series | pd.DataFrame:
        """Look up records by their ids.

        Parameters
        ----------
        ids : str or iterable of str
            One id, or several.
        errors : {"raise", "keep"}
            Whether an id that has no record raises, or stays as a row that misses all but its id.
        workers : int
            How many requests at once.

        Returns
        -------
        pandas.Series or pandas.DataFrame
            For one id a Series of the 20 columns, named by the id; for several a frame in their order, each id once.

        Raises
        ------
        InputError
            Something that can't be an id; nothing was asked.
        NotFound
            There is no such record (yet). For several ids ``.missing`` says which, ``.partial`` has the others.
        BadRecords
            A record can't be understood; ``.bad`` says why, ``.partial`` has the others.
        FlowrouteError
            The service can't be reached, or refused; ``.partial`` has what was read before.

        Notes
        -----
        Source: https://developer.flowroute.com/api/messages/v2.1/look-up-a-message-detail-record/

        Examples
        --------
        >>> import flowroute_nb as fr
        >>> account = fr.Sandbox(messages=100).account()
        >>> ids = account.messages(days=30).id.head(3)
        >>> account.lookup(ids).shape
        (3, 20)

        """
        if errors not in ("raise", "keep"):
            raise InputError(f"errors={errors!r} is neither 'raise' nor 'keep'. Give one of these.")
        wanted = list(dict.fromkeys([ids] if isinstance(ids, str) else _listed(ids)))
        for each in wanted:
            wire.record(self.api, each)  # refuses what can't be an id before anything is asked
        found = gathering.looked_up(
            self._client, self.api, wanted, keep=errors == "keep", workers=_count("workers", workers)
        )
        return found.iloc[0].rename(wanted[0]) if isinstance(ids, str) else found

    @keywords
    def messages(
        self,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        days: float | None = None,
        tz: str | dt.tzinfo | None = None,
        workers: int = 4,
        progress: bool = True,
    ) -> pd.DataFrame:
        """Read all records of a range of time, sent and received, ordered by (timestamp, id).

        Every page is followed and repeats are dropped by id; the frame is the same with any number of workers.

        Parameters
        ----------
        start, end : str, date, datetime or pandas.Period
            ``"2026"``, ``"2026-10"``, ``"2026-10-31"`` and periods mean all of it, as start and as end; a datetime as
            end is excluded, and one as start without an end runs until now.
        days : float, optional
            Instead of these, the last so many times 24 hours.
        tz : str, optional
            The zone of dates and naive datetimes, instead of the account's.
        workers : int
            How many requests at once.
        progress : bool
            Show a progress bar.

        Returns
        -------
        pandas.DataFrame
            The 20 columns of the README, one row a message; ``.attrs["flowroute"]`` says where it came from.

        Raises
        ------
        InputError
            No range, or one that can't be; the message shows how to give one.
        BadRecords
            Some records can't be understood: ``.bad`` says why, ``.partial`` has all others.
        FlowrouteError
            The service stopped half-way: ``.partial`` has what was read, ``.missing`` the days that are not whole.

        Notes
        -----
        Source: https://developer.flowroute.com/api/messages/v2.1/look-up-set-of-messages/

        Examples
        --------
        >>> import flowroute_nb as fr
        >>> account = fr.Sandbox(today="2026-10-31", messages=100).account()
        >>> df = account.messages("2026-10-01", "2026-10-31")
        >>> df.cost.sum() == df.amount_nanodollars.sum() * fr.records.money(1)
        True

        """
        now = self._clock()
        span = ranges.span(start, end, days, self._zone(tz), now)
        workers = _count("workers", workers)
        with progress_bar(span, shown=progress) as report:
            found = gathering.whole(self._client, self.api, span, now=now, workers=workers, report=report)
        found.attrs["flowroute"]["access_key"] = self._access_key
        return found

    @keywords
    def pages(
        self,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        days: float | None = None,
        tz: str | dt.tzinfo | None = None,
        workers: int = 4,
    ) -> Iterator[pd.DataFrame]:
        """Read the records of a range of time as a frame a day, in bounded memory.

        Parameters
        ----------
        start, end, days, tz, workers
            As of :meth:`messages`.

        Yields
        ------
        pandas.DataFrame
            The records of one day of the zone, ordered by (timestamp, id); empty for a day without any.

        Raises
        ------
        FlowrouteError
            As of :meth:`messages`; the days before were given, ``.partial`` has the rest of what was read.

        Notes
        -----
        Source: https://developer.flowroute.com/api/messages/v2.1/look-up-set-of-messages/

        Examples
        --------
        >>> import flowroute_nb as fr
        >>> account = fr.Sandbox(today="2026-10-31", messages=100).account()
        >>> sum(len(day) for day in account.pages("2026-10"))
        100

        """
        now, zone = self._clock(), self._zone(tz)
        span = ranges.span(start, end, days, zone, now)
        return self._day_by_day(span, now, zone, _count("workers", workers))

    def _day_by_day(self, span: Span, now: dt.datetime, zone: dt.tzinfo, workers: int) -> Iterator[pd.DataFrame]:
        # a generator of its own: it holds the account, and so a sandbox, for as long as it is read
        yield from gathering.day_by_day(self._client, self.api, span, now=now, tz=zone, workers=workers)

    def _zone(self, tz: str | dt.tzinfo | None) -> dt.tzinfo:
        return self.tz if tz is None else ranges.zone(tz)

    def _rows(self) -> dict[str, str]:
        own = {"from": masked(self.from_)} if self.from_ else {}
        only = {"read only": "yes"} if self.read_only else {}
        return {
            "key": self._access_key,
            "api": self.api,
            "at": self._client.base_url,
            **own,
            "tz": str(self.tz),
            **only,
        }

    def __repr__(self) -> str:
        if "_client" not in vars(self):
            return "<Account that could not be made>"
        return cards.text("Account", self._rows())

    def _repr_html_(self) -> str:
        return cards.html("Flowroute account" if self.sandbox is None else "Sandbox account", self._rows())


def _listed(ids: Iterable[str]) -> list[str]:
    try:
        return list(ids)
    except TypeError:
        raise InputError(f"ids is of type {type(ids).__name__}. Give one id as text, or a list of ids.") from None


def _seconds(given: tuple[float, float]) -> tuple[float, float]:
    pair = given if isinstance(given, tuple) else (given, given)
    numbers = all(isinstance(each, (int, float)) and not isinstance(each, bool) and each > 0 for each in pair)
    if len(pair) != 2 or not numbers:  # noqa: PLR2004  to connect, to wait
        raise InputError(
            f"timeout={given!r} is no pair of seconds above 0. Give seconds to connect and to wait: (5, 30)."
        )
    return pair


def _count(name: str, given: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 32:  # noqa: PLR2004
        raise InputError(f"{name}={given!r} is no number from 1 to 32. Give one such as {name}=4.")
    return given
