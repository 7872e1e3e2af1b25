"""How many planted days are named, and how often a forecast's interval holds: on the sandbox's past, over HTTP.

What is planted is looked at only to count. Beside it the usual ways: statsmodels' STL for odd days, and its ETS for the
month's end. The interval is measured over months, days of the month and seeds, and on accounts by a process of its own.
"""

import statistics
import sys
import time
import warnings
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import simulated

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
    so_far = days[days.index >= end - pd.DateOffset(months=1)].sum()
    return so_far + np.quantile(ends, 0.1), so_far + np.quantile(ends, 0.9)


ENDS = ("2026-11-01", "2026-12-01", "2027-03-01", "2027-06-01")  # of the months that are foreseen


def sandbox_months(cuts, months):
    """Give what was known on these days of a month, what the month cost in the end, and whether it was quiet.

    A month is quiet on a day if no price change and no odd day comes after it; a campaign in two segments may come.
    """
    for seed in range(1, months + 1):
        end = pd.Timestamp(ENDS[seed % len(ENDS)], tz="UTC")
        start = end - pd.DateOffset(months=1)
        df, story = past(seed, 92, end.date())
        truth = df.cost[(df.timestamp >= start) & (df.timestamp < end)].sum()
        for cut in cuts:
            now = start + (cut - 1) * DAY
            ahead = [day for day in (story.price_step, story.odd_day) if day and now.date() <= day < end.date()]
            yield cut, now, df[df.timestamp < now], truth, not ahead


def coverage(cuts, befores, months, *, beside=False):
    """Print how often the 80 % interval holds, of quiet months and of all, from these days, with so many days before."""
    rows, ets_held, took = [], [], []
    for cut, now, df, truth, quiet in sandbox_months(cuts, months):
        for before in befores:
            known = df[df.timestamp >= now - before * DAY]
            start = time.perf_counter()
            found = fr.costs.forecast(known, month=f"{now:%Y-%m}", today=now.date())
            took.append(time.perf_counter() - start)
            rows.append((cut, before, quiet, found.low <= truth <= found.high, found.high - found.low, truth))
        if beside and cut == 16:
            first = pd.DataFrame({"timestamp": [now], "cost": [Decimal(0)]})
            low, high = ets(pd.concat([df[df.timestamp >= now - 60 * DAY], first]), now + pd.offsets.MonthBegin(1))
            ets_held.append((quiet, low <= truth <= high))
    table = pd.DataFrame(rows, columns=["cut", "before", "quiet", "held", "width", "truth"])
    table["half"] = (table.width / 2 / table.truth).astype(float)
    for (cut, before), each in table.groupby(["cut", "before"]):
        calm = each[each.quiet]
        print(
            f"from the {cut:2} with {before} days: holds {calm.held.mean():4.0%} of {len(calm)} quiet months, "
            f"{each.held.mean():4.0%} of all {len(each)}; half as wide as {calm.half.mean():5.1%}"
        )
    calm = table[table.quiet & (table.before == max(befores))]
    print(f"together, {max(befores)} days before: {calm.held.mean():4.0%} of quiet months   (bar: 75 to 88 %)")
    if ets_held:
        print(f"ETS from the 16th: {statistics.mean(held for quiet, held in ets_held if quiet):4.0%} of quiet months")
    print(f"a forecast takes {statistics.median(took) * 1000:.0f} ms, at the most {max(took[1:]):.2f} s")


def independent(months):
    """Print the same for accounts by another random process, see tests/simulated.py."""
    for ahead in (None, "day", "price"):
        held = []
        for seed in range(months):
            account = simulated.month(seed, ahead=ahead)
            found = fr.costs.forecast(account.known, month=f"{account.today:%Y-%m}", today=account.today)
            held.append(found.low <= account.cost <= found.high)
        what = {None: "nothing ahead   (bar: 75 to 88 %)", "day": "an odd day ahead", "price": "a price change ahead"}
        print(f"another process: holds {statistics.mean(held):4.0%} of {months} months with {what[ahead]}")


def main():
    """Print both tables."""
    odd_days()
    print(f"The month's end, 80 % interval: {MONTHS} seeded pasts")
    coverage((8, 16, 23), (60,), MONTHS, beside=True)
    coverage((16,), (45, 30, 20, 14), MONTHS // 4)
    independent(MONTHS)


if __name__ == "__main__":
    main()
