"""What was spent, on what: asked of a frame of any engine, answered as a few rows with exact sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from flowroute_nb import engines, laying, ranges, zones
from flowroute_nb import keys as naming
from flowroute_nb import tags as ruling
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.records import money
from flowroute_nb.tables import AMOUNT, SEGMENTS, TIME
from flowroute_nb.validation import whole_number

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    import pandas as pd

    from flowroute_nb.tags import Rule
    from flowroute_nb.zones import Period

__all__ = ["by", "top", "total"]


@keywords
def by(
    frame: Any,  # noqa: ANN401  a frame of any engine
    *keys: str,
    period: Period | None = None,
    tz: str | dt.tzinfo = "UTC",
    range: Any = None,  # noqa: A002, ANN401  in any spelling of ranges
    tags: Mapping[str, Rule] | None = None,
    strict: bool = False,
) -> pd.DataFrame:
    """Sum up what was spent, by whatever is known of each message.

    Parameters
    ----------
    frame : frame of any engine
        Records: of pandas, polars (eager or lazy), pyarrow, DuckDB, Dask or PySpark, or something whose ``scan()``
        gives one. It needs ``amount_nanodollars``, and of the other columns those that are asked about. A record that
        is there twice counts twice: ``df.drop_duplicates("id")`` first.
    *keys : str
        Columns of the frame; or ``contact_prefix`` (1 and the area code, or ``+`` and three digits; a short code, also
        one that begins with 1, as a whole), ``hour`` (0 to 23) and ``weekday`` ("Monday" …) in ``tz``, ``tag``.
    period : {"hour", "day", "week", "month"}, optional
        Also by period, in ``tz``; weeks begin on Monday, as in ISO 8601.
    tz : str or tzinfo
        The zone of periods, hours, weekdays, and of a range that names none.
    range : optional
        Only what is in it, and all its periods: a year, month or date as in ``account.messages``, or a pair of these.
        If there is nothing in it, there are no rows.
    tags : dict, optional
        Rules for the key ``tag``, see :func:`tag`.
    strict : bool
        Refuse records without an amount. Else they are counted, and left out of sums.

    Returns
    -------
    pandas.DataFrame
        The keys; ``period``, when it begins (``datetime64[us, tz]``), where one was asked for; ``messages``;
        ``segments`` (missing where the frame has none); ``cost``, Decimal dollars; ``cost_per_message``, over those
        with an amount, rounded half to even to the nanodollar, None if there are none; ``share``, a float, of the
        period's cost or of all, 0.0 where that is 0; ``unpriced``. By period, then the dearest first. Every combination
        of keys that occurs has every period from the first to the last, as zeros where nothing was. What misses a key
        is a row of its own, and so are records without a time. ``attrs["flowroute_costs"]`` says what was asked.

    Raises
    ------
    InputError
        A column is missing or no whole number, a key, zone, period, range or rule can't be, or ``strict``.

    Examples
    --------
    >>> import pandas as pd
    >>> sent = pd.DataFrame({"direction": ["outbound", "inbound", "outbound"], "amount_nanodollars": [4_000_000] * 3})
    >>> by(sent, "direction")[["direction", "messages", "cost"]].values.tolist()
    [['outbound', 2, Decimal('0.0080')], ['inbound', 1, Decimal('0.0040')]]

    """
    asked = _Asked.of(keys, period, tz, range, strict)
    groups, periods = _grouped(frame, asked, tags)
    rows = laying.laid(groups, asked.keys, periods) if periods else groups
    return _framed(rows, asked)


@keywords
def total(
    frame: Any,  # noqa: ANN401  a frame of any engine
    *,
    range: Any = None,  # noqa: A002, ANN401  in any spelling of ranges
    tz: str | dt.tzinfo = "UTC",
    strict: bool = False,
) -> Decimal:
    """Sum up everything.

    Parameters
    ----------
    frame : frame of any engine
        Records, as for :func:`by`; ``amount_nanodollars`` alone will do. One that is there twice counts twice.
    range, tz, strict
        As for :func:`by`.

    Returns
    -------
    decimal.Decimal
        Dollars, exact.

    Raises
    ------
    InputError
        As for :func:`by`.

    Examples
    --------
    >>> import pandas as pd
    >>> total(pd.DataFrame({"amount_nanodollars": [4_000_000, 8_000_000]}))
    Decimal('0.0120')

    """
    groups, _ = _grouped(frame, _Asked.of((), None, tz, range, strict), None)
    return money(sum(groups["nanodollars"]))


@keywords
def top(
    frame: Any,  # noqa: ANN401  a frame of any engine
    key: str,
    *,
    n: int = 9,
    period: Period | None = None,
    tz: str | dt.tzinfo = "UTC",
    range: Any = None,  # noqa: A002, ANN401  in any spelling of ranges
    tags: Mapping[str, Rule] | None = None,
    strict: bool = False,
) -> pd.DataFrame:
    """Sum up by the dearest values of a key, and by all others together.

    Parameters
    ----------
    frame, period, tz, range, tags, strict
        As for :func:`by`.
    key : str
        One key, as for :func:`by`.
    n : int
        How many values to name; the dearest over all periods.

    Returns
    -------
    pandas.DataFrame
        As of :func:`by`. The row ``other`` is the last, of each period; it is called ``all others`` where something
        is named ``other`` already. ``attrs["flowroute_costs"]["rest"]`` says which, None if there is no such row.

    Raises
    ------
    InputError
        As for :func:`by`.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"contact": ["12065550100", "12065550101", "12065550102"], "amount_nanodollars": [4, 9, 2]})
    >>> top(df, "contact", n=1).contact.tolist()
    ['12065550101', 'other']

    """
    if (whole_number(n) or 0) < 1:
        raise InputError(f"n={n!r} is no number of values to name. Give a whole number above 0, as in n=9.")
    asked = _Asked.of((key,), period, tz, range, strict)
    groups, periods = _grouped(frame, asked, tags)
    fewer, other = laying.merged(groups, key, int(n))
    rows = laying.laid(fewer, asked.keys, periods) if periods else fewer
    made = _framed(rows, asked, last=other)
    made.attrs["flowroute_costs"]["rest"] = None if fewer is groups else other
    return made


class _Asked(NamedTuple):
    """What a summary is asked for, checked."""

    keys: list[str]
    period: Period | None
    zone: dt.tzinfo
    between: tuple[int, int] | None
    strict: bool

    @classmethod
    def of(cls, keys: tuple[str, ...], period: object, tz: object, given: object, strict: object) -> _Asked:
        zone = ranges.zone(tz)
        span = ranges.between(given, zone)
        between = (zones.micros(span.start), zones.micros(span.end)) if span else None
        return cls(list(keys), zones.checked(period), zone, between, bool(strict))


def _grouped(
    given: Any,  # noqa: ANN401  a frame of any engine
    asked: _Asked,
    tags: Mapping[str, Rule] | None,
) -> tuple[pd.DataFrame, laying.Periods | None]:
    """Count and add a frame up by keys and periods."""
    frame = engines.scanned(given)
    there, rules = engines.names(frame), ruling.checked(tags)
    naming.check(asked.keys, there, tagged=bool(rules))
    plain = [key for key in asked.keys if key != "tag" or not rules]
    of_time = [*naming.of_time(plain, there), *([asked.period] if asked.period else [])]
    timed = bool(of_time or asked.between)
    columns = [naming.column_of(key, there) for key in plain] + ruling.columns(rules)
    columns += [AMOUNT, *[TIME] * timed, *[SEGMENTS] * (SEGMENTS in there)]
    source = engines.source(frame, columns, there)._replace(timed=timed, between=asked.between)
    clock = _clock(source, asked) if of_time else None
    if clock:
        source = source._replace(steps=zones.steps(clock, of_time))
    wanted = {key: naming.expression(key, there) for key in plain}
    if rules:
        wanted["tag"] = ruling.expression(rules)
    groups = engines.summed(source, wanted | ({laying.PERIOD: nw.col(f"_{asked.period}")} if asked.period else {}))
    _check_priced(groups, asked)
    for key in plain:
        groups[key] = naming.shown(key, there, groups[key])
    if rules:
        groups["tag"] = ruling.named(groups["tag"], rules)
    edges = (asked.between[0], asked.between[1] - 1) if asked.between else None
    return groups, laying.Periods(asked.period, clock, edges) if asked.period and clock else None


def _clock(source: engines.Source, asked: _Asked) -> zones.Clock:
    """Read the zone's clock over the time that is asked about, or else that the frame is of."""
    first, last = source.between or ((0, 0) if zones.still(asked.zone) else engines.reach(source))
    return zones.Clock.of(asked.zone, first, last)


def _check_priced(groups: pd.DataFrame, asked: _Asked) -> None:
    messages, priced = int(groups["messages"].sum()), int(groups["priced"].sum())
    if asked.strict and priced < messages:
        raise InputError(
            f"{messages - priced:,} of {messages:,} records have no amount, and strict=True allows none. Read them "
            "again later, as in account.lookup(df.id[df.amount_nanodollars.isna()]), or leave strict out: then they "
            "are counted as unpriced and left out of sums."
        )


def _framed(rows: pd.DataFrame, asked: _Asked, last: str | None = None) -> pd.DataFrame:
    made = laying.framed(rows, asked.keys, asked.zone if asked.period else None, last)
    made.attrs["flowroute_costs"] = {"keys": asked.keys, "period": asked.period, "tz": str(asked.zone)}
    return made
