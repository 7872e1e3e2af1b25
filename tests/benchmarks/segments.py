"""Texts counted a second, by both rules, against one after another in plain Python.

Both give the same counts, compared before anything is timed. Figures are texts a CPU second; the machine may be shared.
"""

import random
import statistics
import sys
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import flowroute_nb as fr

ROUNDS, COUNT = 5, 1_000_000
WORDS = ["order", "shipped", "tomorrow", "meeting", "reply", "thanks", "code", "call", "me", "when", "moved", "ready"]
ENDS = ["", "", "", "", "", " é", " “ok”", " 😀", " [1]", "…"]
BASIC = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà")
BASIC |= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
DOUBLE = set("\f^{}\\[~]|€")


def texts(count, words, ends):
    """Make texts of so many words, every one of them another object."""
    chance = random.Random(1)
    return pd.Series(
        [" ".join(chance.choices(WORDS, k=chance.randint(*words))) + chance.choice(ends) for _ in range(count)],
        dtype="str",
    )


def plainly(text):
    """Count one text as a careful person would."""
    alone, part = (160, 140) if text.isascii() else (70, 70)
    count = 1 if len(text) <= alone else -(-len(text) // part)
    if set(text) <= BASIC | DOUBLE:
        sizes, alone, part = [2 if c in DOUBLE else 1 for c in text], 160, 153
    else:
        sizes, alone, part = [2 if c > "\uffff" else 1 for c in text], 70, 67
    if sum(sizes) <= alone:
        return count, 1
    standard, left = 1, part
    for size in sizes:
        if size > left:
            standard, left = standard + 1, part
        left -= size
    return count, standard


def seconds(work, given):
    start = time.process_time()
    work(given)
    return time.process_time() - start


def main():
    """Print a row for each kind of text."""
    print(f"fr.segments(series), median of {ROUNDS} rounds; the plain Python on a twentieth of them")
    kinds = {
        "short, ASCII": (COUNT, (3, 12), [""]),
        "short, half with é, “, 😀, [, …": (COUNT, (3, 12), ENDS),
        "long, half with é, “, 😀, [, …": (COUNT // 5, (30, 70), ENDS),
    }
    for name, made in kinds.items():
        series = texts(*made)
        some = series.iloc[::20]
        assert fr.segments(some)[["count", "standard"]].values.tolist() == [list(plainly(text)) for text in some]
        mine = statistics.median(len(series) / seconds(fr.segments, series) for _ in range(ROUNDS))
        theirs = statistics.median(
            len(some) / seconds(lambda given: list(map(plainly, given)), some) for _ in range(ROUNDS)
        )
        long = series.str.len().mean()
        print(
            f"{name:33} {len(series):9,} texts of {long:3.0f} characters {mine:>10,.0f} texts/CPU second  x{mine / theirs:.0f} plain Python"
        )


if __name__ == "__main__":
    main()
