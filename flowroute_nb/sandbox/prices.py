"""What a message costs here: so many segments, by Flowroute's published rule, at the rate in force at its moment."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flowroute_nb.sandbox.message import Message

__all__ = ["Price", "Rates", "Tariff", "display", "documented", "dollars"]

SMS = 4_000_000  # nanodollars a segment: https://developer.flowroute.com/docs/message-length-concatenation/
MMS = 9_500_000
SURCHARGE = 3_000_000  # a segment, where there is one


class Price(NamedTuple):
    """The price of a segment, the carrier's surcharge on it, how many there are, and what is charged; nanodollars."""

    rate: int
    surcharge: int
    segments: int
    amount: int


class Rates(NamedTuple):
    """What a segment of an SMS costs: until a moment, in microseconds of UTC, and from then on."""

    step: int
    before: int
    after: int = SMS


class Tariff:
    """Prices messages by the rates in force.

    Parameters
    ----------
    rates : Rates
        What a segment costs, and since when.
    quirks : dict
        Name to value.

    """

    def __init__(self, rates: Rates, quirks: Mapping[str, str]) -> None:
        self._rates, self._count = rates, _COUNTS[quirks["segments"]]
        self._surcharge = 0 if quirks["surcharge"] == "none" else SURCHARGE
        self._in_amount = quirks["surcharge"] == "in_amount"
        self._failed_is_free = quirks["failed_cost"] == "free"

    def price(self, message: Message) -> Price:
        """Price a message: an MMS is one price, whatever its size."""
        if message.mms:
            rate, surcharge, segments = MMS, 0, 1
        else:
            rate = self._rates.before if message.at < self._rates.step else self._rates.after
            surcharge, segments = self._surcharge, self._count(message.body or "")
        free = self._failed_is_free and message.failed
        return Price(rate, surcharge, segments, 0 if free else (rate + surcharge * self._in_amount) * segments)


def documented(body: str) -> int:
    """Count as documented: 160 ASCII characters, then 140 a part; 70 as soon as one is not ASCII."""
    if not body.isascii():
        return max(1, -(-len(body) // 70))
    return 1 if len(body) <= 160 else -(-len(body) // 140)  # noqa: PLR2004  the documented figures


def _utf16(body: str) -> int:
    """Count an emoji as two characters."""
    return documented(body) if body.isascii() else max(1, -(-len(body.encode("utf-16-le")) // 140))


def _3gpp(body: str) -> int:
    """Count as the standard does, 3GPP TS 23.038 and 23.040; what needs two units is not split."""
    gsm = all(c in _GSM or c in _GSM_TWICE for c in body)
    sizes = [1 + (c in _GSM_TWICE if gsm else ord(c) > 0xFFFF) for c in body]  # noqa: PLR2004  beyond, a pair
    alone, part = (160, 153) if gsm else (70, 67)
    if sum(sizes) <= alone:
        return 1
    count, left = 1, part
    for size in sizes:
        count, left = (count, left - size) if size <= left else (count + 1, part - size)
    return count


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"  # noqa: E501  the alphabet
)
_GSM_TWICE = frozenset("\f^{}\\[~]|€")
_COUNTS: dict[str, Callable[[str], int]] = {"documented": documented, "utf16": _utf16, "3gpp": _3gpp}


@lru_cache(maxsize=10_000)
def display(nanodollars: int) -> str:
    """Write an amount as ``amount_display`` does, with four decimals."""
    return f"${nanodollars // 10**9}.{nanodollars % 10**9 // 10**5:04d}"


def dollars(nanodollars: int) -> Decimal:
    """Make an exact amount of dollars, with four decimals or as many as it has."""
    digits = f"{nanodollars % 10**9:09d}"
    return Decimal(f"{nanodollars // 10**9}.{digits[:4]}{digits[4:].rstrip('0')}")
