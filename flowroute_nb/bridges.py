"""How one bill became another: from before to after over what changed, as a bridge."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import pandas as pd

from flowroute_nb import scales, sheet
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.figures import nanodollars, said_of
from flowroute_nb.ink import INK, wide
from flowroute_nb.wording import DOLLAR, count, cut, decimals, dollars, said_keys, shorter, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from flowroute_nb.picture import Picture

__all__ = ["bridge"]

Over = Literal["parts", "keys"]
_SIDES, _PARTS = ("before", "after"), ("volume", "mix", "price")
_NEEDED = {
    "what",
    "change",
    "unpriced",
    *_PARTS,
    *(f"{kind}_{side}" for kind in ("messages", "cost") for side in _SIDES),
}
_WHAT = "volume: more or fewer messages, mix: which ones, price: what a message costs, its segments included"
_MOST = 4  # keys with a bar of their own: their names need room
_ROOM, _GAP = 470, 3  # points for all names, and between two
_FEWEST = 5  # letters of one
_UP, _DOWN = (sheet.Look(colour, edge=colour) for colour in sheet.COLOURS[1::-1])
_WHOLE = sheet.Look(INK, 0.28, INK)


class Step(NamedTuple):
    """A bar: what was added or, below zero, taken away."""

    name: str
    amount: int
    tip: str


@keywords
def bridge(comparison: pd.DataFrame, *, over: Over = "parts") -> Picture:
    """Draw why a bill changed: from what it was to what it is, over what was added and taken away.

    Parameters
    ----------
    comparison : pandas.DataFrame
        What ``fr.costs.compare`` returned.
    over : str
        ``"parts"``: volume, mix and price. ``"keys"``: the keys that changed most, all others as one.

    Returns
    -------
    Picture
        Its title says by how much the bill changed, and what the most of that was; or that one side has no messages.

    Raises
    ------
    InputError
        What was given is no comparison, or ``over`` is neither.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-31", messages=500) as sandbox:
    ...     account = sandbox.account()
    ...     first, second = account.messages("2026-10-01", "2026-10-15"), account.messages("2026-10-16", "2026-10-30")
    >>> picture = fr.charts.bridge(fr.costs.compare(first, second, by="direction"))
    >>> picture.alt.startswith("The bill rose by $")
    True

    """
    if over not in get_args(Over):
        raise InputError(f"over={over!r} is neither 'parts' nor 'keys'. Give one of them.")
    if not isinstance(comparison, pd.DataFrame) or not set(comparison.columns) >= _NEEDED:
        kind = "a frame without its columns" if isinstance(comparison, pd.DataFrame) else type(comparison).__name__
        raise InputError(
            f"bridge() draws what fr.costs.compare returns, and was given {kind}. "
            "Give it that, as in fr.charts.bridge(fr.costs.compare(september, october))."
        )
    many = [int(comparison[f"messages_{side}"].sum()) for side in _SIDES]
    if not any(many):
        return sheet.nothing("with a price, before or after")
    empty = None if all(many) else _SIDES[many.index(0)]
    steps = _over_keys(comparison) if over == "keys" else _new_or_gone(comparison) if empty else _over_parts(comparison)
    ends = [sum(map(nanodollars, comparison[f"cost_{side}"])) for side in _SIDES]
    spans = _spans(comparison)
    whole = [Step(said, amount, f"{said} · {dollars(amount)}") for said, amount in zip(spans, ends, strict=True)]
    # the largest step's decimals: a small change would not be seen in those of the bill
    places = decimals(max((abs(step.amount) for step in steps if step.amount), default=max(map(abs, ends))))
    under = _under(comparison, many, spans, over)
    title = _title_of_one_side(comparison, empty, ends, places) if empty else _title(ends, steps, places)
    return _drawn(title, under, [whole[0], *steps, whole[1]], places)


def _keys(comparison: pd.DataFrame) -> list[str]:
    return [str(name) for name in comparison.columns[: list(comparison.columns).index("what")]]


def _over_parts(comparison: pd.DataFrame) -> list[Step]:
    sums = [(part, sum(map(nanodollars, comparison[part]))) for part in _PARTS]
    return [Step(part, amount, f"{part} · {_signed(amount)}") for part, amount in sums]


def _new_or_gone(comparison: pd.DataFrame) -> list[Step]:
    """Give the one step between a bill and nothing: it has no volume, mix and price."""
    amount = sum(map(nanodollars, comparison["change"]))
    name = "gone" if comparison["messages_before"].sum() else "new"
    return [Step(name, amount, f"{name} · {_signed(amount)}")]


def _over_keys(comparison: pd.DataFrame) -> list[Step]:
    names = said_of(comparison, _keys(comparison))
    changes, whats = [nanodollars(each) for each in comparison["change"]], comparison["what"]
    order = sorted(range(len(names)), key=lambda at: (-abs(changes[at]), names[at]))
    made = []
    for at in order[:_MOST]:
        gone_or_new = "" if whats.iloc[at] == "kept" else f" ({whats.iloc[at]})"
        made.append(Step(f"{names[at] or 'all'}{gone_or_new}", changes[at], f"{names[at]} · {_signed(changes[at])}"))
    rest = order[_MOST:]
    if rest:
        amount = sum(changes[at] for at in rest)
        made.append(Step(count(len(rest), "other"), amount, f"{count(len(rest), 'other')} · {_signed(amount)}"))
    return made


def _signed(amount: int, places: int | None = None) -> str:
    said = dollars(amount, places)
    return f"{'+' * (amount > 0 and said.startswith('$'))}{said}"


def _title(ends: Sequence[int], steps: Sequence[Step], places: int) -> str:
    change, at_last = ends[1] - ends[0], dollars(ends[1], places)
    if not change:
        return f"The bill stayed at {at_last}"
    most = max(steps, key=lambda step: step.amount * change)
    said = f"The bill {'rose' if change > 0 else 'fell'} by {dollars(abs(change), places)} to {at_last}"
    if most.amount == change and len(steps) > 1:
        return f"{said}, all of it {cut(most.name)}"
    return f"{said}: {_signed(most.amount, places)} by {cut(most.name)}"


def _title_of_one_side(comparison: pd.DataFrame, empty: str, ends: Sequence[int], places: int) -> str:
    priced = " with a price" * (int(comparison["unpriced"].sum()) > 0)
    whole, what = (ends[1], "new") if empty == "before" else (ends[0], "gone")
    return f"No messages{priced} {empty}: all of the bill, {dollars(whole, places)}, is {what}"


def _under(comparison: pd.DataFrame, many: Sequence[int], spans: Sequence[str], over: Over) -> str:
    said = [", ".join(f"{when}: {count(n, 'message')}" for when, n in zip(spans, many, strict=True))]
    if tuple(spans) != _SIDES:
        said[0] += f", in {_facts(comparison).get('tz') or 'UTC'}"
    keys = said_keys(_keys(comparison))
    said.append(f"by {keys}" if over == "keys" and keys else _WHAT if over == "parts" and all(many) else "")
    unpriced = int(comparison["unpriced"].sum())
    said.append(f"{count(unpriced, 'message')} without a price left out" if unpriced else "")
    return " · ".join(filter(None, said))


def _facts(comparison: pd.DataFrame) -> dict[str, Any]:
    facts: dict[str, Any] = comparison.attrs.get("flowroute_costs", {})
    return facts


def _spans(comparison: pd.DataFrame) -> list[str]:
    """Say from when to when the two sides are, in their zone, where that was noted when they were compared."""
    facts, said = _facts(comparison), []
    for side in _SIDES:
        ends = [facts.get(f"{side}_{end}") for end in ("start", "end")]
        days = [pd.Timestamp(end).tz_convert(facts.get("tz") or "UTC").date() for end in ends if end]
        said.append(span(*days) if len(days) == len(ends) else side)
    return said if said[0] != said[1] else list(_SIDES)


def _drawn(title: str, under: str, bars: Sequence[Step], places: int) -> Picture:
    feet = [0, *itertools.accumulate(step.amount for step in bars[:-2]), 0]
    tops = [foot + step.amount for foot, step in zip(feet, bars, strict=True)]
    high, low = max(0, *feet, *tops), min(0, *feet, *tops)
    room = (high - low or DOLLAR) * 12 // 100
    low, high = low - room * (low < 0), high + room
    picture, axes = sheet.sheet(title, under, plot=200, left=scales.dollar_room(low, high, places))
    scales.dollar_ticks(axes, "y", low, high, places)
    axes.set_xlim(-0.55, len(bars) - 0.45)
    for at, step in enumerate(bars):
        whole = at in (0, len(bars) - 1)
        _bar(axes, at, feet[at], step, whole=whole)
        said = dollars(step.amount, places) if whole else _signed(step.amount, places)
        above = (max(feet[at], tops[at]) + room // 6) / DOLLAR
        sheet.write(axes, at, above, said, bold=True, across="center")
        if at < len(bars) - 1:
            sheet.line(axes, [at + 0.35, at + 0.65], [tops[at] / DOLLAR] * 2, INK, thick=0.8)
    names = [_fitting(step.name, len(bars), whole=at in (0, len(bars) - 1)) for at, step in enumerate(bars)]
    scales.named_ticks(axes, "x", list(map(float, range(len(bars)))), names)
    return picture


def _fitting(name: str, bars: int, *, whole: bool) -> str:
    """Say the name of a bar in as much room as there is below it."""
    room = _ROOM / bars - _GAP
    ways = shorter(name) if whole else [name]
    ways += [cut(ways[-1], longest) for longest in range(len(ways[-1]) - 1, _FEWEST, -1)]
    return next((each for each in ways if wide(each, 10) < room), ways[-1])


def _bar(axes: Axes, at: int, foot: int, step: Step, *, whole: bool) -> None:
    style = _WHOLE if whole else _UP if step.amount > 0 else _DOWN
    if step.amount:
        sheet.bar(axes, at - 0.35, foot / DOLLAR, 0.7, step.amount / DOLLAR, style, step.tip)
