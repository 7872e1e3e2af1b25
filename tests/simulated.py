"""Months of an account by a random process of its own, which shares nothing with the sandbox's past."""

import calendar
import datetime as dt
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)
MONTHS = [dt.date(2026, 10, 1), dt.date(2026, 12, 1), dt.date(2027, 2, 1), dt.date(2027, 5, 1)]


class Month(NamedTuple):
    """What was known on a day of the month, that day, and what the month cost in the end."""

    known: pd.DataFrame
    today: dt.date
    cost: Decimal


def month(seed, *, before=60, ahead=None):
    """Simulate two months of texts and one to foresee, from a day in its middle.

    Weekdays, the size of the account, the noise of a day (5 to 15 %) and the hours differ from account to account; one
    day of the past costs three times as much as usual. ``ahead`` is what comes later: None, ``"day"`` or ``"price"``.
    """
    chance = np.random.default_rng(seed)
    first = MONTHS[seed % len(MONTHS)]
    length = calendar.monthrange(first.year, first.month)[1]
    today = int(chance.integers(8, length - 5))  # days of the month that are over
    days = [first + dt.timedelta(days=n) for n in range(-before, length)]
    usual, noise = chance.choice([20, 60, 150]), chance.uniform(0.05, 0.15)
    week = np.r_[chance.uniform(0.7, 1.3, 5), chance.uniform(0.2, 0.9, 2)]
    means = usual * week[[day.weekday() for day in days]] * np.exp(chance.normal(0, noise, len(days)))
    means[chance.integers(10, before - 10)] *= 3
    later = before + today + int(chance.integers(1, 4))
    if ahead == "day":
        means[later] *= 3
    counts = chance.poisson(means)
    number = np.repeat(np.arange(len(days)), counts)
    seconds = (chance.beta(4, 3, len(number)) * 86_399).astype("int64")
    segments = chance.choice([1, 1, 1, 1, 2, 3], len(number))
    price = np.where((number >= later) & (ahead == "price"), 5_000_000, 4_000_000)
    moments = pd.Timestamp(days[0], tz="UTC") + pd.to_timedelta(number * 86_400 + seconds, unit="s")
    df = pd.DataFrame(
        {"timestamp": moments.as_unit("us"), "segments": segments, "amount_nanodollars": segments * price}
    )
    df = df.assign(direction="outbound", message_type="longcode", is_mms=False).sort_values("timestamp")
    now = pd.Timestamp(first, tz="UTC") + today * DAY
    cost = int(df.amount_nanodollars[df.timestamp >= pd.Timestamp(first, tz="UTC")].sum())
    return Month(df[df.timestamp < now], now.date(), Decimal(cost).scaleb(-9))
