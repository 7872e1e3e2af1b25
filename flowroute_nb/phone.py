"""Phone numbers: parse what people type and what records contain, and write them in one format."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import overload

import pandas as pd
import phonenumbers
from pandas.api.types import is_scalar

from flowroute_nb.errors import InputError
from flowroute_nb.schema import TEXT

__all__ = ["check_number", "check_recipient", "from_record", "masked", "normalize_number"]

_WHY = {
    phonenumbers.ValidationResult.TOO_SHORT: "is too short",
    phonenumbers.ValidationResult.TOO_LONG: "is too long",
    phonenumbers.ValidationResult.INVALID_LENGTH: "has a length no number has",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "has a country code that doesn't exist",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "has no area code",
}
#: Neither the area code nor the exchange begins with 0 or 1: https://www.nanpa.com/numbering/what-nanp
_NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}", re.ASCII)
_COUNTRY_CODE_1 = re.compile(r"\+?1\d{10}", re.ASCII)
_BARE = re.compile(r"\d{9,15}", re.ASCII)
_STRANGE = re.compile(r"[^\d\s+().\-/\u2010-\u2015\u2212]")
#: What spreadsheets and floats add to a number, as in 1.20656E+10 and 12065550100.0.
_REWRITTEN = re.compile(r"(\+?\d+|\+?\d+[.,]\d+(?=e))(e\+?\d+|\.0{1,2})", re.ASCII | re.IGNORECASE)
_SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
_TEN, _ELEVEN = 10, 11  # digits of a number of the US or Canada, without and with its country code
_LOCAL = (7, 8)  # digits of a number that lacks its area code
_FLOAT64 = 8  # bytes; a smaller float does not hold 11 digits
_LONGEST = 15  # digits: https://www.itu.int/rec/T-REC-E.164
_SENDER = 11  # characters of an alphanumeric sender: 3GPP TS 23.040, 9.1.2.5
_ASK = "Give 10 or 11 digits for the US and Canada, or + and the country code, as in '+1 206 555 0100'."
_ASK_ONE = "Pass one number or a pandas Series of them."


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
def normalize_number(number: pd.Series) -> pd.Series: ...
@overload
def normalize_number(number: str | int) -> str: ...
def normalize_number(number: str | int | pd.Series) -> str | pd.Series:
    """Return a phone number in the format that this package uses.

    A number with country code 1 becomes 11 digits, any other number ``+`` and its digits. Short codes (3 to 8 digits)
    and alphanumeric senders stay as they are. Ten digits without a country code are a number of the US or Canada; any
    other number needs its ``+``. The function is idempotent. Numbers in frames have this format already, except bare
    numbers that are valid in two countries.

    Parameters
    ----------
    number : str, int or pandas.Series
        One number in any format, or a Series of numbers; its missing values stay missing.

    Returns
    -------
    str or pandas.Series
        ``"12065550100"`` or ``"+6592345678"``, or a Series of these (dtype ``str``) with the same index and name.

    Raises
    ------
    InputError
        This is not a phone number; the message shows its last four digits only. For a Series it names the row, and
        ``.bad`` has the reason for each row by its index label.

    Notes
    -----
    A number must be possible (its length and country code exist), but not assigned: the examples of Flowroute's
    documentation are not assigned. An area code of the US or Canada begins with 2 to 9, and in a number of ten digits
    so does the exchange after it: 1530555778 lacks a digit. Checked with ``phonenumbers``, the port of Google's
    libphonenumber: https://github.com/daviddrysdale/python-phonenumbers

    Examples
    --------
    >>> normalize_number("(206) 555-0100")
    '12065550100'
    >>> normalize_number(12065550100)
    '12065550100'
    >>> normalize_number("+44 20 7946 0958")
    '+442079460958'

    """
    return _series(number) if isinstance(number, pd.Series) else _one(number)


def _series(numbers: pd.Series) -> pd.Series:
    dtype = numbers.dtype.categories.dtype if isinstance(numbers.dtype, pd.CategoricalDtype) else numbers.dtype
    if pd.api.types.is_float_dtype(dtype) and getattr(dtype, "itemsize", _FLOAT64) < _FLOAT64:
        raise InputError(
            f"A column of phone numbers has the type {dtype}, which rounds them. "
            "Read the column as text, with dtype=str."
        )
    values = numbers.astype(object)
    present = values[values.notna()]
    known: dict[object, str] = {}
    reasons: dict[object, str] = {}
    for value in present.unique():
        try:
            known[value] = _one(value)
        except InputError as error:
            reasons[value] = str(error)
    if reasons:
        bad = {str(label): reasons[value] for label, value in present.items() if value in reasons}
        label, value = next((label, value) for label, value in present.items() if value in reasons)
        where = f"Row {label!r}" if len(bad) == 1 else f"{len(bad):,} values are not phone numbers, first row {label!r}"
        raise InputError(f"{where}: {reasons[value]}", bad=bad)
    texts = [known.get(value) if is_present else None for value, is_present in zip(values, values.notna(), strict=True)]
    return pd.Series(texts, index=numbers.index, name=numbers.name, dtype=TEXT)


def _one(number: object) -> str:
    spelling = _spelling(number)
    if _NANP.fullmatch(spelling):  # the usual case needs no library
        return spelling if len(spelling) == _ELEVEN else f"1{spelling}"
    if _is_alphanumeric_sender(spelling):
        return spelling
    _check_characters(spelling)
    numerals = _numerals(spelling)
    if "+" in spelling:
        return _with_plus(spelling, numerals)
    return _without_plus(spelling, numerals)


def _numerals(spelling: str) -> str:
    """Return the digits of a number as ASCII."""
    return "".join(str(unicodedata.decimal(c)) for c in spelling if c.isdecimal())


def _spelling(number: object) -> str:
    """Return a number as text; an error if it is neither text nor a positive whole number."""
    if (
        isinstance(number, float) and number.is_integer()
    ):  # pandas stores a column of integers with missing values as floats
        number = int(number)
    if not is_scalar(number):
        raise InputError(
            f"A phone number is one text or whole number, and this is a {type(number).__name__}. {_ASK_ONE}"
        )
    whole = not isinstance(number, bool) and hasattr(number, "__index__") and int(number) > 0
    if not whole and not isinstance(number, str):
        raise InputError(f"A phone number is text or a whole number, and this is {_kind(number)}. {_ASK}")
    spelling = str(number).strip()
    if not spelling:
        raise InputError(f"A phone number is missing: the text is empty. {_ASK}")
    return spelling


def _kind(number: object) -> str:
    if number is None or number is pd.NA or number is pd.NaT or number != number:  # noqa: PLR0124  nan alone differs
        return f"missing ({number})"
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        return "negative or has a fraction"
    return f"a {type(number).__name__}"


def _is_alphanumeric_sender(spelling: str) -> bool:
    """Return whether this is a name such as 'Delivery', not a number with a letter typed in place of a digit."""
    return (
        len(spelling) <= _SENDER
        and any(c.isalpha() for c in spelling)
        and sum(c.isdigit() for c in spelling) < _LOCAL[0]
        and all(c.isalnum() or c in " -_.&'!" for c in spelling)
    )


def _check_characters(spelling: str) -> None:
    rewritten = _REWRITTEN.fullmatch(spelling)
    if rewritten:
        digits, ending = rewritten[1], rewritten[2]
        raise InputError(
            f"The number {masked(digits)} ends in {ending!r}, as spreadsheets and floats write numbers, and may have "
            "lost digits. Read it from its source as text, as in pandas.read_csv(..., dtype=str)."
        )
    letter = next(((position, c) for position, c in enumerate(spelling) if c.isalpha()), None)
    if letter:
        raise InputError(
            f"The number {masked(spelling)} has a letter, {letter[1]!r}, at position {letter[0]}; "
            f"a phone number is digits, spaces and + - . ( ). {_ASK}"
        )
    strange = _STRANGE.search(spelling) or re.search(r"(?<=\d)[^+]*(\+)|(?<=\+)[^+]*(\+)", spelling)
    if strange:
        group = strange.lastindex or 0
        raise InputError(
            f"The number {masked(spelling)} has {strange[group]!r} at position {strange.start(group)}; "
            f"a phone number is digits, spaces and + - . ( ), and one at a time. {_ASK}"
        )


def _with_plus(spelling: str, numerals: str) -> str:
    """Read a number that has its country code."""
    parsed, why = _parsed(numerals)
    if parsed is None:
        raise _refusal(spelling, why)
    if len(numerals) == _ELEVEN and numerals[0] == "1":
        _check_area_code(spelling, numerals[1:4])
        return numerals
    text = _e164(parsed)
    if len(text) > _LONGEST + 1:
        raise _refusal(spelling, "is too long")
    parsed_again, _ = _parsed(text[1:])  # each time it parses "+386000000", the library removes one 0
    if parsed_again is None or _e164(parsed_again) != text:
        raise _refusal(spelling, "is no phone number")
    return text


def _without_plus(spelling: str, numerals: str) -> str:
    """Read a number without +: a short code or a number of the US or Canada, never a guess at another country."""
    if _SHORT_CODE.fullmatch(spelling) or (spelling.isdecimal() and _SHORT_CODE.fullmatch(numerals)):
        return numerals
    if len(numerals) == _TEN:
        _check_area_code(spelling, numerals)
        return f"1{numerals}"
    if len(numerals) == _ELEVEN and numerals[0] == "1":
        _check_area_code(spelling, numerals[1:4])
        return numerals
    if len(numerals) in _LOCAL:
        raise _refusal(spelling, "has no area code")
    if len(numerals) == _ELEVEN:
        raise _refusal(spelling, "does not begin with 1 and has no +")
    raise _refusal(spelling, "is too short" if len(numerals) < _TEN else "is too long")


def _parsed(numerals: str) -> tuple[phonenumbers.PhoneNumber | None, str]:
    """Parse a number with its country code; return it, or None and why it is not possible."""
    try:
        parsed = phonenumbers.parse(f"+{numerals}")
    except phonenumbers.NumberParseException:
        return None, "is no phone number"
    # is_possible_number() also accepts numbers without their area code, such as +1 555 0100.
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE or phonenumbers.is_valid_number(parsed):
        return parsed, ""
    return None, _WHY.get(reason, "is no possible number")


def _e164(parsed: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _check_area_code(spelling: str, numerals: str) -> None:
    """Refuse an area code, and the exchange if it is given, that begins with 0 or 1.

    A number that lacks a digit could otherwise become somebody else's. The exchange of eleven digits is not checked,
    because it begins with 1 in examples of Flowroute's documentation, such as 12061231234.
    """
    for first, what in zip(numerals[::3], ("an area code", "what follows the area code"), strict=False):
        if first in "01":
            raise InputError(
                f"The number {masked(spelling)} is no number of the US or Canada: {what} never begins with {first}. "
                f"Is a digit missing? {_ASK}"
            )


def _refusal(spelling: str, why: str) -> InputError:
    count = sum(c.isdecimal() for c in spelling)
    return InputError(f"The number {masked(spelling)} {why} ({count} digit{'s' * (count != 1)}). {_ASK}")


# ------------------------------------------------------------------------------------------------ numbers to send to


def check_number(number: str | int) -> str:
    """Return a full phone number as :func:`normalize_number` does; short codes and alphanumeric senders are refused."""
    text = normalize_number(number)
    if _SHORT_CODE.fullmatch(text):
        raise _refusal(text, "is too short")
    _check_characters(text)
    return text


def check_recipient(number: str | int) -> str:
    """Return a number to send to; ten bare digits that are also a valid number of another country are an error.

    Records can contain such ambiguous numbers (see :func:`from_record`). Short codes are an error too:
    https://www.flowroute.com/sms/faq/
    """
    text = normalize_number(number)
    if _SHORT_CODE.fullmatch(text):
        raise _refusal(text, "is a short code, which Flowroute does not support")
    text = check_number(text)
    spelling = _spelling(number)
    bare = _numerals(spelling)
    if spelling.isdecimal() and text == f"1{bare}" and _is_valid(f"+{bare}"):
        raise InputError(
            f"The number {masked(bare)} is ambiguous: with 1 before it, it is a number of the US or Canada, and with + "
            "one of another country. Give it with 1 or with +."
        )
    return text


# ------------------------------------------------------------------------------------------------ numbers of records


@lru_cache(maxsize=100_000)
def from_record(number: str) -> str:
    """Return a number of a record in the format of :func:`normalize_number`, or unchanged if its country is ambiguous.

    Examples
    --------
    >>> from_record("+12065550100"), from_record("442079460958"), from_record("40404")
    ('12065550100', '+442079460958', '40404')
    >>> from_record("6592345678")  # valid as +1 659 234 5678 and as +65 9234 5678
    '6592345678'

    """
    if _COUNTRY_CODE_1.fullmatch(number):
        return number.removeprefix("+")
    if not _BARE.fullmatch(number):
        return number
    with_plus, with_one = _is_valid(f"+{number}"), len(number) == _TEN and _is_valid(f"+1{number}")
    if with_plus == with_one:
        return number
    return f"+{number}" if with_plus else f"1{number}"


def _is_valid(number: str) -> bool:
    """Return whether a number in E.164 format (+ and digits) is valid, and the library does not change it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    return _e164(parsed) == number and phonenumbers.is_valid_number(parsed)
