"""How many planted days are named, and how often a forecast's interval holds: on the sandbox's past, over HTTP.

What is planted is looked at only to count. Beside it the usual ways: statsmodels' STL for odd days, and its ETS for the
month's end.
"""

import statistics
import sys
import time
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import flowroute_nb as fr

MONTHS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
DAY = pd.Timedelta(days=1)


def past(seed, days, today, messages=5_000):
    with fr.Sandbox(seed=seed, today=today, days=days, messages=messages) as sandbox:
        return sandbox.account().messages(days=days, progress=False), sandbox.story


def whole_days(df):
    """Give what each whole day cost, in dollars."""
    days = fr.dollars(df.groupby(df.timestamp.dt.floor("D")).cost.sum())
    return days.reindex(pd.date_range(days.index[0], days.index[-1], freq="D"), fill_value=0.0).iloc[1:-1].asfreq("D")


def stl(df, threshold):
    """Name odd days as one usually would: STL, then distances of what is left over by the median distance."""
    days = whole_days(df)
    left = STL(days, period=7, robust=True).fit().resid
    off = (left - left.median()).abs()
    return set(days.index[off > threshold * 1.4826 * off.median()].date)


def ours(df, threshold):
    return set(fr.costs.anomalies(df, threshold=threshold).day.dt.date)


def odd_days(seeds=range(1, 21)):
    """Print a row for each kind of past and way."""
    print(f"Odd days: seeds {seeds[0]} to {seeds[-1]}, one odd day and one dear campaign planted in each")
    for days, messages in ((60, 5_000), (30, 5_000), (90, 5_000), (60, 300)):
        pasts = [past(seed, days, "2026-10-31", messages) for seed in seeds]
        for name, way, threshold in (
            ("ours", ours, 5),
            ("ours", ours, 3),
            ("STL", stl, 5),
            ("STL", stl, 10),
        ):
            named, dear, others, start = 0, 0, 0, time.perf_counter()
            for df, story in pasts:
                found = way(df, threshold)
                named += story.odd_day in found
                dear += story.dear_campaign in found
                others += len(found - {story.odd_day, story.dear_campaign})
            took = (time.perf_counter() - start) / len(pasts)
            bar = "   (bar: at least 18, at most 3 others)" if (name, days, messages) == ("ours", 60, 5_000) else ""
            print(
                f"{days} days, {messages:6,} messages  {name:4} threshold {threshold:2}: odd day {named:2} of {len(pasts)}, "
                f"dear campaign {dear:2}, others {others:3}   {took * 1000:4.0f} ms{bar}"
            )


def ets(df, end):
    """Foresee as one usually would: exponential smoothing with weekdays, and simulated ends."""
    days = whole_days(df)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = ETSModel(days, error="add", trend=None, seasonal="add", seasonal_periods=7).fit(disp=False)
        left = (end.date() - days.index[-1].date()).days - 1
        ends = fitted.simulate(left, anchor="end", repetitions=500, rng=np.random.default_rng(1)).sum().to_numpy()
    so_far = days[days.index >= end - 31 * DAY].sum()
    return so_far + np.quantile(ends, 0.1), so_far + np.quantile(ends, 0.9)


def month_ends(days, cuts, pasts, months, *, beside=False):
    """Print how often the interval holds, from these days of October and with so many days before."""
    held, wide, off, took, held_ets = {}, {}, {}, [], []
    end = pd.Timestamp("2026-11-01", tz="UTC")
    for seed in range(1, months + 1):
        df, _ = past(seed, days, "2026-11-01")
        truth = sum(map(Fraction, df.cost[(df.timestamp >= "2026-10-01") & (df.timestamp < end)]))
        for cut in cuts:
            now = pd.Timestamp(f"2026-10-{cut:02}", tz="UTC")
            for before in pasts:
                known = df[(df.timestamp < now) & (df.timestamp >= now - before * DAY)]
                start = time.perf_counter()
                found = fr.costs.forecast(known)
                took.append(time.perf_counter() - start)
                held.setdefault((cut, before), []).append(found.low <= truth <= found.high)
                wide.setdefault((cut, before), []).append(float((found.high - found.low) / 2 / found.total))
                off.setdefault((cut, before), []).append(abs(float(found.total) / float(truth) - 1))
        if beside:
            known = df[
                (df.timestamp < "2026-10-16") & (df.timestamp >= pd.Timestamp("2026-10-15", tz="UTC") - 60 * DAY)
            ]
            low, high = ets(pd.concat([known, df[df.timestamp >= "2026-10-16"].head(1)]), end)
            held_ets.append(low <= truth <= high)
    for (cut, before), each in held.items():
        bar = "   (bar: 70 to 90 %)" if (cut, before) == (16, 60) else ""
        print(
            f"from the {cut:2} with {before} days: holds {statistics.mean(each):4.0%}, half as wide as {statistics.mean(wide[cut, before]):5.1%}, "
            f"median error {statistics.median(off[cut, before]):4.1%}{bar}"
        )
    if held_ets:
        print(f"ETS from the 16 with 60 days: holds {statistics.mean(held_ets):4.0%}")
    print(f"a forecast takes {statistics.median(took) * 1000:.0f} ms, at the most {max(took[1:]):.2f} s")


def main():
    """Print both tables."""
    odd_days()
    print(f"The month's end, 80 % interval: {MONTHS} seeded months of 77 days")
    month_ends(77, (16,), (60, 45, 30, 20, 14), MONTHS, beside=True)
    print(f"{MONTHS // 4} seeded months of 90 days, from other days")
    month_ends(90, (5, 10, 20, 25), (60, 30), MONTHS // 4)


if __name__ == "__main__":
    main()
