"""Any frame, whatever engine it lives in, is counted and added up exactly, group by group."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import pandas as pd
import pyarrow as pa

from flowroute_nb import tables
from flowroute_nb.errors import InputError, lacks, nearest
from flowroute_nb.tables import AMOUNT, MOMENT, NANODOLLARS, SEGMENTS, TIME, TOGETHER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flowroute_nb.tables import Steps

__all__ = ["Source", "column", "groups", "names", "reach", "scanned", "source", "summed", "taken"]

_BITS = 31  # an engine's 64 wrap without a word: two halves of an amount don't, below two billion messages in a group
_HALF = 2**_BITS
_SUMS = ("messages", "priced", "high", "low", "segments")
_OF_COST = f" Of dollars it is made so, in pandas: df.assign({AMOUNT}={NANODOLLARS.format('cost')})."
_EXTRAS = {"dask": "dask", "distributed": "dask", "duckdb": "duckdb", "polars": "polars", "pyspark": "spark"}


class Source(NamedTuple):
    """A frame of any engine, and what is wanted of it: columns, moments as numbers, from when to when, what is made."""

    frame: Any
    columns: list[str]
    timed: bool = False
    between: tuple[int, int] | None = None
    steps: Steps | None = None


def scanned(given: Any) -> Any:  # noqa: ANN401  a frame of any engine, or what can scan one
    """Give the frame itself."""
    try:
        frame = given.scan() if hasattr(given, "scan") else given
        if not isinstance(frame, pd.DataFrame) and not _is_dask(frame):
            nw.from_native(frame)
    except ModuleNotFoundError as missing:
        raise _without(missing) from None
    except TypeError:
        raise InputError(
            f"Costs are summed up from a frame of records, and this is a {type(given).__name__}. Give what messages() "
            "or read() return, a frame of polars, pyarrow, DuckDB, Dask or PySpark, or something with a scan()."
            f"{TOGETHER if isinstance(given, (list, tuple, Iterator)) else ''}"
        ) from None
    return frame


def _without(missing: ModuleNotFoundError) -> Exception:
    extra = _EXTRAS.get((missing.name or "").split(".")[0])
    if not extra:
        return missing
    return InputError(f"This needs {missing.name}, which is not installed. Say: pip install 'flowroute-nb[{extra}]'")


def _is_dask(frame: Any) -> bool:  # noqa: ANN401
    return bool(nw.dependencies.is_dask_dataframe(frame))


def names(frame: Any) -> list[str]:  # noqa: ANN401
    """Name the columns of a frame."""
    if isinstance(frame, pd.DataFrame) or _is_dask(frame):
        return [name for name in frame.columns if isinstance(name, str)]
    return list(nw.from_native(frame).columns)


def source(frame: Any, columns: Sequence[str], there: Sequence[str]) -> Source:  # noqa: ANN401
    """Want these columns of a frame, which has to have them."""
    wanted = list(dict.fromkeys(columns))
    lacking = [name for name in wanted if name not in there]
    if lacking:
        raise InputError(
            f"{lacks('The frame', lacking)}.{nearest(lacking[0], there)} Give records, as messages() or read() return, "
            f"or these of their columns.{_OF_COST if AMOUNT in lacking and 'cost' in there else ''}"
        )
    twice = next((name for name in wanted if there.count(name) > 1), None)
    if twice:
        raise InputError(f"The frame has several columns {twice!r}. Give each a name of its own, or leave one out.")
    return Source(frame, wanted)


def _opened(asked: Source) -> nw.LazyFrame[Any]:
    """Take a frame in, whatever engine it is of; a pandas frame as Arrow, where missing values stay whole numbers."""
    frame = asked.frame
    if nw.dependencies.is_duckdb_relation(frame):
        frame = _in_micros(frame)
    if isinstance(frame, pd.DataFrame):
        frame = tables.opened(frame, asked.columns)
    if isinstance(frame, pa.Table):
        frame = tables.plain(frame.select(asked.columns))
    opened = _lazy(frame).select(asked.columns)
    kinds = opened.collect_schema()
    _check(kinds)
    if asked.timed:
        opened = _timed(opened)
    if asked.between:
        opened = opened.filter(nw.col(MOMENT) >= asked.between[0], nw.col(MOMENT) < asked.between[1])
    return _worked(opened, asked.steps) if asked.steps else opened


def _in_micros(relation: Any) -> Any:  # noqa: ANN401
    """Make moments of DuckDB's that are in nanoseconds what it can reckon with."""
    kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
    if kinds.get(TIME) != "TIMESTAMPTZ_NS":
        return relation
    return relation.project(f'* REPLACE (CAST("{TIME}" AS TIMESTAMPTZ) AS "{TIME}")')


def _worked(frame: nw.LazyFrame[Any], steps: Steps) -> nw.LazyFrame[Any]:
    """Take steps from the moments on, one after another."""
    if frame.implementation.is_pyarrow():
        return _lazy(tables.worked(frame.to_native(), steps))
    for name, step in (*steps.by_moment.items(), *steps.by_day.items()):
        frame = frame.with_columns(step(nw.col).alias(name))
    return frame


def _lazy(frame: Any) -> nw.LazyFrame[Any]:  # noqa: ANN401  a frame of an engine
    lazy: nw.LazyFrame[Any] = nw.from_native(frame).lazy()
    return lazy


def _check(kinds: Mapping[str, nw.dtypes.DType]) -> None:
    """See that columns are of types that can be added up and grouped by."""
    for name, kind in kinds.items():
        if kind.is_nested():
            raise InputError(
                f"The column {name!r} is of type {kind}, which can't be grouped by. Give one of texts or numbers."
            )
    amount, time, segments = kinds.get(AMOUNT), kinds.get(TIME), kinds.get(SEGMENTS)
    if segments is not None and not (segments.is_integer() or segments == nw.Unknown):  # unknown where all is missing
        raise InputError(
            f"The column {SEGMENTS!r} is of type {segments}, and segments are whole numbers. Make them: "
            "df.segments.astype('Int64')."
        )
    if amount is not None and not (amount.is_integer() or amount == nw.Unknown):
        raise InputError(
            f"The column {AMOUNT!r} is of type {amount}, and money is whole nanodollars here. Give it as messages() or "
            "read() return it; out of Parquet, read_parquet(…, dtype_backend='pyarrow') keeps it whole; what became "
            "floats for its gaps alone is made whole by df.amount_nanodollars.astype('Int64'). If these are dollars, "
            f"make them nanodollars: {NANODOLLARS.format(AMOUNT)}."
        )
    if time is not None and not isinstance(time, nw.Datetime):
        raise InputError(
            f"The column {TIME!r} is of type {time}, and not of moments. Make them: pandas.to_datetime(…, utc=True)."
        )
    if isinstance(time, nw.Datetime) and time.time_zone is None:
        raise InputError(
            f"The column {TIME!r} has no time zone. Say which it is in, as in df.timestamp.dt.tz_localize('UTC')."
        )


def _timed(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Add the moments as numbers, which no zone can shift."""
    native = frame.to_native()
    if frame.implementation.is_duckdb():
        native = native.project(f'*, epoch_us("{TIME}") AS "{MOMENT}"')
    elif frame.implementation.is_pyspark() or frame.implementation.is_pyspark_connect():
        native = native.withColumn(MOMENT, importlib.import_module("pyspark.sql.functions").unix_micros(TIME))
    else:
        return frame.with_columns(nw.col(TIME).dt.timestamp("us").alias(MOMENT))
    return _lazy(native)


def _spread(work: Callable[..., Any], asked: Source, *more: Any) -> list[Any]:  # noqa: ANN401
    """Let Dask do the work on each part of its frame, where the part is."""
    dask = importlib.import_module("dask")
    parts = asked.frame[asked.columns].to_delayed()
    return list(dask.compute(*(dask.delayed(work)(asked._replace(frame=None), *more, part=part) for part in parts)))


def reach(asked: Source) -> tuple[int, int]:
    """Say when the first and the last moment are."""
    if _is_dask(asked.frame):
        found = [each for each in _spread(_reach, asked) if each]
    else:
        found = [each for each in [_reach(asked)] if each]
    return min((first for first, _ in found), default=0), max((last for _, last in found), default=0)


def _reach(asked: Source, part: Any = None) -> tuple[int, int] | None:  # noqa: ANN401
    opened = _opened(asked if part is None else asked._replace(frame=part))
    moment = nw.col(MOMENT)
    said = _table(opened.select(moment.min().alias("first"), moment.max().alias("last")))
    first, last = said["first"][0].as_py(), said["last"][0].as_py()
    return None if first is None else (int(first), int(last))


def summed(asked: Source, keys: Mapping[str, nw.Expr]) -> pd.DataFrame:
    """Count and add up by these keys: a row each, with ``messages``, ``priced``, ``segments`` and ``nanodollars``.

    The sums are Python's integers.
    """
    if not _is_dask(asked.frame):
        return _summed(asked, keys)
    parts: pd.DataFrame = pd.concat(_spread(_summed, asked, dict(keys)), ignore_index=True)
    if keys:
        return parts.groupby(list(keys), dropna=False, sort=False).sum(min_count=1).reset_index()
    whole = {name: pd.Series([values.sum(min_count=1)], dtype=object) for name, values in parts.items()}
    return pd.DataFrame(whole) if len(parts) else parts


def _summed(asked: Source, keys: Mapping[str, nw.Expr], part: Any = None) -> pd.DataFrame:  # noqa: ANN401
    frame = _opened(asked if part is None else asked._replace(frame=part))
    inside = {f"_key{at}": key for at, key in enumerate(keys.values())}
    said = _halved(frame).select(
        *(key.alias(name) for name, key in inside.items()),
        nw.col("_low").alias("low"),
        nw.col("_high").alias("high"),
        nw.col(SEGMENTS if SEGMENTS in asked.columns else "_low").cast(nw.Int64).alias("segments"),
    )
    low, high, segments = nw.col("low"), nw.col("high"), nw.col("segments")
    sums = [nw.len().alias("messages"), low.count().alias("priced"), high.sum(), low.sum(), segments.sum()]
    grouped = said.group_by(list(inside), drop_null_keys=False).agg(*sums) if inside else said.select(*sums)
    return _collected(grouped, list(keys), whole=SEGMENTS in asked.columns)


def _halved(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Cut the amounts into two halves, which can be summed apart: amount = high * _HALF + low, low from 0."""
    if frame.implementation.is_pyarrow():
        return _lazy(tables.halved(frame.to_native(), _BITS))
    amount, low = nw.col(AMOUNT), nw.col("_low")
    if frame.collect_schema()[AMOUNT] not in (nw.UInt64, nw.Int128, nw.UInt128):
        amount = amount.cast(nw.Int64)
    frame = frame.with_columns((amount % _HALF).alias("_low"))
    frame = frame.with_columns(((amount - low) // _HALF).alias("_high"))  # of a multiple: Spark divides in floats
    return frame.with_columns(nw.col("_low", "_high").cast(nw.Int64))


def _table(frame: nw.LazyFrame[Any]) -> pa.Table:
    """Let the engine work, piece by piece where it can; Arrow alone gets sums that outgrow 64 bits out of DuckDB."""
    how = {"engine": "streaming"} if frame.implementation.is_polars() else {}
    return frame.collect("pyarrow", **how).to_native()


def _collected(frame: nw.LazyFrame[Any], keys: list[str], *, whole: bool) -> pd.DataFrame:
    table = tables.plain(_table(frame))
    made = tables.shown(table.drop_columns(list(_SUMS)))
    made.columns = pd.Index(keys)
    sums = {name: [int(each or 0) for each in table[name].to_pylist()] for name in _SUMS}
    made["messages"] = pd.Series(sums["messages"], dtype=object)
    made["priced"] = pd.Series(sums["priced"], dtype=object)
    made["segments"] = pd.Series(sums["segments"] if whole else [None] * len(made), dtype=object)
    nanodollars = [high * _HALF + low for high, low in zip(sums["high"], sums["low"], strict=True)]
    made["nanodollars"] = pd.Series(nanodollars, dtype=object)
    return made[made["messages"].astype(bool)].reset_index(drop=True)  # nothing, added up without keys, is a row too


def column(asked: Source, made: nw.Expr) -> pd.Series:
    """Make one column of a frame in memory, in the order and with the index of its rows."""
    frame = asked.frame
    if not isinstance(frame, (pd.DataFrame, pa.Table)) and not isinstance(nw.from_native(frame), nw.DataFrame):
        raise InputError(
            f"A column beside the rows of a frame needs the frame in memory, and this is a {type(frame).__name__}. "
            "Read it first, or group by what you want: by(frame, 'tag', tags=rules)."
        )
    said = _table(_opened(asked).select(made.alias("made")))["made"]
    return pd.Series(said.to_pandas().array, index=frame.index if isinstance(frame, pd.DataFrame) else None)


def groups(frame: Any, columns: Sequence[str]) -> pd.DataFrame:  # noqa: ANN401  a frame of any engine
    """Give the combinations there are of these columns, with ``messages``, ``unpriced`` and exact ``nanodollars``.

    Parameters
    ----------
    frame : frame of any engine
        Records with these columns and ``amount_nanodollars``.
    columns : list of str

    Returns
    -------
    pandas.DataFrame
        The columns, ``messages`` and ``unpriced`` (int64), ``nanodollars`` (Python's integers).

    """
    known = scanned(frame)
    made = summed(source(known, [*columns, AMOUNT], names(known)), {name: nw.col(name) for name in columns})
    made["messages"] = made["messages"].astype("int64")
    made["unpriced"] = made["messages"] - made["priced"].astype("int64")
    return made[[*columns, "messages", "unpriced", "nanodollars"]]


def taken(asked: Source, step: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]]) -> list[pa.Table]:
    """Take a step with a frame and give what comes of it: one table, or of Dask one for each part."""
    return _spread(_taken, asked, step) if _is_dask(asked.frame) else [_taken(asked, step)]


def _taken(asked: Source, step: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]], part: Any = None) -> pa.Table:  # noqa: ANN401
    return _table(step(_opened(asked if part is None else asked._replace(frame=part))))
