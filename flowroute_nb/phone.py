"""Any spelling of a phone number becomes the digits that Flowroute speaks."""

from __future__ import annotations

import re
from typing import overload

import pandas as pd
import phonenumbers

from flowroute_nb.errors import InputError

__all__ = ["digits", "masked"]

_WHY = {
    phonenumbers.ValidationResult.TOO_SHORT: "is too short",
    phonenumbers.ValidationResult.TOO_LONG: "is too long",
    phonenumbers.ValidationResult.INVALID_LENGTH: "has a length no number has",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "has a country code that doesn't exist",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "has no area code",
}
_NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}", re.ASCII)
#: Neither an area code nor what follows it begins with 0 or 1: https://www.nanpa.com/numbering/what-nanp
_NO_NANP = re.compile(r"(?:[01]\d{2}|\d{3}[01])\d*", re.ASCII)
_STRANGE = re.compile(r"[^\d\s+().\-/\u2010-\u2015\u2212]")
_ASK = "Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'."


def masked(number: object) -> str:
    """Show a number by its last four digits, for an error, a log or a repr.

    Examples
    --------
    >>> masked("12065550100")
    '…0100'

    """
    found = "".join(c for c in str(number) if c.isdigit())
    return f"…{found[-4:]}" if len(found) > 4 else "…"  # noqa: PLR2004  four or fewer digits would be all of it


@overload
def digits(number: pd.Series) -> pd.Series: ...
@overload
def digits(number: str | int) -> str: ...
def digits(number: str | int | pd.Series) -> str | pd.Series:
    """Turn any spelling of a phone number into digits with the country code, without a plus.

    Numbers without a country code are taken to be of the US or Canada. A number has to be possible (its length and
    country code exist), not valid: the documentation's own examples are not. Of ten digits neither the area code nor
    the exchange begins with 0 or 1: 1530555778 lacks a digit, and would be somebody else's number.

    Parameters
    ----------
    number : str, int or pandas.Series
        One number, or a Series of them in which missing values stay missing.

    Returns
    -------
    str or pandas.Series
        ``"12065550100"``, or a Series of these (dtype ``str``) with the same index and name.

    Raises
    ------
    InputError
        No phone number can look like this; the message shows its last four digits only.

    Notes
    -----
    Checked with ``phonenumbers``, the port of Google's libphonenumber: https://github.com/daviddrysdale/python-phonenumbers

    Examples
    --------
    >>> digits("(206) 555-0100")
    '12065550100'
    >>> digits(12065550100)
    '12065550100'
    >>> digits("+44 20 7946 0958")
    '442079460958'

    """
    if isinstance(number, pd.Series):
        spellings = number.astype(object).where(number.notna(), None)
        known = {each: digits(each) for each in spellings.dropna().unique()}
        return spellings.map(known, na_action="ignore").astype("str")
    spelling = _spelling(number)
    if _NANP.fullmatch(spelling):  # what Flowroute itself says: no need to ask the library
        return spelling if len(spelling) == 11 else f"1{spelling}"  # noqa: PLR2004  1 and ten digits
    _check_ten(spelling)
    return _international(spelling)


def _spelling(number: object) -> str:
    """Check that this can be a number at all, and give it as text."""
    if isinstance(number, float) and number.is_integer():  # a column of numbers with a gap in it is a column of floats
        number = int(number)
    whole = not isinstance(number, bool) and hasattr(number, "__index__") and int(number) > 0
    if not whole and not isinstance(number, str):
        raise InputError(f"A phone number is text or a whole number, and this is {_kind(number)}. {_ASK}")
    spelling = str(number).strip()
    if not spelling:
        raise InputError(f"A phone number is missing: the text is empty. {_ASK}")
    letter = next(((at, c) for at, c in enumerate(spelling) if c.isalpha()), None)
    if letter:
        raise InputError(
            f"The number {masked(spelling)} has a letter, {letter[1]!r}, at position {letter[0]}; "
            f"a phone number is digits, spaces and + - . ( ). {_ASK}"
        )
    strange = _STRANGE.search(spelling)
    if strange:
        raise InputError(
            f"The number {masked(spelling)} has {strange[0]!r} at position {strange.start()}; "
            f"a phone number is digits, spaces and + - . ( ), and one at a time. {_ASK}"
        )
    return spelling


def _kind(number: object) -> str:
    if number is None or number is pd.NA or number is pd.NaT or number != number:  # noqa: PLR0124  nan alone differs
        return f"missing ({number})"
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        return "negative or has a fraction"
    return f"a {type(number).__name__}"


def _check_ten(spelling: str) -> None:
    """Refuse ten digits of which one is missing, or too many at the beginning: they would be another's number."""
    found = re.sub(r"\D", "", spelling)
    if spelling.startswith("+") or len(found) != 10 or not _NO_NANP.fullmatch(found):  # noqa: PLR2004  without country
        return
    code, what = (found[:3], "an area code") if found[0] in "01" else (found[3:6], "what follows the area code")
    raise InputError(
        f"The number {masked(spelling)} is no number of the US or Canada: {what} never begins with {code[0]}. "
        f"Is a digit missing? {_ASK}"
    )


def _international(spelling: str) -> str:
    """Let the library read it; without a plus it is a number of the US or Canada, never a guess at another country."""
    try:
        found = phonenumbers.parse(spelling, "US")
    except phonenumbers.NumberParseException:
        found = None
    # "Possible" alone lets a number through that lacks its area code: 555-0100 would become a number of nobody's.
    if found is None or phonenumbers.is_possible_number_with_reason(found) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise InputError(f"The number {masked(spelling)} {_reason(spelling)}. {_ASK}")
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


def _reason(spelling: str) -> str:
    count = sum(c.isdigit() for c in spelling)
    try:
        why = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(spelling, "US"))
    except phonenumbers.NumberParseException:
        return f"is no phone number ({count} digit{'s' * (count != 1)})"
    return f"{_WHY.get(why, 'is no possible number')} ({count} digit{'s' * (count != 1)})"
