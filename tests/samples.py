"""Records of a test's own, as the service would say them, read as any other."""

import datetime as dt
import itertools

import dask.dataframe
import duckdb
import polars as pl
import pyarrow as pa

import flowroute_nb as fr

START = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
OURS, TOLL_FREE, THEIRS = "12065550100", "18005550102", "12065550199"
_numbers = itertools.count()


def message(amount, at=0, **said):
    """Say one message: nanodollars, so many hours after noon of 1 October 2026 or at a moment, and what is unusual."""
    moment = START + dt.timedelta(hours=at) if isinstance(at, (int, float)) else at
    inbound = said.get("direction") == "inbound"
    usual = {
        "amount_nanodollars": amount,
        "timestamp": moment.isoformat(),
        "direction": "outbound",
        "from": THEIRS if inbound else OURS,
        "to": OURS if inbound else THEIRS,
        "body": "Gee, nice marmot!",
        "message_type": "longcode",
        "is_mms": False,
        "message_encoding": 0,
        "status": "delivered",
    }
    said = {name.rstrip("_"): value for name, value in said.items()}
    failed = said.pop("failed", False)
    if failed:
        usual["delivery_receipts"] = [{"level": 2, "status": "delivery failure", "status_code": 1007}]
    return {"type": "message", "id": f"mdr2-{next(_numbers):032x}", "attributes": usual | said}


def records(*messages):
    """Read them."""
    return fr.read({"data": list(messages)})


def _arrow(df):
    return pa.Table.from_pandas(df.drop(columns="cost"), preserve_index=False)


def _duck(df):
    """Hand it to DuckDB, in a session whose zone is not UTC."""
    session = duckdb.connect()
    session.execute("set timezone = 'Asia/Tokyo'")
    return session.from_arrow(_arrow(df))


#: The same records in other engines.
ENGINES = {
    "polars": lambda df: pl.from_arrow(_arrow(df)),
    "polars lazy": lambda df: pl.from_arrow(_arrow(df)).lazy(),
    "pyarrow": _arrow,
    "duckdb": _duck,
    "dask": lambda df: dask.dataframe.from_pandas(df.drop(columns="cost"), npartitions=3),
}
