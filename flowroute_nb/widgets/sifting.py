"""Which messages one wants: the fields that ask, the days to read, what of these is shown, and the same in Python."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flowroute_nb.widgets.days import QUICK, day, days_of, worded
from flowroute_nb.widgets.parts import Field, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["DIRECTIONS", "chosen", "day_fields", "fields", "lines", "sift_fields", "sifted", "sifts"]

DIRECTIONS = [("", "All"), ("outbound", "Sent"), ("inbound", "Received")]
_GRACE = dt.timedelta(days=1)  # for a clock that is wrong
_YEAR = dt.timedelta(days=366)
_FIRST = 1993  # the first text was sent in December of the year before
_TOO_EARLY = f"There were no text messages then. Choose a day from {_FIRST} on."
_EXCEPT = "except fr.FlowrouteError as error:  # error.missing and error.bad say what is not in it"


def fields(today: dt.date) -> list[Field]:
    """Make the fields of a form that also saves what is shown."""
    path = Field("path", "Save as", hint="Ends in .csv, .parquet, .json or .xlsx; what is shown is saved", hidden=True)
    return [*day_fields(today), *sift_fields(), path]


def day_fields(today: dt.date) -> list[Field]:
    """Make the fields that ask for days; at first they say this month."""
    start, end = days_of("month", today)
    return [
        Field("range", "Days", kind="choice", options=QUICK, value="month", size="third"),
        Field("start", "From", kind="date", value=start, size="third"),
        Field("end", "To, included", kind="date", value=end, size="third"),
    ]


def sift_fields() -> list[Field]:
    """Make the fields that ask which messages; which numbers there are is known later."""
    return [
        Field("direction", "Direction", kind="choice", options=DIRECTIONS, size="third"),
        Field("number", "Our number", kind="choice", options=[("", "All")], size="third"),
        Field("text", "Text contains", kind="search", size="third"),
    ]


def chosen(values: Mapping[str, Any], today: dt.date) -> tuple[tuple[dt.date, dt.date] | None, dict[str, str]]:
    """Give the first and the last day, or for a field what is wrong with its day."""
    start, end = day(values["start"]), day(values["end"])
    wrong = {name: "Choose a day." for name, found in (("start", start), ("end", end)) if found is None}
    if end and end > today + _YEAR:
        wrong["end"] = "This day is more than a year away. Choose an earlier one."
    if end and end.year < _FIRST:
        wrong["end"] = _TOO_EARLY
    if start and start.year < _FIRST:
        wrong["start"] = _TOO_EARLY
    if start and end and start > end and not wrong:
        wrong["end"] = f"This is before {worded(start, start)}. Choose that day or a later one."
    if start and start > today + _GRACE:
        wrong["start"] = "This day is yet to come. Choose one that has begun."
    return (start, end) if start and end and not wrong else None, wrong


def sifted(frame: pd.DataFrame, *, direction: str, number: str, text: str) -> pd.DataFrame:
    """Give the messages that are wanted; what is empty asks for nothing."""
    for column, value in (("direction", direction), ("number", number)):
        frame = frame[frame[column] == value] if value else frame
    return frame[frame["body"].str.contains(text, case=False, regex=False)] if text else frame


def lines(values: Mapping[str, Any], *, failed: bool = False, cut: bool = False) -> str:
    """Write what reads these days, or what came of them where that failed, sifts and saves them, as Python."""
    read = f"df = account.messages({quoted(values['start'])}, {quoted(values['end'])})"
    if failed:
        read = f"try:\n    {read}\n{_EXCEPT}\n    df = error.partial"
    elif cut:
        read = f"# This reads all of them; the form was cancelled before it had read them.\n{read}"
    last = f"fr.write(df, {quoted(values['path'])})" if values["path"] else "len(df), df.cost.sum()"
    return "\n".join([read, *sifts(values), last])


def sifts(values: Mapping[str, Any]) -> list[str]:
    """Write what sifts messages, a statement each."""
    said = [f"df = df[df.{name} == {quoted(values[name])}]" for name in ("direction", "number") if values[name]]
    if values["text"]:
        said.append(f"df = df[\n    df.body.str.contains({quoted(values['text'])}, case=False, regex=False)\n]")
    return said
