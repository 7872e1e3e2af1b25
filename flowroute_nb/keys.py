"""What costs can be grouped by: any column, and what can be read off one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw

from flowroute_nb.errors import InputError, nearest
from flowroute_nb.schema import RECORD, TEXT
from flowroute_nb.tables import AMOUNT, SEGMENTS, TIME
from flowroute_nb.tags import EXAMPLE
from flowroute_nb.wording import weekday

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["check", "column_of", "expression", "of_time", "prefix", "shown"]

#: Keys that are made of a column, and of which.
_MADE = {"contact_prefix": "contact", "hour": TIME, "weekday": TIME}
_PERIODS = ("day", "week", "month")  # each of one year; "hour" and "weekday" are keys
_OF_TIME = {"hour": "time", "weekday": "weekday"}
#: What a summary's own columns are called: a key can't be called so too.
_TAKEN = ("period", "messages", SEGMENTS, "cost", "cost_per_message", "share", "unpriced", AMOUNT)
#: What columns are called while they are summed up.
_INNER = {
    *("priced", "nanodollars", "_period", "_moment", "_low", "_high", "_local", "_hour", "_time", "_day"),
    *("_week", "_weekday", "_since", "_century", "_within", "_year", "_month"),
}
_RECORD = {column.name for column in RECORD}  # a key that a frame could have: the frame is then what lacks it
_SHORT_CODE = 8  # digits that one has at the most
_DAYS = dict(enumerate(map(weekday, range(7))))


def check(keys: Sequence[object], there: Sequence[str], *, tagged: bool) -> None:
    """See that each key can be grouped by, before anything is read."""
    known = list(dict.fromkeys([*(name for name in there if name not in _TAKEN), *_MADE, "tag"]))
    for at, key in enumerate(keys):
        if not isinstance(key, str):
            meant = (
                key if key and isinstance(key, (list, tuple)) and all(isinstance(each, str) for each in key) else "ab"
            )
            raise InputError(
                f"A key is the name of a column, and this is {key!r}. Give each by itself: "
                f"by(df, {', '.join(map(repr, meant))})."
            )
        if key.startswith("_"):  # as what is worked out on the way is called
            raise InputError(f"A key can't begin with _, as {key!r} does. Give the column another name first.")
        if key in _INNER:
            raise InputError(
                f"{key!r} is the name of something that is summed up, so it can't be a key. To group by it, give the "
                f"column another name first, as in df.rename(columns={{{key!r}: 'my_key'}})."
            )
        if key in _TAKEN:
            raise InputError(
                f"{key!r} is what a summary says of each group, so it can't be a key. To group by it, give the column "
                f"another name first, as in df.assign(my_{key}=df.{key})."
            )
        if key == "tag" and not tagged and "tag" not in there:
            raise InputError(f"To group by tag, give the rules too: tags={EXAMPLE}.")
        if key in keys[:at]:
            raise InputError(f"The key {key!r} is given twice. Give it once.")
        if key not in known and key not in _RECORD:
            near = f" Did you mean period={key!r}?" if key in _PERIODS else nearest(key, known)
            own = "" if near or tagged else f"; for groups of your own give 'tag' and rules, as in tags={EXAMPLE}"
            raise InputError(f"There is no key {key!r}.{near} Give one of {', '.join(known)}{own}.")
    if tagged and "tag" not in keys:
        raise InputError("There are rules for tags, and no key that asks for them. Give the key 'tag' too.")


def column_of(key: str, there: Sequence[str]) -> str:
    """Name the column that a key is read off; one of its own name comes first."""
    return key if key in there else _MADE.get(key, key)


def of_time(keys: Sequence[str], there: Sequence[str]) -> list[str]:
    """Name what has to be worked out of the moments for these keys, see :func:`flowroute_nb.zones.steps`."""
    return [_OF_TIME[key] for key in keys if key in _OF_TIME and key not in there]


def expression(key: str, there: Sequence[str]) -> nw.Expr:
    """Say how a key is read off a frame, and off what :func:`flowroute_nb.zones.steps` made of its moments."""
    if key in there or key not in _MADE:
        return nw.col(key)
    if key == "contact_prefix":
        return prefix(nw.col("contact").cast(nw.String))
    return nw.col(f"_{_OF_TIME[key]}")


def prefix(contact: nw.Expr) -> nw.Expr:
    """Give 1 and the area code, or + and three digits; short codes and alphanumeric senders are their own prefix."""
    first, length = contact.str.slice(0, 1), contact.str.len_chars()
    bare = first.is_in(list("0123456789")) & (length > _SHORT_CODE)  # a frame of the user's own may lack the +
    return (
        nw.when(first == "+")
        .then(contact.str.slice(0, 4))
        .when((first == "1") & (length > _SHORT_CODE))
        .then(contact.str.slice(0, 4))
        .when(bare)
        .then(contact.str.slice(0, 3))
        .otherwise(contact)
    )


def shown(key: str, there: Sequence[str], values: pd.Series) -> pd.Series:
    """Name the days of the week; all else is shown as it is."""
    return values.map(_DAYS).astype(TEXT) if key == "weekday" and key not in there else values
