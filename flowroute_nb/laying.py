"""Groups are laid out as the rows of a summary: every period of every key, in dollars, the dearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from flowroute_nb import zones
from flowroute_nb.errors import InputError
from flowroute_nb.records import money
from flowroute_nb.schema import TEXT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flowroute_nb.zones import Clock, Period

__all__ = ["OTHER", "PERIOD", "Periods", "framed", "half_even", "laid", "merged"]

#: The column of groups that says which period they are of.
PERIOD = "_period"
#: What all but the dearest are called together; and where one of them is called so already.
OTHER, OTHERS = "other", "all others"
_SUMS = ["messages", "priced", "segments", "nanodollars"]
_MOST = 10_000_000  # rows
_NEVER = np.iinfo("int64").min  # when a record without a time was


class Periods(NamedTuple):
    """Periods of a kind, as a clock shows them, and the first and last moment they have to reach to."""

    kind: Period
    clock: Clock
    edges: tuple[int, int] | None


def laid(groups: pd.DataFrame, keys: list[str], periods: Periods) -> pd.DataFrame:
    """Give every combination of keys every period, as zeros where nothing was; ``PERIOD`` is now when it begins."""
    dated = groups[PERIOD].notna().to_numpy()
    numbers = groups.loc[dated, PERIOD].to_numpy(dtype="int64")
    edges = zones.edges(periods.kind, periods.edges, periods.clock) if periods.edges and len(groups) else []
    every, which = zones.starts(periods.kind, np.array([*numbers, *edges], dtype="int64"), periods.clock)
    number, distinct = _combinations(groups[keys])
    _check_many(len(distinct), every)
    sums = [name for name in _SUMS if groups[name].notna().all()]  # a frame without segments has none to add
    filled = np.zeros((len(distinct) * len(every), len(sums)), dtype=object)
    # Added, not set: two groups are of one period where a change of clocks cut an hour or skipped a day.
    np.add.at(filled, number[dated] * len(every) + which[: len(numbers)], groups.loc[dated, sums].to_numpy(object))
    whole = distinct.loc[np.repeat(distinct.index, len(every))].reset_index(drop=True)
    whole[PERIOD] = np.tile(every, len(distinct))
    whole[_SUMS] = pd.DataFrame(filled, columns=sums, dtype=object).reindex(columns=_SUMS)
    undated = groups.loc[~dated, [*keys, PERIOD, *_SUMS]].assign(**{PERIOD: _NEVER})
    return pd.concat([whole, undated], ignore_index=True) if len(undated) else whole


def _check_many(combinations: int, every: NDArray[Any]) -> None:
    """Refuse more rows than anybody can read, which a single moment that is wrong by decades makes."""
    if combinations * len(every) > _MOST:
        first, last = (np.datetime64(int(each), "us").astype("M8[D]") for each in every[[0, -1]])
        raise InputError(
            f"That is {combinations * len(every):,} rows: {combinations:,} combinations of keys, each with "
            f"{len(every):,} periods from {first} to {last}. Give a range, a longer period or fewer keys, or top()."
        )


def _combinations(keys: pd.DataFrame) -> tuple[NDArray[Any], pd.DataFrame]:
    """Give each row's combination of keys a number, and each combination once; without keys there is one."""
    if not keys.shape[1]:
        return np.zeros(len(keys), dtype="int64"), pd.DataFrame(index=range(min(len(keys), 1)))
    number = keys.groupby(list(keys), dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(number, return_index=True)[1]
    return number, keys.iloc[first].reset_index(drop=True)


def merged(groups: pd.DataFrame, key: str, n: int) -> tuple[pd.DataFrame, str]:
    """Make one group of all but the n dearest values of a key, and say what it is called."""
    whole = groups.groupby(key, dropna=False, sort=False)["nanodollars"].sum().reset_index()
    order = _order(whole, [key])
    kept, rest = whole[key].iloc[order[:n]], whole[key].iloc[order[n:]]
    name = OTHERS if (whole[key] == OTHER).fillna(value=False).any() else OTHER
    if not len(rest):
        return groups, name
    values = groups[key] if groups[key].dtype == "str" else groups[key].astype(object)
    named = groups[key].isin(kept) | (
        groups[key].isna() & bool(kept.isna().any())
    )  # isin never finds an integer's <NA>
    groups = groups.assign(**{key: values.where(named, name)})
    by = [column for column in (key, PERIOD) if column in groups]
    summed = groups.groupby(by, dropna=False, sort=False)[_SUMS].sum(min_count=1).reset_index()
    if pd.api.types.infer_dtype(summed[key], skipna=True) == "string":
        summed[key] = summed[key].astype(TEXT)
    return summed, name


def framed(rows: pd.DataFrame, keys: list[str], zone: dt.tzinfo | None = None, last: str | None = None) -> pd.DataFrame:
    """Dress rows as a summary: dollars, means and shares, sorted."""
    rows = rows.iloc[_order(rows, keys, last)].reset_index(drop=True)
    made = rows[keys].copy()
    begun = rows[PERIOD].to_numpy(dtype="int64") if PERIOD in rows else np.zeros(len(rows), dtype="int64")
    if zone is not None:
        made["period"] = pd.Series(pd.DatetimeIndex(begun.view("M8[us]")).tz_localize("UTC").tz_convert(zone))
    cost = rows["nanodollars"].tolist()
    made["messages"] = rows["messages"].astype("int64")
    made["segments"] = rows["segments"].astype("Int64")
    made["cost"] = _dollars(cost)
    means = [half_even(one, many) if many else None for one, many in zip(cost, rows["priced"], strict=True)]
    made["cost_per_message"] = _dollars(means)
    made["share"] = _shares(cost, begun.tolist())
    made["unpriced"] = (rows["messages"] - rows["priced"]).astype("int64")
    return made


def _dollars(nanodollars: Sequence[int | None]) -> pd.Series:
    """Make dollars, one shared Decimal for each distinct amount."""
    known = {each: None if each is None else money(each) for each in set(nanodollars)}
    return pd.Series([known[each] for each in nanodollars], dtype=object)


def half_even(amount: int, count: int) -> int:
    """Divide by a whole number above 0, and round to the nearest one; a half to the even one.

    Examples
    --------
    >>> half_even(5, 2), half_even(7, 2), half_even(-5, 2), half_even(7, 3)
    (2, 4, -2, 2)

    """
    whole, rest = divmod(amount, count)
    return whole + (2 * rest > count or (2 * rest == count and whole % 2 == 1))


def _shares(cost: Sequence[int], begun: Sequence[int]) -> pd.Series:
    """Say what part of its period each is: a float, from integers."""
    whole: dict[int, int] = {}
    for one, start in zip(cost, begun, strict=True):
        whole[start] = whole.get(start, 0) + one
    shares = [one / whole[start] if whole[start] else 0.0 for one, start in zip(cost, begun, strict=True)]
    return pd.Series(shares, dtype="float64")


def _order(rows: pd.DataFrame, keys: list[str], last: str | None = None) -> NDArray[Any]:
    """Sort by period, those without a time last; then the dearest first, and like costs by their keys."""
    ranks = [_rank(rows[key]) for key in reversed(keys)]
    ranks.append(-np.unique(rows["nanodollars"].to_numpy(dtype=object), return_inverse=True)[1])
    if last is not None:
        ranks.append((rows[keys[0]] == last).fillna(value=False).to_numpy(dtype=bool))
    if PERIOD in rows:
        begun = rows[PERIOD].to_numpy(dtype="int64")
        ranks += [begun, begun == _NEVER]
    return np.lexsort(ranks)


def _rank(values: pd.Series) -> NDArray[Any]:
    """Give values numbers in their order, missing ones the highest."""
    try:
        codes = pd.factorize(values, sort=True)[0]
    except TypeError:  # of several types, as names and None beside numbers
        codes = pd.factorize(values.map(str, na_action="ignore"), sort=True)[0]
    return np.where(codes < 0, len(codes), codes)
