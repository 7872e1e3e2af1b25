"""The past of a sandbox: believable messages, the same for the same seed and day, told as its story says."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

from flowroute_nb.sandbox import measures as m
from flowroute_nb.sandbox import media, prices, words
from flowroute_nb.sandbox.message import Message
from flowroute_nb.sandbox.story import Story, noises, planted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NUMBERS", "Past"]

NUMBERS = m.NUMBERS
FAILURES = [1006, 1007, 1102, 1111, 1116]

_HUNDREDTH, _SECOND, _HOUR, _DAY = 10_000, 10**6, 3_600 * 10**6, 86_400 * 10**6
_HOURS, _SHARES = list(accumulate(m.HOURS, initial=0)), list(accumulate(m.NUMBER_SHARES))
_CONTACTS = [f"1{area}555{n:04d}" for area in m.AREAS for n in m.LAST_FOUR]
_WEIGHTS = list(accumulate(1 / (rank + 5) for rank in range(len(_CONTACTS))))  # a few write a lot, from near as a rule
_KNOWN = frozenset(_CONTACTS)


class Day(NamedTuple):
    """One day of it: between which moments in microseconds, and how many texts of which kinds."""

    start: int
    end: int
    usual: int
    campaign: int
    trouble: float  # share of the conversations that are about what is wrong on the odd day
    slogan: str

    def moment(self, chance: random.Random) -> int:
        """Choose a moment at which people write, to the hundredth of a second."""
        low, high = _by(self.start, self.start), _by(self.end, self.start)
        throw = low + chance.random() * (high - low)
        hour = bisect(_HOURS, throw, 1, 24) - 1
        at = hour * _HOUR + int((throw - _HOURS[hour]) / m.HOURS[hour] * 360_000) * _HUNDREDTH
        return min(max(self.start, self.start - self.start % _DAY + at), self.end - _HUNDREDTH)


def _by(moment: int, start: int) -> float:
    """Say how much of what people write in a whole day they have written by a moment of it."""
    hour, rest = divmod(moment - start + start % _DAY, _HOUR)
    return _HOURS[hour] + (rest / _HOUR * m.HOURS[hour] if rest else 0)


class Past:
    """So many messages of so many days before a moment.

    Parameters
    ----------
    seed : int
        Another number makes another past.
    end : datetime.datetime
        Everything was before.
    days, count : int
        How many days, and exactly how many messages.
    step : tuple of int, optional
        What a segment costs before and after the price step, in nanodollars; else what the seed chooses.

    """

    def __init__(self, seed: int, end: dt.datetime, days: int, count: int, step: tuple[int, int] | None = None) -> None:
        self.name = " ".join(map(str, (seed, end.isoformat(), days, count, *(step or ()))))
        self._made_from = f"{seed} {end.isoformat()} {days} {count}"  # other prices change no message
        self._seed, self._end, self._count, self._step = seed, end, count, step
        self._start = end - dt.timedelta(days=days) + dt.timedelta(hours=1)  # 30 x 24 hours asked later have all of it

    @classmethod
    def named(cls, name: str) -> Self:
        """Make the past of a name, which says all that it is made from."""
        seed, end, days, count, *step = name.split(" ")
        prices = (int(step[0]), int(step[1])) if step else None
        return cls(int(seed), dt.datetime.fromisoformat(end), int(days), int(count), prices)

    @cached_property
    def story(self) -> Story:
        """What it has in it."""
        chance = random.Random(f"{self._made_from} story")  # noqa: S311  no secret
        story = planted(chance, self._seed, self._start, self._end, self._count)
        return replace(story, price_before=self._step[0], price_after=self._step[1]) if self._step else story

    @cached_property
    def rates(self) -> prices.Rates:
        """What a segment costs in it, and from then on."""
        story = self.story
        return prices.Rates(_micros(_midnight(story.price_step)), story.price_before, story.price_after)

    def knows(self, contact: str) -> bool:
        """Say whether a contact may be in it."""
        return contact in _KNOWN

    def tell(self) -> Iterator[list[Message]]:
        """Make the messages, oldest first, a day at a time; what each costs is for whoever keeps them."""
        chance = random.Random(self._made_from)  # noqa: S311  no secret
        contacts = _CONTACTS[: max(m.FEW, self._count // m.MESSAGES_EACH)]
        audience = list(contacts)
        chance.shuffle(audience)
        gone: list[str] = []  # who said STOP hears no more from that number
        for day in self._days(chance):
            told = [*_campaign(chance, day, audience, gone), *_conversations(chance, day, contacts, gone)]
            told.sort(key=lambda message: message.at)
            yield told

    def _days(self, chance: random.Random) -> list[Day]:
        """Share the messages out over the days: usual ones, and those of the campaign."""
        story, first = self.story, self._start.date()
        length = (self._end.date() - first).days + 1
        days = [first + dt.timedelta(days=n) for n in range(length)]
        spans = [(max(self._start, _midnight(day)), min(self._end, _midnight(day, 1))) for day in days]
        moments = [(_micros(start), _micros(end)) for start, end in spans]
        shares: list[float] = []
        for day, noise, (start, end) in zip(days, noises(chance, length), moments, strict=True):
            part = (_by(end, start) - _by(start, start)) / _HOURS[-1]
            usual = m.WEEKDAYS[day.weekday()] * (story.odd_factor if day == story.odd_day else noise)
            shares += [usual * part, m.CAMPAIGN if day in story.campaign_days else 0.0]
        whole = sum(shares)
        edges = [0, *(round(self._count * share / whole) for share in accumulate(shares))]
        counts = [after - before for before, after in pairwise(edges)]
        return [
            Day(*span, usual, campaign, *self._kind(day))
            for day, span, usual, campaign in zip(days, moments, counts[::2], counts[1::2], strict=True)
        ]

    def _kind(self, day: dt.date) -> tuple[float, str]:
        """Say how much of a day is about trouble, and what the campaign says on it."""
        story = self.story
        trouble = 1 - 1 / story.odd_factor if day == story.odd_day else 0.0
        return trouble, words.CAMPAIGN_DEAR if day == story.dear_campaign else words.CAMPAIGN


def _midnight(day: dt.date, later: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=later)


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * _SECOND


def _campaign(chance: random.Random, day: Day, audience: list[str], gone: list[str]) -> Iterator[Message]:
    """Tell a campaign: one text to one after the other, somebody who has had enough, and somebody who is back."""
    if not day.campaign:
        return
    listening = [contact for contact in audience if contact not in gone]
    leaving = int(chance.random() * m.OPT_OUT_FROM) if day.campaign > m.OPT_OUT_FROM else None
    coming = leaving is not None and len(gone) > m.PATIENCE
    if coming:  # hears the next campaign
        back = (day.moment(chance), m.CAMPAIGN_NUMBER, gone.pop(0))
        yield _text(chance, back, words.UNSTOP, outbound=False)
    opening = day.start + m.CAMPAIGN_HOUR * _HOUR
    for n in range(day.campaign - (leaving is not None) - coming):
        at, theirs = opening + int(chance.random() * 360_000) * _HUNDREDTH, listening[n % len(listening)]
        yield _text(chance, (at, m.CAMPAIGN_NUMBER, theirs), day.slogan, outbound=True)
        if n == leaving:
            gone.append(theirs)
            later = min(day.end - _HUNDREDTH, at + int(6_000 + chance.random() * 90_000) * _HUNDREDTH)
            yield _text(chance, (later, m.CAMPAIGN_NUMBER, theirs), words.STOP, outbound=False)


def _conversations(chance: random.Random, day: Day, contacts: list[str], gone: list[str]) -> Iterator[Message]:
    """Tell conversations: somebody begins, and now and then the other side answers within minutes."""
    left, heaviest = day.usual, _WEIGHTS[len(contacts) - 1]
    while left:
        ours = NUMBERS[bisect(_SHARES, chance.random() * _SHARES[-1], 0, 3)]
        theirs = contacts[bisect(_WEIGHTS, chance.random() * heaviest, 0, len(contacts) - 1)]
        if ours == m.CAMPAIGN_NUMBER and theirs in gone:
            ours = NUMBERS[0]
        at, trouble = day.moment(chance), chance.random() < day.trouble
        outbound = not trouble and chance.random() < m.BEGINS
        for turn in range(min(left, m.TURNS)):
            if trouble and not turn:
                yield _text(chance, (at, ours, theirs), words.trouble(chance), outbound=False)
            else:
                yield _one(chance, (at, ours, theirs), outbound=outbound, opening=turn == 0)
            left, outbound = left - 1, not outbound
            at += int(2_000 + chance.random() * 58_000) * _HUNDREDTH
            if chance.random() > m.REPLY or at >= day.end:
                break


def _one(chance: random.Random, what: tuple[int, str, str], *, outbound: bool, opening: bool) -> Message:
    if chance.random() < m.MMS:
        return _picture(chance, what, outbound=outbound)
    return _text(chance, what, words.text(chance, outbound=outbound, opening=opening), outbound=outbound)


def _text(chance: random.Random, what: tuple[int, str, str], body: str, *, outbound: bool) -> Message:
    at, ours, theirs = what
    if outbound:
        return Message(_id(chance), at, "outbound", ours, theirs, body, False, 0, _code(chance), None)  # noqa: FBT003  its order
    return Message(_id(chance), at, "inbound", theirs, ours, body, False, 0, None, None)  # noqa: FBT003


def _picture(chance: random.Random, what: tuple[int, str, str], *, outbound: bool) -> Message:
    body: str | None = words.text(chance, outbound=outbound, opening=True)
    if chance.random() < m.WORDLESS:
        body = "" if outbound else None  # null was seen where an inbound MMS has no text
    plain = _text(chance, what, "", outbound=outbound)
    return plain._replace(body=body, mms=True, media=media.named(plain.id[5:], 1))


def _id(chance: random.Random) -> str:
    return f"mdr2-{chance.getrandbits(128):032x}"


def _code(chance: random.Random) -> int:
    throw = chance.random()
    if throw < m.FAILED:
        return FAILURES[int(throw / m.FAILED * len(FAILURES))]
    return 1004 if throw < m.FAILED + (1 - m.FAILED) * m.DELIVERED else 1003
