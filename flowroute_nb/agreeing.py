"""Whether our sums agree with what the service counted or charged, and where they don't, why."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from flowroute_nb import differing, ranges, sightings
from flowroute_nb.details import expand
from flowroute_nb.differing import Part, Sums, Told
from flowroute_nb.errors import InputError, keywords, lacks
from flowroute_nb.records import framed, money, nanodollars
from flowroute_nb.schema import AGREEING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["reconcile"]

#: Where days may begin, if not where we thought: Flowroute is in Seattle, and its customers are in the US and Canada.
_ZONES = (
    "UTC",
    "America/Los_Angeles",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Anchorage",
    "Pacific/Honolulu",
)
_READ = ("direction", "delivery", "is_mms", "amount_nanodollars", "price_details")
_QUARTER = 900 * 10**6  # microseconds of a quarter of an hour
_CENTS = 2  # decimals: no invoice is of less
_ROUNDED = (4, _CENTS)  # decimals that amounts are shown with
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NO_RECORDS = "no records were given: read the days of the invoice"
_NO_PART = "no part of our sum explains it: is the invoice of the same days, in the same zone, and of messages alone?"
_AMOUNT = re.compile(r"-?\$?(\d+|\d{1,3}(,\d{3})+)(\.\d{1,9})?", re.ASCII)


@keywords
def reconcile(frame: object, stats: pd.DataFrame | str | Decimal, *, tz: str | dt.tzinfo = "UTC") -> pd.DataFrame:
    """Put our sums beside what the service counted, or beside the total of an invoice, and name what differs.

    Parameters
    ----------
    frame : frame of records
        Of any engine. How far it reaches is known of what ``messages()`` returned; any other is taken to reach from
        its first record to its last.
    stats : pandas.DataFrame, str or decimal.Decimal
        What ``account.stats()`` returns, read after the records; or an invoice's total in dollars, ``"12.40"``.
    tz : str
        The zone in which the days of the stats begin; no source says which it is.

    Returns
    -------
    pandas.DataFrame
        A row for each day and month that is in the frame, or one for the invoice: ``date``, ``period`` (``day``,
        ``month``, ``invoice``), ``messages`` and ``cost`` (ours), ``counted`` and ``charged`` (the service's),
        ``difference`` (cost - charged, dollars), ``agrees``, and ``reason``: how it was rounded, or where it does not
        agree the likeliest that was found; else ``""``. An invoice is in cents, ``"8"`` is 8.00, unless it says more.
        ``.attrs["flowroute_costs"]["agrees"]`` says whether all agrees.

        A difference is explained by one cause or two of these: failed messages, inbound messages or MMS that are free
        or not counted there; surcharges that ``price_details`` name and amounts leave out (``charged_cost`` is another
        amount); what two causes share is left out once. Rounding comes on top: of stats to 4 or 2 decimals, of an
        invoice to as many decimals as it has, 2 at least, to the nearest (a half either way) or cut off. Another zone
        is proposed when at least two more days agree or can be explained in it than in ``tz``, of days read whole:
        UTC, America/Los_Angeles, New_York, Chicago, Denver, Phoenix and Anchorage, and Pacific/Honolulu are tried.

    Raises
    ------
    InputError
        The total is a float or no amount, or one of the frames lacks a column; the message says what to do.

    Notes
    -----
    Source: https://developer.flowroute.com/api/messages/v2.0/look-up-message-stats-for-account

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox(today="2026-10-31", messages=1_000).account()
    >>> df = account.messages("2026-10-05", "2026-10-11")
    >>> found = reconcile(df, account.stats())
    >>> int(found.agrees.sum()), found.reason.iloc[-1]
    (7, 'only 2026-10-05 00:00 to 2026-10-11 23:59 of it was read')
    >>> reconcile(df, str(round(df.cost.sum(), 2)))[["period", "agrees", "reason"]].values.tolist()
    [['invoice', True, 'rounded to 2 decimals']]

    """
    zone = ranges.zone(tz)
    told = _told(stats) if isinstance(stats, pd.DataFrame) else _total(stats)
    quarters, span = _quarters(frame)
    if isinstance(told, Told):
        rows = [_invoice(quarters, span, told, _decimals(stats), zone)]
    else:
        rows = _compared(quarters, span, told, zone)
    found = framed(AGREEING, rows)
    found.attrs["flowroute_costs"] = {
        "kind": "reconcile",
        "tz": str(zone),
        "agrees": bool(found["agrees"].all()),
        "start": None if span is None else span.start.isoformat(),
        "end": None if span is None else span.end.isoformat(),
    }
    return found


# ------------------------------------------------------------------ what was given


def _told(stats: pd.DataFrame) -> dict[str, Told]:
    """Give what the stats say of each day and month."""
    lacking = [name for name in ("date", "period", "total", "amount_nanodollars") if name not in stats]
    if lacking:
        raise InputError(
            f"{lacks('stats', lacking)}. Give what account.stats() returns, or the total of an invoice as text: "
            '"12.40".'
        )
    here = stats[stats["period"].isin(["day", "month"])]
    for name in ("total", "amount_nanodollars"):
        if not (pd.api.types.is_integer_dtype(here[name]) or here[name].isna().all()):
            raise InputError(
                f"The column {name!r} of stats is of type {here[name].dtype}, and has to be whole numbers. Give what "
                "account.stats() returns."
            )
    return {
        date: Told(int(total), int(amount))
        for date, total, amount in zip(here["date"], here["total"], here["amount_nanodollars"], strict=True)
        if not (pd.isna(total) or pd.isna(amount))
    }


def _total(given: object) -> Told:
    """Read the total of an invoice."""
    if isinstance(given, float):
        raise InputError(
            f"The total is a float, {given!r}, and money is exact here. Give it as text: reconcile(df, {str(given)!r})."
        )
    if isinstance(given, (str, Decimal, int)) and not isinstance(given, bool):
        said = f"{given:f}" if isinstance(given, Decimal) else str(given).strip()
        if _AMOUNT.fullmatch(said):
            return Told(None, nanodollars(Decimal(said.replace("$", "").replace(",", ""))))
    shown = repr(given)[:40] if isinstance(given, (str, Decimal, int)) else f"of type {type(given).__name__}"
    raise InputError(
        f"stats is neither a frame nor an amount: {shown}. Give what account.stats() returns, or the total of an"
        ' invoice in dollars as text: "12.40".'
    )


def _decimals(given: object) -> int:
    said = f"{given:f}" if isinstance(given, Decimal) else str(given).strip()
    return max(_CENTS, len(said.partition(".")[2]))  # "8" is 8.00


def _quarters(frame: object) -> tuple[dict[int, Sums], ranges.Span | None]:
    """Add up each quarter of an hour, which no zone's midnight cuts, and say from when to when the frame reaches."""
    cells = sightings.spans(frame, _READ, _QUARTER)
    charges = _charges(cells["price_details"])
    made: dict[int, Sums] = defaultdict(Sums)
    cell: Any
    for cell in cells.itertuples(index=False):
        made[cell.bucket].add(_sums(cell, charges.get(cell.price_details)))
    return dict(made), _span(frame, cells)


def _span(frame: object, cells: pd.DataFrame) -> ranges.Span | None:
    said = getattr(frame, "attrs", {}).get("flowroute", {})
    if "start" in said and "end" in said:
        return ranges.Span(dt.datetime.fromisoformat(said["start"]), dt.datetime.fromisoformat(said["end"]))
    first, last = cells["first"].min(), cells["last"].max()
    if pd.isna(first):
        return None
    return ranges.Span(first.to_pydatetime(), last.to_pydatetime() + dt.timedelta(microseconds=1))


def _charges(texts: pd.Series) -> dict[str, int]:
    """Read out of each text of price_details what was charged, in nanodollars."""
    distinct = texts.dropna().unique()
    found = expand(pd.DataFrame({"id": distinct, "price_details": distinct}), "price_details")
    said = zip(found["id"], found["charged_cost"], strict=True)
    return {text: nanodollars(charged) for text, charged in said if charged is not None}


def _sums(cell: Any, charged: int | None) -> Sums:  # noqa: ANN401  a row of the cells
    amount = cell.amount_nanodollars
    whole = 0 if amount is None else amount * cell.messages
    sums = Sums(cell.messages, whole, cell.messages if amount is None else 0)
    is_charged_more = charged is not None and amount is not None and charged != amount
    surcharges = (charged - amount) * cell.messages if is_charged_more else 0
    names = {
        "failed": cell.delivery == "failed",
        "inbound": cell.direction == "inbound",
        "mms": cell.is_mms is True,
        "surcharge": is_charged_more,
    }
    kind = frozenset(name for name, applies in names.items() if applies)
    if kind:
        sums.kinds[kind] = Part(cell.messages, whole, surcharges)
    return sums


# ------------------------------------------------------------------ day by day, month by month


def _compared(
    quarters: Mapping[int, Sums], span: ranges.Span | None, told: Mapping[str, Told], zone: dt.tzinfo
) -> list[tuple[Any, ...]]:
    if span is None:
        return []
    ours, elsewhere = _dated(quarters, zone), _elsewhere(quarters, span, told, zone)
    made = []
    for date in _dates(span, zone):
        mine, theirs = ours.get(date, Sums()), told.get(date)
        if mine.messages or theirs is not None:
            why = _reason(mine, theirs, _cut(date, span, zone), elsewhere)
            made.append(_row(date, "month" if _is_month(date) else "day", mine, theirs, why))
    return made


def _reason(ours: Sums, theirs: Told | None, cut: str, elsewhere: str) -> str:
    """Say why two sums differ, or nothing where they don't."""
    why = differing.why(ours, theirs or Told(0, 0), _ROUNDED)
    if why is not None and differing.agrees(why):
        return why
    if theirs is None:
        why = "the stats do not have it"
    elif why is None and (ours.unpriced or not (cut or elsewhere)):
        why = differing.guess(ours, theirs)
    return "; or ".join(filter(None, (why, cut))) or elsewhere


def _row(date: str | None, period: str, ours: Sums, theirs: Told | None, why: str) -> tuple[Any, ...]:
    counted, charged = (None, None) if theirs is None else (theirs.messages, theirs.nanodollars)
    return (
        date,
        period,
        ours.messages,
        counted,
        money(ours.nanodollars),
        None if charged is None else money(charged),
        money(ours.nanodollars - (charged or 0)),
        differing.agrees(why),
        why,
    )


def _elsewhere(quarters: Mapping[int, Sums], span: ranges.Span, told: Mapping[str, Told], zone: dt.tzinfo) -> str:
    """Find a zone in whose days the stats agree, or can be explained, more often than in ours."""

    def fit(there: dt.tzinfo) -> int:
        ours, days = _dated(quarters, there), [each for each in _dates(span, there) if not _is_month(each)]
        whole = [day for day in days if day in told and not _cut(day, span, there)]
        return sum(differing.why(ours.get(day, Sums()), told[day], _ROUNDED) is not None for day in whole)

    here, (name, days) = fit(zone), max(((each, fit(ZoneInfo(each))) for each in _ZONES), key=lambda each: each[1])
    if days <= here + 1:  # one may be chance
        return ""
    return f"the stats' days begin in another zone: give tz={name!r}, then {days} days agree"


def _dated(quarters: Mapping[int, Sums], zone: dt.tzinfo) -> dict[str, Sums]:
    """Add up each day and each month of a zone."""
    made: dict[str, Sums] = defaultdict(Sums)
    for moment, sums in quarters.items():
        day = str((_EPOCH + dt.timedelta(microseconds=moment)).astimezone(zone).date())
        made[day].add(sums)
        made[day[:7]].add(sums)
    return made


def _dates(span: ranges.Span, zone: dt.tzinfo) -> list[str]:
    """Name the days that a range touches, then the months."""
    first = span.start.astimezone(zone).date()
    last = (span.end - dt.timedelta(microseconds=1)).astimezone(zone).date()
    days = [str(first + dt.timedelta(days=n)) for n in range((last - first).days + 1)]
    return [*days, *dict.fromkeys(day[:7] for day in days)]


def _is_month(date: str) -> bool:
    return len(date) == len("2026-10")


def _cut(date: str, span: ranges.Span, zone: dt.tzinfo) -> str:
    """Say what of a day or month was read, if not all of it."""
    period = pd.Period(date)
    start, end = (each.start_time.to_pydatetime(warn=False).replace(tzinfo=zone) for each in (period, period + 1))
    if span.start <= start and end <= span.end:
        return ""
    first, last = max(start, span.start), min(end, span.end) - dt.timedelta(microseconds=1)
    form = "%Y-%m-%d %H:%M" if _is_month(date) else "%H:%M"
    return f"only {first.astimezone(zone):{form}} to {last.astimezone(zone):{form}} of it was read"


def _invoice(
    quarters: Mapping[int, Sums], span: ranges.Span | None, theirs: Told, decimals: int, zone: dt.tzinfo
) -> tuple[Any, ...]:
    ours = Sums()
    for sums in quarters.values():
        ours.add(sums)
    days = [] if span is None else [day for day in _dates(span, zone) if not _is_month(day)]
    when = " to ".join(dict.fromkeys([days[0], days[-1]])) if days else None
    why = differing.why(ours, theirs, (decimals,))
    if why is None:
        why = differing.guess(ours, theirs) if ours.unpriced else _NO_PART if ours.messages else _NO_RECORDS
    return _row(when, "invoice", ours, theirs, why)
