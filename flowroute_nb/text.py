"""How many segments a text is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CURLY", "Segments", "curly", "parts", "segments", "straight"]

# https://developer.flowroute.com/docs/message-length-concatenation/
ASCII_ALONE = 160  #: characters of a text of one segment, all of them ASCII
ASCII_PART = 140  #: characters of each part of a longer one
OTHER_PART = 70  #: characters of each part as soon as one character is not ASCII

#: "Smart quotes are known to cause errors": https://developer.flowroute.com/api/messages/v2.1/send-an-sms/
CURLY = "‘’“”"  # noqa: RUF001  these are the point
#: These and what else phones and word processors put in by themselves, as a typewriter would write it.
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})  # noqa: RUF001


@dataclass(frozen=True)
class Segments:
    """What a text is billed as.

    Attributes
    ----------
    count : int
        Segments by Flowroute's published rule.

    """

    count: int


def segments(text: str) -> Segments:
    """Count the segments of a text by Flowroute's published rule.

    A text of ASCII characters alone is one segment up to 160 characters and 140 characters a part beyond; any other
    character makes it 70 characters a part, whatever the length. Characters are Unicode code points; an empty text is
    one segment. No invoice has been seen that proves which rule the billing follows: take the count as an estimate.

    Parameters
    ----------
    text : str
        The body of a message.

    Returns
    -------
    Segments
        ``.count``, at least 1.

    Raises
    ------
    InputError
        What was given is not a str.

    Notes
    -----
    Source: https://developer.flowroute.com/docs/message-length-concatenation/

    Examples
    --------
    >>> segments("Gee, nice marmot!").count
    1
    >>> segments("x" * 161).count, segments("é" * 71).count
    (2, 2)

    """
    if not isinstance(text, str):
        raise InputError(f"segments() counts a str, and was given {type(text).__name__}. Give it one text.")
    return Segments(int(parts(len(text), text.isascii())))


def parts(characters: NDArray[np.int64] | int, ascii_only: NDArray[np.bool_] | bool) -> NDArray[np.int64]:  # noqa: FBT001
    """Apply the published rule to lengths, one or many at once."""
    size = np.where(ascii_only, ASCII_PART, OTHER_PART)
    alone = np.where(ascii_only, ASCII_ALONE, OTHER_PART)
    return np.where(np.asarray(characters) <= alone, 1, -(-np.asarray(characters) // size))


def curly(text: str) -> dict[int, str]:
    """Find the curly quotes of a text: position to character."""
    return {at: character for at, character in enumerate(text) if character in CURLY}


def straight(text: str) -> str:
    """Write curly quotes, long dashes and ellipses the way a typewriter would.

    Examples
    --------
    >>> straight("“Wait…”")
    '"Wait..."'

    """
    return text.translate(_STRAIGHT)
