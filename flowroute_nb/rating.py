"""What a segment costs, read off past records: by direction, number and kind of message, and since when."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from flowroute_nb import sightings, text
from flowroute_nb.details import expand
from flowroute_nb.errors import InputError, keywords, lacks
from flowroute_nb.price_levels import Cell, Level, detect
from flowroute_nb.records import framed, money, nanodollars
from flowroute_nb.schema import RATES, TEXT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = ["at", "checked", "rates"]

_READ = (
    "direction",
    "number",
    "message_type",
    "is_mms",
    "segments",
    "delivery",
    "amount_nanodollars",
    "price_details",
)
_WHOSE = ["direction", "number", "message_type", "is_mms"]
_DAY = 86_400 * 10**6  # microseconds
_ONE_BY_ONE = 50_000  # records: of more, only those around price changes are looked at one by one


@keywords
def rates(frame: object) -> pd.DataFrame:
    """Read the price of a segment off past records.

    A price that changed is a row for each price that held. Which rule segments are billed by is settled first, from all
    records: the prices are detected with the counts of Flowroute's published rule and with those of the 3GPP standard,
    and the rule that leaves fewer records unexplained, with fewer price changes, is used.

    Parameters
    ----------
    frame : frame of records
        Of any engine. Without the column ``body`` only the counts in ``segments`` are known.

    Returns
    -------
    pandas.DataFrame
        A row for each price: ``direction``, ``number`` (ours), ``message_type``, ``is_mms``, ``rate`` (dollars a
        segment, of an MMS dollars each), ``since`` and ``until`` (``datetime64[us, UTC]``), ``records`` and ``of``,
        ``base_rate`` and ``surcharge_rate`` (dollars a segment, where ``price_details`` say them; each surcharge has
        rows of its own).

        ``since`` is the first record that cost the price, ``until`` the first that cost the next one, missing where the
        price holds still. ``of`` counts the records from ``since`` until ``until``, in the first row also those before
        ``since``; ``records`` counts those of them whose amount is the rate times the ``segments`` of their column.
        Neither counts records without an amount or segments, nor failed ones that cost nothing.

    Raises
    ------
    InputError
        The frame lacks a column, or its money is no exact money; the message says what to do.

    Notes
    -----
    An outlier is a record whose amount is not the price in force times its segments. Fewer than three records at
    another price are outliers, unless another number or direction had the same price change at that time; so are texts
    of less than a day between two periods at the same price, if their amounts are multiples of it (a third rule counted
    them). Where outliers are frequent, it takes more records in a row to make a price.

    Whether amounts have the surcharge in them, no source says: ``rate`` is what the amounts say.
    Sources: https://developer.flowroute.com/docs/message-length-concatenation/,
    https://developer.flowroute.com/api/messages/v2.2/send-an-sms/

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> df = fr.Sandbox(today="2026-10-31", messages=1_000).account().messages(days=30)
    >>> found = rates(df)
    >>> found[(found.direction == "outbound") & (found.number == "12065550100") & ~found.is_mms].rate.tolist()
    [Decimal('0.0034'), Decimal('0.0040')]

    """
    return framed(RATES, [row for key, levels in _detected(frame).items() for row in _rows(key, levels)])


def checked(given: object) -> pd.DataFrame:
    """Refuse what is no frame of prices."""
    columns = [column.name for column in RATES]
    if isinstance(given, pd.DataFrame):
        lacking = [name for name in columns if name not in given]
        if not lacking:
            return _sound(given)
        what = lacks("rates", lacking)
    else:
        what = f"rates is a {type(given).__name__}"
    raise InputError(f"{what}. Give what fr.costs.rates(df) reads off records, or leave it out.")


def _sound(given: pd.DataFrame) -> pd.DataFrame:
    """Refuse prices that are no exact money, or that nobody knows the time of."""
    strange = next((each for each in given["rate"] if not (isinstance(each, Decimal) and each.is_finite())), None)
    if strange is not None or given["rate"].isna().any():
        raise InputError(f"rates has the rate {strange!r}, and money is exact here. Give Decimals, as rates(df) does.")
    since = given["since"]
    if len(given) and not (isinstance(since.dtype, pd.DatetimeTZDtype) and since.notna().all()):
        raise InputError("rates has no moment in a zone in each row of 'since'. Give what fr.costs.rates(df) returns.")
    return given


def at(records: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """Give each record the price of its kind at its time, in nanodollars; missing where no such price is known."""
    details = _details(records["price_details"])
    surcharges: list[Any] = [details.get(each, _NO_DETAIL).surcharge_rate for each in records["price_details"]]
    kinds = pd.DataFrame({name: records[name] for name in _WHOSE}).assign(surcharge_rate=surcharges)
    ordered = known.sort_values("since", kind="stable")
    prices = {_plain(key): rows for key, rows in ordered.groupby([*_WHOSE, "surcharge_rate"], dropna=False)}
    found, there = np.zeros(len(records), np.int64), np.zeros(len(records), bool)
    moments = records["timestamp"].astype("datetime64[us, UTC]").astype("int64").to_numpy()
    for key, places in kinds.groupby([*_WHOSE, "surcharge_rate"], dropna=False).indices.items():
        rows = prices.get(_plain(key))
        if rows is not None:
            since = rows["since"].astype("datetime64[us, UTC]").astype("int64").to_numpy()
            units = np.array([nanodollars(each) for each in rows["rate"]])
            found[places] = units[np.maximum(np.searchsorted(since, moments[places], side="right") - 1, 0)]
            there[places] = True
    return pd.Series(pd.arrays.IntegerArray(found, ~there), index=records.index)


def _plain(key: Any) -> tuple[Any, ...]:  # noqa: ANN401  a tuple, of what it groups by
    return tuple(None if pd.isna(each) else each for each in key)


def _rows(key: tuple[Any, ...], levels: Sequence[Level]) -> Iterator[tuple[Any, ...]]:
    *whose, surcharge = key
    for level in levels:
        yield *whose, money(level.unit), level.since, level.until, level.agree, level.of, level.base, surcharge


# ------------------------------------------------------------------ what is in the records


Kinds = dict[tuple[Any, ...], list[Cell]]


def _detected(frame: object) -> dict[tuple[Any, ...], list[Level]]:
    """Find the prices of each direction, number, kind and surcharge, in this order.

    Records are grouped by day first. Where there are few of them all are then looked at one by one, else those of the
    first and the last day and of the days around each price change, until a change is known to the record.
    """
    by_day = _kinds(frame, _DAY)
    all_cells = [cell for cells in by_day.values() for cell in cells]
    if sum(cell.messages for cell in all_cells) <= _ONE_BY_ONE:
        return detect(_kinds(frame, 1))[1]
    buckets = [cell.bucket for cell in all_cells]
    days, more = set[int](), {min(buckets) // _DAY, max(buckets) // _DAY}
    while True:
        days |= more
        exact = _kinds(frame, 1, days)
        kinds = {
            key: [cell for cell in cells if cell.bucket // _DAY not in days] + exact.get(key, [])
            for key, cells in by_day.items()
        }
        levels = detect(kinds)[1]
        more = {day for each in levels.values() for day in _days_of_changes(each)} - days
        if not more:
            return levels


def _days_of_changes(levels: Sequence[Level]) -> Iterator[int]:
    """Give the days, since 1970, on which a price was last paid and the next one first."""
    for before, after in pairwise(levels):
        yield from (moment.value // 1_000 // _DAY for moment in (before.last, after.since))


def _kinds(frame: object, every: int, days: Collection[int] | None = None) -> Kinds:
    """Give the cells of each direction, number, kind and surcharge, in this order."""
    kinds: defaultdict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    found = sightings.spans(frame, _READ, every, days=days, bodies=True)
    details, counts = _details(found["price_details"]), _counts(found["body"])
    row: Any
    for row in found.itertuples(index=False):
        segments, amount = _segments(row), row.amount_nanodollars
        if segments is None or amount is None or (amount == 0 and row.delivery == "failed"):
            continue
        detail = details.get(row.price_details, _NO_DETAIL)
        published, standard = counts.get(row.body, (segments, segments))
        if row.is_mms or detail.segment_count is not None or published != segments:  # then the count is not in doubt
            standard = segments
        key = (row.direction, row.number, row.message_type, row.is_mms, detail.surcharge_rate)
        kinds[key].append(
            Cell(segments, standard, amount, row.messages, row.bucket, row.first, row.last, detail.base_rate)
        )
    return dict(sorted(kinds.items(), key=lambda each: tuple((one is not None, one) for one in each[0])))


class _Detail(NamedTuple):
    """What ``price_details`` say."""

    base_rate: Decimal | None
    surcharge_rate: Decimal | None
    segment_count: int | None


_NO_DETAIL = _Detail(None, None, None)


def _details(texts: pd.Series) -> dict[str, _Detail]:
    """Read each distinct text of ``price_details``."""
    distinct = texts.dropna().unique()
    found = expand(pd.DataFrame({"id": distinct, "price_details": distinct}), "price_details")
    counts = [None if pd.isna(count) else int(count) for count in found["segment_count"]]
    rows = zip(found["id"], found["base_rate"], found["surcharge_rate"], counts, strict=True)
    return {text: _Detail(base, surcharge, count) for text, base, surcharge, count in rows}


def _counts(bodies: pd.Series) -> dict[str, tuple[int, int]]:
    """Count the segments of each distinct body, by the published rule and by the standard."""
    distinct = pd.Series(bodies.dropna().unique(), dtype=TEXT)
    counted = text.segments(distinct)
    rows = zip(distinct.tolist(), counted["count"].tolist(), counted["standard"].tolist(), strict=True)
    return {body: (published, standard) for body, published, standard in rows}


def _segments(row: Any) -> int | None:  # noqa: ANN401  a row of the frame
    """Say in how many equal parts a message's cost is charged: an MMS is one, whatever is in it."""
    if row.is_mms:
        return 1
    return row.segments or None
