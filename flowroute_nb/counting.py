"""Shares texts out into segments, many at once, by the two rules there are."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from flowroute_nb.alphabet import BASIC, EXTENSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

__all__ = ["COUNTS", "LONGEST", "MOST_PARTS", "NOT_ASCII", "NOT_GSM", "counted", "kinds", "parts"]

# https://developer.flowroute.com/docs/message-length-concatenation/
ASCII_ALONE = 160  #: characters of a text of one segment, all of them ASCII
ASCII_PART = 140  #: characters of each part of a longer one
OTHER_PART = 70  #: characters of each part as soon as one character is not ASCII

# 140 octets, of which each part of a longer text gives six to a header: 3GPP TS 23.040, 9.2.3.24.1
GSM_ALONE, GSM_PART = 160, 153  #: septets
UCS2_ALONE, UCS2_PART = 70, 67  #: UTF-16 units

#: Parts of one message: the header of each gives their number one octet, 3GPP TS 23.040, 9.2.3.24.1
MOST_PARTS = 255
#: Characters that fit into one message at the most: GSM-7 has the largest parts
LONGEST = MOST_PARTS * GSM_PART

#: What is counted of each text: four numbers and two names by the two rules, and how many characters are dear.
COUNTS = ("count", "encoding", "left", "standard", "standard_encoding", "standard_left", "dear")

# What may be special about a character, a bit each.
NOT_ASCII, NOT_GSM, _TWO_SEPTETS, _TWO_UNITS = 1, 2, 4, 8

_PUBLISHED, _STANDARD = np.array(["UCS-2", "ASCII"], object), np.array(["UCS-2", "GSM-7"], object)
_DOUBLE = {True: re.compile(f"[{re.escape(EXTENSION)}]"), False: re.compile("[\U00010000-\U0010ffff]")}


def counted(texts: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Count texts by both rules: an array for each of ``COUNTS``."""
    characters = np.fromiter(map(len, texts), np.int64, len(texts))
    found = kinds(texts)
    special = np.flatnonzero(found)
    found, text_of = found[special], np.searchsorted(np.cumsum(characters), special, side="right")

    def how_many(kind: int) -> Integers:
        return np.bincount(text_of[(found & kind) > 0], minlength=len(texts)).astype(np.int64)

    is_ascii, is_gsm = how_many(NOT_ASCII) == 0, how_many(NOT_GSM) == 0
    twice = np.where(is_gsm, how_many(_TWO_SEPTETS), how_many(_TWO_UNITS))
    count, left = _shared(characters, *_published(is_ascii))
    standard, standard_left = _standard(texts, characters + twice, twice, is_gsm)
    encoding, standard_encoding = _PUBLISHED[is_ascii.astype(int)], _STANDARD[is_gsm.astype(int)]
    dear = how_many(NOT_ASCII | NOT_GSM)
    made = (count, encoding, left, standard, standard_encoding, standard_left, dear)
    return dict(zip(COUNTS, made, strict=True))


def kinds(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Say of each character of these texts, one after the other, what is special about it."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    return _every_kind()[points]


@cache
def _every_kind() -> NDArray[np.uint8]:
    every = np.full(0x110000, NOT_ASCII | NOT_GSM, np.uint8)
    every[0x10000:] |= _TWO_UNITS
    every[:0x80] = NOT_GSM
    for character in BASIC + EXTENSION:
        every[ord(character)] &= NOT_ASCII
    for character in EXTENSION:
        every[ord(character)] |= _TWO_SEPTETS
    return every


def parts(characters: Integers | int, ascii_only: Booleans | bool) -> Integers:  # noqa: FBT001
    """Apply the published rule to lengths, one or many at once."""
    return _shared(np.asarray(characters), *_published(ascii_only))[0]


def _published(ascii_only: Booleans | bool) -> tuple[Integers, Integers]:  # noqa: FBT001
    return np.where(ascii_only, ASCII_ALONE, OTHER_PART), np.where(ascii_only, ASCII_PART, OTHER_PART)


def _shared(places: Integers, alone: Integers, part: Integers) -> tuple[Integers, Integers]:
    """Share out so many places: how many segments they fill, and how many places the last has left."""
    count = np.where(places <= alone, 1, -(-places // part))
    return count, np.where(places <= alone, alone, count * part) - places


def _standard(texts: Sequence[str], places: Integers, twice: Integers, is_gsm: Booleans) -> tuple[Integers, Integers]:
    alone, part = np.where(is_gsm, GSM_ALONE, UCS2_ALONE), np.where(is_gsm, GSM_PART, UCS2_PART)
    count, left = _shared(places, alone, part)
    for at in np.flatnonzero((places > alone) & (twice > 0)).tolist():  # only here may something stand across an end
        count[at], left[at] = _filled(texts[at], _DOUBLE[bool(is_gsm[at])], int(part[at]))
    return count, left


def _filled(text: str, double: re.Pattern[str], part: int) -> tuple[int, int]:
    """Fill part after part; what takes two places goes to the next where only one is left."""
    seconds = {found.start() + before + 1 for before, found in enumerate(double.finditer(text))}
    count, start, end = 1, 0, len(text) + len(seconds)
    while end - start > part:
        start += part - (start + part in seconds)
        count += 1
    return count, part - (end - start)
