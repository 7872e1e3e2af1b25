"""What was planted in a sandbox's past: the answers, for whoever lets somebody look for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from flowroute_nb.sandbox import measures, prices, words
from flowroute_nb.sandbox.quirks import DEFAULTS

if TYPE_CHECKING:
    import random

__all__ = ["Story", "noises", "planted"]

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is in a past, by its plan: no message was looked at for it. Days begin at midnight UTC.

    Attributes
    ----------
    seed, messages : int
        What it was made from, and how many messages it has.
    start, end : datetime.datetime
        All of it was in between.
    noise : float
        Standard deviation of a day, where 1 is its weekday.
    campaign_days : tuple of datetime.date
        A text was sent to many on these days.
    campaign_number, campaign_words : str
        From which number, and what stands in it.
    campaign_factor : float
        So many times what its weekday would be without it.
    dear_campaign : datetime.date or None
        On this day the campaign's text had a character that is not ASCII, and took two segments for one.
    odd_day : datetime.date or None
        A day unlike its weekday.
    odd_factor : float
        So many times its weekday it is; 1 where there is no odd day.
    odd_word : str
        What stands in the texts that came in addition on that day.
    price_step : datetime.date
        From this day on a segment costs ``price_after``, until then ``price_before``.
    price_before, price_after : int
        Nanodollars a segment.
    segments : str
        By which rule segments are counted, a value of the quirk of this name.
    failed : float
        Of the texts we sent, this share failed.
    dear : float
        Of what was said in conversations, this share takes two segments for one or two characters.

    """

    seed: int
    messages: int
    start: dt.datetime
    end: dt.datetime
    noise: float = measures.NOISE
    campaign_days: tuple[dt.date, ...]
    campaign_number: str = measures.CAMPAIGN_NUMBER
    campaign_words: str = words.CAMPAIGN[:8]
    campaign_factor: float = 1 + measures.CAMPAIGN / measures.WEEKDAYS[measures.CAMPAIGN_DAY]
    dear_campaign: dt.date | None
    odd_day: dt.date | None
    odd_factor: float
    odd_word: str = words.ODD
    price_step: dt.date
    price_before: int
    price_after: int = prices.SMS
    segments: str = DEFAULTS["segments"]
    failed: float = measures.FAILED
    dear: float = measures.DEAR

    @property
    def price_change(self) -> float:
        """Say by how much the price went up: 0.2 is 20 %."""
        return self.price_after / self.price_before - 1

    def __repr__(self) -> str:
        before, after = (prices.dollars(each) for each in (self.price_before, self.price_after))
        rows = {
            "past": f"{self.messages:,} messages from {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC",
            "noise": f"{self.noise:.0%} from day to day",
            "campaign": f'"{self.campaign_words}" from {self.campaign_number} on {_days(self.campaign_days)}: '
            f"{self.campaign_factor:.1f} times its weekday",
            "dear": f"{self.dear:.0%} of what is said"
            + (f", and the campaign of {self.dear_campaign}" if self.dear_campaign else "")
            + ": a second segment for one character",
            "odd day": f'{self.odd_day:%a %Y-%m-%d}, {self.odd_factor:.2f} times its weekday, "{self.odd_word}"'
            if self.odd_day
            else "none",
            "price": f"${before} a segment, from {self.price_step} on ${after}: {self.price_change:+.1%}; "
            f"segments: {self.segments}",
            "failed": f"{self.failed:.1%} of the texts sent",
        }
        return "\n".join([f"<Story of seed {self.seed}", *(f"  {name:<9} {said}" for name, said in rows.items())]) + ">"


def _days(days: tuple[dt.date, ...]) -> str:
    if len(days) > 5:  # noqa: PLR2004  more than a month has
        return f"{len(days)} days from {days[0]} to {days[-1]}"
    return ", ".join(map(str, days)) or "no day"


def planted(chance: random.Random, seed: int, start: dt.datetime, end: dt.datetime, messages: int) -> Story:
    """Choose what a past will have in it: on whole days only, and each thing on a day of its own."""
    first, length = start.date(), (end.date() - start.date()).days + 1
    far = measures.PRICE_STEP[0] + chance.random() * (measures.PRICE_STEP[1] - measures.PRICE_STEP[0])
    step = first + min(max(1, int((length - 1) * far)), length - 1) * _DAY  # what is sent today costs the new price
    whole = [first + n * _DAY for n in range(1, length - 1)]
    campaigns = [day for day in whole if day.weekday() == measures.CAMPAIGN_DAY]
    plain = [day for day in whole if day.weekday() in measures.ODD_DAYS and day != step]
    odd, (low, high) = _any(chance, plain), measures.ODD_FACTOR
    factor = low + chance.random() * (high - low)
    return Story(
        seed=seed,
        messages=messages,
        start=start,
        end=end,
        campaign_days=tuple(campaigns),
        dear_campaign=_any(chance, campaigns) if len(campaigns) >= measures.DEAR_CAMPAIGN_OF else None,
        odd_day=odd,
        odd_factor=factor if odd else 1.0,
        price_step=step,
        price_before=measures.PRICES_BEFORE[int(chance.random() * len(measures.PRICES_BEFORE))],
    )


def _any(chance: random.Random, days: list[dt.date]) -> dt.date | None:
    """Choose a day; chance is thrown in any case, so that what comes after stays what it is."""
    throw = chance.random()
    return days[int(throw * len(days))] if days else None


def noises(chance: random.Random, length: int) -> list[float]:
    """Give each day what it is to its weekday.

    It is the same normal distribution in each past, in another order: so it is as wide in all of them as they say.
    """
    usual = NormalDist(1, measures.NOISE)
    found = [usual.inv_cdf((n + 0.5) / length) for n in range(length)]
    chance.shuffle(found)
    return found
