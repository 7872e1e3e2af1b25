"""When in the week money is spent: a row for each weekday, a cell for each hour."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from flowroute_nb import scales, sheet
from flowroute_nb.errors import InputError, keywords
from flowroute_nb.figures import nanodollars, summed
from flowroute_nb.wording import count, decimals, dollars, during, percent, span, weekday

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flowroute_nb.figures import Figures
    from flowroute_nb.picture import Picture

__all__ = ["heat_map"]

_HUE, _LESS = sheet.COLOURS[1], sheet.COLOURS[0]  # what costs, and what was given back
_FAINT = 0.05  # of a cell in which nothing was spent: it is there, in the page's own colour
_BEND = 0.5  # in proportion, all but the dearest cells would look empty
_SHADES = 3  # named in the legend, besides the dearest
_NAMED = tuple(range(0, 24, 3))
_HOURS, _DAYS = 24, 7


class Cell(NamedTuple):
    """An hour of the week."""

    amount: int
    messages: int


@keywords
def heat_map(
    frame: Any,  # noqa: ANN401  a frame of any engine
    *,
    tz: str = "UTC",
    range: Any = None,  # noqa: A002, ANN401  whatever account.messages takes
) -> Picture:
    """Draw what each hour of the week has cost: hours across, weekdays down.

    Parameters
    ----------
    frame : frame of any engine
        Messages; or a summary by the hour, ``fr.costs.by(…, period="hour")``, whose own zone is drawn then.
    tz, range
        As for :func:`fr.costs.by`.

    Returns
    -------
    Picture
        Its title names the dearest hour of the week. At the right stands what each weekday cost.

    Raises
    ------
    InputError
        The summary isn't by the hour, or :func:`fr.costs.by` doesn't take what was given.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> with fr.Sandbox(today="2026-10-31", messages=500) as sandbox:
    ...     picture = fr.charts.heat_map(sandbox.account().messages("2026-10"), tz="America/Los_Angeles")
    >>> "each hour of the week in America/Los_Angeles" in picture.alt
    True

    """
    given = summed(frame, None, call="heat_map", period="hour", tz=tz, range=range)
    if given.period != "hour":
        raise InputError(
            f"heat_map() was given a summary by {given.period}, which doesn't say at what hour. Give it one made with "
            'period="hour", or the frame itself.'
        )
    if not given.messages:
        return sheet.nothing(given.span)
    cells = _cells(given)
    dearest = max(cells, key=lambda at: cells[at].amount)
    amounts = [cell.amount for cell in cells.values()]
    places = decimals(max(map(abs, amounts)))
    title, legend = _title(given, dearest, cells, places), _legend(amounts, places)
    picture, axes = sheet.sheet(title, _under(given), legend, plot=182, left=34, right=62, top=6)
    _draw(axes, cells, dearest, places)
    return picture


def _cells(given: Figures) -> dict[tuple[int, int], Cell]:
    cells = dict.fromkeys(product(range(_DAYS), range(_HOURS)), Cell(0, 0))
    for start, cost, messages in zip(given.rows["period"], given.rows["cost"], given.rows["messages"], strict=True):
        at = start.weekday(), start.hour
        cells[at] = Cell(cells[at].amount + nanodollars(cost), cells[at].messages + int(messages))
    return cells


def _title(given: Figures, dearest: tuple[int, int], cells: dict[tuple[int, int], Cell], places: int) -> str:
    amounts = [cell.amount for cell in cells.values()]
    total, (amount, _) = sum(amounts), cells[dearest]
    if amount <= 0:
        return f"{dollars(total, places)} {during(*given.days)}: {count(given.messages, 'message')}, none with a cost"
    day, hour = dearest
    said = f"{weekday(day)}s from {hour:02}:00 to {hour + 1:02}:00 cost {dollars(amount, places)}"
    return f"{said}, {percent(amount, total)} of {dollars(total, places)}" if min(amounts) >= 0 else said


def _under(given: Figures) -> str:
    said = f"{span(*given.days)}, each hour of the week in {given.tz} · {count(given.messages, 'message')}"
    return said + given.left_out


def _look(amount: int, scale: int) -> sheet.Look:
    strength = (abs(amount) / scale) ** _BEND if scale else 0.0
    return sheet.Look(_HUE if amount >= 0 else _LESS, _FAINT + (1 - _FAINT) * strength)


def _legend(amounts: list[int], places: int) -> list[tuple[str, sheet.Look]]:
    """Say what some shades mean: their amounts tell that they don't grow in proportion."""
    highest, lowest = max(amounts), min(amounts)
    scale = max(highest, -lowest)
    shown = [lowest] * (lowest < 0) + [0] + (_round_ones(highest) if highest > 0 else [])
    return [(dollars(amount, places), _look(amount, scale)) for amount in shown] if scale else []


def _round_ones(highest: int) -> list[int]:
    """Choose round amounts, each about half of the next, up to this one."""
    size = 10 ** len(str(highest))
    falling = [size // 10**down * step // 10 for down in range(_SHADES) for step in (10, 5, 2)]
    return [*reversed([each for each in falling if 0 < each < highest * 4 // 5][:_SHADES]), highest]


def _draw(axes: Axes, cells: dict[tuple[int, int], Cell], dearest: tuple[int, int], places: int) -> None:
    axes.set_xlim(0, _HOURS)
    axes.set_ylim(_DAYS, 0)
    scale = max(abs(cell.amount) for cell in cells.values())
    for (day, hour), (amount, messages) in cells.items():
        when = f"{weekday(day, short=True)} {hour:02}:00 to {hour + 1:02}:00"
        tip = f"{when} · {dollars(amount)} for {count(messages, 'message')}"
        sheet.bar(axes, hour, day, 1, 1, _look(amount, scale), tip)
    if cells[dearest].amount > 0:
        sheet.ring(axes, dearest[1], dearest[0], 1, 1)
    scales.named_ticks(axes, "x", [hour + 0.5 for hour in _NAMED], [f"{hour:02}:00" for hour in _NAMED])
    scales.named_ticks(
        axes, "y", [day + 0.5 for day in range(_DAYS)], [weekday(day, short=True) for day in range(_DAYS)]
    )
    for day in range(_DAYS):
        total = sum(cells[day, hour].amount for hour in range(_HOURS))
        sheet.write(axes, _HOURS + 0.4, day + 0.5, dollars(total, places), down="center")
