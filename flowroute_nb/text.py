"""How many segments a text is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

import numpy as np
import pandas as pd

from flowroute_nb import marks
from flowroute_nb.alphabet import named, plain, replacements
from flowroute_nb.counting import (
    COUNTS,
    GSM_PART,
    LONGEST,
    MOST_PARTS,
    NOT_ASCII,
    NOT_GSM,
    UCS2_PART,
    counted,
    kinds,
    parts,
)
from flowroute_nb.errors import InputError
from flowroute_nb.schema import TEXT

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LONGEST", "Dear", "Segments", "check_length", "curly", "parts", "plain_quotes", "segments", "straight"]

#: "Smart quotes are known to cause errors": https://developer.flowroute.com/api/messages/v2.1/send-an-sms/
_CURLY = "‘’“”"  # noqa: RUF001  these are the point
#: These and what else phones and word processors put in by themselves, as a typewriter would write it.
_PLAIN_QUOTES = str.maketrans({character: plain(character) for character in _CURLY})
_STRAIGHT = str.maketrans({character: plain(character) for character in _CURLY + "–—…"})  # noqa: RUF001

#: Bytes of an MMS: https://developer.flowroute.com/api/errors/ (the page of the MMS says 750 kB with its text)
_MMS_BYTES = 767_840
_AT_ONCE = 10_000  # texts of a Series

Rule = Literal["published", "standard", "both"]
_RULES: dict[int, Rule] = {NOT_ASCII: "published", NOT_GSM: "standard", NOT_ASCII | NOT_GSM: "both"}


class Dear(NamedTuple):
    """A character that forces the dearer encoding.

    Attributes
    ----------
    position : int
        In the text, from 0.
    character : str
    name : str
        In Unicode.
    replacement : str or None
        The same written plainly, ``""`` where nothing is lost without it; None where there is no plain way.
    rule : str
        Whose encoding it forces: ``"published"``, ``"standard"`` or ``"both"``.

    """

    position: int
    character: str
    name: str
    replacement: str | None
    rule: Rule


@dataclass(frozen=True, repr=False)
class Segments:
    """How many segments a text is by the two rules, and why.

    Attributes
    ----------
    text : str
    count : int
        Segments by Flowroute's published rule.
    encoding : str
        By that rule ``"ASCII"`` or ``"UCS-2"``, the ``message_encoding`` 0 or 8 of a record.
    left : int
        Characters left in the last segment by that rule.
    standard : int
        Segments by the 3GPP standard.
    standard_encoding : str
        By the standard ``"GSM-7"`` or ``"UCS-2"``.
    standard_left : int
        Septets of GSM-7 or UTF-16 units of UCS-2 left in the last segment by the standard.
    dear : tuple of Dear
        The characters that force UCS-2 by one of the rules or by both, in order.
    cleaned : str
        The text with these written plainly where they can be, in no more segments than before.

    """

    text: str
    count: int
    encoding: str
    left: int
    standard: int
    standard_encoding: str
    standard_left: int

    @cached_property
    def dear(self) -> tuple[Dear, ...]:
        """The characters that force UCS-2 by one of the rules or by both, in order."""
        forcing = kinds([self.text]) & (NOT_ASCII | NOT_GSM)
        written = replacements(self.text)
        return tuple(
            Dear(at, self.text[at], named(self.text[at]), written[at], _RULES[forcing[at]])
            for at in np.flatnonzero(forcing).tolist()
        )

    @cached_property
    def cleaned(self) -> str:
        """The text with its dear characters written plainly where they can be, in no more segments than before."""
        instead = {each.position: each.replacement for each in self.dear if each.replacement is not None}
        whole = segments(_with(self.text, instead))
        if whole.count <= self.count and whole.standard <= self.standard:
            return whole.text
        return _with(self.text, {at: written for at, written in instead.items() if len(written) <= 1})

    def __repr__(self) -> str:
        return marks.text(self, segments(self.cleaned))

    def _repr_html_(self) -> str:
        return marks.html(self, segments(self.cleaned))


def _with(text: str, instead: dict[int, str]) -> str:
    return "".join(instead.get(at, character) for at, character in enumerate(text))


@overload
def segments(text: pd.Series) -> pd.DataFrame: ...
@overload
def segments(text: str) -> Segments: ...
def segments(text: str | pd.Series) -> Segments | pd.DataFrame:
    r"""Count the segments of a text, by Flowroute's published rule and by the standard.

    Both are shown because no source proves which of them is billed: take either as an estimate.

    The published rule: ASCII characters alone are one segment up to 160 and 140 a part beyond; any other character
    makes it 70 a part, whatever the length. Characters are Unicode code points.

    The standard: characters of the phones' own alphabet, GSM-7, are one segment up to 160 septets and 153 a part
    beyond. It knows é, ñ, ü and £, so these are dear by the published rule alone; ``^ { } [ ] ~ | \``, ``€`` and
    the form feed (``\f``) take two septets, which are never split. Any other character, even a backtick, makes it
    UCS-2: one segment up to 70 UTF-16 units and 67 a part beyond. An emoji takes two units or more, and no pair of them
    is split.

    An empty text is one segment by both.

    Parameters
    ----------
    text : str or pandas.Series
        The body of a message, or a Series of them in which some may be missing.

    Returns
    -------
    Segments or pandas.DataFrame
        Of one text its counts, its ``dear`` characters and the text ``cleaned`` of them, to be read before it is
        sent: without its accents a word may be another. Of a Series a frame with the same index and the columns
        ``count``, ``encoding``, ``left``, ``standard``, ``standard_encoding``, ``standard_left`` and ``dear``, how many
        (``str`` and ``Int64``).

    Raises
    ------
    InputError
        What was given, or a value of the Series, is no str; or one text has over 39,015 characters, more than any
        message holds.

    Notes
    -----
    Sources: https://developer.flowroute.com/docs/message-length-concatenation/; 3GPP TS 23.038 and TS 23.040

    Examples
    --------
    >>> segments("x" * 161).count, segments("é" * 71).count
    (2, 2)
    >>> found = segments("“Gee” [1]")
    >>> found.encoding, found.dear[0].name, found.dear[0].replacement, found.cleaned
    ('UCS-2', 'LEFT DOUBLE QUOTATION MARK', '"', '"Gee" [1]')
    >>> found
    <Segments count=1 (UCS-2, 61 left) standard=1 (UCS-2, 61 left)
     «“»Gee«”» [1]
     cleaned: count=1 (ASCII, 151 left) standard=1 (GSM-7, 149 left)>
    >>> segments(pd.Series(["x" * 290, None]))[["count", "standard"]].values.tolist()
    [[3, 2], [<NA>, <NA>]]

    """
    if isinstance(text, pd.Series):
        return _frame(text)
    if not isinstance(text, str):
        raise InputError(
            f"segments() counts a str or a Series of them, and was given {type(text).__name__}. "
            "Give it one text, or a column, as in fr.segments(df.body)."
        )
    if len(text) > LONGEST:
        raise InputError(_too_many_characters(text))
    found = counted([text])
    return Segments(text, **{name: found[name].item() for name in COUNTS if name != "dear"})


def check_length(text: str, *, mms: bool = False) -> None:
    """Refuse a text that no message can hold, before anything is done with each of its characters.

    An SMS has at most 255 parts, whose number stands in one octet (3GPP TS 23.040, 9.2.3.24.1), and a text is refused
    where it needs more by both rules. Of an MMS only the bytes are limited.

    Raises
    ------
    InputError
        It is too long; the message says how long it may be.

    """
    if mms:
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > _MMS_BYTES:
            raise InputError(
                f"The text has {size:,} bytes, and an MMS has at most {_MMS_BYTES:,}, media included. Shorten it."
            )
        return
    if len(text) > LONGEST:
        raise InputError(_too_many_characters(text))
    if len(text) <= MOST_PARTS * UCS2_PART:  # fits, whatever the characters
        fewest = 0
    else:
        counts = segments(text)
        fewest = min(counts.count, counts.standard)
    if fewest > MOST_PARTS:
        raise InputError(
            f"The text has at least {fewest} segments, and one message has at most {MOST_PARTS}. Send it in several."
        )


def _too_many_characters(text: str) -> str:
    return (
        f"The text has {len(text):,} characters, and one message holds at most {LONGEST:,}: {MOST_PARTS} segments of "
        f"{GSM_PART}. Send it in several messages."
    )


def _frame(series: pd.Series) -> pd.DataFrame:
    there = series.notna().to_numpy(bool)
    texts = series[there].to_list()
    if not all(issubclass(kind, str) for kind in set(map(type, texts))):
        raise InputError(_stranger(series, there))
    found = [counted(texts[at : at + _AT_ONCE]) for at in range(0, max(len(texts), 1), _AT_ONCE)]
    made = {name: _column(np.concatenate([each[name] for each in found]), there) for name in COUNTS}
    return pd.DataFrame(made, index=series.index)


def _stranger(series: pd.Series, there: NDArray[np.bool_]) -> str:
    at, kind = next((at, type(series.iloc[at])) for at in np.flatnonzero(there) if not isinstance(series.iloc[at], str))
    return (
        f"segments() counts texts, and the value at position {at} of the Series is of type {kind.__name__}. "
        "Give a Series of str, in which some may be missing."
    )


def _column(known: NDArray[Any], there: NDArray[np.bool_]) -> pd.api.extensions.ExtensionArray:
    whole = np.zeros(len(there), known.dtype)
    whole[there] = known
    if known.dtype != object:
        return pd.arrays.IntegerArray(whole, ~there)
    whole[~there] = None
    return pd.array(whole, TEXT)


def curly(text: str) -> dict[int, str]:
    """Find the curly quotes of a text: position to character."""
    return {at: character for at, character in enumerate(text) if character in _CURLY}


def plain_quotes(text: str) -> str:
    """Write curly quotes the way a typewriter would, and leave everything else.

    Examples
    --------
    >>> plain_quotes("“Café…”")
    '"Café…"'

    """
    return text.translate(_PLAIN_QUOTES)


def straight(text: str) -> str:
    """Write curly quotes, long dashes and ellipses the way a typewriter would.

    Examples
    --------
    >>> straight("“Wait…”")
    '"Wait..."'

    """
    return text.translate(_STRAIGHT)
