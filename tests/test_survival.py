"""Frames survive what people do to them, whatever is in them."""

import contextlib
import json
import sqlite3
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes

import flowroute_nb as fr

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["\r", "a\r\nb", "\x00", "😀", "=1+1", '"', ",", "null", "NaN", "", " ", "é"]
)
MOMENTS = st.sampled_from(
    [
        "2017-12-22T01:52:39.39Z",
        "2016-05-03T17:41:00.478893+00:00",
        "2017-12-21T16:44:35+00:00",
        "2019-03-19T22:49:48",
        "2024-02-29",
    ]
)
AMOUNTS = st.integers(-(10**18), 10**18) | st.sampled_from([0, 2**53 + 1, 4_000_000])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "body": st.none() | TEXTS,
        "timestamp": st.none() | MOMENTS,
        "amount_nanodollars": st.none() | AMOUNTS | AMOUNTS.map(str),
        "direction": st.sampled_from(["inbound", "outbound", "sideways"]) | st.none(),
        "from": st.sampled_from(["12065550100", "+12065550101"]),
        "to": st.sampled_from(["12065550102", ""]),
        "is_mms": st.none() | st.booleans(),
        "has_mms": st.booleans(),
        "message_encoding": st.sampled_from([0, 8, "8"]),
        "status": TEXTS,
        "message_type": st.sampled_from(["long-code", "longcode", "toll-free"]),
        "delivery_receipts": st.lists(
            st.fixed_dictionaries({"level": st.integers(1, 2), "status_code": st.integers(1000, 1222)}), max_size=2
        ),
        "price_details": st.fixed_dictionaries({"base_rate": st.sampled_from(["0.0040", 0.003])}),
        "carrier": JSON,
        "nested": JSON,
    },
)
FRAMES = st.lists(ATTRIBUTES, max_size=5).map(
    lambda all_: fr.read({"data": [{"id": f"mdr2-{n}", "attributes": each} for n, each in enumerate(all_)]})
)
QUIET = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
EMPTY = fr.read(b'{"data": []}')


@pytest.mark.untraced
@QUIET
@given(FRAMES, st.sampled_from(["csv", "json", "parquet"]))
def test_write_and_read_give_exactly_the_same_frame(tmp_path, frame, ending):
    again = fr.read(fr.write(frame, tmp_path / f"a.{ending}"))
    pd.testing.assert_frame_equal(again, frame)
    assert [repr(c) for c in again.cost] == [repr(c) for c in frame.cost]


@pytest.mark.untraced
@QUIET
@given(FRAMES, FRAMES)
def test_concat_and_merge_keep_types_and_values(frame, other):
    both = pd.concat([frame, other, EMPTY], ignore_index=True)
    pd.testing.assert_frame_equal(both.iloc[: len(frame)], frame)
    assert both.dtypes.equals(frame.dtypes)
    merged = frame.merge(frame[["id", "body"]].rename(columns={"body": "again"}), on="id")
    pd.testing.assert_frame_equal(merged[frame.columns], frame)


@pytest.mark.untraced
@QUIET
@given(FRAMES)
def test_pandas_own_parquet_keeps_types_and_values(tmp_path, frame):
    frame.to_parquet(tmp_path / "pandas.parquet")
    again = pd.read_parquet(tmp_path / "pandas.parquet")
    assert again.amount_nanodollars.dtype == "Int64"
    assert again.amount_nanodollars.tolist() == frame.amount_nanodollars.tolist()
    assert [None if c is None else Fraction(c) for c in again.cost] == [
        None if c is None else Fraction(c) for c in frame.cost
    ]
    assert again.timestamp.equals(frame.timestamp)
    assert again.body.equals(frame.body)


def missing(values):
    return [None if value is None or value is pd.NA or value != value else value for value in values]


@pytest.mark.untraced
@QUIET
@given(FRAMES)
def test_duckdb_and_polars_see_the_same_values(frame):
    exact = frame.drop(columns="cost")
    duck = duckdb.sql("select * from exact").to_arrow_table()
    polars = pl.from_pandas(exact)
    for name in ("id", "body", "status", "other", "amount_nanodollars", "segments", "is_mms", "message_encoding"):
        expected = missing(frame[name])
        assert duck[name].to_pylist() == expected, name
        assert polars[name].to_list() == expected, name
    micros = [None if pd.isna(t) else t.value // 1000 for t in frame.timestamp]
    assert polars["timestamp"].dt.epoch("us").to_list() == micros
    if len(frame):
        total = duckdb.sql("select sum(amount_nanodollars)::varchar from exact").limit(1).fetchall()[0][0]
        known = frame.amount_nanodollars.dropna()
        assert total == (str(sum(map(int, known))) if len(known) else None)


@pytest.mark.untraced
@QUIET
@given(FRAMES)
def test_unknown_attributes_come_back_as_they_were(frame):
    for other, expanded in (
        (each, fr.expand(frame[frame.other == each].head(1), "other")) for each in frame.other.dropna()
    ):
        assert dict(zip(expanded.name, map(json.loads, expanded.value), strict=True)) == json.loads(other)


# ------------------------------------------------------------------ the README's table of what one does with cost

README = (Path(__file__).parent.parent / "README.md").read_text()
TABLE = README[README.index("| in pandas | gives |") :].split("\n\n")[0].splitlines()[2:]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE]


@pytest.fixture(scope="module")
def df(sandbox):
    return sandbox.account().messages("2026-10-01", "2026-10-30", progress=False)


def test_the_table_has_twenty_rows():
    assert len(ROWS) >= 20


@pytest.mark.parametrize(("idiom", "gives", "instead"), ROWS, ids=[row[0] for row in ROWS])
def test_each_row_of_the_table_is_true(df, idiom, gives, instead, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "records.db")) as connection:

        def evaluated(code):
            names = {"df": df, "fr": fr, "pd": pd, "np": np, "Decimal": Decimal, "connection": connection}
            found = eval(code.replace("`", ""), names)  # noqa: S307  the README's own lines
            if "to_sql" in code:
                return sum_in_sql(connection, df)
            return fr.read(found).cost if isinstance(found, Path) else found

        if gives.startswith("raises"):
            with pytest.raises(Exception):  # noqa: B017, PT011  pandas' own, of any kind
                evaluated(idiom)
        else:
            kind = exactness(evaluated(idiom))
            assert kind == gives, (idiom, kind)
        if instead:
            assert exactness(evaluated(instead)) in ("exact", "float"), instead
    plt.close("all")


def sum_in_sql(connection, df):
    """Check that a database has the exact sum, and return it."""
    ((nanodollars,),) = connection.execute("select sum(amount_nanodollars) from records").fetchall()
    assert nanodollars == sum(map(int, df.amount_nanodollars.dropna()))
    return Decimal(nanodollars).scaleb(-9)


def exactness(found):
    """Say whether money came out exact or as a float."""
    if isinstance(found, Axes):
        found = found.lines[0].get_ydata()
    values = (
        [found]
        if isinstance(found, (Decimal, float, int, np.generic))
        else list(pd.DataFrame(found).to_numpy().ravel())
    )
    money = [v for v in values if isinstance(v, (Decimal, float)) and v == v]
    assert money
    return "float" if any(isinstance(v, float) for v in money) else "exact"
