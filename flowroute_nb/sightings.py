"""What kinds of messages there are, when each was seen first and last, and how often: of any engine's frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from flowroute_nb import engines, tables
from flowroute_nb.columns import ARROW
from flowroute_nb.schema import RECORD
from flowroute_nb.tables import MOMENT, TIME
from flowroute_nb.zones import DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["between", "collected", "spans"]

_KINDS = {column.name: column.dtype for column in RECORD}
_FIRST, _LAST, _BUCKET = "_first", "_last", "_bucket"
_SURELY_ONE, _ONE_IF_PLAIN = 35, 160  # characters
_NOT_PLAIN = "[^ -Z_a-z\n\r]"  # engines differ in classes such as word characters, not in this


def _source(frame: Any, columns: Sequence[str]) -> engines.Source:  # noqa: ANN401  a frame of any engine
    known = engines.scanned(frame)
    return engines.source(known, [*columns, TIME], engines.names(known))._replace(timed=True)


def spans(
    frame: Any,  # noqa: ANN401
    columns: Sequence[str],
    every: int,
    *,
    days: Collection[int] | None = None,
    bodies: bool = False,
) -> pd.DataFrame:
    """Give the combinations of these columns in each stretch of so many microseconds, in order of time.

    Each has its ``bucket`` (microseconds since 1970 at which the stretch begins), how many ``messages`` there were, and
    when the ``first`` and the ``last``. Whole numbers are Python's, missing is None; what has no time is left out, and
    so is every day but ``days`` (since 1970), if they are given. With ``bodies`` there is a column ``body`` too: the
    text where the two rules may count its segments differently, else missing.
    """
    known = engines.scanned(frame)
    has_body = bodies and "body" in engines.names(known)
    read = [*columns, "body"] if has_body else list(columns)

    def step(records: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        moment = nw.col(MOMENT)
        dated = records.filter(~moment.is_null())
        if days is not None:
            dated = dated.filter((moment // DAY).is_in(sorted(days)))
        body = [_in_doubt().alias("body")] if has_body else []
        dated = dated.select(*columns, *body, MOMENT, (moment // every).alias(_BUCKET))
        return dated.group_by([*read, _BUCKET], drop_null_keys=False).agg(
            nw.len().alias("messages"), moment.min().alias(_FIRST), moment.max().alias(_LAST)
        )

    parts = engines.taken(_source(known, read), step)
    groups = _merged(parts, [*read, _BUCKET])
    result = pd.DataFrame(
        {name: pd.Series([key[position] for key in groups], dtype=object) for position, name in enumerate(read)}
    )
    if bodies and not has_body:
        result["body"] = pd.Series([None] * len(result), dtype=object)
    result["bucket"] = pd.Series([int(key[-1]) * every for key in groups], dtype=object)
    result["messages"] = pd.Series([messages for messages, _, _ in groups.values()], dtype=object)
    for name, position in (("first", 1), ("last", 2)):
        micros = np.array([sums[position] for sums in groups.values()], dtype="int64")
        result[name] = pd.Series(pd.DatetimeIndex(micros.view("M8[us]"), tz="UTC"))
    return result.sort_values("first", kind="stable", ignore_index=True)


def _in_doubt() -> nw.Expr:
    """Give a body where the two rules may count it differently.

    Up to 35 characters are one segment by either rule, 70 UTF-16 units at the most; so are 160 that are both ASCII and
    one septet of GSM-7.
    """
    body = nw.col("body").cast(nw.String)
    length = body.str.len_chars()
    return nw.when((length > _SURELY_ONE) & ((length > _ONE_IF_PLAIN) | body.str.contains(_NOT_PLAIN))).then(body)


def _merged(parts: list[pa.Table], keys: list[str]) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    """Put the parts together, in which the same stretch may lie: how many, the first and the last moment.

    They go through Python's own values, because pandas makes floats of whole numbers where one is missing.
    """
    made: dict[tuple[Any, ...], tuple[int, int, int]] = {}
    for part in parts:
        columns = [part[name].to_pylist() for name in (*keys, "messages", _FIRST, _LAST)]
        for *key, messages, first, last in zip(*columns, strict=True):
            sums = made.get(tuple(key), (0, first, last))
            made[tuple(key)] = (sums[0] + int(messages), min(sums[1], int(first)), max(sums[2], int(last)))
    return made


def between(frame: Any) -> tuple[pd.Timestamp, pd.Timestamp] | None:  # noqa: ANN401
    """Say when the first and the last message of a frame were; None where none has a time."""
    first, last = engines.reach(_source(frame, []))
    return (_moment(first), _moment(last)) if last else None


def collected(frame: Any, columns: Sequence[str]) -> pd.DataFrame:  # noqa: ANN401
    """Bring these columns of records into memory, typed as in the records."""
    others = [nw.col(each) for each in columns if each != TIME]
    parts = engines.taken(_source(frame, columns), lambda said: said.select(*others, MOMENT))
    made = {}
    for name in columns:
        read = [part[MOMENT].cast(pa.int64()) if name == TIME else part[name] for part in parts]
        kind = ARROW[_KINDS[name]]
        made[name] = pa.chunked_array([chunk.cast(kind) for each in read for chunk in each.chunks], kind)
    return tables.shown(pa.table(made))


def _moment(micros: int) -> pd.Timestamp:
    return pd.Timestamp(micros, unit="us", tz="UTC")
