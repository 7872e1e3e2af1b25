"""Decide from the service's records whether a send whose response was lost was accepted.

A record proves something only if it cannot be older than the send. Its age is judged by which records existed just
before the send and by the service's own clock, never by the clock of this machine.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from flowroute_nb import gathering, wire
from flowroute_nb.errors import FlowrouteError
from flowroute_nb.phone import from_record
from flowroute_nb.ranges import Span
from flowroute_nb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from flowroute_nb.account import Account
    from flowroute_nb.wire import Message

__all__ = ["Baseline", "LostSend", "Settlement", "read_baseline", "settle"]

_BASELINE_SIZE = 250  # records that are read before a send; lists are newest first
_BASELINE_TIMEOUT = 3.0  # seconds that a send waits for them
_DAY = dt.timedelta(days=1)
_CLOCK_SKEW = dt.timedelta(minutes=10)  # the most that the clocks of the service's servers are assumed to differ
_DELAY = dt.timedelta(seconds=6)  # after the loss was noticed: a second of the Date header, and the way to the service


class Baseline(NamedTuple):
    """The state of the records just before a send.

    Attributes
    ----------
    ids : frozenset of str
        The newest records that existed.
    service_time : datetime.datetime or None
        The service's clock, in whole seconds; None where its response had no ``Date``.

    """

    ids: frozenset[str]
    service_time: dt.datetime | None


@dataclass
class LostSend:
    """A message that may or may not have been accepted.

    Attributes
    ----------
    message : Message
    sent_at : datetime.datetime
        By the account's clock.
    baseline : Baseline or None
        None where it could not be read.
    seconds : float
        From the send until its response was lost.

    """

    message: Message
    sent_at: dt.datetime
    baseline: Baseline | None = None
    seconds: float = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure how long the send takes, also if it fails."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds = time.monotonic() - start


class Settlement(NamedTuple):
    """The result of the comparison of a lost send with the records.

    Attributes
    ----------
    verdict : {"found", "undecided", "absent"}
        ``found``: exactly one record matches the message and the time of its send. ``undecided``: records match it, but
        may be older or from another program. ``absent``: no record matches.
    candidates : pandas.DataFrame
        The records that may belong to the message, oldest first.

    """

    verdict: Literal["found", "undecided", "absent"]
    candidates: pd.DataFrame


def read_baseline(account: Account) -> Baseline | None:
    """Read the newest records and the service's time before a send, in one request; return None if that fails.

    The ``Date`` of a response is the service's clock: https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
    """
    now = account.now().astimezone(dt.UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    request = wire.records(account.api, midnight - _DAY, midnight + 2 * _DAY, _BASELINE_SIZE)
    branch = account.branch()
    timer = threading.Timer(_BASELINE_TIMEOUT, branch.close)
    timer.start()
    try:
        answer = branch._client.read(request, "Reading the newest records")  # noqa: SLF001  one request and its headers
        ids = frozenset(Reader().read(answer.body, "The newest records").ids)
    except FlowrouteError:
        return None
    finally:
        timer.cancel()
        branch.close()
    return Baseline(ids, _parsed(answer.headers.get("date")))


def _parsed(date: str | None) -> dt.datetime | None:
    try:
        parsed = parsedate_to_datetime(date or "")
    except (ValueError, TypeError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)


def settle(account: Account, lost: LostSend, own_ids: Collection[str]) -> Settlement:
    """Read the records since the day before a send, and decide which of them can belong to its message.

    The days are those of the service's clock: the account's may be wrong by days, and then there would be no record.

    Parameters
    ----------
    account : Account
    lost : LostSend
    own_ids : collection of str
        Records that are known to belong to other messages.

    Raises
    ------
    FlowrouteError
        The records could not be read.

    """
    ahead = _service_ahead(account, lost)
    now = account.now() + ahead
    span = Span(lost.sent_at + ahead - _DAY, now + _DAY)
    records = gathering.whole(account._client, account.api, span, now=now, workers=4, report=_no_report)  # noqa: SLF001  account.messages() takes the account's clock
    return judge(records, lost, own_ids)


def _no_report(_span: Span, _count: int) -> None:
    """Show no progress."""


def _service_ahead(account: Account, lost: LostSend) -> dt.timedelta:
    """Return how far the service's clock is ahead of the account's; nothing where its responses have no ``Date``."""
    if lost.baseline is not None and lost.baseline.service_time is not None:
        return lost.baseline.service_time - lost.sent_at
    now, baseline = account.now(), read_baseline(account)
    if baseline is None or baseline.service_time is None:
        return dt.timedelta()
    return baseline.service_time - now


def judge(records: pd.DataFrame, lost: LostSend, own_ids: Collection[str]) -> Settlement:
    """Decide which records can belong to the message: they match it, and are not older than its send."""
    candidates = records[_matching(records, lost.message) & ~records.id.isin(list(own_ids))]
    baseline = lost.baseline
    if baseline is None:
        return Settlement("undecided" if len(candidates) else "absent", candidates)
    candidates = candidates[~candidates.id.isin(list(baseline.ids))]
    if baseline.service_time is not None:
        older = candidates.timestamp < pd.Timestamp(baseline.service_time - _CLOCK_SKEW)
        candidates = candidates[~older]
    if candidates.empty:
        return Settlement("absent", candidates)
    is_certain = len(candidates) == 1 and _in_time(candidates.timestamp.iloc[0], baseline.service_time, lost.seconds)
    return Settlement("found" if is_certain else "undecided", candidates)


def _in_time(timestamp: pd.Timestamp, service_time: dt.datetime | None, seconds: float) -> bool:
    """Return whether a record can belong to a send that began at ``service_time`` and took so many seconds."""
    if service_time is None:  # known is only that the record did not exist before the send
        return True
    return bool(service_time <= timestamp <= service_time + dt.timedelta(seconds=seconds) + _DELAY)


def _matching(records: pd.DataFrame, message: Message) -> pd.Series:
    """Return which records have the numbers and the text of a message; the ``+`` of a number is optional in records."""
    matches = (records.direction != "inbound") & (records.is_mms.fillna(message.mms) == message.mms).astype(bool)
    for column, number in (("from", message.from_), ("to", message.to)):
        matches &= records[column].isin(_spellings(number))
    # an MMS without a text has the body null, "" or none
    return matches & (records.body.fillna("") == (message.body or ""))


def _spellings(number: str) -> set[str]:
    """Return how a record can spell a number: as it was sent, without ``+``, or as that was completed when read."""
    bare = number.removeprefix("+")
    return {number, bare, f"+{bare}", from_record(bare)}
