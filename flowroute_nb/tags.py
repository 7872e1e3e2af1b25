"""Rules that give each message a name: by our number, by where theirs is, by what the text says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

import narwhals as nw

from flowroute_nb import engines
from flowroute_nb.errors import InputError, nearest
from flowroute_nb.phone import check_number
from flowroute_nb.schema import TEXT
from flowroute_nb.validation import flag

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["EXAMPLE", "UNTAGGED", "Rule", "checked", "columns", "expression", "named", "tag"]

#: What a message is called that falls under no rule.
UNTAGGED = "untagged"
#: How rules are written.
EXAMPLE = "{'support': {'number': '12065550100'}, 'sale': {'body_contains': 'SALE', 'ignore_case': True}}"
#: What a rule asks of a message.
Rule = Mapping[str, Any]

_COLUMNS = {"number": "number", "contact_prefix": "contact", "body_contains": "body"}
_CASE = "ignore_case"
_NANP = 11  # digits of a number with country code 1


def tag(frame: Any, rules: Mapping[str, Rule]) -> pd.Series:  # noqa: ANN401  a frame of any engine that is in memory
    """Name each message by the first rule it falls under.

    Parameters
    ----------
    frame : pandas.DataFrame, or one of polars or pyarrow
        Records with the columns that the rules look at.
    rules : dict of str to dict
        The name of a tag, and what a message has to have for it, all of it: ``number``, ours, in any spelling;
        ``contact_prefix``, the digits theirs begins with, as ``"1206"`` or ``"44"`` (with ``+`` before them, numbers
        with a country code alone and no short codes); ``body_contains``, a part of the text, letter for letter. With
        ``ignore_case=True`` capitals and small letters are the same, each letter by itself (``É`` is ``é``, ``ß`` is
        not ``SS``). The first that fits wins.

    Returns
    -------
    pandas.Series
        Named ``tag``, with the frame's index; ``untagged`` where no rule fits.

    Raises
    ------
    InputError
        A rule is empty or can't be, a column is missing, or the frame is not in memory.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"number": ["12065550100", "12065550101"], "body": ["Café?", "SALE: CAFÉ"]})
    >>> tag(df, {"coffee": {"body_contains": "café", "ignore_case": True}, "shop": {"number": "206 555 0101"}}).tolist()
    ['coffee', 'coffee']

    """
    known = checked(rules)
    if not known:
        raise InputError(f"There are no rules. Give some, as in {EXAMPLE}.")
    frame = engines.scanned(frame)
    source = engines.source(frame, columns(known), engines.names(frame))
    return named(engines.column(source, expression(known)), known).rename("tag")


def checked(rules: object) -> dict[str, dict[str, Any]]:
    """See that each rule asks for something that can be."""
    if rules is None:
        return {}
    if not isinstance(rules, Mapping):
        raise InputError(
            f"tags= is a dict, the name of each tag to its rule, and {type(rules).__name__} was given. Write {EXAMPLE}."
        )
    if not rules:
        raise InputError(f"tags={rules!r} has no rules. Give some, as in tags={EXAMPLE}.")
    return {_name(name): _rule(name, rule) for name, rule in rules.items()}


def _name(name: object) -> str:
    if isinstance(name, str) and name.strip() and name != UNTAGGED and _is_whole(name):
        return name
    raise InputError(
        f"A tag can't be called {name!r}. Give it a name of its own; {UNTAGGED!r} is what falls under no rule."
    )


def _is_whole(text: str) -> bool:
    """Say whether a text is without half characters, which engines can't take."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _rule(name: object, rule: object) -> dict[str, Any]:
    if not isinstance(rule, Mapping):
        text = rule if isinstance(rule, str) and rule.strip() else "SALE"
        raise InputError(
            f"The rule {name!r} is of type {type(rule).__name__}, and a rule is a dict. "
            f"Write {{{name!r}: {{'body_contains': {text!r}}}}}, or give {', '.join(_COLUMNS)}."
        )
    if not rule.keys() - {_CASE}:
        raise InputError(f"The rule {name!r} is empty: everything would fall under it. Give {', '.join(_COLUMNS)}.")
    for key, value in rule.items():
        if key not in _COLUMNS and key != _CASE:
            raise InputError(
                f"The rule {name!r} asks for {key!r}.{nearest(key, [*_COLUMNS, _CASE])} "
                f"Give {', '.join(_COLUMNS)} or {_CASE}."
            )
        if key == _CASE and flag(value) is None:
            raise InputError(f"The rule {name!r} has {_CASE}={value!r}. Give True or False.")
        if key in ("contact_prefix", "body_contains") and not isinstance(value, str):
            raise InputError(
                f"The rule {name!r} has {key}={value!r}, of type {type(value).__name__}. Give one text; for each more, "
                "a rule of its own."
            )
        if key in ("contact_prefix", "body_contains") and not value.strip():
            raise InputError(f"The rule {name!r} has an empty {key}: everything would fall under it. Give a text.")
        if key == "body_contains" and not _is_whole(value):
            raise InputError(f"The rule {name!r} looks for half a character, {value!r}. Give whole ones.")
    if _CASE in rule and "body_contains" not in rule:
        raise InputError(f"The rule {name!r} has {_CASE} without a text to look for. Give body_contains too.")
    return {key: _CLEAN[key](name, value) if key in _CLEAN else value for key, value in rule.items()}


def _number(name: object, given: str) -> str:
    try:
        return check_number(given)
    except InputError as wrong:
        said = str(wrong)
    raise InputError(f"The rule {name!r} has a number that is none. {said} For how theirs begins, give contact_prefix.")


def _prefix(name: object, given: str) -> str:
    prefix = given.strip()
    if re.fullmatch(r"\+?\d+", prefix, re.ASCII):
        return prefix
    raise InputError(
        f"The rule {name!r}: contact_prefix={given!r} is not how a number begins. Give its first digits, as in '1206' "
        "or '+44'."
    )


_CLEAN: dict[str, Callable[[object, Any], str]] = {"number": _number, "contact_prefix": _prefix}


def columns(rules: Mapping[str, Rule]) -> list[str]:
    """Name the columns that rules look at."""
    return [column for key, column in _COLUMNS.items() if any(key in rule for rule in rules.values())]


def expression(rules: Mapping[str, Rule]) -> nw.Expr:
    """Say which rule is the first that a message falls under, by its place: texts would be copied row by row."""
    fits = [nw.when(_falls(rule)).then(nw.lit(at)) for at, rule in enumerate(rules.values())]
    return nw.coalesce(*fits, nw.lit(len(fits)))


def named(places: pd.Series, rules: Mapping[str, Rule]) -> pd.Series:
    """Name the rules by their places."""
    return places.map(dict(enumerate([*rules, UNTAGGED]))).astype(TEXT)


def _falls(rule: Rule) -> nw.Expr:
    # what is missing fits nothing: an engine takes an unknown condition for one that does not hold
    asked = [_FITS[key](nw.col(column).cast(nw.String), rule) for key, column in _COLUMNS.items() if key in rule]
    return reduce(lambda one, other: one & other, asked)


_FITS: dict[str, Callable[[nw.Expr, Rule], nw.Expr]] = {
    "number": lambda number, rule: number == rule["number"],
    "contact_prefix": lambda contact, rule: _begins(contact, rule["contact_prefix"]),
    "body_contains": lambda body, rule: (
        body.str.contains("".join(map(_either, rule["body_contains"])))
        if rule.get(_CASE)
        else body.str.contains(rule["body_contains"], literal=True)
    ),
}


def _begins(contact: nw.Expr, prefix: str) -> nw.Expr:
    """Say which numbers begin with these digits: with +, full numbers alone, and else short codes too."""
    if prefix.startswith("+1"):  # these are written without it
        return contact.str.starts_with(prefix[1:]) & (contact.str.len_chars() == _NANP)
    if prefix.startswith("+"):
        return contact.str.starts_with(prefix)
    return contact.str.starts_with(prefix) | contact.str.starts_with(f"+{prefix}")


def _either(letter: str) -> str:
    """Write a letter as a pattern that takes its capital and its small form.

    Engines disagree on the cases of letters (İ, ẞ, ς); on a choice between letters that are spelled out they don't.
    """
    forms = {letter, letter.lower(), letter.upper(), letter.upper().lower()}
    if forms & set("Σσς"):  # one capital, two small letters
        forms |= set("Σσς")
    return "[" + "".join(_literal(form) for form in sorted(forms) if len(form) == 1) + "]"


def _literal(letter: str) -> str:
    return f"\\{letter}" if letter in r"\^]-[&~" else letter
