"""What a text will cost, before it is sent: as much as can be said, and why."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from flowroute_nb import cards, drafts, rating, text
from flowroute_nb.errors import BadRecords, InputError, keywords
from flowroute_nb.forking import renew_after_fork
from flowroute_nb.records import money, nanodollars
from flowroute_nb.tracebacks import private
from flowroute_nb.wording import count

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from flowroute_nb.account import Account
    from flowroute_nb.text import Segments

__all__ = ["Estimate", "Known", "estimate"]

_DAYS = 30  # of past that prices are read from


@dataclass(frozen=True, repr=False)
class Estimate:
    """What a text will cost, from here to there, because no source proves how its segments are counted.

    Attributes
    ----------
    low, high : decimal.Decimal or None
        Dollars, to all recipients together; None where no record says a price.
    segments : Segments or None
        By both rules: ``.segments.count`` by Flowroute's, ``.segments.standard`` by the standard; None of an MMS,
        which has one price.
    recipients : int
    reason : str
        Why: how many segments, at what price, and how often that was seen since when.

    """

    low: Decimal | None
    high: Decimal | None
    segments: Segments | None
    recipients: int
    reason: str

    def _rows(self) -> dict[str, str]:
        cost = "not known" if self.low is None else f"${self.low:f}"
        if self.high != self.low:
            cost += f" to ${self.high:f}"
        return {"cost": cost, "why": self.reason}

    def __repr__(self) -> str:
        return cards.text("Estimate", self._rows())

    def _repr_html_(self) -> str:
        return cards.html("Estimate", self._rows())


class Known:
    """The prices of an account, read once, for it and its branches in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rates: pd.DataFrame | None = None
        renew_after_fork(self)

    def renew(self) -> None:
        """Replace the lock in a forked process: the parent may hold it, and nothing would release it there."""
        self._lock = threading.Lock()

    def rates(self, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Give them; who comes while they are being read waits, and who comes after a failure reads."""
        with self._lock:
            if self._rates is None or self._rates.empty:  # an account that had nothing may have something by now
                self._rates = read()
            return self._rates


# A method of Account, which its class takes in by name.


@private
@keywords
def estimate(
    self: Account,
    body: str | None = None,
    *,
    to: str | int | Sequence[str | int] | None = None,
    from_: str | int | None = None,
    media_urls: Sequence[str] | None = None,
    is_mms: bool | None = None,
    rates: pd.DataFrame | None = None,
    progress: bool = True,
) -> Estimate:
    """Say what a text will cost, before it is sent.

    Prices are read off the records of the last 30 days, once; the account and its branches keep them. Nothing is sent.

    Parameters
    ----------
    body : str, optional
        The text, counted as it stands; needed unless there are ``media_urls``.
    to : str or int, or a list of them, optional
        Phone numbers in any spelling; of several, each costs the same. One recipient unless told.
    from_ : str or int, optional
        The number it will be sent from, instead of the account's; without any, the prices of all its numbers count.
    media_urls, is_mms
        As of :meth:`send`: an MMS has one price, whatever is in it.
    rates : pandas.DataFrame, optional
        Prices as :func:`flowroute_nb.costs.rates` reads them off records; then nothing is asked of the service.
    progress : bool
        Show a progress bar while records are read.

    Returns
    -------
    Estimate
        ``.low`` and ``.high``, exact dollars, and the ``.reason``. They are None where no record has such a price: for
        the first text ever sent, or one to another country. ``low`` is the lowest price that holds still times the
        lower count of the two rules, ``high`` the highest times the higher one. Only ``high`` includes a surcharge that
        ``price_details`` name and the amounts leave out: where ``rate`` equals ``base_rate``.

    Raises
    ------
    InputError
        Something can't be sent so; nothing was asked.
    FlowrouteError
        The records could not be read.

    Notes
    -----
    Sources: https://developer.flowroute.com/docs/message-length-concatenation/; 3GPP TS 23.038 and TS 23.040

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox(messages=1_000).account()
    >>> found = account.estimate("Gee, nice marmot! " * 10, to=["15305557784", "12065550199"])
    >>> found.low, found.segments.count, found.recipients
    (Decimal('0.0160'), 2, 2)

    """
    said, media = drafts.content(body, media_urls, as_mms=drafts.mms(is_mms))
    as_mms = bool(media) if is_mms is None else bool(is_mms)
    recipients = _recipients(to)
    sender = self.from_ if from_ is None else drafts.number(from_, "from_")
    counted = None if as_mms else text.segments(said or "")
    if any(not each.startswith("1") for each in recipients):
        reason = "Prices are read off past records, which do not say what texts to other countries cost."
        return Estimate(None, None, counted, len(recipients), reason)
    known = rating.checked(rates) if rates is not None else self._known.rates(lambda: _read(self, progress=progress))
    return _estimated(known, sender, counted, max(1, len(recipients)), self.tz)


def _recipients(given: str | int | Sequence[str | int] | None) -> list[str]:
    if given is None:
        return []
    if isinstance(given, (dict, pd.DataFrame)):
        raise InputError(f"to is of type {type(given).__name__}. Give one phone number, or a list of them.")
    several = given if hasattr(given, "__iter__") and not isinstance(given, (str, int)) else [given]
    found = [drafts.number(each, "to") for each in several]
    if not found:
        raise InputError("to is an empty list. Give at least one phone number, or leave it out.")
    return found


def _read(account: Account, *, progress: bool) -> pd.DataFrame:
    try:
        return rating.rates(account.messages(days=_DAYS, progress=progress))
    except BadRecords as some:  # the others say what things cost
        if some.partial is None:
            raise
        return rating.rates(some.partial)


# ------------------------------------------------------------------ what it comes to


def _estimated(
    rates: pd.DataFrame, sender: str | None, segments: Segments | None, recipients: int, tz: dt.tzinfo
) -> Estimate:
    prices, whose = _prices(rates, sender, as_mms=segments is None)
    if not prices:
        what = "an MMS" if segments is None else "a text"
        reason = (
            f"No record of {what} that was sent says a price. Send one, or give rates=fr.costs.rates(df) of others."
        )
        return Estimate(None, None, segments, recipients, reason)
    counts = (1,) if segments is None else (segments.count, segments.standard)
    low = min(each.low for each in prices) * min(counts) * recipients
    high = max(each.high for each in prices) * max(counts) * recipients
    return Estimate(money(low), money(high), segments, recipients, _reason(prices, segments, recipients, whose, tz))


class Price(NamedTuple):
    """What a segment costs now: nanodollars, from here to there; how often that was seen, of how many, since when."""

    low: int
    high: int
    seen: int
    of: int
    since: pd.Timestamp


def _prices(rates: pd.DataFrame, sender: str | None, *, as_mms: bool) -> tuple[list[Price], str]:
    """Give the prices that hold still for what this number sends; if it sent nothing alike, for what others send."""
    kind = rates["is_mms"].fillna(value=False).astype(bool) == as_mms
    now = rates[rates["until"].isna() & (rates["direction"] == "outbound") & kind]
    own = now[now["number"] == sender]
    whose = " by other numbers" if sender is not None and own.empty else ""
    return [_price(row) for row in (own if len(own) else now).itertuples()], whose


def _price(row: Any) -> Price:  # noqa: ANN401  a row of the frame
    rate, more = nanodollars(row.rate), 0
    if row.surcharge_rate is not None and row.base_rate == row.rate:  # the amounts are without it
        more = nanodollars(row.surcharge_rate)
    return Price(rate, rate + more, int(row.records), int(row.of), row.since)


def _reason(prices: list[Price], segments: Segments | None, recipients: int, whose: str, tz: dt.tzinfo) -> str:
    low, high = min(each.low for each in prices), max(each.high for each in prices)
    at = f"{money(low)}" + (f" to {money(high)}" if high > low else "")
    seen, of, since = (
        sum(each.seen for each in prices),
        sum(each.of for each in prices),
        min(each.since for each in prices),
    )
    often = f"{seen:,}" + (f" of {of:,}" if of > seen else "") + f" time{'s' * (max(seen, of) != 1)}"
    to = f" to each of {recipients:,} recipients" if recipients > 1 else ""
    return f"{_counted(segments)} at {at}{to}, seen {often}{whose} since {since.astimezone(tz):%Y-%m-%d}"


def _counted(segments: Segments | None) -> str:
    if segments is None:
        return "1 MMS"
    said = count(segments.count, "segment")
    if segments.standard == segments.count:
        return said
    return f"{said} by Flowroute's rule or {segments.standard} by the standard,"
