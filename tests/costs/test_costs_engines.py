"""Every engine says the same of the same rows, bucket by bucket, and it is what Python's fractions say."""

import datetime as dt
import tomllib
import warnings
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import dask
import dask.dataframe as dd
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from frames import ENGINES, TAGGED, expected, records, said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flowroute_nb as fr

SPRING, AUTUMN = dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC), dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)  # New York's
ZONES = ["UTC", "America/New_York"]
KEYS = ["direction", "contact", "contact_prefix", "hour", "weekday"]
AMOUNTS = [None, 0, 4_000_000, -7_900_000, 2**53 + 1, 10**18, 2**63 - 1, -(2**63)]
RULES = {
    "Black Friday": {"body_contains": "BLACK friday", "ignore_case": True},
    "support": {"number": "(206) 555-0100", "body_contains": "help"},
    "Seattle": {"contact_prefix": "1206"},
    "letters": {"body_contains": "éσİ[x]", "ignore_case": True},
    "signs": {"body_contains": "a.c"},
}

quiet = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def rows_around(night, most=12):
    """Make rows of the hours around a night, and of the very moments when clocks change."""
    hour = 3600 * 10**6
    away = st.one_of(st.integers(-40 * hour, 40 * hour), st.sampled_from([-hour, -1, 0, 0, 0, hour]))
    row = st.tuples(
        st.one_of(st.none(), *[away.map(lambda far: night + dt.timedelta(microseconds=far))] * 4),
        st.sampled_from([None, "inbound", "outbound"]),
        st.sampled_from([None, "12065550100", "12065550101", "442079460958", "+442079460958", "62636", "12345"]),
        st.one_of(st.none(), st.integers(1, 9)),
        st.one_of(st.sampled_from(AMOUNTS), st.integers(-(2**63), 2**63 - 1)),
    )
    return st.lists(row, max_size=most)


questions = st.tuples(
    st.lists(st.sampled_from(KEYS), max_size=3, unique=True), st.sampled_from([None, "hour", "day", "week", "month"])
)


def holds_for(make, zone, examples, together):
    """See that an engine says what fractions say of so many examples, so many of them told by a key in each frame."""
    tried = []

    @settings(max_examples=examples, **quiet)
    @given(
        st.sampled_from([SPRING, AUTUMN]).flatmap(
            lambda night: st.lists(rows_around(night), min_size=together, max_size=together)
        ),
        questions,
    )
    def holds(cases, question):
        keys, period = ["case", *question[0]], question[1]
        rows = [(*row, at) for at, case in enumerate(cases) for row in case]
        frame = records([row[:-1] for row in rows])
        frame["case"] = pd.array([row[-1] for row in rows], dtype="Int64")
        summary = fr.costs.by(make(frame), *keys, period=period, tz=zone)
        assert said(summary, keys, period) == expected(rows, keys, period, ZoneInfo(zone))
        tried.extend(cases)

    holds()
    assert len(tried) >= 100


@pytest.mark.untraced
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_bucket_is_what_fractions_say(engine, zone):
    alone = engine == "pandas"  # a frame of their own for each is slow, and tells no more of the others
    holds_for(ENGINES[engine], zone, *((100, 1) if alone else (25, 4)))


@pytest.fixture(scope="module")
def cluster():
    """Give a cluster of two processes."""
    # On a busy machine a process is long in coming, and another cluster may have the port 8787: then it takes one.
    with dask.config.set({"distributed.comm.timeouts.connect": "60s"}):
        with warnings.catch_warnings(action="ignore"):
            two = LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
            )
        with two, Client(two):
            yield two


@pytest.mark.untraced
@pytest.mark.parametrize("zone", ZONES)
def test_every_bucket_of_dask_is_what_fractions_say(zone, cluster):
    assert len(cluster.workers) == 2
    holds_for(lambda frame: dd.from_pandas(frame, npartitions=3, sort=False), zone, 20, 5)


def test_every_engine_that_should_be_there_is():
    project = tomllib.loads((Path(__file__).parent.parent.parent / "pyproject.toml").read_text())["project"]
    (ours,) = [each for each in project["optional-dependencies"]["test"] if each.startswith("flowroute-nb[")]
    assert {"dask", "duckdb", "polars"} <= set(ours.partition("[")[2].rstrip("]").split(","))
    assert all(map(find_spec, ("dask", "distributed", "duckdb", "polars", "pyarrow", "narwhals")))


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("engine", [*ENGINES, "dask"])
def test_what_every_engine_lacks_is_missing_in_all(engine):
    make = ENGINES.get(engine, lambda given: dd.from_pandas(given, npartitions=2, sort=False))
    frame = records([(SPRING, "inbound", "12065550100", 1, 5), (AUTUMN, None, None, None, None)])
    assert len(fr.costs.by(make(frame.iloc[:0]))) == 0
    for keys in ([], ["direction"]):
        assert fr.costs.by(make(frame.drop(columns="segments")), *keys).segments.isna().all()


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("engine", [*ENGINES, "dask"])
def test_every_engine_gives_the_same_tags(engine):
    frame = pd.DataFrame(TAGGED, columns=["number", "contact", "body", "amount_nanodollars", "_tag"])
    frame["amount_nanodollars"] = frame["amount_nanodollars"].astype("Int64")
    make = ENGINES.get(engine, lambda given: dd.from_pandas(given, npartitions=3, sort=False))
    summary = fr.costs.by(make(frame.drop(columns="_tag")), "tag", tags=RULES)
    assert dict(zip(summary.tag, summary.messages, strict=True)) == Counter(frame["_tag"])
    if engine in ("pandas", "polars", "pyarrow"):
        assert fr.costs.tag(make(frame), RULES).tolist() == frame["_tag"].tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("key", ["hour", "weekday", "message_encoding", "direction", "is_mms", "price"])
def test_a_missing_value_among_the_n_of_highest_cost_is_named_and_no_value_is_lost(engine, n, key):
    """The costs are 9 for the missing value, then 7, 5 and 3; the values differ in each of these keys."""
    day = dt.datetime(2026, 10, 5, 14, tzinfo=dt.UTC)
    moments = [None, *(day + dt.timedelta(days=each, hours=each) for each in range(3))]
    directions = [None, "inbound", "outbound", "else"]
    rows = [(*each, "1", 1, cost) for *each, cost in zip(moments, directions, (9, 7, 5, 3), strict=True)]
    df = records(rows).assign(
        message_encoding=pd.array([None, 0, 8, 4], dtype="Int8"),
        is_mms=pd.array([None, True, False, False], dtype="boolean"),
        price=[float("nan"), 0.5, 1.5, 2.5],
    )
    costs = {None: 9, **dict(zip(df[key].tolist()[1:], (7, 5, 3), strict=True))} if key in df else {}
    if key == "is_mms":
        costs = {None: 9, False: 8, True: 7}
    elif key in ("hour", "weekday"):
        names = [f"{each:%A}" if key == "weekday" else each.hour for each in moments[1:]]
        costs = {None: 9, **dict(zip(names, (7, 5, 3), strict=True))}
    expected = dict(list(costs.items())[:n])
    if rest := sum(list(costs.values())[n:]):
        expected["other"] = rest
    summary = fr.costs.top(ENGINES[engine](df), key, n=n)
    found = [None if pd.isna(value) else value for value in summary[key].tolist()]
    assert dict(zip(found, [int(cost.scaleb(9)) for cost in summary.cost], strict=True)) == expected
