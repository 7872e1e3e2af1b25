"""Why the bill changed: more messages, other messages, or other prices; the three add up to the change."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from flowroute_nb import ranges, sightings, summary
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.laying import half_even
from flowroute_nb.records import money, nanodollars
from flowroute_nb.schema import TEXT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from flowroute_nb.tags import Rule

    Time = tuple[pd.Timestamp, pd.Timestamp]

__all__ = ["compare"]

#: What a comparison's own columns are called: a key can't be called so too.
_TAKEN = ("what", "messages_before", "messages_after", "cost_before", "cost_after", "change", "volume", "mix", "price")


class Side(NamedTuple):
    """What one key was before, or is after: messages with an amount, their nanodollars, and messages without one."""

    messages: int = 0
    nanodollars: int = 0
    unpriced: int = 0


class Parts(NamedTuple):
    """What a change is made of, in nanodollars."""

    volume: int
    mix: int
    price: int


def parts(before: Side, after: Side, all_before: int, all_after: int) -> Parts:
    """Say what the change of one key is made of, where so many messages were and are in all.

    Volume is what the key's cost would have changed by, had it grown like all messages; mix is what its own messages
    add to that at their old price; price is the rest. What was not there before has no old price: it is mix, or volume
    where nothing at all was there.

    Examples
    --------
    >>> parts(Side(10, 40), Side(30, 150), all_before=20, all_after=40)
    Parts(volume=40, mix=40, price=30)

    """
    change = after.nanodollars - before.nanodollars
    if not all_before:
        return Parts(change, 0, 0)
    volume = half_even((all_after - all_before) * before.nanodollars, all_before)
    if not before.messages:
        return Parts(volume, change - volume, 0)
    mix = half_even(after.messages * before.nanodollars, before.messages) - before.nanodollars - volume
    return Parts(volume, mix, change - volume - mix)


@keywords
def compare(
    before: object,
    after: object,
    *,
    by: str | Sequence[str] = (),
    tz: str | dt.tzinfo = "UTC",
    tags: Mapping[str, Rule] | None = None,
    strict: bool = False,
) -> pd.DataFrame:
    """Say why the bill changed: more messages, other messages, or other prices.

    The three parts of a row add up to its change, and the rows to the change of the whole, to the nanodollar.

    Parameters
    ----------
    before, after : frame of records
        Of any engine; records of two times that do not overlap.
    by : str or sequence of str
        The keys of :func:`by` to tell apart; without one it is about all messages together.
    tz, tags
        As of :func:`by`, for the keys ``"hour"``, ``"weekday"`` and ``"tag"``.
    strict : bool
        Raise if a record has no amount; else it is counted in ``unpriced`` and takes no part.

    Returns
    -------
    pandas.DataFrame
        A row for each key, the largest change first: the keys, ``what`` (``kept``, ``new``, ``gone``),
        ``messages_before`` and ``messages_after`` (those with an amount), ``cost_before``, ``cost_after``, ``change``,
        and of the change ``volume`` (all messages became more or fewer), ``mix`` (this key's more or fewer than all)
        and ``price`` (a message of this key costs something else than before, its segments included: after a
        campaign of two segments each it falls, whatever a segment costs), Decimals in dollars; ``unpriced``.
        What is new has no old price: it is ``mix``. Where one side is empty there is nothing to compare with: all is
        ``volume``, so that the parts still add up, and the key ``"empty"`` of ``.attrs["flowroute_costs"]`` names that
        side, ``"before"`` or ``"after"``, or ``"both"``; else it is None. The attrs also have the sums, as text.

    Raises
    ------
    InputError
        The two overlap in time, or one of them can't be added up; the message says what to do.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> account = fr.Sandbox(today="2026-10-31", messages=1_000).account()
    >>> why = compare(account.messages("2026-10-05", "2026-10-11"), account.messages("2026-10-12", "2026-10-18"),
    ...               by="direction")
    >>> bool((why.volume + why.mix + why.price == why.change).all())
    True

    """
    keys, zone = _keys(by), ranges.zone(tz)
    times = [sightings.between(each) for each in (before, after)]
    _check_apart(*times)
    sides = [summary.by(each, *keys, tz=zone, tags=tags, strict=strict) for each in (before, after)]
    found = rows(*(_sides(each, keys) for each in sides))
    made = _frame(found, keys, sides)
    made.attrs["flowroute_costs"] = _facts(found, keys, zone, times) | {"empty": _empty(sides)}
    return made


def _keys(by: object) -> list[str]:
    keys = [by] if isinstance(by, str) else by
    if isinstance(keys, (list, tuple)):
        taken = next((key for key in keys if key in _TAKEN), None)
        if taken is None:
            return list(keys)
        raise InputError(
            f"{taken!r} is what a comparison says of each key, so it can't be one. To tell it apart, give the column "
            f"another name first, as in df.rename(columns={{{taken!r}: 'my_{taken}'}})."
        )
    raise InputError(
        f"by is of type {type(by).__name__}. Give a key or a list of them, as in by=['number', 'direction']."
    )


def _empty(sides: list[pd.DataFrame]) -> str | None:
    """Name the side that has no messages."""
    before, after = (not side["messages"].sum() for side in sides)
    return "both" if before and after else "before" if before else "after" if after else None


def _check_apart(before: Time | None, after: Time | None) -> None:
    """Refuse two times that overlap: what is in both would be compared with itself."""
    if before is None or after is None or before[1] < after[0] or after[1] < before[0]:
        return
    raise InputError(
        f"before is from {_said(before[0])} to {_said(before[1])} and after from {_said(after[0])} to "
        f"{_said(after[1])}: they overlap. Give records of two times that do not, such as "
        'account.messages("2026-09") and account.messages("2026-10").'
    )


def _said(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _sides(found: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], Side]:
    """Give what each key was: its messages that have a price, and their nanodollars."""
    values = [found[key].astype(object).where(found[key].notna(), None) for key in keys]
    whose = zip(*values, strict=True) if keys else [()] * len(found)
    columns = [found[name].tolist() for name in ("messages", "cost", "unpriced")]
    return {
        key: Side(count - unpriced, nanodollars(cost), unpriced)
        for key, count, cost, unpriced in zip(whose, *columns, strict=True)
        if count
    }


class Row(NamedTuple):
    """One key of a comparison."""

    key: tuple[Any, ...]
    before: Side
    after: Side
    parts: Parts

    @property
    def change(self) -> int:
        """By how many nanodollars."""
        return self.after.nanodollars - self.before.nanodollars

    @property
    def what(self) -> str:
        """Whether it is there still, new or gone."""
        was, now = (side.messages + side.unpriced for side in (self.before, self.after))
        return "kept" if was and now else "new" if now else "gone"


def rows(before: Mapping[tuple[Any, ...], Side], after: Mapping[tuple[Any, ...], Side]) -> list[Row]:
    """Compare each key of the two, the largest change first."""
    all_before, all_after = (sum(side.messages for side in each.values()) for each in (before, after))
    made = []
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key, Side()), after.get(key, Side())
        made.append(Row(key, was, now, parts(was, now, all_before, all_after)))
    return sorted(made, key=lambda row: -abs(row.change))


# ------------------------------------------------------------------ as a frame


def _frame(found: list[Row], keys: list[str], sides: list[pd.DataFrame]) -> pd.DataFrame:
    made = pd.DataFrame(
        {name: [row.key[at] for row in found] for at, name in enumerate(keys)}, index=pd.RangeIndex(len(found))
    )
    for name in keys:
        with suppress(TypeError, ValueError):  # a key that is of another type on each side stays as it is
            made[name] = made[name].astype(sides[0][name].dtype)
    made["what"] = pd.array([row.what for row in found], TEXT)
    made["messages_before"] = pd.array([row.before.messages for row in found], "int64")
    made["messages_after"] = pd.array([row.after.messages for row in found], "int64")
    amounts = {
        "cost_before": [row.before.nanodollars for row in found],
        "cost_after": [row.after.nanodollars for row in found],
        "change": [row.change for row in found],
        "volume": [row.parts.volume for row in found],
        "mix": [row.parts.mix for row in found],
        "price": [row.parts.price for row in found],
    }
    for name, each in amounts.items():
        made[name] = pd.Series([money(amount) for amount in each], dtype=object)
    made["unpriced"] = pd.array([row.before.unpriced + row.after.unpriced for row in found], "int64")
    return made


def _facts(found: list[Row], keys: list[str], tz: dt.tzinfo, times: list[Time | None]) -> dict[str, Any]:
    """Give what a picture of the whole wants to know, as JSON has it: amounts as text."""
    whole = {
        "before": sum(row.before.nanodollars for row in found),
        "after": sum(row.after.nanodollars for row in found),
        "change": sum(row.change for row in found),
        **{name: sum(getattr(row.parts, name) for row in found) for name in Parts._fields},
    }
    spans = {
        f"{name}_{end}": None if time is None else time[at].isoformat()
        for name, time in zip(("before", "after"), times, strict=True)
        for at, end in enumerate(("start", "end"))
    }
    return {"kind": "compare", "by": keys, "tz": str(tz)} | {n: f"{money(a):f}" for n, a in whole.items()} | spans
