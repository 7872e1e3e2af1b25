"""Frames for the tests to show, made in the kernel by one rule, so that a test can reckon what stands in any row."""

from decimal import Decimal

import numpy as np
import pandas as pd

import flowroute_nb as fr

START = pd.Timestamp("2026-10-01", tz="UTC")
COSTS = ("0.0040", "0.00395", "0.0080", None, "0.0120", "1.00", "0.0000")  # by n modulo 7
DELIVERIES = ("delivered", "received", "pending", "failed", "unknown")  # by n modulo 5
WORDS = np.array(["order", "shipped", "tomorrow", "meeting", "reply", "thanks", "call", "me", "when", "moved", "é"])


def records(count):
    """Make records: row n says ``text <n>:`` and a few words of chance, 26 seconds after row n - 1."""
    n, chance = np.arange(count), np.random.default_rng(1)
    said = WORDS[chance.integers(0, len(WORDS), (count, 12))]
    long = chance.integers(2, 13, count)
    costs = np.array([each and Decimal(each) for each in COSTS], dtype=object)[n % len(COSTS)]
    outbound = n % 2 == 0
    ours, theirs = np.char.add("1206555010", (n % 3).astype(str)), np.char.mod("1425555%04d", 100 + n % 100)
    values = {
        "timestamp": START + pd.to_timedelta(n * 26, unit="s"),
        "direction": np.where(outbound, "outbound", "inbound"),
        "number": ours,
        "contact": theirs,
        "cost": costs,
        "segments": 1 + n % 3,
        "delivery": np.array(DELIVERIES)[n % len(DELIVERIES)],
        "body": [f"text {at}: {' '.join(words[:some])}" for at, words, some in zip(n, said, long, strict=True)],
        "status": np.where(outbound, "message buffered", "delivered"),
        "message_type": ["longcode"] * count,
        "is_mms": n % 10 == 9,
        "message_encoding": [0] * count,
        "from": np.where(outbound, ours, theirs),
        "to": np.where(outbound, theirs, ours),
        "amount_nanodollars": [None if each is None else int(each * 10**9) for each in costs],
        "id": np.char.mod("mdr2-%032x", n),
    }
    shape = fr.read([])
    return pd.DataFrame({name: pd.Series(values.get(name, [None] * count), dtype=shape[name].dtype) for name in shape})
