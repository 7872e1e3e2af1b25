"""Who or what cost most, as bars that lie, the dearest on top."""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, Any, NamedTuple

from flowroute_nb import scales, sheet
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.figures import OTHER, is_summary, nanodollars, summed
from flowroute_nb.ink import wide
from flowroute_nb.validation import whole_number
from flowroute_nb.wording import DOLLAR, count, cut, decimals, dollars, percent, span, with_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from flowroute_nb.figures import Figures
    from flowroute_nb.picture import Picture

__all__ = ["Rank", "ranked", "top"]

_ROW, _THICK = 24.0, 0.7  # points, and how much of them a bar is
_LONGEST = 34  # characters of a name
_MANY = {"contact": "contacts", "number": "numbers", "tag": "tags", "contact_prefix": "prefixes", "body": "texts"}
_MOST = 60  # bars that somebody may ask for


class Rank(NamedTuple):
    """A bar: its name, its parts one after the other, what is said behind it and to the one who points at it."""

    name: str
    parts: tuple[int, ...]
    said: str
    tip: str


@keywords
def top(
    frame: Any,  # noqa: ANN401  a frame of any engine
    by: str = "contact",
    *,
    n: int = 9,
    tz: str = "UTC",
    range: Any = None,  # noqa: A002, ANN401  whatever account.messages takes
    tags: Any = None,  # noqa: ANN401  as fr.costs.by takes them
) -> Picture:
    """Draw who or what cost most, as bars, the dearest on top.

    Parameters
    ----------
    frame : frame of any engine
        Messages; or a summary as ``fr.costs.top`` or ``fr.costs.by`` makes it, whose own key is drawn then.
    by : str
        The key to rank, any that :func:`fr.costs.by` knows.
    n : int
        How many bars; what all others cost is said below them.
    tz, range, tags
        As for :func:`fr.costs.by`.

    Returns
    -------
    Picture
        Its title says how much of it all the dearest make up.

    Raises
    ------
    InputError
        ``n`` is no number of bars, the summary has periods, or :func:`fr.costs.by` doesn't take what was given.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-31", messages=500) as sandbox:
    ...     picture = fr.charts.top(sandbox.account().messages("2026-10"), "number")
    >>> "by number" in picture.alt
    True

    """
    if not 0 < (whole_number(n) or 0) <= _MOST:
        raise InputError(f"n={n!r} is no number of bars. Give one from 1 to {_MOST}, as in n=9.")
    given = summed(frame, [by], call="top", tz=tz, range=range, tags=tags)
    days = None if is_summary(frame) else summed(frame, None, call="top", period="day", tz=tz, range=range)
    if not given.messages:
        return sheet.nothing(days.span if days else "")
    if days and not days.messages:  # none has a time
        days = None
    return _drawn(given, days, n, _gathered(frame) if is_summary(frame) else None)


def _gathered(summary: pd.DataFrame) -> str | None:
    """Say what the row is called that fr.costs.top gathered; where nothing tells any more, as it mostly is."""
    said = summary.attrs.get("flowroute_costs")
    return OTHER if said is None else said.get("rest")


class One(NamedTuple):
    """One value of a key: its name, what it cost, and how many messages it has."""

    name: str
    amount: int
    messages: int


def _drawn(given: Figures, days: Figures | None, n: int, rest_name: str | None) -> Picture:
    columns = given.names(), map(nanodollars, given.rows["cost"]), map(int, given.rows["messages"])
    # what fr.costs.top gathered stays the rest, however much it is
    ones = list(starmap(One, zip(*columns, strict=True)))
    gathered = [one for one in ones if one.name == rest_name]
    order = sorted((one for one in ones if one not in gathered), key=lambda one: (-one.amount, one.name)) + gathered
    shown = order[: min(n, len(order) - len(gathered))]
    rest, total = order[len(shown) :], sum(one.amount for one in order)
    places = decimals(max(abs(one.amount) for one in shown or rest))
    ranks = [Rank(one.name, (one.amount,), _said(one, total, places), _tip(one, total)) for one in shown]
    if rest:
        # without a bar: it would often make all others tiny
        name = "all others" if gathered else count(len(rest), "other")
        others = One(name, sum(one.amount for one in rest), sum(one.messages for one in rest))
        ranks.append(Rank(name, (), _said(others, total, places), _tip(others, total)))
    when = f" {days.span}" if days else ""
    zone = f"{span(*days.days)} in {days.tz} · " if days else ""
    under = f"{zone}{count(given.messages, 'message')}{given.left_out} · by {given.by}"
    return ranked(_title(given, shown, rest, when, known=not gathered), under, ranks, places=places)


def _said(one: One, total: int, places: int | None = None) -> str:
    share = f" · {percent(one.amount, total)}" if 0 <= one.amount <= total and total else ""
    return dollars(one.amount, places) + share


def _tip(one: One, total: int) -> str:
    return f"{one.name} · {_said(one, total)} · {count(one.messages, 'message')}"


def _title(given: Figures, shown: Sequence[One], rest: Sequence[One], when: str, *, known: bool) -> str:
    amounts = [one.amount for one in [*shown, *rest]]
    first, total = (shown or rest)[0], sum(amounts)
    places = decimals(max(abs(one.amount) for one in shown or rest))
    whole, whose = dollars(total, places) + when, with_key(given.keys, first.name)
    if not any(amounts):
        return f"{whole}: {count(given.messages, 'message')}, none with a cost"
    if total <= 0 or min(amounts) < 0:
        return f"{dollars(first.amount, places)} {whose}, {whole} in all"
    if len(amounts) == 1:
        return f"{whole}, all {whose}"
    if 4 * first.amount >= total or not rest:  # a quarter is worth a title
        return f"{whole}, {percent(first.amount, total)} {whose}"
    made = percent(sum(one.amount for one in shown), total)
    what = f"{_MANY.get(given.keys[0], 'values')}"
    return f"The {len(shown)} dearest {f'of {len(amounts):,} ' * known}{what} cost {made} of {whole}"


def ranked(
    title: str,
    under: str,
    ranks: Sequence[Rank],
    *,
    legend: Sequence[tuple[str, sheet.Look]] = (),
    places: int | None = None,
) -> Picture:
    """Draw bars that lie, each with its name before it and what is said of it behind.

    They are in dollars with so many decimals, or in numbers.
    """
    names = [cut(rank.name, _LONGEST) for rank in ranks]
    left = 14 + max(wide(name, 10) for name in names)
    right = 10 + max(wide(rank.said, 10) for rank in ranks)
    picture, axes = sheet.sheet(title, under, legend, plot=_ROW * len(ranks), left=left, right=right, top=4)
    high, low = max(0, *(sum(rank.parts) for rank in ranks)), min(0, *(sum(rank.parts) for rank in ranks))
    if places is None:
        scales.number_ticks(axes, "x", high or 1)
    else:
        scales.dollar_ticks(axes, "x", low, high if high > low else DOLLAR, places)
    axes.set_ylim(len(ranks) - 0.5, -0.5)
    unit = 1 if places is None else DOLLAR
    for at, rank in enumerate(ranks):
        foot = 0
        for part, amount in enumerate(rank.parts):
            if amount:
                place = foot / unit, at - _THICK / 2
                sheet.bar(axes, *place, amount / unit, _THICK, sheet.look(part), rank.tip)
            foot += amount
        behind = max(0, foot) / unit + (high - low or unit) / unit * 0.012
        sheet.write(axes, behind, at, rank.said, down="center")
    scales.named_ticks(axes, "y", list(map(float, range(len(ranks)))), names)
    return picture
