"""Costs on clusters: Spark with two executors at a million records, Dask with two processes at ten million.

``make engines`` runs it. Each says bucket by bucket what DuckDB's own SQL says, and Spark's session is in a zone of
nobody's.
"""

import datetime as dt
import os
import sys
import time
from pathlib import Path

import dask.dataframe as dd
import duckdb
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from frames import expected, records, said
from pyspark.sql import SparkSession

import flowroute_nb as fr

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from made import make

ZONES = ["UTC", "America/New_York"]
NOWHERE = "Australia/Lord_Howe"  # the zone of the sessions: nothing may depend on it
NIGHT = dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    return make(1_000_000, tmp_path_factory.mktemp("records") / "million.parquet")


@pytest.fixture(scope="module")
def ten_million(tmp_path_factory):
    path = make(10_000_000, tmp_path_factory.mktemp("records") / "ten_million.parquet")
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def spark():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.sql.session.timeZone", NOWHERE)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def cluster():
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as two,
        Client(two),
    ):
        yield two


def by_sql(path, period, zone):
    """Sum up by direction and period in DuckDB's SQL."""
    query = f"""
        SELECT direction, date_trunc('{period}', timezone('{zone}', timestamp)) AS began, count(*), sum(segments),
               sum(amount_nanodollars), count(*) - count(amount_nanodollars)
        FROM '{path}' GROUP BY ALL
    """  # noqa: S608  names of our own
    found = duckdb.connect().execute(query).fetchall()
    return {(direction, began): tuple(map(int, sums)) for direction, began, *sums in found}


def by_ours(frame, period, zone):
    summary = fr.costs.by(frame, "direction", period=period, tz=zone)
    return {
        (row.direction, row.period.tz_localize(None).to_pydatetime()): (
            row.messages,
            row.segments,
            int(row.cost.scaleb(9)),
            row.unpriced,
        )
        for row in summary.itertuples(index=False)
        if row.messages
    }


def same(frame, path, zone):
    for period in ("hour", "day", "week", "month"):
        if (period, zone) == ("hour", "America/New_York"):
            continue  # two hours of a night have one name there, which SQL takes for one
        start = time.perf_counter()
        ours = by_ours(frame, period, zone)
        print(f"by(direction, {period}) in {zone}: {time.perf_counter() - start:.1f} s")
        assert ours == by_sql(path, period, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_a_million_records_on_two_spark_executors(spark, million, zone):
    assert spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 3  # the two and who asks them
    same(spark.read.parquet(str(million)), million, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_ten_million_records_on_two_dask_processes(cluster, ten_million, zone):
    assert len(cluster.workers) == 2
    same(dd.read_parquet(ten_million, split_row_groups=8, dtype_backend="pyarrow"), ten_million, zone)


AMOUNTS = [None, 0, -7_900_000, 2**53 + 1, 2**53 - 1, 10**18, 2**63 - 1, 2**63 - 1, -(2**63), -1]


@pytest.mark.parametrize("zone", ZONES)
def test_spark_says_what_fractions_say_where_floats_would_not(spark, zone):
    quarter = dt.timedelta(minutes=15)
    rows = [
        (NIGHT + at * quarter, direction, contact, at % 3 or None, AMOUNTS[at % len(AMOUNTS)])
        for at in range(-40, 40)
        for direction in (None, "inbound")
        for contact in ("12065550100", None)
    ]
    rows.append((None, "inbound", "62636", 1, 5))
    schema = "timestamp timestamp, direction string, contact string, segments bigint, amount_nanodollars bigint"
    frame = spark.createDataFrame([(row[0], *row[1:]) for row in rows], schema)
    for keys in (["direction"], ["contact_prefix", "hour"], ["weekday"], []):
        for period in (None, "hour", "day", "week", "month"):
            summary = fr.costs.by(frame, *keys, period=period, tz=zone)
            assert said(summary, keys, period) == expected(rows, keys, period, pd.Timestamp(0, tz=zone).tz), (
                keys,
                period,
            )
    assert fr.costs.total(frame) == fr.costs.total(records(rows))


def test_spark_gives_the_same_tags(spark):
    from collections import Counter  # noqa: PLC0415

    from frames import TAGGED  # noqa: PLC0415
    from test_costs_engines import RULES  # noqa: PLC0415

    frame = spark.createDataFrame(
        TAGGED, "number string, contact string, body string, amount_nanodollars bigint, said string"
    )
    summary = fr.costs.by(frame, "tag", tags=RULES)
    assert dict(zip(summary.tag, summary.messages, strict=True)) == Counter(tag for *_, tag in TAGGED)
