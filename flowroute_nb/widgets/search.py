"""A form that reads a range of days, filters what came, adds it up and saves it."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from flowroute_nb.errors import FlowrouteError, InputError, keywords
from flowroute_nb.files import check, write
from flowroute_nb.records import read
from flowroute_nb.widgets.days import OWN, QUICK, days_of, named, worded
from flowroute_nb.widgets.form import Form
from flowroute_nb.widgets.parts import Action, Field, Panel, quoted, rows, text
from flowroute_nb.widgets.results import Below, cost, whose
from flowroute_nb.widgets.wording import many, number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from flowroute_nb.account import Account
    from flowroute_nb.widgets.parts import Secrets, Words
    from flowroute_nb.widgets.work import Job

__all__ = ["Messages"]

_READ, _SAVE = Action("read", "Read", "main"), Action("save", "Save …")
_WRITE, _BACK = Action("write", "Save", "main"), Action("back", "Back")
_REPLACE = Action("replace", "Replace the file", "main", careful=True)
_PACE = 0.4  # seconds between two times that what has come is shown
_DAY = dt.timedelta(days=1)
_DIRECTIONS = [("", "All"), ("outbound", "Sent"), ("inbound", "Received")]


class Messages(Form):
    """A form that reads all messages of a range of days, and shows those one wants to see.

    What was read is filtered by direction, number and text at once, without reading again; the form says how many are
    shown and what they cost, and saves them as CSV or Parquet.

    Parameters
    ----------
    account : Account
        Whose messages they are; days are in its zone.

    Attributes
    ----------
    read : pandas.DataFrame
        All that was read, ordered by (timestamp, id): the 20 columns, also when there is none.
    frame : pandas.DataFrame
        What of it is shown.
    saved : pathlib.Path or None
        Where it was saved last.

    Raises
    ------
    InputError
        What was given is no account.

    Examples
    --------
    >>> import flowroute_nb as fr
    >>> form = fr.widgets.Messages(fr.Sandbox(today="2026-10-31", messages=100).account())
    >>> form.fill(range="30", direction="outbound")
    >>> form.press("read")
    >>> form.wait()
    >>> set(form.frame.direction)
    {'outbound'}

    """

    title: ClassVar[str] = "Read messages"
    intro: ClassVar[str] = "All that was sent and received in a range of days, and what it cost."
    code: ClassVar[str] = 'df = account.messages("2026-10-01", "2026-10-31")\ndf.cost.sum()'

    @keywords
    def __init__(self, account: Account) -> None:
        self.account = whose(account, "Messages")
        self.read = self.frame = read([])
        self.saved: Path | None = None
        self._asked: tuple[dt.date, dt.date] | None = None  # the days that were read last
        self._missing: str = ""  # why it is not whole
        self._applied = ("", "", "")
        self._there = ""  # the file of which it was said that it is there already
        self._below = Below("Messages", filtered=True)
        super().__init__(_fields(self.account.now().date()), [_READ], below=[self._below.widget])
        self.widget.add_class("fr-with-table")
        self._range = self.values["range"]
        self.beside(self._ask_numbers)

    # ------------------------------------------------------------------ what is filled in

    @property
    def python(self) -> str:
        """The lines that do the same, with the account this form was given as ``account``."""
        given = self.values
        lines = [f"df = account.messages({quoted(given['start'])}, {quoted(given['end'])})"]
        if given["direction"]:
            lines.append(f"df = df[df.direction == {quoted(given['direction'])}]")
        if given["number"]:
            lines.append(f"df = df[df.number == {quoted(given['number'])}]")
        if given["text"]:
            said = f"df.body.str.contains({quoted(given['text'])}, case=False, regex=False)"
            lines.append(f"df = df[\n    {said}\n]")
        lines.append(f"fr.write(df, {quoted(given['path'])})" if given["path"] else "len(df), df.cost.sum()")
        return "\n".join(lines)

    def typed(self) -> None:
        """Keep range and days in step, and show at once what is wanted of what was read."""
        given, today = self.values, self.account.now().date()
        days = given["start"], given["end"]
        if given["range"] != self._range and given["range"] != OWN:
            for name, day in zip(("start", "end"), days_of(given["range"], today), strict=True):
                self.fields[name].error = ""
                self.fields[name].set(day)
        elif given["range"] == self._range and named(days, today) != given["range"]:
            self.fields["range"].set(named(days, today))
        self._range = self.fields["range"].value
        if self._there and given["path"] != self._there:
            self._there, self.actions = "", [_WRITE, _BACK]
        self._filter()

    def _ask_numbers(self, _job: Job) -> None:
        """Offer the account's numbers; where they can't be had, those of what is read will do."""
        try:
            found = self.account.numbers().number.tolist()
        except FlowrouteError:
            return
        with self.changing():
            self._offer(found)

    def _offer(self, numbers: Iterable[str]) -> None:
        field = self.fields["number"]
        known = [value for value, *_ in field.options if value]
        field.options = [("", "All"), *((each, number(each)) for each in sorted({*known, *numbers}))]

    # ------------------------------------------------------------------ read

    def press_read(self, _secrets: Secrets) -> None:
        """Read these days, if they are some."""
        for each in self.fields.values():
            each.error = ""
        days = self._days()
        if days is None:
            return
        self._asked, self._missing, self.panel = days, "", None
        self._hold(read([]))
        self.run(lambda job: self._gather(job, *days), self._gathered, saying="Reading …")

    def _days(self) -> tuple[dt.date, dt.date] | None:
        """Give the first and the last day, or say at its field what is wrong with one."""
        found = {name: _day(self.values[name]) for name in ("start", "end")}
        wrong = {name: "Choose a day." for name, day in found.items() if day is None}
        start, end = found["start"], found["end"]
        if start and end and start > end:
            wrong["end"] = f"This is before {worded(start, start)}. Choose that day or a later one."
        if start and start > self.account.now().date() + _DAY:  # a day's grace for a clock that is wrong
            wrong["start"] = "This day is yet to come. Choose one that has begun."
        for name, said in wrong.items():
            self.fields[name].error = said
        if wrong:
            self.focus(next(iter(wrong)))
        return (start, end) if start and end and not wrong else None

    def _gather(self, job: Job, start: dt.date, end: dt.date) -> FlowrouteError | None:
        """Read day by day, and show what has come; give what stopped it, if anything did."""
        mine = self.account.branch()
        job.when_stopped(mine.close)
        count = (min(end, self.account.now().date()) - start).days + 1
        days, shown, total = [self.read], time.monotonic(), 0
        try:
            for at, day in enumerate(mine.pages(start, end), 1):
                days.append(day)
                total += len(day)
                if time.monotonic() - shown > _PACE:
                    self._grow(days)
                    shown = time.monotonic()
                now = start + (at - 1) * _DAY
                self.report(f"Reading: {worded(now, now)}, {many(total, 'message')}", min(1, at / count))
        except FlowrouteError as error:
            if error.partial is not None:
                days.append(error.partial)
            return error
        else:
            return None
        finally:
            mine.close()
            self._grow(days)

    def _grow(self, days: list[pd.DataFrame]) -> None:
        """Show all that has come."""
        found = pd.concat(days, ignore_index=True)
        days[:] = [found]
        if found["id"].duplicated().any() or found["timestamp"].isna().any():
            found = found.drop_duplicates("id", keep="last").sort_values(["timestamp", "id"], ignore_index=True)
        with self.changing():
            self._hold(found)

    def _hold(self, found: pd.DataFrame) -> None:
        start, end = self._asked or (None, None)
        found.attrs["flowroute"] = {"start": str(start), "end": str(end), "complete": False}
        self.read = found
        self._offer(found["number"].dropna().unique())
        self._filter(anew=True)

    def _gathered(self, stopped: FlowrouteError | None) -> None:
        """Say what has come, and whether it is whole."""
        cancelled = stopped is not None and self._cancelled
        self._cancelled = False
        if stopped is None:
            self.read.attrs["flowroute"]["complete"] = self.frame.attrs["flowroute"]["complete"] = True
        elif cancelled:
            self._missing = f"Not whole, because it was cancelled. {_left(stopped)}"
        else:
            self.fail(stopped)
            self._missing = f"Not whole, because reading failed. {_left(stopped)}"
        self.actions = [_READ, _SAVE] if len(self.read) else [_READ]
        self._show_sum()
        if cancelled:
            self.status = "Cancelled. What was read before is shown."
        elif stopped is None:
            self.status = f"{many(len(self.read), 'message')} read."

    _cancelled = False

    def press_cancel(self, secrets: Secrets) -> None:
        """Stop reading."""
        self._cancelled = True
        super().press_cancel(secrets)

    # ------------------------------------------------------------------ shown

    def _filter(self, *, anew: bool = False) -> None:
        """Show what is wanted of what was read."""
        given = self.values
        wanted = given["direction"], given["number"], given["text"]
        if wanted == self._applied and not anew:
            return
        self._applied, frame = wanted, self.read
        for column, value in zip(("direction", "number"), wanted[:2], strict=True):
            frame = frame[frame[column] == value] if value else frame
        if given["text"]:
            frame = frame[frame["body"].str.contains(given["text"], case=False, regex=False)]
        self.frame = frame
        self._below.show(frame)
        self._show_sum()

    def _show_sum(self) -> None:
        """Say how many messages are shown, and what they cost."""
        if self._asked is None or not (len(self.read) or self._missing or self._job is None):
            return
        shown: Words = [(many(len(self.frame), "message"), ""), (f" · ${cost(self.frame):f}", "")]
        about: dict[str, Words] = {"Days": worded(*self._asked)}
        if len(self.frame) != len(self.read):
            about["Shown"] = f"{len(self.frame):,} of {many(len(self.read), 'message')}"
        for direction, label in _DIRECTIONS[1:]:
            of_it = self.frame[self.frame["direction"] == direction]
            if len(of_it):
                about[label] = f"{len(of_it):,} · ${cost(of_it):f}"
        parts: list[dict[str, Any]] = [rows(about)]
        if self._missing:
            parts.insert(0, text(self._missing, "wait"))
        self.panel = Panel(shown, parts, mark="wait" if self._missing else "good" if self._job is None else "")

    # ------------------------------------------------------------------ saved

    def press_save(self, _secrets: Secrets) -> None:
        """Ask where to."""
        self.fields["path"].hidden, self.actions = False, [_WRITE, _BACK]
        self.status = ""
        self.focus("path")

    def press_back(self, _secrets: Secrets | None = None) -> None:
        """Go back to reading; nothing was saved."""
        path = self.fields["path"]
        path.hidden, path.error, self._there, self.actions = True, "", "", [_READ, _SAVE]
        if _secrets is not None:
            path.set("")
        self.focus("range")

    def press_write(self, _secrets: Secrets) -> None:
        """Save what is shown, unless that would replace a file."""
        place = self._place()
        if place is not None and place.exists():
            self.fields["path"].error = f"{place.name} is there already. Replace it, or give another name."
            self._there, self.actions = self.values["path"], [_REPLACE, _BACK]
            self.focus("path")
        elif place is not None:
            self._write(place)

    def press_replace(self, _secrets: Secrets) -> None:
        """Save what is shown in place of the file that was said to be there; another name is another question."""
        if not self._there:
            self.press_write(_secrets)
        elif (place := self._place()) is not None:
            self._write(place)

    def _place(self) -> Path | None:
        """Give the file to write, or say at the field what is wrong with its name."""
        field = self.fields["path"]
        field.error = "" if self.values["path"] else "Give the file a name, such as october.csv or october.parquet."
        try:
            return check(self.values["path"]).absolute() if not field.error else None  # wherever one goes meanwhile
        except InputError as wrong:
            field.error = str(wrong)
        finally:
            if field.error:
                self.focus("path")
        return None

    def _write(self, place: Path) -> None:
        frame = self.frame
        self.run(lambda _job: write(frame, place), self._written, saying="Saving …", stoppable=False)

    def _written(self, place: Path) -> None:
        self.saved = place.resolve()
        self.press_back()
        self.status = f"{many(len(self.frame), 'message')} saved in {self.saved}"

    def failed(self, error: Exception) -> None:
        """Say what went wrong; of a file, what the system said."""
        self.fail(error)
        if isinstance(error, OSError):
            self.problem = f"It could not be saved: {error.strerror or error}. Give another place, then save again."


def _fields(today: dt.date) -> list[Field]:
    start, end = days_of("month", today)
    third: Any = {"size": "third"}
    return [
        Field("range", "Days", kind="choice", options=QUICK, value="month", **third),
        Field("start", "From", kind="date", value=start, **third),
        Field("end", "To, included", kind="date", value=end, **third),
        Field("direction", "Direction", kind="choice", options=_DIRECTIONS, **third),
        Field("number", "Our number", kind="choice", options=[("", "All")], **third),
        Field("text", "Text contains", kind="search", **third),
        Field("path", "Save as", hint="Ends in .csv or .parquet; what is shown is saved", hidden=True),
    ]


def _day(given: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        return None


def _left(stopped: FlowrouteError) -> str:
    """Say which days were not read in full."""
    if not stopped.missing:
        return "Some of its records are missing."
    first, last = (dt.date.fromisoformat(stopped.missing[at]) for at in (0, -1))
    return f"Not read: {worded(first, last)} (UTC)."
