"""How an account reads records: one, several, a range of time at once or a day at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, overload

from flowroute_nb import gathering, ranges, wire
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.progress import bar as progress_bar
from flowroute_nb.tracebacks import private, safe
from flowroute_nb.validation import whole_number

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from flowroute_nb.account import Account
    from flowroute_nb.ranges import Moment, Span

__all__ = ["lookup", "messages", "pages"]

# Methods of Account, which its class takes in by name: each is a sentence and what there is to say about it.


@overload
def lookup(self: Account, ids: str, *, errors: Literal["raise", "keep"] = ..., workers: int = ...) -> pd.Series: ...  # type: ignore[overload-overlap]  # a str is iterable too
@overload
def lookup(
    self: Account, ids: Iterable[str], *, errors: Literal["raise", "keep"] = ..., workers: int = ...
) -> pd.DataFrame: ...
@private
@keywords
def lookup(
    self: Account, ids: str | Iterable[str], *, errors: Literal["raise", "keep"] = "raise", workers: int = 4
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


@private
@keywords
def messages(
    self: Account,
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
    span = ranges.span(start, end, days, _zone(self, tz), now)
    workers = _count("workers", workers)
    with progress_bar(span, shown=progress) as report:
        found = gathering.whole(self._client, self.api, span, now=now, workers=workers, report=report)
    found.attrs["flowroute"]["access_key"] = self._access_key
    return found


@private
@keywords
def pages(
    self: Account,
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
    now, zone = self._clock(), _zone(self, tz)
    span = ranges.span(start, end, days, zone, now)
    return _day_by_day(self, span, now, zone, _count("workers", workers))


def _day_by_day(self: Account, span: Span, now: dt.datetime, zone: dt.tzinfo, workers: int) -> Iterator[pd.DataFrame]:
    # a generator of its own: it holds the account, and so a sandbox, for as long as it is read
    handled = sys.exception()
    try:
        yield from gathering.day_by_day(self._client, self.api, span, now=now, tz=zone, workers=workers)
    except GeneratorExit:
        raise
    except BaseException as raised:  # noqa: BLE001  as tracebacks.private, which sees only that this was made
        error = safe(raised, "Account.pages", handled)
    else:
        return
    raise error


def _zone(self: Account, tz: str | dt.tzinfo | None) -> dt.tzinfo:
    return self.tz if tz is None else ranges.zone(tz)


def _listed(ids: Iterable[str]) -> list[str]:
    if hasattr(ids, "columns"):
        raise InputError("ids is a whole frame. Give its column of ids: account.lookup(df.id).")
    try:
        return list(ids)
    except TypeError:
        raise InputError(f"ids is of type {type(ids).__name__}. Give one id as text, or a list of ids.") from None


def _count(name: str, given: int) -> int:
    count = whole_number(given)
    if count is None or not 1 <= count <= 32:  # noqa: PLR2004
        raise InputError(f"{name}={given!r} is no number from 1 to 32. Give one such as {name}=4.")
    return count
