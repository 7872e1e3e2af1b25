"""The past of a sandbox: believable messages, the same for the same seed and day. Its measures stand here."""

from __future__ import annotations

import datetime as dt
import json
import random
from bisect import bisect
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from flowroute_nb.sandbox import prices, words
from flowroute_nb.sandbox.shapes import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NUMBERS", "Past", "Story"]

NUMBERS = ["12065550100", "12065550101", "14255550103", "18005550102"]  # three long codes and a toll-free one
NUMBER_SHARES = [0.68, 0.2, 0.08, 0.04]
CAMPAIGN_NUMBER = NUMBERS[3]
CONTACTS = [f"1{area}555{n:04d}" for area in (206, 425, 253, 360, 503, 530) for n in range(110, 200)]  # none is ours

WEEKDAYS = [1.0, 1.05, 1.1, 1.0, 0.95, 0.35, 0.3]  # Monday first: what a weekday is to a usual one
HOURS = [1, 1, 1, 1, 1, 2, 5, 12, 25, 40, 45, 42, 35, 38, 42, 44, 40, 30, 18, 12, 8, 5, 3, 2]
NOISE = 0.10  # standard deviation of a day
CAMPAIGN_DAY, CAMPAIGN_HOUR = 1, 17  # Tuesdays
CAMPAIGN = 1.2  # so many times the texts of a usual day come on top: the day is at least 1.8 times as large
ODD_DAY = (2.9, 3.4)  # one day is so many times its weekday
PRICE_STEP = (0.45, 0.7)  # this far into the past the price of a segment goes from SMS_BEFORE to SMS
BEGINS = 0.7  # it is us who begin a conversation
REPLY, TURNS = 0.38, 6  # each text is answered so often, until so many were said
MMS, WORDLESS = 0.03, 0.5  # of all texts; of these without a word
FAILED, DELIVERED = 0.03, 0.7  # of what we sent; of the rest, which is only accepted otherwise, as by landlines
FAILURES = [1006, 1007, 1102, 1111, 1116]
OPT_OUT_FROM = 20  # texts of a campaign's day: then one of those who got it answers STOP

_HUNDREDTH, _SECOND, _HOUR, _DAY = 10_000, 10**6, 3_600 * 10**6, 86_400 * 10**6
_HOURS, _NUMBERS = list(accumulate(HOURS)), list(accumulate(NUMBER_SHARES))
_WEIGHTS = list(accumulate(1 / (rank + 5) for rank in range(len(CONTACTS))))  # a few write a lot
_KNOWN = frozenset(CONTACTS)


class Story(NamedTuple):
    """What was planted: on which days, counted from the first."""

    campaign_days: list[int]
    odd_day: int
    odd_factor: float
    price_step: int


class Day(NamedTuple):
    """One day of it: from when until when in microseconds, how many texts, and whether before the price step."""

    start: int
    end: int
    usual: int
    campaign: int
    before: bool

    def moment(self, chance: random.Random, hour: int) -> int:
        """Choose a moment of the hour, or of the day where it has no such hour, to the hundredth of a second."""
        at = self.start - self.start % _DAY + hour * _HOUR + int(chance.random() * 360_000) * _HUNDREDTH
        if self.start <= at < self.end:
            return at
        return self.start + int(chance.random() * ((self.end - self.start) // _HUNDREDTH)) * _HUNDREDTH


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

    """

    def __init__(self, seed: int, end: dt.datetime, days: int, count: int) -> None:
        self._seed = f"{seed} {end.isoformat()} {days} {count}"
        self._end, self._count = end, count
        self._start = end - dt.timedelta(days=days) + dt.timedelta(hours=1)  # 30 x 24 hours asked later have all of it

    def knows(self, contact: str) -> bool:
        """Say whether a contact may be in it."""
        return contact in _KNOWN

    def tell(self) -> Iterator[Message]:
        """Make the messages, oldest first."""
        chance = random.Random(self._seed)  # noqa: S311  a story, not a secret
        planted = self.story(chance)
        days = self._days(chance, planted)
        contacts = list(CONTACTS)
        chance.shuffle(contacts)
        gone: set[str] = set()  # who said STOP hears no more from that number
        for day in days:
            told = [*_campaign(chance, day, contacts, gone), *_conversations(chance, day, contacts, gone)]
            yield from sorted(told, key=lambda message: message.at)

    def story(self, chance: random.Random) -> Story:
        """Choose what this past will have in it."""
        first, length = self._start.date(), (self._end.date() - self._start.date()).days + 1
        campaigns = [n for n in range(length) if (first + dt.timedelta(days=n)).weekday() == CAMPAIGN_DAY]
        plain = [n for n in range(1, length - 1) if n not in campaigns] or [0]
        odd = plain[int(chance.random() * len(plain))]
        step = int((length - 1) * (PRICE_STEP[0] + chance.random() * (PRICE_STEP[1] - PRICE_STEP[0])))
        return Story(campaigns, odd, ODD_DAY[0] + chance.random() * (ODD_DAY[1] - ODD_DAY[0]), step)

    def _days(self, chance: random.Random, planted: Story) -> list[Day]:
        """Share the messages out over the days: usual ones, and those of the campaign."""
        spans: list[tuple[int, int]] = []
        shares: list[float] = []
        for n in range((self._end.date() - self._start.date()).days + 1):
            midnight = dt.datetime.combine(self._start.date() + dt.timedelta(days=n), dt.time(), dt.UTC)
            start, end = max(self._start, midnight), min(self._end, midnight + dt.timedelta(days=1))
            part = max((end - start) / dt.timedelta(days=1), 0.0)
            noise = max(0.5, chance.gauss(1, NOISE))
            usual = WEEKDAYS[midnight.weekday()] * (planted.odd_factor if n == planted.odd_day else noise)
            spans.append((int(start.timestamp()) * _SECOND, int(end.timestamp()) * _SECOND))
            shares += [usual * part, CAMPAIGN * part if n in planted.campaign_days else 0.0]
        whole = sum(shares)
        edges = [0, *(round(self._count * share / whole) for share in accumulate(shares))]
        counts = [after - before for before, after in pairwise(edges)]
        each = zip(spans, counts[::2], counts[1::2], strict=True)
        return [Day(*span, usual, more, n < planted.price_step) for n, (span, usual, more) in enumerate(each)]


def _campaign(chance: random.Random, day: Day, contacts: list[str], gone: set[str]) -> Iterator[Message]:
    """Tell a campaign: one text to one after the other, and somebody who has had enough."""
    listening = [contact for contact in contacts if contact not in gone]
    leaving = int(chance.random() * OPT_OUT_FROM) if day.campaign > OPT_OUT_FROM else None
    for n in range(day.campaign - (leaving is not None)):
        at, theirs = day.moment(chance, CAMPAIGN_HOUR), listening[n % len(listening)]
        yield _text(chance, (at, CAMPAIGN_NUMBER, theirs), words.CAMPAIGN, outbound=True, before=day.before)
        if n == leaving:
            gone.add(theirs)
            later = min(day.end - _HUNDREDTH, at + int(6_000 + chance.random() * 90_000) * _HUNDREDTH)
            yield _text(chance, (later, CAMPAIGN_NUMBER, theirs), words.STOP, outbound=False, before=day.before)


def _conversations(chance: random.Random, day: Day, contacts: list[str], gone: set[str]) -> Iterator[Message]:
    """Tell conversations: somebody begins, and now and then the other side answers within minutes."""
    left = day.usual
    while left:
        ours = NUMBERS[bisect(_NUMBERS, chance.random() * _NUMBERS[-1], 0, 3)]
        theirs = contacts[bisect(_WEIGHTS, chance.random() * _WEIGHTS[-1], 0, len(contacts) - 1)]
        if ours == CAMPAIGN_NUMBER and theirs in gone:
            ours = NUMBERS[0]
        at = day.moment(chance, bisect(_HOURS, chance.random() * _HOURS[-1], 0, 23))
        outbound = chance.random() < BEGINS
        for turn in range(min(left, TURNS)):
            yield _one(chance, (at, ours, theirs), outbound=outbound, opening=turn == 0, before=day.before)
            left, outbound = left - 1, not outbound
            at += int(2_000 + chance.random() * 58_000) * _HUNDREDTH
            if chance.random() > REPLY or at >= day.end:
                break


def _one(chance: random.Random, what: tuple[int, str, str], *, outbound: bool, opening: bool, before: bool) -> Message:
    if chance.random() < MMS:
        return _picture(chance, what, outbound=outbound, before=before)
    return _text(chance, what, words.text(chance, outbound=outbound, opening=opening), outbound=outbound, before=before)


def _text(chance: random.Random, what: tuple[int, str, str], body: str, *, outbound: bool, before: bool) -> Message:
    at, ours, theirs = what
    amount = prices.price(body, mms=False, before=before).amount
    if outbound:
        return Message(_id(chance), at, "outbound", ours, theirs, body, False, amount, _code(chance), None)  # noqa: FBT003  its order
    return Message(_id(chance), at, "inbound", theirs, ours, body, False, amount, None, None)  # noqa: FBT003


def _picture(chance: random.Random, what: tuple[int, str, str], *, outbound: bool, before: bool) -> Message:
    at, ours, theirs = what
    body: str | None = words.text(chance, outbound=outbound, opening=True)
    if chance.random() < WORDLESS:
        body = "" if outbound else None  # null was seen where an inbound MMS has no text
    message_id, amount = _id(chance), prices.price(body, mms=True, before=before).amount
    media = json.dumps([{"id": f"{message_id[5:]}-1", "type": "media"}])
    if outbound:
        return Message(message_id, at, "outbound", ours, theirs, body, True, amount, None, media)  # noqa: FBT003
    return Message(message_id, at, "inbound", theirs, ours, body, True, amount, None, media)  # noqa: FBT003


def _id(chance: random.Random) -> str:
    return f"mdr2-{chance.getrandbits(128):032x}"


def _code(chance: random.Random) -> int:
    throw = chance.random()
    if throw < FAILED:
        return FAILURES[int(throw / FAILED * len(FAILURES))]
    return 1004 if throw < FAILED + (1 - FAILED) * DELIVERED else 1003
