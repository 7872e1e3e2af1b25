"""Costs by month and direction over Parquet and pandas, against the shortest query of each engine's own.

costs.py [ROWS …], 10 million unless told otherwise. Equal sums first; each in a process of its own, in turns, the best of
five; memory over the engine's own start. The machine may be shared: compare within a run.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

ROUNDS = 5
SQL = """
SELECT date_trunc('month', timestamp) AS period, direction, count(*), sum(segments), sum(amount_nanodollars),
       count(*) - count(amount_nanodollars)
FROM '{path}' GROUP BY ALL
"""


def peak():
    """Give the megabytes this process held at most; ``ru_maxrss`` would begin with those of its parent."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def tidy(rows):
    return sorted(
        [str(period)[:7], direction, int(n), int(s), int(a), int(u)] for period, direction, n, s, a, u in rows
    )


def ours(frame):
    import flowroute_nb as fr  # noqa: PLC0415

    made = fr.costs.by(frame, "direction", period="month")
    nanodollars = [int(each.scaleb(9)) for each in made.cost]
    return zip(made.period, made.direction, made.messages, made.segments, nanodollars, made.unpriced, strict=True)


def polars_query(path):
    import polars as pl  # noqa: PLC0415

    amount = pl.col("amount_nanodollars")
    keys = pl.col("timestamp").dt.truncate("1mo").alias("period"), "direction"
    sums = pl.len(), pl.col("segments").sum(), amount.sum(), amount.null_count().alias("unpriced")
    return pl.scan_parquet(path).group_by(*keys).agg(*sums).collect().rows()


def polars_ours(path):
    import polars as pl  # noqa: PLC0415

    return ours(pl.scan_parquet(path))


def duckdb_query(path):
    return duck().sql(SQL.format(path=path)).fetchall()


def duckdb_ours(path):
    return ours(duck().read_parquet(str(path)))


def duck():
    import duckdb  # noqa: PLC0415

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def pandas_query(frame):
    month = frame.timestamp.dt.tz_localize(None).to_numpy().astype("M8[M]")
    grouped = frame.groupby([month, "direction"], sort=False)
    made = grouped.agg(
        messages=("direction", "size"),
        segments=("segments", "sum"),
        nanodollars=("amount_nanodollars", "sum"),
        priced=("amount_nanodollars", "count"),
    )
    return [(*keys, n, s, a, n - p) for keys, (n, s, a, p) in zip(made.index, made.to_numpy().tolist(), strict=True)]


def pandas_ours(frame):
    return ours(frame)


def pandas_frame(path):
    import pandas as pd  # noqa: PLC0415

    columns = ["timestamp", "direction", "segments", "amount_nanodollars"]
    return pd.read_parquet(path, columns=columns).astype({"segments": "Int64", "amount_nanodollars": "Int64"})


def measure(way, path, rounds):
    """Run one way, and say what it found, how long it took at best, and what it held at most."""
    import narwhals  # noqa: F401, PLC0415
    import pyarrow as pa  # noqa: F401, PLC0415

    import flowroute_nb.costs  # noqa: F401, PLC0415

    for engine in ("polars", "duckdb"):
        if way.startswith(engine):
            __import__(engine)
    given = pandas_frame(path) if way.startswith("pandas") else path
    before, best = peak(), float("inf")
    for _ in range(int(rounds)):
        start = time.perf_counter()
        found = list(globals()[way](given))
        best = min(best, time.perf_counter() - start)
    print(json.dumps([tidy(found), best, peak() - before]))


def run(way, path, rounds):
    command = [sys.executable, __file__, way, str(path), str(rounds)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def compare(path, rows):
    """Print a line for each engine."""
    engines = ["polars", "duckdb", *(["pandas"] if rows <= 10_000_000 else [])]
    for engine in engines:
        turns = [(run(f"{engine}_ours", path, 2), run(f"{engine}_query", path, 2)) for _ in range(ROUNDS // 2)]
        assert all(mine[0] == theirs[0] for mine, theirs in turns), engine
        mine, theirs = (min(turn[at][1] for turn in turns) for at in (0, 1))
        held, theirs_held = (max(turn[at][2] for turn in turns) for at in (0, 1))
        print(
            f"{rows:12,} rows  {engine:7} by(month, direction) {mine:6.2f} s  its own query {theirs:6.2f} s  "
            f"x{mine / theirs:.2f}   {held:5.0f} MB over its start ({theirs_held:.0f})",
            flush=True,
        )


def small():
    """Time a thousand rows."""
    import pandas as pd  # noqa: PLC0415
    from made import table  # noqa: PLC0415

    frame = (
        table(0, 1_000, 1_000)
        .to_pandas(types_mapper={}.get)
        .astype({"segments": "Int64", "amount_nanodollars": "Int64"})
    )
    assert isinstance(frame, pd.DataFrame)
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        list(ours(frame))
        best = min(best, time.perf_counter() - start)
    print(f"{1_000:12,} rows  pandas  by(month, direction) {best * 1000:6.1f} ms")


def main():
    """Make the files, compare, and leave nothing behind."""
    from made import make  # noqa: PLC0415

    small()
    with tempfile.TemporaryDirectory() as folder:
        for rows in map(int, sys.argv[1:] or ["10_000_000"]):
            path = make(rows, Path(folder) / f"{rows}.parquet")
            compare(path, rows)
            path.unlink()


if __name__ == "__main__":
    measure(*sys.argv[1:]) if len(sys.argv) > 1 and not sys.argv[1][0].isdigit() else main()
