"""A frame in memory is an Arrow table here, and is worked on with few goes over its rows and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "AMOUNT",
    "MOMENT",
    "NANODOLLARS",
    "SEGMENTS",
    "TIME",
    "TOGETHER",
    "Step",
    "Steps",
    "halved",
    "opened",
    "plain",
    "shown",
    "worked",
]

AMOUNT, TIME, SEGMENTS = "amount_nanodollars", "timestamp", "segments"
#: What to do with several frames.
TOGETHER = (
    " If these are frames, put them together: pd.concat(list(frames), ignore_index=True). A record that is there twice "
    "counts twice: .drop_duplicates('id') leaves one."
)
#: How whole nanodollars are made of a column of dollars, whether floats or Decimals.
NANODOLLARS = "(df.{}.astype(float) * 10**9).round().astype('Int64')"
#: Microseconds since 1970: what a moment is, whatever zone a session or a column shows it in.
MOMENT = "_moment"

_TYPES = {AMOUNT: pa.int64(), SEGMENTS: pa.int64(), TIME: pa.timestamp("us", "UTC")}
_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)  # as the records have it
_DTYPES = {
    **dict.fromkeys([pa.string(), pa.large_string(), pa.string_view()], _TEXT),
    **dict.fromkeys([pa.int8(), pa.int16(), pa.int32(), pa.int64()], pd.Int64Dtype()),
    pa.bool_(): pd.BooleanDtype(),
}


#: How a column is made of others: of expressions, given ``narwhals.col``, or of arrays, given what finds them by name.
Step = Callable[[Callable[[str], Any]], Any]


class Steps(NamedTuple):
    """What is worked out of moments, one column from another: by moment, then by ``_day``; and what of it is wanted."""

    by_moment: Mapping[str, Step]
    by_day: Mapping[str, Step]
    wanted: frozenset[str]


def opened(frame: pd.DataFrame, columns: list[str]) -> pa.Table:
    """Take in a pandas frame: in Arrow, whole numbers stay whole where some are missing."""
    try:
        return pa.Table.from_pandas(frame[columns], preserve_index=False)
    except (pa.ArrowException, OverflowError, ValueError) as mixed:
        why = str(mixed)
    raise InputError(f"A column can't be read as values of one type: {why}. Give it one, as with astype.")


def plain(table: pa.Table) -> pa.Table:
    """Write categories out, which Arrow can't group by, and give what is missing throughout a type."""
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(field.type.value_type))
        elif pa.types.is_null(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(_TYPES.get(field.name, pa.string())))
    return table


def halved(table: pa.Table, bits: int) -> pa.Table:
    """Add the amounts' lower bits and what is above them, which is less for a negative one."""
    amount = table[AMOUNT]
    amount = amount if pa.types.is_uint64(amount.type) else amount.cast(pa.int64())
    low, high = (
        pc.bit_wise_and(amount, pa.scalar(2**bits - 1, amount.type)),
        pc.shift_right(amount, pa.scalar(bits, amount.type)),
    )
    return table.append_column("_low", low.cast(pa.int64())).append_column("_high", high.cast(pa.int64()))


def worked(table: pa.Table, steps: Steps) -> pa.Table:
    """Take the steps in numpy, and those by the day once for each day: Arrow divides downwards in nine goes."""
    moments = table[MOMENT]
    missing = moments.is_null().to_numpy() if moments.null_count else None
    made = _taken({MOMENT: moments.fill_null(0).to_numpy()}, steps.by_moment)
    if steps.by_day and len(table):
        first = made["_day"].min()
        days = _taken({"_day": np.arange(first, made["_day"].max() + 1)}, steps.by_day)
        made |= {name: days[name].take(made["_day"] - first) for name in steps.wanted & steps.by_day.keys()}
    for name in steps.wanted:
        column = made.get(name, np.empty(0, dtype="int64"))
        table = table.append_column(name, pa.array(column, pa.int64(), mask=missing))
    return table


def _taken(made: dict[str, NDArray[Any]], steps: Mapping[str, Step]) -> dict[str, NDArray[Any]]:
    for name, step in steps.items():
        made[name] = step(made.__getitem__)
    return made


def shown(table: pa.Table) -> pd.DataFrame:
    """Make the pandas frame of a table, typed as records are."""
    made: pd.DataFrame = table.to_pandas(types_mapper=_DTYPES.get)
    return made
