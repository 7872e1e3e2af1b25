"""What tag rules take of a million messages, against what one writes by hand: np.select, pl.when and SQL's CASE.

tags.py [ROWS]. Equal first; the best of three. Most of it is looking through texts, which nobody is spared.
"""

import sys
import time
from functools import reduce
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import flowroute_nb as fr

WORDS = "your order is ready half price sale today only call us code visiting café see you monday reply stop".split()  # noqa: SIM905
FEW = {
    "support": {"number": "12065550100"},
    "sale": {"body_contains": "half price"},
    "Seattle": {"contact_prefix": "1206"},
}
MANY = {
    **{f"number {at}": {"number": f"120655501{at:02}"} for at in range(7)},
    **{f"text {a} {b}": {"body_contains": f"{a} {b}"} for a, b in zip(WORDS[:7], WORDS[7:14], strict=True)},
    **{f"prefix {area}": {"contact_prefix": f"1{area}55501"} for area in (206, 212, 303, 415, 503, 617)},
}


def messages(count):
    """Make messages of 20 numbers, 500 contacts and 50,000 texts."""
    chance = np.random.default_rng(1)
    texts = np.array([" ".join(chance.choice(WORDS, 16)) for _ in range(50_000)], dtype=object)
    contacts = [f"1{area}555{last:04}" for area in (206, 212, 303, 415, 503) for last in range(100, 200)]
    return pd.DataFrame(
        {
            "number": pd.Series(chance.choice([f"1206555{last:04}" for last in range(100, 120)], count), dtype="str"),
            "contact": pd.Series(chance.choice(contacts, count), dtype="str"),
            "body": pd.Series(chance.choice(texts, count), dtype="str"),
            "amount_nanodollars": pd.array(chance.choice([4_000_000, 7_900_000], count), dtype="Int64"),
        }
    )


def select(frame, rules):
    ways = {
        "number": lambda wanted: frame.number == wanted,
        "contact_prefix": frame.contact.str.startswith,
        "body_contains": lambda wanted: frame.body.str.contains(wanted, regex=False),
    }
    fits = [ways[key](wanted) for rule in rules.values() for key, wanted in rule.items()]
    return pd.Series(np.select(fits, list(rules), "untagged"), frame.index, dtype="str", name="tag")


def of_pandas(frame, rules):
    grouped = frame.assign(tag=select(frame, rules)).groupby("tag")["amount_nanodollars"]
    return dict(zip(*grouped.sum().reset_index().to_numpy().T, strict=True))


def of_polars(frame, rules):
    ways = {
        "number": lambda wanted: pl.col("number") == wanted,
        "contact_prefix": pl.col("contact").str.starts_with,
        "body_contains": lambda wanted: pl.col("body").str.contains(wanted, literal=True),
    }
    fits = [(ways[key](wanted), name) for name, rule in rules.items() for key, wanted in rule.items()]
    chain = reduce(lambda so_far, each: so_far.when(each[0]).then(pl.lit(each[1])), fits, pl)
    tag = chain.otherwise(pl.lit("untagged")).alias("tag")
    return dict(frame.lazy().group_by(tag).agg(pl.col("amount_nanodollars").sum()).collect().rows())


def of_duckdb(frame, rules):
    ways = {
        "number": "number = '{}'",
        "contact_prefix": "starts_with(contact, '{}')",
        "body_contains": "contains(body, '{}')",
    }
    fits = [(ways[key].format(wanted), name) for name, rule in rules.items() for key, wanted in rule.items()]
    case = " ".join(f"WHEN {fit} THEN '{name}'" for fit, name in fits)
    return dict(frame.aggregate(f"CASE {case} ELSE 'untagged' END AS tag, sum(amount_nanodollars)").fetchall())


def ours(frame, rules):
    summary = fr.costs.by(frame, "tag", tags=rules)
    return {tag: int(cost.scaleb(9)) for tag, cost in zip(summary.tag, summary.cost, strict=True)}


def timed(way, *given):
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        found = way(*given)
        best = min(best, time.perf_counter() - start)
    return best, found


def main():
    """Print a line for each engine and number of rules."""
    frame = messages(int((sys.argv[1:] or ["1_000_000"])[0]))
    connection = duckdb.connect()
    connection.execute("CREATE TABLE messages AS FROM frame")
    frames = {"pandas": frame, "polars": pl.from_pandas(frame), "duckdb": connection.table("messages")}
    for rules in (FEW, MANY):
        turns = [(f"by(tag) {engine}", ours, globals()[f"of_{engine}"], each) for engine, each in frames.items()]
        for name, mine, theirs, given in [*turns, ("tag() pandas", fr.costs.tag, select, frame)]:
            (took, said), (by_hand, expected) = timed(mine, given, rules), timed(theirs, given, rules)
            assert said.equals(expected) if isinstance(said, pd.Series) else said == expected, name
            print(
                f"{len(frame):12,} rows  {len(rules):2} rules  {name:14} {took:6.2f} s  by hand {by_hand:6.2f} s  "
                f"x{took / by_hand:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
