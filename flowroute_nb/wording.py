"""How amounts, numbers, shares, days and keys are said: exactly, and as people say them."""
# ruff: noqa: RUF001, RUF002  a dash between two days is a dash

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "DOLLAR",
    "RULES",
    "count",
    "cut",
    "day",
    "decimals",
    "dollars",
    "during",
    "label",
    "moment",
    "month",
    "percent",
    "said_keys",
    "shorter",
    "span",
    "times",
    "weekday",
    "with_key",
]

# English whatever the machine's language is, as everything else here.
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905
#: What the two rules of counting segments are called.
RULES = {"published": "Flowroute's published rule", "standard": "the 3GPP standard"}
#: Nanodollars of a dollar.
DOLLAR = 10**9
_HUNDREDTH, _CENT = 10**5, 10**7  # nanodollars of a hundredth of a cent, and of a cent
_LONGEST = 28

#: What comes before the value of a key: "62 % to 12065550100", as each reads best.
_BEFORE = {
    "direction": "",
    "delivery": "",
    "number": "through ",
    "contact": "with ",
    "from": "from ",
    "to": "to ",
    "contact_prefix": "with ",
    "tag": "for ",
    "message_type": "by ",
    "status": "with status ",
}


def decimals(nanodollars: int | Fraction) -> int:
    """Say how many decimals an amount is said with: of a picture the largest one's, for all that stands in it."""
    amount = abs(Fraction(nanodollars))
    if not amount or amount >= 10 * _CENT - _HUNDREDTH // 2:  # what would be said as 0.1000
        return 2
    return 4 if amount >= _HUNDREDTH else 9


def dollars(nanodollars: int | Fraction, places: int | None = None) -> str:
    """Say an amount: in cents from ten cents up, else to the hundredth of a cent; what is less, exactly.

    With ``places``, it has so many decimals; what isn't nothing is never said to be. Halves are rounded to the even
    neighbour, as every mean is.

    Examples
    --------
    >>> dollars(12_400_000_000), dollars(4_000_000), dollars(-1_234_565_000_000), dollars(1_500), dollars(0)
    ('$12.40', '$0.0040', '-$1,234.56', '$0.0000015', '$0.00')
    >>> dollars(12_400_000_000, 4), dollars(76_000_000, 2), dollars(4_000_000, 2), dollars(-4_000_000, 2)
    ('$12.4000', '$0.08', 'under $0.01', 'over -$0.01')

    """
    amount, shown = abs(Fraction(nanodollars)), decimals(nanodollars) if places is None else places
    units = round(amount * 10**shown / DOLLAR)
    if places is not None and amount and not units:
        return f"{'under ' if nanodollars > 0 else 'over -'}$0.{1:0{shown}}"
    said = f"{units // 10**shown:,}.{units % 10**shown:0{shown}}"
    if places is None and shown > 4:  # noqa: PLR2004  exactly, without the zeros behind
        said = said.rstrip("0").ljust(4, "0")
    return f"{'-' if nanodollars < 0 else ''}${said}"


def percent(part: int | Fraction, whole: int | Fraction) -> str:
    """Say a share in whole percent; what isn't nothing or everything is never said to be.

    Examples
    --------
    >>> percent(62, 100), percent(1, 1000), percent(999, 1000), percent(1, 1)
    ('62 %', 'under 1 %', 'over 99 %', '100 %')

    """
    share = Fraction(part) / Fraction(whole)
    said = round(100 * share)
    if said == 0 and share:
        return "under 1 %"
    if said == 100 and share < 1:  # noqa: PLR2004
        return "over 99 %"
    return f"{said} %"


def times(ratio: Fraction) -> str:
    """Say how many times as much, to one decimal."""
    tenths = round(10 * ratio)
    return f"{tenths // 10}.{tenths % 10} times"


def count(number: int, one: str, more: str | None = None) -> str:
    """Say how many of something.

    Examples
    --------
    >>> count(1, "message"), count(1204, "message")
    ('1 message', '1,204 messages')

    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def day(when: dt.date, *, year: bool = False, short: bool = False) -> str:
    """Say a day: ``14 October``, ``14 Oct``, ``14 October 2026``."""
    month = _MONTHS[when.month - 1]
    return f"{when.day} {month[:3] if short else month}" + (f" {when.year}" if year else "")


def weekday(number: int, *, short: bool = False) -> str:
    """Name a day of the week, 0 for Monday."""
    return _WEEKDAYS[number][:3] if short else _WEEKDAYS[number]


def month(when: dt.date, *, short: bool = False) -> str:
    """Say a month: ``October 2026``, ``Oct 2026``."""
    name = _MONTHS[when.month - 1]
    return f"{name[:3] if short else name} {when.year}"


def moment(when: dt.datetime, period: str) -> str:
    """Say when a period is, for the one who points at it."""
    if period == "month":
        return month(when)
    said = f"{weekday(when.weekday(), short=True)} {day(when, year=True, short=True)}"
    if period == "hour":
        return f"{said}, {when:%H:%M}"
    return f"week of {said}" if period == "week" else said


def span(first: dt.date, last: dt.date) -> str:
    """Say from which day to which, both included.

    Examples
    --------
    >>> span(dt.date(2026, 10, 1), dt.date(2026, 10, 31)), span(dt.date(2026, 10, 1), dt.date(2026, 10, 14))
    ('October 2026', '1–14 October 2026')

    """
    start, end = _ends(first, last)
    dash = "–" if start.isdigit() else " – "
    return f"{start}{dash}{end}" if start else end


def shorter(said: str) -> list[str]:
    """Give ever shorter ways to say a span where its year is known.

    Examples
    --------
    >>> shorter("12–18 October 2026"), shorter("28 Sep – 4 Oct 2026")[-1]
    (['12–18 October 2026', '12–18 October', '12–18 Oct'], '28 Sep–4 Oct')

    """
    begun, _, year = said.rpartition(" ")
    ways = [said, begun if begun and year.isdigit() else said]
    for name in _MONTHS:
        if ways[-1].endswith(name):
            ways.append(ways[-1].replace(name, name[:3]))
    return list(dict.fromkeys([*ways, ways[-1].replace(" – ", "–")]))


def during(first: dt.date, last: dt.date) -> str:
    """Say the same as a part of a sentence.

    Examples
    --------
    >>> during(dt.date(2026, 10, 1), dt.date(2026, 10, 31)), during(dt.date(2026, 9, 28), dt.date(2026, 10, 4))
    ('in October 2026', 'from 28 Sep to 4 Oct 2026')

    """
    start, end = _ends(first, last)
    if start:
        return f"from {start} to {end}"
    return f"{'on' if first == last else 'in'} {end}"


def _ends(first: dt.date, last: dt.date) -> tuple[str, str]:
    """Say the first and the last day, or only the one day, month or year that they are the whole of."""
    after, same_year = last + dt.timedelta(days=1), first.year == last.year
    if first == last:
        return "", day(first, year=True)
    if first.day == 1 and after.day == 1:
        if same_year and first.month == last.month:
            return "", month(first)
        if same_year and (first.month, last.month) == (1, 12):
            return "", str(first.year)
        return month(first, short=True).removesuffix(f" {last.year}"), month(last, short=True)
    if same_year and first.month == last.month:
        return str(first.day), day(last, year=True)
    return day(first, short=True, year=not same_year), day(last, short=True, year=True)


def label(value: Any) -> str:  # noqa: ANN401  whatever a key can be
    """Say the value of a key as it was given; a missing one, and an empty text, in words."""
    if value is None:
        return "none"
    if value == "":
        return "(empty)"
    return " ".join(str(value).split()) or "(blank)"


def cut(text: str, longest: int = _LONGEST) -> str:
    """Cut what is too long in its middle: of numbers and names the end tells most.

    Examples
    --------
    >>> cut("x" * 10 + "y" * 30 + "z" * 10, 20)
    'xxxxxxxxxxy…zzzzzzzz'

    """
    if len(text) <= longest:
        return text
    end = longest * 2 // 5
    return f"{text[: longest - end - 1]}…{text[-end:]}"


def said_keys(keys: Sequence[str]) -> str:
    """Say by what something is divided: ``number and message type``."""
    return " and ".join(key.replace("_", " ") for key in keys)


def with_key(keys: Sequence[str], value: str) -> str:
    """Say the value of a key with the word before it that makes it a part of a sentence."""
    before = _BEFORE.get(keys[0], f"{keys[0].replace('_', ' ')} ") if len(keys) == 1 else ""
    return before + cut(value, 40)
