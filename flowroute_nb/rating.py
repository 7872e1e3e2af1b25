"""What a segment costs, read off past records: by direction, number and kind of message, and since when."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from flowroute_nb import sightings
from flowroute_nb.details import expand
from flowroute_nb.errors import InputError, keywords, lacks
from flowroute_nb.records import framed, money, nanodollars
from flowroute_nb.schema import RATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
_FEW = 3  # records: fewer at another price, between others, are no price of their own
_DAY = 86_400 * 10**6  # microseconds
_ONE_IN = 10  # nor is one beside which more than a tenth cost what is paid before or after


class Cell(NamedTuple):
    """Messages of one day, number and kind that are of as many segments and cost the same; nanodollars."""

    segments: int
    amount: int
    messages: int
    first: pd.Timestamp
    last: pd.Timestamp
    base: Decimal | None = None

    @property
    def unit(self) -> int:
        """What a segment of them cost."""
        return self.amount // self.segments


class Level(NamedTuple):
    """A price that held: so many nanodollars a segment, from one moment until another."""

    unit: int
    since: pd.Timestamp
    until: pd.Timestamp | None
    agree: int
    of: int
    base: Decimal | None


class Run(NamedTuple):
    """Messages one after the other that cost the same a segment."""

    unit: int
    messages: int
    first: pd.Timestamp
    last: pd.Timestamp


@keywords
def rates(frame: object) -> pd.DataFrame:
    """Read the price of a segment off past records.

    A price is what the texts of one segment cost, and longer ones where the count is not in doubt. Single records that
    cost something else are no price; a price that changed is a row for each that held.

    Parameters
    ----------
    frame : frame of records
        Of any engine.

    Returns
    -------
    pandas.DataFrame
        A row for each price: ``direction``, ``number`` (ours), ``message_type``, ``is_mms``, ``rate`` (dollars a
        segment, of an MMS dollars each), ``since`` (the first record that cost it) and ``until`` (the first that cost
        the next one, missing where it holds still; ``datetime64[us, UTC]``), ``records`` (how many cost just that, for
        as many segments as their column says) and ``of`` (how many there were in this time), ``base_rate`` and
        ``surcharge_rate`` (dollars a segment, where ``price_details`` say them). A failed message that cost nothing
        says nothing of prices.

    Raises
    ------
    InputError
        The frame lacks a column, or its money is no exact money; the message says what to do.

    Notes
    -----
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
    return framed(RATES, [row for key, cells in _keyed(frame) for row in _rows(key, cells)])


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
    said = _said(records["price_details"])
    surcharges: list[Any] = [said.get(each, (None, None))[1] for each in records["price_details"]]
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


def _rows(key: tuple[Any, ...], cells: list[Cell]) -> Iterator[tuple[Any, ...]]:
    *whose, surcharge = key
    for level in levels(cells):
        yield *whose, money(level.unit), level.since, level.until, level.agree, level.of, level.base, surcharge


# ------------------------------------------------------------------ which prices held


def levels(cells: Sequence[Cell]) -> list[Level]:
    """Find the prices that held, one after the other, among what messages of one kind cost."""
    steps = _steps(_sure(cells))
    ends = [*(each.first for each in steps[1:]), None][: len(steps)]
    made = []
    for step, until in zip(steps, ends, strict=True):
        start = None if step is steps[0] else step.first
        here = [c for c in cells if (start is None or c.first >= start) and (until is None or c.first < until)]
        agree = [c for c in here if c.amount == step.unit * c.segments]
        bases = Counter[Any]()
        for cell in agree:
            bases[cell.base] += cell.messages
        counts = sum(c.messages for c in agree), sum(c.messages for c in here)
        made.append(Level(step.unit, step.first, until, *counts, bases.most_common(1)[0][0]))
    return made


def _sure(cells: Sequence[Cell]) -> list[Cell]:
    """Leave out the longer texts whose amount the price of a short one explains by another number of segments."""
    short = {cell.amount for cell in cells if cell.segments == 1}
    return [
        cell
        for cell in cells
        if cell.amount % cell.segments == 0
        and (cell.unit in short or not any(one and cell.amount % one == 0 for one in short))
    ]


def _steps(cells: Sequence[Cell]) -> list[Run]:
    """Order what was paid by time, and drop what is no price of its own, until every price left held for a while."""
    runs = _merged(_days(cells))
    while (stray := next((at for at in range(len(runs)) if _is_stray(runs, at, cells)), None)) is not None:
        runs = _merged(runs[:stray] + runs[stray + 1 :])
    return runs


def _days(cells: Sequence[Cell]) -> Iterator[Run]:
    """Give what was paid on each day: one price, or several, one after the other; of two at once the more common."""
    for _, of_day in groupby(sorted(cells, key=lambda cell: cell.first), key=lambda cell: cell.first.date()):
        ordered = sorted(of_day, key=lambda cell: (cell.unit, cell.first))
        units = [_joined(list(same)) for _, same in groupby(ordered, key=lambda cell: cell.unit)]
        kept: list[Run] = []
        for run in sorted(units, key=lambda run: -run.messages):
            if all(run.last < other.first or other.last < run.first for other in kept):
                kept.append(run)
        yield from sorted(kept, key=lambda run: run.first)


def _joined(cells: Sequence[Cell]) -> Run:
    first, last = min(cell.first for cell in cells), max(cell.last for cell in cells)
    return Run(cells[0].unit, sum(cell.messages for cell in cells), first, last)


def _merged(runs: Iterable[Run]) -> list[Run]:
    made: list[Run] = []
    for run in runs:
        if made and made[-1].unit == run.unit:
            made[-1] = Run(run.unit, made[-1].messages + run.messages, made[-1].first, run.last)
        else:
            made.append(run)
    return made


def _is_stray(runs: Sequence[Run], at: int, cells: Sequence[Cell]) -> bool:
    """Say whether a price was paid now and then, beside the one that held before or after."""
    run, near = runs[at], [*runs[max(0, at - 1) : at], *runs[at + 1 : at + 2]]
    if run.messages >= sum(other.messages for other in near):
        return False
    between = len(near) > 1
    few, back = run.messages < _FEW, between and near[0].unit == near[1].unit
    explained = any(other.unit and run.unit % other.unit == 0 for other in near)
    brief = run.last - run.first < pd.Timedelta(days=1)  # such as a campaign of texts that the other rule counts
    if (few and (between or explained)) or (back and explained and brief):
        return True
    units = {other.unit for other in near}
    beside = sum(c.messages for c in cells if c.unit in units and run.first <= c.first and c.last <= run.last)
    return beside * _ONE_IN > run.messages


# ------------------------------------------------------------------ what is in the records


def _keyed(frame: object) -> Iterator[tuple[tuple[Any, ...], list[Cell]]]:
    """Give the cells of each direction, number, kind and surcharge, in this order."""
    cells: defaultdict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    found = sightings.spans(frame, _READ, _DAY)
    said = _said(found["price_details"])
    row: Any
    for row in found.itertuples(index=False):
        segments, amount = _segments(row), row.amount_nanodollars
        if segments is None or amount is None or (amount == 0 and row.delivery == "failed"):
            continue
        base, surcharge = said.get(row.price_details, (None, None))
        whose = (row.direction, row.number, row.message_type, row.is_mms)
        cells[*whose, surcharge].append(Cell(segments, amount, row.messages, row.first, row.last, base))
    yield from sorted(cells.items(), key=lambda each: tuple((one is not None, one) for one in each[0]))


def _said(texts: pd.Series) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """Read the two rates out of each text of price_details there is."""
    distinct = texts.dropna().unique()
    found = expand(pd.DataFrame({"id": distinct, "price_details": distinct}), "price_details")
    return {
        text: (base, more) for text, base, more in zip(found.id, found.base_rate, found.surcharge_rate, strict=True)
    }


def _segments(row: Any) -> int | None:  # noqa: ANN401  a row of the frame
    """Say in how many equal parts a message's cost is charged: an MMS is one, whatever is in it."""
    if row.is_mms:
        return 1
    return row.segments or None
