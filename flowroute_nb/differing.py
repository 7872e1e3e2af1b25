"""Why two sums differ: by what may be left out of one of them, alone or two by two, and by rounding."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from flowroute_nb.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sums", "Told", "agrees", "guess", "why"]

_ROUNDED_TO, _CUT_OFF = "rounded to", "cut off after"
_WITHOUT = (  # part, whether its messages are not counted either, and how that is said
    ("failed", False, "{} that failed cost nothing there"),
    ("failed", True, "{} that failed {} not counted there"),
    ("inbound", False, "the cost of {} that came in is not in it"),
    ("inbound", True, "{} that came in {} not counted there"),
    ("mms", False, "the cost of {}, MMS, is not in it"),
    ("mms", True, "{}, MMS, {} not counted there"),
    ("surcharge", False, "it has the surcharges of {} in it, which price_details name and amounts leave out"),
)


@dataclass
class Sums:
    """What some records come to, in messages and nanodollars, and what of it may be counted elsewhere or not at all."""

    messages: int = 0
    nanodollars: int = 0
    unpriced: int = 0
    part: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, other: Sums) -> None:
        """Take in what others come to."""
        self.messages, self.nanodollars = self.messages + other.messages, self.nanodollars + other.nanodollars
        self.unpriced += other.unpriced
        for name, (many, amount) in other.part.items():
            self.part[name][0] += many
            self.part[name][1] += amount


class Told(NamedTuple):
    """What the service says of a time: how many messages, which no invoice says, and nanodollars."""

    messages: int | None
    nanodollars: int


def why(ours: Sums, theirs: Told, decimals: tuple[int, ...]) -> str | None:
    """Explain exactly why two sums differ, by one thing or two; "" where they don't, None where nothing explains it.

    ``decimals`` are those that theirs may be rounded to.

    Examples
    --------
    >>> ours = Sums(2, 8_000_000, part={"failed": [1, 4_000_000]})
    >>> why(ours, Told(2, 4_000_000), (2,)), why(ours, Told(2, 10_000_000), (2,)), why(ours, Told(2, 1), (2,))
    ('1 message that failed cost nothing there', 'rounded to 2 decimals', None)

    """
    more, dearer = ours.messages - (theirs.messages or 0), ours.nanodollars - theirs.nanodollars
    for causes in _causes(ours, messages_known=theirs.messages is not None):
        left = dearer - sum(amount for _, amount, _ in causes)
        if theirs.messages is not None and more != sum(many for many, _, _ in causes):
            continue
        rounded = _rounded(theirs.nanodollars + left, theirs.nanodollars, decimals) if left else ""
        if rounded is None:
            continue
        return "; ".join([*(sentence for _, _, sentence in causes), *filter(None, [rounded])])
    return None


def agrees(reason: str) -> bool:
    """Say whether it is no reason, or rounding alone, to the nearest or by cutting off.

    Examples
    --------
    >>> agrees(""), agrees("rounded to 2 decimals"), agrees("1 message, MMS, is not counted there")
    (True, True, False)

    """
    return not reason or reason.startswith((_ROUNDED_TO, _CUT_OFF))


def _causes(ours: Sums, *, messages_known: bool) -> Iterator[tuple[tuple[int, int, str], ...]]:
    """Give what may be left out over there, alone and two by two: messages, nanodollars, and how it is said."""
    single = []
    for name, uncounted, sentence in _WITHOUT:
        many, amount = ours.part.get(name, (0, 0))
        if (many and uncounted and messages_known) or (amount and not uncounted):
            said = sentence.format(count(many, "message"), "is" if many == 1 else "are")
            single.append((name, (many if uncounted else 0, amount, said)))
    yield ()
    yield from ((cause,) for _, cause in single)
    yield from ((one, two) for (a, one), (b, two) in combinations(single, 2) if a != b)


def _rounded(exact: int, theirs: int, decimals: tuple[int, ...]) -> str | None:
    """Say how theirs was made of an exact amount: rounded to the nearest, or what is less than a unit cut off."""
    for places in decimals:
        unit = 10 ** (9 - places)
        if theirs % unit:
            continue
        if 2 * abs(exact - theirs) <= unit:
            return f"{_ROUNDED_TO} {count(places, 'decimal')}"
        if abs(theirs) < abs(exact) < abs(theirs) + unit and exact * theirs >= 0:
            return f"{_CUT_OFF} {count(places, 'decimal')}"
    return None


def guess(ours: Sums, theirs: Told) -> str:
    """Say what may be why, where no sum proves it."""
    if ours.unpriced:
        return f"{count(ours.unpriced, 'message')} of ours {'has' if ours.unpriced == 1 else 'have'} no amount"
    if theirs.messages is not None and ours.messages < theirs.messages:
        more = count(theirs.messages - ours.messages, "message")
        return f"{more} of theirs came after the reading, or have no record, as MMS may: read that time once more"
    if theirs.messages is not None and ours.messages > theirs.messages:
        more = count(ours.messages - theirs.messages, "message")
        return f"{more} of ours they don't count: came after the stats were read, or stand here twice (df.id.is_unique)"
    return "as many messages, and other amounts: fr.costs.audit(df) says what each should cost"
