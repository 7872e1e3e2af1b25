"""What a message costs here: so many segments, by Flowroute's published rule, at the price of its day."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

__all__ = ["Price", "display", "price", "segments"]

SMS = 4_000_000  # nanodollars a segment: https://developer.flowroute.com/docs/message-length-concatenation/
SMS_BEFORE = 3_400_000  # until the day of the price change: a step of about 18 %
MMS = 9_500_000


class Price(NamedTuple):
    """A price a segment, how many of them, and what that makes; nanodollars."""

    rate: int
    segments: int

    @property
    def amount(self) -> int:
        """What it makes."""
        return self.rate * self.segments


def segments(body: str) -> int:
    """Count the segments of a text: 160 ASCII characters, then 140 a part; 70 as soon as one is not ASCII."""
    if not body.isascii():
        return max(1, -(-len(body) // 70))
    return 1 if len(body) <= 160 else -(-len(body) // 140)  # noqa: PLR2004  the documented figures


def price(body: str | None, *, mms: bool, before: bool = False) -> Price:
    """Price a message: an MMS is one price, whatever its size."""
    return Price(MMS, 1) if mms else Price(SMS_BEFORE if before else SMS, segments(body or ""))


@lru_cache(maxsize=10_000)
def display(nanodollars: int) -> str:
    """Write an amount as ``amount_display`` does, with four decimals."""
    return f"${nanodollars // 10**9}.{nanodollars % 10**9 // 10**5:04d}"
