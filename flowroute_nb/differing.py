"""Why two sums differ: by what may be left out of one of them, alone or two by two, and by rounding."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from flowroute_nb.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Part", "Sums", "Told", "agrees", "guess", "why"]

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


class Part(NamedTuple):
    """Totals of records of one kind: messages, nanodollars, and surcharges that the amounts leave out (nanodollars)."""

    messages: int
    nanodollars: int
    surcharges: int = 0


@dataclass
class Sums:
    """Totals of records, in messages and nanodollars, and of each kind that the service may count differently.

    A kind is the set of all names in ``_WITHOUT`` that apply to its records, so no record is in two kinds.
    """

    messages: int = 0
    nanodollars: int = 0
    unpriced: int = 0
    kinds: dict[frozenset[str], Part] = field(default_factory=dict)

    def add(self, other: Sums) -> None:
        """Add the totals of other records."""
        self.messages, self.nanodollars = self.messages + other.messages, self.nanodollars + other.nanodollars
        self.unpriced += other.unpriced
        for kind, part in other.kinds.items():
            sums = zip(self.kinds.get(kind, Part(0, 0)), part, strict=True)
            self.kinds[kind] = Part(*(one + more for one, more in sums))


class Told(NamedTuple):
    """What the service says of a time: how many messages, which no invoice says, and nanodollars."""

    messages: int | None
    nanodollars: int


def why(ours: Sums, theirs: Told, decimals: tuple[int, ...]) -> str | None:
    """Explain exactly why two sums differ, by one thing or two; "" where they don't, None where nothing explains it.

    ``decimals`` are those that theirs may be rounded to.

    Examples
    --------
    >>> ours = Sums(2, 8_000_000, kinds={frozenset({"failed"}): Part(1, 4_000_000)})
    >>> why(ours, Told(2, 4_000_000), (2,)), why(ours, Told(2, 10_000_000), (2,)), why(ours, Told(2, 1), (2,))
    ('1 message that failed cost nothing there', 'rounded to 2 decimals', None)

    """
    for causes in _causes(ours, messages_known=theirs.messages is not None):
        messages, nanodollars = _without(ours, causes)
        if theirs.messages not in (None, messages):
            continue
        exact = nanodollars == theirs.nanodollars
        rounded = "" if exact else _rounded(nanodollars, theirs.nanodollars, decimals)
        if rounded is None:
            continue
        return "; ".join([*(cause.sentence for cause in causes), *filter(None, [rounded])])
    return None


def agrees(reason: str) -> bool:
    """Say whether it is no reason, or rounding alone, to the nearest or by cutting off.

    Examples
    --------
    >>> agrees(""), agrees("rounded to 2 decimals"), agrees("1 message, MMS, is not counted there")
    (True, True, False)

    """
    return not reason or reason.startswith((_ROUNDED_TO, _CUT_OFF))


class _Cause(NamedTuple):
    """A possible cause of a difference: which records, whether their messages are left out too, a sentence."""

    name: str
    is_uncounted: bool
    sentence: str


def _causes(ours: Sums, *, messages_known: bool) -> Iterator[tuple[_Cause, ...]]:
    """Yield the possible combinations of causes: none, each cause alone, and every pair."""
    single = []
    for name, is_uncounted, sentence in _WITHOUT:
        parts = [part for kind, part in ours.kinds.items() if name in kind]
        messages = sum(part.messages for part in parts)
        has_cost = any(part.surcharges if name == "surcharge" else part.nanodollars for part in parts)
        if (messages and is_uncounted and messages_known) or (has_cost and not is_uncounted):
            said = sentence.format(count(messages, "message"), "is" if messages == 1 else "are")
            single.append(_Cause(name, is_uncounted, said))
    yield ()
    yield from ((cause,) for cause in single)
    yield from ((one, two) for one, two in combinations(single, 2) if one.name != two.name)


def _without(ours: Sums, causes: tuple[_Cause, ...]) -> tuple[int, int]:
    """Return our messages and nanodollars without what the causes leave out; what they share is left out once."""
    messages, nanodollars = ours.messages, ours.nanodollars
    for kind, part in ours.kinds.items():
        names = {cause.name for cause in causes} & kind
        if any(cause.is_uncounted for cause in causes if cause.name in kind):
            messages -= part.messages
        if names - {"surcharge"}:
            nanodollars -= part.nanodollars
        elif names:
            nanodollars += part.surcharges
    return messages, nanodollars


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
