"""The same rows in every engine, and what they cost by Python's own fractions."""

import datetime as dt
from fractions import Fraction

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
COLUMNS = {
    "timestamp": "datetime64[us, UTC]",
    "direction": "str",
    "contact": "str",
    "segments": "Int64",
    "amount_nanodollars": "Int64",
}


def records(rows):
    """Make a frame of rows (timestamp, direction, contact, segments, amount), typed as records are."""
    given = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    made = {}
    for (name, kind), values in zip(COLUMNS.items(), given, strict=True):
        made[name] = pd.array(list(values), dtype=kind) if kind == "Int64" else pd.Series(list(values), dtype=kind)
    return pd.DataFrame(made)


def duck(frame, zone="UTC"):
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{zone}'")
    return connection.from_arrow(pa.Table.from_pandas(frame, preserve_index=False))


#: Our number, theirs, a text, an amount, and the tag that the rules of the tests give it.
TAGGED = [
    ("12065550100", "12065550199", "black FRIDAY: half off", 1, "Black Friday"),
    ("12065550100", "12065550199", "blac\u212a friday", 1, "Seattle"),  # a Kelvin sign is no k
    ("12065550100", "442079460958", "help", 1, "support"),
    ("12065550100", "442079460958", "Help", 1, "untagged"),
    ("12065550101", "442079460958", "help", 1, "untagged"),
    ("12065550101", "12065550199", "help", 1, "Seattle"),
    ("12065550101", "442079460958", "É\u03a3İ[X]", 1, "letters"),
    ("12065550101", "442079460958", "é\u03c2İ[x]", 1, "letters"),  # the other small sigma
    ("12065550101", "442079460958", "é\u03c3i[x]", 1, "untagged"),  # an İ is no i
    ("12065550101", "442079460958", "é\u03c3İx", 1, "untagged"),
    ("12065550101", "442079460958", "a.c", 1, "signs"),
    ("12065550101", "442079460958", "abc", 1, "untagged"),
    ("12065550101", None, None, 1, "untagged"),
    (None, "12065550199", None, None, "Seattle"),
    (None, None, None, None, "untagged"),
]

ENGINES = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "duckdb": duck,
    "duckdb elsewhere": lambda frame: duck(frame, "Australia/Lord_Howe"),
}


def begins(moment, period, zone):
    """Say when the period began that a moment is in, as the zone's calendar has it."""
    local = moment.astimezone(zone)
    if period == "hour":
        return local.replace(minute=0, second=0, microsecond=0).astimezone(dt.UTC)
    return _midnight(
        {"day": local, "week": local - dt.timedelta(local.weekday()), "month": local.replace(day=1)}[period]
    )


def _midnight(day):
    return dt.datetime(day.year, day.month, day.day, tzinfo=day.tzinfo).astimezone(dt.UTC)


def after(start, period, zone):
    """Say when the next period begins: a day, a week, a month on, at midnight by the clocks there."""
    if period == "hour":
        return begins(start + dt.timedelta(hours=1), period, zone)
    return begins(start + dt.timedelta(days={"day": 1, "week": 7, "month": 32}[period], hours=6), period, zone)


def _prefix(contact):
    """Give 1 and the area code, + and three digits, or a whole short code."""
    if contact[0] == "+" or len(contact) > 8:
        return contact[:4] if contact[0] in "+1" else contact[:3]
    return contact


def key_of(row, key, zone):
    moment, direction, contact, _, _, *case = row
    local = moment and moment.astimezone(zone)
    return {
        "case": case and case[0],
        "direction": direction,
        "contact": contact,
        "contact_prefix": contact and _prefix(contact),
        "hour": local and local.hour,
        "weekday": local and DAYS[local.weekday()],
    }[key]


def expected(rows, keys, period, zone):
    """Sum rows up bucket by bucket: keys and period to messages, segments, cost, mean, share and unpriced."""
    buckets, starts = {}, set()
    for row in rows:
        start = period and row[0] and begins(row[0], period, zone)
        starts |= {start} if start else set()
        buckets.setdefault((*(key_of(row, key, zone) for key in keys), *([start] if period else [])), []).append(row)
    if starts:
        start = min(starts)
        while start <= max(starts):
            for name in {bucket[:-1] for bucket in buckets}:
                buckets.setdefault((*name, start), [])
            start = after(start, period, zone)
    wholes = {}
    for bucket, found in buckets.items():
        wholes[period and bucket[-1]] = wholes.get(period and bucket[-1], 0) + sum(row[4] or 0 for row in found)
    return {bucket: _summed(found, wholes[period and bucket[-1]]) for bucket, found in buckets.items()}


def _summed(rows, whole):
    amounts = [row[4] for row in rows if row[4] is not None]
    mean = Fraction(round(Fraction(sum(amounts), len(amounts))), 10**9) if amounts else None
    return (
        len(rows),
        sum(row[3] or 0 for row in rows),
        Fraction(sum(amounts), 10**9),
        mean,
        float(Fraction(sum(amounts), whole)) if whole else 0.0,
        len(rows) - len(amounts),
    )


def said(summary, keys, period):
    """Read a summary as ``expected`` writes it; a bucket that comes twice is an error."""
    found = {}
    for row in summary.itertuples(index=False):
        bucket = tuple(None if pd.isna(getattr(row, key)) else getattr(row, key) for key in keys)
        if period:
            bucket += (None if pd.isna(row.period) else row.period.to_pydatetime().astimezone(dt.UTC),)
        assert bucket not in found, bucket
        mean = None if row.cost_per_message is None else Fraction(row.cost_per_message)
        found[bucket] = (row.messages, row.segments, Fraction(row.cost), mean, row.share, row.unpriced)
    return found
