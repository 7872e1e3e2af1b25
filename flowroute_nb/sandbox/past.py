"""The past of a sandbox: believable messages, the same for the same seed and day. Its measures stand here."""

from __future__ import annotations

import datetime as dt
import json
import random
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from flowroute_nb.sandbox import prices
from flowroute_nb.sandbox.shapes import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NUMBERS", "story", "tell"]

NUMBERS = ["12065550100", "12065550101", "14255550103", "18005550102"]  # three long codes and a toll-free one
CAMPAIGN_NUMBER = NUMBERS[3]

WEEKDAYS = [1.0, 1.05, 1.1, 1.0, 0.95, 0.35, 0.3]  # Monday first: what a weekday is to a usual one
HOURS = [1, 1, 1, 1, 1, 2, 5, 12, 25, 40, 45, 42, 35, 38, 42, 44, 40, 30, 18, 12, 8, 5, 3, 2]
NOISE = 0.10  # standard deviation of a day
CAMPAIGN = (1, 1.0)  # on Tuesdays, as many texts again as a usual day has
CAMPAIGN_HOUR = 17
ODD_DAY = (2.6, 3.6)  # one day is so many times its weekday
PRICE_STEP_AFTER = (0.45, 0.7)  # of the past: then the price of a segment goes from SMS_BEFORE to SMS
SHARES = {"reply": 0.38, "mms": 0.03, "foreign": 0.06, "long": 0.05, "failed": 0.03}
OPT_OUT_FROM = 20  # texts of a campaign's day: then one of those who got it answers STOP
FAILURES = [1006, 1007, 1102, 1111, 1116]

_OPENERS = [
    "Your order {n} has shipped",
    "Reminder: your appointment is tomorrow at {h}:30",
    "Your code is {n}",
    "Hi, is the table for {h} still free?",
    "We are running ten minutes late, sorry",
    "Your prescription is ready for pickup",
    "Could you call me back when you have a minute?",
    "The meeting moved to {h}:00, see you there",
]
_REPLIES = [
    "Thanks!",
    "On my way",
    "Yes",
    "No, sorry",
    "Can we do {h}:15 instead?",
    "Perfect, see you then",
    "Who is this?",
]
_FOREIGN = ["¡Gracias! Hasta mañana 😀", "Déjà payé, merci", "Grüße aus Köln", "Bis später ☕", "明日お願いします"]
_LONG = (
    "Hello, this is a summary of your order {n}: two boxes of coffee filters, one kettle and the blue mugs you asked "
    "about. They leave our warehouse on Thursday and should be with you early next week. Reply with any questions, "
    "or call us between 9 and 5. Thank you for shopping with us!"
)
_CAMPAIGN = "Rug sale this week only: 20% off everything that ties the room together. Reply STOP to opt out."


class Story(NamedTuple):
    """What was planted: on which days, counted from the first."""

    campaign_days: list[int]
    odd_day: int
    odd_factor: float
    price_step: int


def story(chance: random.Random, first: dt.date, days: int) -> Story:
    """Choose what this past will have in it."""
    tuesdays = [n for n in range(days) if (first + dt.timedelta(days=n)).weekday() == CAMPAIGN[0]]
    plain = [n for n in range(1, days - 1) if n not in tuesdays] or [0]
    odd = plain[int(chance.random() * len(plain))]
    step = int(days * (PRICE_STEP_AFTER[0] + chance.random() * (PRICE_STEP_AFTER[1] - PRICE_STEP_AFTER[0])))
    return Story(tuesdays, odd, ODD_DAY[0] + chance.random() * (ODD_DAY[1] - ODD_DAY[0]), step)


def tell(seed: int, end: dt.datetime, days: int, count: int) -> Iterator[Message]:
    """Make so many messages of the days before ``end``, oldest day first."""
    chance = random.Random(f"{seed} {end.isoformat()} {days} {count}")  # noqa: S311  a story, not a secret
    start = end - dt.timedelta(days=days) + dt.timedelta(hours=1)  # a month of 30 x 24 hours asked later has all of it
    planted = story(chance, start.date(), days + 1)
    each = _per_day(chance, planted, start, end, count)
    contacts = [f"1{area}555{n:04d}" for area in (206, 425, 253, 360, 503, 530) for n in range(100, 200)]
    chance.shuffle(contacts)
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(contacts))))
    for day, (usual, campaign) in enumerate(each):
        before = day < planted.price_step
        midnight = dt.datetime.combine(start.date() + dt.timedelta(days=day), dt.time(), dt.UTC)
        window = _micros(max(start, midnight)), _micros(min(end, midnight + dt.timedelta(days=1)))
        yield from _campaign(chance, campaign, contacts, window, before)
        yield from _usual(chance, usual, (contacts, weights), window, before)


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 10**6


def _per_day(
    chance: random.Random, planted: Story, start: dt.datetime, end: dt.datetime, count: int
) -> list[tuple[int, int]]:
    """Share the messages out over the days: usual ones, and those of the campaign."""
    shares: list[tuple[float, float]] = []
    day = start.date()
    for n in range((end.date() - day).days + 1):
        midnight = dt.datetime.combine(day + dt.timedelta(days=n), dt.time(), dt.UTC)
        part = (min(end, midnight + dt.timedelta(days=1)) - max(start, midnight)) / dt.timedelta(days=1)
        usual = WEEKDAYS[midnight.weekday()] * max(0.5, chance.gauss(1, NOISE)) * max(part, 0)
        usual *= planted.odd_factor if n == planted.odd_day else 1
        shares.append((usual, CAMPAIGN[1] * part if n in planted.campaign_days else 0.0))
    whole = sum(a + b for a, b in shares)
    edges = [round(count * each / whole) for each in accumulate(x for pair in shares for x in pair)]
    counts = [b - a for a, b in zip([0, *edges], edges, strict=False)]
    return list(zip(counts[::2], counts[1::2], strict=True))


def _id(chance: random.Random) -> str:
    return f"mdr2-{chance.getrandbits(128):032x}"


def _moment(chance: random.Random, window: tuple[int, int], hour: int) -> int:
    """Choose a moment of the hour that lies in the window, to the hundredth of a second."""
    midnight = window[0] - window[0] % (86_400 * 10**6)
    at = midnight + hour * 3600 * 10**6 + int(chance.random() * 360_000) * 10_000
    if not window[0] <= at < window[1]:
        at = window[0] + int(chance.random() * ((window[1] - window[0]) // 10_000)) * 10_000
    return at


def _campaign(
    chance: random.Random,
    count: int,
    contacts: list[str],
    window: tuple[int, int],
    before: bool,  # noqa: FBT001  private
) -> Iterator[Message]:
    """Tell a campaign: one text to as many contacts as there are, and somebody who has had enough."""
    for n in range(count):
        at, theirs = _moment(chance, window, CAMPAIGN_HOUR), contacts[n % len(contacts)]
        stop = n == OPT_OUT_FROM
        yield Message(
            id=_id(chance),
            at=at,
            direction="inbound" if stop else "outbound",
            sender=contacts[0] if stop else CAMPAIGN_NUMBER,
            recipient=CAMPAIGN_NUMBER if stop else theirs,
            body="STOP" if stop else _CAMPAIGN,
            mms=False,
            amount=prices.price(_CAMPAIGN, mms=False, before=before).amount,
            code=None if stop else _code(chance),
            media=None,
        )


def _usual(
    chance: random.Random,
    count: int,
    known: tuple[list[str], list[float]],
    window: tuple[int, int],
    before: bool,  # noqa: FBT001  private
) -> Iterator[Message]:
    """Tell conversations: somebody begins, and now and then the other side answers within minutes."""
    hours, (contacts, weights) = list(accumulate(HOURS)), known
    left = count
    while left:
        ours = NUMBERS[min(int(chance.expovariate(1.2)), len(NUMBERS) - 1)]
        theirs = chance.choices(contacts, cum_weights=weights)[0]
        at = _moment(chance, window, chance.choices(range(24), cum_weights=hours)[0])
        outbound, turn = chance.random() < 0.7, 0  # noqa: PLR2004  who begins
        while left and turn < 6:  # noqa: PLR2004  turns
            yield _one(chance, at, ours, theirs, outbound=outbound, opening=turn == 0, before=before)
            left, turn, outbound = left - 1, turn + 1, not outbound
            at += int(2_000 + chance.random() * 58_000) * 10_000
            if chance.random() > SHARES["reply"] or at >= window[1]:
                break


def _one(
    chance: random.Random, at: int, ours: str, theirs: str, *, outbound: bool, opening: bool, before: bool
) -> Message:
    mms = chance.random() < SHARES["mms"]
    body = _body(chance, outbound=outbound, opening=opening, mms=mms)
    message_id = _id(chance)
    media = json.dumps([{"id": f"{message_id[5:]}-1", "type": "media"}]) if mms else None
    code = _code(chance) if outbound and not mms else None
    sender, recipient = (ours, theirs) if outbound else (theirs, ours)
    amount = prices.price(body, mms=mms, before=before).amount
    direction = "outbound" if outbound else "inbound"
    return Message(message_id, at, direction, sender, recipient, body, mms, amount, code, media)


def _code(chance: random.Random) -> int:
    if chance.random() < SHARES["failed"]:
        return chance.choice(FAILURES)
    return 1004 if chance.random() < 0.7 else 1003  # noqa: PLR2004  landlines and some carriers never say delivered


def _body(chance: random.Random, *, outbound: bool, opening: bool, mms: bool) -> str | None:
    throw = chance.random()
    if mms and throw > 0.5:  # noqa: PLR2004  half of the pictures come without a word
        return None if not outbound else ""
    if throw < SHARES["foreign"]:
        return chance.choice(_FOREIGN)
    said = (
        _LONG
        if outbound and throw < SHARES["foreign"] + SHARES["long"]
        else chance.choice(_OPENERS if opening else _REPLIES)
    )
    return said.format(n=chance.randrange(1000, 9999), h=chance.randrange(8, 18))
