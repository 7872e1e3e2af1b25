"""Makes a Parquet file of so many records over two years: made.py 10_000_000 records.parquet."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AT_ONCE, GROUP = 1_000_000, 125_000  # an engine holds some row groups at once
START, WIDTH = np.datetime64("2024-11-01", "us").astype("int64"), 730 * 86_400 * 10**6
CONTACTS = pa.array([f"1206555{number:04}" for number in range(10_000)])
DIRECTIONS = pa.array(["inbound", "outbound"])


def table(first, count, whole):
    """Make some rows of a whole, in the order of time."""
    chance = np.random.default_rng(first)
    moments = START + np.sort(chance.integers(WIDTH * first // whole, WIDTH * (first + count) // whole, count))
    segments = chance.integers(1, 4, count)
    amounts = segments * chance.choice([4_000_000, 7_900_000], count)
    return pa.table(
        {
            "timestamp": pa.array(moments, pa.timestamp("us", "UTC")),
            "direction": DIRECTIONS.take(pa.array(chance.integers(0, 2, count))),
            "contact": CONTACTS.take(pa.array(chance.integers(0, len(CONTACTS), count))),
            "segments": pa.array(segments, mask=chance.random(count) < 0.05),
            "amount_nanodollars": pa.array(amounts, mask=chance.random(count) < 0.01),
        }
    )


def make(count, path):
    """Write the file, a million rows at a time."""
    with pq.ParquetWriter(path, table(0, 1, count).schema, compression="zstd") as file:
        for first in range(0, count, AT_ONCE):
            file.write_table(table(first, min(AT_ONCE, count - first), count), row_group_size=GROUP)
    return Path(path)


if __name__ == "__main__" and len(sys.argv) > 1:  # make bench runs every file here, and this one is for the others
    make(int(sys.argv[1]), sys.argv[2])
