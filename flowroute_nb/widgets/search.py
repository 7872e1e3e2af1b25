"""A form that reads a range of days, filters what came, adds it up and saves it."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from flowroute_nb.errors import FlowrouteError, InputError, keywords
from flowroute_nb.files import check, write
from flowroute_nb.records import read
from flowroute_nb.widgets.days import OWN, days_of, named, worded
from flowroute_nb.widgets.form import Form
from flowroute_nb.widgets.parts import Action, Panel, rows, text
from flowroute_nb.widgets.results import Below, cost, whose
from flowroute_nb.widgets.sifting import DIRECTIONS, chosen, fields, lines, sifted
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
_PRESS = "Press Read to read "
_PACE = 0.4  # seconds between two times that what has come is shown
_DAY = dt.timedelta(days=1)
_SIFTED_BY = ("direction", "number", "text")


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
        self._missing = ""  # why it is not whole
        self._failed: tuple[str, str] | None = None  # the days, as filled in, whose reading failed
        self._cancelled = False
        self._wanted = dict.fromkeys(_SIFTED_BY, "")
        self._there = ""  # the file of which it was said that it is there already
        self._below = Below("Messages", filtered=True)
        super().__init__(fields(self.account.now().date()), [_READ], below=[self._below.widget])
        self._range = self.values["range"]
        self.beside(self._ask_numbers)

    # ------------------------------------------------------------------ what is filled in

    @property
    def python(self) -> str:
        """The lines that do the same, with the account this form was given as ``account``."""
        days = self.values["start"], self.values["end"]
        asked = self._asked and (self._asked[0].isoformat(), self._asked[1].isoformat())
        return lines(self.values, failed=self._failed == days, cut=bool(self._missing) and asked == days)

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
        self._say_whose()

    def _say_whose(self) -> None:
        """Say that other days than those that are shown were chosen, and are still to be read."""
        if self._asked is None or self._job is not None:
            return
        wanted, _ = chosen(self.values, self.account.now().date())
        if wanted is not None and wanted != self._asked:
            self.status = f"{_PRESS}{worded(*wanted)}."
        elif str(self.status).startswith(_PRESS):
            self.status = ""

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
        """Read these days, unless something is wrong with one."""
        days, wrong = chosen(self.values, self.account.now().date())
        for name, each in self.fields.items():
            each.error = wrong.get(name, "")
        if days is None:
            self.focus(next(iter(wrong)))
            return
        self._asked, self._missing, self.panel, self._failed = days, "", None, None
        self._cancelled = False
        self._hold(read([]))
        self.run(lambda job: self._gather(job, *days), self._gathered, saying="Reading …")

    def _gather(self, job: Job, start: dt.date, end: dt.date) -> FlowrouteError | None:
        """Read day by day, and show what has come; give what stopped it, if anything did."""
        mine = self.account.branch()
        job.when_stopped(mine.close)
        count = (min(end, self.account.now().date()) - start).days + 1
        days, shown, total = [self.read], time.monotonic(), 0
        try:
            for at, day in enumerate(mine.pages(start, end)):
                days.append(day)
                total += len(day)
                if time.monotonic() - shown > _PACE:
                    self._grow(days)
                    shown = time.monotonic()
                now = start + at * _DAY
                self.report(f"Reading: {worded(now, now)}, {many(total, 'message')}", min(1, (at + 1) / count))
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
        days[:] = [found]  # so that no row is put together twice
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
            self._failed = self._asked and (self._asked[0].isoformat(), self._asked[1].isoformat())
        self.actions = [_READ, _SAVE] if len(self.read) else [_READ]
        self._show_sum()
        if cancelled:
            self.status = "Cancelled. What was read before is shown."
        elif stopped is None:
            self.status = f"{many(len(self.read), 'message')} read."

    def press_cancel(self, secrets: Secrets) -> None:
        """Stop reading."""
        self._cancelled = True
        super().press_cancel(secrets)

    # ------------------------------------------------------------------ shown

    def _filter(self, *, anew: bool = False) -> None:
        """Show what is wanted of what was read."""
        wanted = {name: self.values[name] for name in _SIFTED_BY}
        if wanted == self._wanted and not anew:
            return
        self._wanted, self.frame = wanted, sifted(self.read, **wanted)
        self._below.show(self.frame)
        self._show_sum()

    def _show_sum(self) -> None:
        """Say how many messages are shown, and what they cost."""
        if self._asked is None or not (len(self.read) or self._missing or self._job is None):
            return
        shown: Words = [(many(len(self.frame), "message"), ""), (f" · ${cost(self.frame):f}", "")]
        about: dict[str, Words] = {"Days": worded(*self._asked)}
        if len(self.frame) != len(self.read):
            about["Shown"] = f"{len(self.frame):,} of {many(len(self.read), 'message')}"
        for direction, label in DIRECTIONS[1:]:
            of_it = self.frame[self.frame["direction"] == direction]
            if len(of_it):
                about[label] = f"{len(of_it):,} · ${cost(of_it):f}"
        why = [text(self._missing, "wait")] if self._missing else []
        self.panel = Panel(shown, [*why, rows(about)])
        self.panel.mark = "wait" if self._missing else "good" if self._job is None else ""

    # ------------------------------------------------------------------ saved

    def press_save(self, _secrets: Secrets) -> None:
        """Ask where to."""
        self.fields["path"].hidden, self.actions = False, [_WRITE, _BACK]
        self.status = ""
        self.focus("path")

    def press_back(self, _secrets: Secrets) -> None:
        """Go back to reading; nothing was saved."""
        self.fields["path"].set("")
        self._read_again()

    def _read_again(self) -> None:
        path = self.fields["path"]
        path.hidden, path.error, self._there, self.actions = True, "", "", [_READ, _SAVE]
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
        frame = self.frame  # another one may be shown by the time it is written
        done = lambda written: self._written(written, len(frame))  # noqa: E731  as every other work's
        self.run(lambda _job: write(frame, place), done, saying="Saving …", stoppable=False)

    def _written(self, place: Path, count: int) -> None:
        self.saved = place.resolve()
        self._read_again()
        self.status = f"{many(count, 'message')} saved in {self.saved}"

    def failed(self, error: Exception) -> None:
        """Say what went wrong; of a file, what the system said."""
        self.fail(error)
        if isinstance(error, OSError):
            self.problem = f"It could not be saved: {error.strerror or error}. Give another place, then save again."


def _left(stopped: FlowrouteError) -> str:
    """Say which days were not read in full."""
    if not stopped.missing:
        return "Some of its records are missing."
    first, last = (dt.date.fromisoformat(stopped.missing[at]) for at in (0, -1))
    return f"Not read: {worded(first, last)} (UTC)."
