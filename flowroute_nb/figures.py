"""The figures a picture is made of: of a summary as it is, or of a frame, summed up first."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from flowroute_nb import costs, ranges
from flowroute_nb.errors import InputError
from flowroute_nb.records import nanodollars
from flowroute_nb.wording import count, during, label, said_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flowroute_nb.zones import Period

__all__ = ["Figures", "Fold", "folded", "is_summary", "nanodollars", "said_of", "summed"]

OTHER = "other"
_LATER = dt.timedelta(days=6)
_SUMS = ("messages", "segments", "cost", "cost_per_message", "share", "unpriced")


class Figures(NamedTuple):
    """A summary as its pictures need it."""

    rows: pd.DataFrame
    keys: tuple[str, ...]
    period: str | None
    tz: str
    undated: int = 0  # messages without a time, which are not among the rows
    reach: tuple[dt.date, dt.date] | None = None  # the days it is of, where its first or last week is not whole

    @property
    def messages(self) -> int:
        """How many messages it sums up."""
        return sum(map(int, self.rows["messages"]))

    @property
    def unpriced(self) -> int:
        """How many of them have no price."""
        return sum(map(int, self.rows["unpriced"]))

    @property
    def nanodollars(self) -> int:
        """What they cost together."""
        return sum(map(nanodollars, self.rows["cost"]))

    @property
    def starts(self) -> list[dt.datetime]:
        """When each of its periods starts, in its zone."""
        return [each.to_pydatetime() for each in self.rows["period"].drop_duplicates()]

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first day of its first period and the last day of its last one."""
        if self.reach:
            return self.reach
        first, last = self.rows["period"].min().date(), self.rows["period"].max().date()
        return first, _last_day(last, self.period or "day")

    @property
    def span(self) -> str:
        """From when to when, as a part of a sentence; nothing where there is no period."""
        return during(*self.days) if self.period and len(self.rows) else ""

    @property
    def by(self) -> str:
        """By what it is divided, in words."""
        return said_keys(self.keys)

    @property
    def left_out(self) -> str:
        """What has to be said of messages that are not in the sums."""
        unpriced = f" · {count(self.unpriced, 'message')} without a price left out" if self.unpriced else ""
        return unpriced + (f" · {count(self.undated, 'message')} without a time left out" if self.undated else "")

    def names(self) -> list[str]:
        """Name each row by its keys."""
        return said_of(self.rows, self.keys)


def said_of(rows: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Name each row of a frame by its keys."""
    columns = [map(_same, rows[key]) for key in keys]
    return [" · ".join(map(label, each)) for each in zip(*columns, strict=True)] if columns else [""] * len(rows)


def _last_day(start: dt.date, period: str) -> dt.date:
    if period == "week":
        return start + dt.timedelta(days=6)
    if period == "month":
        return (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return start


def summed(
    given: Any,  # noqa: ANN401  a summary, or a frame of any engine
    by: str | Sequence[str] | None,
    *,
    call: str,
    period: Period | None = None,
    **options: Any,  # noqa: ANN401  what costs.by takes
) -> Figures:
    """Give the figures of a summary as it is, or of a frame, summed up by these keys."""
    if not is_summary(given):
        keys = () if by is None else (by,) if isinstance(by, str) else tuple(by)
        rows = costs.by(given, *keys, period=period, **options)
        found = _dated(Figures(rows, keys, period, str(options["tz"])))
        return found._replace(reach=_reach(given, found, options)) if period == "week" and len(found.rows) else found
    found = _of_summary(given)
    if period and not found.period:
        raise InputError(
            f"{call}() was given a summary without periods. Give it one that has them, as in "
            'fr.costs.by(df, "direction", period="day"), or the frame itself.'
        )
    if not period and found.period:
        raise InputError(f"{call}() was given a summary with periods. Give it one without, or the frame itself.")
    return _dated(found)


def _reach(frame: Any, weeks: Figures, options: Mapping[str, Any]) -> tuple[dt.date, dt.date]:  # noqa: ANN401
    """Say of which days a frame is whose weeks these are: those asked for, else from its first message to its last."""
    zone, (first, last) = ranges.zone(options["tz"]), weeks.days
    asked, said = ranges.between(options.get("range"), zone), getattr(frame, "attrs", {}).get("flowroute", {})
    if asked is None and {"start", "end"} <= set(said):
        asked = ranges.Span(dt.datetime.fromisoformat(said["start"]), dt.datetime.fromisoformat(said["end"]))
    if asked is not None:
        begun, ended = (
            each.astimezone(zone).date() for each in (asked.start, asked.end - dt.timedelta(microseconds=1))
        )
        if first <= begun <= first + _LATER and last - _LATER <= ended <= last:  # else it was cut since
            return begun, ended
    days = costs.by(frame, period="day", tz=options["tz"], range=options.get("range"))["period"].dropna()
    return days.min().date(), days.max().date()


def _dated(figures: Figures) -> Figures:
    """Leave out what has no time where time is drawn, and say how much that was."""
    if not figures.period:
        return figures
    known = figures.rows["period"].notna()
    return figures._replace(rows=figures.rows[known], undated=int(figures.rows.loc[~known, "messages"].sum()))


def is_summary(given: object) -> bool:
    """Tell a summary from a frame of messages."""
    return isinstance(given, pd.DataFrame) and set(_SUMS) <= set(given.columns) and "id" not in given.columns


def _of_summary(summary: pd.DataFrame) -> Figures:
    """Read off a summary what it is; what was said of it when it was made may have been lost on its way."""
    said = summary.attrs.get("flowroute_costs", {})
    keys = tuple(str(name) for name in summary.columns[: list(summary.columns).index("messages")] if name != "period")
    if "period" not in summary.columns:
        return Figures(summary, keys, None, str(said.get("tz") or "UTC"))
    zone = getattr(summary["period"].dtype, "tz", None)
    return Figures(
        summary, keys, said.get("period") or _period(summary["period"]), str(said.get("tz") or zone or "UTC")
    )


def _period(starts: pd.Series) -> str:
    """Tell the period by the smallest step between two of its starts."""
    step = starts.drop_duplicates().sort_values().diff().min()
    if pd.isna(step):
        return "day"
    hours = step / pd.Timedelta(hours=1)
    return next((name for name, most in (("hour", 20), ("day", 30), ("week", 24 * 8)) if hours < most), "month")


class Fold(NamedTuple):
    """The dearest keys, and the rest as one, each with what it cost in each period."""

    names: list[str]
    amounts: list[list[int]]
    priced: list[list[int]]  # how many messages had a price

    @property
    def totals(self) -> list[int]:
        """What each cost in all."""
        return [sum(each) for each in self.amounts]


def folded(figures: Figures, most: int) -> Fold:
    """Give each of the dearest keys a row of amounts, a number for each period, and what is left one more row."""
    places: Mapping[Any, int] = {start: at for at, start in enumerate(figures.rows["period"].drop_duplicates())}
    keyed = list(zip(*(map(_same, figures.rows[key]) for key in figures.keys), strict=True)) or [()] * len(figures.rows)
    costs_of = list(map(nanodollars, figures.rows["cost"]))
    totals: dict[Any, int] = {}
    for key, amount in zip(keyed, costs_of, strict=True):
        totals[key] = totals.get(key, 0) + amount
    ranked = sorted(totals, key=lambda key: (-totals[key], str(key)))
    row_of = {key: min(at, most) for at, key in enumerate(ranked)}
    rows = min(len(ranked), most + 1)
    amounts, priced = ([[0] * len(places) for _ in range(rows)] for _ in range(2))
    how_many = figures.rows["messages"] - figures.rows["unpriced"]
    for key, start, amount, many in zip(keyed, figures.rows["period"], costs_of, how_many, strict=True):
        amounts[row_of[key]][places[start]] += amount
        priced[row_of[key]][places[start]] += int(many)
    names = [" · ".join(map(label, key)) for key in ranked[:most]]
    rest = len(ranked) - most
    return Fold(names + [f"{OTHER} ({rest:,})"] * (rest > 0), amounts, priced)


def _same(value: Any) -> object:  # noqa: ANN401  whatever a key can be
    """Make every missing value the same."""
    return value if isinstance(value, str) or not pd.isna(value) else None
